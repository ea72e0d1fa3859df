"""A log that comes through a pipe: `python train.py | gan-tui -`."""

from __future__ import annotations

import os
import select
import time

from gan_tui.logs.files.guard import guarded_call
from gan_tui.logs.files.tail import TailResult, said_of
from gan_tui.logs.formats.registry import HEAD_BYTES, Format, by_name
from gan_tui.logs.formats.selection import FormatSelection
from gan_tui.logs.model import EMPTY, Batch, Parser, join

PIPE_BYTES = 1 << 16
"""What a pipe holds: more cannot be waiting."""


class PipeTail:
    """Follows standard input or another pipe: what was read of it can never be read again.

    Args:
        descriptor: Of the pipe; it is read only when bytes are waiting, and left in the mode it is in.
        format: Its format; told from the content where left out, console lines where nothing tells.
    """

    path = "-"

    def __init__(self, descriptor: int = 0, format: Format | None = None) -> None:  # noqa: A002
        self.offset = 0
        self.ended = False
        """Whoever wrote into the pipe has closed it."""
        self.unreadable = ""
        self._descriptor = descriptor
        self._choice = FormatSelection("", format)
        self._parser: Parser | None = None
        self._head = bytearray()
        self._finished = False

    @property
    def format(self) -> Format | None:
        """The log's format, None until it is known."""
        return self._choice.format

    @property
    def axis(self) -> str:
        """What a step counts in this log; "" until it is known."""
        return "" if self._parser is None else self._parser.axis

    def poll(self, max_bytes: int) -> TailResult:
        """Take what is waiting, at most `max_bytes`, without waiting for more."""
        batches: list[Batch] = []
        reset, read, waiting = False, 0, self._waiting()
        while waiting and read < max_bytes:
            data = self._take(min(PIPE_BYTES, max_bytes - read))
            read += len(data)
            anew, batch = self._feed(data)
            if anew:
                batches.clear()
            reset = reset or anew
            batches.append(batch)
            waiting = self._waiting()
        self.offset += read
        if self.ended:
            batches.append(self.finish())
        at = time.time() if read else None
        return TailResult(join(batches), reset, waiting, read=read, size=self.offset, changed_at=at)

    def finish(self) -> Batch:
        """What an unfinished last line holds: nothing more will be taken from the pipe."""
        if self._finished or self._parser is None:
            return EMPTY
        self._finished = self.ended = True
        self._parser, last = guarded_call(self._parser, self._parser.finish, self.offset, 0)
        return said_of(self.path, last)

    def _waiting(self) -> bool:
        if self.ended:
            return False
        try:
            return bool(select.select([self._descriptor], [], [], 0)[0])
        except (OSError, ValueError):  # closed under us
            self.ended = True
            return False

    def _take(self, limit: int) -> bytes:
        try:
            data = os.read(self._descriptor, limit)
        except BlockingIOError:
            return b""
        except OSError as error:
            self.unreadable = os.strerror(error.errno or 0).lower()
            data = b""
        self.ended = not data
        return data

    def _feed(self, data: bytes) -> tuple[bool, Batch]:
        """Feed `data`; says whether what was given before no longer holds, since the format is another."""
        if self._parser is not None and len(self._head) >= HEAD_BYTES:
            return False, self._parse(self._parser, data)
        self._head += data
        wanted = self._choice.wanted(len(self._head), final=self.ended)
        changed = bool(wanted) and self._choice.consider(bytes(self._head[:wanted]), final=self.ended)
        if self.format is None and (self.ended or len(self._head) >= HEAD_BYTES):
            # Console output may go on for pages before the first loss.
            self._choice = FormatSelection("", by_name("text"))
        if self.format is None:
            return False, EMPTY
        if self._parser is not None and not changed:
            return False, self._parse(self._parser, data)
        again = self._parser is not None
        return again, self._parse(self.format.make_parser(""), bytes(self._head))

    def _parse(self, parser: Parser, data: bytes) -> Batch:
        self._parser, batch = guarded_call(parser, lambda: parser.feed(data), self.offset, len(data))
        return said_of(self.path, batch)
