"""Windowed measurements that the rules read. NaN stands for "cannot be told from this log"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct, field

from gan_tui.diagnosis.statistics import (
    TINY,
    amplitude_ratio,
    autocorrelation_time,
    block_means,
    changes,
    clip_outliers,
    correlation,
    quantiles,
    step_noise,
)
from gan_tui.diagnosis.windows import LOSSES, SCORES, History, Windows, stacked
from gan_tui.logs.model import Floats, Ints
from gan_tui.numeric import median
from gan_tui.run.objective.objective import LossScale, Objective, ObjectiveKind

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
SLOW = {"d_loss": "slow8_d", "g_loss": "slow8_g", "d_fake": "slow8_fake"}
"""How much slower than noise each of these curves moves, and what that signal is called."""
MOVEMENT = ("slow3", "slow8", "slow64", "swing", "spread", "tail")
"""Signals that mean something else in a short log: there they go by names that begin with "short_"."""


class Signals(Struct, frozen=True):
    """What was measured at k checkpoints: name to figures, each of shape (k,)."""

    steps: Ints
    values: dict[str, Floats] = field(default_factory=dict)

    def at(self, index: int) -> SignalRow:
        """What is seen at one checkpoint."""
        return SignalRow(int(self.steps[index]), {n: float(v[index]) for n, v in self.values.items()})

    @classmethod
    def of(cls, steps: Ints, parts: Sequence[_Part]) -> Signals:
        """Those at `steps`, of which each part has some; NaN where none has a figure."""
        names = dict.fromkeys(name for part in parts for name in part.names)
        rows = {name: row for row, name in enumerate(names)}
        figures = np.full((len(rows), len(steps)), np.nan)
        for part in parts:
            figures[np.array([rows[name] for name in part.names])[:, None], part.which] = part.figures
        return cls(steps, dict(zip(names, figures, strict=True)))


class _Part(Struct, frozen=True, eq=False):
    """The figures of some checkpoints."""

    which: Ints
    """Which, shape (j,)."""
    names: Sequence[str]
    figures: Floats
    """Shape (len(names), j)."""


class SignalRow(Struct, frozen=True):
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


class SignalRequest(Struct, frozen=True):
    """What one judgement wants measured: k checkpoints of a pair."""

    history: History
    steps: Ints
    """Ascending, shape (k,)."""
    objectives: Sequence[Objective]
    """The loss as far as known at each of them."""


def measure_all(asked: Sequence[SignalRequest]) -> list[Signals]:
    """Measure what several judgements want, windows of one shape together: calls cost more than sums."""
    found: list[list[_Part]] = [[] for _ in asked]
    alike: dict[tuple[object, ...], list[tuple[int, Windows]]] = {}
    for number, one in enumerate(asked):
        known = [_known(objective) for objective in one.objectives]
        kinds = {objective: kind for kind, objective in enumerate(dict.fromkeys(known))}
        for windows in one.history.windows(one.steps, np.array([kinds[k] for k in known])):
            key = (known[int(windows.which[0])], *windows.shape)
            alike.setdefault(key, []).append((number, windows))
    for (objective, *_), parts in alike.items():
        assert isinstance(objective, Objective)
        measured = measure(stacked([windows for _, windows in parts]), objective)
        names, figures = tuple(measured), np.stack(list(measured.values()))
        begin = 0
        for number, windows in parts:
            end = begin + len(windows.which)
            found[number].append(_Part(windows.which, names, figures[:, begin:end]))
            begin = end
    return [Signals.of(one.steps, parts) for one, parts in zip(asked, found, strict=True)]


def _known(objective: Objective) -> Objective:
    """What the measures may use of an objective; equal for runs that are trained alike."""
    if objective.confidence < SURE:
        return Objective()
    levels = objective.d_equilibrium, objective.g_equilibrium
    return Objective(objective.kind, objective.scale, 1.0, *levels)


def measure(windows: Windows, objective: Objective) -> dict[str, Floats]:
    """Measure a stack of windows.

    Args:
        windows: k windows.
        objective: The loss they were trained with, as far as known for sure.

    Returns:
        Name to figures, each of shape (k,).
    """
    found: dict[str, Floats] = {
        "points": windows.points.astype(np.float64),
        "first_step": windows.first_steps.astype(np.float64),
        "fine_first_step": windows.fine_first_steps.astype(np.float64),
        "missing": windows.missing,
    }
    losses = [r for r in LOSSES if r in windows.fine and r in windows.coarse]
    roles = [*losses, *(r for r in SCORES if r in windows.fine)]
    if not roles:
        return found
    with np.errstate(all="ignore"):
        raw = np.stack([windows.fine[r] for r in roles])
        quarters = quantiles(raw)
        calm = clip_outliers(raw, quarters)
        single = step_noise(calm)
        slow = dict(zip(roles, autocorrelation_time(calm, BLOCK, single), strict=True))
        found.update({name: slow[role] for role, name in SLOW.items() if role in slow})
        if losses:
            count = len(losses)
            _of_losses(found, windows, losses, raw[:count], quarters[:, :count], calm[:count], single[:count])
        _together(found, roles, calm, slow)
        if len(losses) == len(LOSSES):
            _halves(found, raw[0], raw[1], objective)
    _of_balance(found, windows, objective)
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


def _of_losses(
    found: dict[str, Floats],
    windows: Windows,
    losses: Sequence[str],
    raw: Floats,
    quarters: Floats,
    calm: Floats,
    single: Floats,
) -> None:
    """Level, spread, movement and trend of each loss: of l losses at once, shape (l, k, m)."""

    def put(stem: str, values: Floats) -> None:
        found.update({f"{stem}_{role[0]}": of_one for role, of_one in zip(losses, values, strict=True)})

    low, _, quarter, middle, three, _, high = quarters
    is_main = windows.block == 1
    main = raw if is_main else np.stack([windows.coarse[r] for r in losses])
    wide = calm if is_main else clip_outliers(main)
    before = np.stack([windows.before[r] for r in losses])
    begun = np.stack([windows.beginnings[r] for r in losses])
    moved = changes(raw)
    size = median(np.abs(raw))
    spread = calm.std(axis=-1)
    noise = median(np.abs(moved))
    put("level", middle if is_main else median(main))
    put("middle", middle)
    put("size", size)
    put("start", begun)
    put("grown", _log(size) - _log(begun))
    put("same", np.mean(moved == 0, axis=-1))
    for block in (3, 64):
        put(f"slow{block}", autocorrelation_time(calm, block, single))
    put("swing", amplitude_ratio(wide, noise / 0.954))
    put("tail", _log((high - low) / np.maximum(three - quarter, 1e-9)))
    put("spread", _log(spread / np.maximum(size, 1e-9)))
    put("drift", (raw.mean(axis=-1) - before.mean(axis=-1)) / np.maximum(spread, 1e-9))
    put("widened", _log(spread) - _log(clip_outliers(before).std(axis=-1)))


def _of_balance(found: dict[str, Floats], windows: Windows, objective: Objective) -> None:
    """Where each loss stands to the level at which the game balances, where that is known."""
    for role, balance in zip(LOSSES, (objective.d_equilibrium, objective.g_equilibrium), strict=True):
        player = role[0]
        middle = found.pop(f"middle_{player}", None)
        if middle is None or not balance:
            continue
        found[f"balance_{player}"] = np.full(len(middle), balance)
        found[f"share_{player}"] = np.clip(middle / balance, -3, 6)
        found[f"low_{player}"] = np.mean(windows.fine[role] / balance < NEAR_ZERO, axis=-1)


def _together(
    found: dict[str, Floats], roles: Sequence[str], calm: Floats, slow: Mapping[str, Floats]
) -> None:
    """How losses and scores move against each other, shape (r, k, m) in the order of `roles`."""
    at = {role: place for place, role in enumerate(roles)}
    pairs = {
        "opposition": ("d_loss", "g_loss"),
        "scores": ("d_real", "d_fake"),
        "same_fakes": ("d_fake", "d_fake_after" if "d_fake_after" in at else "g_loss"),
    }
    pairs = {name: pair for name, pair in pairs.items() if at.keys() >= set(pair)}
    if pairs:
        moved = changes(calm)
        first, second = ([at[pair[side]] for pair in pairs.values()] for side in (0, 1))
        found.update(zip(pairs, correlation(moved[first], moved[second]), strict=True))
    if "opposition" in pairs:
        found["opposition"] = -found["opposition"]
        means = block_means(calm[[at["d_loss"], at["g_loss"]]], BLOCK)
        if means.shape[-1] >= 9:
            moved = changes(means)
            found["slow_opposition"] = -correlation(moved[0], moved[1])
    if "same_fakes" in pairs and "d_fake_after" not in at:
        found["same_fakes"] = np.abs(found["same_fakes"])
    if "scores" in pairs:
        found["slow8_real"] = slow["d_real"]
        real, fake = calm[at["d_real"]], calm[at["d_fake"]]
        gap = real.mean(axis=-1) - fake.mean(axis=-1)
        found["score_gap"] = np.clip(
            2 * gap / np.maximum(real.std(axis=-1) + fake.std(axis=-1), 1e-9), -WIDEST_GAP, WIDEST_GAP
        )


def _halves(found: dict[str, Floats], d: Floats, g: Floats, objective: Objective) -> None:
    """How D's two halves, rebuilt from the losses, move against each other."""
    halves = rebuilt_halves(d, g, objective)
    if halves is None:
        return
    tamed = clip_outliers(np.stack(halves))
    moved = changes(tamed)
    # A critic's scores have no fixed relation to its losses' noise: its halves are judged apart.
    name = "critic_halves" if objective.kind is ObjectiveKind.WASSERSTEIN else "halves"
    found[name] = correlation(moved[0], moved[1])
    real_noise, fake_noise = step_noise(tamed)
    found["real_noise"] = _log(real_noise / np.maximum(fake_noise, TINY))


def rebuilt_halves(d: Floats, g: Floats, objective: Objective) -> tuple[Floats, Floats] | None:
    """D's real and fake half, the fake one as G's loss implies it; None where the scale is unknown.

    G's loss scores another batch of fakes than D's: BCE has G = softplus(-s) and the fake half
    softplus(s); least squares (1 - sqrt(G))**2; hinge max(0, 1 - G); Wasserstein -G.
    """
    if objective.scale is LossScale.UNKNOWN and objective.kind is not ObjectiveKind.WASSERSTEIN:
        return None
    total = d * 2 if objective.scale is LossScale.MEAN else d
    if objective.kind is ObjectiveKind.BCE:
        if (objective.g_equilibrium or 0) < 0:
            fake = -g
        else:
            fake = -np.log(np.maximum(-np.expm1(-np.maximum(g, 1e-9)), 1e-12))
    elif objective.kind is ObjectiveKind.LEAST_SQUARES:
        fake = (1 - np.sqrt(np.maximum(g, 0))) ** 2
    elif objective.kind is ObjectiveKind.HINGE:
        fake = np.maximum(0.0, 1 - g)
    elif objective.kind is ObjectiveKind.WASSERSTEIN:
        fake = -g
    else:
        return None
    return total - fake, fake
