"""The points of one batch while it grows: numpy columns, and single points on their way into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from gan_tui.logs.model import Batch, Column, Fault, Floats, Ints
from gan_tui.logs.tensorboard.fast.cycle_reader import CycleReader, Together
from gan_tui.logs.tensorboard.sink import Runs

_Placed: TypeAlias = tuple[Ints, Ints, Floats, Floats]
"""Points and where their records stand in the log: offsets, steps, values, wall times."""

_SLACK = 64
_SHORT = 4096
_NO_STEPS: Ints = np.empty(0, np.int64)
_NONE: Floats = np.empty(0)


def _placed(points: list[tuple[int, int, float, float]]) -> _Placed:
    """Columns from points, each with its offset in the log, step, value and wall time."""
    offsets, steps, values, walls = map(list, zip(*points, strict=True))
    return np.array(offsets, np.int64), np.array(steps, np.int64), np.array(values), np.array(walls)


class _Steps:
    """Steps with room at the end, held once for the series that have the same ones."""

    __slots__ = ("_array", "_views", "length")

    def __init__(self) -> None:
        self._array = _NO_STEPS
        self._views: dict[tuple[int, int], Ints] = {}
        self.length = 0

    def room(self, count: int, expected: int) -> Ints:
        """Append `count` steps, still to be written; `expected` more may come."""
        begin, end = self.length, self.length + count
        if end > len(self._array):
            self._array = _grown(self._array, begin, end + expected)
            self._views.clear()
        self.length = end
        return self._array[begin:end]

    def between(self, begin: int, end: int) -> Ints:
        """Some of the steps: the same array for all who ask for the same ones."""
        view = self._views.get((begin, end))
        if view is None:
            view = self._views[begin, end] = self._array[begin:end]
        return view


class _Growing:
    """Columns of one series with room at the end."""

    __slots__ = ("_first", "_steps", "_values", "_walls", "length", "singles")

    def __init__(self) -> None:
        self._steps = _Steps()
        self._first = 0
        """Which of those steps is that of the first point."""
        self._values = self._walls = _NONE
        self.length = 0
        self.singles: list[tuple[int, float, float]] = []
        """Points that came one by one, behind the columns."""

    def room(self, count: int, expected: int) -> tuple[Ints, Floats, Floats]:
        """Append `count` points, still to be written; `expected` more may come."""
        expected = max(count, expected) + _SLACK
        self.settle(expected)
        if self._steps.length != self._end:  # those that had the same ones have gone on
            self._part(count + expected)
        return self._steps.room(count, expected), *self._measured(count, expected)

    def room_beside(self, first: _Growing, count: int, expected: int) -> tuple[Floats, Floats]:
        """The same for one that goes with `first`, which has just got room: its steps are this one's too."""
        self._steps, self._first = first._steps, first._end - count - self.length
        return self._measured(count, max(count, expected) + _SLACK)

    def goes_with(self, first: _Growing) -> bool:
        """Whether all steps so far, none of them single, are the last of `first`."""
        begin, end = first._end - self.length, first._end
        if self._steps is first._steps and self._end == end:
            return True
        if not first._first <= begin or self.length > _SHORT:
            return False
        return np.array_equal(self._steps.between(self._first, self._end), first._steps.between(begin, end))

    def columns(self) -> tuple[Ints, Floats, Floats]:
        if self.singles and not self.length:  # as in each look at a run that is watched
            steps, values, walls = zip(*self.singles, strict=True)
            return np.array(steps, np.int64), np.array(values, np.float64), np.array(walls, np.float64)
        self.settle(0)
        end = self.length
        return self._steps.between(self._first, self._end), self._values[:end], self._walls[:end]

    def settle(self, expected: int) -> None:
        """Move the single points into the columns."""
        if not self.singles:
            return
        steps, values, walls = zip(*self.singles, strict=True)
        self.singles.clear()
        count = len(steps)
        there = self._steps.between(self._end, min(self._steps.length, self._end + count)).tolist()
        if there != list(steps[: len(there)]):
            self._part(count + expected)
            there = []
        self._steps.room(count - len(there), expected)[:] = steps[len(there) :]
        of_values, of_walls = self._measured(count, expected)
        of_values[:] = values
        of_walls[:] = walls

    @property
    def _end(self) -> int:
        return self._first + self.length

    def _part(self, expected: int) -> None:
        """Have steps of its own."""
        held = self._steps.between(self._first, self._end)
        self._steps, self._first = _Steps(), 0
        self._steps.room(len(held), expected)[:] = held

    def _measured(self, count: int, expected: int) -> tuple[Floats, Floats]:
        begin, end = self.length, self.length + count
        if end > len(self._values):
            self._values = _grown(self._values, begin, end + expected)
            self._walls = _grown(self._walls, begin, end + expected)
        self.length = end
        return self._values[begin:end], self._walls[begin:end]


def _grown(old: np.ndarray, held: int, size: int) -> np.ndarray:
    """An array with room for `size`, which begins with the first `held` of `old`."""
    # Room that is not written to costs address space only, so a guess may be generous.
    new = np.empty(size, old.dtype)
    new[:held] = old[:held]
    return new


class ColumnBuilder:
    """Collects the points of a batch by series, in the order of the log."""

    def __init__(self) -> None:
        self._series: dict[str, _Growing] = {}
        self.faults: list[Fault] = []

    def add(self, name: str, step: int, value: float, wall_time: float) -> None:
        """Append one point to the series `name`."""
        series = self._series.get(name) or self._of(name)
        series.singles.append((step, value, wall_time))

    def room(self, name: str, count: int, expected: int) -> tuple[Ints, Floats, Floats]:
        """Append `count` points to the series `name`, still to be written.

        Args:
            name: Name of the series.
            count: How many points.
            expected: How many more may come, so that they fit without a copy.

        Returns:
            Steps, values and wall times to fill in, each of shape (count,); good until the next
            call.
        """
        return self._of(name).room(count, expected)

    def together(self, names: Sequence[str], count: int, expected: int) -> Together | None:
        """Append `count` points to each of several series at the same steps; see `room`.

        Returns:
            The steps, and for each series values and wall times, to fill in; None where the series had
            other steps before.
        """
        group = {name: self._of(name) for name in names}
        for series in group.values():
            series.settle(max(count, expected) + _SLACK)
        first = max(group, key=lambda name: group[name].length)
        if not all(series.goes_with(group[first]) for series in group.values()):
            return None
        steps, *measured = group[first].room(count, expected)
        return steps, [
            (measured[0], measured[1]) if name == first else series.room_beside(group[first], count, expected)
            for name, series in group.items()
        ]

    def _of(self, name: str) -> _Growing:
        series = self._series.get(name)
        if series is None:
            series = self._series[name] = _Growing()
        return series

    def stretch(self, period: CycleReader, data: memoryview, at: int, runs: Runs, ahead: int) -> None:
        """Read the points of periods; see `Sink`."""
        rows = sum(count for _, count in runs)

        def room(name: str, count: int) -> tuple[Ints, Floats, Floats]:
            return self.room(name, count, count * ahead // rows)

        def together(names: Sequence[str]) -> Together | None:
            return self.together(names, rows, ahead)

        period.read(data, at, rows, room, together)

    def scatter(self) -> Ordered:
        """What brings the points of a region into order; see `Sink`."""
        return Ordered(self)

    def batch(self) -> Batch:
        """What was collected, faults in the order of the log."""
        self.faults.sort(key=lambda fault: fault.offset)
        columns = (Column(name, *series.columns()) for name, series in self._series.items())
        return Batch(tuple(columns), tuple(self.faults))


class Ordered:
    """Reads the records of a region kind by kind, and brings their points into the order of the log.

    Args:
        gather: Where they go then.
    """

    def __init__(self, gather: ColumnBuilder) -> None:
        self._gather = gather
        self._chunks: dict[str, list[_Placed]] = {}
        self._singles: dict[str, list[tuple[int, int, float, float]]] = {}

    def add(self, offset: int, name: str, step: int, value: float, wall_time: float) -> None:
        """Take one point; see `Scatter`."""
        self._singles.setdefault(name, []).append((offset, step, value, wall_time))

    def rows(self, period: CycleReader, dense: memoryview, begin: int, offsets: Ints) -> None:
        """Read records of one kind; see `Scatter`."""

        def room(name: str, count: int) -> tuple[Ints, Floats, Floats]:
            columns = np.empty(count, np.int64), np.empty(count), np.empty(count)
            places = np.repeat(offsets, count // len(offsets))
            self._chunks.setdefault(name, []).append((places, *columns))
            return columns

        period.read(dense, begin * period.size, len(offsets), room)

    def close(self, ahead: float) -> None:
        """Hand the points over; see `Scatter`."""
        for name, singles in self._singles.items():
            self._chunks.setdefault(name, []).append(_placed(singles))
        for name, chunks in self._chunks.items():
            at = np.concatenate([chunk[0] for chunk in chunks])
            columns = self._gather.room(name, len(at), int(len(at) * ahead))
            ordered = bool((at[1:] >= at[:-1]).all())
            order = slice(None) if ordered else np.argsort(at, kind="stable")
            for which, column in enumerate(columns, 1):
                column[:] = np.concatenate([chunk[which] for chunk in chunks])[order]
