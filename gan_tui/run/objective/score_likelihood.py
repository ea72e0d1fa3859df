"""How well two losses follow from D's logged scores under each GAN objective.

The mean score of a batch bounds a convex loss from below (Jensen), and fixes a linear one: with the
scores at hand the formulas can be tested, not only weighed.
"""

from __future__ import annotations

import math

import numpy as np

from gan_tui.logs.model import Floats
from gan_tui.run.objective.loss_likelihood import NEVER, softplus
from gan_tui.run.objective.sampling import Subsample

SMALLEST = 1e-6
"""Probabilities are printed with few digits: nearer to 0 or 1 they are not told apart."""


def are_probabilities(readings: Subsample) -> bool:
    """Whether every score lies between 0 and 1."""
    scores = np.concatenate([readings.real, readings.fake, readings.after])
    scores = scores[np.isfinite(scores)]
    return len(scores) > 0 and bool(np.all((scores >= -SMALLEST) & (scores <= 1 + SMALLEST)))


def _mixture(*parts: tuple[float, Floats]) -> Floats:
    total: Floats = np.logaddexp.reduce([math.log(weight) + density for weight, density in parts])
    return total


def _laplace(x: Floats, width: Floats) -> Floats:
    return -np.abs(x) / width - np.log(2 * width)


def _exponential(x: Floats, width: Floats) -> Floats:
    return np.where(x >= 0, -np.abs(x) / width - np.log(width), NEVER)


def above(value: Floats, bound: Floats) -> Floats:
    """Log density of a loss that its scores bound from below, most often closely."""
    excess, unit = value - bound, np.maximum(np.abs(bound), 0.5)
    return _mixture(
        (0.3, _exponential(excess, 0.04 * unit)),
        (0.35, _exponential(excess, 0.3 * unit)),
        (0.2, _exponential(excess, 2 * unit)),
        (0.1, _laplace(excess, 0.02 * unit)),
        (0.05, _laplace(excess, 0.3 * unit)),
    )


def near(value: Floats, bound: Floats) -> Floats:
    """Log density of a loss whose scores were taken a step before."""
    excess, unit = value - bound, np.maximum(np.abs(bound), 0.5)
    return _mixture(
        (0.3, _laplace(excess, 0.1 * unit)),
        (0.3, _laplace(excess, 0.5 * unit)),
        (0.4, _laplace(excess, 2 * unit)),
    )


def equal(value: Floats, expected: Floats) -> Floats:
    """Log density of a loss that is its score, as printed."""
    error, unit = value - expected, 1 + np.abs(expected)
    return _mixture(
        (0.5, _laplace(error, 2e-3 * unit)), (0.3, _laplace(error, 0.1 * unit)), (0.2, _laplace(error, unit))
    )


def _critic(value: Floats, distance: Floats) -> Floats:
    """Log density of a critic's loss: the distance of its scores, with a penalty added or not."""
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


def _of_g(readings: Subsample, loss: Floats, before: Floats, after: Floats) -> Floats:
    """Log density of G's loss from the fake scores after D's step, or those before where that is all.

    Args:
        readings: Where the scores after the step are logged.
        loss: G's loss, in the sign and scale of the form.
        before: The form at the scores before D's step.
        after: The form at those after it.
    """
    return np.where(np.isfinite(readings.after), above(loss, after), near(loss, before))


def bce(readings: Subsample, *, scale: float, saturating: bool, probabilities: bool) -> Floats:
    """Log density of both losses given the scores, shape (n,).

    Args:
        readings: Losses and scores, finite but for `after`.
        scale: How many times D's loss its two halves add up to.
        saturating: Whether G minimises log(1 - D) rather than -log D.
        probabilities: Whether the scores are probabilities, not logits.
    """
    u, v, w = readings.real, readings.fake, readings.after
    if probabilities:
        u, v, w = _logit(u), _logit(v), _logit(w)
    d = above(readings.d_loss * scale, softplus(-u) + softplus(v)) + math.log(scale)
    if saturating:
        return d + _of_g(readings, -readings.g_loss, softplus(v), softplus(w))
    return d + _of_g(readings, readings.g_loss, softplus(-v), softplus(-w))


def least_squares(readings: Subsample, *, scale: float, g_scale: float) -> Floats:
    """As `bce`; `g_scale` is to G's loss what `scale` is to D's."""
    u, v, w = readings.real, readings.fake, readings.after
    d = above(readings.d_loss * scale, (1 - u) ** 2 + v**2) + math.log(scale)
    return d + _of_g(readings, readings.g_loss * g_scale, (1 - v) ** 2, (1 - w) ** 2) + math.log(g_scale)


def _linear_g(readings: Subsample, sign: float) -> Floats:
    before, after = -sign * readings.fake, -sign * readings.after
    return np.where(np.isfinite(after), equal(readings.g_loss, after), near(readings.g_loss, before))


def hinge(readings: Subsample, *, scale: float) -> Floats:
    """As `bce`."""
    u, v = readings.real, readings.fake
    bound = np.maximum(0, 1 - u) + np.maximum(0, 1 + v)
    return above(readings.d_loss * scale, bound) + math.log(scale) + _linear_g(readings, 1.0)


def wasserstein(readings: Subsample, *, flipped: bool) -> Floats:
    """As `bce`, flipped where D's loss is the distance itself."""
    sign = -1.0 if flipped else 1.0
    d = _critic(readings.d_loss, sign * (readings.fake - readings.real))
    return d + np.logaddexp(
        math.log(0.8) + _linear_g(readings, 1.0), math.log(0.2) + _linear_g(readings, -1.0)
    )


def relativistic(readings: Subsample, *, scale: float) -> Floats:
    """As `bce`; the scores are logits."""
    lead, lead_after = readings.real - readings.fake, readings.real - readings.after
    d = above(readings.d_loss * scale, softplus(-lead))
    g = np.where(
        np.isfinite(lead_after),
        near(readings.g_loss * scale, softplus(lead_after)),
        near(readings.g_loss * scale, softplus(lead)),
    )
    return d + g + 2 * math.log(scale)
