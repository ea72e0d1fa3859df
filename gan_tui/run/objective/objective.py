"""Infers the GAN loss of a pair, its scale, and the losses at balance."""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct

from gan_tui.run.objective.hypotheses import HYPOTHESES, Hypothesis, log_likelihoods, name_hints
from gan_tui.run.objective.kinds import LossScale, ObjectiveKind
from gan_tui.run.objective.sampling import Subsample, is_weighted, subsample
from gan_tui.run.pair import PlayerPair

__all__ = ["UNKNOWN", "LossScale", "Objective", "ObjectiveKind", "infer"]


class Objective(Struct, frozen=True):
    """The adversarial loss, with the levels of both losses at balance."""

    kind: ObjectiveKind = ObjectiveKind.UNKNOWN
    scale: LossScale = LossScale.UNKNOWN
    confidence: float = 0.0
    """0..1; rules that depend on the objective do not apply if it is low."""
    d_equilibrium: float | None = None
    """D's loss at balance, in the log's own scale and sign; None if unknown."""
    g_equilibrium: float | None = None
    """G's loss at balance, in the same way."""
    reason: str = ""
    """Why it was inferred, in one sentence."""
    inferred: bool = True
    """False if set by the user."""


UNKNOWN = Objective()

MIN_KIND_ODDS = 0.6
MIN_SCALE_ODDS = 0.6
"""With lower odds the kind or the scale stays unknown."""
MAX_CONFIDENCE = 0.98
"""Limit for anything inferred from curves."""


def infer(pair: PlayerPair) -> Objective:
    """Infer the objective of a pair from its points alone.

    The posterior of every hypothesis follows from the likelihood of D's and G's losses
    (`loss_likelihood`), or of the losses given D's scores if those are logged (`score_likelihood`); the
    start of the training counts most. Series names (`critic`, `hinge`, `r1`) add to the log odds.

    Args:
        pair: The curves by role. `d_loss` is required; `g_loss`, `d_real`, `d_fake` and `d_fake_after`
            are used if present.

    Returns:
        The objective with its confidence; unknown if no objective, or more than one, fits.
    """
    points = subsample(pair)
    if points is None:
        return UNKNOWN
    odds = _odds(pair, points)
    by_kind: dict[ObjectiveKind, float] = {}
    for hypothesis, share in odds:
        by_kind[hypothesis.kind] = by_kind.get(hypothesis.kind, 0.0) + share
    kind = max(by_kind, key=by_kind.__getitem__)
    confidence = min(MAX_CONFIDENCE, by_kind[kind])
    if kind is ObjectiveKind.UNKNOWN or by_kind[kind] < MIN_KIND_ODDS:
        return Objective(confidence=0.0, reason=_reason_unknown(odds))
    of_kind = [(h, share) for h, share in odds if h.kind is kind]
    best = max(of_kind, key=lambda item: item[1])[0]
    same_scale = sum(share for h, share in of_kind if h.scale is best.scale) / by_kind[kind]
    scale_known = same_scale >= MIN_SCALE_ODDS
    # Sums over one and over several discriminators have the same scale, but other levels.
    same_levels = sum(share for h, share in of_kind if h.d_equilibrium == best.d_equilibrium)
    levels_known = scale_known and same_levels >= MIN_SCALE_ODDS * by_kind[kind]
    return Objective(
        kind,
        best.scale if scale_known else LossScale.UNKNOWN,
        round(confidence, 3),
        best.d_equilibrium if levels_known else None,
        best.g_equilibrium if levels_known and not is_weighted(pair) else None,
        _reason(best, points, name_hints(pair)),
    )


def stated(kind: ObjectiveKind, scale: LossScale = LossScale.UNKNOWN) -> Objective:
    """Return an objective set by the user, with the levels at balance if the scale determines them."""
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


def _odds(pair: PlayerPair, points: Subsample) -> list[tuple[Hypothesis, float]]:
    """Return each hypothesis with its posterior; these add up to one."""
    hints = name_hints(pair)
    logs = [
        math.log(h.prior) + fit + hints.get(h.kind, 0.0)
        for h, fit in zip(HYPOTHESES, log_likelihoods(HYPOTHESES, points).tolist(), strict=True)
    ]
    top = max(logs)
    shares = [math.exp(x - top) for x in logs]
    total = sum(shares)
    return [(h, share / total) for h, share in zip(HYPOTHESES, shares, strict=True)]


def _reason_unknown(odds: list[tuple[Hypothesis, float]]) -> str:
    likely = sorted(odds, key=lambda item: -item[1])[:2]
    if likely[0][0].kind is ObjectiveKind.UNKNOWN:
        return "The losses fit no known objective at any known scale."
    return f"The losses fit {likely[0][0].name} and {likely[1][0].name} about as well."


def _reason(best: Hypothesis, points: Subsample, hints: dict[ObjectiveKind, float]) -> str:
    d, g = points.d_loss, points.g_loss
    below = float((d < 0).mean())
    if best.given_scores and np.isfinite(points.real).any() and np.isfinite(points.fake).any():
        reason = f"The losses follow from D's logged scores as those of a {best.name} loss do"
    elif best.kind is ObjectiveKind.WASSERSTEIN and below > 0:
        reason = f"D's loss lies below zero at {below:.0%} of the points read, as that of a critic may"
    else:
        start = f"D's loss starts at {d[0]:.3g}"
        if np.isfinite(g[0]):
            start += f" and G's at {g[0]:.3g}"
        reason = f"{start}, and the course of the losses fits {best.name} loss best"
    return f"{reason}; names in the log speak of it." if best.kind in hints else f"{reason}."
