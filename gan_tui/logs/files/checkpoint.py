"""How far a log has been read, and whether the bytes already read are still the same."""

from __future__ import annotations

import os
import threading
from array import array
from io import FileIO

import numpy as np

from gan_tui.logs.parsing.crc32c import crc32c

CHUNK_BYTES = 4 << 20
"""The most bytes read at once, all into one buffer."""
COMPARED_BYTES = 2048
"""Bytes kept for comparison: the first ones of the log, and the last ones that were read."""
BLOCK_BYTES = 64 << 10
"""Size of the blocks that have a checksum each: 64 bytes of checksums for a MiB, at 17 GB/s."""
IDLE_CHECK_BYTES = 1 << 20
"""Bytes verified each time a log stops growing. After a change without growth, all are verified."""
MAX_CHECK_BYTES = 32 << 20
"""The most bytes verified in one turn."""

_local = threading.local()


class ReadCheckpoint:
    """The read position in a file, with checksums of what was read.

    A log can be rewritten in place so that its inode, its first bytes and the bytes before the read
    position stay the same. Only the bytes in between differ. Reading them again after each append would
    cost more the longer the log. So an append verifies one block, in turn (all of a log with one block).
    A change without growth is not an append, and verifies all blocks.
    """

    def __init__(self) -> None:
        self.offset = 0
        self.identity: tuple[int, int] | None = None
        self.finished = False
        """The log was declared complete; if it grows, it has to be read again from the start."""
        self._head = b""
        self._last = b""
        self._checksums = array("I")
        self._open_checksum = 0
        self._size = 0
        self._times = (0, 0)
        self._grew_since_idle = False
        self._next_block = 0
        self._blocks_to_verify = 0

    @property
    def needs_verification(self) -> bool:
        """Whether blocks remain to be verified."""
        return self._blocks_to_verify > 0

    def is_valid(self, file: FileIO, facts: os.stat_result, *, idle: bool) -> bool:
        """Return whether the file still begins with the bytes that were read, as far as is cheap to check.

        Args:
            file: The open file.
            facts: Its `fstat` result.
            idle: The file has not changed for so long that its next change will show in its times.
        """
        if self.identity is None:
            self._remember(facts)
            return True
        if self.identity != identity(facts) or facts.st_size < self.offset:
            return False
        if self.finished and facts.st_size > self.offset:
            return False
        if len(self._last) != self.offset and read_head(file, len(self._head)) != self._head:
            return False
        if facts.st_size > self._size:
            self._request_verification(1)
        elif self._times != _times(facts):
            self._request_verification(self._block_count)
        if idle and self._grew_since_idle:
            self._grew_since_idle = False
            self._request_verification(IDLE_CHECK_BYTES // BLOCK_BYTES)
        self._remember(facts)
        return not self._blocks_to_verify or self._verify_blocks(file)

    def read(self, file: FileIO, limit: int) -> memoryview | None:
        """Return the next bytes, at most `limit`; the memory is overwritten by the next call.

        Returns None if the bytes in front of them have changed since they were read.
        """
        buffer, overlap = _buffer(), len(self._last)
        window = buffer[COMPARED_BYTES - overlap : COMPARED_BYTES + limit]
        file.seek(self.offset - overlap)
        count = file.readinto(window) or 0
        if count < overlap or window[:overlap] != self._last:
            return None
        chunk = buffer[COMPARED_BYTES : COMPARED_BYTES + count - overlap]
        self._add_checksums(chunk)
        if len(self._head) < COMPARED_BYTES:
            self._head += bytes(chunk[: COMPARED_BYTES - len(self._head)])
        self._last = (self._last + bytes(chunk[-COMPARED_BYTES:]))[-COMPARED_BYTES:]
        self._grew_since_idle = self._grew_since_idle or count > overlap
        return chunk

    def _remember(self, facts: os.stat_result) -> None:
        self.identity, self._size, self._times = identity(facts), facts.st_size, _times(facts)

    # -- checksums of what was read ----------------------------------------------------------------

    @property
    def _block_count(self) -> int:
        return -(-self.offset // BLOCK_BYTES)

    def _add_checksums(self, chunk: memoryview) -> None:
        while len(chunk):
            part = chunk[: BLOCK_BYTES - self.offset % BLOCK_BYTES]
            self._open_checksum = crc32c(part, self._open_checksum)
            self.offset += len(part)
            if not self.offset % BLOCK_BYTES:
                self._checksums.append(self._open_checksum)
                self._open_checksum = 0
            chunk = chunk[len(part) :]

    def _request_verification(self, blocks: int) -> None:
        self._blocks_to_verify = min(max(self._blocks_to_verify, blocks), self._block_count)

    def _verify_blocks(self, file: FileIO) -> bool:
        """Verify some of the requested blocks; return whether they are unchanged."""
        remaining = min(self._blocks_to_verify, MAX_CHECK_BYTES // BLOCK_BYTES)
        self._blocks_to_verify -= remaining
        while remaining:
            first = self._next_block if self._next_block < self._block_count else 0
            count = min(remaining, self._block_count - first, CHUNK_BYTES // BLOCK_BYTES)
            begin, end = first * BLOCK_BYTES, min((first + count) * BLOCK_BYTES, self.offset)
            window = _buffer()[: end - begin]
            file.seek(begin)
            if file.readinto(window) != len(window):
                return False
            expected = [*self._checksums[first : first + count], self._open_checksum]
            parts = (window[at : at + BLOCK_BYTES] for at in range(0, len(window), BLOCK_BYTES))
            if any(crc32c(part) != checksum for part, checksum in zip(parts, expected, strict=False)):
                return False
            self._next_block, remaining = first + count, remaining - count
        return True


def identity(facts: os.stat_result) -> tuple[int, int]:
    """Return device and inode, which identify a file."""
    return facts.st_dev, facts.st_ino


def _times(facts: os.stat_result) -> tuple[int, int]:
    return facts.st_mtime_ns, facts.st_ctime_ns


def read_head(file: FileIO, count: int) -> bytes:
    """Return the first bytes of an open file, at most `count`."""
    file.seek(0)
    return file.read(count) or b""


def _buffer() -> memoryview:
    buffer: memoryview | None = getattr(_local, "buffer", None)
    if buffer is None:
        buffer = _local.buffer = np.empty(COMPARED_BYTES + CHUNK_BYTES, np.uint8).data
    return buffer
