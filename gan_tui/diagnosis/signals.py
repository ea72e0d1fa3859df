"""Signals: figures measured on windows, which the rules read. NaN means that a log does not give one."""

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

MIN_CONFIDENCE = 0.5
"""Minimum confidence of the objective for a signal to use its scale."""
BLOCK = 8
"""Points whose mean is the slow part of a curve."""
NEAR_ZERO = 0.05
"""Share of its equilibrium below which a loss counts as zero."""
MAX_GAP = 9.0
"""The gap between D's scores of real and fake samples is clipped to this many standard deviations."""
MIN_STEPWISE_POINTS = 150
"""Shorter logs mostly have one row per epoch. The networks change between two rows, so that correlated
changes say nothing about the batches of one step."""
BATCH_NOISE = (
    "halves", "critic_halves", "real_noise", "scores", "same_fakes", "opposition", "slow_opposition",
)  # fmt: skip
"""Signals from the sampling noise of single steps; unknown below MIN_STEPWISE_POINTS."""
SLOW = {"d_loss": "slow8_d", "g_loss": "slow8_g", "d_fake": "slow8_fake"}
"""Role to the signal that says how much slower than noise its curve moves."""
MOVEMENT = ("slow3", "slow8", "slow64", "swing", "spread", "tail")
"""Signals that mean something else in a short log: there their names begin with "short_"."""


class Signals(Struct, frozen=True):
    """The signals at k checkpoints: name to figures, each of shape (k,)."""

    steps: Ints
    values: dict[str, Floats] = field(default_factory=dict)

    def at(self, index: int) -> SignalRow:
        """Return the signals at one checkpoint."""
        return SignalRow(int(self.steps[index]), {n: float(v[index]) for n, v in self.values.items()})

    @classmethod
    def of(cls, steps: Ints, parts: Sequence[_Part]) -> Signals:
        """Combine parts that each have some of the checkpoints; NaN for a figure that no part has."""
        names = dict.fromkeys(name for part in parts for name in part.names)
        rows = {name: row for row, name in enumerate(names)}
        figures = np.full((len(rows), len(steps)), np.nan)
        for part in parts:
            figures[np.array([rows[name] for name in part.names])[:, None], part.which] = part.figures
        return cls(steps, dict(zip(names, figures, strict=True)))


class _Part(Struct, frozen=True, eq=False):
    """The figures at some of the checkpoints."""

    which: Ints
    """Their indices, shape (j,)."""
    names: Sequence[str]
    figures: Floats
    """Shape (len(names), j)."""


class SignalRow(Struct, frozen=True):
    """The signals at one step, which the rules read."""

    step: int
    signals: Mapping[str, float]

    def __getitem__(self, name: str) -> float:
        return self.signals.get(name, np.nan)

    @property
    def first_step(self) -> int:
        """The first step of the main window."""
        return int(self["first_step"])

    @property
    def fine_first_step(self) -> int:
        """The first step of the part that is measured point by point."""
        return int(self["fine_first_step"])


class SignalRequest(Struct, frozen=True):
    """A request to measure k checkpoints of a pair."""

    history: History
    steps: Ints
    """Ascending, shape (k,)."""
    objectives: Sequence[Objective]
    """The objective as known at each of them."""


def measure_all(requests: Sequence[SignalRequest]) -> list[Signals]:
    """Measure several requests, windows of the same shape together: a numpy call costs more than its sums."""
    parts: list[list[_Part]] = [[] for _ in requests]
    groups: dict[tuple[object, ...], list[tuple[int, Windows]]] = {}
    for number, request in enumerate(requests):
        known = [_known(objective) for objective in request.objectives]
        kinds = {objective: kind for kind, objective in enumerate(dict.fromkeys(known))}
        for windows in request.history.windows(request.steps, np.array([kinds[k] for k in known])):
            key = (known[int(windows.which[0])], *windows.shape)
            groups.setdefault(key, []).append((number, windows))
    for (objective, *_), group in groups.items():
        assert isinstance(objective, Objective)
        measured = measure(stacked([windows for _, windows in group]), objective)
        names, figures = tuple(measured), np.stack(list(measured.values()))
        begin = 0
        for number, windows in group:
            end = begin + len(windows.which)
            parts[number].append(_Part(windows.which, names, figures[:, begin:end]))
            begin = end
    return [Signals.of(request.steps, own) for request, own in zip(requests, parts, strict=True)]


def _known(objective: Objective) -> Objective:
    """Return what the signals may use of an objective; equal for runs with the same training loss."""
    if objective.confidence < MIN_CONFIDENCE:
        return Objective()
    levels = objective.d_equilibrium, objective.g_equilibrium
    return Objective(objective.kind, objective.scale, 1.0, *levels)


def measure(windows: Windows, objective: Objective) -> dict[str, Floats]:
    """Measure a stack of windows.

    Args:
        windows: k windows.
        objective: The training loss, as far as it is known with confidence.

    Returns:
        Name to figures, each of shape (k,).
    """
    signals: dict[str, Floats] = {
        "points": windows.points.astype(np.float64),
        "first_step": windows.first_steps.astype(np.float64),
        "fine_first_step": windows.fine_first_steps.astype(np.float64),
        "missing": windows.trailing_nonfinite,
    }
    losses = [r for r in LOSSES if r in windows.fine and r in windows.coarse]
    roles = [*losses, *(r for r in SCORES if r in windows.fine)]
    if not roles:
        return signals
    with np.errstate(all="ignore"):
        raw = np.stack([windows.fine[r] for r in roles])
        quantile_levels = quantiles(raw)
        clipped = clip_outliers(raw, quantile_levels)
        noise = step_noise(clipped)
        slow = dict(zip(roles, autocorrelation_time(clipped, BLOCK, noise), strict=True))
        signals.update({name: slow[role] for role, name in SLOW.items() if role in slow})
        if losses:
            count = len(losses)
            curves = _LossCurves(raw[:count], quantile_levels[:, :count], clipped[:count], noise[:count])
            _add_loss_signals(signals, windows, losses, curves)
        _add_correlations(signals, roles, clipped, slow)
        if len(losses) == len(LOSSES):
            _add_term_signals(signals, raw[0], raw[1], objective)
    _add_equilibrium_signals(signals, windows, objective)
    _separate_short_logs(signals)
    return signals


def _separate_short_logs(signals: dict[str, Floats]) -> None:
    """Separate the noise-based signals of young or short logs from those of long ones."""
    short = signals["points"] < MIN_STEPWISE_POINTS
    if not short.any():
        return
    for name in BATCH_NOISE:
        if name in signals:
            signals[name] = np.where(short, np.nan, signals[name])
    for stem in MOVEMENT:
        for player in "dg":
            name = f"{stem}_{player}"
            if name in signals:
                signals[f"short_{name}"] = np.where(short, signals[name], np.nan)
                signals[name] = np.where(short, np.nan, signals[name])


def _log(values: Floats) -> Floats:
    return np.log10(np.maximum(np.abs(values), 1e-8))


class _LossCurves(Struct, frozen=True, eq=False):
    """The fine windows of l losses."""

    raw: Floats
    """Shape (l, k, m)."""
    quantiles: Floats
    """The QUANTILES of `raw`, shape (7, l, k)."""
    clipped: Floats
    """`raw` without outliers."""
    noise: Floats
    """The noise of `clipped` from point to point, shape (l, k)."""


def _add_loss_signals(
    signals: dict[str, Floats], windows: Windows, losses: Sequence[str], curves: _LossCurves
) -> None:
    """Add level, spread, movement and trend of each loss."""

    def put(stem: str, values: Floats) -> None:
        signals.update({f"{stem}_{role[0]}": of_one for role, of_one in zip(losses, values, strict=True)})

    low, _, lower_quartile, middle, upper_quartile, _, high = curves.quantiles
    raw, clipped = curves.raw, curves.clipped
    is_main = windows.block == 1
    main = raw if is_main else np.stack([windows.coarse[r] for r in losses])
    main_clipped = clipped if is_main else clip_outliers(main)
    before = np.stack([windows.before[r] for r in losses])
    start = np.stack([windows.initial_sizes[r] for r in losses])
    differences = changes(raw)
    size = median(np.abs(raw))
    spread = clipped.std(axis=-1)
    put("level", middle if is_main else median(main))
    put("middle", middle)
    put("size", size)
    put("start", start)
    put("grown", _log(size) - _log(start))
    put("same", np.mean(differences == 0, axis=-1))
    for block in (3, 64):
        put(f"slow{block}", autocorrelation_time(clipped, block, curves.noise))
    put("swing", amplitude_ratio(main_clipped, median(np.abs(differences)) / 0.954))
    put("tail", _log((high - low) / np.maximum(upper_quartile - lower_quartile, 1e-9)))
    put("spread", _log(spread / np.maximum(size, 1e-9)))
    put("drift", (raw.mean(axis=-1) - before.mean(axis=-1)) / np.maximum(spread, 1e-9))
    put("widened", _log(spread) - _log(clip_outliers(before).std(axis=-1)))


def _add_equilibrium_signals(signals: dict[str, Floats], windows: Windows, objective: Objective) -> None:
    """Add each loss relative to its equilibrium, if that is known."""
    for role, balance in zip(LOSSES, (objective.d_equilibrium, objective.g_equilibrium), strict=True):
        player = role[0]
        middle = signals.pop(f"middle_{player}", None)
        if middle is None or not balance:
            continue
        signals[f"balance_{player}"] = np.full(len(middle), balance)
        signals[f"share_{player}"] = np.clip(middle / balance, -3, 6)
        signals[f"low_{player}"] = np.mean(windows.fine[role] / balance < NEAR_ZERO, axis=-1)


def _add_correlations(
    signals: dict[str, Floats], roles: Sequence[str], clipped: Floats, slow: Mapping[str, Floats]
) -> None:
    """Add the correlations of losses and scores.

    Args:
        signals: Where they are added.
        roles: The r roles of the curves.
        clipped: Their fine windows without outliers, shape (r, k, m).
        slow: Their autocorrelation times by role.
    """
    at = {role: row for row, role in enumerate(roles)}
    pairs = {
        "opposition": ("d_loss", "g_loss"),
        "scores": ("d_real", "d_fake"),
        "same_fakes": ("d_fake", "d_fake_after" if "d_fake_after" in at else "g_loss"),
    }
    pairs = {name: pair for name, pair in pairs.items() if at.keys() >= set(pair)}
    if pairs:
        differences = changes(clipped)
        first, second = ([at[pair[side]] for pair in pairs.values()] for side in (0, 1))
        signals.update(zip(pairs, correlation(differences[first], differences[second]), strict=True))
    if "opposition" in pairs:
        signals["opposition"] = -signals["opposition"]
        means = block_means(clipped[[at["d_loss"], at["g_loss"]]], BLOCK)
        if means.shape[-1] >= 9:
            differences = changes(means)
            signals["slow_opposition"] = -correlation(differences[0], differences[1])
    if "same_fakes" in pairs and "d_fake_after" not in at:
        signals["same_fakes"] = np.abs(signals["same_fakes"])
    if "scores" in pairs:
        signals["slow8_real"] = slow["d_real"]
        real, fake = clipped[at["d_real"]], clipped[at["d_fake"]]
        gap = real.mean(axis=-1) - fake.mean(axis=-1)
        signals["score_gap"] = np.clip(
            2 * gap / np.maximum(real.std(axis=-1) + fake.std(axis=-1), 1e-9), -MAX_GAP, MAX_GAP
        )


def _add_term_signals(signals: dict[str, Floats], d: Floats, g: Floats, objective: Objective) -> None:
    """Add the correlation of D's real and fake terms, rebuilt from the losses."""
    terms = rebuild_terms(d, g, objective)
    if terms is None:
        return
    clipped = clip_outliers(np.stack(terms))
    differences = changes(clipped)
    # A critic's scores have no fixed relation to the noise of its losses: its terms get another signal.
    name = "critic_halves" if objective.kind is ObjectiveKind.WASSERSTEIN else "halves"
    signals[name] = correlation(differences[0], differences[1])
    real_noise, fake_noise = step_noise(clipped)
    signals["real_noise"] = _log(real_noise / np.maximum(fake_noise, TINY))


def rebuild_terms(d: Floats, g: Floats, objective: Objective) -> tuple[Floats, Floats] | None:
    """Return D's real and fake term, the fake one as implied by G's loss; None if the scale is unknown.

    G's loss scores another batch of fakes than D's: BCE has G = softplus(-s) and the fake term
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
