"""Read a log from a pipe: `python train.py | gan-tui -`."""

from __future__ import annotations

import os
import select
import time

from gan_tui.logs.files.guard import guarded_call
from gan_tui.logs.files.tail import TailResult, with_path
from gan_tui.logs.formats.registry import HEAD_BYTES, Format, by_name
from gan_tui.logs.formats.selection import FormatSelection
from gan_tui.logs.model import EMPTY, Batch, Parser, join

PIPE_BYTES = 1 << 16
"""Capacity of a pipe: more bytes cannot be waiting."""


class PipeTail:
    """Follows standard input or another pipe. Bytes read from it cannot be read again.

    Args:
        descriptor: Of the pipe. It is read only when bytes are waiting; its mode is not changed.
        format: Its format. If omitted, it is detected from the content, and falls back to console lines.
    """

    path = "-"

    def __init__(self, descriptor: int = 0, format: Format | None = None) -> None:  # noqa: A002
        self.offset = 0
        self.ended = False
        """Whether the writer has closed the pipe."""
        self.unreadable = ""
        self._descriptor = descriptor
        self._selection = FormatSelection("", format)
        self._parser: Parser | None = None
        self._head = bytearray()
        self._finished = False

    @property
    def format(self) -> Format | None:
        """The log's format, or None while it is unknown."""
        return self._selection.format

    @property
    def axis(self) -> str:
        """What a step counts in this log; "" while that is unknown."""
        return "" if self._parser is None else self._parser.axis

    def poll(self, max_bytes: int) -> TailResult:
        """Read the bytes that are waiting, at most `max_bytes`, without waiting for more."""
        batches: list[Batch] = []
        reset, byte_count, waiting = False, 0, self._has_data()
        while waiting and byte_count < max_bytes:
            data = self._read(min(PIPE_BYTES, max_bytes - byte_count))
            byte_count += len(data)
            restarted, batch = self._feed(data)
            if restarted:
                batches.clear()
            reset = reset or restarted
            batches.append(batch)
            waiting = self._has_data()
        self.offset += byte_count
        if self.ended:
            batches.append(self.finish())
        changed_at = time.time() if byte_count else None
        return TailResult(
            join(batches), reset, waiting, read=byte_count, size=self.offset, changed_at=changed_at
        )

    def finish(self) -> Batch:
        """Return the points of an unfinished last line; nothing more is read from the pipe."""
        if self._finished or self._parser is None:
            return EMPTY
        self._finished = self.ended = True
        self._parser, batch = guarded_call(self._parser, self._parser.finish, self.offset, 0)
        return with_path(batch, self.path)

    def _has_data(self) -> bool:
        if self.ended:
            return False
        try:
            return bool(select.select([self._descriptor], [], [], 0)[0])
        except (OSError, ValueError):  # the descriptor was closed elsewhere
            self.ended = True
            return False

    def _read(self, limit: int) -> bytes:
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
        """Parse `data`; return also whether earlier batches are void because the format changed."""
        if self._parser is not None and len(self._head) >= HEAD_BYTES:
            return False, self._parse(self._parser, data)
        self._head += data
        needed = self._selection.bytes_needed(len(self._head), final=self.ended)
        changed = bool(needed) and self._selection.examine(bytes(self._head[:needed]), final=self.ended)
        if self.format is None and (self.ended or len(self._head) >= HEAD_BYTES):
            # Console output may run to pages before the first loss.
            self._selection = FormatSelection("", by_name("text"))
        if self.format is None:
            return False, EMPTY
        if self._parser is not None and not changed:
            return False, self._parse(self._parser, data)
        restarted = self._parser is not None
        return restarted, self._parse(self.format.make_parser(""), bytes(self._head))

    def _parse(self, parser: Parser, data: bytes) -> Batch:
        self._parser, batch = guarded_call(parser, lambda: parser.feed(data), self.offset, len(data))
        return with_path(batch, self.path)
