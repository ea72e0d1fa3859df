"""How far a log has been read, and whether what was read of it still stands there."""

from __future__ import annotations

import os
import threading
from array import array
from io import FileIO

import numpy as np

from gan_tui.logs.parsing.crc32c import crc32c

PIECE_BYTES = 4 << 20
"""A file is read in pieces of at most so many bytes, all into one buffer."""
CHECK_BYTES = 2048
"""So many bytes of the log's head, and as many before the place reached, are kept for comparison."""
BLOCK_BYTES = 64 << 10
"""Of each such block that was read a checksum is kept: 64 bytes for a MiB, at 17 GB/s."""
REST_BYTES = 1 << 20
"""So much is looked at again each time a log has come to rest, and all of a log that changed unseen."""
TURN_BYTES = 32 << 20
"""At most so much is looked at again in one turn."""

_local = threading.local()


class ReadCheckpoint:
    """How far a file has been read, and what stood there.

    A log that was written anew under its old inode, with its old head and its old bytes before the
    place reached, can be told only by what lies between. To read that again at each append would cost
    more the longer the log: so an append has one block looked at, in turn (a log of one block is
    looked at whole); a change without growth is no append, and has all of them looked at.
    """

    def __init__(self) -> None:
        self.offset = 0
        self.identity: tuple[int, int] | None = None
        self.closed = False
        """It was said that this is all; should there be more, it has to be read anew."""
        self._head = b""
        self._last = b""
        self._sums = array("I")
        self._open = 0
        self._size = 0
        self._times = (0, 0)
        self._unrested = False
        self._next = 0
        self._doubted = 0

    @property
    def doubted(self) -> bool:
        """Whether there is more to look at again."""
        return self._doubted > 0

    def holds(self, file: FileIO, facts: os.stat_result, *, rests: bool) -> bool:
        """Whether the file is the one that was read, as far as can be told for little.

        Args:
            file: The file, open.
            facts: What `fstat` says of it.
            rests: It was not changed for so long that the next change will show in its times.
        """
        if self.identity is None:
            self._note(facts)
            return True
        if self.identity != identity(facts) or facts.st_size < self.offset:
            return False
        if self.closed and facts.st_size > self.offset:
            return False
        if len(self._last) != self.offset and head_of(file, len(self._head)) != self._head:
            return False
        if facts.st_size > self._size:
            self._doubt(1)
        elif self._times != _times(facts):
            self._doubt(self._blocks)
        if rests and self._unrested:
            self._unrested = False
            self._doubt(REST_BYTES // BLOCK_BYTES)
        self._note(facts)
        return not self._doubted or self._stands(file)

    def take(self, file: FileIO, limit: int) -> memoryview | None:
        """The next bytes, at most `limit`: good until the next call, and not to be kept.

        None where the bytes in front of them are not those that were read.
        """
        buffer, over = _buffer(), len(self._last)
        window = buffer[CHECK_BYTES - over : CHECK_BYTES + limit]
        file.seek(self.offset - over)
        count = file.readinto(window) or 0
        if count < over or window[:over] != self._last:
            return None
        piece = buffer[CHECK_BYTES : CHECK_BYTES + count - over]
        self._add_up(piece)
        if len(self._head) < CHECK_BYTES:
            self._head += bytes(piece[: CHECK_BYTES - len(self._head)])
        self._last = (self._last + bytes(piece[-CHECK_BYTES:]))[-CHECK_BYTES:]
        self._unrested = self._unrested or count > over
        return piece

    def _note(self, facts: os.stat_result) -> None:
        self.identity, self._size, self._times = identity(facts), facts.st_size, _times(facts)

    # -- what was read -----------------------------------------------------------------------------

    @property
    def _blocks(self) -> int:
        return -(-self.offset // BLOCK_BYTES)

    def _add_up(self, piece: memoryview) -> None:
        while len(piece):
            part = piece[: BLOCK_BYTES - self.offset % BLOCK_BYTES]
            self._open = crc32c(part, self._open)
            self.offset += len(part)
            if not self.offset % BLOCK_BYTES:
                self._sums.append(self._open)
                self._open = 0
            piece = piece[len(part) :]

    def _doubt(self, blocks: int) -> None:
        self._doubted = min(max(self._doubted, blocks), self._blocks)

    def _stands(self, file: FileIO) -> bool:
        """Look at some of the blocks that are doubted; says whether they are what they were."""
        left = min(self._doubted, TURN_BYTES // BLOCK_BYTES)
        self._doubted -= left
        while left:
            first = self._next if self._next < self._blocks else 0
            count = min(left, self._blocks - first, PIECE_BYTES // BLOCK_BYTES)
            begin, end = first * BLOCK_BYTES, min((first + count) * BLOCK_BYTES, self.offset)
            window = _buffer()[: end - begin]
            file.seek(begin)
            if file.readinto(window) != len(window):
                return False
            sums = [*self._sums[first : first + count], self._open]
            parts = (window[at : at + BLOCK_BYTES] for at in range(0, len(window), BLOCK_BYTES))
            if any(crc32c(part) != known for part, known in zip(parts, sums, strict=False)):
                return False
            self._next, left = first + count, left - count
        return True


def identity(facts: os.stat_result) -> tuple[int, int]:
    """What tells one file from another: device and inode."""
    return facts.st_dev, facts.st_ino


def _times(facts: os.stat_result) -> tuple[int, int]:
    return facts.st_mtime_ns, facts.st_ctime_ns


def head_of(file: FileIO, count: int) -> bytes:
    """The first bytes of an open file, at most `count`."""
    file.seek(0)
    return file.read(count) or b""


def _buffer() -> memoryview:
    buffer: memoryview | None = getattr(_local, "buffer", None)
    if buffer is None:
        buffer = _local.buffer = np.empty(CHECK_BYTES + PIECE_BYTES, np.uint8).data
    return buffer
