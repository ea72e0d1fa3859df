"""Everything that a run is made from but its random numbers, and the dice that settings are drawn with."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

SMALL_SEEDS = range(100_000, 200_000)
"""Mixtures and digits. Seeds below are kept back for judging and are never trained here."""
IMAGE_SEEDS = range(200_000, 300_000)
"""Images of 16 to 28 pixels."""

DATA_SETS = ("ring", "grid", "digits", "fashion", "fashion16", "letters", "emoji")
NETS = ("mlp", "dcgan", "resnet")
OBJECTIVES = ("ns", "minimax", "ns-r1", "lsgan", "hinge", "wgan-clip", "wgan-gp", "ragan", "wgan-none")
"""`ns` and `minimax` are BCE, not saturating and saturating; the critic of `wgan-none` has no bound."""
EVENTS: dict[str, tuple[float, float]] = {
    "fast-d": (100.0, 1.0),
    "fast-g": (1.0, 50.0),
    "fast-both": (60.0, 60.0),
    "d-ahead": (10.0, 0.01),
    "frozen-d": (0.0, 1.0),
    "frozen-g": (1.0, 0.0),
}
"""What happens to a run that breaks late: the factors of D's and G's learning rate from then on."""

T = TypeVar("T")


class Event(Struct, frozen=True):
    """What breaks a run late, and when."""

    step: int
    name: str


class Settings(Struct, frozen=True, kw_only=True):
    """Everything about a run but its random numbers."""

    seed: int
    data: str
    recipe: str
    few_images: int = 0
    """How many real images D sees; 0 for all. It learns few by heart, and its loss falls."""
    net: str = "mlp"
    objective: str = "ns"
    halved: bool = False
    """Whether D's loss is the mean of its halves rather than their sum."""
    label_smoothing: float = 0.0
    penalty_weight: float = 0.0
    """Weight of the gradient penalty or of R1 in what D minimises."""
    clip: float = 0.0
    """Bound on the critic's weights, for `wgan-clip`."""
    optimizer: str = "adam"
    lr_d: float = 2e-4
    lr_g: float = 2e-4
    beta1: float = 0.5
    beta2: float = 0.999
    decay: bool = False
    """Whether the learning rates fall linearly over the second half, to a twentieth."""
    n_critic: int = 1
    d_width: int = 64
    g_width: int = 64
    """Units of a layer, or channels of the layer with the fewest."""
    depth: int = 2
    latent: int = 16
    batch: int = 64
    g_batch_norm: bool = False
    d_batch_norm: bool = False
    spectral_norm: bool = False
    dropout: float = 0.0
    activation: str = "lrelu"
    """Of an MLP."""
    dcgan_init: bool = False
    """Whether convolutions begin with a standard deviation of 0.02."""
    pack: int = 1
    """Samples that D sees at once (PacGAN), of an MLP."""
    instance_noise: float = 0.0
    steps: int = 2000
    """G's updates."""
    event: Event | None = None
    fixed_noise: bool = False
    """Whether the sample grids show the same latent points each time."""


class Dice:
    """Random choices of one seed."""

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)

    def pick(self, *choices: T) -> T:
        """Return one of the choices."""
        return choices[int(self._generator.integers(len(choices)))]

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return bool(self._generator.random() < probability)

    def between(self, low: float, high: float) -> float:
        """Return a number between two others, on a straight scale."""
        return float(self._generator.uniform(low, high))

    def log_between(self, low: float, high: float) -> float:
        """Return a number between two others, on a logarithmic scale."""
        return float(math.exp(self._generator.uniform(math.log(low), math.log(high))))


Recipe = Callable[["Settings", "Dice"], "Settings"]
"""Changes the settings that all runs begin with."""


def finished(settings: Settings, dice: Dice) -> Settings:
    """Return settings with what follows from the others."""
    objective = settings.objective
    changes: dict[str, object] = {"fixed_noise": dice.chance(0.5)}
    if objective.startswith("wgan"):
        changes.update(halved=False, label_smoothing=0.0, d_batch_norm=False, dropout=0.0)
    elif objective not in {"ns", "minimax", "ns-r1"}:
        changes["label_smoothing"] = 0.0
    if objective == "wgan-clip":
        changes["clip"] = 0.1 if settings.data in {"ring", "grid", "digits"} else 0.03
    if objective == "wgan-gp":
        changes["penalty_weight"] = 1.0 if settings.data in {"ring", "grid"} else 10.0
        changes["d_batch_norm"] = False
    if objective == "ns-r1":
        changes.update(penalty_weight=0.1, d_batch_norm=False)
    if settings.data in {"ring", "grid"}:
        changes["net"] = "mlp"
    if settings.net != "mlp" and settings.data not in {"ring", "grid"}:
        changes["pack"] = 1
    return replace(settings, **changes)
