"""Chooses the points from which the objective is inferred: all at the start, fewer and fewer later."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from gan_tui.logs.model import Floats, Ints
from gan_tui.run.pair import Curve, PlayerPair

FIRST = 16
"""The start of a training says most about the loss: all of these points are used."""
THINNING = 1.15
"""Ratio of the positions of consecutive points after that."""
MAX_VALUE = 1e100
"""Larger values are clipped, so that they can be squared and summed."""
WEIGHTED = frozenset(("l_g_gan",))
"""Names of losses of G logged with their weight, as BasicSR does (0.1 in ESRGAN, 0.005 in SRGAN)."""
_MAX_SILENT = 100_000
"""A loss that is zero or not finite for more points than this is not used."""


class Subsample(Struct, frozen=True):
    """Values at the same steps, each of shape (n,); NaN for no usable value."""

    position: Ints
    """Step of each point, or its index if that is greater."""
    d_loss: Floats
    g_loss: Floats
    real: Floats
    """D's score on real samples."""
    fake: Floats
    """D's score on generated samples before G's step."""
    after: Floats
    """D's score on generated samples after G's step."""

    def __len__(self) -> int:
        return len(self.position)

    def select(self, index: np.ndarray) -> Subsample:
        """Return the points at `index`, an array of indices or a mask of shape (n,)."""
        return Subsample(
            self.position[index],
            self.d_loss[index],
            self.g_loss[index],
            self.real[index],
            self.fake[index],
            self.after[index],
        )


def positions(count: int) -> Ints:
    """Return the indices of the points to use of `count`; those of a longer curve begin the same."""
    if count <= FIRST:
        return np.arange(count)
    terms = int(np.log(count / FIRST) / np.log(THINNING)) + 1
    later = (FIRST * THINNING ** np.arange(terms + 1)).astype(np.int64)
    return np.concatenate([np.arange(FIRST), later[later < count]])


def subsample(pair: PlayerPair) -> Subsample | None:
    """Return the points of a pair to use, or None if D's loss has no finite point.

    Leading zeros are skipped, since the loss is not switched on yet (the discriminator of VQGAN starts
    late), and so are values that are not finite.
    """
    curve = pair.curves.get("d_loss")
    if curve is None:
        return None
    usable = np.isfinite(curve.values[:_MAX_SILENT])
    usable &= np.cumsum(usable & (curve.values[:_MAX_SILENT] != 0)) > 0
    if not usable.any():
        return None
    start = int(np.argmax(usable))
    at = start + positions(len(curve) - start)
    steps, d_loss = curve.steps[at], curve.values[at]
    curves = [pair.curves.get(role) for role in ("g_loss", "d_real", "d_fake", "d_fake_after")]
    if is_weighted(pair):
        curves[0] = None
    others = [_values_at(curve, steps) for curve in curves]
    points = Subsample(np.maximum(at - start, steps), _clip(d_loss), *others)
    return points.select(np.isfinite(d_loss))


def is_weighted(pair: PlayerPair) -> bool:
    """Return whether G's loss is logged multiplied by an unknown weight."""
    curve = pair.curves.get("g_loss")
    return curve is not None and curve.name.rpartition("/")[2].lower() in WEIGHTED


def _clip(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values.clip(-MAX_VALUE, MAX_VALUE), np.nan)


def _values_at(curve: Curve | None, steps: Ints) -> Floats:
    """Return the values of a curve at `steps`, or at its nearest step if it is logged at other steps."""
    values = np.full(len(steps), np.nan)
    if curve is None or not len(curve) or not len(steps):
        return values
    right = np.searchsorted(curve.steps, steps).clip(0, len(curve) - 1)
    left = (right - 1).clip(0)
    nearest = np.where(steps - curve.steps[left] < curve.steps[right] - steps, left, right)
    spacing = max(1, int(curve.steps[-1] - curve.steps[0]) // len(curve))
    near = np.abs(curve.steps[nearest] - steps) <= spacing
    values[near] = curve.values[nearest[near]]
    return _clip(values)
