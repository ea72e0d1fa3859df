"""A curve as it stands after restarts: what a resumed run wrote anew replaces what it had written there."""

from __future__ import annotations

import numpy as np

from gan_tui.run.pair import Curve
from gan_tui.run.piecewise import PiecewiseArray, Stretches
from gan_tui.run.series_view import SeriesView


class CurrentSegments:
    """Which points of one series stand, kept up to date as it grows.

    A training resumed from an earlier checkpoint writes steps that it had written before; the later
    ones stand. Nothing is dropped from the series itself, and nothing of it is copied.
    """

    def __init__(self) -> None:
        self._begins: list[int] = []
        self._ends: list[int] = []
        self._firsts: list[int] = []
        self._segments = 0
        self._stretches: Stretches | None = None

    def slices(self, view: SeriesView) -> list[tuple[int, int]]:
        """[begin, end) index pairs of the points that stand, in ascending order of steps."""
        for begin in view.segments[self._segments :]:
            self._restart(view, begin)
        self._segments = len(view.segments)
        if self._ends:
            self._ends[-1] = len(view)
        return list(zip(self._begins, self._ends, strict=True))

    def _restart(self, view: SeriesView, begin: int) -> None:
        """What had been written at the step that begins a segment, or at a later one, stands no more."""
        first = int(view.steps[begin])
        if self._ends:
            self._ends[-1] = begin
        while self._firsts and self._firsts[-1] >= first:
            for kept in (self._begins, self._ends, self._firsts):
                kept.pop()
        if self._ends:
            start, end = self._begins[-1], self._ends[-1]
            self._ends[-1] = start + int(np.searchsorted(view.steps[start:end], first, side="left"))
        self._begins.append(begin)
        self._ends.append(len(view))
        self._firsts.append(first)
        self._stretches = None

    def curve(self, view: SeriesView) -> Curve:
        """The points that stand, by ascending steps."""
        slices = self.slices(view)
        if len(view.segments) <= 1:
            return Curve(view.name, view.steps, view.values)
        if self._stretches is None:
            begins = np.array(self._begins)
            sizes = np.array(self._ends) - begins
            at = np.cumsum(sizes) - sizes
            self._stretches = Stretches(at, begins - at)
        begin, end = slices[-1]
        count = int(self._stretches.at[-1]) + end - begin
        steps, values = (PiecewiseArray(whole, self._stretches, count) for whole in (view.steps, view.values))
        return Curve(view.name, steps, values)


def current_slices(view: SeriesView) -> list[tuple[int, int]]:
    """[begin, end) index pairs of the points of a series that stand, in ascending order of steps."""
    return CurrentSegments().slices(view)
