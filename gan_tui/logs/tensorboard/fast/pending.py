"""Stretches of one period, found but not yet read: short ones are checked and read together."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from gan_tui.logs.model import Fault
from gan_tui.logs.tensorboard import framing
from gan_tui.logs.tensorboard.fast.cycle_reader import CycleReader
from gan_tui.logs.tensorboard.framing import FRAME
from gan_tui.logs.tensorboard.sink import Runs, Sink


class DeferredRanges:
    """Collects stretches of a period and reads them all at once.

    Args:
        data: The piece of the log they stand in.
        base: Offset of the piece in the log.
        sink: Where points and faults go.
    """

    def __init__(self, data: memoryview, base: int, sink: Sink) -> None:
        self._data = data
        self._base = base
        self._sink = sink
        self._period: CycleReader | None = None
        self._runs: Runs = []
        self._rows = 0

    def add(self, period: CycleReader, offset: int, rows: int) -> None:
        """Take `rows` periods that have matched at `offset`."""
        if self._period is not period:
            self.read()
            self._period = period
        begin, before = self._runs[-1] if self._runs else (offset, 0)
        if begin + before * period.size == offset:
            # Of one stretch nothing has to be copied.
            self._runs[-1:] = [(begin, before + rows)]
        else:
            self._runs.append((offset, rows))
        self._rows += rows

    @property
    def empty(self) -> bool:
        """Whether nothing is pending."""
        return self._period is None

    @property
    def full(self) -> bool:
        """Whether there is enough to make reading worth its while."""
        return self._period is not None and self._rows >= self._period.block_rows

    def before(self, series: AbstractSet[str]) -> None:
        """Read what is pending if any of it comes before new points of these series."""
        if self._period is not None and not self._period.series.isdisjoint(series):
            self.read()

    def read(self, unknown: int = -1) -> int:
        """Read all that is pending.

        Args:
            unknown: Offset in the piece where it is not known yet that a record begins.

        Returns:
            -1; or, where the record that ends at `unknown` is damaged, its offset. That record is
            not settled, since what its damage means depends on what follows.
        """
        period, runs, rows = self._period, self._runs, self._rows
        if period is None:
            return -1
        self._period, self._runs, self._rows = None, [], 0
        if len(runs) > 1:
            return self._take(period, runs, rows, self.side_by_side(period, runs), 0, unknown)
        return self._take(period, runs, rows, self._data, runs[0][0], unknown)

    def side_by_side(self, period: CycleReader, runs: Runs) -> memoryview:
        """The bytes of stretches of a period."""
        return memoryview(b"".join([self._data[a : a + n * period.size] for a, n in runs]))

    def take(self, period: CycleReader, runs: Runs, data: memoryview) -> None:
        """Read stretches that have matched, behind each of which a record begins.

        Args:
            period: What they are.
            runs: Where they stand in the piece.
            data: Their bytes, as `side_by_side` gives them.
        """
        self.read()
        self._take(period, runs, sum(count for _, count in runs), data, 0, -1)

    def _take(
        self, period: CycleReader, runs: Runs, rows: int, data: memoryview, offset: int, unknown: int
    ) -> int:
        """Read stretches whose bytes stand in `data` from `offset` on; returns as `read`."""
        last, count = runs[-1]
        ahead = (len(self._data) - last) // period.size - count
        back = -1
        for begin in range(0, rows, period.block_rows):
            some = min(period.block_rows, rows - begin)
            at = offset + begin * period.size
            done = 0
            for bad in [*period.damaged(data, at, some), some]:
                if bad > done:
                    those = _cut(runs, begin + done, bad - done, period.size)
                    in_log = [(self._base + place, count) for place, count in those]
                    left = ahead + rows - begin - done
                    self._sink.stretch(period, data, at + done * period.size, in_log, left)
                if bad < some:
                    ((place, _),) = _cut(runs, begin + bad, 1, period.size)
                    back = self._read_row(period, place, unknown)
                done = bad + 1
        return back

    def _read_row(self, period: CycleReader, at: int, unknown: int) -> int:
        """Read the records of one period one by one; returns as `read`."""
        for template, offset in zip(period.templates, period.offsets, strict=True):
            begin = at + offset
            end = begin + template.size
            if framing.payload_is_right(self._data, begin, template.size - FRAME):
                template.points(bytes(self._data[begin:end]), self._sink.add)
            elif end == unknown:
                return begin
            else:
                self._sink.faults.append(Fault(self._base + begin, template.size, framing.BAD_PAYLOAD))
        return -1


def _cut(runs: Runs, begin: int, rows: int, size: int) -> Runs:
    """The stretches that hold `rows` periods of `size` bytes, from the `begin`-th of all in `runs` on."""
    out = []
    for offset, count in runs:
        if begin < count and rows > 0:
            some = min(count - begin, rows)
            out.append((offset + begin * size, some))
            rows -= some
        begin = max(0, begin - count)
    return out
