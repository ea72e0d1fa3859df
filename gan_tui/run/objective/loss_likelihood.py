"""How plausible two losses are under each GAN objective: the formulas, turned round.

D's and G's loss are functions of the scores u that D gives real samples and v that it gives generated
ones. For each objective the formulas are inverted: G's loss says v, what D's loss holds beyond the fake
half that v implies says u. The density of such scores, with the slope of the inverse, is the density of
the losses; an impossible pair (a half below zero) has none. So objectives and scales are compared in one
currency, and what is unlikely for one is weighed against what is unlikely for another.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from gan_tui.logs.model import Floats
from gan_tui.numeric import median

RESOLUTION = 1e-3
"""Logs round: below this two values cannot be told apart."""
NEVER = -1e6
"""Log density of what cannot be."""
HINGE_BLUR = 0.12
"""Over a batch, scores spread: the mean of max(0, x) is this much rounder at its corner."""
DECADES = 18.0
"""Width, in units of e, of the range of sizes that a loss of no known scale may have."""

Branches = list[tuple[Floats, Floats]]
"""Solutions of an inverse: scores, and the log of the slope of score over loss."""


def softplus(x: Floats) -> Floats:
    """log(1 + e^x), without overflow."""
    return np.logaddexp(0.0, x)


def _inverse_softplus(y: Floats) -> Floats:
    y = np.maximum(y, 1e-9)
    return y + np.log(-np.expm1(-y))


def _inverse_softplus_slope(y: Floats) -> Floats:
    return -np.log(-np.expm1(-np.maximum(y, RESOLUTION)))


def _stage(*values: float) -> Floats:
    return np.array(values).reshape(-1, 1, 1)


FREEDOM = _stage(4.0, 3.0, 1.4, 0.15)
"""Degrees of freedom of each stage: in a wild run any size is about as likely as any other."""


def _norm(freedom: Floats) -> Floats:
    logs = [math.lgamma((f + 1) / 2) - math.lgamma(f / 2) - 0.5 * math.log(f * math.pi) for f in freedom.flat]
    return _stage(*logs)


class Spread(Struct, frozen=True, dict=True):
    """A split Student distribution in each stage: one width below the middle, one above, (4, 1, 1) each."""

    middle: Floats
    below: Floats
    above: Floats
    freedom: Floats = field(default_factory=lambda: FREEDOM)

    @cached_property
    def norm(self) -> Floats:
        """Log density in the middle."""
        return _norm(self.freedom) + np.log(2 / (self.below + self.above))

    def density(self, x: Floats) -> Floats:
        """Log density at x, which broadcasts against (4, 1, 1)."""
        z = x - self.middle
        z = z / np.where(z < 0, self.below, self.above)
        z *= z
        z /= self.freedom
        np.log1p(z, out=z)
        z *= -(self.freedom + 1) / 2
        z += self.norm
        return z

    def beyond(self, x: Floats) -> Floats:
        """Log of the mass above x, nearly."""
        z = x - self.middle
        width = np.where(z < 0, self.below, self.above)
        tail = -self.freedom / 2 * np.log1p((z / width) ** 2 / self.freedom)
        share = self.above / (self.below + self.above)
        return np.where(z > 0, np.log(share) + tail, np.log1p(-(1 - share) * np.exp(tail)))


class LossForm(Struct, frozen=True):
    """One loss: its halves and G's loss as functions of a score, inverted where needed.

    The spreads say which scores are plausible at the start, at rest, in play, and in a run gone wild;
    their widths are those met in real trainings, rounded.
    """

    fake_half: Callable[[Floats], Floats]
    """v to the fake half of D's loss."""
    g_loss: Callable[[Floats], Floats]
    """v to G's loss."""
    real_scores: Callable[[Floats], Branches]
    """Real half of D's loss to u."""
    fake_scores: Callable[[Floats], Branches]
    """G's loss to v."""
    g_sign: int
    """1 where G's loss is never below zero, -1 where it is never above, 0 where it may be either."""
    lead: Spread
    """Of u - v."""
    middle: Spread
    """Of (u + v) / 2, in units of `1 + widening * |u - v|`."""
    widening: float
    drift: Floats
    """How far v moves between D's step and G's, (4, 1, 1)."""
    saturates: bool = True
    """Whether a half of D's loss goes to zero as the score runs away."""
    shift: Floats = field(default_factory=lambda: _stage(0, 0, 0, 0))
    """How much lower v is, all through the run, where G's loss is taken, (4, 1, 1)."""


def _bce_scores(a: Floats) -> Branches:
    return [(-_inverse_softplus(a), _inverse_softplus_slope(a))]


def _saturating_scores(g: Floats) -> Branches:
    return [(_inverse_softplus(-g), _inverse_softplus_slope(-g))]


def _hinge_real(a: Floats) -> Branches:
    slope = -np.log(-np.expm1(-np.maximum(a, RESOLUTION) / HINGE_BLUR))
    return [(1 - HINGE_BLUR * _inverse_softplus(a / HINGE_BLUR), slope)]


def _hinge_fake(g: Floats) -> Branches:
    return [(-g, np.zeros_like(g))]


def _square_root(a: Floats) -> Branches:
    root = np.sqrt(np.maximum(a, 0.0))
    slope = -np.log(2 * np.sqrt(np.maximum(a, RESOLUTION)))
    return [(1 - root, slope), (1 + root, slope)]


BCE = LossForm(
    softplus,
    lambda v: softplus(-v),
    _bce_scores,
    _bce_scores,
    1,
    lead=Spread(_stage(0, 0, 0, 0), _stage(0.1, 0.06, 0.25, 5), _stage(0.3, 0.06, 2.5, 10)),
    middle=Spread(_stage(0, 0, 0, 0), _stage(0.2, 0.2, 0.5, 5), _stage(0.2, 0.15, 0.3, 5)),
    widening=0.8,
    drift=_stage(0.12, 0.03, 0.5, 0.5),
)
SHIFTED_BCE = replace(BCE, shift=_stage(0, 0.8, 2, 2))
"""With batch normalisation D scores a batch of nothing but fakes, as in G's step, lower than a mixed one."""
SATURATING = replace(BCE, g_loss=lambda v: -softplus(v), fake_scores=_saturating_scores, g_sign=-1)
HINGE = LossForm(
    lambda v: HINGE_BLUR * softplus((1 + v) / HINGE_BLUR),
    lambda v: -v,
    _hinge_real,
    _hinge_fake,
    0,
    lead=Spread(_stage(0, 0, 0, 0), _stage(0.12, 0.06, 0.2, 5), _stage(0.35, 0.06, 1, 10)),
    middle=Spread(_stage(0, 0, 0, 0), _stage(0.25, 0.6, 0.6, 5), _stage(0.25, 0.5, 0.5, 5)),
    widening=0.5,
    drift=_stage(0.08, 0.03, 0.25, 0.5),
)
LEAST_SQUARES = LossForm(
    lambda v: v * v,
    lambda v: (1 - v) ** 2,
    _square_root,
    _square_root,
    1,
    lead=Spread(_stage(0, 0, 0, 0), _stage(0.12, 0.04, 0.1, 2), _stage(0.3, 0.04, 0.4, 5)),
    middle=Spread(_stage(0.05, 0.5, 0.5, 0.5), _stage(0.2, 0.04, 0.15, 5), _stage(0.3, 0.04, 0.12, 5)),
    widening=0.0,
    drift=_stage(0.05, 0.02, 0.12, 0.2),
    saturates=False,
)

_OFFSETS = np.array([-1.2, 0.0, 1.2, 2.6, 4.5]).reshape(1, 5, 1)
_OFFSET_WEIGHTS = np.log(np.array([0.1, 0.35, 0.25, 0.18, 0.12])).reshape(1, 5, 1)
"""G's loss is taken after D's step, which has pushed the fake scores down more often than not."""
_DRIFT_SHARE = 0.15
"""Larger scores move further: the drift grows by this share of the score."""


def _scores(form: LossForm, d: Floats, v: Floats) -> Floats:
    """Log density of D's loss and of the fake scores v at its step: (n,) and (4, k, 1 or n) to (4, k, n)."""
    real_half = d - form.fake_half(v)
    possible = real_half > -RESOLUTION
    real_half = np.where(possible, np.maximum(real_half, RESOLUTION), 1.0)
    terms = []
    for u, slope in form.real_scores(real_half):
        lead = u - v
        unit = 1 + form.widening * np.abs(lead)
        of_lead = form.lead.density(lead) + slope
        if form.saturates and (real_half <= RESOLUTION).any():
            beyond = form.lead.beyond(lead) - math.log(RESOLUTION)
            of_lead = np.where(real_half <= RESOLUTION, beyond, of_lead)
        terms.append(of_lead + form.middle.density((u + v) / 2 / unit) - np.log(unit))
    total = terms[0] if len(terms) == 1 else np.logaddexp(*terms)
    return np.where(possible, total, NEVER)


def both_losses(form: LossForm, d: Floats, g: Floats) -> Floats:
    """Log density of D's and G's losses in each stage.

    Args:
        form: The loss.
        d: D's losses at the scale of the summed form, shape (n,).
        g: G's losses, shape (n,).

    Returns:
        Shape (4, n).
    """
    possible = form.g_sign * g >= 0
    terms = []
    for v, slope in form.fake_scores(np.where(possible, g, 0.0)):
        v_then = v + form.shift + _OFFSETS * form.drift * (1 + _DRIFT_SHARE * np.abs(v))
        terms.append(slope + np.logaddexp.reduce(_scores(form, d, v_then) + _OFFSET_WEIGHTS, axis=1))
    density: Floats = np.where(possible, np.logaddexp.reduce(terms), NEVER)
    return density


_GRID = np.linspace(-3.5, 3.5, 13).reshape(1, -1, 1)
_GRID_WIDTH = _stage(0.2, 0.2, 0.4, 4)
"""Fake scores are summed over at these places, near each other where scores are dense."""


def discriminator_alone(form: LossForm, d: Floats, g: Floats | None = None) -> Floats:
    """Log density of D's loss where G's is not logged, or holds other parts than the game as well.

    Args:
        form: The loss.
        d: D's losses at the scale of the summed form, shape (n,).
        g: G's losses with the other parts, which make them larger, shape (n,); None where not logged.

    Returns:
        Shape (4, n).
    """
    v = form.middle.middle + _GRID_WIDTH * np.sinh(_GRID)
    spacing = np.log(_GRID_WIDTH * np.cosh(_GRID) * (_GRID[0, 1, 0] - _GRID[0, 0, 0]))
    terms = spacing + _scores(form, d, v)
    if g is not None:
        parts = g - form.g_loss(v)
        terms = terms + np.where(parts > 0, any_size(parts + SMALLEST_PART), NEVER)
    density: Floats = np.logaddexp.reduce(terms, axis=1)
    return density


SMALLEST_PART = 0.3
"""Other parts of G's loss are about this large or larger: L1 and perceptual losses are weighted up."""

_LEAD = Spread(_stage(0, 0, 0, 0), _stage(0.1, 0.06, 0.25, 5), _stage(0.3, 0.06, 1, 10))
_GAP = Spread(
    _stage(0.4, 0.4, 0.55, 0.5),
    _stage(0.18, 0.18, 0.25, 1),
    _stage(0.4, 0.4, 0.6, 1),
    freedom=_stage(6, 6, 4, 0.5),
)
"""Of the gap below, in units of 0.2 more than the lead."""


def relativistic(d: Floats, g: Floats) -> Floats:
    """Log density of the losses of a relativistic average GAN, each the mean of its two terms.

    Both depend on the lead of the real over the fake scores alone: were all scores of a batch equal, d
    would be softplus(-lead) and g softplus(lead). Spread raises both (Jensen), so the lead that g
    implies is above the one that d implies, by a gap that grows with it.

    Returns:
        Shape (4, n).
    """
    possible = (d >= 0) & (g >= 0)
    d, g = np.where(possible, np.maximum(d, RESOLUTION), 1.0), np.where(possible, g, 1.0)
    by_g, by_d = _inverse_softplus(g), -_inverse_softplus(d)
    lead = (by_g + by_d) / 2
    unit = 0.2 + np.abs(lead)
    gap = _GAP.density((by_g - by_d) / unit) - np.log(unit)
    # A loss of D that is printed as zero says only that its lead is large.
    gap = np.where((d <= RESOLUTION) & (by_g > by_d), -math.log(2), gap)
    slopes = _inverse_softplus_slope(g) + _inverse_softplus_slope(d)
    density: Floats = np.where(possible, (_LEAD.density(lead) + gap)[:, 0] + slopes, NEVER)
    return density


def relativistic_alone(d: Floats, g: Floats | None = None) -> Floats:
    """As `discriminator_alone`, for a relativistic loss."""
    possible = d >= 0
    d = np.where(possible, np.maximum(d, RESOLUTION), 1.0)
    lead = -_inverse_softplus(d)
    density = _LEAD.density(lead)[:, 0] + _inverse_softplus_slope(d)
    if g is not None:
        parts = g - softplus(lead)
        density = density + np.where(parts > 0, any_size(parts + SMALLEST_PART), NEVER)
    alone: Floats = np.where(possible, density, NEVER)
    return alone


def any_size(x: Floats) -> Floats:
    """Log density over the half line for a loss of which not even the size is known."""
    size = np.abs(x) + RESOLUTION
    density: Floats = -np.log(size) - math.log(DECADES) - np.maximum(0.0, np.log(size / 1e4)) * 0.15
    return density


def own_size(x: Floats) -> Floats:
    """The same for a curve that keeps its size, whatever that is: a Cauchy density about its own median.

    That the size is read from the curve costs as much as not knowing it of one point.
    """
    size = typical_size(x) + RESOLUTION
    once = math.log(DECADES) / len(x)
    density: Floats = math.log(2 / math.pi / size) - np.log1p((x / size) ** 2) - once
    return density


def typical_size(x: Floats) -> float:
    """The median of |x|."""
    return float(median(np.abs(x))) if len(x) else 0.0
