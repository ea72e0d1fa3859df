"""The objectives a pair can have, and the likelihood of its losses and scores under each."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

import numpy as np
from msgspec import Struct

from gan_tui.logs.model import Floats
from gan_tui.run.objective import loss_likelihood, score_likelihood
from gan_tui.run.objective.kinds import LossScale, ObjectiveKind
from gan_tui.run.objective.sampling import Subsample
from gan_tui.run.pair import PlayerPair

LN2 = math.log(2)


class LossFamily(Struct, frozen=True):
    """A loss at the scale of its summed form; the hypotheses of a family differ in scale and sign only."""

    both_losses: Callable[[Floats, Floats], Floats]
    """Log density of D's and G's losses, shape (n,) each, in every stage of training: (4, n) or (1, n)."""
    d_loss_only: Callable[[Floats], Floats]
    """The same for D's loss if G's is not logged."""
    with_other_terms: Callable[[Floats, Floats], Floats]
    """The same for both if G's loss includes other terms than the adversarial one."""
    g_sign: int = 0
    """1 if G's loss is never negative, -1 if never positive, 0 if it can be both."""


def _loss_family(form: loss_likelihood.LossForm) -> LossFamily:
    return LossFamily(
        partial(loss_likelihood.both_losses, form),
        partial(loss_likelihood.d_loss_only, form),
        partial(loss_likelihood.d_loss_only, form),
        form.g_sign,
    )


BCE, SHIFTED_BCE, SATURATING, HINGE, LEAST_SQUARES = map(
    _loss_family,
    (
        loss_likelihood.BCE,
        loss_likelihood.SHIFTED_BCE,
        loss_likelihood.SATURATING,
        loss_likelihood.HINGE,
        loss_likelihood.LEAST_SQUARES,
    ),
)
RELATIVISTIC = LossFamily(
    loss_likelihood.relativistic, loss_likelihood.relativistic_d_only, loss_likelihood.relativistic_d_only, 1
)


class Hypothesis(Struct, frozen=True):
    """One objective at one scale."""

    name: str
    kind: ObjectiveKind
    scale: LossScale
    prior: float
    """How common it is, relative to the others."""
    d_equilibrium: float | None
    g_equilibrium: float | None
    family: LossFamily
    given_scores: Callable[[Subsample, bool], Floats] | None = None
    """Log density given D's scores and whether these are probabilities, shape (n,)."""
    factor: float = 1.0
    """The family's loss of D divided by the logged one."""
    g_factor: float = 1.0
    """The same for G."""
    signs: tuple[int, int] = (0, 0)
    """For D's and G's loss: 1 if never negative, -1 if never positive, 0 if it can be both."""


def _hypothesis(
    name: str,
    kind: ObjectiveKind,
    scale: LossScale,
    prior: float,
    balance: tuple[float, float],
    family: LossFamily,
    given_scores: Callable[[Subsample, bool], Floats] | None = None,
    *,
    factor: float = 1.0,
    g_factor: float = 1.0,
) -> Hypothesis:
    signs = (1 if factor > 0 else -1, family.g_sign if g_factor > 0 else -family.g_sign)
    return Hypothesis(name, kind, scale, prior, *balance, family, given_scores, factor, g_factor, signs)


def _bce(scale: float, *, saturating: bool) -> Callable[[Subsample, bool], Floats]:
    return lambda r, p: score_likelihood.bce(r, scale=scale, saturating=saturating, probabilities=p)


def _hinge(scale: float) -> Callable[[Subsample, bool], Floats]:
    return lambda r, p: score_likelihood.hinge(r, scale=scale)  # noqa: ARG005 - logits in any case


def _squares(scale: float, g_scale: float = 1.0) -> Callable[[Subsample, bool], Floats]:
    return lambda r, p: score_likelihood.least_squares(r, scale=scale, g_scale=g_scale)  # noqa: ARG005


def _relativistic(name: str, scale: LossScale, prior: float, balance: float, factor: float) -> Hypothesis:
    return _hypothesis(
        name, ObjectiveKind.RELATIVISTIC, scale, prior, (balance, balance), RELATIVISTIC,
        lambda r, p: score_likelihood.relativistic(r, scale=factor),  # noqa: ARG005 - logits in any case
        factor=factor, g_factor=factor,
    )  # fmt: skip


def _over_scales(
    name: str, kind: ObjectiveKind, balance: tuple[float, float], family: LossFamily, priors: dict[int, float]
) -> list[Hypothesis]:
    """Return losses summed over several discriminators, as in pix2pixHD and MelGAN."""
    return [
        _hypothesis(
            f"{name} summed over {count} scales", kind, LossScale.SUM, prior,
            (balance[0] * count, balance[1] * count), family, factor=1 / count, g_factor=1 / count,
        )
        for count, prior in priors.items()
    ]  # fmt: skip


def _for_any_stage(density: Floats) -> Floats:
    return density[None]


def _size_density(d: Floats) -> Callable[[Floats], Floats]:
    """Return the density of a size: negative values mark a critic, and without them any size is possible."""
    return (
        loss_likelihood.own_size
        if bool((d < -loss_likelihood.RESOLUTION).any())
        else loss_likelihood.any_size
    )


def _wasserstein(name: str, prior: float, *, flipped: bool) -> Hypothesis:
    def alone(d: Floats) -> Floats:
        winning = (d < 0) != flipped
        return _for_any_stage(_size_density(d)(d) + np.where(winning, math.log(0.8), math.log(0.2)))

    def losses(d: Floats, g: Floats) -> Floats:
        return alone(d) + _size_density(d)(g) - math.log(2)

    return Hypothesis(
        name, ObjectiveKind.WASSERSTEIN, LossScale.UNKNOWN, prior, 0.0, None,
        LossFamily(losses, alone, losses),
        lambda r, p: score_likelihood.wasserstein(r, flipped=flipped),  # noqa: ARG005 - unbounded anyway
    )  # fmt: skip


def _unknown_size(x: Floats) -> Floats:
    if loss_likelihood.typical_size(x) < FAR:
        return loss_likelihood.any_size(x)
    return np.logaddexp(loss_likelihood.any_size(x), loss_likelihood.own_size(x)) - math.log(2)


def _unknown_alone(d: Floats) -> Floats:
    return _for_any_stage(np.where(d >= 0, _unknown_size(d), loss_likelihood.IMPOSSIBLE))


def _unknown_losses(d: Floats, g: Floats) -> Floats:
    return _unknown_alone(d) + _unknown_size(g) + np.where(g >= 0, math.log(0.8), math.log(0.2))


FAR = 30.0
"""No known loss is this large at balance: larger curves have a scale of their own."""


def any_losses(d: Floats, g: Floats) -> Floats:
    """Return the log density of two losses of an unknown objective, shape (n,)."""
    return (
        loss_likelihood.any_size(d)
        + loss_likelihood.any_size(g)
        + np.where(g >= 0, math.log(0.8), math.log(0.2))
    )


UNKNOWN = Hypothesis(
    "unknown", ObjectiveKind.UNKNOWN, LossScale.UNKNOWN, 0.02, None, None,
    LossFamily(_unknown_losses, _unknown_alone, _unknown_losses),
)  # fmt: skip

HYPOTHESES: tuple[Hypothesis, ...] = (
    _hypothesis(
        "summed BCE", ObjectiveKind.BCE, LossScale.SUM, 0.22, (2 * LN2, LN2),
        BCE, _bce(1, saturating=False),
    ),
    _hypothesis(
        "averaged BCE", ObjectiveKind.BCE, LossScale.MEAN, 0.14, (LN2, LN2),
        BCE, _bce(2, saturating=False), factor=2,
    ),
    _hypothesis("summed BCE", ObjectiveKind.BCE, LossScale.SUM, 0.1, (2 * LN2, LN2), SHIFTED_BCE),
    _hypothesis("averaged BCE", ObjectiveKind.BCE, LossScale.MEAN, 0.05, (LN2, LN2), SHIFTED_BCE, factor=2),
    _hypothesis(
        "summed, saturating BCE", ObjectiveKind.BCE, LossScale.SUM, 0.06, (2 * LN2, -LN2),
        SATURATING, _bce(1, saturating=True),
    ),
    _hypothesis(
        "averaged, saturating BCE", ObjectiveKind.BCE, LossScale.MEAN, 0.03, (LN2, -LN2),
        SATURATING, _bce(2, saturating=True), factor=2,
    ),
    _hypothesis(
        "summed, maximised BCE", ObjectiveKind.BCE, LossScale.SUM, 0.01, (-2 * LN2, -LN2),
        BCE, factor=-1, g_factor=-1,
    ),
    _hypothesis(
        "averaged, maximised BCE", ObjectiveKind.BCE, LossScale.MEAN, 0.004, (-LN2, -LN2),
        BCE, factor=-2, g_factor=-1,
    ),
    _hypothesis("summed hinge", ObjectiveKind.HINGE, LossScale.SUM, 0.1, (2.0, 0.0), HINGE, _hinge(1)),
    _hypothesis(
        "averaged hinge", ObjectiveKind.HINGE, LossScale.MEAN, 0.06, (1.0, 0.0),
        HINGE, _hinge(2), factor=2,
    ),
    *_over_scales("hinge", ObjectiveKind.HINGE, (2.0, 0.0), HINGE, {2: 0.002, 3: 0.005}),
    *_over_scales("BCE", ObjectiveKind.BCE, (2 * LN2, LN2), BCE, {2: 0.002, 3: 0.002}),
    *_over_scales(
        "least-squares", ObjectiveKind.LEAST_SQUARES, (0.5, 0.25), LEAST_SQUARES, {2: 0.004, 3: 0.002}
    ),
    _hypothesis(
        "summed least-squares", ObjectiveKind.LEAST_SQUARES, LossScale.SUM, 0.08, (0.5, 0.25),
        LEAST_SQUARES, _squares(1),
    ),
    _hypothesis(
        "averaged least-squares", ObjectiveKind.LEAST_SQUARES, LossScale.MEAN, 0.08, (0.25, 0.25),
        LEAST_SQUARES, _squares(2), factor=2,
    ),
    _hypothesis(
        "halved least-squares", ObjectiveKind.LEAST_SQUARES, LossScale.MEAN, 0.003, (0.25, 0.125),
        LEAST_SQUARES, _squares(2, 2), factor=2, g_factor=2,
    ),
    _relativistic("summed relativistic", LossScale.SUM, 0.012, 2 * LN2, 0.5),
    _relativistic("averaged relativistic", LossScale.MEAN, 0.0003, LN2, 1.0),
    _wasserstein("Wasserstein", 0.1, flipped=False),
    _wasserstein("Wasserstein with its sign turned", 0.015, flipped=True),
    UNKNOWN,
)  # fmt: skip
"""All hypotheses. A new objective is a form in loss_likelihood.py, a family and a row here.

Averaged BCE with equally strong players and averaged relativistic loss give the same curves with the
same balance: without logged scores the far more common BCE is chosen.
"""

OUTLIERS = 0.01
"""Prior share of points that fit no hypothesis, so that one of them decides little."""
MIN_WRONG_SIGNS, WRONG_SIGN_SHARE = 2, 0.05
"""With more points of an impossible sign than both limits, a hypothesis is ruled out."""
RULED_OUT = -1e5
"""Log likelihood of a hypothesis that is ruled out."""
START = 60.0
"""Steps for which a discriminator counts as new; its losses show their formula most clearly then."""
AT_REST = 0.15
DIVERGING = 0.05
OTHER_TERMS = 0.06
"""Prior probability that a generator's loss includes other terms under a plain name."""
STRIDE = 3
"""Other terms are tested at every third point only."""
RARE_SCORES = 0.06
"""Prior probability that scores between 0 and 1 are logits for BCE, or probabilities for another loss."""


def log_likelihoods(hypotheses: Sequence[Hypothesis], points: Subsample) -> Floats:
    """Return the log likelihood of the points under each hypothesis, as if they were a few independent ones.

    Hypotheses of one family are computed together: there are few points, so calls dominate the time.

    Returns:
        Shape (len(hypotheses),).
    """
    totals = np.full(len(hypotheses), RULED_OUT)
    d_signs, g_signs = _impossible_signs(points.d_loss), _impossible_signs(points.g_loss)
    at = [i for i, h in enumerate(hypotheses) if h.signs[0] not in d_signs and h.signs[1] not in g_signs]
    possible = [hypotheses[i] for i in at]
    use_scores = np.array([h.given_scores is not None for h in possible], dtype=bool)
    result = np.zeros(len(possible))
    with np.errstate(all="ignore"):
        paired = np.isfinite(points.g_loss)
        if not paired.all():
            result += _d_loss_only(possible, points.select(~paired))
        points = points.select(paired)
        known = np.isfinite(points.real) & np.isfinite(points.fake)
        if known.any():
            result[use_scores] += _given_scores(_select(possible, use_scores), points.select(known))
            result[use_scores] += _both_losses(_select(possible, use_scores), points.select(~known))
            result[~use_scores] += _both_losses(_select(possible, ~use_scores), points)
        else:
            result += _both_losses(possible, points)
    totals[at] = result
    return totals


def _select(hypotheses: Sequence[Hypothesis], mask: np.ndarray) -> list[Hypothesis]:
    return [h for h, selected in zip(hypotheses, mask.tolist(), strict=True) if selected]


def _impossible_signs(loss: Floats) -> set[int]:
    """Return the signs that a loss cannot have, because more than a few points have the other sign."""
    # Comparisons with NaN are false.
    wrong = {sign: int((sign * loss < -loss_likelihood.RESOLUTION).sum()) for sign in (1, -1)}
    count = int(np.isfinite(loss).sum())
    return {sign for sign, n in wrong.items() if n >= MIN_WRONG_SIGNS and n > WRONG_SIGN_SHARE * count}


def _weights(points: Subsample) -> Floats:
    """Return the weight of each point: neighbours are not independent, and the start says most."""
    return 0.12 + 0.38 * np.exp(-points.position / START)


def _with_outliers(density: Floats, any_density: Floats) -> Floats:
    return np.logaddexp(math.log(1 - OUTLIERS) + density, math.log(OUTLIERS) + any_density)


def _stage_priors(points: Subsample) -> Floats:
    """Return the log prior of each stage at each point, shape (4, 1, n)."""
    new = np.exp(-points.position / START)
    start, rest = 0.15 + 0.5 * new, AT_REST * (1.1 - new)
    diverging = np.full(len(points), DIVERGING)
    priors: Floats = np.log(np.stack([start, rest, 1 - start - rest - diverging, diverging]))
    return priors[:, None]


def _densities(
    hypotheses: Sequence[Hypothesis],
    points: Subsample,
    density: Callable[[LossFamily, Floats, Floats], Floats],
    *,
    g: bool = True,
) -> Floats:
    """Return the log density of each point under each hypothesis, shape (len(hypotheses), n)."""
    priors = _stage_priors(points)
    result = np.empty((len(hypotheses), len(points)))
    for family in dict.fromkeys(h.family for h in hypotheses):
        rows = [i for i, h in enumerate(hypotheses) if h.family is family]
        d_factor = np.array([[hypotheses[i].factor] for i in rows])
        g_factor = np.array([[hypotheses[i].g_factor] for i in rows])
        by_stage = density(family, (d_factor * points.d_loss).ravel(), (g_factor * points.g_loss).ravel())
        total = np.logaddexp.reduce(priors + by_stage.reshape(len(by_stage), len(rows), -1))
        result[rows] = total + np.log(abs(d_factor)) + (np.log(abs(g_factor)) if g else 0.0)
    return result


def _d_loss_only(hypotheses: Sequence[Hypothesis], points: Subsample) -> Floats:
    density = _densities(hypotheses, points, lambda family, d, _: family.d_loss_only(d), g=False)
    return _with_outliers(density, loss_likelihood.any_size(points.d_loss)) @ _weights(points)


def _both_losses(hypotheses: Sequence[Hypothesis], points: Subsample) -> Floats:
    """Return the log likelihood of both losses, where G's may include other terms."""
    if not len(points):
        return np.zeros(len(hypotheses))
    density = _densities(hypotheses, points, lambda family, d, g: family.both_losses(d, g))
    pure = _with_outliers(density, any_losses(points.d_loss, points.g_loss)) @ _weights(points)
    few = points.select(np.arange(len(points)) % STRIDE == 0)
    density = _densities(hypotheses, few, lambda family, d, g: family.with_other_terms(d, g))
    mixed = (
        _with_outliers(density, any_losses(few.d_loss, few.g_loss)) @ _weights(few) * len(points) / len(few)
    )
    return np.logaddexp(math.log(1 - OTHER_TERMS) + pure, math.log(OTHER_TERMS) + mixed)


def _given_scores(hypotheses: Sequence[Hypothesis], points: Subsample) -> Floats:
    """Return the log likelihood of both losses given D's scores, which are logits or probabilities."""
    weight, any_density = _weights(points), any_losses(points.d_loss, points.g_loss)

    def total(hypothesis: Hypothesis, probabilities: bool) -> float:
        assert hypothesis.given_scores is not None
        return float(_with_outliers(hypothesis.given_scores(points, probabilities), any_density) @ weight)

    as_raw = np.array([total(h, False) for h in hypotheses])
    if not score_likelihood.are_probabilities(points):
        return as_raw
    bce = np.array([h.kind is ObjectiveKind.BCE for h in hypotheses], dtype=bool)
    as_probabilities = np.empty(len(hypotheses))
    as_probabilities[bce] = [total(h, True) for h in _select(hypotheses, bce)]
    as_probabilities[~bce] = _both_losses(_select(hypotheses, ~bce), points)
    usual = np.where(bce, 1 - RARE_SCORES, RARE_SCORES)
    both: Floats = np.logaddexp(np.log(usual) + as_probabilities, np.log(1 - usual) + as_raw)
    return both


HINTS: tuple[tuple[str, ObjectiveKind, float], ...] = (
    (r"wgan|w_?dist|wasserstein|\bemd\b", ObjectiveKind.WASSERSTEIN, 3.0),
    (r"critic", ObjectiveKind.WASSERSTEIN, 1.5),
    (
        r"(?:^|[^a-z])gp(?:$|[^a-z])|gradient.?penal|mixed.norms|epsilon.penalty",
        ObjectiveKind.WASSERSTEIN,
        1.0,
    ),
    (r"hinge", ObjectiveKind.HINGE, 3.0),
    (r"lsgan|least.?squares|mse.?gan", ObjectiveKind.LEAST_SQUARES, 3.0),
    (r"ragan|rsgan|rpgan|relativ", ObjectiveKind.RELATIVISTIC, 3.0),
    (r"began|(?:^|/)(?:kt|k_t|measure)$", ObjectiveKind.UNKNOWN, 8.0),
    (r"bce|cross.?entropy|logistic|(?:^|[^a-z])r1(?:$|[^0-9a-z])", ObjectiveKind.BCE, 1.5),
)
"""Pattern in any series name, the objective it hints at, and what it adds to its log odds."""

_HINTS = tuple((re.compile(pattern, re.IGNORECASE), kind, weight) for pattern, kind, weight in HINTS)
_MAX_NAMES = 400
_MAX_NAME_LENGTH = 120


def name_hints(pair: PlayerPair) -> dict[ObjectiveKind, float]:
    """Return what the series names of a run add to the log odds of each objective."""
    return dict(_cached_hints(pair.names[:_MAX_NAMES]))


@lru_cache(64)
def _cached_hints(names: tuple[str, ...]) -> tuple[tuple[ObjectiveKind, float], ...]:
    hints: dict[ObjectiveKind, float] = {}
    short = [name[:_MAX_NAME_LENGTH] for name in names]
    for pattern, kind, weight in _HINTS:
        if any(pattern.search(name) for name in short):
            hints[kind] = max(hints.get(kind, 0.0), weight)
    return tuple(hints.items())
