"""What stands of a series after restarts, read where it lies: stretches of one array."""

from __future__ import annotations

from typing import Literal

import numpy as np
from msgspec import Struct

from gan_tui.logs.model import Ints


class Stretches(Struct, frozen=True, eq=False):
    """Which points of a series stand, and where they lie in it."""

    at: Ints
    """Where each stretch begins among the points that stand, shape (k,); ascending from 0."""
    shift: Ints
    """How much further on its points lie in the series, shape (k,)."""

    def common(self, other: Stretches) -> int | None:
        """Up to where both take the same points of one series; None where nothing parts them."""
        count = min(len(self.at), len(other.at))
        same = (self.at[:count] == other.at[:count]) & (self.shift[:count] == other.shift[:count])
        first = count if same.all() else int(same.argmin())
        parts = [int(s.at[first]) for s in (self, other) if first < len(s.at)]
        return min(parts, default=None)


WHOLE = Stretches(np.zeros(1, np.int64), np.zeros(1, np.int64))
"""A series without a restart."""


class PiecewiseArray:
    """Stretches of an array as if they had been copied into one, read-only.

    A resumed run of millions of points would be held twice otherwise. It does what judges ask of an
    array: its length, points by index, slices, and places among ascending values.

    Args:
        whole: The array that they are stretches of, shape (n,).
        stretches: Which of its points.
        length: How many points there are in all.
    """

    __slots__ = ("_length", "_whole", "stretches")

    def __init__(self, whole: np.ndarray, stretches: Stretches, length: int) -> None:
        self._whole = whole
        self._length = length
        self.stretches = stretches

    def __len__(self) -> int:
        return self._length

    def __array__(self, dtype: np.typing.DTypeLike | None = None, copy: bool | None = None) -> np.ndarray:
        """All of it in one array."""
        found = np.asarray(self[:], dtype=dtype)
        return found.copy() if copy else found

    def __getitem__(self, key: int | slice | Ints) -> np.ndarray:
        """A point, a slice, or the points at indices of any shape, none below zero.

        A slice within one stretch is a view, any other one a copy.
        """
        if isinstance(key, slice):
            return self._slice(*key.indices(self._length))
        if isinstance(key, np.ndarray):
            if key.size and int(key.max()) >= self._length:
                message = f"index {int(key.max())} is out of bounds for {self._length} points"
                raise IndexError(message)
            return np.asarray(self._whole[self._lies(key)])
        index = key + self._length if key < 0 else int(key)
        if not 0 <= index < self._length:
            message = f"index {key} is out of bounds for {self._length} points"
            raise IndexError(message)
        found: np.ndarray = self._whole[int(self._lies(np.array(index)))]
        return found

    def _lies(self, index: Ints) -> Ints:
        """Where points lie in the whole array."""
        at, shift = self.stretches.at, self.stretches.shift
        which: Ints = np.searchsorted(at, index, side="right") - 1
        return np.asarray(index + shift[which])

    def _slice(self, start: int, stop: int, step: int) -> np.ndarray:
        if step != 1:
            return self[np.arange(start, stop, step)]
        if stop <= start:
            return self._whole[:0]
        at, shift = self.stretches.at, self.stretches.shift
        first, last = (int(i) for i in np.searchsorted(at, [start, stop - 1], side="right") - 1)
        edges = [start, *at[first + 1 : last + 1].tolist(), stop]
        parts = [
            self._whole[begin + by : end + by]
            for begin, end, by in zip(edges[:-1], edges[1:], shift[first : last + 1].tolist(), strict=True)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def searchsorted(
        self, v: np.typing.ArrayLike, side: Literal["left", "right"] = "left", sorter: None = None
    ) -> Ints:
        """As numpy's function, which calls this, does it for an ascending array."""
        assert sorter is None
        wanted = np.asarray(v)
        at, shift = self.stretches.at, self.stretches.shift
        which = np.maximum(np.searchsorted(self._whole[at + shift], wanted, side="right") - 1, 0)
        found = np.zeros(wanted.shape, np.int64)
        for index in sorted(set(which.ravel().tolist())):
            begin = int(at[index])
            end = int(at[index + 1]) if index + 1 < len(at) else self._length
            by, mine = int(shift[index]), which == index
            found[mine] = begin + np.searchsorted(self._whole[begin + by : end + by], wanted[mine], side)
        return found

    def upto(self, count: int) -> PiecewiseArray:
        """The first points, still not copied."""
        few = max(1, int(np.searchsorted(self.stretches.at, count)))
        return PiecewiseArray(
            self._whole, Stretches(self.stretches.at[:few], self.stretches.shift[:few]), count
        )
