"""The points of one batch while it grows: numpy columns, and single points on their way into them."""

from __future__ import annotations

import numpy as np

from gan_tui.logs.points import Batch, Column, Fault, Floats, Ints

_SLACK = 64


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
        self._settle(max(count, expected) + _SLACK)
        begin, end = self._length, self._length + count
        self._reserve(end, max(count, expected) + _SLACK)
        self._length = end
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
        self._reserve(end, expected)
        steps, values, walls = zip(*self._singles, strict=True)
        self._steps[begin:end] = steps
        self._values[begin:end] = values
        self._walls[begin:end] = walls
        self._length = end
        self._singles.clear()

    def _reserve(self, need: int, expected: int) -> None:
        if need <= len(self._values):
            return
        # Room that is not written to costs address space only, so the guess may be generous.
        size = need + expected
        for name in ("_steps", "_values", "_walls"):
            old = getattr(self, name)
            new = np.empty(size, old.dtype)
            new[: self._length] = old[: self._length]
            setattr(self, name, new)


class Gather:
    """Collects the points of a batch by series, in the order of the log."""

    def __init__(self) -> None:
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
        return series.room(count, expected)

    def batch(self) -> Batch:
        """What was collected, faults in the order of the log."""
        self.faults.sort(key=lambda fault: fault.offset)
        columns = (Column(name, *series.columns()) for name, series in self._series.items())
        return Batch(tuple(columns), tuple(self.faults))
