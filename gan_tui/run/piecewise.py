"""An array made of ranges of another array, without a copy: the current points of a series after restarts."""

from __future__ import annotations

from typing import Literal

import numpy as np
from msgspec import Struct

from gan_tui.logs.model import Ints


class IndexRanges(Struct, frozen=True, eq=False):
    """Which ranges of a series are current."""

    starts: Ints
    """Index of the first current point of each range, counted among the current points, shape (k,)."""
    shifts: Ints
    """Index in the series minus index among the current points, for each range, shape (k,)."""

    def common_length(self, other: IndexRanges) -> int | None:
        """Return how many current points from the first are the same in both; None for all of the shorter."""
        count = min(len(self.starts), len(other.starts))
        same = (self.starts[:count] == other.starts[:count]) & (self.shifts[:count] == other.shifts[:count])
        first = count if same.all() else int(same.argmin())
        return min((int(r.starts[first]) for r in (self, other) if first < len(r.starts)), default=None)


WHOLE = IndexRanges(np.zeros(1, np.int64), np.zeros(1, np.int64))
"""The range of a series without a restart."""


class PiecewiseArray:
    """Ranges of an array as one read-only array.

    Keeps a resumed run of millions of points from being stored twice. Supports what the diagnosis
    needs: length, indices, slices and binary search.

    Args:
        base: The array, shape (n,).
        ranges: The ranges of `base`.
        length: Total number of points in them.
    """

    __slots__ = ("_base", "_length", "ranges")

    def __init__(self, base: np.ndarray, ranges: IndexRanges, length: int) -> None:
        self._base = base
        self._length = length
        self.ranges = ranges

    def __len__(self) -> int:
        return self._length

    def __array__(self, dtype: np.typing.DTypeLike | None = None, copy: bool | None = None) -> np.ndarray:
        """Return all points in one array."""
        array = np.asarray(self[:], dtype=dtype)
        return array.copy() if copy else array

    def __getitem__(self, key: int | slice | Ints) -> np.ndarray:
        """Return a point, a slice, or the points at non-negative indices of any shape.

        A slice within one range is a view, any other a copy.

        Raises:
            IndexError: An index is out of bounds.
        """
        if isinstance(key, slice):
            return self._slice(*key.indices(self._length))
        if isinstance(key, np.ndarray):
            index, valid = key, not key.size or int(key.max()) < self._length
        else:
            index = np.array(key + self._length if key < 0 else key)
            valid = -self._length <= key < self._length
        if not valid:
            raise IndexError(f"index {key} is out of bounds for {self._length} points")
        which = np.searchsorted(self.ranges.starts, index, side="right") - 1
        points: np.ndarray = self._base[index + self.ranges.shifts[which]]
        return points

    def _slice(self, start: int, stop: int, step: int) -> np.ndarray:
        if step != 1:
            return self[np.arange(start, stop, step)]
        if stop <= start:
            return self._base[:0]
        starts, shifts = self.ranges.starts, self.ranges.shifts
        first, last = (int(i) for i in np.searchsorted(starts, [start, stop - 1], side="right") - 1)
        edges = [start, *starts[first + 1 : last + 1].tolist(), stop]
        parts = [
            self._base[begin + shift : end + shift]
            for begin, end, shift in zip(
                edges[:-1], edges[1:], shifts[first : last + 1].tolist(), strict=True
            )
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def searchsorted(
        self, v: np.typing.ArrayLike, side: Literal["left", "right"] = "left", sorter: None = None
    ) -> Ints:
        """Return insertion indices into ascending points; `numpy.searchsorted` calls this."""
        assert sorter is None
        values = np.asarray(v)
        starts, shifts = self.ranges.starts, self.ranges.shifts
        which = np.maximum(np.searchsorted(self._base[starts + shifts], values, side="right") - 1, 0)
        indices = np.zeros(values.shape, np.int64)
        for index in sorted(set(which.ravel().tolist())):
            begin = int(starts[index])
            end = int(starts[index + 1]) if index + 1 < len(starts) else self._length
            shift, here = int(shifts[index]), which == index
            indices[here] = begin + np.searchsorted(
                self._base[begin + shift : end + shift], values[here], side
            )
        return indices

    def head(self, count: int) -> PiecewiseArray:
        """Return the first `count` points, without a copy."""
        ranges = max(1, int(np.searchsorted(self.ranges.starts, count)))
        return PiecewiseArray(
            self._base, IndexRanges(self.ranges.starts[:ranges], self.ranges.shifts[:ranges]), count
        )
