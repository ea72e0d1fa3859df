"""The x axis: steps, relative or wall time; a range that grows in leaps; columns cut by index."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from gan_tui.charts.number_format import duration, local_offset, moment, nice_step, whole_number
from gan_tui.charts.scale import Tick
from gan_tui.logs.model import Floats, Ints
from gan_tui.run.series_view import SeriesView

Places: TypeAlias = Ints | Floats
"""Where the points of a series lie along x: its steps, or its wall times."""

LEAPS = (1, 1.1, 1.2, 1.35, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 8, 9, 10)
"""A growing range takes these widths, times a power of ten: it rarely moves, and little is empty."""
SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
"""Distances between labels of time, in seconds, up to a day; then whole days."""


class XMode(StrEnum):
    """What x means."""

    STEP = "step"
    RELATIVE = "relative time"
    WALL = "wall time"

    @property
    def following(self) -> XMode:
        """The mode that the x key switches to."""
        modes = list(XMode)
        return modes[(modes.index(self) + 1) % len(modes)]


class XRange(Struct, frozen=True):
    """What of the x axis is shown. Times are Unix seconds in both modes; labels subtract `origin`."""

    low: float = 0.0
    high: float = 1.0
    mode: XMode = XMode.STEP
    origin: float = 0.0
    """Unix time of the run's first point, from which relative time counts."""

    @property
    def width(self) -> float:
        """Units of x from one end to the other."""
        return self.high - self.low

    def share(self, x: float) -> float:
        """Where x lies: 0 at the left end, 1 at the right."""
        return (x - self.low) / self.width

    def at(self, share: float) -> float:
        """The x at a share of the width."""
        return self.low + share * self.width

    def bounds(self, columns: int) -> Floats:
        """The columns' borders, shape (columns + 1,)."""
        return np.linspace(self.low, self.high, columns + 1)

    def ticks(self, most: int) -> list[Tick]:
        """At most `most` labelled places, left first."""
        if most < 1:
            return []
        base = self.origin if self.mode is XMode.RELATIVE else 0.0
        step = self._tick_step(most)
        shift = local_offset(self.low) if self.mode is XMode.WALL else 0.0
        first = math.ceil((self.low - base + shift) / step - 1e-9)
        last = math.floor((self.high - base + shift) / step + 1e-9)
        places = [base - shift + i * step for i in range(first, min(last, first + most) + 1)]
        return [Tick(self.share(x), self._label(x, step)) for x in places]

    def _tick_step(self, most: int) -> float:
        least = self.width / most
        if self.mode is XMode.STEP:
            return max(1.0, nice_whole(least))
        step = next((float(s) for s in SECONDS if s >= least), 86400.0 * nice_step(least / 86400))
        return nice_step(least) if least < 0.5 else step

    def _label(self, x: float, step: float) -> str:
        if self.mode is XMode.STEP:
            return whole_number(round(x), round(step))
        return duration(x - self.origin) if self.mode is XMode.RELATIVE else moment(x, step)

    def words(self, x: float) -> str:
        """X in full, for a cursor: "12,345", "3h20", "14:05:10"."""
        if self.mode is XMode.STEP:
            return f"{round(x):,}"
        return duration(x - self.origin) if self.mode is XMode.RELATIVE else moment(x, 60.0)


def nice_whole(least: float) -> float:
    """As `nice_step`, but whole numbers stay whole: never 2.5."""
    step = nice_step(least)
    return step if step == int(step) else nice_step(step * 1.01)


# -- which range is shown ------------------------------------------------------------------------------


def grown(first: float, last: float, *, growing: bool) -> tuple[float, float]:
    """The range that holds first..last.

    Args:
        first: Smallest x of all curves.
        last: Largest x of all curves.
        growing: More points will come: leave headroom up to the next round width, so that the
            columns stay where they are until it is used up.
    """
    width = last - first
    if width <= 0:
        # A single point stands in the middle of its own small range.
        return first - 0.5, first + 0.5
    if not growing:
        return first, last
    power = 10.0 ** math.floor(math.log10(width))
    leap = next(leap for leap in (*LEAPS, 11.0) if leap * power >= width * (1 + 1e-9))
    return first, first + leap * power


def zoomed(shown: XRange, factor: float, anchor: float, whole: XRange) -> XRange:
    """`shown` made `factor` times as wide around `anchor`, kept within `whole`."""
    least = 4.0 if shown.mode is XMode.STEP else 1e-3
    width = min(max(shown.width * factor, min(least, whole.width)), whole.width)
    low = anchor - (anchor - shown.low) * width / shown.width
    return _within(shown, low, width, whole)


def panned(shown: XRange, share: float, whole: XRange) -> XRange:
    """`shown` moved by a share of its width, kept within `whole`."""
    return _within(shown, shown.low + share * shown.width, shown.width, whole)


def _within(shown: XRange, low: float, width: float, whole: XRange) -> XRange:
    low = min(max(low, whole.low), whole.high - width)
    return replace(shown, low=low, high=low + width)


# -- points to columns ---------------------------------------------------------------------------------


def cut(places: Places, begin: int, end: int, bounds: Floats) -> Ints:
    """Index borders of the columns: column i holds the points edges[i] .. edges[i + 1] - 1.

    Args:
        places: x of every point, ascending within begin..end; int64 steps are searched as integers,
            so that no column of floats is made of them.
        begin: First index of the segment.
        end: Index after its last.
        bounds: x borders of the columns, shape (columns + 1,); a point on the last belongs to the
            last column.

    Returns:
        Ascending indices, shape (columns + 1,).
    """
    part = places[begin:end]
    if part.dtype == np.int64:
        keys: Places = np.clip(np.ceil(bounds), -(2.0**62), 2.0**62).astype(np.int64)
        keys[-1] = int(min(max(math.floor(bounds[-1]), -(2.0**62)), 2.0**62)) + 1
    else:
        keys = bounds.copy()
        keys[-1] = np.nextafter(bounds[-1], np.inf)
    edges = np.searchsorted(part, keys, side="left") + begin
    return np.maximum.accumulate(edges)


class Clocks:
    """Wall times fit to be searched: ascending and finite within each segment.

    Most are as logged, and are passed through. Where a clock jumped back or is missing for a while,
    the latest time so far stands in. Remembers how far each series has been looked at.
    """

    def __init__(self) -> None:
        self._checked: dict[str, int] = {}
        self._mended: dict[str, Floats] = {}

    def places(self, view: SeriesView, mode: XMode) -> Places | None:
        """X of every point of `view`, or None where the log has no clock and `mode` needs one."""
        if mode is XMode.STEP:
            return view.steps
        walls = view.wall_times
        if walls is None or not len(walls):
            return None
        if view.name in self._mended:
            return self._mend(view, walls)
        checked = self._checked.get(view.name, 0)
        if checked > len(walls):
            checked = 0
        part = walls[max(0, checked - 1) :]
        if np.isfinite(part).all() and (part[1:] >= part[:-1]).all():
            self._checked[view.name] = len(walls)
            return walls
        return self._mend(view, walls)

    def _mend(self, view: SeriesView, walls: Floats) -> Floats | None:
        mended = self._mended.get(view.name)
        if mended is None or len(mended) != len(walls):
            finite = np.where(np.isfinite(walls), walls, -np.inf)
            for begin, end in view.segment_bounds():
                np.maximum.accumulate(finite[begin:end], out=finite[begin:end])
            if not np.isfinite(finite).any():
                return None
            mended = self._mended[view.name] = np.maximum(finite, finite[np.isfinite(finite)].min())
        return mended
