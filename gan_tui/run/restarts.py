"""A curve as it stands after restarts: what a resumed run wrote anew replaces what it had written there."""

from __future__ import annotations

import numpy as np

from gan_tui.logs.points import Floats, Ints
from gan_tui.run.series import Growable, SeriesView


def standing_slices(view: SeriesView) -> list[tuple[int, int]]:
    """[begin, end) index pairs of the points that still stand, in ascending order of steps.

    A training resumed from an earlier checkpoint writes steps that it had written before; the later
    ones stand. Nothing is dropped from the series itself.
    """
    limit: int | None = None
    kept: list[tuple[int, int]] = []
    for begin, end in reversed(view.segment_bounds()):
        stop = end
        if limit is not None:
            stop = begin + int(np.searchsorted(view.steps[begin:end], limit, side="left"))
        if stop > begin:
            kept.append((begin, stop))
        start = int(view.steps[begin])
        limit = start if limit is None else min(limit, start)
    kept.reverse()
    return kept


class Standing:
    """Keeps the standing points of one series up to date as it grows.

    Without a restart the series' own arrays are handed out; with one, a copy that is only appended
    to until the next restart.
    """

    def __init__(self) -> None:
        self._segments = 0
        self._taken = 0
        self._steps = Growable(np.int64)
        self._values = Growable(np.float64)

    def arrays(self, view: SeriesView) -> tuple[Ints, Floats]:
        """Steps (ascending) and values that stand, each of shape (m,), m <= n."""
        if len(view.segments) <= 1:
            return view.steps, view.values
        if len(view.segments) != self._segments:
            self._segments, self._taken = len(view.segments), len(view)
            self._steps, self._values = Growable(np.int64), Growable(np.float64)
            for begin, end in standing_slices(view):
                self._steps.extend(view.steps[begin:end])
                self._values.extend(view.values[begin:end])
        elif self._taken < len(view):
            self._steps.extend(view.steps[self._taken :])
            self._values.extend(view.values[self._taken :])
            self._taken = len(view)
        return self._steps.view(), self._values.view()
