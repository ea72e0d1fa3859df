"""Log likelihood of D's and G's losses under each GAN objective, by inverting its formulas.

D's and G's losses are functions of D's scores u of real and v of generated samples. For each objective,
G's loss gives v, and D's loss minus the fake term at v gives u. The density of these scores, with the
slope of the inverse, is the density of the losses; an impossible pair (a negative term) has none. So all
objectives and scales are comparable.
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
"""Logged values are rounded: smaller differences mean nothing."""
IMPOSSIBLE = -1e6
"""Log density of impossible values."""
HINGE_BLUR = 0.12
"""Scores of a batch vary, so the mean of max(0, x) is rounded at its corner by this width."""
DECADES = 18.0
"""Width of the prior range of sizes of a loss of unknown scale, in natural log units."""

Branches = list[tuple[Floats, Floats]]
"""Solutions of an inverse: scores, and the log of the derivative of score by loss."""


def softplus(x: Floats) -> Floats:
    """Return log(1 + e^x) without overflow."""
    return np.logaddexp(0.0, x)


def _inverse_softplus(y: Floats) -> Floats:
    y = np.maximum(y, 1e-9)
    return y + np.log(-np.expm1(-y))


def _inverse_softplus_slope(y: Floats) -> Floats:
    return -np.log(-np.expm1(-np.maximum(y, RESOLUTION)))


def _stage(*values: float) -> Floats:
    return np.array(values).reshape(-1, 1, 1)


FREEDOM = _stage(4.0, 3.0, 1.4, 0.15)
"""Degrees of freedom in each stage; few in a diverging run, in which any size is plausible."""


def _norm(freedom: Floats) -> Floats:
    logs = [math.lgamma((f + 1) / 2) - math.lgamma(f / 2) - 0.5 * math.log(f * math.pi) for f in freedom.flat]
    return _stage(*logs)


class Spread(Struct, frozen=True, dict=True):
    """A Student distribution in each stage, with its own width on each side; arrays of shape (4, 1, 1)."""

    middle: Floats
    below: Floats
    above: Floats
    freedom: Floats = field(default_factory=lambda: FREEDOM)

    @cached_property
    def norm(self) -> Floats:
        """Log density at the middle."""
        return _norm(self.freedom) + np.log(2 / (self.below + self.above))

    def density(self, x: Floats) -> Floats:
        """Return the log density at x, which broadcasts against (4, 1, 1)."""
        z = x - self.middle
        z = z / np.where(z < 0, self.below, self.above)
        z *= z
        z /= self.freedom
        np.log1p(z, out=z)
        z *= -(self.freedom + 1) / 2
        z += self.norm
        return z

    def log_tail(self, x: Floats) -> Floats:
        """Return the log of the mass above x, approximately."""
        z = x - self.middle
        width = np.where(z < 0, self.below, self.above)
        tail = -self.freedom / 2 * np.log1p((z / width) ** 2 / self.freedom)
        share = self.above / (self.below + self.above)
        return np.where(z > 0, np.log(share) + tail, np.log1p(-(1 - share) * np.exp(tail)))


class LossForm(Struct, frozen=True):
    """A loss: its terms and G's loss as functions of a score, and their inverses.

    The distributions say which scores are plausible in the four stages: at the start, at rest, during
    training, and in a diverging run. Their widths are those of real trainings, rounded.
    """

    fake_term: Callable[[Floats], Floats]
    """v to the fake term of D's loss."""
    g_loss: Callable[[Floats], Floats]
    """v to G's loss."""
    real_scores: Callable[[Floats], Branches]
    """Real term of D's loss to u."""
    fake_scores: Callable[[Floats], Branches]
    """G's loss to v."""
    g_sign: int
    """1 if G's loss is never negative, -1 if never positive, 0 if it can be both."""
    margin: Spread
    """Distribution of u - v."""
    middle: Spread
    """Distribution of (u + v) / 2, in units of `1 + widening * |u - v|`."""
    widening: float
    drift: Floats
    """How far v moves between D's step and G's, shape (4, 1, 1)."""
    saturates: bool = True
    """Whether a term of D's loss goes to zero as the score grows without bound."""
    shift: Floats = field(default_factory=lambda: _stage(0, 0, 0, 0))
    """How much lower v is at G's step throughout the run, shape (4, 1, 1)."""


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
    margin=Spread(_stage(0, 0, 0, 0), _stage(0.1, 0.06, 0.25, 5), _stage(0.3, 0.06, 2.5, 10)),
    middle=Spread(_stage(0, 0, 0, 0), _stage(0.2, 0.2, 0.5, 5), _stage(0.2, 0.15, 0.3, 5)),
    widening=0.8,
    drift=_stage(0.12, 0.03, 0.5, 0.5),
)
SHIFTED_BCE = replace(BCE, shift=_stage(0, 0.8, 2, 2))
"""With batch normalisation, D scores a batch of fakes only (at G's step) lower than a mixed batch."""
SATURATING = replace(BCE, g_loss=lambda v: -softplus(v), fake_scores=_saturating_scores, g_sign=-1)
HINGE = LossForm(
    lambda v: HINGE_BLUR * softplus((1 + v) / HINGE_BLUR),
    lambda v: -v,
    _hinge_real,
    _hinge_fake,
    0,
    margin=Spread(_stage(0, 0, 0, 0), _stage(0.12, 0.06, 0.2, 5), _stage(0.35, 0.06, 1, 10)),
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
    margin=Spread(_stage(0, 0, 0, 0), _stage(0.12, 0.04, 0.1, 2), _stage(0.3, 0.04, 0.4, 5)),
    middle=Spread(_stage(0.05, 0.5, 0.5, 0.5), _stage(0.2, 0.04, 0.15, 5), _stage(0.3, 0.04, 0.12, 5)),
    widening=0.0,
    drift=_stage(0.05, 0.02, 0.12, 0.2),
    saturates=False,
)

_OFFSETS = np.array([-1.2, 0.0, 1.2, 2.6, 4.5]).reshape(1, 5, 1)
_OFFSET_WEIGHTS = np.log(np.array([0.1, 0.35, 0.25, 0.18, 0.12])).reshape(1, 5, 1)
"""Log weights of the offsets: D's step, before G's loss is taken, usually lowers the fake scores."""
_DRIFT_SHARE = 0.15
"""The drift grows by this fraction of the score."""


def _score_density(form: LossForm, d: Floats, v: Floats) -> Floats:
    """Return the log density of D's loss (n,) and the fake scores v (4, k, 1 or n), shape (4, k, n)."""
    real_term = d - form.fake_term(v)
    possible = real_term > -RESOLUTION
    real_term = np.where(possible, np.maximum(real_term, RESOLUTION), 1.0)
    terms = []
    for u, slope in form.real_scores(real_term):
        margin = u - v
        unit = 1 + form.widening * np.abs(margin)
        margin_density = form.margin.density(margin) + slope
        if form.saturates and (real_term <= RESOLUTION).any():
            tail = form.margin.log_tail(margin) - math.log(RESOLUTION)
            margin_density = np.where(real_term <= RESOLUTION, tail, margin_density)
        terms.append(margin_density + form.middle.density((u + v) / 2 / unit) - np.log(unit))
    total = terms[0] if len(terms) == 1 else np.logaddexp(*terms)
    return np.where(possible, total, IMPOSSIBLE)


def both_losses(form: LossForm, d: Floats, g: Floats) -> Floats:
    """Return the log density of D's and G's losses in each stage.

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
        v_at_d_step = v + form.shift + _OFFSETS * form.drift * (1 + _DRIFT_SHARE * np.abs(v))
        terms.append(
            slope + np.logaddexp.reduce(_score_density(form, d, v_at_d_step) + _OFFSET_WEIGHTS, axis=1)
        )
    density: Floats = np.where(possible, np.logaddexp.reduce(terms), IMPOSSIBLE)
    return density


_GRID = np.linspace(-3.5, 3.5, 13).reshape(1, -1, 1)
_GRID_WIDTH = _stage(0.2, 0.2, 0.4, 4)
"""Width of the grid of fake scores to sum over, which is finer near the middle."""


def d_loss_only(form: LossForm, d: Floats, g: Floats | None = None) -> Floats:
    """Return the log density of D's loss if G's is not logged or includes other terms.

    Args:
        form: The loss.
        d: D's losses at the scale of the summed form, shape (n,).
        g: G's losses with the other terms, which increase them, shape (n,); None if not logged.

    Returns:
        Shape (4, n).
    """
    v = form.middle.middle + _GRID_WIDTH * np.sinh(_GRID)
    spacing = np.log(_GRID_WIDTH * np.cosh(_GRID) * (_GRID[0, 1, 0] - _GRID[0, 0, 0]))
    terms = spacing + _score_density(form, d, v)
    if g is not None:
        others = g - form.g_loss(v)
        terms = terms + np.where(others > 0, any_size(others + MIN_OTHER_TERMS), IMPOSSIBLE)
    density: Floats = np.logaddexp.reduce(terms, axis=1)
    return density


MIN_OTHER_TERMS = 0.3
"""Typical least size of other terms of G's loss: L1 and perceptual losses have large weights."""

_MARGIN = Spread(_stage(0, 0, 0, 0), _stage(0.1, 0.06, 0.25, 5), _stage(0.3, 0.06, 1, 10))
_GAP = Spread(
    _stage(0.4, 0.4, 0.55, 0.5),
    _stage(0.18, 0.18, 0.25, 1),
    _stage(0.4, 0.4, 0.6, 1),
    freedom=_stage(6, 6, 4, 0.5),
)
"""Distribution of the gap in `relativistic`, in units of 0.2 plus the margin."""


def relativistic(d: Floats, g: Floats) -> Floats:
    """Return the log density of the losses of a relativistic average GAN, each the mean of two terms.

    Both depend only on the margin of real over fake scores: if all scores of a batch were equal, d would
    be softplus(-margin) and g softplus(margin). Their spread raises both (Jensen), so g implies a larger
    margin than d, by a gap that grows with the margin.

    Returns:
        Shape (4, n).
    """
    possible = (d >= 0) & (g >= 0)
    d, g = np.where(possible, np.maximum(d, RESOLUTION), 1.0), np.where(possible, g, 1.0)
    by_g, by_d = _inverse_softplus(g), -_inverse_softplus(d)
    margin = (by_g + by_d) / 2
    unit = 0.2 + np.abs(margin)
    gap = _GAP.density((by_g - by_d) / unit) - np.log(unit)
    # A loss of D logged as zero says only that the margin is large.
    gap = np.where((d <= RESOLUTION) & (by_g > by_d), -math.log(2), gap)
    slopes = _inverse_softplus_slope(g) + _inverse_softplus_slope(d)
    density: Floats = np.where(possible, (_MARGIN.density(margin) + gap)[:, 0] + slopes, IMPOSSIBLE)
    return density


def relativistic_d_only(d: Floats, g: Floats | None = None) -> Floats:
    """Return the same as `d_loss_only` for a relativistic loss, shape (n,)."""
    possible = d >= 0
    d = np.where(possible, np.maximum(d, RESOLUTION), 1.0)
    margin = -_inverse_softplus(d)
    density = _MARGIN.density(margin)[:, 0] + _inverse_softplus_slope(d)
    if g is not None:
        others = g - softplus(margin)
        density = density + np.where(others > 0, any_size(others + MIN_OTHER_TERMS), IMPOSSIBLE)
    result: Floats = np.where(possible, density, IMPOSSIBLE)
    return result


def any_size(x: Floats) -> Floats:
    """Return the log density, over the half line, of a loss of unknown size."""
    size = np.abs(x) + RESOLUTION
    density: Floats = -np.log(size) - math.log(DECADES) - np.maximum(0.0, np.log(size / 1e4)) * 0.15
    return density


def own_size(x: Floats) -> Floats:
    """Return the log density of a curve of constant, unknown size: a Cauchy density of its own median.

    Taking the size from the curve costs as much as not knowing it for one point.
    """
    size = typical_size(x) + RESOLUTION
    size_cost = math.log(DECADES) / len(x)
    density: Floats = math.log(2 / math.pi / size) - np.log1p((x / size) ** 2) - size_cost
    return density


def typical_size(x: Floats) -> float:
    """Return the median of |x|."""
    return float(median(np.abs(x))) if len(x) else 0.0
