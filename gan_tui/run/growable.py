"""Append-only arrays, and where their memory comes from."""

from __future__ import annotations

import mmap

import numpy as np

MAPPED_BYTES = 1 << 20
"""Arrays of so many bytes are kept out of the allocator's hands."""


def _room(count: int, dtype: np.dtype[np.generic]) -> np.ndarray:
    """An empty array, shape (count,); a large one on pages of its own, which go back to the system with it.

    What the allocator lends out it may keep: it learns from each large array given back to take the next
    one from its heap, where small ones soon lie between, and a run that grew for weeks would hold the room
    of all its earlier arrays. Pages of the usual size: a virtual machine may have given its large free ones
    back to its host, and to have 480 MB of those takes five times as long (1.6 s) as of small ones.
    """
    size = count * dtype.itemsize
    if size < MAPPED_BYTES:
        return np.empty(count, dtype)
    try:
        pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except OSError as error:
        raise MemoryError(size) from error
    return np.frombuffer(pages, dtype, count)


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

    def extend(self, values: np.ndarray, ahead: int = 0) -> None:
        """Append `values`, shape (k,).

        Args:
            values: What to append.
            ahead: So many more are about to come. Room that is not written to costs no memory.
        """
        need = self.length + len(values)
        if need > len(self._buffer):
            # The first big piece is taken as the whole log: no slack until something is appended.
            grown = max(need, len(self._buffer) * 3 // 2, 64) if self.length and not ahead else need
            buffer = _room(grown + ahead, self._buffer.dtype)
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

    @classmethod
    def holding(cls, values: np.ndarray) -> Growable:
        """One that begins with `values`, shape (n,), which nobody else writes to: they are not copied."""
        held = cls(values.dtype.type)
        held._buffer, held.length = values, len(values)
        return held

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
