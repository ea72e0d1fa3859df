"""Windowed measurements that the rules read. NaN stands for "cannot be told from this log"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gan_tui.diagnosis.measures import (
    TINY,
    block_means,
    changes_correlation,
    quantiles,
    slowness,
    step_noise,
    swing,
    tame,
)
from gan_tui.diagnosis.windows import Windows
from gan_tui.logs.points import Floats, Ints
from gan_tui.run.objective import Kind, Objective, Scale

SURE = 0.5
"""Confidence in the objective above which a rule may use its scale."""
BLOCK = 8
"""Points whose mean is taken as the slow part of a curve."""
NEAR_ZERO = 0.05
"""Share of its balance below which a loss counts as gone."""
WIDEST_GAP = 9.0
"""Spreads between D's scores of reals and fakes beyond which more says no more."""
PER_STEP = 150
"""Logs shorter than this mostly hold a row an epoch: between two of them the nets have changed, and what
changes together says nothing of one step's batches."""
BATCH_NOISE = (
    "halves", "critic_halves", "real_noise", "scores", "same_fakes", "opposition", "slow_opposition",
)  # fmt: skip
"""Signals that read the sampling noise of single steps: not told from fewer points than PER_STEP."""
MOVEMENT = ("slow3", "slow8", "slow64", "swing", "spread", "tail")
"""Signals that mean something else in a short log: there they go by names that begin with "short_"."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What was measured at k checkpoints: name to figures, each of shape (k,)."""

    steps: Ints
    values: dict[str, Floats] = field(default_factory=dict)

    def at(self, index: int) -> Sight:
        """What is seen at one checkpoint."""
        return Sight(int(self.steps[index]), {n: float(v[index]) for n, v in self.values.items()})


@dataclass(frozen=True, slots=True)
class Sight:
    """What the rules see at one step."""

    step: int
    signals: Mapping[str, float]

    def __getitem__(self, name: str) -> float:
        return self.signals.get(name, np.nan)

    @property
    def first_step(self) -> int:
        """Where the main window begins."""
        return int(self["first_step"])

    @property
    def fine_first_step(self) -> int:
        """Where the stretch begins that is looked at point by point."""
        return int(self["fine_first_step"])


def measure(windows: Windows, objective: Objective) -> dict[str, Floats]:
    """Measure a stack of windows.

    Args:
        windows: k windows.
        objective: The loss they were trained with, as far as known at each of them.

    Returns:
        Name to figures, each of shape (k,).
    """
    known = objective if objective.confidence >= SURE else Objective()
    found: dict[str, Floats] = {
        "points": windows.points.astype(np.float64),
        "first_step": windows.first_steps.astype(np.float64),
        "fine_first_step": windows.fine_first_steps.astype(np.float64),
        "missing": windows.missing,
    }
    calm: dict[str, Floats] = {}
    with np.errstate(all="ignore"):
        for role in ("d_loss", "g_loss"):
            if role in windows.fine and role in windows.coarse:
                balance = known.d_equilibrium if role[0] == "d" else known.g_equilibrium
                calm[role] = _of_loss(found, windows, role, balance)
        for role in ("d_real", "d_fake", "d_fake_after"):
            if role in windows.fine:
                calm[role] = tame(windows.fine[role])
        if len({"d_loss", "g_loss"} & calm.keys()) == 2:
            _together(found, calm["d_loss"], calm["g_loss"])
            _halves(found, windows.fine["d_loss"], windows.fine["g_loss"], known)
        _scores(found, calm)
    _set_short_apart(found)
    return found


def _set_short_apart(found: dict[str, Floats]) -> None:
    """Keep noise-based signals of young or short logs apart from those of long ones."""
    short = found["points"] < PER_STEP
    if not short.any():
        return
    for name in BATCH_NOISE:
        if name in found:
            found[name] = np.where(short, np.nan, found[name])
    for stem in MOVEMENT:
        for player in "dg":
            name = f"{stem}_{player}"
            if name in found:
                found[f"short_{name}"] = np.where(short, found[name], np.nan)
                found[name] = np.where(short, np.nan, found[name])


def _log(values: Floats) -> Floats:
    return np.log10(np.maximum(np.abs(values), 1e-8))


def _of_loss(found: dict[str, Floats], windows: Windows, role: str, balance: float | None) -> Floats:
    """Level, spread, movement and trend of one loss. Gives its tamed values."""
    player = role[0]
    raw, main = windows.fine[role], windows.coarse[role]
    known = quantiles(raw)
    low, _, quarter, middle, three, _, high = known
    calm = tame(raw, known)
    single = step_noise(calm)
    sizes = np.abs(raw)
    size = np.median(sizes, axis=1)
    spread = calm.std(axis=1)
    noise = np.median(np.abs(np.diff(raw, axis=1)), axis=1)
    wide = tame(main) if main is not raw else calm
    found[f"level_{player}"] = np.median(main, axis=1) if main is not raw else middle
    found[f"size_{player}"] = size
    found[f"start_{player}"] = windows.beginnings[role]
    found[f"grown_{player}"] = _log(size) - _log(windows.beginnings[role])
    found[f"same_{player}"] = np.mean(np.diff(raw, axis=1) == 0, axis=1)
    for block in (3, BLOCK, 64):
        found[f"slow{block}_{player}"] = slowness(calm, block, single)
    found[f"swing_{player}"] = swing(wide, noise / 0.954)
    found[f"tail_{player}"] = _log((high - low) / np.maximum(three - quarter, 1e-9))
    found[f"spread_{player}"] = _log(spread / np.maximum(size, 1e-9))
    before = windows.before[role]
    found[f"drift_{player}"] = (raw.mean(axis=1) - before.mean(axis=1)) / np.maximum(spread, 1e-9)
    found[f"widened_{player}"] = _log(spread) - _log(tame(before).std(axis=1))
    if balance:
        found[f"balance_{player}"] = np.full(len(raw), balance)
        found[f"share_{player}"] = np.clip(middle / balance, -3, 6)
        found[f"low_{player}"] = np.mean(raw / balance < NEAR_ZERO, axis=1)
    return calm


def _together(found: dict[str, Floats], d: Floats, g: Floats) -> None:
    """How the two losses move against each other, fast and slow."""
    found["opposition"] = -changes_correlation(d, g)
    slow_d, slow_g = block_means(d, BLOCK), block_means(g, BLOCK)
    if slow_d.shape[1] >= 9:
        found["slow_opposition"] = -changes_correlation(slow_d, slow_g)


def _halves(found: dict[str, Floats], d: Floats, g: Floats, objective: Objective) -> None:
    """How D's two halves, rebuilt from the losses, move against each other."""
    halves = rebuilt_halves(d, g, objective)
    if halves is None:
        return
    real, fake = tame(halves[0]), tame(halves[1])
    # A critic's scores have no fixed relation to its losses' noise: its halves are judged apart.
    name = "critic_halves" if objective.kind is Kind.WASSERSTEIN else "halves"
    found[name] = changes_correlation(real, fake)
    found["real_noise"] = _log(step_noise(real) / np.maximum(step_noise(fake), TINY))


def _scores(found: dict[str, Floats], calm: Mapping[str, Floats]) -> None:
    """How D's scores of reals and fakes stand to each other."""
    real, fake, after = (calm.get(role) for role in ("d_real", "d_fake", "d_fake_after"))
    if real is not None and fake is not None:
        found["scores"] = changes_correlation(real, fake)
        gap = real.mean(axis=1) - fake.mean(axis=1)
        found["score_gap"] = np.clip(
            2 * gap / np.maximum(real.std(axis=1) + fake.std(axis=1), 1e-9), -WIDEST_GAP, WIDEST_GAP
        )
        found["slow8_real"] = slowness(real, BLOCK)
    if fake is not None:
        found["slow8_fake"] = slowness(fake, BLOCK)
        if after is not None:
            found["same_fakes"] = changes_correlation(fake, after)
        elif "g_loss" in calm:
            found["same_fakes"] = np.abs(changes_correlation(fake, calm["g_loss"]))


def rebuilt_halves(d: Floats, g: Floats, objective: Objective) -> tuple[Floats, Floats] | None:
    """D's real and fake half, the fake one as G's loss implies it; None where the scale is unknown.

    G's loss scores another batch of fakes than D's: BCE has G = softplus(-s) and the fake half
    softplus(s); least squares (1 - sqrt(G))**2; hinge max(0, 1 - G); Wasserstein -G.
    """
    if objective.scale is Scale.UNKNOWN and objective.kind is not Kind.WASSERSTEIN:
        return None
    total = d * 2 if objective.scale is Scale.MEAN else d
    if objective.kind is Kind.BCE:
        if (objective.g_equilibrium or 0) < 0:
            fake = -g
        else:
            fake = -np.log(np.maximum(-np.expm1(-np.maximum(g, 1e-9)), 1e-12))
    elif objective.kind is Kind.LEAST_SQUARES:
        fake = (1 - np.sqrt(np.maximum(g, 0))) ** 2
    elif objective.kind is Kind.HINGE:
        fake = np.maximum(0.0, 1 - g)
    elif objective.kind is Kind.WASSERSTEIN:
        fake = -g
    else:
        return None
    return total - fake, fake
