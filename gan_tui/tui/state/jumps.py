"""Positions that the cursor can jump to: restarts, spikes, changes of the badge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from gan_tui.charts.spec import SEGMENTS_DRAWN, ChartSpec
from gan_tui.charts.xaxis import Clocks, XMode, XValues
from gan_tui.logs.model import Floats
from gan_tui.run.series_view import SeriesView

MAX_BINS = 2_000
"""A segment is divided into at most this many bins, of which only the extremes are examined."""
SPIKE_DISTANCE = 6.0
"""A spike exceeds the upper quartile of the bins around it by this multiple of their interquartile range."""
NEIGHBOURS = 32
"""Number of bins on each side that a bin is compared with."""
MIN_RELATIVE_RANGE = 0.02
"""Lower bound of the interquartile range, relative to the median: a nearly constant curve has no spikes."""
MIN_FINITE_BINS = 8
TOLERANCE = 1e-10
"""Relative distance below which a position counts as the one at the cursor."""


def next_position(positions: Iterable[float], cursor: float | None, by: int) -> float | None:
    """Return the next position beyond the cursor, in the direction of `by`; None if there is none.

    Without a cursor the search starts before the first position, or after the last.
    """
    ordered = sorted(set(positions))
    if not ordered:
        return None
    if cursor is None:
        return ordered[0] if by > 0 else ordered[-1]
    tolerance = max(abs(cursor), 1.0) * TOLERANCE
    if by > 0:
        return next((p for p in ordered if p > cursor + tolerance), None)
    return next((p for p in reversed(ordered) if p < cursor - tolerance), None)


def restart_positions(spec: ChartSpec, mode: XMode, clocks: Clocks) -> list[float]:
    """Return x of the restarts of a chart's curves."""
    restarts: list[float] = []
    for curve in spec.curves:
        positions = clocks.x_values(curve.view, mode)
        if positions is not None:
            restarts += [float(positions[b]) for b in curve.view.segments[1:][-SEGMENTS_DRAWN:]]
    return restarts


def spike_positions(spec: ChartSpec, mode: XMode, clocks: Clocks) -> list[float]:
    """Return x of the points of a chart that differ sharply from those around them, or are not finite."""
    spikes: list[float] = []
    for curve in spec.curves:
        positions = clocks.x_values(curve.view, mode)
        if positions is None or not len(curve.view):
            continue
        for begin, end in curve.view.segment_bounds()[-SEGMENTS_DRAWN:]:
            spikes += _spikes_of_segment(curve.view, positions, begin, end)
    return spikes


def _spikes_of_segment(view: SeriesView, positions: XValues, begin: int, end: int) -> list[float]:
    bins = max(1, min(MAX_BINS, end - begin))
    edges = np.linspace(begin, end, bins + 1).astype(np.int64)
    low, high = view.envelope(edges)
    spike_bins = np.flatnonzero(_find_outliers(high, 1) | _find_outliers(low, -1))
    sample = view.values[begin : end : max(1, (end - begin) // MAX_BINS)]
    sample = sample[np.isfinite(sample)]
    center = float(np.median(sample)) if len(sample) else 0.0
    spikes = []
    for first, last in _consecutive(spike_bins):
        values = view.values[edges[first] : edges[last + 1]]
        distance = np.where(np.isfinite(values), np.abs(values - center), -1.0)
        spikes.append(int(edges[first]) + int(distance.argmax()))
    nonfinite = view.nonfinite[(view.nonfinite >= begin) & (view.nonfinite < end)]
    # Of consecutive points that are not finite, only the first counts.
    starts = nonfinite[np.append(True, np.diff(nonfinite) > 1)] if len(nonfinite) else nonfinite
    return [float(positions[i]) for i in (*spikes, *starts.tolist())]


def _find_outliers(extremes: Floats, sign: int) -> np.ndarray:
    """Return a mask of the bins whose extreme is far above (sign 1) or below (-1) those around it."""
    values = extremes * sign
    finite = np.isfinite(values)
    outliers = np.zeros(len(values), bool)
    if finite.sum() < MIN_FINITE_BINS:
        return outliers
    indices = np.flatnonzero(finite)
    finite_values = values[indices]
    size = min(2 * NEIGHBOURS, len(finite_values))
    stride = max(1, NEIGHBOURS // 4)
    windows = np.lib.stride_tricks.sliding_window_view(finite_values, size)[::stride]
    lower, middle, upper = np.quantile(windows, [0.25, 0.5, 0.75], axis=1, method="nearest")
    with np.errstate(over="ignore"):
        limits = upper + SPIKE_DISTANCE * np.maximum(upper - lower, MIN_RELATIVE_RANGE * np.abs(middle))
    # Each bin is compared with the window whose middle is nearest.
    nearest = (np.arange(len(finite_values)) - size // 2) // stride
    outliers[indices] = finite_values > limits[np.clip(nearest, 0, len(limits) - 1)]
    return outliers


def _consecutive(bins: np.ndarray) -> Sequence[tuple[int, int]]:
    """Return the first and last of each group of adjacent bins."""
    if not len(bins):
        return []
    cuts = np.flatnonzero(np.diff(bins) > 1)
    firsts, lasts = bins[np.append(0, cuts + 1)], bins[np.append(cuts, len(bins) - 1)]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))
