"""Which GAN loss a pair trains with, at which scale, and where it balances."""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct

from gan_tui.run.objective.hypotheses import HYPOTHESES, Hypothesis, fits, hinted
from gan_tui.run.objective.kinds import LossScale, ObjectiveKind
from gan_tui.run.objective.sampling import Subsample, is_weighted, read
from gan_tui.run.pair import PlayerPair

__all__ = ["UNKNOWN", "LossScale", "Objective", "ObjectiveKind", "infer"]


class Objective(Struct, frozen=True):
    """What is known of the loss, with the levels at which the game balances."""

    kind: ObjectiveKind = ObjectiveKind.UNKNOWN
    scale: LossScale = LossScale.UNKNOWN
    confidence: float = 0.0
    """0..1; rules that need a scale stay silent where it is low."""
    d_equilibrium: float | None = None
    """D's loss at balance, in the log's own scale and sign; None where unknown."""
    g_equilibrium: float | None = None
    """G's loss at balance, likewise."""
    reason: str = ""
    """Why it was inferred, in one sentence."""
    inferred: bool = True
    """False where a person said so."""


UNKNOWN = Objective()

SURE_OF_KIND = 0.6
SURE_OF_SCALE = 0.6
"""Below these shares of the odds the kind or the scale stays unknown."""
MOST = 0.98
"""No inference from curves is surer than this."""


def infer(pair: PlayerPair) -> Objective:
    """The objective of a pair, from the points given and nothing else.

    Every known objective is weighed by how plausible the scores are that D must have given for these
    losses (see `lossforms`), or by how well the losses follow from the scores where those are logged
    (`scoreforms`); the start of the training counts most. Names (`critic`, `hinge`, `r1`) tip the
    balance where the values leave it open.

    Args:
        pair: The curves by role. `d_loss` is needed, `g_loss`, `d_real`, `d_fake` and `d_fake_after`
            are used where they are there.

    Returns:
        The objective with its confidence; unknown where no objective, or more than one, fits.
    """
    readings = read(pair)
    if readings is None:
        return UNKNOWN
    odds = _odds(pair, readings)
    by_kind: dict[ObjectiveKind, float] = {}
    for hypothesis, share in odds:
        by_kind[hypothesis.kind] = by_kind.get(hypothesis.kind, 0.0) + share
    kind = max(by_kind, key=by_kind.__getitem__)
    confidence = min(MOST, by_kind[kind])
    if kind is ObjectiveKind.UNKNOWN or by_kind[kind] < SURE_OF_KIND:
        return Objective(confidence=0.0, reason=_why_unknown(odds))
    of_kind = [(h, share) for h, share in odds if h.kind is kind]
    best = max(of_kind, key=lambda item: item[1])[0]
    same_scale = sum(share for h, share in of_kind if h.scale is best.scale) / by_kind[kind]
    sure = same_scale >= SURE_OF_SCALE
    # Over one discriminator or over several: the scale is a sum in any case, the levels are not the same.
    same_levels = sum(share for h, share in of_kind if h.d_equilibrium == best.d_equilibrium)
    levels_known = sure and same_levels >= SURE_OF_SCALE * by_kind[kind]
    return Objective(
        kind,
        best.scale if sure else LossScale.UNKNOWN,
        round(confidence, 3),
        best.d_equilibrium if levels_known else None,
        best.g_equilibrium if levels_known and not is_weighted(pair) else None,
        _why(best, readings, hinted(pair)),
    )


def stated(kind: ObjectiveKind, scale: LossScale = LossScale.UNKNOWN) -> Objective:
    """The objective that a person named, with the levels at which it balances where the scale tells them."""
    levels = next((h for h in HYPOTHESES if h.kind is kind and h.scale is scale), None)
    return Objective(
        kind,
        scale,
        1.0,
        None if levels is None else levels.d_equilibrium,
        None if levels is None else levels.g_equilibrium,
        "A person said so.",
        inferred=False,
    )


def _odds(pair: PlayerPair, readings: Subsample) -> list[tuple[Hypothesis, float]]:
    """Each hypothesis with its share of the odds, which add up to one."""
    hints = hinted(pair)
    logs = [
        math.log(h.prior) + fit + hints.get(h.kind, 0.0)
        for h, fit in zip(HYPOTHESES, fits(HYPOTHESES, readings).tolist(), strict=True)
    ]
    top = max(logs)
    shares = [math.exp(x - top) for x in logs]
    total = sum(shares)
    return [(h, share / total) for h, share in zip(HYPOTHESES, shares, strict=True)]


def _why_unknown(odds: list[tuple[Hypothesis, float]]) -> str:
    likely = sorted(odds, key=lambda item: -item[1])[:2]
    if likely[0][0].kind is ObjectiveKind.UNKNOWN:
        return "The losses fit no known objective at any known scale."
    return f"The losses fit {likely[0][0].name} and {likely[1][0].name} about as well."


def _why(best: Hypothesis, readings: Subsample, hints: dict[ObjectiveKind, float]) -> str:
    d, g = readings.d_loss, readings.g_loss
    below = float((d < 0).mean())
    if best.given_scores and np.isfinite(readings.real).any() and np.isfinite(readings.fake).any():
        reason = f"The losses follow from D's logged scores as those of a {best.name} loss do"
    elif best.kind is ObjectiveKind.WASSERSTEIN and below > 0:
        reason = f"D's loss lies below zero at {below:.0%} of the points read, as that of a critic may"
    else:
        start = f"D's loss starts at {d[0]:.3g}"
        if np.isfinite(g[0]):
            start += f" and G's at {g[0]:.3g}"
        reason = f"{start}, and the course of the losses fits {best.name} loss best"
    return f"{reason}; names in the log speak of it." if best.kind in hints else f"{reason}."
