"""Append-only arrays."""

from __future__ import annotations

import numpy as np


class Growable:
    """An append-only array that grows by half when it is full.

    A view handed out stays valid and unchanged: growing moves to a new buffer, and values below the
    length at the time of the view are never written again.

    Args:
        dtype: Type of the values.
    """

    __slots__ = ("_buffer", "length")

    def __init__(self, dtype: type[np.generic]) -> None:
        self._buffer = np.empty(0, dtype)
        self.length = 0
        """Number of values; the same as `len`, without the call."""

    def __len__(self) -> int:
        return self.length

    def extend(self, values: np.ndarray, expected: int = 0) -> None:
        """Append `values`, shape (k,).

        Args:
            values: The values to append.
            expected: How many more are likely to follow, so that they fit without a copy. Memory
                that is never written to costs nothing.
        """
        need = self.length + len(values)
        if need > len(self._buffer):
            # The first values may be the whole log: no slack until more follow.
            grown = max(need, len(self._buffer) * 3 // 2, 64) if self.length and not expected else need
            buffer = np.empty(grown + expected, self._buffer.dtype)
            buffer[: self.length] = self._buffer[: self.length]
            self._buffer = buffer
        self._buffer[self.length : need] = values
        self.length = need

    def append(self, value: np.generic) -> None:
        """Append one value."""
        if self.length == len(self._buffer):
            self.extend(np.array([value]))
            return
        self._buffer[self.length] = value
        self.length += 1

    def set_ascending(self, index: int, value: np.generic) -> bool:
        """Append `value`, or check that it is at `index` already; False if not, or if it is descending.

        Args:
            index: From 1 to the length.
            value: The value.
        """
        if value < self._buffer[index - 1]:
            return False
        if self.length == index:
            self.append(value)
            return True
        return bool(self._buffer[index] == value)

    def copy_head(self, count: int) -> Growable:
        """Return a new array with a copy of the first `count` values."""
        other = Growable(self._buffer.dtype.type)
        other.extend(self._buffer[: min(count, self.length)])
        return other

    def view(self) -> np.ndarray:
        """Return the values so far, read-only, shape (n,)."""
        view = self._buffer[: self.length]
        view.flags.writeable = False
        return view
