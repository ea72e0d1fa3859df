"""Which points of a series are current: a resumed run overwrites the steps it had written before."""

from __future__ import annotations

import numpy as np

from gan_tui.run.pair import Curve
from gan_tui.run.piecewise import IndexRanges, PiecewiseArray
from gan_tui.run.series_view import SeriesView


class CurrentSegments:
    """The current points of one series, kept up to date as it grows.

    A training resumed from an earlier checkpoint writes steps that it had written before; the later
    ones are current. Nothing is removed from the series itself, and nothing is copied.
    """

    def __init__(self) -> None:
        self._begins: list[int] = []
        self._ends: list[int] = []
        self._first_steps: list[int] = []
        self._segments = 0
        self._ranges: IndexRanges | None = None

    def slices(self, view: SeriesView) -> list[tuple[int, int]]:
        """Return [begin, end) index pairs of the current points, in ascending order of steps."""
        for begin in view.segments[self._segments :]:
            self._restart(view, begin)
        self._segments = len(view.segments)
        if self._ends:
            self._ends[-1] = len(view)
        return list(zip(self._begins, self._ends, strict=True))

    def _restart(self, view: SeriesView, begin: int) -> None:
        """Drop earlier points at or after the first step of the segment at `begin`."""
        first_step = int(view.steps[begin])
        if self._ends:
            self._ends[-1] = begin
        while self._first_steps and self._first_steps[-1] >= first_step:
            for values in (self._begins, self._ends, self._first_steps):
                values.pop()
        if self._ends:
            start, end = self._begins[-1], self._ends[-1]
            self._ends[-1] = start + int(np.searchsorted(view.steps[start:end], first_step, side="left"))
        self._begins.append(begin)
        self._ends.append(len(view))
        self._first_steps.append(first_step)
        self._ranges = None

    def curve(self, view: SeriesView) -> Curve:
        """Return the current points, by ascending steps."""
        slices = self.slices(view)
        if len(view.segments) <= 1:
            return Curve(view.name, view.steps, view.values)
        if self._ranges is None:
            begins = np.array(self._begins)
            sizes = np.array(self._ends) - begins
            starts = np.cumsum(sizes) - sizes
            self._ranges = IndexRanges(starts, begins - starts)
        begin, end = slices[-1]
        count = int(self._ranges.starts[-1]) + end - begin
        steps, values = (PiecewiseArray(base, self._ranges, count) for base in (view.steps, view.values))
        return Curve(view.name, steps, values)


def current_slices(view: SeriesView) -> list[tuple[int, int]]:
    """Return [begin, end) index pairs of the current points of a series, in ascending order of steps."""
    return CurrentSegments().slices(view)
