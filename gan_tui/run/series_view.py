"""A frozen series, with a min/max pyramid for drawing millions of points."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from gan_tui.logs.model import Floats, Ints
from gan_tui.run.growable import Growable

FAN_OUT = 32
"""Points (or blocks) per block of the next level; measured best of 8 to 128 for 10M points."""


class Pyramid:
    """Min and max of blocks of 32, 32**2, ... values of one series; non-finite values are ignored.

    Built when a chart needs it, since most of a thousand runs are never drawn. A block without a finite
    value is NaN in both. Belongs to the drawing thread.
    """

    __slots__ = ("_levels",)

    def __init__(self) -> None:
        self._levels: list[tuple[Growable, Growable]] = []

    def levels(self, values: Floats) -> list[tuple[Floats, Floats]]:
        """Return (mins, maxs) of every level, finest first, read-only.

        Args:
            values: All values of the series at some time, shape (n,). Each block is computed once.
        """
        self._extend(values)
        levels = []
        blocks = len(values) // FAN_OUT
        for low, high in self._levels:
            if not blocks:  # built for more values than these
                break
            levels.append((low.view()[:blocks], high.view()[:blocks]))
            blocks //= FAN_OUT
        return levels

    def _extend(self, values: Floats) -> None:
        lows, highs = values, values
        level = 0
        while len(lows) >= FAN_OUT:
            if level == len(self._levels):
                self._levels.append((Growable(np.float64), Growable(np.float64)))
            low, high = self._levels[level]
            begin, end = len(low) * FAN_OUT, len(lows) // FAN_OUT * FAN_OUT
            if end > begin:
                new_lows, new_highs = lows[begin:end], highs[begin:end]
                if level == 0:
                    finite = np.isfinite(new_lows)
                    if not finite.all():
                        new_lows = new_highs = np.where(finite, new_lows, np.nan)
                low.extend(_reduce_blocks(np.fmin, new_lows))
                high.extend(_reduce_blocks(np.fmax, new_highs))
            lows, highs = low.view(), high.view()
            level += 1


class SeriesView(Struct, frozen=True, eq=False):
    """The points of a series at one moment, as read-only arrays that never change.

    Views are compared by identity, not point by point.
    """

    name: str
    steps: Ints
    """Shape (n,); sorted within each segment."""
    values: Floats
    """Shape (n,)."""
    wall_times: Floats | None
    """Seconds since the Unix epoch, shape (n,), or None if the log has no times."""
    segments: tuple[int, ...]
    """Index at which each segment begins; (0,) without a restart, () without points."""
    nonfinite: Ints
    """Indices of NaN and infinite values, ascending."""
    pyramid: Pyramid
    """Min and max of blocks, shared by all views of the series."""

    def __len__(self) -> int:
        return len(self.values)

    def segment_bounds(self) -> list[tuple[int, int]]:
        """Return [begin, end) index pairs of the segments."""
        ends = (*self.segments[1:], len(self))
        return list(zip(self.segments, ends, strict=True))

    def envelope(self, edges: Ints) -> tuple[Floats, Floats]:
        """Return min and max of the finite values between consecutive indices.

        Every value is in exactly one column, so no spike is lost. On long series an edge may be off by
        one pyramid block, at most a quarter of a column.

        Args:
            edges: Ascending indices into the series, shape (columns + 1,).

        Returns:
            Two arrays of shape (columns,); NaN for a column without a finite value.
        """
        begin, end = int(edges[0]), int(edges[-1])
        columns = len(edges) - 1
        coarse = end - begin >= FAN_OUT * 4 * columns
        levels = self.pyramid.levels(self.values) if coarse else []
        level, size = -1, 1
        while level + 1 < len(levels) and (end - begin) >= size * FAN_OUT * 4 * columns:
            level, size = level + 1, size * FAN_OUT
        if level < 0:
            part = self.values[begin:end]
            if len(self.nonfinite) and not np.isfinite(part).all():
                part = np.where(np.isfinite(part), part, np.nan)
            return _reduce(part, part, edges - begin)
        lows, highs = levels[level]
        # Points before the first and after the last whole block are added one by one.
        first, last = -(-begin // size), min(end // size, len(lows))
        inner = np.clip(edges // size, first, last)
        low, high = _reduce(lows[first:last], highs[first:last], inner - first)
        _widen(low, high, 0, self.values[begin : first * size])
        _widen(low, high, columns - 1, self.values[last * size : end])
        return low, high


def _reduce_blocks(reduce: np.ufunc, values: Floats) -> Floats:
    """Return `reduce` of each block of `FAN_OUT` values."""
    # By halves: numpy reduces short rows at a third of this speed.
    size = FAN_OUT
    while size > 1:
        values = reduce(values[0::2], values[1::2])
        size //= 2
    return values


def _reduce(lows: Floats, highs: Floats, edges: Ints) -> tuple[Floats, Floats]:
    """Return fmin and fmax between consecutive edges; NaN for an empty column."""
    low = np.full(len(edges) - 1, np.nan)
    high = low.copy()
    filled = edges[1:] > edges[:-1]
    if filled.any():
        starts = edges[:-1][filled]
        stop = int(edges[-1])
        low[filled] = np.fmin.reduceat(lows[:stop], starts)
        high[filled] = np.fmax.reduceat(highs[:stop], starts)
    return low, high


def _widen(low: Floats, high: Floats, column: int, values: Floats) -> None:
    """Extend one column's min and max by `values`."""
    finite = values[np.isfinite(values)]
    if len(finite):
        low[column] = np.fmin(low[column], finite.min())
        high[column] = np.fmax(high[column], finite.max())
