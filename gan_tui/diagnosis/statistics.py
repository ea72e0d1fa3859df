"""Statistics of stacks of windows, shape (..., m): pure numpy, robust to single spikes.

Each function takes windows of m values along the last axis and returns a figure for each, shape (...,), so
that many windows cost as many calls as one. NaN means that the value is unknown.
"""

from __future__ import annotations

import numpy as np

from gan_tui.logs.model import Floats

TINY = 1e-12
QUANTILES = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)


def quantiles(values: Floats) -> Floats:
    """Return the QUANTILES of each window, shape (7, ...): the nearest values, not interpolated."""
    ordered = np.sort(values, axis=-1)
    at = np.rint(np.array(QUANTILES) * (values.shape[-1] - 1)).astype(np.intp)
    return np.moveaxis(ordered[..., at], -1, 0)


def clip_outliers(values: Floats, known: Floats | None = None) -> Floats:
    """Clip values to the median plus and minus four times the 10-90 % range, so that no spike dominates.

    Args:
        values: Shape (..., m).
        known: Their `quantiles`, if already computed.
    """
    _, low, _, middle, _, high, _ = quantiles(values) if known is None else known
    reach = 4 * (high - low)
    reach = np.where(reach > 0, reach, np.inf)
    return np.asarray(np.clip(values, (middle - reach)[..., None], (middle + reach)[..., None]))


def changes(values: Floats) -> Floats:
    """Return the changes from point to point, shape (..., m - 1)."""
    return values[..., 1:] - values[..., :-1]


def correlation(a: Floats, b: Floats) -> Floats:
    """Return Pearson's correlation, shape (...,); NaN for fewer than eight pairs or a constant window."""
    if a.shape[-1] < 8:
        return np.full(a.shape[:-1], np.nan)
    a, b = a - a.mean(axis=-1, keepdims=True), b - b.mean(axis=-1, keepdims=True)
    scale = np.sqrt(_sum_of_squares(a) * _sum_of_squares(b))
    product = np.einsum("...j,...j->...", a, b)
    result: Floats = np.divide(product, scale, out=np.full(scale.shape, np.nan), where=scale > TINY * TINY)
    return result


def _sum_of_squares(values: Floats) -> Floats:
    return np.asarray(np.einsum("...j,...j->...", values, values))


def block_means(values: Floats, size: int) -> Floats:
    """Return the means of consecutive blocks of `size`, the newest complete, shape (..., m // size)."""
    count = values.shape[-1] // size
    part = values[..., values.shape[-1] - count * size :]
    return np.asarray(part.reshape(*values.shape[:-1], count, size).mean(axis=-1))


def step_noise(values: Floats) -> Floats:
    """Return the root mean square of the changes from point to point."""
    differences = changes(values)
    return np.asarray(np.sqrt(_sum_of_squares(differences) / max(1, differences.shape[-1])))


def autocorrelation_time(values: Floats, size: int, noise: Floats | None = None) -> Floats:
    """Return how much more the means of `size` points change than those of white noise would, as log10.

    0 for white noise, up to +0.5 log10(size) or more for a curve that wanders; negative for one that
    alternates. NaN for fewer than four blocks or a constant window.

    Args:
        values: Shape (..., m).
        size: Points in a block.
        noise: `step_noise(values)`, if already computed.
    """
    if values.shape[-1] // size < 4:
        return np.full(values.shape[:-1], np.nan)
    if noise is None:
        noise = step_noise(values)
    noise = np.where(noise > TINY, noise, np.nan)
    means = step_noise(block_means(values, size))
    return np.asarray(np.log10(np.maximum(means / noise, 1e-6)) + 0.5 * np.log10(size))


def amplitude_ratio(values: Floats, noise: Floats, blocks: int = 24) -> Floats:
    """Return the standard deviation of the detrended block means divided by the noise from point to point.

    Args:
        values: Shape (..., m).
        noise: The noise from point to point, in the values' units, shape (...,).
        blocks: The number of blocks in a window.

    Returns:
        Shape (...,); NaN for fewer than twelve blocks or without noise.
    """
    means = block_means(values, max(1, values.shape[-1] // blocks))
    if means.shape[-1] < 12:
        return np.full(values.shape[:-1], np.nan)
    return np.asarray(detrended(means).std(axis=-1) / np.where(noise > TINY, noise, np.nan))


def detrended(values: Floats) -> Floats:
    """Return values minus the straight line fitted to each window."""
    time = np.arange(values.shape[-1]) - (values.shape[-1] - 1) / 2
    centred = values - values.mean(axis=-1, keepdims=True)
    # Not `@`: the order in which BLAS adds depends on the number of windows.
    slope = np.einsum("...j,j->...", centred, time) / max(float(time @ time), TINY)
    return np.asarray(centred - slope[..., None] * time)
