"""The points of one batch while it grows: numpy columns, and single points on their way into them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from gan_tui.logs.points import Batch, Column, Fault, Floats, Ints
from gan_tui.logs.tfevents.period import Period
from gan_tui.logs.tfevents.sink import Runs

Placed: TypeAlias = tuple[Ints, Ints, Floats, Floats]
"""Points and where their records stand in the log: offsets, steps, values, wall times."""

_SLACK = 64


def placed(points: list[tuple[int, int, float, float]]) -> Placed:
    """Columns from points, each with its offset in the log, step, value and wall time."""
    offsets, steps, values, walls = map(list, zip(*points, strict=True))
    return np.array(offsets, np.int64), np.array(steps, np.int64), np.array(values), np.array(walls)


class _Growing:
    """Columns of one series with room at the end."""

    __slots__ = ("_length", "_singles", "_steps", "_values", "_walls")

    def __init__(self) -> None:
        self._steps: Ints = np.empty(0, np.int64)
        self._values: Floats = np.empty(0)
        self._walls: Floats = np.empty(0)
        self._length = 0
        self._singles: list[tuple[int, float, float]] = []

    def add(self, step: int, value: float, wall_time: float) -> None:
        self._singles.append((step, value, wall_time))

    def room(self, count: int, expected: int) -> tuple[Ints, Floats, Floats]:
        if self._singles:
            self._settle(max(count, expected) + _SLACK)
        begin = self._length
        end = self._length = begin + count
        if end > len(self._values):
            self._reserve(begin, end, max(count, expected) + _SLACK)
        return self._steps[begin:end], self._values[begin:end], self._walls[begin:end]

    def columns(self) -> tuple[Ints, Floats, Floats]:
        self._settle(0)
        end = self._length
        return self._steps[:end], self._values[:end], self._walls[:end]

    def _settle(self, expected: int) -> None:
        """Move the single points into the columns."""
        if not self._singles:
            return
        begin, end = self._length, self._length + len(self._singles)
        self._reserve(begin, end, expected)
        steps, values, walls = zip(*self._singles, strict=True)
        self._steps[begin:end] = steps
        self._values[begin:end] = values
        self._walls[begin:end] = walls
        self._length = end
        self._singles.clear()

    def _reserve(self, held: int, need: int, expected: int) -> None:
        if need <= len(self._values):
            return
        # Room that is not written to costs address space only, so the guess may be generous.
        size = need + expected
        for name in ("_steps", "_values", "_walls"):
            old = getattr(self, name)
            new = np.empty(size, old.dtype)
            new[:held] = old[:held]
            setattr(self, name, new)


class Gather:
    """Collects the points of a batch by series, in the order of the log.

    Args:
        totals: How many points there will be of each series, where that is known.
    """

    def __init__(self, totals: Mapping[str, int] | None = None) -> None:
        self._totals = totals
        self._series: dict[str, _Growing] = {}
        self.faults: list[Fault] = []

    def add(self, name: str, step: int, value: float, wall_time: float) -> None:
        """Append one point to the series `name`."""
        series = self._series.get(name)
        if series is None:
            series = self._series[name] = _Growing()
        series.add(step, value, wall_time)

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
        series = self._series.get(name)
        if series is None:
            series = self._series[name] = _Growing()
            if self._totals is not None:
                expected = self._totals.get(name, expected)
        return series.room(count, expected)

    def stretch(self, period: Period, data: memoryview, at: int, runs: Runs, ahead: int) -> None:
        """Read the points of periods; see `Sink`."""
        rows = sum(count for _, count in runs)

        def room(name: str, count: int) -> tuple[Ints, Floats, Floats]:
            return self.room(name, count, count * ahead // rows)

        period.read(data, at, rows, room)

    def scatter(self) -> Ordered:
        """What brings the points of a region into order; see `Sink`."""
        return Ordered(self)

    def take(self, column: Column) -> None:
        """Append points that are there already."""
        walls = column.wall_times
        assert walls is not None
        places = self.room(column.name, len(column), 0)
        for place, found in zip(places, (column.steps, column.values, walls), strict=True):
            place[:] = found

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

    def __init__(self, gather: Gather) -> None:
        self._gather = gather
        self._chunks: dict[str, list[Placed]] = {}
        self._singles: dict[str, list[tuple[int, int, float, float]]] = {}

    def add(self, offset: int, name: str, step: int, value: float, wall_time: float) -> None:
        """Take one point; see `Scatter`."""
        self._singles.setdefault(name, []).append((offset, step, value, wall_time))

    def rows(self, period: Period, dense: memoryview, begin: int, offsets: Ints) -> None:
        """Read records of one kind; see `Scatter`."""

        def room(name: str, count: int) -> tuple[Ints, Floats, Floats]:
            columns = np.empty(count, np.int64), np.empty(count), np.empty(count)
            places = np.repeat(offsets, count // len(offsets))
            self._chunks.setdefault(name, []).append((places, *columns))
            return columns

        period.read(dense, begin * period.size, len(offsets), room)

    def take(self, name: str, points: Placed) -> None:
        """Take points that are there already."""
        self._chunks.setdefault(name, []).append(points)

    def close(self, ahead: float) -> None:
        """Hand the points over; see `Scatter`."""
        for name, singles in self._singles.items():
            self.take(name, placed(singles))
        for name, chunks in self._chunks.items():
            at = np.concatenate([chunk[0] for chunk in chunks])
            columns = self._gather.room(name, len(at), int(len(at) * ahead))
            ordered = bool((at[1:] >= at[:-1]).all())
            order = slice(None) if ordered else np.argsort(at, kind="stable")
            for which, column in enumerate(columns, 1):
                column[:] = np.concatenate([chunk[which] for chunk in chunks])[order]
