"""Append-only arrays, and the memory that large ones share."""

from __future__ import annotations

import mmap
from contextlib import suppress

import numpy as np

MAPPED_BYTES = 1 << 20
"""Arrays of so many bytes are kept out of the allocator's hands."""
LARGE_BYTES, MOST_LARGE_BYTES = 4 << 20, 64 << 20
"""From so many bytes to so many a log is worth large pages, of 2 MB with Linux.

Such a page costs a tenth of the 512 small ones that it holds. But a virtual machine may have given back to
its host what it had free of them, all but a few: then 480 MB took 1.6 s, and 0.3 on small pages.
"""
_ALIGNED = 64


def _pages(size: int) -> mmap.mmap:
    """So many bytes on pages of their own."""
    try:
        return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except OSError as error:
        raise MemoryError(size) from error


class SharedRoom:
    """Room for arrays that are filled side by side and left together, as those of the series of a large log.

    It lies on large pages where the system has them.

    Args:
        size: In bytes.
    """

    def __init__(self, size: int) -> None:
        self._pages = _pages(size)
        self._size = size
        self._taken = 0
        advice = getattr(mmap, "MADV_HUGEPAGE", None)
        if advice is not None:
            with suppress(OSError):  # a kernel without them
                self._pages.madvise(advice)

    def take(self, count: int, dtype: np.dtype[np.generic]) -> np.ndarray | None:
        """An empty array, shape (count,), or None where there is not so much room left."""
        begin = self._taken
        end = begin + count * dtype.itemsize
        if end > self._size:
            return None
        self._taken = -(-end // _ALIGNED) * _ALIGNED
        return np.frombuffer(self._pages, dtype, count, begin)


def _room(count: int, dtype: np.dtype[np.generic]) -> np.ndarray:
    """An empty array, shape (count,); a large one on pages of its own, which go back to the system with it.

    What the allocator lends out it may keep: it learns from each large array given back to take the next
    one from its heap, where small ones soon lie between, and a run that grew for weeks would hold the room
    of all its earlier arrays.
    """
    size = count * dtype.itemsize
    if size < MAPPED_BYTES:
        return np.empty(count, dtype)
    return np.frombuffer(_pages(size), dtype, count)


class Growable:
    """An append-only array that doubles.

    A view handed out stays valid and unchanged: growing moves to a new buffer, and what lies below
    the length at the time of the view is never written again.
    """

    __slots__ = ("_buffer", "length")

    def __init__(self, dtype: type[np.generic]) -> None:
        self._buffer = np.empty(0, dtype)
        self.length = 0
        """As `len` says; of a watched run it is asked dozens of times a frame."""

    def __len__(self) -> int:
        return self.length

    def extend(self, values: np.ndarray, ahead: int = 0, shared: SharedRoom | None = None) -> None:
        """Append `values`, shape (k,).

        Args:
            values: What to append.
            ahead: So many more are about to come. Room that is not written to costs no memory.
            shared: Room to take if more is needed, as long as there is enough.
        """
        need = self.length + len(values)
        if need > len(self._buffer):
            # The first big piece is taken as the whole log: no slack until something is appended.
            grown = max(need, len(self._buffer) * 3 // 2, 64) if self.length and not ahead else need
            room = grown + ahead
            dtype = self._buffer.dtype
            taken = None if shared is None else shared.take(room, dtype)
            buffer = _room(room, dtype) if taken is None else taken
            buffer[: self.length] = self._buffer[: self.length]
            self._buffer = buffer
        self._buffer[self.length : need] = values
        self.length = need

    def append(self, value: np.generic) -> None:
        """Append one value; makes room for more."""
        if self.length == len(self._buffer):
            self.extend(np.array([value]))
            return
        self._buffer[self.length] = value
        self.length += 1

    def goes_on(self, place: int, value: np.generic) -> bool:
        """Have `value` at a place, where it is not below the one before; says whether it is there now.

        The place is one that is held, or the next one; it is not the first.
        """
        if value < self._buffer[place - 1]:
            return False
        if self.length == place:
            self.append(value)
            return True
        return bool(self._buffer[place] == value)

    def upto(self, count: int) -> Growable:
        """Another one, which begins with a copy of the first `count` values."""
        other = Growable(self._buffer.dtype.type)
        other.extend(self._buffer[: min(count, self.length)])
        return other

    def view(self) -> np.ndarray:
        """What is held so far, read-only, shape (n,)."""
        view = self._buffer[: self.length]
        view.flags.writeable = False
        return view
