"""Reads records in bulk: cycles as long as they repeat, and whole regions if nothing does."""

from __future__ import annotations

from gan_tui.logs.tensorboard import framing
from gan_tui.logs.tensorboard.columns import ColumnBuilder
from gan_tui.logs.tensorboard.fast.cycle_detection import CycleDetector
from gan_tui.logs.tensorboard.fast.cycle_reader import CycleRanges, CycleReader
from gan_tui.logs.tensorboard.fast.pending import DeferredRanges
from gan_tui.logs.tensorboard.fast.record_templates import MAX_TEMPLATE_SIZE, Template
from gan_tui.logs.tensorboard.fast.template_cache import TemplateCache
from gan_tui.logs.tensorboard.fast.unordered import UnorderedBatch
from gan_tui.logs.tensorboard.framing import FRAME

_NEXT_CYCLES = 64
_MIN_GAPS = 2

# Measured costs in microseconds, to choose the faster way.
_RANGE_COST = 15.0
_RECORD_COST = 8.0
_NEW_RECORD_COST = 1.0
"""Little for the first record of a kind: a cycle of a thousand series has to be read once to be known."""
_UNORDERED_COST = 0.15
PATIENCE = 2000.0
"""Cost of single records after which a region is read as unordered records."""
_RETRY_PATIENCE = 8000.0

MIN_REGION = 16 << 10
"""Smallest region, in bytes, that is read as unordered records."""
_MAX_REGION = 4 << 20


class FastReader:
    """Reads everything that can be read in bulk. One per log.

    Args:
        cache: Names and templates of the log.
    """

    def __init__(self, cache: TemplateCache) -> None:
        self._cache = cache
        self._detector = CycleDetector(cache.templates, cache.workspace)
        self._known = 0
        """Number of templates so far."""
        self._wasted = 0.0
        self._retry_patience = _RETRY_PATIENCE
        self._region = _MAX_REGION
        self._last_gap: tuple[CycleReader, int] | None = None
        """The cycle, and its repetitions, between the last two long records."""
        self._after_long = False
        """The record before has no template."""

    def note(self, template: Template | None) -> None:
        """Take note of a record read singly; None if it has no template."""
        self._after_long = template is None
        self._detector.note(template)
        known, self._known = self._known, self._cache.templates.count
        self._wasted += _RECORD_COST if known == self._known else _NEW_RECORD_COST

    def advance(
        self, data: memoryview, at: int, base: int, pending: DeferredRanges, builder: ColumnBuilder
    ) -> int:
        """Read from `at` as far as possible.

        Args:
            data: A chunk of the log.
            at: Offset in it at which a record may begin.
            base: Offset of the chunk in the log.
            pending: Ranges that are not read yet.
            builder: Takes points and faults.

        Returns:
            The offset from which to read records singly.
        """
        while True:
            # Beyond the limit of names, records have to be read in the order of the log.
            ordered = self._cache.refused
            if self._wasted > PATIENCE and not ordered and len(data) - at >= MIN_REGION:
                return self._read_unordered(data, at, base, pending, builder)
            cycle = self._detector.find(data, at)
            if cycle is None:
                return at
            after_long, self._after_long = self._after_long, False
            if after_long and self._last_gap is not None and self._last_gap[0] is cycle:
                after = self._read_gaps(*self._last_gap, data, at, base, pending)
                if after > at:
                    at = after
                    continue
            after, count = self._follow(cycle, data, at, pending)
            self._note_cycles(cycle, count)
            if after < 0:
                return ~after
            if after_long and _end_of_long_record(data, after):
                self._last_gap = cycle, count
            at = after

    def _note_cycles(self, cycle: CycleReader, count: int) -> None:
        self._detector.note_cycles(cycle, count)
        self._wasted += _RANGE_COST - count * len(cycle.templates) * _UNORDERED_COST
        if self._wasted < 0:
            self._wasted, self._retry_patience = 0.0, _RETRY_PATIENCE

    def _read_gaps(
        self, cycle: CycleReader, count: int, data: memoryview, at: int, base: int, pending: DeferredRanges
    ) -> int:
        """Read long records at a regular distance, with `count` cycles before each.

        Images are logged so. The cycles between them are compared together; each long record is read.

        Returns:
            Where to go on: at a long record or shortly after one; `at` if nothing was read.
        """
        ranges: CycleRanges = []
        long_records: list[tuple[int, int]] = []
        begin = at
        while len(ranges) * count < cycle.block_cycles:
            gap_end = begin + count * cycle.size
            end = _end_of_long_record(data, gap_end)
            if not end:
                break
            ranges.append((begin, count))
            long_records.append((gap_end, end))
            begin = end
        if len(ranges) < _MIN_GAPS:
            return at
        joined = pending.join(cycle, ranges)
        matching = _count_matches(cycle, joined, len(ranges) * count) // count
        after = at
        for index, (begin, end) in enumerate(long_records[:matching], 1):
            valid = framing.payload_is_valid(data, begin, end - begin - FRAME)
            if not (valid and self._cache.read_long(data[begin:end], base + begin)):
                after, matching = begin, index
                break
            after = end
        if matching:
            pending.read_joined(cycle, ranges[:matching], joined[: matching * count * cycle.size])
            self._note_cycles(cycle, matching * count)
            self._wasted += _RECORD_COST * matching
            self._detector.note(None)
            self._after_long = after == long_records[matching - 1][1]
        return after

    def _follow(
        self, cycle: CycleReader, data: memoryview, at: int, pending: DeferredRanges
    ) -> tuple[int, int]:
        """Follow a cycle that matches at `at`.

        Returns:
            The offset of its end and the number of cycles. The offset is inverted (~) if a damaged
            record begins there that has to be read singly.
        """
        total = 0
        limit = cycle.typical_cycles
        while True:
            tried = min(limit, cycle.block_cycles, (len(data) - at) // cycle.size)
            count = cycle.count_matches(data, at, tried) if tried else 0
            if count:
                pending.add(cycle, at, count)
            total += count
            at += count * cycle.size
            if pending.full:
                damaged_at = pending.read(at)
                if damaged_at >= 0:
                    return ~damaged_at, total
            if len(data) - at < cycle.size:
                return at, total
            if count < tried or not cycle.matches(data, at):
                cycle.typical_cycles = max(total, 1)
                return at, total
            limit = max(_NEXT_CYCLES, 8 * limit)

    def _read_unordered(
        self, data: memoryview, at: int, base: int, pending: DeferredRanges, builder: ColumnBuilder
    ) -> int:
        """Read a region as records in no order; returns the offset after it."""
        damaged_at = pending.read(at)
        if damaged_at >= 0:
            return damaged_at
        end = min(at + self._region, len(data))
        after = UnorderedBatch(data, base, self._cache, builder).read(at, end)
        if after < end:
            # There is damage, or the end: do not search much more than is likely to be read.
            self._region = max(MIN_REGION, min(self._region, 2 * (after - at)))
            return after
        self._region = min(_MAX_REGION, 4 * self._region)
        # Look for cycles again, but for half as long each time.
        self._wasted = PATIENCE - self._retry_patience
        self._retry_patience /= 2
        return after


def _count_matches(cycle: CycleReader, data: memoryview, cycles: int) -> int:
    """Return how many of `cycles` cycles match from the beginning of `data`."""
    total = 0
    while total < cycles:
        tried = min(cycle.block_cycles, cycles - total)
        count = cycle.count_matches(data, total * cycle.size, tried)
        total += count
        if count < tried:
            break
    return total


def _end_of_long_record(data: memoryview, at: int) -> int:
    """Return the end of the long record at `at`, or 0 if there is none with a valid header, or not whole."""
    if len(data) - at < FRAME or framing.stated_length(data, at) <= MAX_TEMPLATE_SIZE - FRAME:
        return 0
    length = framing.payload_length(data, at)
    return at + FRAME + length if 0 <= length <= len(data) - at - FRAME else 0
