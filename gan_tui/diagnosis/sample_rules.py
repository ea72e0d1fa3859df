"""What logged sample grids say of the game: rules over their measures, which go before the curves.

Samples are what a GAN is for: where their grids are logged, they say what losses only hint at. The
measures are those of `samples.py`, as series of the run.
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
"""Grids that say how it stands now; their median, since a single grid may mislead."""
TRAVELLED = 8
"""Grids over which movement is judged."""
MANY_DUPLICATES = 0.8
FEW_DUPLICATES = 0.7
LOST_SHARE = 0.6
"""Diversity below this share of the run's own best is a loss of modes (a fifth is the draw's doing)."""
ALL_ALIKE = 0.3
"""Diversity below which the tiles of a grid are nearly the same picture."""
FROZEN = 0.02
"""Diversity at which all tiles are the same to the eye."""
MOVES, RESTS = 3.2, 2.8
"""Movement of the average sample, in units of what the draw alone gives."""
BLANK = 1e-3
"""Contrast (variance of 0..1 pixels) of tiles that show nothing."""
NOISE = 1.5
"""Roughness against the run's own at its most diverse, at which pictures have turned to noise."""


class SampleSeries(Struct, frozen=True):
    """The measures of the grids up to one step, oldest first."""

    steps: Ints
    diversity: Floats
    duplicates: Floats
    roughness: Floats
    centroid_shift: Floats

    @property
    def first(self) -> int:
        """Step of the oldest of the newest grids."""
        return int(self.steps[-NEWEST])

    @property
    def best(self) -> float:
        """The diversity that this run has reached and held for three grids."""
        held = np.lib.stride_tricks.sliding_window_view(self.diversity, 3)
        return float(median(held).max())

    @property
    def smoothest(self) -> float:
        """The roughness of the smoothest three grids in a row that were about as diverse as the best."""
        held = np.lib.stride_tricks.sliding_window_view(self.roughness, 3)
        diverse = np.lib.stride_tricks.sliding_window_view(self.diversity, 3).min(axis=1) >= 0.8 * self.best
        return float(median(held[diverse]).min()) if diverse.any() else 0.0


MEASURES = ("sample_diversity", "sample_duplicates", "sample_roughness", "sample_centroid_shift")
"""Roles of the measures that an album is made of."""


def album(pair: PlayerPair, step: int) -> SampleSeries | None:
    """What had been seen when `step` was the newest; None for fewer than NEWEST grids."""
    curves = [pair.curves.get(name) for name in MEASURES]
    if curves[0] is None or any(c is None for c in curves):
        return None
    end = int(np.searchsorted(curves[0].steps, step, side="right"))
    if end < NEWEST:
        return None
    return SampleSeries(curves[0].steps[:end], *(c.values[:end] for c in curves if c is not None))


Rule = Callable[[SampleSeries], Finding | None]


def near_duplicates(seen: SampleSeries) -> Finding | None:
    """The samples of a step repeat themselves (Arora & Zhang 2017: duplicates bound the support)."""
    duplicates, diversity = _now(seen.duplicates), _now(seen.diversity)
    lost = diversity < LOST_SHARE * seen.best or diversity < ALL_ALIKE
    if not (duplicates >= MANY_DUPLICATES or (lost and duplicates > 0.2)):
        return None
    return _finding(
        seen, near_duplicates, Badge.COLLAPSE, 0.97 if lost else 0.85,
        f"since step {seen.first:,} {duplicates:.0%} of the samples of a grid have a near duplicate in it, "
        f"their diversity is {diversity:.2f} (this run's best: {seen.best:.2f})",
        duplicates=duplicates, diversity=diversity, best=seen.best,
    )  # fmt: skip


def travelling(seen: SampleSeries) -> Finding | None:
    """The average sample keeps moving from grid to grid: the generator hops or cycles."""
    moved = _median(seen.centroid_shift[-TRAVELLED:])
    if not moved > MOVES or _now(seen.diversity) < FROZEN:
        return None
    return _finding(
        seen, travelling, Badge.OSCILLATING, min(0.87, 0.75 + 0.05 * (moved - MOVES)),
        f"since step {int(seen.steps[-min(TRAVELLED, len(seen.steps))]):,} the average sample moves "
        f"{moved:.1f} times as far from grid to grid as chance alone would move it",
        moved=moved,
    )  # fmt: skip


def stuck(seen: SampleSeries) -> Finding | None:
    """Every sample of every grid is one and the same picture: G has stopped answering to its input."""
    still = _median(seen.centroid_shift[-NEWEST:])
    if _now(seen.diversity) > FROZEN or _now(seen.duplicates) < MANY_DUPLICATES or still > 1:
        return None
    return _finding(
        seen, stuck, Badge.DIVERGED, 1.0,
        f"since step {seen.first:,} every sample of every grid is one and the same picture",
        diversity=_now(seen.diversity), moved=still,
    )  # fmt: skip


def blank(seen: SampleSeries) -> Finding | None:
    """The samples show nothing, or have turned to noise: G is off the data."""
    usual, rough = seen.smoothest, _now(seen.roughness)
    repeated = _now(seen.duplicates) >= MANY_DUPLICATES
    if rough == 0.0 and _now(seen.diversity) == 0.0:
        words = "show nothing: every one is blank"
    elif not repeated and usual > 0 and rough > NOISE * usual:
        words = f"have turned to noise: {rough / usual:.1f} times as rough as they have been"
    else:
        return None
    return _finding(
        seen, blank, Badge.DIVERGED, 1.0, f"since step {seen.first:,} the samples {words}", rough=rough
    )


def varied(seen: SampleSeries) -> Finding | None:
    """The samples differ as much as they ever did, and their average rests."""
    moved, diversity = _median(seen.centroid_shift[-TRAVELLED:]), _now(seen.diversity)
    if moved > RESTS or diversity < 0.85 * seen.best or diversity < ALL_ALIKE:
        return None
    if _now(seen.duplicates) > FEW_DUPLICATES or _now(seen.roughness) > NOISE * _median(seen.roughness):
        return None
    return _finding(
        seen, varied, Badge.CONVERGING, 0.9,
        f"since step {seen.first:,} the samples of a grid differ ({diversity:.2f}, this run's best: "
        f"{seen.best:.2f}) and their average rests",
        diversity=diversity, best=seen.best, moved=moved,
    )  # fmt: skip


RULES: tuple[Rule, ...] = (stuck, blank, near_duplicates, travelling, varied)


def sample_findings(pair: PlayerPair, step: int) -> tuple[Finding, ...]:
    """What the sample grids up to `step` say; nothing where too few are logged."""
    seen = album(pair, step)
    return () if seen is None else tuple(f for rule in RULES if (f := rule(seen)) is not None)


class SampleDiagnoser:
    """The findings of a pair's sample grids; each number of grids is looked at once."""

    def __init__(self) -> None:
        self._pair = PlayerPair({})
        self._found: dict[int, tuple[Finding, ...]] = {}

    def extend(self, pair: PlayerPair) -> None:
        """Take the pair with its new points. Grids are measured newest first: all may be other ones."""
        if any(pair.curves.get(name) is not self._pair.curves.get(name) for name in MEASURES):
            self._found.clear()
        self._pair = pair

    @property
    def speak(self) -> bool:
        """Whether any grids have been measured."""
        return MEASURES[0] in self._pair.curves

    def findings(self, step: int) -> tuple[Finding, ...]:
        """What the sample grids up to `step` say; nothing where too few are logged."""
        curve = self._pair.curves.get(MEASURES[0])
        if curve is None:
            return ()
        seen = int(np.searchsorted(curve.steps, step, side="right"))
        if seen not in self._found:
            self._found[seen] = sample_findings(self._pair, step)
        return self._found[seen]


def _now(values: Floats) -> float:
    return _median(values[-NEWEST:])


def _median(values: Floats) -> float:
    finite = values[np.isfinite(values)]
    return float(median(finite)) if len(finite) else 0.0


def _finding(
    seen: SampleSeries, rule: Rule, badge: Badge, gravity: float, sentence: str, **numbers: float
) -> Finding:
    name = f"samples_{rule.__name__}"
    return Finding(name, badge, sentence, seen.first, int(seen.steps[-1]), gravity, numbers)
