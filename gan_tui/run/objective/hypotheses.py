"""Every objective that a pair may have, and how well its losses and scores fit each."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

import numpy as np
from msgspec import Struct

from gan_tui.logs.model import Floats
from gan_tui.run.objective import loss_likelihood as forms
from gan_tui.run.objective import score_likelihood as scored
from gan_tui.run.objective.kinds import LossScale, ObjectiveKind
from gan_tui.run.objective.sampling import Subsample
from gan_tui.run.pair import PlayerPair

LN2 = math.log(2)


class LossFamily(Struct, frozen=True):
    """A family of losses, at the scale of its summed form; its hypotheses differ by scale and sign alone."""

    both: Callable[[Floats, Floats], Floats]
    """Log density of D's and G's losses, shape (n,) each, in every stage of training: (4, n) or (1, n)."""
    alone: Callable[[Floats], Floats]
    """The same of D's loss where G's is not logged."""
    with_parts: Callable[[Floats, Floats], Floats]
    """The same of both where G's loss holds other parts than the game as well."""
    g_sign: int = 0
    """1 where G's loss is never below zero, -1 where it is never above, 0 where it may be either."""


def _game(form: forms.LossForm) -> LossFamily:
    return LossFamily(
        partial(forms.both_losses, form),
        partial(forms.discriminator_alone, form),
        partial(forms.discriminator_alone, form),
        form.g_sign,
    )


BCE, SHIFTED_BCE, SATURATING, HINGE, LEAST_SQUARES = map(
    _game, (forms.BCE, forms.SHIFTED_BCE, forms.SATURATING, forms.HINGE, forms.LEAST_SQUARES)
)
RELATIVISTIC = LossFamily(forms.relativistic, forms.relativistic_alone, forms.relativistic_alone, 1)


class Hypothesis(Struct, frozen=True):
    """One objective at one scale."""

    name: str
    kind: ObjectiveKind
    scale: LossScale
    prior: float
    """How common it is, relative to the others."""
    d_equilibrium: float | None
    g_equilibrium: float | None
    game: LossFamily
    given_scores: Callable[[Subsample, bool], Floats] | None = None
    """Log density given D's scores, which are probabilities or not: (n,)."""
    factor: float = 1.0
    """So many times the logged loss of D is that of the game."""
    g_factor: float = 1.0
    """The same of G's."""
    signs: tuple[int, int] = (0, 0)
    """1 for a loss of D, of G that is never below zero, -1 for one never above, 0 for either."""


def _formed(
    name: str,
    kind: ObjectiveKind,
    scale: LossScale,
    prior: float,
    balance: tuple[float, float],
    game: LossFamily,
    given_scores: Callable[[Subsample, bool], Floats] | None = None,
    *,
    factor: float = 1.0,
    g_factor: float = 1.0,
) -> Hypothesis:
    signs = (1 if factor > 0 else -1, game.g_sign if g_factor > 0 else -game.g_sign)
    return Hypothesis(name, kind, scale, prior, *balance, game, given_scores, factor, g_factor, signs)


def _bce(scale: float, *, saturating: bool) -> Callable[[Subsample, bool], Floats]:
    return lambda r, p: scored.bce(r, scale=scale, saturating=saturating, probabilities=p)


def _hinge(scale: float) -> Callable[[Subsample, bool], Floats]:
    return lambda r, p: scored.hinge(r, scale=scale)  # noqa: ARG005 - logits in any case


def _squares(scale: float, g_scale: float = 1.0) -> Callable[[Subsample, bool], Floats]:
    return lambda r, p: scored.least_squares(r, scale=scale, g_scale=g_scale)  # noqa: ARG005


def _relativistic(name: str, scale: LossScale, prior: float, balance: float, factor: float) -> Hypothesis:
    return _formed(
        name, ObjectiveKind.RELATIVISTIC, scale, prior, (balance, balance), RELATIVISTIC,
        lambda r, p: scored.relativistic(r, scale=factor),  # noqa: ARG005 - logits in any case
        factor=factor, g_factor=factor,
    )  # fmt: skip


def _over_scales(
    name: str, kind: ObjectiveKind, balance: tuple[float, float], game: LossFamily, priors: dict[int, float]
) -> list[Hypothesis]:
    """Losses that are summed over several discriminators, as pix2pixHD and MelGAN sum theirs."""
    return [
        _formed(
            f"{name} summed over {count} scales", kind, LossScale.SUM, prior,
            (balance[0] * count, balance[1] * count), game, factor=1 / count, g_factor=1 / count,
        )
        for count, prior in priors.items()
    ]  # fmt: skip


def _at_any_stage(density: Floats) -> Floats:
    return density[None]


def _size(d: Floats) -> Callable[[Floats], Floats]:
    """Values below zero are what marks a critic: without them its curves are of any size, as others are."""
    return forms.own_size if bool((d < -forms.RESOLUTION).any()) else forms.any_size


def _wasserstein(name: str, prior: float, *, flipped: bool) -> Hypothesis:
    def alone(d: Floats) -> Floats:
        winning = (d < 0) != flipped
        return _at_any_stage(_size(d)(d) + np.where(winning, math.log(0.8), math.log(0.2)))

    def losses(d: Floats, g: Floats) -> Floats:
        return alone(d) + _size(d)(g) - math.log(2)

    return Hypothesis(
        name, ObjectiveKind.WASSERSTEIN, LossScale.UNKNOWN, prior, 0.0, None,
        LossFamily(losses, alone, losses),
        lambda r, p: scored.wasserstein(r, flipped=flipped),  # noqa: ARG005 - unbounded anyway
    )  # fmt: skip


def _unknown_size(x: Floats) -> Floats:
    if forms.typical_size(x) < FAR:
        return forms.any_size(x)
    return np.logaddexp(forms.any_size(x), forms.own_size(x)) - math.log(2)


def _unknown_alone(d: Floats) -> Floats:
    return _at_any_stage(np.where(d >= 0, _unknown_size(d), forms.NEVER))


def _unknown_losses(d: Floats, g: Floats) -> Floats:
    return _unknown_alone(d) + _unknown_size(g) + np.where(g >= 0, math.log(0.8), math.log(0.2))


FAR = 30.0
"""No balanced game has losses as large as this: such a curve is at home at some scale of its own."""


def any_losses(d: Floats, g: Floats) -> Floats:
    """Log density of two losses of which nothing is known: shape (n,)."""
    return forms.any_size(d) + forms.any_size(g) + np.where(g >= 0, math.log(0.8), math.log(0.2))


NOTHING_KNOWN = Hypothesis(
    "unknown", ObjectiveKind.UNKNOWN, LossScale.UNKNOWN, 0.02, None, None,
    LossFamily(_unknown_losses, _unknown_alone, _unknown_losses),
)  # fmt: skip

HYPOTHESES: tuple[Hypothesis, ...] = (
    _formed(
        "summed BCE", ObjectiveKind.BCE, LossScale.SUM, 0.22, (2 * LN2, LN2),
        BCE, _bce(1, saturating=False),
    ),
    _formed(
        "averaged BCE", ObjectiveKind.BCE, LossScale.MEAN, 0.14, (LN2, LN2),
        BCE, _bce(2, saturating=False), factor=2,
    ),
    _formed("summed BCE", ObjectiveKind.BCE, LossScale.SUM, 0.1, (2 * LN2, LN2), SHIFTED_BCE),
    _formed("averaged BCE", ObjectiveKind.BCE, LossScale.MEAN, 0.05, (LN2, LN2), SHIFTED_BCE, factor=2),
    _formed(
        "summed, saturating BCE", ObjectiveKind.BCE, LossScale.SUM, 0.06, (2 * LN2, -LN2),
        SATURATING, _bce(1, saturating=True),
    ),
    _formed(
        "averaged, saturating BCE", ObjectiveKind.BCE, LossScale.MEAN, 0.03, (LN2, -LN2),
        SATURATING, _bce(2, saturating=True), factor=2,
    ),
    _formed(
        "summed, maximised BCE", ObjectiveKind.BCE, LossScale.SUM, 0.01, (-2 * LN2, -LN2),
        BCE, factor=-1, g_factor=-1,
    ),
    _formed(
        "averaged, maximised BCE", ObjectiveKind.BCE, LossScale.MEAN, 0.004, (-LN2, -LN2),
        BCE, factor=-2, g_factor=-1,
    ),
    _formed("summed hinge", ObjectiveKind.HINGE, LossScale.SUM, 0.1, (2.0, 0.0), HINGE, _hinge(1)),
    _formed(
        "averaged hinge", ObjectiveKind.HINGE, LossScale.MEAN, 0.06, (1.0, 0.0),
        HINGE, _hinge(2), factor=2,
    ),
    *_over_scales("hinge", ObjectiveKind.HINGE, (2.0, 0.0), HINGE, {2: 0.002, 3: 0.005}),
    *_over_scales("BCE", ObjectiveKind.BCE, (2 * LN2, LN2), BCE, {2: 0.002, 3: 0.002}),
    *_over_scales(
        "least-squares", ObjectiveKind.LEAST_SQUARES, (0.5, 0.25), LEAST_SQUARES, {2: 0.004, 3: 0.002}
    ),
    _formed(
        "summed least-squares", ObjectiveKind.LEAST_SQUARES, LossScale.SUM, 0.08, (0.5, 0.25),
        LEAST_SQUARES, _squares(1),
    ),
    _formed(
        "averaged least-squares", ObjectiveKind.LEAST_SQUARES, LossScale.MEAN, 0.08, (0.25, 0.25),
        LEAST_SQUARES, _squares(2), factor=2,
    ),
    _formed(
        "halved least-squares", ObjectiveKind.LEAST_SQUARES, LossScale.MEAN, 0.003, (0.25, 0.125),
        LEAST_SQUARES, _squares(2, 2), factor=2, g_factor=2,
    ),
    _relativistic("summed relativistic", LossScale.SUM, 0.012, 2 * LN2, 0.5),
    _relativistic("averaged relativistic", LossScale.MEAN, 0.0003, LN2, 1.0),
    _wasserstein("Wasserstein", 0.1, flipped=False),
    _wasserstein("Wasserstein with its sign turned", 0.015, flipped=True),
    NOTHING_KNOWN,
)  # fmt: skip
"""What is compared. A new objective is a form in lossforms.py, a game and a row here.

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


def fits(hypotheses: Sequence[Hypothesis], readings: Subsample) -> Floats:
    """Log likelihood of the readings under each hypothesis, as if they were a few independent points.

    Hypotheses of one game are weighed together: there are few readings, and what they cost is calls.

    Returns:
        Shape (len(hypotheses),).
    """
    totals = np.full(len(hypotheses), CONTRADICTED)
    d_never, g_never = _never(readings.d_loss), _never(readings.g_loss)
    at = [i for i, h in enumerate(hypotheses) if h.signs[0] not in d_never and h.signs[1] not in g_never]
    left = [hypotheses[i] for i in at]
    scored_by = np.array([h.given_scores is not None for h in left], dtype=bool)
    found = np.zeros(len(left))
    with np.errstate(all="ignore"):
        paired = np.isfinite(readings.g_loss)
        if not paired.all():
            found += _alone(left, readings.take(~paired))
        readings = readings.take(paired)
        known = np.isfinite(readings.real) & np.isfinite(readings.fake)
        if known.any():
            found[scored_by] += _given_scores(_where(left, scored_by), readings.take(known))
            found[scored_by] += _paired(_where(left, scored_by), readings.take(~known))
            found[~scored_by] += _paired(_where(left, ~scored_by), readings)
        else:
            found += _paired(left, readings)
    totals[at] = found
    return totals


def _where(hypotheses: Sequence[Hypothesis], mask: np.ndarray) -> list[Hypothesis]:
    return [h for h, wanted in zip(hypotheses, mask.tolist(), strict=True) if wanted]


def _never(loss: Floats) -> set[int]:
    """Which signs a loss cannot have: it lies on the other side at more points than an accident."""
    # What is not finite compares as false.
    wrong = {sign: int((sign * loss < -forms.RESOLUTION).sum()) for sign in (1, -1)}
    count = int(np.isfinite(loss).sum())
    return {sign for sign, held in wrong.items() if held >= MISTAKES and held > MISTAKEN_SHARE * count}


def _weights(readings: Subsample) -> Floats:
    """How much each point counts: neighbours say nearly the same, and the start says most."""
    return 0.12 + 0.38 * np.exp(-readings.position / START)


def _floored(density: Floats, nothing: Floats) -> Floats:
    return np.logaddexp(math.log(1 - FLOOR) + density, math.log(FLOOR) + nothing)


def _shares(readings: Subsample) -> Floats:
    """Log of how likely the training is in each stage at each reading: (4, 1, n)."""
    fresh = np.exp(-readings.position / START)
    start, rest = 0.15 + 0.5 * fresh, AT_REST * (1.1 - fresh)
    wild = np.full(len(readings), WILD)
    shares: Floats = np.log(np.stack([start, rest, 1 - start - rest - wild, wild]))
    return shares[:, None]


def _by_game(
    hypotheses: Sequence[Hypothesis],
    readings: Subsample,
    density: Callable[[LossFamily, Floats, Floats], Floats],
    *,
    g: bool = True,
) -> Floats:
    """The log density of each reading under each hypothesis, at its own scale: (len(hypotheses), n)."""
    shares = _shares(readings)
    found = np.empty((len(hypotheses), len(readings)))
    games = dict.fromkeys(h.game for h in hypotheses)
    for game in games:
        rows = [i for i, h in enumerate(hypotheses) if h.game is game]
        d_factor = np.array([[hypotheses[i].factor] for i in rows])
        g_factor = np.array([[hypotheses[i].g_factor] for i in rows])
        by_stage = density(game, (d_factor * readings.d_loss).ravel(), (g_factor * readings.g_loss).ravel())
        of_rows = np.logaddexp.reduce(shares + by_stage.reshape(len(by_stage), len(rows), -1))
        found[rows] = of_rows + np.log(abs(d_factor)) + (np.log(abs(g_factor)) if g else 0.0)
    return found


def _alone(hypotheses: Sequence[Hypothesis], readings: Subsample) -> Floats:
    density = _by_game(hypotheses, readings, lambda game, d, _: game.alone(d), g=False)
    return _floored(density, forms.any_size(readings.d_loss)) @ _weights(readings)


def _paired(hypotheses: Sequence[Hypothesis], readings: Subsample) -> Floats:
    """Log likelihood of both losses: G's is that of the game, or holds other parts as well."""
    if not len(readings):
        return np.zeros(len(hypotheses))
    density = _by_game(hypotheses, readings, lambda game, d, g: game.both(d, g))
    game = _floored(density, any_losses(readings.d_loss, readings.g_loss)) @ _weights(readings)
    few = readings.take(np.arange(len(readings)) % STRIDE == 0)
    density = _by_game(hypotheses, few, lambda game, d, g: game.with_parts(d, g))
    mixed = _floored(density, any_losses(few.d_loss, few.g_loss)) @ _weights(few) * len(readings) / len(few)
    return np.logaddexp(math.log(1 - MIXED) + game, math.log(MIXED) + mixed)


def _given_scores(hypotheses: Sequence[Hypothesis], readings: Subsample) -> Floats:
    """Log likelihood of both losses given D's scores, which are logits or probabilities."""
    weight, nothing = _weights(readings), any_losses(readings.d_loss, readings.g_loss)

    def total(hypothesis: Hypothesis, probabilities: bool) -> float:
        assert hypothesis.given_scores is not None
        return float(_floored(hypothesis.given_scores(readings, probabilities), nothing) @ weight)

    as_raw = np.array([total(h, False) for h in hypotheses])
    if not scored.are_probabilities(readings):
        return as_raw
    bce = np.array([h.kind is ObjectiveKind.BCE for h in hypotheses], dtype=bool)
    as_probabilities = np.empty(len(hypotheses))
    as_probabilities[bce] = [total(h, True) for h in _where(hypotheses, bce)]
    as_probabilities[~bce] = _paired(_where(hypotheses, ~bce), readings)
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
"""Words in any series name, the objective they speak of, and how much they add to its log odds."""

_HINTS = tuple((re.compile(pattern, re.IGNORECASE), kind, weight) for pattern, kind, weight in HINTS)
_NAMES_READ = 400
_NAME_LENGTH = 120


def hinted(pair: PlayerPair) -> dict[ObjectiveKind, float]:
    """What the names of a run add to the log odds of each objective."""
    return dict(_hinted(pair.names[:_NAMES_READ]))


@lru_cache(64)
def _hinted(names: tuple[str, ...]) -> tuple[tuple[ObjectiveKind, float], ...]:
    found: dict[ObjectiveKind, float] = {}
    cut = [name[:_NAME_LENGTH] for name in names]
    for pattern, kind, weight in _HINTS:
        if any(pattern.search(name) for name in cut):
            found[kind] = max(found.get(kind, 0.0), weight)
    return tuple(found.items())
