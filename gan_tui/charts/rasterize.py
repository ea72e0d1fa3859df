"""What a line covers of each column: the points' least and greatest, and the joints between columns."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from gan_tui.charts.cache import ChartCache
from gan_tui.charts.scale import YScale
from gan_tui.charts.xaxis import Places, cut
from gan_tui.logs.model import Floats, Ints
from gan_tui.run.series_view import SeriesView


class Coverage(Struct, frozen=True):
    """The part of each column that a line passes through, as shares of the height.

    NaN where the line leaves a gap. A drawing of it is exact: a spike between two columns of calm is
    as tall as it was, a sparse curve is a joined line, a dense one a filled band.
    """

    low: Floats
    high: Floats


class Stretch(Struct, frozen=True):
    """One segment of a series, cut into columns."""

    view: SeriesView
    places: Places
    """x of every point of the series."""
    begin: int
    """First index of the segment."""
    end: int
    """Index after its last."""
    bounds: Floats
    """x borders of the columns, shape (columns + 1,)."""
    edges: Ints
    """Index borders of the columns, likewise."""
    low: Floats
    """Least finite value of each column, shape (columns,); NaN where it has none."""
    high: Floats
    """Greatest one, likewise."""

    @classmethod
    def of(cls, view: SeriesView, places: Places, begin: int, end: int, bounds: Floats) -> Stretch:
        """The segment begin .. end - 1 with its columns."""
        edges = cut(places, begin, end, bounds)
        return cls(view, places, begin, end, bounds, edges, *view.envelope(edges))

    def heights(self, scale: YScale) -> Floats:
        """Where the least and the greatest values lie, shape (2, columns)."""
        return scale.position(np.array((self.low, self.high)))


def raw_coverage(stretch: Stretch, scale: YScale, heights: Floats | None = None) -> Coverage:
    """Coverage of a segment's points as logged.

    Args:
        stretch: The segment.
        scale: The y axis.
        heights: Those of the segment, where they have been worked out already.
    """
    view, places, edges = stretch.view, stretch.places, stretch.edges
    low, high = stretch.heights(scale) if heights is None else heights
    before, after = edges - 1, edges
    joined = (before >= stretch.begin) & (after < stretch.end)
    before, after = before[joined], after[joined]
    joint = np.full(len(edges), np.nan)
    pairs = np.array((before, after))
    (x0, x1), (y0, y1) = places[pairs].astype(np.float64), scale.position(view.values[pairs])
    joint[joined] = _between(x0, y0, x1, y1, stretch.bounds[joined])
    return _covered(low, high, joint)


def smooth_coverage(stretch: Stretch, scale: YScale, weight: float, memory: ChartCache) -> Coverage:
    """Coverage of the smoothed line, with one vertex at the last point of each column.

    The line passes over single NaNs, as TensorBoard's does, but not over columns that hold nothing
    finite.

    Args:
        stretch: The segment.
        scale: The y axis.
        weight: As for `smoothing.smooth_at`.
        memory: Keeps what was averaged.
    """
    view, edges, begin, end = stretch.view, stretch.edges, stretch.begin, stretch.end
    columns = len(edges) - 1
    held = (edges[1:] > edges[:-1]).nonzero()[0]
    ends = edges[1:][held]
    if edges[0] > begin:  # the line comes in from the left
        held, ends = np.concatenate(([-1], held)), np.concatenate((edges[:1], ends))
    if edges[-1] < end:  # and goes on to the right
        held, ends = np.concatenate((held, [columns])), np.concatenate((ends, edges[-1:] + 1))
    if not len(ends):
        return Coverage(np.full(columns, np.nan), np.full(columns, np.nan))
    heights = scale.position(memory.smooth(view, begin, ends, weight))
    if len(view.nonfinite):
        heights[_all_nonfinite(view, np.append(begin, ends[:-1]), ends)] = np.nan
    at = stretch.places[ends - 1].astype(np.float64)
    # For each border: the vertices on both sides of it.
    after = held.searchsorted(np.arange(columns + 1))
    inside = (after > 0) & (after < len(held))
    after = after[inside]
    joint = np.full(columns + 1, np.nan)
    joint[inside] = _between(
        at[after - 1], heights[after - 1], at[after], heights[after], stretch.bounds[inside]
    )
    own = np.full(columns, np.nan)
    within = (held >= 0) & (held < columns)
    own[held[within]] = heights[within]
    return _covered(own, own, joint)


def _all_nonfinite(view: SeriesView, starts: Ints, ends: Ints) -> np.ndarray:
    """Where every point between a start and its end is NaN or infinite."""
    bad = np.searchsorted(view.nonfinite, ends) - np.searchsorted(view.nonfinite, starts)
    return bad >= ends - starts


def _between(x0: Floats, y0: Floats, x1: Floats, y1: Floats, x: Floats) -> Floats:
    """Height at x of the straight line through two points; NaN where one of them is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(x1 > x0, (x - x0) / (x1 - x0), 0.5)
        # Not np.clip: on a few hundred values it takes longer than all the rest.
        np.maximum(share, 0.0, out=share)
        np.minimum(share, 1.0, out=share)
        heights: Floats = y0 + (y1 - y0) * share
        return heights


def _covered(low: Floats, high: Floats, joint: Floats) -> Coverage:
    return Coverage(
        np.fmin(low, np.fmin(joint[:-1], joint[1:])), np.fmax(high, np.fmax(joint[:-1], joint[1:]))
    )
