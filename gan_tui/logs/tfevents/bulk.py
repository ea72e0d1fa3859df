"""Reading records by the thousand: a period as long as it lasts, and a wavefront where nothing repeats."""

from __future__ import annotations

from gan_tui.logs.tfevents.kinds import Kinds
from gan_tui.logs.tfevents.pending import Pending
from gan_tui.logs.tfevents.period import Period
from gan_tui.logs.tfevents.repeats import Repeats
from gan_tui.logs.tfevents.sink import Sink
from gan_tui.logs.tfevents.template import Template
from gan_tui.logs.tfevents.wavefront import Wavefront

_FIRST_ROWS = 8

# What things cost, in microseconds, as measured: enough to choose the faster way.
_RUN = 15.0
_SINGLE = 8.0
_BY_WAVEFRONT = 0.15
PATIENCE = 10_000.0
_SECOND_LOOK = 4000.0

SMALLEST_REGION = 64 << 10
_LARGEST_REGION = 4 << 20


class Bulk:
    """Reads on over everything that can be read in bulk. Lives as long as its log's parser.

    Args:
        kinds: Reads single records, and knows the kinds of records met so far.
    """

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        self._repeats = Repeats(kinds.workspace)
        self._wasted = 0.0
        self._second_look = _SECOND_LOOK
        self._region = _LARGEST_REGION

    def note(self, template: Template | None) -> None:
        """A record was read singly; None where it is like no other."""
        self._repeats.note(template)
        self._wasted += _SINGLE

    def advance(self, data: memoryview, at: int, base: int, pending: Pending, sink: Sink) -> int:
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
            after, rows = self._run(period, data, at, pending)
            self._repeats.note_run(period, rows)
            cost = _RUN - rows * len(period.templates) * _BY_WAVEFRONT
            self._wasted += cost
            if self._wasted < 0:
                self._wasted, self._second_look = 0.0, _SECOND_LOOK
            if after < 0:
                return ~after
            at = after

    def _run(self, period: Period, data: memoryview, at: int, pending: Pending) -> tuple[int, int]:
        """Follow a period that stands at `at`.

        Returns:
            Where it ends and how many periods there were; for the place, the complement of where a
            damaged record begins that has to be read singly.
        """
        rows = 0
        most, growing = period.typical_rows, _FIRST_ROWS
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
            most, growing = growing, 8 * growing

    def _wave(self, data: memoryview, at: int, base: int, pending: Pending, sink: Sink) -> int:
        back = pending.read(at)
        if back >= 0:
            return back
        end = min(at + self._region, len(data))
        after = Wavefront(data, base, self._kinds, sink).read(at, end)
        if after < end:
            # Damage is ahead, or the end: next time no more is walked than is likely to be read.
            self._region = max(SMALLEST_REGION, min(self._region, 2 * (after - at)))
            return after
        self._region = min(_LARGEST_REGION, 4 * self._region)
        # Look whether it repeats by now, but for half as long each time.
        self._wasted = PATIENCE - self._second_look
        self._second_look /= 2
        return after
