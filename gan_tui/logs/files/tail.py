"""Follow a growing log on disk and feed its bytes to the parser, chunk by chunk."""

from __future__ import annotations

import copy
import errno
import math
import os
import stat
import time
from collections.abc import Callable
from functools import partial
from io import FileIO
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from gan_tui.logs.files.checkpoint import CHUNK_BYTES, ReadCheckpoint, identity, read_head
from gan_tui.logs.files.guard import guarded_call
from gan_tui.logs.files.opening import open_for_reading
from gan_tui.logs.formats.registry import Format
from gan_tui.logs.formats.selection import FormatSelection
from gan_tui.logs.model import EMPTY, Batch, CarriesImages, Column, Fault, LoggedImage, Parser, join

if TYPE_CHECKING:
    from pathlib import Path

RACY_SECONDS = 2.0
"""A file changed more recently may change again without a difference in its times."""
IDLE_SECONDS = 10.0
"""The last line of a log that has not grown for this long is parsed even without a newline."""
PAGE_BYTES = 4096
"""Buffered writers cut their output at multiples of this, in the middle of a line."""
NO_FORMAT = "not a log in a known format"

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe (FIFO)"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_REASONS = {
    errno.EACCES: "no permission to read it",
    errno.EPERM: "no permission to read it",
    errno.EMFILE: "too many files are open in this program",
    errno.ENFILE: "too many files are open on this machine",
    errno.ESTALE: "the file server has lost it (stale handle)",
    errno.EIO: "the disk or the file server cannot read it (input/output error)",
    errno.ELOOP: "its symbolic links go in a circle",
}


class TailResult(Struct, frozen=True):
    """Result of polling a growing log."""

    batch: Batch = EMPTY
    """New points and faults."""
    reset: bool = False
    """The log was truncated, replaced or rewritten: earlier batches are void, and `batch` starts at its
    new beginning."""
    more: bool = False
    """More can be read right now."""
    missing: bool = False
    """The log does not exist. Earlier batches stay valid until it is created again."""
    read: int = 0
    """Bytes read."""
    size: int = 0
    """Bytes in the log; for a pipe, bytes read so far."""
    changed_at: float | None = None
    """Unix time of the log's last change, if something was read."""


class Tail:
    """Follows one log on disk. Belongs to one thread.

    The log is opened for reading only, and for one turn only. So a deleted log's disk space is freed, and
    ten thousand logs need no descriptors. No lock is taken. The log is never mapped into memory: truncating
    a mapped file kills its reader.

    A rewritten log is recognised by another inode, by fewer bytes than were read, by other bytes at its
    head or just before the read position, or by the checksums in between (`ReadCheckpoint`).

    Args:
        path: The log; symbolic links are followed.
        format: Its format; detected from the content if omitted.
        on_image: Called with the position of each image in the log, if its format carries images.
    """

    def __init__(
        self,
        path: str | Path,
        format: Format | None = None,  # noqa: A002 - the option's name
        on_image: Callable[[LoggedImage], None] | None = None,
    ) -> None:
        self._on_image = on_image
        self.path = os.fspath(path)
        self.unreadable = ""
        """Why the log cannot be read now, for the screen; "" if it can."""
        self._selection = FormatSelection(self.path, format)
        self._reported = ""
        self._grew_at = -math.inf
        self.rewind()

    def rewind(self) -> None:
        """Restart at the first byte with the next `poll`, without reporting a reset."""
        self._selection.reset()
        self._parser: Parser | None = None
        self._checkpoint = ReadCheckpoint()
        self._stat_key: tuple[tuple[int, ...], bool] | None = None
        self._size = 0
        self._settled_at = 0
        self._settled: tuple[Column, ...] = ()

    @property
    def offset(self) -> int:
        """Number of bytes of the log read so far."""
        return self._checkpoint.offset

    @property
    def format(self) -> Format | None:
        """The log's format, or None while it is unknown."""
        return self._selection.format

    @property
    def axis(self) -> str:
        """What a step counts in this log; "" while that is unknown."""
        return "" if self._parser is None else self._parser.axis

    def poll(self, max_bytes: int) -> TailResult:
        """Read new bytes, at most `max_bytes`. File system errors are part of the result, not raised."""
        return self._poll(max_bytes, final=False)

    def settle(self) -> Batch:
        """Return the points of an unfinished last line or record, as if the log ended here.

        `poll` does this for an idle log. If the line later becomes something else, the next `poll` reports
        a reset: points are never returned twice, and wrong ones never stay.
        """
        if self._parser is None or self._settled_at == self.offset:
            return EMPTY
        self._settled_at = self.offset
        parser = self._parser
        _, batch = guarded_call(parser, lambda: copy.deepcopy(parser).finish(), self.offset, 0)
        columns = tuple(column for column in batch.columns if len(column))
        new = _without(self._settled, columns)
        if new is None:
            return EMPTY
        self._settled = columns
        return Batch(new)

    def finish(self) -> Batch:
        """Return the points of an unfinished last line or record of a log that will not grow."""
        batches = []
        more = self._parser is None
        while more:  # a final, unfinished first line may now reveal the format
            result = self._poll(CHUNK_BYTES, final=True)
            batches.append(result.batch)
            more = result.more
        if self._parser is None:
            if self._size and self.unreadable in ("", NO_FORMAT):
                batches.append(self._fault(NO_FORMAT))
            return join(batches)
        self._parser, batch = guarded_call(self._parser, self._parser.finish, self.offset, 0)
        columns = _without(self._settled, batch.columns)
        self._settled, self._settled_at = (), self.offset
        self._checkpoint.finished = True
        return join([*batches, with_path(replace(batch, columns=columns or ()), self.path)])

    # -- one turn ----------------------------------------------------------------------------------

    def _poll(self, max_bytes: int, *, final: bool) -> TailResult:
        try:
            facts = os.stat(self.path)  # noqa: PTH116 - called for thousands of logs
            if not stat.S_ISREG(facts.st_mode):
                return self._reject(facts)
            final = final or self._is_idle(facts)
            if self._stat_key == (_stat_key(facts), final):
                return TailResult(size=facts.st_size)
            with FileIO(self.path, opener=open_for_reading) as file:
                return self._turn(file, max_bytes, final=final)
        except (FileNotFoundError, NotADirectoryError):
            self._stat_key, self.unreadable = None, ""
            return TailResult(missing=True)
        except OSError as error:
            number = error.errno or 0
            return self._blocked(_REASONS.get(number) or os.strerror(number).lower())
        except ValueError:
            return self._blocked("its name holds a NUL character")

    def _is_idle(self, facts: os.stat_result) -> bool:
        # Two clocks: if a file server's clock is behind ours, every log looks old.
        return (
            time.time() - facts.st_mtime >= IDLE_SECONDS and time.monotonic() - self._grew_at >= IDLE_SECONDS
        )

    def _turn(self, file: FileIO, max_bytes: int, *, final: bool) -> TailResult:
        reset, start = False, self.offset
        for _ in range(2):
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):  # replaced since the stat above
                return self._reject(facts)
            batch = self._advance(file, facts, max_bytes, final=final)
            if batch is not None:
                break
            reset, start = reset or self.offset > 0, 0
            self.rewind()
        else:  # rewritten again while it was read
            return TailResult(reset=True, more=True, size=facts.st_size)
        more = self._parser is not None and self.offset < facts.st_size
        unsettled = more or self._checkpoint.needs_verification or _is_recent(facts)
        self._stat_key = None if unsettled else (_stat_key(facts), final)
        if final and self._selection.undetectable:
            batch = self._fault(NO_FORMAT)
        elif final and not more and self.offset % PAGE_BYTES:
            batch = join([batch, self.settle()])
        byte_count = self.offset - start
        changed_at = facts.st_mtime if byte_count else None
        return TailResult(batch, reset, more, read=byte_count, size=facts.st_size, changed_at=changed_at)

    def _advance(self, file: FileIO, facts: os.stat_result, max_bytes: int, *, final: bool) -> Batch | None:
        """Continue reading; return None if the log was rewritten."""
        known = self._checkpoint.identity is not None
        idle = self.offset >= facts.st_size and not _is_recent(facts)
        if not self._checkpoint.is_valid(file, facts, idle=idle):
            return None
        if known and facts.st_size > self._size:
            self._grew_at = time.monotonic()
        self._size = facts.st_size
        if self._select_format(file, facts.st_size, final=final) and self.offset:
            return None
        return self._read(file, max(0, min(max_bytes, facts.st_size - self.offset)))

    def _select_format(self, file: FileIO, size: int, *, final: bool) -> bool:
        """Create the parser once the format is detected; return whether the format changed."""
        changed = False
        while needed := self._selection.bytes_needed(size, final=final):
            changed = self._selection.examine(read_head(file, needed), final=final) or changed
        self.unreadable = NO_FORMAT if self._selection.undetectable else ""
        self._reported = self._reported if self._selection.undetectable else ""
        if self._selection.format is not None and (self._parser is None or changed):
            self._parser = self._selection.format.make_parser(self.path)
            if self._on_image is not None and isinstance(self._parser, CarriesImages):
                self._parser.show_images(self._on_image, copy=False)
        return changed

    def _read(self, file: FileIO, budget: int) -> Batch | None:
        """Feed the next `budget` bytes; return None if the log turns out to be rewritten."""
        if self._parser is None:
            return EMPTY
        batches: list[Batch] = []
        while True:
            follows_settled = bool(self._settled) and self.offset == self._settled_at
            chunk = self._checkpoint.read(file, min(budget, CHUNK_BYTES))
            if chunk is None or (follows_settled and chunk and chunk[0] not in b"\r\n"):
                return None
            if not chunk:
                return join(batches)
            budget -= len(chunk)
            parser = self._parser
            feed = partial(parser.feed, chunk)
            self._parser, batch = guarded_call(parser, feed, self.offset - len(chunk), len(chunk))
            if self._settled and batch.points:
                columns = _without(self._settled, batch.columns)
                if columns is None:
                    return None
                self._settled = ()
                batch = replace(batch, columns=columns)
            batches.append(with_path(batch, self.path))

    # -- unreadable logs ---------------------------------------------------------------------------

    def _reject(self, facts: os.stat_result) -> TailResult:
        return self._blocked(f"it is {file_kind(facts)}, not a file: not opened")

    def _blocked(self, reason: str) -> TailResult:
        self._stat_key = None
        return TailResult(self._fault(reason), size=self._size)

    def _fault(self, reason: str) -> Batch:
        """Return a fault with this reason, or an empty batch if it was already reported."""
        self.unreadable = reason
        if reason == self._reported:
            return EMPTY
        self._reported = reason
        return Batch(faults=(Fault(self.offset, 0, reason, self.path),))


def file_kind(facts: os.stat_result) -> str:
    """Return what a path that is not a regular file is, in words."""
    return next((kind for test, kind in _KINDS if test(facts.st_mode)), "no file")


def _is_recent(facts: os.stat_result) -> bool:
    """Return whether another change may not show in the file's times."""
    return time.time() - max(facts.st_mtime, facts.st_ctime) < RACY_SECONDS


def _stat_key(facts: os.stat_result) -> tuple[int, ...]:
    return (*identity(facts), facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


def with_path(batch: Batch, path: str) -> Batch:
    """Return the batch with `path` filled in as the log of its faults."""
    return replace(batch, faults=tuple(f.with_file(path) for f in batch.faults)) if batch.faults else batch


def _without(settled: tuple[Column, ...], columns: tuple[Column, ...]) -> tuple[Column, ...] | None:
    """Return `columns` without their leading `settled` points; None if those differ."""
    remaining = {column.name: column for column in columns}
    empty_names = {column.name for column in columns if not len(column)}
    for old in settled:
        new, count = remaining.get(old.name), len(old)
        if new is None or not _equal(old, _slice(new, slice(0, count))):
            return None
        remaining[old.name] = _slice(new, slice(count, None))
    return tuple(column for column in remaining.values() if len(column) or column.name in empty_names)


def _slice(column: Column, part: slice) -> Column:
    walls = None if column.wall_times is None else column.wall_times[part]
    return Column(column.name, column.steps[part], column.values[part], walls)


def _equal(one: Column, other: Column) -> bool:
    return np.array_equal(one.steps, other.steps) and np.array_equal(one.values, other.values, equal_nan=True)
