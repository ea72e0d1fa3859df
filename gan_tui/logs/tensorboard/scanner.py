"""The way through an event file: records, what is unfinished, and on behind any damage."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from gan_tui.logs.model import Buffer, Fault, LoggedImage
from gan_tui.logs.tensorboard import framing
from gan_tui.logs.tensorboard.fast.pending import DeferredRanges
from gan_tui.logs.tensorboard.fast.reader import FastReader
from gan_tui.logs.tensorboard.fast.template_cache import TemplateCache
from gan_tui.logs.tensorboard.framing import FRAME, HEADER
from gan_tui.logs.tensorboard.sink import Sink

_State: TypeAlias = tuple[bool, bytes, int, tuple[int, str] | None, int, tuple[bytes, ...]]

_CUT = "the log ends within a record"

_SEARCH = 64 << 10
WORTH = 4096
_RESCAN_FREE = 64 << 20
_RESCAN_SHARE = 8


class Scanner:
    """Goes through the bytes of an event file, record by record or in bulk, and hands on what it finds.

    Args:
        on_image: Called with every logged picture, those of one piece in any order; None costs nothing.
        bulk: Read what repeats by comparing bytes. The answers are the same without, and late.
    """

    def __init__(self, on_image: Callable[[LoggedImage], None] | None = None, *, bulk: bool = True) -> None:
        self._fast = bulk
        self._kinds = TemplateCache(on_image, learn=bulk)
        self._bulk = FastReader(self._kinds)
        self._held = bytearray()
        self._offset = 0
        """Offset in the log of the first byte that is not settled."""
        self._lost: tuple[int, str] | None = None
        """Offset and reason of the damage behind which a record is being looked for."""
        self._rescanned = 0

    def show_images(self, take: Callable[[LoggedImage], None], *, copy: bool = True) -> None:
        """Have every logged picture given to `take`; see `CarriesImages`."""
        self._kinds.show_images(take, copy=copy)

    def go_on(self, data: Buffer, sink: Sink) -> None:
        """Take the next bytes of the log; what is unfinished is copied and kept."""
        # A signalling NaN is no reason for a warning.
        with np.errstate(invalid="ignore"), memoryview(data) as given, given.cast("B") as piece:
            begin = 0
            while self._held and begin < len(piece):
                end = min(begin + self._wanted(), len(piece))
                self._held += piece[begin:end]
                begin = end
                self._scan_held(sink, last=False)
            if begin < len(piece):
                begin += self._scan(piece[begin:], sink, last=False)
                self._held += piece[begin:]
        self._kinds.workspace.clear()

    def end(self, sink: Sink) -> None:
        """Take it that the log has ended: what is unfinished is a fault, and what is whole in it is read."""
        with np.errstate(invalid="ignore"):
            self._scan_held(sink, last=True)

    def __getstate__(self) -> _State:
        """Where it stands, for a copy to look ahead with: what was learnt is learnt again."""
        known = self._kinds.known
        return self._fast, bytes(self._held), self._offset, self._lost, self._rescanned, known

    def __setstate__(self, state: _State) -> None:
        """Go on from where another stood, without its `on_image`."""
        bulk, held, self._offset, self._lost, self._rescanned, known = state
        self._fast = bulk
        self._held = bytearray(held)
        self._kinds = TemplateCache(None, learn=bulk)
        self._kinds.know(known)
        self._bulk = FastReader(self._kinds)

    def _wanted(self) -> int:
        """How many more bytes the held ones need before they can be looked at again."""
        have = len(self._held)
        if self._lost is not None:
            return _SEARCH
        if have < HEADER:
            return HEADER - have
        end = FRAME + framing.payload_length(self._held, 0)
        # A complete record is held only while the header behind it is waited for.
        return (end if have < end else end + HEADER) - have

    def _scan_held(self, sink: Sink, *, last: bool) -> None:
        with memoryview(self._held) as view:
            settled = self._scan(view, sink, last=last)
        del self._held[:settled]

    def _scan(self, data: memoryview, sink: Sink, *, last: bool) -> int:
        """Read what can be settled of `data`, which begins at self._offset.

        Args:
            data: The bytes.
            sink: Where points and faults go.
            last: Whether the log ends with `data`.

        Returns:
            How many bytes are settled.
        """
        base = self._offset
        pending = DeferredRanges(data, base, sink)
        at = 0
        while True:
            if self._lost is not None:
                at, found = self._search(data, at, sink, last=last)
                if not found:
                    break
            if self._fast and len(data) - at >= WORTH:
                at = self._bulk.advance(data, at, base, pending, sink)
            if not pending.empty and not _stands(data, at):
                back = pending.read(at)
                at = back if back >= 0 else at
            if len(data) - at < HEADER:
                if not last or at == len(data):
                    break
                self._lose(base + at, _CUT)
                continue
            after = self._read_record(data, at, pending, sink, last=last)
            if after < 0:
                break
            at = after
        pending.read()
        self._offset = base + at
        return at

    def _lose(self, offset: int, reason: str) -> None:
        self._lost = (offset, reason)

    def _search(self, data: memoryview, at: int, sink: Sink, *, last: bool) -> tuple[int, bool]:
        """Look for the record behind damage, from `at` on.

        Returns:
            Where to go on, and whether a record begins there.
        """
        assert self._lost is not None
        begin, reason = self._lost
        place = framing.find_record(data, at)
        if place < 0 and not last:
            return max(at, len(data) - HEADER + 1), False
        end = place if place >= 0 else len(data)
        self._lost = None
        sink.faults.append(Fault(begin, self._offset + end - begin, reason))
        return end, place >= 0

    def _read_record(
        self, data: memoryview, at: int, pending: DeferredRanges, sink: Sink, *, last: bool
    ) -> int:
        """Read the record at `at`.

        Returns:
            Where to go on, or -1 where more bytes are needed. self._lost is set when what is there
            is no record.
        """
        offset = self._offset + at
        length = framing.payload_length(data, at)
        if length < 0:
            self._lose(offset, framing.why_not(data, at))
            return at + 1
        end = at + FRAME + length
        if end > len(data):
            if not last:
                return -1
            self._lose(offset, _CUT)
            return at + 1
        if not framing.payload_is_right(data, at, length):
            return self._pass_damaged(data, at, end, sink, last=last)
        if pending.empty:
            template, reason = self._kinds.read(data[at:end], offset, sink.add)
        else:
            points: list[tuple[str, int, float, float]] = []
            template, reason = self._kinds.read(data[at:end], offset, lambda *point: points.append(point))
            pending.before({point[0] for point in points})
            for point in points:
                sink.add(*point)
        if reason:
            sink.faults.append(Fault(offset, end - at, reason))
        self._bulk.note(template)
        return end

    def _pass_damaged(self, data: memoryview, at: int, end: int, sink: Sink, *, last: bool) -> int:
        """Go on behind the record data[at:end], whose payload is damaged; returns as `_read_record`."""
        offset = self._offset + at
        rest = len(data) - end
        if rest < HEADER and not last:
            return -1
        if rest == 0 or (rest >= HEADER and framing.payload_length(data, end) >= 0):
            sink.faults.append(Fault(offset, end - at, framing.BAD_PAYLOAD))
            return end
        # No record follows, so bytes are missing or too many here: whole records may lie within.
        self._lose(offset, framing.BAD_PAYLOAD)
        if self._rescanned > _RESCAN_FREE + _RESCAN_SHARE * offset:
            return end  # made to be read again and again: time stays in proportion to the log
        self._rescanned += end - at
        return at + 1


def _stands(data: memoryview, at: int) -> bool:
    """Whether a whole record with a right header stands at `at`."""
    rest = len(data) - at
    if rest < FRAME:
        return False
    length = framing.payload_length(data, at)
    return 0 <= length <= rest - FRAME
