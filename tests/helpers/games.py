"""Simulated GAN trainings: scores that drift randomly, and the losses that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gan_tui.run.pair import Curve, PlayerPair

Floats = npt.NDArray[np.float64]
LN2 = float(np.log(2))


def softplus(x: Floats) -> Floats:
    return np.logaddexp(0, x)


@dataclass(frozen=True)
class Game:
    """Scores of all samples of each step, shape (n, batch)."""

    real: Floats
    fake: Floats
    after: Floats
    """Scores of the fakes in G's step, after D's step."""

    @property
    def d_real(self) -> Floats:
        return self.real.mean(1)

    @property
    def d_fake(self) -> Floats:
        return self.fake.mean(1)

    @property
    def d_fake_after(self) -> Floats:
        return self.after.mean(1)


def game(
    seed: int = 0,
    n: int = 400,
    *,
    lead: float = 1.5,
    spread: float = 0.5,
    middle: float = 0.0,
    start: float = 0.0,
    batch: int = 64,
) -> Game:
    """Simulate a training: D first scores all samples alike, then gains a lead, which G mostly recovers.

    Args:
        seed: Seed of the noise.
        n: Number of steps.
        lead: Greatest lead of D, in units of the score.
        spread: Initial spread of the scores within a batch.
        middle: Score at which reals and fakes settle.
        start: Score of all samples for an untrained D.
        batch: Samples per step.
    """
    rng = np.random.default_rng(seed)
    t = np.arange(n) / n

    def wander(size: float) -> Floats:
        steps = rng.normal(size=n + 29)
        return size * np.convolve(steps, np.ones(30) / np.sqrt(30), "valid") * np.minimum(1, t * 20)

    ahead = lead * (1 - np.exp(-t * 12)) * (0.25 + 0.75 * np.exp(-t * 4)) + wander(0.08 * lead)
    centre = middle + (start - middle) * np.exp(-t * 10) + wander(0.08 * lead)
    width = spread * (0.3 + 0.7 * np.exp(-t * 8))

    def batch_of(score: Floats) -> Floats:
        return score[:, None] + width[:, None] * rng.normal(size=(n, batch))

    return Game(batch_of(centre + ahead / 2), batch_of(centre - ahead / 2), batch_of(centre - 0.55 * ahead))


def bce(g: Game) -> tuple[Floats, Floats]:
    """Return D's summed and G's non-saturating loss."""
    return softplus(-g.real).mean(1) + softplus(g.fake).mean(1), softplus(-g.after).mean(1)


def saturating(g: Game) -> tuple[Floats, Floats]:
    return bce(g)[0], -softplus(g.after).mean(1)


def hinge(g: Game) -> tuple[Floats, Floats]:
    d = np.maximum(0, 1 - g.real).mean(1) + np.maximum(0, 1 + g.fake).mean(1)
    return d, -g.after.mean(1)


def least_squares(g: Game) -> tuple[Floats, Floats]:
    return ((1 - g.real) ** 2).mean(1) + (g.fake**2).mean(1), ((1 - g.after) ** 2).mean(1)


def wasserstein(g: Game) -> tuple[Floats, Floats]:
    return g.fake.mean(1) - g.real.mean(1), -g.after.mean(1)


def relativistic(g: Game) -> tuple[Floats, Floats]:
    """Return both losses, each the sum of its two terms."""

    def terms(higher: Floats, lower: Floats) -> Floats:
        ahead, behind = higher - lower.mean(1, keepdims=True), lower - higher.mean(1, keepdims=True)
        return softplus(-ahead).mean(1) + softplus(behind).mean(1)

    return terms(g.real, g.fake), terms(g.after, g.real)


Loss = Callable[[Game], tuple[Floats, Floats]]

SETTINGS: Mapping[Loss, dict[str, float]] = {
    bce: {"middle": -0.3, "start": 0.15},
    saturating: {"middle": -0.3, "start": 0.15},
    hinge: {"lead": 1.0, "spread": 0.35},
    least_squares: {"lead": 0.45, "spread": 0.12, "middle": 0.5},
    wasserstein: {"lead": 2.0},
    relativistic: {"lead": 1.2},
}
"""Typical settings of `game` for each loss."""


def losses(loss: Loss, seed: int = 0, n: int = 400) -> tuple[Floats, Floats]:
    """Return D's and G's loss of a typical game, each of shape (n,)."""
    return loss(game(seed, n, **SETTINGS[loss]))


def pair_of(curves: Mapping[str, Floats], names: tuple[str, ...] = ()) -> PlayerPair:
    """Return a pair with these curves by role, all at steps 1, 2, 3, ..."""
    return PlayerPair(
        {role: Curve(role, np.arange(1, len(v) + 1), np.asarray(v, float)) for role, v in curves.items()},
        None,
        names,
    )
