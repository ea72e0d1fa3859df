"""Log likelihood of D's and G's losses given D's logged scores, under each GAN objective.

The mean score of a batch bounds a convex loss from below (Jensen) and determines a linear one.
"""

from __future__ import annotations

import math

import numpy as np

from gan_tui.logs.model import Floats
from gan_tui.run.objective.loss_likelihood import IMPOSSIBLE, softplus
from gan_tui.run.objective.sampling import Subsample

SMALLEST = 1e-6
"""Probabilities are logged with few digits: those nearer to 0 or 1 are clipped."""


def are_probabilities(points: Subsample) -> bool:
    """Return whether every score is between 0 and 1."""
    scores = np.concatenate([points.real, points.fake, points.after])
    scores = scores[np.isfinite(scores)]
    return len(scores) > 0 and bool(np.all((scores >= -SMALLEST) & (scores <= 1 + SMALLEST)))


def _mixture(*parts: tuple[float, Floats]) -> Floats:
    total: Floats = np.logaddexp.reduce([math.log(weight) + density for weight, density in parts])
    return total


def _laplace(x: Floats, width: Floats) -> Floats:
    return -np.abs(x) / width - np.log(2 * width)


def _exponential(x: Floats, width: Floats) -> Floats:
    return np.where(x >= 0, -np.abs(x) / width - np.log(width), IMPOSSIBLE)


def above(value: Floats, bound: Floats) -> Floats:
    """Return the log density of a loss whose scores bound it from below, usually closely."""
    excess, unit = value - bound, np.maximum(np.abs(bound), 0.5)
    return _mixture(
        (0.3, _exponential(excess, 0.04 * unit)),
        (0.35, _exponential(excess, 0.3 * unit)),
        (0.2, _exponential(excess, 2 * unit)),
        (0.1, _laplace(excess, 0.02 * unit)),
        (0.05, _laplace(excess, 0.3 * unit)),
    )


def near(value: Floats, bound: Floats) -> Floats:
    """Return the log density of a loss whose scores are from the step before."""
    excess, unit = value - bound, np.maximum(np.abs(bound), 0.5)
    return _mixture(
        (0.3, _laplace(excess, 0.1 * unit)),
        (0.3, _laplace(excess, 0.5 * unit)),
        (0.4, _laplace(excess, 2 * unit)),
    )


def equal(value: Floats, expected: Floats) -> Floats:
    """Return the log density of a loss that equals its score, up to rounding."""
    error, unit = value - expected, 1 + np.abs(expected)
    return _mixture(
        (0.5, _laplace(error, 2e-3 * unit)), (0.3, _laplace(error, 0.1 * unit)), (0.2, _laplace(error, unit))
    )


def _critic(value: Floats, distance: Floats) -> Floats:
    """Return the log density of a critic's loss: the distance of its scores, with or without a penalty."""
    error, unit = value - distance, 1 + np.abs(distance)
    return _mixture(
        (0.4, _laplace(error, 2e-3 * unit)),
        (0.1, _laplace(error, 0.2 * unit)),
        (0.2, _exponential(error, 0.1 * unit)),
        (0.2, _exponential(error, 1 * unit)),
        (0.1, _exponential(error, 10 * unit)),
    )


def _logit(p: Floats) -> Floats:
    p = np.clip(p, SMALLEST, 1 - SMALLEST)
    return np.log(p) - np.log1p(-p)


def _g_density(points: Subsample, loss: Floats, before: Floats, after: Floats) -> Floats:
    """Return the log density of G's loss given the fake scores after D's step, or else before it.

    Args:
        points: Says which scores after the step are logged.
        loss: G's loss, in the sign and scale of the formula.
        before: The formula's value at the scores before D's step.
        after: The same at the scores after it.
    """
    return np.where(np.isfinite(points.after), above(loss, after), near(loss, before))


def bce(points: Subsample, *, scale: float, saturating: bool, probabilities: bool) -> Floats:
    """Return the log density of both losses given the scores, shape (n,).

    Args:
        points: Losses and scores, finite except `after`.
        scale: Sum of D's real and fake terms divided by D's loss.
        saturating: Whether G minimises log(1 - D) rather than -log D.
        probabilities: Whether the scores are probabilities, not logits.
    """
    u, v, w = points.real, points.fake, points.after
    if probabilities:
        u, v, w = _logit(u), _logit(v), _logit(w)
    d = above(points.d_loss * scale, softplus(-u) + softplus(v)) + math.log(scale)
    if saturating:
        return d + _g_density(points, -points.g_loss, softplus(v), softplus(w))
    return d + _g_density(points, points.g_loss, softplus(-v), softplus(-w))


def least_squares(points: Subsample, *, scale: float, g_scale: float) -> Floats:
    """Return the same as `bce`; `g_scale` is the `scale` of G's loss."""
    u, v, w = points.real, points.fake, points.after
    d = above(points.d_loss * scale, (1 - u) ** 2 + v**2) + math.log(scale)
    return d + _g_density(points, points.g_loss * g_scale, (1 - v) ** 2, (1 - w) ** 2) + math.log(g_scale)


def _linear_g(points: Subsample, sign: float) -> Floats:
    before, after = -sign * points.fake, -sign * points.after
    return np.where(np.isfinite(after), equal(points.g_loss, after), near(points.g_loss, before))


def hinge(points: Subsample, *, scale: float) -> Floats:
    """Return the same as `bce`."""
    u, v = points.real, points.fake
    bound = np.maximum(0, 1 - u) + np.maximum(0, 1 + v)
    return above(points.d_loss * scale, bound) + math.log(scale) + _linear_g(points, 1.0)


def wasserstein(points: Subsample, *, flipped: bool) -> Floats:
    """Return the same as `bce`; `flipped` if D's loss is the distance itself, not its negative."""
    sign = -1.0 if flipped else 1.0
    d = _critic(points.d_loss, sign * (points.fake - points.real))
    return d + np.logaddexp(math.log(0.8) + _linear_g(points, 1.0), math.log(0.2) + _linear_g(points, -1.0))


def relativistic(points: Subsample, *, scale: float) -> Floats:
    """Return the same as `bce`; the scores are logits."""
    margin, margin_after = points.real - points.fake, points.real - points.after
    d = above(points.d_loss * scale, softplus(-margin))
    g = np.where(
        np.isfinite(margin_after),
        near(points.g_loss * scale, softplus(margin_after)),
        near(points.g_loss * scale, softplus(margin)),
    )
    return d + g + 2 * math.log(scale)
