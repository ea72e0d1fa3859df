"""One named series as it grows: its points and its restarts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gan_tui.logs.model import Column, Floats, Ints
from gan_tui.run.growable import Growable
from gan_tui.run.series_view import Pyramid, SeriesView


class Series:
    """The points of one series. Append-only; `view` gives a frozen state.

    Args:
        name: The series' name in the log.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.step_array = Growable(np.int64)
        """The steps, possibly with more after them: series with the same steps share one array."""
        self._values = Growable(np.float64)
        self._wall_times: Growable | None = None
        self._nonfinite = Growable(np.int64)
        self.segments: list[int] = []
        """Index at which each segment begins."""
        self._pyramid = Pyramid()
        self._view: SeriesView | None = None

    def __len__(self) -> int:
        return self._values.length

    def extend(
        self,
        column: Column,
        growth: float = 0.0,
        candidates: Sequence[Series] = (),
        same_steps: Series | None = None,
    ) -> None:
        """Append the points of `column`. A step that decreases begins a new segment.

        Args:
            column: The new points.
            growth: Estimated number of points still to come in the log, relative to the new ones.
            candidates: Series that may have the same steps and could share their step array.
            same_steps: A series that has just been extended by the same array of steps. If its
                earlier steps are shared too, the new ones need not be compared.
        """
        count = len(column.steps)
        if not count or (count == 1 and self._append_point(column)):
            return
        expected = int(count * growth)
        begin = len(self)
        self._note_nonfinite(column.values, begin)
        if same_steps is not None and self._shared_steps_with(same_steps, count):
            self.step_array = same_steps.step_array
            self.segments.extend(same_steps.segments[len(self.segments) :])
        else:
            self._note_segments(column.steps, begin)
            self._extend_steps(column.steps, expected, candidates)
        walls = column.wall_times
        if walls is not None and self._wall_times is None:
            self._wall_times = Growable(np.float64)
            self._wall_times.extend(np.full(begin, np.nan))
        if self._wall_times is not None:
            self._wall_times.extend(np.full(count, np.nan) if walls is None else walls, expected)
        self._values.extend(column.values, expected)
        self._view = None

    def _append_point(self, column: Column) -> bool:
        """Append a finite point to the last segment, as in a watched run; False if that is not possible."""
        length, value, walls = len(self), column.values[0], column.wall_times
        own_walls = self._wall_times
        if not length or not math.isfinite(value) or (walls is None) != (own_walls is None):
            return False
        if not self.step_array.set_ascending(length, column.steps[0]):
            return False
        if walls is not None and own_walls is not None:
            own_walls.append(walls[0])
        self._values.append(value)
        self._view = None
        return True

    def _shared_steps_with(self, other: Series, count: int) -> bool:
        """Return whether the steps of `other` before its last `count` are shared with this series."""
        return len(other) == len(self) + count and (not len(self) or other.step_array is self.step_array)

    def _extend_steps(self, steps: Ints, expected: int, candidates: Sequence[Series]) -> None:
        """Append to the shared step array if its next steps are the same, else to a new one."""
        length = len(self)
        arrays = [self.step_array] if length else [series.step_array for series in candidates]
        for array in arrays:
            known = array.view()[length : length + len(steps)]
            if (len(known) or length) and np.array_equal(known, steps[: len(known)]):
                array.extend(steps[len(known) :], expected)
                self.step_array = array
                return
        own = Growable(np.int64)
        if length:
            own.extend(self.step_array.view()[:length], len(steps) + expected)
        own.extend(steps, expected)
        self.step_array = own

    def _note_nonfinite(self, values: Floats, begin: int) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            total = np.add.reduce(values)
        if not np.isfinite(total):  # a finite sum proves finite values in a quarter of the time
            bad = np.flatnonzero(~np.isfinite(values))
            if len(bad):
                self._nonfinite.extend(bad + begin)

    def _note_segments(self, steps: Ints, begin: int) -> None:
        if not begin or steps[0] < self.step_array.view()[begin - 1]:
            self.segments.append(begin)
        decreases = np.flatnonzero(steps[1:] < steps[:-1])
        self.segments.extend((decreases + (begin + 1)).tolist())

    def view(self) -> SeriesView:
        """Return the current points, frozen; takes microseconds."""
        if self._view is None:
            values = self._values.view()
            self._view = SeriesView(
                self.name,
                self.step_array.view()[: len(values)],
                values,
                None if self._wall_times is None else self._wall_times.view(),
                tuple(self.segments),
                self._nonfinite.view(),
                self._pyramid,
            )
        return self._view
