"""A growing log on disk, read to its end piece by piece: the bytes' way to the parser."""

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

from gan_tui.logs.files.checkpoint import PIECE_BYTES, ReadCheckpoint, head_of, identity
from gan_tui.logs.files.guard import guarded_call
from gan_tui.logs.files.opening import open_for_reading
from gan_tui.logs.formats.registry import Format
from gan_tui.logs.formats.selection import FormatSelection
from gan_tui.logs.model import EMPTY, Batch, CarriesImages, Column, Fault, LoggedImage, Parser, join

if TYPE_CHECKING:
    from pathlib import Path

RACY_SECONDS = 2.0
"""A file changed more lately than this may change again without its times telling."""
REST_SECONDS = 10.0
"""A log that has not grown for so long shows its last line even if no newline ends it."""
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
    """What one look at a growing log gave."""

    batch: Batch = EMPTY
    """New points and faults."""
    reset: bool = False
    """The log was truncated, replaced or rewritten: what was read of it before no longer holds, and
    `batch` is from its new beginning."""
    more: bool = False
    """There is more to read right now."""
    missing: bool = False
    """The log is not there. What was read of it stands until it is created anew."""
    read: int = 0
    """Bytes read."""
    size: int = 0
    """Bytes in the log; of a pipe, bytes taken so far."""
    changed_at: float | None = None
    """Unix time of the log's last change, where something was read."""


class Tail:
    """Follows one log on disk. Belongs to one thread.

    The log is opened for reading only and for one turn only, so a deleted log's space is given back
    and ten thousand logs need no descriptor. No lock is taken. It is never mapped into memory:
    truncating a mapped file kills its reader.

    That a log was written anew is told by another inode, by fewer bytes than were read, by other bytes
    at its head or just before the place reached, or by the checksums of what lies between (`ReadCheckpoint`).

    Args:
        path: The log; symbolic links are followed.
        format: Its format; told from the content where left out.
        on_image: Takes the places of the pictures that the log carries, where its format can.
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
        """Why the log cannot be read at present, for the screen; "" while it can."""
        self._choice = FormatSelection(self.path, format)
        self._said = ""
        self._grew_at = -math.inf
        self.rewind()

    def rewind(self) -> None:
        """Begin anew at the first byte with the next `poll`, which does not call it a reset."""
        self._choice.forget()
        self._parser: Parser | None = None
        self._place = ReadCheckpoint()
        self._stamp: tuple[tuple[int, ...], bool] | None = None
        self._size = 0
        self._settled_at = 0
        self._given: tuple[Column, ...] = ()

    @property
    def offset(self) -> int:
        """Bytes of the log that have been read."""
        return self._place.offset

    @property
    def format(self) -> Format | None:
        """The log's format, None until it is known."""
        return self._choice.format

    @property
    def axis(self) -> str:
        """What a step counts in this log; "" until it is known."""
        return "" if self._parser is None else self._parser.axis

    def poll(self, max_bytes: int) -> TailResult:
        """Read what is new, at most `max_bytes` of it. Whatever the file system does is in the result."""
        return self._look(max_bytes, final=False)

    def settle(self) -> Batch:
        """The points of an unfinished last line or record, as if the log ended here.

        `poll` does this for a log at rest. Should the line grow into something else, the next `poll`
        says reset: points are never given twice, and never stay wrong.
        """
        if self._parser is None or self._settled_at == self.offset:
            return EMPTY
        self._settled_at = self.offset
        parser = self._parser
        _, last = guarded_call(parser, lambda: copy.deepcopy(parser).finish(), self.offset, 0)
        columns = tuple(column for column in last.columns if len(column))
        new = _without(self._given, columns)
        if new is None:
            return EMPTY
        self._given = columns
        return Batch(new)

    def finish(self) -> Batch:
        """What is left when the log will not grow: its unfinished last line or record."""
        batches = []
        more = self._parser is None
        while more:  # its format may be told only now that its first line is all there will be
            result = self._look(PIECE_BYTES, final=True)
            batches.append(result.batch)
            more = result.more
        if self._parser is None:
            if self._size and self.unreadable in ("", NO_FORMAT):
                batches.append(self._trouble(NO_FORMAT))
            return join(batches)
        self._parser, last = guarded_call(self._parser, self._parser.finish, self.offset, 0)
        columns = _without(self._given, last.columns)
        self._given, self._settled_at = (), self.offset
        self._place.closed = True
        return join([*batches, said_of(self.path, replace(last, columns=columns or ()))])

    # -- one turn ----------------------------------------------------------------------------------

    def _look(self, max_bytes: int, *, final: bool) -> TailResult:
        try:
            facts = os.stat(self.path)  # noqa: PTH116 - rounds over thousands of logs
            if not stat.S_ISREG(facts.st_mode):
                return self._refuse(facts)
            final = final or self._rests(facts)
            if self._stamp == (_stamp(facts), final):
                return TailResult(size=facts.st_size)
            with FileIO(self.path, opener=open_for_reading) as file:
                return self._turn(file, max_bytes, final=final)
        except (FileNotFoundError, NotADirectoryError):
            self._stamp, self.unreadable = None, ""
            return TailResult(missing=True)
        except OSError as error:
            number = error.errno or 0
            return self._blocked(_REASONS.get(number) or os.strerror(number).lower())
        except ValueError:
            return self._blocked("its name holds a NUL character")

    def _rests(self, facts: os.stat_result) -> bool:
        # Two clocks: a file server's may be behind ours, and then every log looks old.
        return (
            time.time() - facts.st_mtime >= REST_SECONDS and time.monotonic() - self._grew_at >= REST_SECONDS
        )

    def _turn(self, file: FileIO, max_bytes: int, *, final: bool) -> TailResult:
        reset, before = False, self.offset
        for _ in range(2):
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):  # replaced since it was looked at
                return self._refuse(facts)
            batch = self._advance(file, facts, max_bytes, final=final)
            if batch is not None:
                break
            reset, before = reset or self.offset > 0, 0
            self.rewind()
        else:  # written anew once more, while it was read
            return TailResult(reset=True, more=True, size=facts.st_size)
        more = self._parser is not None and self.offset < facts.st_size
        again = more or self._place.doubted or _is_recent(facts)
        self._stamp = None if again else (_stamp(facts), final)
        if final and self._choice.hopeless:
            batch = self._trouble(NO_FORMAT)
        elif final and not more and self.offset % PAGE_BYTES:
            batch = join([batch, self.settle()])
        read = self.offset - before
        changed_at = facts.st_mtime if read else None
        return TailResult(batch, reset, more, read=read, size=facts.st_size, changed_at=changed_at)

    def _advance(self, file: FileIO, facts: os.stat_result, max_bytes: int, *, final: bool) -> Batch | None:
        """Read on; None where what was read before, or is read now, does not hold."""
        known = self._place.identity is not None
        rests = self.offset >= facts.st_size and not _is_recent(facts)
        if not self._place.holds(file, facts, rests=rests):
            return None
        if known and facts.st_size > self._size:
            self._grew_at = time.monotonic()
        self._size = facts.st_size
        if self._choose(file, facts.st_size, final=final) and self.offset:
            return None
        return self._read(file, max(0, min(max_bytes, facts.st_size - self.offset)))

    def _choose(self, file: FileIO, size: int, *, final: bool) -> bool:
        """See to it that there is a parser as soon as the format can be told; says if it is another."""
        changed = False
        while wanted := self._choice.wanted(size, final=final):
            changed = self._choice.consider(head_of(file, wanted), final=final) or changed
        self.unreadable = NO_FORMAT if self._choice.hopeless else ""
        self._said = self._said if self._choice.hopeless else ""
        if self._choice.format is not None and (self._parser is None or changed):
            self._parser = self._choice.format.make_parser(self.path)
            if self._on_image is not None and isinstance(self._parser, CarriesImages):
                self._parser.show_images(self._on_image, copy=False)
        return changed

    def _read(self, file: FileIO, budget: int) -> Batch | None:
        """Feed the next `budget` bytes; None where the log turns out to be written anew."""
        if self._parser is None:
            return EMPTY
        batches: list[Batch] = []
        while True:
            goes_on = bool(self._given) and self.offset == self._settled_at
            piece = self._place.take(file, min(budget, PIECE_BYTES))
            if piece is None or (goes_on and piece and piece[0] not in b"\r\n"):
                return None
            if not piece:
                return join(batches)
            budget -= len(piece)
            parser = self._parser
            step = partial(parser.feed, piece)
            self._parser, batch = guarded_call(parser, step, self.offset - len(piece), len(piece))
            if self._given and batch.points:
                columns = _without(self._given, batch.columns)
                if columns is None:
                    return None
                self._given = ()
                batch = replace(batch, columns=columns)
            batches.append(said_of(self.path, batch))

    # -- what is in the way ------------------------------------------------------------------------

    def _refuse(self, facts: os.stat_result) -> TailResult:
        return self._blocked(f"it is {kind_of(facts)}, not a file: not opened")

    def _blocked(self, reason: str) -> TailResult:
        self._stamp = None
        return TailResult(self._trouble(reason), size=self._size)

    def _trouble(self, reason: str) -> Batch:
        """A fault, once for as long as the reason stands."""
        self.unreadable = reason
        if reason == self._said:
            return EMPTY
        self._said = reason
        return Batch(faults=(Fault(self.offset, 0, reason, self.path),))


def kind_of(facts: os.stat_result) -> str:
    """What something that is no regular file is, for people."""
    return next((kind for test, kind in _KINDS if test(facts.st_mode)), "no file")


def _is_recent(facts: os.stat_result) -> bool:
    """Whether another change may not show in the file's times."""
    return time.time() - max(facts.st_mtime, facts.st_ctime) < RACY_SECONDS


def _stamp(facts: os.stat_result) -> tuple[int, ...]:
    return (*identity(facts), facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


def said_of(path: str, batch: Batch) -> Batch:
    """The batch with its faults said of the log at `path`."""
    return replace(batch, faults=tuple(f.within(path) for f in batch.faults)) if batch.faults else batch


def _without(given: tuple[Column, ...], columns: tuple[Column, ...]) -> tuple[Column, ...] | None:
    """`columns` without the points that were `given` of them already; None where they differ."""
    rest = {column.name: column for column in columns}
    named_only = {column.name for column in columns if not len(column)}
    for old in given:
        new, count = rest.get(old.name), len(old)
        if new is None or not _same(old, _cut(new, slice(0, count))):
            return None
        rest[old.name] = _cut(new, slice(count, None))
    return tuple(column for column in rest.values() if len(column) or column.name in named_only)


def _cut(column: Column, part: slice) -> Column:
    walls = None if column.wall_times is None else column.wall_times[part]
    return Column(column.name, column.steps[part], column.values[part], walls)


def _same(one: Column, other: Column) -> bool:
    return np.array_equal(one.steps, other.steps) and np.array_equal(one.values, other.values, equal_nan=True)
