"""Rules for logged sample grids, which outweigh the curves.

Samples are the purpose of a GAN: they show what losses only hint at. The rules read the measures of
`gan_tui.samples.diversity`, which are series of the run.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from msgspec import Struct

from gan_tui.diagnosis.result import Badge, Finding
from gan_tui.logs.model import Floats, Ints
from gan_tui.numeric import median
from gan_tui.run.pair import PlayerPair

NEWEST = 4
"""Grids whose median is the current value, since a single grid may mislead."""
MOVEMENT_GRIDS = 8
"""Grids over which movement is measured."""
MANY_DUPLICATES = 0.8
FEW_DUPLICATES = 0.7
LOST_SHARE = 0.6
"""Diversity below this share of the run's own best is a loss of modes (a fifth is random variation)."""
SIMILAR = 0.3
"""Diversity below which the tiles of a grid are nearly the same image."""
IDENTICAL = 0.02
"""Diversity at which all tiles look the same."""
MOVING, RESTING = 3.2, 2.8
"""Movement of the average sample, relative to what random variation alone would give."""
NOISE = 1.5
"""Roughness relative to the run's own at its most diverse, at which images have turned to noise."""


class SampleSeries(Struct, frozen=True):
    """The measures of the grids up to one step, the oldest first."""

    steps: Ints
    diversity: Floats
    duplicates: Floats
    roughness: Floats
    centroid_shift: Floats

    @property
    def first(self) -> int:
        """The step of the oldest of the NEWEST grids."""
        return int(self.steps[-NEWEST])

    @property
    def best(self) -> float:
        """The highest diversity that the run has had for three grids (their median)."""
        triples = np.lib.stride_tricks.sliding_window_view(self.diversity, 3)
        return float(median(triples).max())

    @property
    def smoothest(self) -> float:
        """The lowest roughness of three grids in a row that were about as diverse as the best (median)."""
        triples = np.lib.stride_tricks.sliding_window_view(self.roughness, 3)
        diverse = np.lib.stride_tricks.sliding_window_view(self.diversity, 3).min(axis=1) >= 0.8 * self.best
        return float(median(triples[diverse]).min()) if diverse.any() else 0.0


MEASURES = ("sample_diversity", "sample_duplicates", "sample_roughness", "sample_centroid_shift")
"""Roles of the measures in `SampleSeries`."""


def sample_series(pair: PlayerPair, step: int) -> SampleSeries | None:
    """Return the measures up to `step`; None for fewer than NEWEST grids."""
    curves = [pair.curves.get(name) for name in MEASURES]
    if curves[0] is None or any(c is None for c in curves):
        return None
    end = int(np.searchsorted(curves[0].steps, step, side="right"))
    if end < NEWEST:
        return None
    return SampleSeries(curves[0].steps[:end], *(c.values[:end] for c in curves if c is not None))


Rule = Callable[[SampleSeries], Finding | None]


def near_duplicates(samples: SampleSeries) -> Finding | None:
    """Many samples of a grid are near duplicates (Arora & Zhang 2017: duplicates bound the support)."""
    duplicates, diversity = _current(samples.duplicates), _current(samples.diversity)
    lost = diversity < LOST_SHARE * samples.best or diversity < SIMILAR
    if not (duplicates >= MANY_DUPLICATES or (lost and duplicates > 0.2)):
        return None
    return _finding(
        samples, near_duplicates, Badge.COLLAPSE, 0.97 if lost else 0.85,
        f"since step {samples.first:,} {duplicates:.0%} of the samples of a grid have a near duplicate in it,"
        f" their diversity is {diversity:.2f} (this run's best: {samples.best:.2f})",
        duplicates=duplicates, diversity=diversity, best=samples.best,
    )  # fmt: skip


def travelling(samples: SampleSeries) -> Finding | None:
    """The average sample keeps moving from grid to grid: the generator hops between modes or cycles."""
    moved = _median(samples.centroid_shift[-MOVEMENT_GRIDS:])
    if not moved > MOVING or _current(samples.diversity) < IDENTICAL:
        return None
    first = int(samples.steps[-min(MOVEMENT_GRIDS, len(samples.steps))])
    return _finding(
        samples, travelling, Badge.OSCILLATING, min(0.87, 0.75 + 0.05 * (moved - MOVING)),
        f"since step {first:,} the average sample moves "
        f"{moved:.1f} times as far from grid to grid as chance alone would move it",
        moved=moved,
    )  # fmt: skip


def stuck(samples: SampleSeries) -> Finding | None:
    """Every sample of every grid is the same image: G ignores its input."""
    still = _median(samples.centroid_shift[-NEWEST:])
    if _current(samples.diversity) > IDENTICAL or _current(samples.duplicates) < MANY_DUPLICATES or still > 1:
        return None
    return _finding(
        samples, stuck, Badge.DIVERGED, 1.0,
        f"since step {samples.first:,} every sample of every grid is one and the same picture",
        diversity=_current(samples.diversity), moved=still,
    )  # fmt: skip


def blank(samples: SampleSeries) -> Finding | None:
    """The samples are blank or have turned to noise: G is far from the data."""
    usual, rough = samples.smoothest, _current(samples.roughness)
    repeated = _current(samples.duplicates) >= MANY_DUPLICATES
    if rough == 0.0 and _current(samples.diversity) == 0.0:
        words = "show nothing: every one is blank"
    elif not repeated and usual > 0 and rough > NOISE * usual:
        words = f"have turned to noise: {rough / usual:.1f} times as rough as they have been"
    else:
        return None
    return _finding(
        samples, blank, Badge.DIVERGED, 1.0, f"since step {samples.first:,} the samples {words}", rough=rough
    )


def varied(samples: SampleSeries) -> Finding | None:
    """The samples are as diverse as ever, and their average is at rest."""
    moved, diversity = _median(samples.centroid_shift[-MOVEMENT_GRIDS:]), _current(samples.diversity)
    if moved > RESTING or diversity < 0.85 * samples.best or diversity < SIMILAR:
        return None
    rough = _current(samples.roughness) > NOISE * _median(samples.roughness)
    if rough or _current(samples.duplicates) > FEW_DUPLICATES:
        return None
    return _finding(
        samples, varied, Badge.CONVERGING, 0.9,
        f"since step {samples.first:,} the samples of a grid differ ({diversity:.2f}, this run's best: "
        f"{samples.best:.2f}) and their average rests",
        diversity=diversity, best=samples.best, moved=moved,
    )  # fmt: skip


RULES: tuple[Rule, ...] = (stuck, blank, near_duplicates, travelling, varied)


def sample_findings(pair: PlayerPair, step: int) -> tuple[Finding, ...]:
    """Return the findings for the sample grids up to `step`; none if there are too few grids."""
    samples = sample_series(pair, step)
    return () if samples is None else tuple(f for rule in RULES if (f := rule(samples)) is not None)


class SampleDiagnoser:
    """Returns the findings for a pair's sample grids, cached by the number of grids."""

    def __init__(self) -> None:
        self._pair = PlayerPair({})
        self._cache: dict[int, tuple[Finding, ...]] = {}

    def extend(self, pair: PlayerPair) -> None:
        """Take the pair with its new points. Grids are measured newest first: all measures may change."""
        if any(pair.curves.get(name) is not self._pair.curves.get(name) for name in MEASURES):
            self._cache.clear()
        self._pair = pair

    @property
    def has_samples(self) -> bool:
        """Whether any grids have been measured."""
        return MEASURES[0] in self._pair.curves

    def findings(self, step: int) -> tuple[Finding, ...]:
        """Return the findings for the sample grids up to `step`; none if there are too few grids."""
        curve = self._pair.curves.get(MEASURES[0])
        if curve is None:
            return ()
        count = int(np.searchsorted(curve.steps, step, side="right"))
        if count not in self._cache:
            self._cache[count] = sample_findings(self._pair, step)
        return self._cache[count]


def _current(values: Floats) -> float:
    return _median(values[-NEWEST:])


def _median(values: Floats) -> float:
    finite = values[np.isfinite(values)]
    return float(median(finite)) if len(finite) else 0.0


def _finding(
    samples: SampleSeries, rule: Rule, badge: Badge, severity: float, sentence: str, **numbers: float
) -> Finding:
    name = f"samples_{rule.__name__}"
    return Finding(name, badge, sentence, samples.first, int(samples.steps[-1]), severity, numbers)
