"""Byte order marks: detect a log's encoding by them and convert its bytes to UTF-8."""

from __future__ import annotations

import codecs

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class MarkedBytes:
    """Removes the byte order mark of a log and converts UTF-16 to UTF-8, piece by piece."""

    def __init__(self) -> None:
        self.skipped = 0
        """Bytes of the mark if the rest of the log is returned unchanged, else 0."""
        self._start: bytes | None = b""
        self._decoder: codecs.IncrementalDecoder | None = None

    @property
    def plain(self) -> bool:
        """Whether all further bytes are returned unchanged."""
        return self._start is None and self._decoder is None

    def feed(self, data: bytes) -> bytes:
        """Return the bytes that `data` adds, without the mark."""
        if self._start is not None:
            data = self._start + data
            head = data[:3]
            if len(head) < 3 and any(mark.startswith(head) for mark in (_UTF8_MARK, *_UTF16_MARKS)):
                self._start = data
                return b""
            self._start = None
            if head[:2] in _UTF16_MARKS:
                self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
            elif head == _UTF8_MARK:
                self.skipped = 3
                data = data[3:]
        if self._decoder is None:
            return data
        return self._decoder.decode(data).encode("utf-8", "replace")

    def finish(self) -> bytes:
        """Return what is left of a log that was too short to detect a mark."""
        start, self._start = self._start or b"", None
        if self._decoder is not None:
            return self._decoder.decode(b"", final=True).encode("utf-8", "replace")
        return b"" if start in _UTF16_MARKS else start
