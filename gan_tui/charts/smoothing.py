"""TensorBoard's smoothing: a debiased exponential moving average, computed only where it is drawn."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from gan_tui.logs.model import Floats, Ints
from gan_tui.run.series_view import SeriesView

WEIGHTS = (0.0, 0.6, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
"""What the smoothing keys step through; 0 is off. TensorBoard's slider ends at 0.999 as well."""
POINTS_EACH = 25
"""Gently smoothed, a curve keeps about so many independent stretches."""
EXACT = 1e-8
"""What the points left out of an average may weigh together."""
GATHERED = 1 << 18
"""Up to so many products all windows are gathered at once; beyond, one after the other."""
FEW = 4
"""The windows of so few ends are taken one after the other: a run that grows has one or two new ones."""
COMPRESSED = 1 << 17
"""Up to so many points non-finite ones are squeezed out of the whole stretch at once."""


@lru_cache(256)
def gentle(weight: float, points: int) -> float:
    """The weight for a curve of so many points: a short one is smoothed less, so that it does not lag."""
    most = 1 - POINTS_EACH / max(1, points)
    return max((w for w in WEIGHTS if w <= min(weight, most)), default=0.0)


def smooth_at(view: SeriesView, begin: int, ends: Ints, weight: float) -> Floats:
    """The smoothed value after the points begin .. end - 1, for each end.

    As in TensorBoard, a NaN or an infinity neither counts nor ages what came before it. Every average
    is made of as many points before its end as weigh anything, so a view into a long series costs
    what it shows and not what went before.

    Args:
        view: The series.
        begin: First index of the segment: smoothing starts anew after a restart.
        ends: Ascending indices, each after the last point that counts, shape (n,); none below begin.
        weight: Share of the old value that is kept at each point, 0 <= weight < 1.

    Returns:
        Shape (n,); NaN where no finite value lies between begin and the end.
    """
    if not len(ends):
        return np.empty(0)
    weights = _weights(weight)
    counts = _finite_counts(view, begin, ends)
    if counts is None:
        counts = ends - begin
        sums = _sums(view.values, begin, ends, weights, weight)
    elif int(ends[-1]) - begin <= COMPRESSED:
        part = view.values[begin : int(ends[-1])]
        sums = _sums(part[np.isfinite(part)], 0, counts, weights, weight)
    else:
        sums = _sums_around_gaps(view.values, begin, ends, counts, weights, weight)
    largest = np.finfo(np.float64).max
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        averages = sums / (1 - weight ** counts.astype(np.float64))
    # An average lies among its values, even where rounding would carry it past the largest float.
    return np.where(counts > 0, averages.clip(-largest, largest), np.nan)


@lru_cache(64)
def _weights(weight: float) -> Floats:
    """What the points before an end weigh, shape (reach,)."""
    weights: Floats = (1 - weight) * weight ** np.arange(_reach(weight) - 1, -1, -1.0)
    weights.flags.writeable = False
    return weights


def _reach(weight: float) -> int:
    """How many points back an average looks."""
    return 1 if weight <= 0 else max(1, math.ceil(math.log(EXACT) / math.log(weight)))


def _finite_counts(view: SeriesView, begin: int, ends: Ints) -> Ints | None:
    """Finite values between begin and each end; None where every value is finite."""
    if not len(view.nonfinite):
        return None
    bad = np.searchsorted(view.nonfinite, ends) - np.searchsorted(view.nonfinite, begin)
    return ends - begin - bad if bad[-1] else None


def _sums(values: Floats, begin: int, ends: Ints, weights: Floats, weight: float) -> Floats:
    """Weighted sums of the points before each end; all values finite."""
    reach = len(weights)
    if FEW < len(ends) <= GATHERED // reach:
        places = ends[:, None] + np.arange(-reach, 0)
        inside = values[np.maximum(places, begin)] if int(ends[-1]) > begin else np.zeros(places.shape)
        sums: Floats = np.einsum("ij,j->i", np.where(places >= begin, inside, 0.0), weights)
        return sums
    sums = np.empty(len(ends))
    total, start = 0.0, max(begin, int(ends[0]) - reach)
    for i, end in enumerate(ends.tolist()):
        part = values[max(start, end - reach) : end]
        total = total * weight ** (end - start) + _product(part, weights[reach - len(part) :])
        sums[i], start = total, end
    return sums


def _sums_around_gaps(
    values: Floats, begin: int, ends: Ints, counts: Ints, weights: Floats, weight: float
) -> Floats:
    """As `_sums`, looking as far back as it takes to find enough finite values."""
    reach = len(weights)
    sums = np.empty(len(ends))
    total, start, counted = 0.0, begin, 0
    for i, (end, count) in enumerate(zip(ends.tolist(), counts.tolist(), strict=True)):
        part = _last_finite(values, start, end, reach)
        total = total * weight ** (count - counted) + _product(part, weights[reach - len(part) :])
        sums[i], start, counted = total, end, count
    return sums


def _product(values: Floats, weights: Floats) -> float:
    # Not `@`: BLAS sets every core spinning for a product of this size, beside a training job.
    return float(np.einsum("i,i->", values, weights))


def _last_finite(values: Floats, start: int, end: int, most: int) -> Floats:
    """The last `most` finite values between two indices, or all of them where there are fewer."""
    size = most
    while True:
        part = values[max(start, end - size) : end]
        part = part[np.isfinite(part)]
        if len(part) >= most or end - size <= start:
            return part[-most:]
        size *= 4
