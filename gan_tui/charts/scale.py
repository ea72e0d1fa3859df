"""The y axis: a range that one spike cannot ruin, linear, log or symlog, with a few round ticks."""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np
from msgspec import Struct

from gan_tui.charts.number_format import label, nice_step
from gan_tui.logs.model import Floats

REACH, RARE = 8.0, 0.04
"""Values further than REACH times the middle half beyond it are drawn clipped, if they are RARE."""
DECADE = 1.0
"""On logarithmic axes the body is at least so wide: what they are for is never clipped."""
FAR_REACH = 60.0
"""Values further than this are drawn clipped however many there are."""
SLIVER = 1e-9
"""Ranges are never narrower than this share of their values: floats end there."""
FAR = 1e3
"""Positions end so many heights away."""
LARGEST, SMALLEST = 1e100, 1e-100
"""What lies beyond is drawn clipped, whatever the range: it could not be computed with."""


class ScaleKind(StrEnum):
    """How values become heights."""

    LINEAR = "linear"
    LOG = "log"
    SYMLOG = "symlog"
    """Logarithmic away from zero, linear around it: for values that change sign or touch zero."""


class Tick(Struct, frozen=True):
    """A labelled place on an axis."""

    position: float
    """Share of the axis, 0 at its low end, 1 at its high end."""
    label: str


class YScale(Struct, frozen=True):
    """Maps values to shares of the axis' height."""

    kind: ScaleKind
    low: float
    """Warped value at the bottom."""
    high: float
    """Warped value at the top; above `low`."""
    linear_within: float = 1.0
    """Symlog only: about linear up to this distance from zero."""

    def warp(self, values: Floats) -> Floats:
        """Values as they lie along the axis: themselves, or their (symmetric) logarithm."""
        return _warp(values, self.kind, self.linear_within)

    def position(self, values: Floats) -> Floats:
        """Share of the height of each value, 0 at the bottom; NaN where a value is not finite.

        Values far outside come out far below 0 or above 1, but never infinite.
        """
        span = self.high - self.low
        with np.errstate(invalid="ignore", over="ignore"):
            shares = (self.warp(values) - self.low) / span
            # Not np.clip: on a few hundred values it takes longer than all the rest.
            np.maximum(shares, -FAR, out=shares)
            np.minimum(shares, 1 + FAR, out=shares)
        shares[np.isinf(values)] = np.nan
        return shares

    def at(self, position: float) -> float:
        """The value at a share of the height."""
        return _unwarp(self.low + position * (self.high - self.low), self.kind, self.linear_within)

    def ticks(self, most: int) -> list[Tick]:
        """At most `most` round values within the range, bottom first."""
        if most < 1:
            return []
        values, step = self._round_values(most)
        held = [v for v in values if -1e-9 <= self._share(v) <= 1 + 1e-9]
        return [Tick(min(1.0, max(0.0, self._share(v))), label(v, step)) for v in held]

    def _share(self, value: float) -> float:
        warped = float(self.warp(np.array([value]))[0])
        return (warped - self.low) / (self.high - self.low)

    def _round_values(self, most: int) -> tuple[list[float], float | None]:
        if self.kind is not ScaleKind.LINEAR and self.high - self.low >= 1.0:
            return _decades(self, most), None
        low, high = self.at(0.0), self.at(1.0)
        step = nice_step((high - low) / max(1, most))
        while (count := math.floor(high / step + 1e-9) - math.ceil(low / step - 1e-9) + 1) > most:
            step = nice_step(step * 1.01)
        first = math.ceil(low / step - 1e-9)
        return [(first + i) * step for i in range(max(0, count))], step


def exactly(low: float, high: float, *, log: bool = False) -> YScale:
    """The scale from `low` to `high` and no further.

    Args:
        low: The value at the bottom; finite.
        high: The value at the top; finite, above `low`.
        log: Logarithmic; symmetric logarithm where a value is zero or negative.
    """
    kind = ScaleKind.LINEAR if not log else ScaleKind.LOG if low > 0 else ScaleKind.SYMLOG
    within = (
        1.0 if kind is not ScaleKind.SYMLOG else _linear_within(np.array([max(abs(low), abs(high)) * 1e-3]))
    )
    bottom, top = (float(v) for v in _warp(np.array([low, high]), kind, within))
    least = max(abs(bottom), abs(top), SMALLEST) * SLIVER
    return YScale(kind, bottom, max(top, bottom + least), within)


def fit(lows: Floats, highs: Floats, *, log: bool = False, whole: bool = False) -> YScale:
    """The scale for what is drawn.

    The range is that of the body: where the extremes lie vastly beyond the middle half of the values,
    they are left outside, to be drawn clipped. Bounds are rounded outward, so that most new points
    leave them as they are.

    Args:
        lows: Smallest value of each column of each curve, shape (n,); non-finite ones do not count.
        highs: Largest value likewise, shape (n,).
        log: Logarithmic; symmetric logarithm where a value is zero or negative.
        whole: Keep every value within the range, however far out it lies.
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
    warped = np.sort(_warp(values, kind, within))
    low, high = (float(warped[0]), float(warped[-1])) if whole else _body(warped, kind)
    if kind is ScaleKind.LINEAR and 0 < low < 0.2 * high:
        low = 0.0
    return YScale(kind, *_rounded(low, high), within)


def _warp(values: Floats, kind: ScaleKind, within: float) -> Floats:
    if kind is ScaleKind.LINEAR:
        return values
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if kind is ScaleKind.LOG:
            return np.log10(values)
        return np.sign(values) * np.log10(1 + np.abs(values) / within)


def _unwarp(warped: float, kind: ScaleKind, within: float) -> float:
    if kind is ScaleKind.LINEAR:
        return warped
    power = math.pow(10.0, abs(warped) if kind is ScaleKind.SYMLOG else warped)
    return power if kind is ScaleKind.LOG else math.copysign((power - 1) * within, warped)


def _linear_within(values: Floats) -> float:
    """A power of ten at the small end of the magnitudes, so that most of them lie in the log part."""
    sizes = np.abs(values[values != 0])
    if not len(sizes):
        return 1.0
    return float(10.0 ** math.floor(math.log10(float(np.sort(sizes)[(len(sizes) - 1) // 10]))))


def _body(ordered: Floats, kind: ScaleKind) -> tuple[float, float]:
    """Lowest and highest of the sorted values that lie within reach of the middle half."""
    body, lower, upper = 0.0, 0.0, 0.0
    for tail in (0.25, 0.1, 0.05, 0.02):
        lower, upper = (float(ordered[round(share * (len(ordered) - 1))]) for share in (tail, 1 - tail))
        least = 0.02 * max(abs(lower), abs(upper)) if kind is ScaleKind.LINEAR else DECADE
        body = max(upper - lower, least)
        if body > 0:
            break
    if body == 0:
        return float(ordered[0]), float(ordered[-1])
    few = RARE * len(ordered)
    below = REACH if np.searchsorted(ordered, lower - REACH * body) <= few else FAR_REACH
    over = len(ordered) - np.searchsorted(ordered, upper + REACH * body, side="right")
    above = REACH if over <= few else FAR_REACH
    held = ordered[(ordered >= lower - below * body) & (ordered <= upper + above * body)]
    return float(held[0]), float(held[-1])


def _rounded(low: float, high: float) -> tuple[float, float]:
    """Bounds moved outward to a round value, at most a tenth of the range each."""
    width = high - low
    least = max(abs(low), abs(high)) * SLIVER
    if width <= least:
        margin = max(abs(high) * 0.1, least) or 1.0
        low, high = low - margin, high + margin
        width = high - low
    unit = nice_step(width / 20)
    return math.floor(low / unit + 1e-9) * unit, math.ceil(high / unit - 1e-9) * unit


def _decades(scale: YScale, most: int) -> list[float]:
    """Powers of ten within a (sym)log range, thinned evenly to `most`."""
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
