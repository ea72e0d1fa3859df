"""Every objective that a pair may have, and how well its losses and scores fit each."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gan_tui.logs.points import Floats
from gan_tui.run import lossforms as forms
from gan_tui.run import scoreforms as scored
from gan_tui.run.kinds import Kind, Scale
from gan_tui.run.pair import PlayerPair
from gan_tui.run.readings import Readings

LN2 = math.log(2)


@dataclass(frozen=True)
class Hypothesis:
    """One objective at one scale."""

    name: str
    kind: Kind
    scale: Scale
    prior: float
    """How common it is, relative to the others."""
    d_equilibrium: float | None
    g_equilibrium: float | None
    losses: Callable[[Floats, Floats], Floats]
    """Log density of D's and G's losses, shape (n,), in each stage of training: (4, n)."""
    alone: Callable[[Floats], Floats]
    """The same of D's loss where G's is not logged."""
    with_parts: Callable[[Floats, Floats], Floats]
    """The same of both where G's loss holds other parts than the game as well."""
    given_scores: Callable[[Readings, bool], Floats] | None = None
    """Log density given D's scores, which are probabilities or not: (n,)."""
    signs: tuple[int, int] = (0, 0)
    """1 for a loss of D, of G that is never below zero, -1 for one never above, 0 for either."""


def _formed(
    name: str,
    kind: Kind,
    scale: Scale,
    prior: float,
    balance: tuple[float, float],
    form: forms.Form,
    given_scores: Callable[[Readings, bool], Floats] | None = None,
    *,
    factor: float = 1.0,
    g_factor: float = 1.0,
) -> Hypothesis:
    """A hypothesis from a form; `factor` times the logged loss of D is the sum of its halves."""
    d_log, g_log = math.log(abs(factor)), math.log(abs(g_factor))
    return Hypothesis(
        name, kind, scale, prior, *balance,
        losses=lambda d, g: forms.both_losses(form, factor * d, g_factor * g) + d_log + g_log,
        alone=lambda d: forms.discriminator_alone(form, factor * d) + d_log,
        with_parts=lambda d, g: forms.discriminator_alone(form, factor * d, g_factor * g) + d_log + g_log,
        given_scores=given_scores,
        signs=(1 if factor > 0 else -1, form.g_sign if g_factor > 0 else -form.g_sign),
    )  # fmt: skip


def _bce(scale: float, *, saturating: bool) -> Callable[[Readings, bool], Floats]:
    return lambda r, p: scored.bce(r, scale=scale, saturating=saturating, probabilities=p)


def _hinge(scale: float) -> Callable[[Readings, bool], Floats]:
    return lambda r, p: scored.hinge(r, scale=scale)  # noqa: ARG005 - logits in any case


def _squares(scale: float, g_scale: float = 1.0) -> Callable[[Readings, bool], Floats]:
    return lambda r, p: scored.least_squares(r, scale=scale, g_scale=g_scale)  # noqa: ARG005


def _relativistic(name: str, scale: Scale, prior: float, balance: float, factor: float) -> Hypothesis:
    one = math.log(factor)
    return Hypothesis(
        name, Kind.RELATIVISTIC, scale, prior, balance, balance,
        losses=lambda d, g: forms.relativistic(factor * d, factor * g) + 2 * one,
        alone=lambda d: forms.relativistic_alone(factor * d) + one,
        with_parts=lambda d, g: forms.relativistic_alone(factor * d, factor * g) + 2 * one,
        given_scores=lambda r, p: scored.relativistic(r, scale=factor),  # noqa: ARG005 - logits in any case
        signs=(1, 1),
    )  # fmt: skip


def _over_scales(
    name: str, kind: Kind, balance: tuple[float, float], form: forms.Form, priors: dict[int, float]
) -> list[Hypothesis]:
    """Losses that are summed over several discriminators, as pix2pixHD and MelGAN sum theirs."""
    return [
        _formed(
            f"{name} summed over {count} scales", kind, Scale.SUM, prior,
            (balance[0] * count, balance[1] * count), form, factor=1 / count, g_factor=1 / count,
        )
        for count, prior in priors.items()
    ]  # fmt: skip


def _size(d: Floats) -> Callable[[Floats], Floats]:
    """Values below zero are what marks a critic: without them its curves are of any size, as others are."""
    return forms.own_size if bool((d < -forms.RESOLUTION).any()) else forms.any_size


def _wasserstein(name: str, prior: float, *, flipped: bool) -> Hypothesis:
    def alone(d: Floats) -> Floats:
        winning = (d < 0) != flipped
        return (
            np.zeros((len(forms.FREEDOM), 1)) + _size(d)(d) + np.where(winning, math.log(0.8), math.log(0.2))
        )

    def losses(d: Floats, g: Floats) -> Floats:
        return alone(d) + _size(d)(g) - math.log(2)

    return Hypothesis(
        name, Kind.WASSERSTEIN, Scale.UNKNOWN, prior, 0.0, None,
        losses=losses,
        alone=alone,
        with_parts=losses,
        given_scores=lambda r, p: scored.wasserstein(r, flipped=flipped),  # noqa: ARG005 - unbounded anyway
    )  # fmt: skip


def _unknown_size(x: Floats) -> Floats:
    if forms.typical_size(x) < FAR:
        return forms.any_size(x)
    return np.logaddexp(forms.any_size(x), forms.own_size(x)) - math.log(2)


def _unknown_alone(d: Floats) -> Floats:
    return np.zeros((len(forms.FREEDOM), 1)) + np.where(d >= 0, _unknown_size(d), forms.NEVER)


def _unknown_losses(d: Floats, g: Floats) -> Floats:
    return _unknown_alone(d) + _unknown_size(g) + np.where(g >= 0, math.log(0.8), math.log(0.2))


FAR = 30.0
"""No balanced game has losses as large as this: such a curve is at home at some scale of its own."""


def any_losses(d: Floats, g: Floats) -> Floats:
    """Log density of two losses of which nothing is known: shape (n,)."""
    return forms.any_size(d) + forms.any_size(g) + np.where(g >= 0, math.log(0.8), math.log(0.2))


NOTHING_KNOWN = Hypothesis(
    "unknown", Kind.UNKNOWN, Scale.UNKNOWN, 0.02, None, None,
    losses=_unknown_losses, alone=_unknown_alone, with_parts=_unknown_losses,
)  # fmt: skip

HYPOTHESES: tuple[Hypothesis, ...] = (
    _formed("summed BCE", Kind.BCE, Scale.SUM, 0.22, (2 * LN2, LN2), forms.BCE, _bce(1, saturating=False)),
    _formed(
        "averaged BCE", Kind.BCE, Scale.MEAN, 0.14, (LN2, LN2),
        forms.BCE, _bce(2, saturating=False), factor=2,
    ),
    _formed("summed BCE", Kind.BCE, Scale.SUM, 0.1, (2 * LN2, LN2), forms.SHIFTED_BCE),
    _formed("averaged BCE", Kind.BCE, Scale.MEAN, 0.05, (LN2, LN2), forms.SHIFTED_BCE, factor=2),
    _formed(
        "summed, saturating BCE", Kind.BCE, Scale.SUM, 0.06, (2 * LN2, -LN2),
        forms.SATURATING, _bce(1, saturating=True),
    ),
    _formed(
        "averaged, saturating BCE", Kind.BCE, Scale.MEAN, 0.03, (LN2, -LN2),
        forms.SATURATING, _bce(2, saturating=True), factor=2,
    ),
    _formed(
        "summed, maximised BCE", Kind.BCE, Scale.SUM, 0.01, (-2 * LN2, -LN2),
        forms.BCE, factor=-1, g_factor=-1,
    ),
    _formed(
        "averaged, maximised BCE", Kind.BCE, Scale.MEAN, 0.004, (-LN2, -LN2),
        forms.BCE, factor=-2, g_factor=-1,
    ),
    _formed("summed hinge", Kind.HINGE, Scale.SUM, 0.1, (2.0, 0.0), forms.HINGE, _hinge(1)),
    _formed("averaged hinge", Kind.HINGE, Scale.MEAN, 0.06, (1.0, 0.0), forms.HINGE, _hinge(2), factor=2),
    *_over_scales("hinge", Kind.HINGE, (2.0, 0.0), forms.HINGE, {2: 0.002, 3: 0.005}),
    *_over_scales("BCE", Kind.BCE, (2 * LN2, LN2), forms.BCE, {2: 0.002, 3: 0.002}),
    *_over_scales(
        "least-squares", Kind.LEAST_SQUARES, (0.5, 0.25), forms.LEAST_SQUARES, {2: 0.004, 3: 0.002}
    ),
    _formed(
        "summed least-squares", Kind.LEAST_SQUARES, Scale.SUM, 0.08, (0.5, 0.25),
        forms.LEAST_SQUARES, _squares(1),
    ),
    _formed(
        "averaged least-squares", Kind.LEAST_SQUARES, Scale.MEAN, 0.08, (0.25, 0.25),
        forms.LEAST_SQUARES, _squares(2), factor=2,
    ),
    _formed(
        "halved least-squares", Kind.LEAST_SQUARES, Scale.MEAN, 0.003, (0.25, 0.125),
        forms.LEAST_SQUARES, _squares(2, 2), factor=2, g_factor=2,
    ),
    _relativistic("summed relativistic", Scale.SUM, 0.012, 2 * LN2, 0.5),
    _relativistic("averaged relativistic", Scale.MEAN, 0.0003, LN2, 1.0),
    _wasserstein("Wasserstein", 0.1, flipped=False),
    _wasserstein("Wasserstein with its sign turned", 0.015, flipped=True),
    NOTHING_KNOWN,
)  # fmt: skip
"""What is compared. A new objective is a form in lossforms.py and a row here.

Averaged BCE in a game that treats both players alike and averaged relativistic loss give the same curves,
with the same balance: there the far more common one is taken, unless logged scores tell.
"""

FLOOR = 0.01
"""Share of points that a run may have which fit nothing: one of them decides little."""
MISTAKES, MISTAKEN_SHARE = 2, 0.05
"""Beyond so many points, and such a share of them, of a sign that a formula never has, it is out."""
CONTRADICTED = -1e5
START = 60.0
"""For about so many steps a discriminator is fresh, and its losses show its formula plainest."""
AT_REST = 0.15
WILD = 0.05
MIXED = 0.06
"""How often a generator's loss holds other parts than the game without saying so."""
STRIDE = 3
"""That is looked at in each third point only."""
RARE_SCORES = 0.06
"""How often scores between 0 and 1 are raw for a BCE loss, or probabilities for another."""


def fit(hypothesis: Hypothesis, readings: Readings) -> float:
    """Log likelihood of the readings, as if they were a few independent points."""
    if any(map(_contradicted, hypothesis.signs, (readings.d_loss, readings.g_loss))):
        return CONTRADICTED
    with np.errstate(all="ignore"):
        paired = np.isfinite(readings.g_loss)
        total = _alone(hypothesis, readings.take(~paired)) if not paired.all() else 0.0
        readings = readings.take(paired)
        known = np.isfinite(readings.real) & np.isfinite(readings.fake)
        if hypothesis.given_scores is not None and known.any():
            total += _given_scores(hypothesis, readings.take(known))
            readings = readings.take(~known)
        if len(readings):
            total += _paired(hypothesis, readings)
        return total


def _contradicted(sign: int, loss: Floats) -> bool:
    """Whether a loss lies where its formula never does, at more points than an accident."""
    loss = loss[np.isfinite(loss)]
    wrong = int((sign * loss < -forms.RESOLUTION).sum())
    return wrong >= MISTAKES and wrong > MISTAKEN_SHARE * len(loss)


def _weights(readings: Readings) -> Floats:
    """How much each point counts: neighbours say nearly the same, and the start says most."""
    return 0.12 + 0.38 * np.exp(-readings.position / START)


def _floored(density: Floats, nothing: Floats) -> Floats:
    return np.logaddexp(math.log(1 - FLOOR) + density, math.log(FLOOR) + nothing)


def _over_stages(density: Floats, readings: Readings) -> Floats:
    """The density at each reading, whichever stage the training is in there: (4, n) to (n,)."""
    fresh = np.exp(-readings.position / START)
    start, rest = 0.15 + 0.5 * fresh, AT_REST * (1.1 - fresh)
    wild = np.full(len(readings), WILD)
    shares = np.log(np.stack([start, rest, 1 - start - rest - wild, wild]))
    total: Floats = np.logaddexp.reduce(shares + density)
    return total


def _alone(hypothesis: Hypothesis, readings: Readings) -> float:
    d = readings.d_loss
    density = _floored(_over_stages(hypothesis.alone(d), readings), forms.any_size(d))
    return float((_weights(readings) * density).sum())


def _paired(hypothesis: Hypothesis, readings: Readings) -> float:
    """Log likelihood of both losses: G's is that of the game, or holds other parts as well."""
    d, g = readings.d_loss, readings.g_loss
    density = _floored(_over_stages(hypothesis.losses(d, g), readings), any_losses(d, g))
    game = float((_weights(readings) * density).sum())
    few = readings.take(np.arange(len(readings)) % STRIDE == 0)
    d, g = few.d_loss, few.g_loss
    density = _floored(_over_stages(hypothesis.with_parts(d, g), few), any_losses(d, g))
    mixed = float((_weights(few) * density).sum()) * len(readings) / len(few)
    return float(np.logaddexp(math.log(1 - MIXED) + game, math.log(MIXED) + mixed))


def _given_scores(hypothesis: Hypothesis, readings: Readings) -> float:
    """Log likelihood of both losses given D's scores, which are logits or probabilities."""
    assert hypothesis.given_scores is not None
    d, g = readings.d_loss, readings.g_loss
    weight, nothing = _weights(readings), any_losses(d, g)

    def total(density: Floats) -> float:
        return float((weight * _floored(density, nothing)).sum())

    as_raw = total(hypothesis.given_scores(readings, False))
    if not scored.are_probabilities(readings):
        return as_raw
    if hypothesis.kind is Kind.BCE:
        as_probabilities, usual = total(hypothesis.given_scores(readings, True)), 1 - RARE_SCORES
    else:
        as_probabilities, usual = _paired(hypothesis, readings), RARE_SCORES
    return float(np.logaddexp(math.log(usual) + as_probabilities, math.log(1 - usual) + as_raw))


HINTS: tuple[tuple[str, Kind, float], ...] = (
    (r"wgan|w_?dist|wasserstein|\bemd\b", Kind.WASSERSTEIN, 3.0),
    (r"critic", Kind.WASSERSTEIN, 1.5),
    (r"(?:^|[^a-z])gp(?:$|[^a-z])|gradient.?penal|mixed.norms|epsilon.penalty", Kind.WASSERSTEIN, 1.0),
    (r"hinge", Kind.HINGE, 3.0),
    (r"lsgan|least.?squares|mse.?gan", Kind.LEAST_SQUARES, 3.0),
    (r"ragan|rsgan|rpgan|relativ", Kind.RELATIVISTIC, 3.0),
    (r"began|(?:^|/)(?:kt|k_t|measure)$", Kind.UNKNOWN, 8.0),
    (r"bce|cross.?entropy|logistic|(?:^|[^a-z])r1(?:$|[^0-9a-z])", Kind.BCE, 1.5),
)
"""Words in any series name, the objective they speak of, and how much they add to its log odds."""

_HINTS = tuple((re.compile(pattern, re.IGNORECASE), kind, weight) for pattern, kind, weight in HINTS)
_NAMES_READ = 400
_NAME_LENGTH = 120


def hinted(pair: PlayerPair) -> dict[Kind, float]:
    """What the names of a run add to the log odds of each objective."""
    found: dict[Kind, float] = {}
    names = [n[:_NAME_LENGTH] for n in pair.names[:_NAMES_READ]]
    for pattern, kind, weight in _HINTS:
        if any(pattern.search(name) for name in names):
            found[kind] = max(found.get(kind, 0.0), weight)
    return found
