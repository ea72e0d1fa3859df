"""Reading records by the thousand: a period as long as it lasts, and a wavefront where nothing repeats."""

from __future__ import annotations

from gan_tui.logs.tensorboard import framing
from gan_tui.logs.tensorboard.fast.cycle_detection import CycleDetector
from gan_tui.logs.tensorboard.fast.cycle_reader import CycleReader
from gan_tui.logs.tensorboard.fast.pending import DeferredRanges
from gan_tui.logs.tensorboard.fast.record_templates import LARGEST, Template
from gan_tui.logs.tensorboard.fast.template_cache import TemplateCache
from gan_tui.logs.tensorboard.fast.unordered import UnorderedBatch
from gan_tui.logs.tensorboard.framing import FRAME
from gan_tui.logs.tensorboard.sink import Runs, Sink

_MORE_ROWS = 64
_LEAST_LEAP = 2

# What things cost, in microseconds, as measured: enough to choose the faster way.
_RUN = 15.0
_SINGLE = 8.0
_NEW_SINGLE = 1.0
"""The first record of a kind is no waste: a cycle of a thousand series has to be seen once."""
_BY_WAVEFRONT = 0.15
PATIENCE = 2000.0
_SECOND_LOOK = 8000.0

SMALLEST_REGION = 16 << 10
_LARGEST_REGION = 4 << 20


class FastReader:
    """Reads on over everything that can be read in bulk. Lives as long as its log's parser.

    Args:
        kinds: Reads single records, and knows the kinds of records met so far.
    """

    def __init__(self, kinds: TemplateCache) -> None:
        self._kinds = kinds
        self._repeats = CycleDetector(kinds.templates, kinds.workspace)
        self._known = 0
        """Kinds of records met so far."""
        self._wasted = 0.0
        self._second_look = _SECOND_LOOK
        self._region = _LARGEST_REGION
        self._stride: tuple[CycleReader, int] | None = None
        """What stood last between two long records: so many periods."""
        self._behind_long = False
        """A record like no other was the last one read."""

    def note(self, template: Template | None) -> None:
        """A record was read singly; None where it is like no other."""
        self._behind_long = template is None
        self._repeats.note(template)
        known, self._known = self._known, self._kinds.templates.count
        self._wasted += _SINGLE if known == self._known else _NEW_SINGLE

    def advance(self, data: memoryview, at: int, base: int, pending: DeferredRanges, sink: Sink) -> int:
        """Read on from `at`.

        Args:
            data: A piece of the log.
            at: Offset in it at which a record may begin.
            base: Offset of the piece in the log.
            pending: What was found but not yet read.
            sink: Where points and faults go.

        Returns:
            Where to go on with single records.
        """
        while True:
            # Where names are too many, they have to be met in the order of the log.
            crowded = self._kinds.refused
            if self._wasted > PATIENCE and not crowded and len(data) - at >= SMALLEST_REGION:
                return self._wave(data, at, base, pending, sink)
            period = self._repeats.find(data, at)
            if period is None:
                return at
            behind_long, self._behind_long = self._behind_long, False
            if behind_long and self._stride is not None and self._stride[0] is period:
                after = self._leap(*self._stride, data, at, base, pending)
                if after > at:
                    at = after
                    continue
            after, rows = self._run(period, data, at, pending)
            self._ran(period, rows)
            if after < 0:
                return ~after
            if behind_long and _long_at(data, after):
                self._stride = period, rows
            at = after

    def _ran(self, period: CycleReader, rows: int) -> None:
        """Take account of a run that was read."""
        self._repeats.note_run(period, rows)
        self._wasted += _RUN - rows * len(period.templates) * _BY_WAVEFRONT
        if self._wasted < 0:
            self._wasted, self._second_look = 0.0, _SECOND_LOOK

    def _leap(
        self, period: CycleReader, rows: int, data: memoryview, at: int, base: int, pending: DeferredRanges
    ) -> int:
        """Go from one long record to the next, as long as `rows` periods stand before each.

        Pictures are logged so. What stands between them is compared together, and each long record read.

        Returns:
            Where to go on: at a long record, or a short way behind one; `at` where nothing was read.
        """
        runs: Runs = []
        longs: list[tuple[int, int]] = []
        place = at
        while len(runs) * rows < period.block_rows and (end := _long_at(data, place + rows * period.size)):
            runs.append((place, rows))
            longs.append((place + rows * period.size, end))
            place = end
        if len(runs) < _LEAST_LEAP:
            return at
        between = pending.side_by_side(period, runs)
        whole = _matching(period, between, len(runs) * rows) // rows
        place = at
        for taken, (begin, end) in enumerate(longs[:whole], 1):
            right = framing.payload_is_right(data, begin, end - begin - FRAME)
            if not (right and self._kinds.pass_long(data[begin:end], base + begin)):
                place, whole = begin, taken
                break
            place = end
        if whole:
            pending.take(period, runs[:whole], between[: whole * rows * period.size])
            self._ran(period, whole * rows)
            self._wasted += _SINGLE * whole
            self._repeats.note(None)
            self._behind_long = place == longs[whole - 1][1]
        return place

    def _run(
        self, period: CycleReader, data: memoryview, at: int, pending: DeferredRanges
    ) -> tuple[int, int]:
        """Follow a period that stands at `at`.

        Returns:
            Where it ends and how many periods there were; for the place, the complement of where a
            damaged record begins that has to be read singly.
        """
        rows = 0
        most = period.typical_rows
        while True:
            some = min(most, period.block_rows, (len(data) - at) // period.size)
            found = period.matches(data, at, some) if some else 0
            if found:
                pending.add(period, at, found)
            rows += found
            at += found * period.size
            if pending.full:
                back = pending.read(at)
                if back >= 0:
                    return ~back, rows
            if len(data) - at < period.size:
                return at, rows
            if found < some or not period.stands(data, at):
                period.typical_rows = max(rows, 1)
                return at, rows
            most = max(_MORE_ROWS, 8 * most)

    def _wave(self, data: memoryview, at: int, base: int, pending: DeferredRanges, sink: Sink) -> int:
        back = pending.read(at)
        if back >= 0:
            return back
        end = min(at + self._region, len(data))
        after = UnorderedBatch(data, base, self._kinds, sink).read(at, end)
        if after < end:
            # Damage is ahead, or the end: next time no more is walked than is likely to be read.
            self._region = max(SMALLEST_REGION, min(self._region, 2 * (after - at)))
            return after
        self._region = min(_LARGEST_REGION, 4 * self._region)
        # Look whether it repeats by now, but for half as long each time.
        self._wasted = PATIENCE - self._second_look
        self._second_look /= 2
        return after


def _matching(period: CycleReader, data: memoryview, rows: int) -> int:
    """How many of `rows` periods stand in `data` from its beginning on."""
    found = 0
    while found < rows:
        some = min(period.block_rows, rows - found)
        more = period.matches(data, found * period.size, some)
        found += more
        if more < some:
            break
    return found


def _long_at(data: memoryview, at: int) -> int:
    """Where the long record ends that stands at `at` with a right header; 0 where none does, or not whole."""
    if len(data) - at < FRAME or framing.stated_length(data, at) <= LARGEST - FRAME:
        return 0
    length = framing.payload_length(data, at)
    return at + FRAME + length if 0 <= length <= len(data) - at - FRAME else 0
