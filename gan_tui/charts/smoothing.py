"""TensorBoard's smoothing: a debiased exponential moving average, computed only where it is drawn."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from gan_tui.logs.model import Floats, Ints
from gan_tui.run.series_view import SeriesView

WEIGHTS = (0.0, 0.6, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
"""Values of the smoothing keys; 0 is off. TensorBoard's slider also ends at 0.999."""
MIN_WINDOWS = 25
"""With adaptive smoothing, a curve is at least this many averaging windows long."""
MAX_OMITTED_WEIGHT = 1e-8
"""Maximum total weight of the points left out of an average."""
MAX_GATHERED = 1 << 18
"""Up to this many products, all windows are computed at once; beyond that, one by one."""
FEW_ENDS = 4
"""Up to this many ends are computed one by one: a growing run has one or two new ends."""
MAX_COMPRESSED = 1 << 17
"""Up to this many points, all non-finite ones are removed from the segment at once."""


@lru_cache(256)
def adapted_weight(weight: float, points: int) -> float:
    """Return the weight for a curve of this many points: short curves are smoothed less, to avoid lag."""
    limit = 1 - MIN_WINDOWS / max(1, points)
    return max((w for w in WEIGHTS if w <= min(weight, limit)), default=0.0)


def smooth_at(view: SeriesView, begin: int, ends: Ints, weight: float) -> Floats:
    """Return the smoothed value after the points begin .. end - 1, for each end.

    As in TensorBoard, NaN and infinite values are skipped. Each average uses only the points before its
    end that have a noticeable weight, so the cost depends on the visible points and not on the series.

    Args:
        view: The series.
        begin: First index of the segment: smoothing starts over after a restart.
        ends: Ascending indices, each one past the last averaged point, shape (n,); none below begin.
        weight: Share of the previous average kept at each point, 0 <= weight < 1.

    Returns:
        Shape (n,); NaN if there is no finite value between begin and the end.
    """
    if not len(ends):
        return np.empty(0)
    weights = _weights(weight)
    counts = _finite_counts(view, begin, ends)
    if counts is None:
        counts = ends - begin
        sums = _sums(view.values, begin, ends, weights, weight)
    elif int(ends[-1]) - begin <= MAX_COMPRESSED:
        part = view.values[begin : int(ends[-1])]
        sums = _sums(part[np.isfinite(part)], 0, counts, weights, weight)
    else:
        sums = _sums_around_gaps(view.values, begin, ends, counts, weights, weight)
    largest = np.finfo(np.float64).max
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        averages = sums / (1 - weight ** counts.astype(np.float64))
    # An average is never beyond its values, even if rounding would exceed the largest float.
    return np.where(counts > 0, averages.clip(-largest, largest), np.nan)


@lru_cache(64)
def _weights(weight: float) -> Floats:
    """Return the weights of the points before an end, shape (window,)."""
    weights: Floats = (1 - weight) * weight ** np.arange(_window_size(weight) - 1, -1, -1.0)
    weights.flags.writeable = False
    return weights


def _window_size(weight: float) -> int:
    """Return how many points an average uses."""
    return 1 if weight <= 0 else max(1, math.ceil(math.log(MAX_OMITTED_WEIGHT) / math.log(weight)))


def _finite_counts(view: SeriesView, begin: int, ends: Ints) -> Ints | None:
    """Return the number of finite values between begin and each end; None if all values are finite."""
    if not len(view.nonfinite):
        return None
    nonfinite = np.searchsorted(view.nonfinite, ends) - np.searchsorted(view.nonfinite, begin)
    return ends - begin - nonfinite if nonfinite[-1] else None


def _sums(values: Floats, begin: int, ends: Ints, weights: Floats, weight: float) -> Floats:
    """Return the weighted sums of the points before each end; all values are finite."""
    window = len(weights)
    if FEW_ENDS < len(ends) <= MAX_GATHERED // window:
        indices = ends[:, None] + np.arange(-window, 0)
        inside = values[np.maximum(indices, begin)] if int(ends[-1]) > begin else np.zeros(indices.shape)
        sums: Floats = np.einsum("ij,j->i", np.where(indices >= begin, inside, 0.0), weights)
        return sums
    sums = np.empty(len(ends))
    total, start = 0.0, max(begin, int(ends[0]) - window)
    for i, end in enumerate(ends.tolist()):
        part = values[max(start, end - window) : end]
        total = total * weight ** (end - start) + _product(part, weights[window - len(part) :])
        sums[i], start = total, end
    return sums


def _sums_around_gaps(
    values: Floats, begin: int, ends: Ints, counts: Ints, weights: Floats, weight: float
) -> Floats:
    """Return the same as `_sums`, reaching back until there are enough finite values."""
    window = len(weights)
    sums = np.empty(len(ends))
    total, start, counted = 0.0, begin, 0
    for i, (end, count) in enumerate(zip(ends.tolist(), counts.tolist(), strict=True)):
        part = _last_finite(values, start, end, window)
        total = total * weight ** (count - counted) + _product(part, weights[window - len(part) :])
        sums[i], start, counted = total, end, count
    return sums


def _product(values: Floats, weights: Floats) -> float:
    # Not `@`: BLAS would use all cores for a product of this size, while a training runs on them.
    return float(np.einsum("i,i->", values, weights))


def _last_finite(values: Floats, start: int, end: int, most: int) -> Floats:
    """Return the last `most` finite values between two indices, or all if there are fewer."""
    size = most
    while True:
        part = values[max(start, end - size) : end]
        part = part[np.isfinite(part)]
        if len(part) >= most or end - size <= start:
            return part[-most:]
        size *= 4
