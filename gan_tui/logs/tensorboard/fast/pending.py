"""Ranges of one cycle that matched but are not read yet; short ones are checked and read together."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from gan_tui.logs.model import Fault
from gan_tui.logs.tensorboard import framing
from gan_tui.logs.tensorboard.columns import ColumnBuilder
from gan_tui.logs.tensorboard.fast.cycle_reader import CycleRanges, CycleReader
from gan_tui.logs.tensorboard.framing import FRAME


class DeferredRanges:
    """Collects ranges of a cycle and reads them together.

    Args:
        data: The chunk of the log that contains them.
        base: Offset of the chunk in the log.
        builder: Takes points and faults.
    """

    def __init__(self, data: memoryview, base: int, builder: ColumnBuilder) -> None:
        self._data = data
        self._base = base
        self._builder = builder
        self._cycle: CycleReader | None = None
        self._ranges: CycleRanges = []
        self._count = 0

    def add(self, cycle: CycleReader, offset: int, count: int) -> None:
        """Add `count` cycles that match at `offset`."""
        if self._cycle is not cycle:
            self.read()
            self._cycle = cycle
        begin, before = self._ranges[-1] if self._ranges else (offset, 0)
        if begin + before * cycle.size == offset:
            # A single range is read without a copy.
            self._ranges[-1:] = [(begin, before + count)]
        else:
            self._ranges.append((offset, count))
        self._count += count

    @property
    def empty(self) -> bool:
        """Whether nothing is pending."""
        return self._cycle is None

    @property
    def full(self) -> bool:
        """Whether a whole block is pending."""
        return self._cycle is not None and self._count >= self._cycle.block_cycles

    def read_before(self, series: AbstractSet[str]) -> None:
        """Read what is pending if it has points of these series, which new points have to follow."""
        if self._cycle is not None and not self._cycle.series.isdisjoint(series):
            self.read()

    def read(self, unverified: int = -1) -> int:
        """Read all that is pending.

        Args:
            unverified: Offset in the chunk at which no valid header has been found yet.

        Returns:
            -1; or, if the record that ends at `unverified` is damaged, its offset. That record is
            not read, since what its damage means depends on what follows.
        """
        cycle, ranges, count = self._cycle, self._ranges, self._count
        if cycle is None:
            return -1
        self._cycle, self._ranges, self._count = None, [], 0
        if len(ranges) > 1:
            return self._read(cycle, ranges, count, self.join(cycle, ranges), 0, unverified)
        return self._read(cycle, ranges, count, self._data, ranges[0][0], unverified)

    def join(self, cycle: CycleReader, ranges: CycleRanges) -> memoryview:
        """Return the bytes of several ranges of a cycle in one buffer."""
        return memoryview(b"".join([self._data[at : at + n * cycle.size] for at, n in ranges]))

    def read_joined(self, cycle: CycleReader, ranges: CycleRanges, data: memoryview) -> None:
        """Read ranges that have matched, with a valid header after each.

        Args:
            cycle: The cycle.
            ranges: Offsets in the chunk and counts.
            data: Their bytes, as `join` returns them.
        """
        self.read()
        self._read(cycle, ranges, sum(count for _, count in ranges), data, 0, -1)

    def _read(
        self,
        cycle: CycleReader,
        ranges: CycleRanges,
        total: int,
        data: memoryview,
        offset: int,
        unverified: int,
    ) -> int:
        """Read ranges whose bytes begin at `offset` of `data`; returns the same as `read`."""
        last, count = ranges[-1]
        following = (len(self._data) - last) // cycle.size - count
        damaged_at = -1
        for begin in range(0, total, cycle.block_cycles):
            count = min(cycle.block_cycles, total - begin)
            at = offset + begin * cycle.size
            done = 0
            for bad in [*cycle.find_damaged(data, at, count), count]:
                if bad > done:
                    expected = following + total - begin - done
                    self._builder.add_cycles(cycle, data, at + done * cycle.size, bad - done, expected)
                if bad < count:
                    place = _offset_of(ranges, begin + bad, cycle.size)
                    damaged_at = self._read_singly(cycle, place, unverified)
                done = bad + 1
        return damaged_at

    def _read_singly(self, cycle: CycleReader, at: int, unverified: int) -> int:
        """Read the records of one cycle one by one; returns the same as `read`."""
        for template, offset in zip(cycle.templates, cycle.offsets, strict=True):
            begin = at + offset
            end = begin + template.size
            if framing.payload_is_valid(self._data, begin, template.size - FRAME):
                template.read(bytes(self._data[begin:end]), self._builder.add)
            elif end == unverified:
                return begin
            else:
                self._builder.faults.append(Fault(self._base + begin, template.size, framing.BAD_PAYLOAD))
        return -1


def _offset_of(ranges: CycleRanges, index: int, size: int) -> int:
    """Return the offset of the cycle with this index among all in `ranges`."""
    for offset, count in ranges:
        if index < count:
            return offset + index * size
        index -= count
    raise IndexError(index)
