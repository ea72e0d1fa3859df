"""The y axis: linear, log or symlog, robust against single spikes, with a few round ticks."""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np
from msgspec import Struct

from gan_tui.charts.number_format import label, nice_step
from gan_tui.logs.model import Floats

OUTLIER_DISTANCE, MAX_OUTLIER_SHARE = 8.0, 0.04
"""Values further from the middle half than this many times its width are clipped, up to this share."""
MIN_DECADES = 1.0
"""Minimum width of the middle half on logarithmic axes, which exist to show large ranges."""
FAR_DISTANCE = 60.0
"""Values further than this are clipped, whatever their number."""
MIN_RELATIVE_WIDTH = 1e-9
"""Minimum width of a range relative to its values, because of the precision of floats."""
MAX_POSITION = 1e3
"""Positions are limited to this many heights from the axis."""
LARGEST, SMALLEST = 1e100, 1e-100
"""Larger values are always clipped, smaller ones count as zero: beyond, arithmetic fails."""


class ScaleKind(StrEnum):
    """How values map to heights."""

    LINEAR = "linear"
    LOG = "log"
    SYMLOG = "symlog"
    """Logarithmic away from zero, linear around it; for values that change sign or reach zero."""


class Tick(Struct, frozen=True):
    """A labelled position on an axis."""

    position: float
    """Relative position, 0 at the low end, 1 at the high end."""
    label: str


class YScale(Struct, frozen=True):
    """Maps values to relative heights."""

    kind: ScaleKind
    low: float
    """Transformed value at the bottom."""
    high: float
    """Transformed value at the top; above `low`."""
    linear_within: float = 1.0
    """Symlog only: approximately linear up to this distance from zero."""

    def transform(self, values: Floats) -> Floats:
        """Return the values as they lie along the axis: unchanged, or their (symmetric) logarithm."""
        return _transform(values, self.kind, self.linear_within)

    def position(self, values: Floats) -> Floats:
        """Return the relative height of each value, 0 at the bottom; NaN for values that are not finite.

        Values far outside give positions far below 0 or above 1, but never infinite ones.
        """
        span = self.high - self.low
        with np.errstate(invalid="ignore", over="ignore"):
            shares = (self.transform(values) - self.low) / span
            # np.clip would take longer than everything else here on a few hundred values.
            np.maximum(shares, -MAX_POSITION, out=shares)
            np.minimum(shares, 1 + MAX_POSITION, out=shares)
        shares[np.isinf(values)] = np.nan
        return shares

    def at(self, position: float) -> float:
        """Return the value at a relative height."""
        return _inverse_transform(self.low + position * (self.high - self.low), self.kind, self.linear_within)

    def ticks(self, most: int) -> list[Tick]:
        """Return at most `most` round values within the range, bottom first."""
        if most < 1:
            return []
        values, step = self._round_values(most)
        visible = [v for v in values if -1e-9 <= self._share(v) <= 1 + 1e-9]
        return [Tick(min(1.0, max(0.0, self._share(v))), label(v, step)) for v in visible]

    def _share(self, value: float) -> float:
        transformed = float(self.transform(np.array([value]))[0])
        return (transformed - self.low) / (self.high - self.low)

    def _round_values(self, most: int) -> tuple[list[float], float | None]:
        if self.kind is not ScaleKind.LINEAR and self.high - self.low >= 1.0:
            return _decades(self, most), None
        low, high = self.at(0.0), self.at(1.0)
        step = nice_step((high - low) / max(1, most))
        while (count := math.floor(high / step + 1e-9) - math.ceil(low / step - 1e-9) + 1) > most:
            step = nice_step(step * 1.01)
        first = math.ceil(low / step - 1e-9)
        return [(first + i) * step for i in range(max(0, count))], step


def fixed_scale(low: float, high: float, *, log: bool = False) -> YScale:
    """Return the scale from `low` to `high` exactly.

    Args:
        low: The value at the bottom; finite.
        high: The value at the top; finite, above `low`.
        log: Logarithmic; symmetric logarithm if a value is zero or negative.
    """
    kind = ScaleKind.LINEAR if not log else ScaleKind.LOG if low > 0 else ScaleKind.SYMLOG
    within = (
        1.0 if kind is not ScaleKind.SYMLOG else _linear_within(np.array([max(abs(low), abs(high)) * 1e-3]))
    )
    bottom, top = (float(v) for v in _transform(np.array([low, high]), kind, within))
    least = max(abs(bottom), abs(top), SMALLEST) * MIN_RELATIVE_WIDTH
    return YScale(kind, bottom, max(top, bottom + least), within)


def fitted_scale(lows: Floats, highs: Floats, *, log: bool = False, full_range: bool = False) -> YScale:
    """Return the scale for these values.

    Extremes far beyond the middle half of the values are left outside the range, to be drawn clipped.
    Bounds are rounded outward, so that most new points do not change them.

    Args:
        lows: Smallest value of each column of each curve, shape (n,); non-finite values are ignored.
        highs: Largest value of each column, likewise.
        log: Logarithmic; symmetric logarithm if a value is zero or negative.
        full_range: Include every value in the range.
    """
    values = np.concatenate([lows, highs])
    values = values[np.isfinite(values)]
    values = np.clip(values, -LARGEST, LARGEST)
    values[np.abs(values) < SMALLEST] = 0.0
    if not len(values):
        return YScale(ScaleKind.LOG, 0.0, 1.0) if log else YScale(ScaleKind.LINEAR, 0.0, 1.0)
    kind, within = ScaleKind.LINEAR, 1.0
    if log:
        kind = ScaleKind.LOG if values.min() > 0 else ScaleKind.SYMLOG
        within = _linear_within(values) if kind is ScaleKind.SYMLOG else 1.0
    transformed = np.sort(_transform(values, kind, within))
    low, high = (
        (float(transformed[0]), float(transformed[-1]))
        if full_range
        else _range_without_outliers(transformed, kind)
    )
    if kind is ScaleKind.LINEAR and 0 < low < 0.2 * high:
        low = 0.0
    return YScale(kind, *_rounded(low, high), within)


def _transform(values: Floats, kind: ScaleKind, within: float) -> Floats:
    if kind is ScaleKind.LINEAR:
        return values
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if kind is ScaleKind.LOG:
            return np.log10(values)
        return np.sign(values) * np.log10(1 + np.abs(values) / within)


def _inverse_transform(transformed: float, kind: ScaleKind, within: float) -> float:
    if kind is ScaleKind.LINEAR:
        return transformed
    power = math.pow(10.0, abs(transformed) if kind is ScaleKind.SYMLOG else transformed)
    return power if kind is ScaleKind.LOG else math.copysign((power - 1) * within, transformed)


def _linear_within(values: Floats) -> float:
    """Return a power of ten near the smallest magnitudes, so that most of them are in the log part."""
    sizes = np.abs(values[values != 0])
    if not len(sizes):
        return 1.0
    return float(10.0 ** math.floor(math.log10(float(np.sort(sizes)[(len(sizes) - 1) // 10]))))


def _range_without_outliers(ordered: Floats, kind: ScaleKind) -> tuple[float, float]:
    """Return the smallest and largest of the sorted values that are not outliers."""
    width, lower, upper = 0.0, 0.0, 0.0
    for tail in (0.25, 0.1, 0.05, 0.02):
        lower, upper = (float(ordered[round(share * (len(ordered) - 1))]) for share in (tail, 1 - tail))
        least = 0.02 * max(abs(lower), abs(upper)) if kind is ScaleKind.LINEAR else MIN_DECADES
        width = max(upper - lower, least)
        if width > 0:
            break
    if width == 0:
        return float(ordered[0]), float(ordered[-1])
    limit = MAX_OUTLIER_SHARE * len(ordered)
    count_below = np.searchsorted(ordered, lower - OUTLIER_DISTANCE * width)
    count_above = len(ordered) - np.searchsorted(ordered, upper + OUTLIER_DISTANCE * width, side="right")
    below = OUTLIER_DISTANCE if count_below <= limit else FAR_DISTANCE
    above = OUTLIER_DISTANCE if count_above <= limit else FAR_DISTANCE
    inside = ordered[(ordered >= lower - below * width) & (ordered <= upper + above * width)]
    return float(inside[0]), float(inside[-1])


def _rounded(low: float, high: float) -> tuple[float, float]:
    """Round the bounds outward, each by at most a tenth of the range."""
    width = high - low
    least = max(abs(low), abs(high)) * MIN_RELATIVE_WIDTH
    if width <= least:
        margin = max(abs(high) * 0.1, least) or 1.0
        low, high = low - margin, high + margin
        width = high - low
    unit = nice_step(width / 20)
    return math.floor(low / unit + 1e-9) * unit, math.ceil(high / unit - 1e-9) * unit


def _decades(scale: YScale, most: int) -> list[float]:
    """Return powers of ten within a (sym)log range, thinned evenly to at most `most`."""
    low, high = scale.at(0.0), scale.at(1.0)
    if scale.kind is ScaleKind.LOG:
        exponents = range(math.ceil(scale.low - 1e-9), math.floor(scale.high + 1e-9) + 1)
        every = max(1, -(-len(exponents) // most))
        return [10.0**e for e in exponents if e % every == 0]
    floor = round(math.log10(scale.linear_within))
    top = math.floor(math.log10(max(abs(low), abs(high), scale.linear_within)) + 1e-9)
    every = -(-(top - floor + 1) // max(1, (most - 1) // 2))
    sizes = [10.0**e for e in range(floor, top + 1) if (top - e) % every == 0]
    return [*(-s for s in reversed(sizes) if -s >= low), 0.0, *(s for s in sizes if s <= high)]
