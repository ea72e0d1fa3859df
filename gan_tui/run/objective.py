"""Which GAN loss a pair trains with, at which scale, and where it balances."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The family of the adversarial loss."""

    BCE = "bce"
    HINGE = "hinge"
    LEAST_SQUARES = "least-squares"
    WASSERSTEIN = "wasserstein"
    RELATIVISTIC = "relativistic"
    UNKNOWN = "unknown"


class Scale(StrEnum):
    """Whether D's loss adds its real and fake half or averages them."""

    SUM = "sum"
    MEAN = "mean"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Objective:
    """What is known of the loss, with the levels at which the game balances."""

    kind: Kind = Kind.UNKNOWN
    scale: Scale = Scale.UNKNOWN
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
