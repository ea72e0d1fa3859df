"""The event-file parser: records, incomplete ones, and recovery after damage."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from gan_tui.logs.model import Batch, Buffer, Fault, LoggedImage
from gan_tui.logs.tensorboard import framing
from gan_tui.logs.tensorboard.columns import ColumnBuilder
from gan_tui.logs.tensorboard.fast.pending import DeferredRanges
from gan_tui.logs.tensorboard.fast.reader import FastReader
from gan_tui.logs.tensorboard.fast.template_cache import TemplateCache
from gan_tui.logs.tensorboard.framing import FRAME, HEADER

_State: TypeAlias = tuple[bool, bytes, int, tuple[int, str] | None, int, tuple[bytes, ...]]

_CUT = "the log ends within a record"

_SEARCH_BYTES = 64 << 10
MIN_FAST_BYTES = 4096
"""Smaller chunks are read record by record."""
_FREE_RESCAN = 64 << 20
_RESCAN_SHARE = 8


class EventParser:
    """Turns the bytes of a TensorBoard event file into points.

    Scalars are read from `simple_value` and from tensors with a single number of any real type.
    Images go to `on_image`; histograms, texts and other tensors are skipped. Both checksums of every
    record are verified, and nothing from a damaged record is given.

    Args:
        on_image: Called with every logged image, those of one `feed` in any order.
        fast: Read repeating records in bulk. Results are identical without it, only slower.
    """

    axis = "step"

    def __init__(self, on_image: Callable[[LoggedImage], None] | None = None, *, fast: bool = True) -> None:
        self._fast = fast
        self._cache = TemplateCache(on_image, learn=fast)
        self._reader = FastReader(self._cache)
        self._pending = bytearray()
        """Bytes that are not read yet: an incomplete record."""
        self._offset = 0
        """Offset in the log of the first pending byte."""
        self._damage: tuple[int, str] | None = None
        """Offset and reason of damage after which no record has been found yet."""
        self._rescanned = 0

    def show_images(self, take: Callable[[LoggedImage], None], *, copy: bool = True) -> None:
        """Pass every logged image to `take`; see `CarriesImages`."""
        self._cache.show_images(take, copy=copy)

    def feed(self, data: Buffer) -> Batch:
        """Take the next bytes of the log.

        Args:
            data: Any number of bytes; large chunks are read fastest. An incomplete record is copied.

        Returns:
            The points and faults of every record that is now complete.
        """
        builder = ColumnBuilder()
        # A signalling NaN is no reason for a warning.
        with np.errstate(invalid="ignore"), memoryview(data) as view, view.cast("B") as chunk:
            begin = 0
            while self._pending and begin < len(chunk):
                end = min(begin + self._bytes_needed(), len(chunk))
                self._pending += chunk[begin:end]
                begin = end
                self._scan_pending(builder, last=False)
            if begin < len(chunk):
                begin += self._scan(chunk[begin:], builder, last=False)
                self._pending += chunk[begin:]
        self._cache.workspace.clear()
        return builder.batch()

    def finish(self) -> Batch:
        """End the log: an incomplete record is now a fault.

        Whole records inside what looked like the incomplete record are read.
        """
        builder = ColumnBuilder()
        with np.errstate(invalid="ignore"):
            self._scan_pending(builder, last=True)
        return builder.batch()

    def __getstate__(self) -> _State:
        """Return the state for a copy; templates are learnt again."""
        tags = self._cache.known_tags
        return self._fast, bytes(self._pending), self._offset, self._damage, self._rescanned, tags

    def __setstate__(self, state: _State) -> None:
        """Restore the state of another parser, without its `on_image`."""
        fast, pending, offset, damage, rescanned, tags = state
        self.__init__(fast=fast)  # type: ignore[misc]
        self._pending += pending
        self._offset, self._damage, self._rescanned = offset, damage, rescanned
        self._cache.restore_tags(tags)

    def _bytes_needed(self) -> int:
        """Return how many more bytes are needed before the pending ones are worth scanning."""
        size = len(self._pending)
        if self._damage is not None:
            return _SEARCH_BYTES
        if size < HEADER:
            return HEADER - size
        end = FRAME + framing.payload_length(self._pending, 0)
        # A complete record is pending only if it is damaged and the header after it is needed.
        return (end if size < end else end + HEADER) - size

    def _scan_pending(self, builder: ColumnBuilder, *, last: bool) -> None:
        with memoryview(self._pending) as view:
            done = self._scan(view, builder, last=last)
        del self._pending[:done]

    def _scan(self, data: memoryview, builder: ColumnBuilder, *, last: bool) -> int:
        """Read as much as possible of `data`, which begins at `self._offset`.

        Args:
            data: Bytes of the log.
            builder: Takes points and faults.
            last: Whether the log ends with `data`.

        Returns:
            How many bytes are done with.
        """
        base = self._offset
        pending = DeferredRanges(data, base, builder)
        at = 0
        while True:
            if self._damage is not None:
                at, found = self._find_record(data, at, builder, last=last)
                if not found:
                    break
            if self._fast and len(data) - at >= MIN_FAST_BYTES:
                at = self._reader.advance(data, at, base, pending, builder)
            if not pending.empty and not _is_whole_record(data, at):
                damaged_at = pending.read(at)
                at = damaged_at if damaged_at >= 0 else at
            if len(data) - at < HEADER:
                if not last or at == len(data):
                    break
                self._damage = base + at, _CUT
                continue
            after = self._read_record(data, at, pending, builder, last=last)
            if after < 0:
                break
            at = after
        pending.read()
        self._offset = base + at
        return at

    def _find_record(
        self, data: memoryview, at: int, builder: ColumnBuilder, *, last: bool
    ) -> tuple[int, bool]:
        """Search for the record after damage, from `at` on.

        Returns:
            Where to go on, and whether a record begins there.
        """
        assert self._damage is not None
        begin, reason = self._damage
        place = framing.find_record(data, at)
        if place < 0 and not last:
            return max(at, len(data) - HEADER + 1), False
        end = place if place >= 0 else len(data)
        self._damage = None
        builder.faults.append(Fault(begin, self._offset + end - begin, reason))
        return end, place >= 0

    def _read_record(
        self, data: memoryview, at: int, pending: DeferredRanges, builder: ColumnBuilder, *, last: bool
    ) -> int:
        """Read the record at `at`.

        Returns:
            Where to go on, or -1 if more bytes are needed. Sets `self._damage` if no record is there.
        """
        offset = self._offset + at
        length = framing.payload_length(data, at)
        if length < 0:
            self._damage = offset, framing.header_error(data, at)
            return at + 1
        end = at + FRAME + length
        if end > len(data):
            if not last:
                return -1
            self._damage = offset, _CUT
            return at + 1
        if not framing.payload_is_valid(data, at, length):
            return self._skip_damaged(data, at, end, builder, last=last)
        if pending.empty:
            template, reason = self._cache.read_record(data[at:end], offset, builder.add)
        else:
            points: list[tuple[str, int, float, float]] = []
            template, reason = self._cache.read_record(
                data[at:end], offset, lambda *point: points.append(point)
            )
            pending.read_before({point[0] for point in points})
            for point in points:
                builder.add(*point)
        if reason:
            builder.faults.append(Fault(offset, end - at, reason))
        self._reader.note(template)
        return end

    def _skip_damaged(
        self, data: memoryview, at: int, end: int, builder: ColumnBuilder, *, last: bool
    ) -> int:
        """Go on after the record data[at:end], whose payload is damaged; returns as `_read_record`."""
        offset = self._offset + at
        rest = len(data) - end
        if rest < HEADER and not last:
            return -1
        if rest == 0 or (rest >= HEADER and framing.payload_length(data, end) >= 0):
            builder.faults.append(Fault(offset, end - at, framing.BAD_PAYLOAD))
            return end
        # No record follows, so bytes are missing or added here: whole records may lie inside.
        self._damage = offset, framing.BAD_PAYLOAD
        if self._rescanned > _FREE_RESCAN + _RESCAN_SHARE * offset:
            return end  # a file made to be read again and again: time must stay proportional to its size
        self._rescanned += end - at
        return at + 1


def _is_whole_record(data: memoryview, at: int) -> bool:
    """Return whether a whole record with a valid header is at `at`."""
    rest = len(data) - at
    if rest < FRAME:
        return False
    length = framing.payload_length(data, at)
    return 0 <= length <= rest - FRAME
