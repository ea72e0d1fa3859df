"""The x axis: steps, relative or wall time; ranges with headroom; division into columns."""

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

XValues: TypeAlias = Ints | Floats
"""The x of the points of a series: its steps, or its wall times."""

ROUND_WIDTHS = (1, 1.1, 1.2, 1.35, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 8, 9, 10)
"""Widths of a growing range, times a power of ten: it rarely changes, and little of it is empty."""
TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
"""Distances between time labels, in seconds, up to a day; larger ones are whole days."""


class XMode(StrEnum):
    """What the x axis shows."""

    STEP = "step"
    RELATIVE = "relative time"
    WALL = "wall time"

    @property
    def next_mode(self) -> XMode:
        """The mode that the x key switches to."""
        modes = list(XMode)
        return modes[(modes.index(self) + 1) % len(modes)]


class XRange(Struct, frozen=True):
    """A range of x. Times are Unix seconds in both time modes; labels of relative time subtract `origin`."""

    low: float = 0.0
    high: float = 1.0
    mode: XMode = XMode.STEP
    origin: float = 0.0
    """Unix time of the run's first point, the zero of relative time."""

    @property
    def width(self) -> float:
        """Width of the range in units of x."""
        return self.high - self.low

    def share(self, x: float) -> float:
        """Return the relative position of x: 0 at the left end, 1 at the right."""
        return (x - self.low) / self.width

    def at(self, share: float) -> float:
        """Return the x at a relative position."""
        return self.low + share * self.width

    def bounds(self, columns: int) -> Floats:
        """Return the borders of the columns, shape (columns + 1,)."""
        return np.linspace(self.low, self.high, columns + 1)

    def ticks(self, most: int) -> list[Tick]:
        """Return at most `most` ticks, left first."""
        if most < 1:
            return []
        base = self.origin if self.mode is XMode.RELATIVE else 0.0
        step = self._tick_step(most)
        shift = local_offset(self.low) if self.mode is XMode.WALL else 0.0
        first = math.ceil((self.low - base + shift) / step - 1e-9)
        last = math.floor((self.high - base + shift) / step + 1e-9)
        positions = [base - shift + i * step for i in range(first, min(last, first + most) + 1)]
        return [Tick(self.share(x), self._label(x, step)) for x in positions]

    def _tick_step(self, most: int) -> float:
        least = self.width / most
        if self.mode is XMode.STEP:
            return max(1.0, nice_whole(least))
        step = next((float(s) for s in TIME_STEPS if s >= least), 86400.0 * nice_step(least / 86400))
        return nice_step(least) if least < 0.5 else step

    def _label(self, x: float, step: float) -> str:
        if self.mode is XMode.STEP:
            return whole_number(round(x), round(step))
        return duration(x - self.origin) if self.mode is XMode.RELATIVE else moment(x, step)

    def format(self, x: float) -> str:
        """Format x for the cursor: "12,345", "3h20", "14:05:10"."""
        if self.mode is XMode.STEP:
            return f"{round(x):,}"
        return duration(x - self.origin) if self.mode is XMode.RELATIVE else moment(x, 60.0)


def nice_whole(least: float) -> float:
    """Return the same as `nice_step`, but for whole numbers: never 2.5."""
    step = nice_step(least)
    return step if step == int(step) else nice_step(step * 1.01)


# -- visible range -------------------------------------------------------------------------------------


def range_with_headroom(first: float, last: float, *, growing: bool) -> tuple[float, float]:
    """Return the range that contains first..last.

    Args:
        first: Smallest x of all curves.
        last: Largest x of all curves.
        growing: More points are expected. The range then extends to the next round width, so that the
            columns do not move until it is full.
    """
    width = last - first
    if width <= 0:
        # A single point is in the middle of a small range, which floats must be able to express.
        half = max(0.5, 2 * math.ulp(first))
        return first - half, first + half
    if not growing:
        return first, last
    power = 10.0 ** math.floor(math.log10(width))
    factor = next(factor for factor in (*ROUND_WIDTHS, 11.0) if factor * power >= width * (1 + 1e-9))
    return first, first + factor * power


def zoomed(current: XRange, factor: float, anchor: float, whole: XRange) -> XRange:
    """Return `current` made `factor` times as wide around `anchor`, limited to `whole`."""
    least = 4.0 if current.mode is XMode.STEP else 1e-3
    width = min(max(current.width * factor, min(least, whole.width)), whole.width)
    low = anchor - (anchor - current.low) * width / current.width
    return _within(current, low, width, whole)


def panned(current: XRange, share: float, whole: XRange) -> XRange:
    """Return `current` moved by a share of its width, limited to `whole`."""
    return _within(current, current.low + share * current.width, current.width, whole)


def _within(current: XRange, low: float, width: float, whole: XRange) -> XRange:
    low = min(max(low, whole.low), whole.high - width)
    return replace(current, low=low, high=low + width)


# -- points to columns ---------------------------------------------------------------------------------


def column_borders(x_values: XValues, begin: int, end: int, bounds: Floats) -> Ints:
    """Return the index borders of the columns: column i contains points borders[i] .. borders[i + 1] - 1.

    Args:
        x_values: x of every point, ascending within begin..end. int64 steps are searched as integers, so
            that they are not converted to floats.
        begin: First index of the segment.
        end: Index after its last.
        bounds: x borders of the columns, shape (columns + 1,); a point on the last border
            belongs to the last column.

    Returns:
        Ascending indices, shape (columns + 1,).
    """
    part = x_values[begin:end]
    if part.dtype == np.int64:
        keys: XValues = np.clip(np.ceil(bounds), -(2.0**62), 2.0**62).astype(np.int64)
        keys[-1] = int(min(max(math.floor(bounds[-1]), -(2.0**62)), 2.0**62)) + 1
    else:
        keys = bounds.copy()
        keys[-1] = np.nextafter(bounds[-1], np.inf)
    borders = np.searchsorted(part, keys, side="left") + begin
    return np.maximum.accumulate(borders)


class Clocks:
    """Provides wall times that can be searched: ascending and finite within each segment.

    Most series need no change and are passed through. Where a clock jumps back or is missing, the latest
    time so far is used instead. How far each series has been checked is remembered.
    """

    def __init__(self) -> None:
        self._checked: dict[str, int] = {}
        self._repaired: dict[str, Floats] = {}

    def x_values(self, view: SeriesView, mode: XMode) -> XValues | None:
        """Return x of every point of `view`; None if `mode` needs a clock and the log has none."""
        if mode is XMode.STEP:
            return view.steps
        walls = view.wall_times
        if walls is None or not len(walls):
            return None
        if view.name in self._repaired:
            return self._repair(view, walls)
        checked = self._checked.get(view.name, 0)
        if checked > len(walls):
            checked = 0
        part = walls[max(0, checked - 1) :]
        if np.isfinite(part).all() and (part[1:] >= part[:-1]).all():
            self._checked[view.name] = len(walls)
            return walls
        return self._repair(view, walls)

    def _repair(self, view: SeriesView, walls: Floats) -> Floats | None:
        repaired = self._repaired.get(view.name)
        if repaired is None or len(repaired) != len(walls):
            finite = np.where(np.isfinite(walls), walls, -np.inf)
            for begin, end in view.segment_bounds():
                np.maximum.accumulate(finite[begin:end], out=finite[begin:end])
            if not np.isfinite(finite).any():
                return None
            repaired = self._repaired[view.name] = np.maximum(finite, finite[np.isfinite(finite)].min())
        return repaired
