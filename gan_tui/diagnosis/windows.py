"""What a judgement looks at: the latest part of each curve, in bounded size however long the run is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gan_tui.logs.points import Floats, Ints
from gan_tui.run.pair import Curve, PlayerPair
from gan_tui.run.series import Growable

RECENT = 5
"""The main window is the last 1/RECENT of the run, as far as seen."""
LONG = 2
"""The long window is the last 1/LONG."""
SMALLEST = 40
"""Points that the main window has at least, where there are so many."""
FINE = 1024
"""Points (or blocks) that are looked at one by one at most."""
FAN_OUT = 8
START = 100
"""Points that count as the beginning of a run."""
LOSSES = ("d_loss", "g_loss")


class Track:
    """One role's curve with the means of its blocks of 8, 64, 512, ... values, as it grows."""

    __slots__ = ("_levels", "curve")

    def __init__(self, curve: Curve) -> None:
        self.curve = curve
        self._levels: list[Growable] = []

    def extend(self, curve: Curve) -> None:
        """Take the curve with its new points; those seen before are the same."""
        self.curve = curve
        below: Floats = curve.values
        level = 0
        while len(below) > FINE * FAN_OUT:
            if level == len(self._levels):
                self._levels.append(Growable(np.float64))
            means = self._levels[level]
            begin, end = len(means) * FAN_OUT, len(below) // FAN_OUT * FAN_OUT
            if end > begin:
                means.extend(_block_means(below[begin:end]))
            below = means.view()
            level += 1

    def end(self, step: int) -> int:
        """How many points there were when `step` was the newest."""
        return int(np.searchsorted(self.curve.steps, step, side="right"))

    def as_of(self, steps: Ints) -> Floats:
        """The newest value at each of `steps` (ascending), NaN before the first point, shape (k,)."""
        end = self.end(int(steps[-1]))
        if end >= len(steps) and np.array_equal(self.curve.steps[end - len(steps) : end], steps):
            return self.curve.values[end - len(steps) : end]
        index = np.searchsorted(self.curve.steps[:end], steps, side="right") - 1
        return np.where(index >= 0, self.curve.values[index], np.nan)

    def coarse(self, begin: int, end: int) -> Floats:
        """Values [begin, end) as they are, or as the means of equal blocks where there are many.

        Depends on the points before `end` only.
        """
        size, values = 1, self.curve.values
        for means in self._levels:
            if end - begin <= FINE * size:
                break
            size *= FAN_OUT
            values = means.view()
        part = values[begin // size : end // size]
        if size > 1 and end - begin > FINE * size:
            part = _block_means(part[len(part) % FAN_OUT :])
        return part[np.isfinite(part)]


def _block_means(values: Floats) -> Floats:
    """Means of blocks of eight, over what is finite in them; NaN where nothing is."""
    blocks = values.reshape(-1, FAN_OUT)
    finite = np.isfinite(blocks)
    if finite.all():
        return np.asarray(blocks.mean(axis=1))
    held = finite.sum(axis=1)
    sums = np.where(finite, blocks, 0.0).sum(axis=1)
    return np.where(held > 0, sums / np.maximum(held, 1), np.nan)


@dataclass(frozen=True, slots=True)
class Window:
    """The latest part of a pair's curves at one step."""

    step: int
    """The newest step."""
    first_step: int
    """Where the main window begins."""
    points: int
    """Points seen so far of the loss that is logged less often."""
    fine: Mapping[str, Floats]
    """Role to its last values, one by one and side by side: each of shape (m,), m <= FINE. May hold
    NaN and infinities; a role that is logged less often repeats its latest value."""
    fine_first_step: int
    """Where `fine` begins."""
    spread: Mapping[str, Floats]
    """Role to finite values taken evenly over the main window, about FINE of them: for levels."""
    coarse: Mapping[str, Floats]
    """Role of a loss to the main window's finite values, as block means where there are many."""
    long: Mapping[str, Floats]
    """Role of a loss to the long window, likewise."""
    start: Mapping[str, Floats]
    """Role of a loss to the first finite values of the run."""


class History:
    """Tracks by role, and the windows cut from them."""

    def __init__(self) -> None:
        self.tracks: dict[str, Track] = {}

    def extend(self, pair: PlayerPair) -> None:
        """Take the pair with its new points."""
        for role, curve in pair.curves.items():
            if role not in self.tracks:
                self.tracks[role] = Track(curve)
            self.tracks[role].extend(curve)

    def window(self, step: int) -> Window | None:
        """What there was to see at `step`; None before each logged loss has a point."""
        ends = {role: track.end(step) for role, track in self.tracks.items()}
        losses = [role for role in LOSSES if ends.get(role)]
        if not losses:
            return None
        base = min(losses, key=ends.__getitem__)
        track, end = self.tracks[base], ends[base]
        begin = end - min(end, max(SMALLEST, end // RECENT))
        long_begin = end - max(end - begin, end // LONG)
        steps = track.curve.steps
        first_step, long_step = int(steps[begin]), int(steps[long_begin])
        spread, coarse, long, start = {}, {}, {}, {}
        for role, last in ends.items():
            if not last:
                continue
            held = self.tracks[role]
            first = int(np.searchsorted(held.curve.steps, first_step, side="left"))
            values = held.curve.values
            spread[role] = _finite(values[first : last : max(1, (last - first) // FINE)])
            if role in losses:
                long_first = int(np.searchsorted(held.curve.steps, long_step, side="left"))
                coarse[role] = held.coarse(first, last)
                long[role] = held.coarse(long_first, last)
                start[role] = _finite(values[: min(last, START)])
        fine_begin = max(begin, end - FINE)
        at = steps[fine_begin:end]
        fine = {role: self.tracks[role].as_of(at) for role, last in ends.items() if last}
        return Window(step, first_step, end, fine, int(at[0]), spread, coarse, long, start)


def _finite(values: Floats) -> Floats:
    return values[np.isfinite(values)]
