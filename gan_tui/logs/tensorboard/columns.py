"""Builds the columns of one batch: arrays that grow, and single points on their way into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from gan_tui.logs.model import Batch, Column, Fault, Floats, Ints
from gan_tui.logs.tensorboard.fast.cycle_reader import CycleReader, SharedColumns

_Located: TypeAlias = tuple[Ints, Ints, Floats, Floats]
"""Points with the positions of their records in the log: offsets, steps, values, wall times."""

_SLACK = 64
_MAX_COMPARED = 4096
_NO_STEPS: Ints = np.empty(0, np.int64)
_NO_VALUES: Floats = np.empty(0)


class _SharedSteps:
    """A growing array of steps, stored once for the series that have the same steps."""

    __slots__ = ("_array", "_views", "length")

    def __init__(self) -> None:
        self._array = _NO_STEPS
        self._views: dict[tuple[int, int], Ints] = {}
        self.length = 0

    def allocate(self, count: int, expected: int) -> Ints:
        """Append `count` steps to be filled in; `expected` more may follow."""
        begin, end = self.length, self.length + count
        if end > len(self._array):
            self._array = _grow(self._array, begin, end + expected)
            self._views.clear()
        self.length = end
        return self._array[begin:end]

    def view(self, begin: int, end: int) -> Ints:
        """Return the steps from `begin` to `end`, the same array object for the same arguments."""
        view = self._views.get((begin, end))
        if view is None:
            view = self._views[begin, end] = self._array[begin:end]
        return view


class _SeriesBuilder:
    """The growing columns of one series."""

    __slots__ = ("_first", "_steps", "_values", "_walls", "length", "singles")

    def __init__(self) -> None:
        self._steps = _SharedSteps()
        self._first = 0
        """Index in the shared steps of the step of the first point."""
        self._values = self._walls = _NO_VALUES
        self.length = 0
        self.singles: list[tuple[int, float, float]] = []
        """Single points that follow the columns."""

    def allocate(self, count: int, expected: int) -> tuple[Ints, Floats, Floats]:
        """Append `count` points to be filled in; `expected` more may follow."""
        expected = max(count, expected) + _SLACK
        self.flush_singles(expected)
        if self._steps.length != self._end:  # other series have appended to the shared steps
            self._unshare(count + expected)
        return self._steps.allocate(count, expected), *self._allocate_values(count, expected)

    def allocate_with(self, first: _SeriesBuilder, count: int, expected: int) -> tuple[Floats, Floats]:
        """Append `count` points at the steps that `first` has just allocated."""
        self._steps, self._first = first._steps, first._end - count - self.length
        return self._allocate_values(count, max(count, expected) + _SLACK)

    def has_last_steps_of(self, first: _SeriesBuilder) -> bool:
        """Return whether the steps so far, without single points, are the last ones of `first`."""
        begin, end = first._end - self.length, first._end
        if self._steps is first._steps and self._end == end:
            return True
        if not first._first <= begin or self.length > _MAX_COMPARED:
            return False
        return np.array_equal(self._steps.view(self._first, self._end), first._steps.view(begin, end))

    def columns(self) -> tuple[Ints, Floats, Floats]:
        """Return steps, values and wall times."""
        if self.singles and not self.length:  # a run that is being watched
            steps, values, walls = zip(*self.singles, strict=True)
            return np.array(steps, np.int64), np.array(values, np.float64), np.array(walls, np.float64)
        self.flush_singles(0)
        end = self.length
        return self._steps.view(self._first, self._end), self._values[:end], self._walls[:end]

    def flush_singles(self, expected: int) -> None:
        """Move the single points into the columns."""
        if not self.singles:
            return
        steps, values, walls = zip(*self.singles, strict=True)
        self.singles.clear()
        count = len(steps)
        shared = self._steps.view(self._end, min(self._steps.length, self._end + count)).tolist()
        if shared != list(steps[: len(shared)]):
            self._unshare(count + expected)
            shared = []
        self._steps.allocate(count - len(shared), expected)[:] = steps[len(shared) :]
        out_values, out_walls = self._allocate_values(count, expected)
        out_values[:] = values
        out_walls[:] = walls

    @property
    def _end(self) -> int:
        return self._first + self.length

    def _unshare(self, expected: int) -> None:
        """Copy the steps into an array of their own."""
        steps = self._steps.view(self._first, self._end)
        self._steps, self._first = _SharedSteps(), 0
        self._steps.allocate(len(steps), expected)[:] = steps

    def _allocate_values(self, count: int, expected: int) -> tuple[Floats, Floats]:
        begin, end = self.length, self.length + count
        if end > len(self._values):
            self._values = _grow(self._values, begin, end + expected)
            self._walls = _grow(self._walls, begin, end + expected)
        self.length = end
        return self._values[begin:end], self._walls[begin:end]


def _grow(old: np.ndarray, length: int, size: int) -> np.ndarray:
    """Return an array of shape (size,) that begins with the first `length` values of `old`."""
    # Memory that is never written to costs address space only, so `size` may be generous.
    new = np.empty(size, old.dtype)
    new[:length] = old[:length]
    return new


class ColumnBuilder:
    """Collects the points and faults of a batch, by series and in the order of the log."""

    def __init__(self) -> None:
        self._series: dict[str, _SeriesBuilder] = {}
        self.faults: list[Fault] = []

    def add(self, name: str, step: int, value: float, wall_time: float) -> None:
        """Append one point to the series `name`."""
        series = self._series.get(name) or self._of(name)
        series.singles.append((step, value, wall_time))

    def add_cycles(self, cycle: CycleReader, data: memoryview, at: int, count: int, expected: int) -> None:
        """Append the points of cycles that have matched and been verified.

        Args:
            cycle: The cycle.
            data: Bytes of the log.
            at: Where the first cycle begins in `data`.
            count: How many cycles.
            expected: How many more may follow.
        """

        def allocate(name: str, points: int) -> tuple[Ints, Floats, Floats]:
            return self.allocate(name, points, points * expected // count)

        def allocate_shared(names: Sequence[str]) -> SharedColumns | None:
            return self._allocate_shared(names, count, expected)

        cycle.read(data, at, count, allocate, allocate_shared)

    def allocate(self, name: str, count: int, expected: int) -> tuple[Ints, Floats, Floats]:
        """Append `count` points to the series `name`, to be filled in.

        Args:
            name: Name of the series.
            count: How many points.
            expected: How many more may follow, so that they fit without a copy.

        Returns:
            Steps, values and wall times, each of shape (count,); valid until the next call.
        """
        return self._of(name).allocate(count, expected)

    def _allocate_shared(self, names: Sequence[str], count: int, expected: int) -> SharedColumns | None:
        """Append `count` points at the same steps to each of several series; None if their steps differ."""
        group = {name: self._of(name) for name in names}
        for series in group.values():
            series.flush_singles(max(count, expected) + _SLACK)
        longest = max(group, key=lambda name: group[name].length)
        if not all(series.has_last_steps_of(group[longest]) for series in group.values()):
            return None
        steps, values, walls = group[longest].allocate(count, expected)
        return steps, [
            (values, walls) if name == longest else series.allocate_with(group[longest], count, expected)
            for name, series in group.items()
        ]

    def _of(self, name: str) -> _SeriesBuilder:
        series = self._series.get(name)
        if series is None:
            series = self._series[name] = _SeriesBuilder()
        return series

    def batch(self) -> Batch:
        """Return the points and faults, faults in the order of the log."""
        self.faults.sort(key=lambda fault: fault.offset)
        columns = (Column(name, *series.columns()) for name, series in self._series.items())
        return Batch(tuple(columns), tuple(self.faults))


class UnorderedPoints:
    """Collects the points of a region kind by kind, and brings them into the order of the log.

    Args:
        builder: Takes the ordered points.
    """

    def __init__(self, builder: ColumnBuilder) -> None:
        self._builder = builder
        self._parts: dict[str, list[_Located]] = {}
        self._singles: dict[str, list[tuple[int, int, float, float]]] = {}

    def add(self, offset: int, name: str, step: int, value: float, wall_time: float) -> None:
        """Add one point of the record at `offset` in the log."""
        self._singles.setdefault(name, []).append((offset, step, value, wall_time))

    def add_records(self, reader: CycleReader, dense: memoryview, begin: int, offsets: Ints) -> None:
        """Add verified records of one kind.

        Args:
            reader: Reads this kind.
            dense: The records, one after the other.
            begin: Index of the first of them to add.
            offsets: Where the records to add are in the log, ascending, shape (n,).
        """

        def allocate(name: str, count: int) -> tuple[Ints, Floats, Floats]:
            columns = np.empty(count, np.int64), np.empty(count), np.empty(count)
            located = np.repeat(offsets, count // len(offsets))
            self._parts.setdefault(name, []).append((located, *columns))
            return columns

        reader.read(dense, begin * reader.size, len(offsets), allocate)

    def flush(self, growth: float) -> None:
        """Pass all points on in the order of the log.

        Args:
            growth: Size of the rest of the chunk relative to the region.
        """
        for name, singles in self._singles.items():
            offsets, steps, values, walls = map(list, zip(*singles, strict=True))
            located = (
                np.array(offsets, np.int64),
                np.array(steps, np.int64),
                np.array(values),
                np.array(walls),
            )
            self._parts.setdefault(name, []).append(located)
        for name, parts in self._parts.items():
            at = np.concatenate([part[0] for part in parts])
            columns = self._builder.allocate(name, len(at), int(len(at) * growth))
            ordered = bool((at[1:] >= at[:-1]).all())
            order = slice(None) if ordered else np.argsort(at, kind="stable")
            for index, column in enumerate(columns, 1):
                column[:] = np.concatenate([part[index] for part in parts])[order]
