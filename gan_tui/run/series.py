"""One named curve as it grows: its points and its restarts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gan_tui.logs.model import Column, Floats, Ints
from gan_tui.run.growable import Growable
from gan_tui.run.series_view import Pyramid, SeriesView


class Series:
    """Everything known of one named curve. Append-only; `view` freezes it.

    Args:
        name: The series' name as the log writes it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.held_steps = Growable(np.int64)
        """The steps, and maybe more: series that go together hold the same ones."""
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
        ahead: float = 0.0,
        partners: Sequence[Series] = (),
        fellow: Series | None = None,
    ) -> None:
        """Append the points of `column`. A step that goes back begins a new segment.

        Args:
            column: The new points.
            ahead: About so many times as many more are still to come, where that can be told.
            partners: Series that may have the same steps: as long as they go together, they are held once.
            fellow: One that has just taken the same array of steps. If it had the same ones before, nothing
                of them has to be looked at.
        """
        count = len(column.steps)
        if count == 1 and self._follow(column):
            return
        more = int(count * ahead)
        if not count:
            return
        begin = self._values.length
        if fellow is not None and not self._goes_with(fellow, count):
            fellow = None
        self._note_values(column.values, begin)
        if fellow is None:
            self._note_segments(column.steps, begin)
            self._extend_steps(column.steps, more, partners)
        else:
            self.held_steps = fellow.held_steps
            self.segments.extend(fellow.segments[len(self.segments) :])
        if column.wall_times is not None and self._wall_times is None:
            self._wall_times = Growable(np.float64)
            self._wall_times.extend(np.full(begin, np.nan))
        if self._wall_times is not None:
            walls = column.wall_times
            self._wall_times.extend(np.full(count, np.nan) if walls is None else walls, more)
        self._values.extend(column.values, more)
        self._view = None

    def _goes_with(self, fellow: Series, count: int) -> bool:
        """Whether `fellow`, with `count` points more, had the same steps before them."""
        if len(fellow) != len(self) + count:
            return False
        return not len(self) or fellow.held_steps is self.held_steps

    def _follow(self, column: Column) -> bool:
        """Append a single point as a run that is watched gives them; False where there is more to it."""
        held, value, walls = self._values.length, column.values[0], column.wall_times
        own = self._wall_times
        if not held or not math.isfinite(value) or (walls is None) != (own is None):
            return False
        if not self.held_steps.goes_on(held, column.steps[0]):
            return False
        if walls is not None and own is not None:
            own.append(walls[0])
        self._values.append(value)
        self._view = None
        return True

    def _extend_steps(self, steps: Ints, more: int, partners: Sequence[Series]) -> None:
        """Append to the steps; series that go together hold the same ones, and the first one appends."""
        held = self._values.length
        holders = (self.held_steps,) if held else tuple(other.held_steps for other in partners)
        for holder in holders:
            known = holder.view()[held : held + len(steps)]
            if (len(known) or held) and np.array_equal(known, steps[: len(known)]):
                holder.extend(steps[len(known) :], more)
                self.held_steps = holder
                return
        alone = Growable(np.int64)
        if held:
            alone.extend(self.held_steps.view()[:held], len(steps) + more)
        alone.extend(steps, more)
        self.held_steps = alone

    def _note_values(self, values: Floats, begin: int) -> None:
        """Note which of new values are not finite."""
        with np.errstate(over="ignore", invalid="ignore"):
            total = np.add.reduce(values)
        if not np.isfinite(total):  # a sum takes a fourth of the time, and is finite only if they are
            bad = np.flatnonzero(~np.isfinite(values))
            if len(bad):
                self._nonfinite.extend(bad + begin)

    def _note_segments(self, steps: Ints, begin: int) -> None:
        if not begin or steps[0] < self.held_steps.view()[begin - 1]:
            self.segments.append(begin)
        back = np.flatnonzero(steps[1:] < steps[:-1])
        self.segments.extend((back + (begin + 1)).tolist())

    def view(self) -> SeriesView:
        """The series as it stands now, frozen; costs microseconds."""
        if self._view is None:
            values = self._values.view()
            self._view = SeriesView(
                self.name,
                self.held_steps.view()[: len(values)],
                values,
                None if self._wall_times is None else self._wall_times.view(),
                tuple(self.segments),
                self._nonfinite.view(),
                self._pyramid,
            )
        return self._view
