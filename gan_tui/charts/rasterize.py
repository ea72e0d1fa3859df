"""Points to coverage: the part of each column of dots that a line passes through."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from gan_tui.charts.cache import ChartCache
from gan_tui.charts.scale import YScale
from gan_tui.charts.xaxis import XValues, column_borders
from gan_tui.logs.model import Floats, Ints
from gan_tui.run.series_view import SeriesView


class Coverage(Struct, frozen=True):
    """The part of each column that a line passes through, as relative heights; NaN in gaps.

    It is exact: a spike in one column keeps its height, a sparse curve becomes a connected line, a dense
    one a filled band.
    """

    low: Floats
    high: Floats


class SegmentColumns(Struct, frozen=True):
    """One segment of a series, divided into columns."""

    view: SeriesView
    x_values: XValues
    """x of every point of the series."""
    begin: int
    """First index of the segment."""
    end: int
    """Index after the last one of the segment."""
    bounds: Floats
    """x borders of the columns, shape (columns + 1,)."""
    borders: Ints
    """Index borders of the columns, shape (columns + 1,)."""
    low: Floats
    """Smallest finite value of each column, shape (columns,); NaN if it has none."""
    high: Floats
    """Largest finite value of each column, likewise."""

    @classmethod
    def of(cls, view: SeriesView, x_values: XValues, begin: int, end: int, bounds: Floats) -> SegmentColumns:
        """Divide the segment begin .. end - 1 into columns."""
        borders = column_borders(x_values, begin, end, bounds)
        return cls(view, x_values, begin, end, bounds, borders, *view.envelope(borders))

    def heights(self, scale: YScale) -> Floats:
        """Return the relative heights of the smallest and largest values, shape (2, columns)."""
        return scale.position(np.array((self.low, self.high)))


def raw_coverage(segment: SegmentColumns, scale: YScale, heights: Floats | None = None) -> Coverage:
    """Return the coverage of a segment's points as logged.

    Args:
        segment: The segment.
        scale: The y axis.
        heights: Result of `segment.heights(scale)`, if it is known already.
    """
    view, x_values, borders = segment.view, segment.x_values, segment.borders
    low, high = segment.heights(scale) if heights is None else heights
    left, right = borders - 1, borders
    crossed = (left >= segment.begin) & (right < segment.end)
    left, right = left[crossed], right[crossed]
    crossings = np.full(len(borders), np.nan)
    pairs = np.array((left, right))
    (x0, x1), (y0, y1) = x_values[pairs].astype(np.float64), scale.position(view.values[pairs])
    crossings[crossed] = _interpolate(x0, y0, x1, y1, segment.bounds[crossed])
    return _coverage(low, high, crossings)


def smooth_coverage(segment: SegmentColumns, scale: YScale, weight: float, cache: ChartCache) -> Coverage:
    """Return the coverage of the smoothed line, with one vertex at the last point of each column.

    The line bridges single NaNs, as TensorBoard's does, but not columns without a finite value.

    Args:
        segment: The segment.
        scale: The y axis.
        weight: As for `smoothing.smooth_at`.
        cache: Keeps the averages.
    """
    view, borders, begin, end = segment.view, segment.borders, segment.begin, segment.end
    count = len(borders) - 1
    columns = (borders[1:] > borders[:-1]).nonzero()[0]
    ends = borders[1:][columns]
    if borders[0] > begin:  # the line enters from the left
        columns, ends = np.concatenate(([-1], columns)), np.concatenate((borders[:1], ends))
    if borders[-1] < end:  # the line leaves to the right
        columns, ends = np.concatenate((columns, [count])), np.concatenate((ends, borders[-1:] + 1))
    if not len(ends):
        return Coverage(np.full(count, np.nan), np.full(count, np.nan))
    heights = scale.position(cache.smooth(view, begin, ends, weight))
    if len(view.nonfinite):
        heights[_all_nonfinite(view, np.append(begin, ends[:-1]), ends)] = np.nan
    x = segment.x_values[ends - 1].astype(np.float64)
    # For each border: the vertex to its right; the one before is to its left.
    right = columns.searchsorted(np.arange(count + 1))
    crossed = (right > 0) & (right < len(columns))
    right = right[crossed]
    crossings = np.full(count + 1, np.nan)
    crossings[crossed] = _interpolate(
        x[right - 1], heights[right - 1], x[right], heights[right], segment.bounds[crossed]
    )
    vertices = np.full(count, np.nan)
    inside = (columns >= 0) & (columns < count)
    vertices[columns[inside]] = heights[inside]
    return _coverage(vertices, vertices, crossings)


def _all_nonfinite(view: SeriesView, starts: Ints, ends: Ints) -> np.ndarray:
    """Return where every point between a start and its end is NaN or infinite."""
    counts = np.searchsorted(view.nonfinite, ends) - np.searchsorted(view.nonfinite, starts)
    return counts >= ends - starts


def _interpolate(x0: Floats, y0: Floats, x1: Floats, y1: Floats, x: Floats) -> Floats:
    """Return the height at x of the line through two points; NaN if one of them is NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(x1 > x0, (x - x0) / (x1 - x0), 0.5)
        # np.clip would take longer than everything else here on a few hundred values.
        np.maximum(share, 0.0, out=share)
        np.minimum(share, 1.0, out=share)
        heights: Floats = y0 + (y1 - y0) * share
        return heights


def _coverage(low: Floats, high: Floats, crossings: Floats) -> Coverage:
    """Extend each column's range to where the line crosses the column's borders."""
    return Coverage(
        np.fmin(low, np.fmin(crossings[:-1], crossings[1:])),
        np.fmax(high, np.fmax(crossings[:-1], crossings[1:])),
    )
