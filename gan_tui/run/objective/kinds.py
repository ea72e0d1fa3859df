"""Names of GAN objectives and their scales."""

from __future__ import annotations

from enum import StrEnum


class ObjectiveKind(StrEnum):
    """The family of the adversarial loss."""

    BCE = "bce"
    HINGE = "hinge"
    LEAST_SQUARES = "least-squares"
    WASSERSTEIN = "wasserstein"
    RELATIVISTIC = "relativistic"
    UNKNOWN = "unknown"


class LossScale(StrEnum):
    """Whether D's loss is the sum or the mean of its real and fake terms."""

    SUM = "sum"
    MEAN = "mean"
    UNKNOWN = "unknown"
