"""Split bytes into lines: all line endings, redrawn progress bars, blocks of NUL, bounded length."""

from __future__ import annotations

import re
from typing import NamedTuple

from gan_tui.logs.model import Buffer, Fault
from gan_tui.logs.parsing.byte_order_mark import MarkedBytes

MAX_LINE_BYTES = 4 * 1024 * 1024
"""A longer line is skipped with a fault, so that memory stays bounded."""

# A carriage return redraws a progress bar, old Keras bars erase with backspaces; both end a line.
_PIECE = re.compile(rb"[^\r\n\x08\0]+|\0+")
_ENDINGS = b"\r\n\x08\0"

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movement
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)"  # OSC and other strings, up to their terminator
    r"|\x1b[ -/]*[0-~]?"  # all other escapes
    r"|\x9b[0-?]*[ -/]*[@-~]"  # the one-character CSI
)


class Line(NamedTuple):
    """One line without its ending."""

    offset: int
    """Byte offset of its first byte in the log."""
    data: bytes
    """Its bytes, never empty."""

    @property
    def text(self) -> str:
        """The line as plain text: UTF-8 with replacements, without terminal escapes."""
        return plain(self.data.decode("utf-8", "replace"))


def plain(text: str) -> str:
    """Return `text` without terminal escape sequences."""
    if "\x1b" in text or "\x9b" in text:
        return _ESCAPES.sub("", text)
    return text


class LineSplitter:
    """Splits a growing log into lines, the same lines however its bytes are cut.

    LF, CR, CRLF and backspaces end a line; empty lines are left out. A block of NUL bytes, as left by a
    full disk, a crash or a truncation under an open writer, is one fault. UTF-16 with a byte order mark,
    as PowerShell's `>` writes it, is read as well; offsets then count decoded bytes.

    Args:
        limit: Longest line in bytes; a longer one becomes a fault when it ends.
    """

    def __init__(self, limit: int = MAX_LINE_BYTES) -> None:
        self._limit = limit
        self._offset = 0
        self._pending = bytearray()
        self._pending_offset = 0
        self._length = 0  # of the unfinished line, including dropped bytes
        self._nul_offset = 0
        self._nuls = 0
        self._marked = MarkedBytes()

    @property
    def pending(self) -> bytes:
        """The unfinished last line, unless it is too long."""
        return bytes(self._pending)

    def feed(self, data: Buffer) -> list[Line | Fault]:
        """Return the lines that `data` completes, and faults, in the order of the log."""
        return self._split(self._marked.feed(bytes(data)))

    def _split(self, data: bytes) -> list[Line | Fault]:
        items: list[Line | Fault] = []
        size = len(data)
        if not size:
            return items
        base = self._offset + self._marked.skipped
        self._offset += size
        if data[0] != 0:
            self._end_nuls(items)
        if data[0] in _ENDINGS:
            self._end_line(items)
        for piece in _PIECE.finditer(data):
            begin, end = piece.span()
            if data[begin] == 0:
                self._nul_offset = self._nul_offset if self._nuls else base + begin
                self._nuls += end - begin
                if end < size:
                    self._end_nuls(items)
            elif begin and end < size and end - begin <= self._limit:
                items.append(Line(base + begin, data[begin:end]))
            else:
                self._keep(base + begin, data[begin:end])
                if end < size:
                    self._end_line(items)
        return items

    def finish(self) -> list[Line | Fault]:
        """Return the unfinished last line, if there is one."""
        items = self._split(self._marked.finish())
        self._end_nuls(items)
        self._end_line(items)
        return items

    def _keep(self, offset: int, piece: bytes) -> None:
        if not self._length:
            self._pending_offset = offset
        self._length += len(piece)
        if self._length <= self._limit:
            self._pending += piece
        else:
            self._pending.clear()

    def _end_line(self, items: list[Line | Fault]) -> None:
        if self._length > self._limit:
            reason = f"line longer than {self._limit:,} bytes"
            items.append(Fault(self._pending_offset, self._length, reason))
        elif self._length:
            items.append(Line(self._pending_offset, bytes(self._pending)))
        self._pending.clear()
        self._length = 0

    def _end_nuls(self, items: list[Line | Fault]) -> None:
        if self._nuls:
            items.append(Fault(self._nul_offset, self._nuls, "block of NUL bytes"))
            self._nuls = 0
