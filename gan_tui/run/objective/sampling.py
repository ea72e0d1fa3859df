"""The few points of a pair at which its objective is read: all of the start, ever fewer later."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from gan_tui.logs.model import Floats, Ints
from gan_tui.run.pair import Curve, PlayerPair

FIRST = 16
"""The start says most about the loss: every point of it is read."""
THINNING = 1.15
"""From there on, each point read lies so many times further on."""
HUGE = 1e100
WEIGHTED = frozenset(("l_g_gan",))
"""Names of a loss of G times its weight: BasicSR's (0.1 in ESRGAN, 0.005 in SRGAN)."""
_WINDOW = 100_000
"""A loss that is silent for longer than so many points is not waited for."""


class Subsample(Struct, frozen=True):
    """Values at the same few steps, each of shape (n,), NaN where nothing usable was logged."""

    position: Ints
    """How far into the training each lies, as the steps say, but at least as many points."""
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

    def take(self, which: np.ndarray) -> Subsample:
        """The readings at `which`, an index or a mask of shape (n,)."""
        return Subsample(
            self.position[which],
            self.d_loss[which],
            self.g_loss[which],
            self.real[which],
            self.fake[which],
            self.after[which],
        )


def positions(count: int) -> Ints:
    """Which of `count` points are read: those of a longer curve begin with the same ones."""
    if count <= FIRST:
        return np.arange(count)
    folds = int(np.log(count / FIRST) / np.log(THINNING)) + 1
    later = (FIRST * THINNING ** np.arange(folds + 1)).astype(np.int64)
    return np.concatenate([np.arange(FIRST), later[later < count]])


def read(pair: PlayerPair) -> Subsample | None:
    """Readings of a pair, or None where it has no finite point of D's loss.

    A loss that is exactly zero at first is not yet switched on (the discriminator of VQGAN starts late),
    and what is not finite says nothing: neither is read.
    """
    curve = pair.curves.get("d_loss")
    if curve is None:
        return None
    usable = np.isfinite(curve.values[:_WINDOW])
    usable &= np.cumsum(usable & (curve.values[:_WINDOW] != 0)) > 0
    if not usable.any():
        return None
    start = int(np.argmax(usable))
    at = start + positions(len(curve) - start)
    steps, d_loss = curve.steps[at], curve.values[at]
    curves = [pair.curves.get(role) for role in ("g_loss", "d_real", "d_fake", "d_fake_after")]
    if is_weighted(pair):
        curves[0] = None
    others = [_at(curve, steps) for curve in curves]
    readings = Subsample(np.maximum(at - start, steps), _bounded(d_loss), *others)
    return readings.take(np.isfinite(d_loss))


def is_weighted(pair: PlayerPair) -> bool:
    """Whether G's loss is logged times the weight that it has among other parts, which may be anything."""
    curve = pair.curves.get("g_loss")
    return curve is not None and curve.name.rpartition("/")[2].lower() in WEIGHTED


def _bounded(values: Floats) -> Floats:
    """Finite values within what can be squared and summed; beyond it they say no more anyway."""
    return np.where(np.isfinite(values), values.clip(-HUGE, HUGE), np.nan)


def _at(curve: Curve | None, steps: Ints) -> Floats:
    """Values of a curve at `steps`, or at its nearest step where it is logged in between."""
    values = np.full(len(steps), np.nan)
    if curve is None or not len(curve) or not len(steps):
        return values
    right = np.searchsorted(curve.steps, steps).clip(0, len(curve) - 1)
    left = (right - 1).clip(0)
    nearest = np.where(steps - curve.steps[left] < curve.steps[right] - steps, left, right)
    spacing = max(1, int(curve.steps[-1] - curve.steps[0]) // len(curve))
    near = np.abs(curve.steps[nearest] - steps) <= spacing
    values[near] = curve.values[nearest[near]]
    return _bounded(values)
