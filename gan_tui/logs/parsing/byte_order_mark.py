"""Byte order marks: what they say of a log's encoding, and the log's bytes as UTF-8."""

from __future__ import annotations

import codecs

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class MarkedBytes:
    """Takes the byte order mark off a log; one in UTF-16 is turned into UTF-8 as it comes."""

    def __init__(self) -> None:
        self.skipped = 0
        """Bytes of the mark, where the rest of the log is passed on as it is."""
        self._start: bytes | None = b""
        self._decoder: codecs.IncrementalDecoder | None = None

    @property
    def plain(self) -> bool:
        """Whether all that comes now is passed on as it is."""
        return self._start is None and self._decoder is None

    def feed(self, data: bytes) -> bytes:
        """The bytes that `data` adds, without the mark."""
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
        """What is left: a log too short to tell whether it begins with a mark."""
        start, self._start = self._start or b"", None
        if self._decoder is not None:
            return self._decoder.decode(b"", final=True).encode("utf-8", "replace")
        return b"" if start in _UTF16_MARKS else start
