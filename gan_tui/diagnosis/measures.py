"""Plain statistics of one or two stretches of values: pure numpy, robust to single spikes."""

from __future__ import annotations

import numpy as np

from gan_tui.logs.points import Floats

TINY = 1e-12


def tame(values: Floats) -> Floats:
    """Values clipped to the median plus and minus four times the 10-90 % range: one spike rules nothing."""
    low, middle, high = np.percentile(values, (10, 50, 90))
    reach = 4 * (high - low)
    return np.clip(values, middle - reach, middle + reach) if reach > 0 else values


def correlation(a: Floats, b: Floats) -> float:
    """Pearson's correlation; NaN below eight pairs or where one does not move."""
    if len(a) < 8:
        return np.nan
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > TINY * len(a) * 1e-12 else np.nan


def changes_correlation(a: Floats, b: Floats) -> float:
    """Correlation of the changes from point to point."""
    return correlation(np.diff(a), np.diff(b))


def block_means(values: Floats, size: int) -> Floats:
    """Means of consecutive blocks of `size`, the newest complete."""
    count = len(values) // size
    return np.asarray(values[len(values) - count * size :].reshape(count, size).mean(axis=1))


def slowness(values: Floats, size: int) -> float:
    """How much more the means of `size` points change than those of white noise would, log10.

    0 for white noise, up to +0.5 log10(size) or more for a curve that wanders; negative for one that
    alternates. NaN where there are fewer than four blocks or nothing moves.
    """
    blocks = block_means(values, size)
    if len(blocks) < 4:
        return np.nan
    single = float(np.sqrt(np.mean(np.diff(values) ** 2)))
    if single <= TINY:
        return np.nan
    means = float(np.sqrt(np.mean(np.diff(blocks) ** 2)))
    return float(np.log10(max(means / single, 1e-6)) + 0.5 * np.log10(size))


def swing(values: Floats, blocks: int = 24) -> float:
    """Swing of the detrended block means over the noise from point to point, as a ratio.

    NaN for fewer than twelve blocks or where the points do not move.
    """
    means = block_means(values, max(1, len(values) // blocks))
    noise = float(np.median(np.abs(np.diff(values)))) / 0.954
    if len(means) < 12 or noise <= TINY:
        return np.nan
    return float(np.std(detrended(means))) / noise


def detrended(values: Floats) -> Floats:
    """Values minus their straight line."""
    time = np.arange(len(values)) - (len(values) - 1) / 2
    centred = values - values.mean()
    return np.asarray(centred - time * float(centred @ time) / max(float(time @ time), TINY))
