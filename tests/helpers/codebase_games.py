"""Simulated curves of the codebases in `codebases_*.py`, by the names that they log."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.helpers.codebase import Curves
from tests.helpers.games import (
    SETTINGS,
    Floats,
    Game,
    bce,
    game,
    hinge,
    least_squares,
    relativistic,
    saturating,
    softplus,
    wasserstein,
)


def typical_game(loss: Callable[[Game], tuple[Floats, Floats]], seed: int, **settings: float) -> Game:
    return game(seed, **(SETTINGS[loss] | settings))


def probability(scores: Floats) -> Floats:
    return (1 / (1 + np.exp(-scores))).mean(1)


def two(
    loss: Callable[[Game], tuple[Floats, Floats]], d: str, g: str, factor: float = 1
) -> Callable[[int], Curves]:
    """Simulate the two losses under these names, D's times `factor`."""

    def play(seed: int) -> Curves:
        d_loss, g_loss = loss(typical_game(loss, seed))
        return {d: factor * d_loss, g: g_loss}

    return play


def real_fake_terms(
    loss: Callable[[Game], tuple[Floats, Floats]], real: str, fake: str, g: str
) -> Callable[[int], Curves]:
    """Simulate D's loss as separate terms for reals and fakes, and G's loss."""

    def play(seed: int) -> Curves:
        played = typical_game(loss, seed)
        terms = {
            bce: (softplus(-played.real), softplus(played.fake)),
            hinge: (np.maximum(0, 1 - played.real), np.maximum(0, 1 + played.fake)),
            least_squares: ((1 - played.real) ** 2, played.fake**2),
            wasserstein: (-played.real, played.fake),
        }[loss]
        return {real: terms[0].mean(1), fake: terms[1].mean(1), g: loss(played)[1]}

    return play


def dcgan(seed: int) -> Curves:
    played = typical_game(bce, seed)
    d, g = bce(played)
    return {
        "Loss_D": d,
        "Loss_G": g,
        "D(x)": probability(played.real),
        "D(G(z))": probability(played.fake),
        "D(G(z)) after": probability(played.after),
    }


def mimicry(seed: int) -> Curves:
    """Simulate a hinge loss with D's scores logged as probabilities."""
    played = typical_game(hinge, seed)
    d, g = hinge(played)
    return {
        "errD/loss": d,
        "errG/loss": g,
        "D(x)/prob": probability(played.real),
        "D(G(z))/prob": probability(played.fake),
    }


def basicsr(seed: int) -> Curves:
    """Simulate G's loss times its weight, and D's scores as logits."""
    played = typical_game(bce, seed)
    parts = real_fake_terms(bce, "l_d_real", "l_d_fake", "l_g_gan")(seed)
    scores = {"out_d_real": played.d_real, "out_d_fake": played.d_fake}
    return {**parts, **scores, "l_g_gan": 0.1 * parts["l_g_gan"]}


def stylegan(seed: int) -> Curves:
    played = typical_game(bce, seed)
    d, g = bce(played)
    return {
        "Loss/D/loss": d,
        "Loss/G/loss": g,
        "Loss/scores/real": played.d_real,
        "Loss/scores/fake": played.d_fake,
        "Loss/r1_penalty": 0.1 + 0 * d,
    }


def cyclegan(seed: int) -> Curves:
    a, b = two(least_squares, "D_A", "G_A", 0.5)(seed), two(least_squares, "D_B", "G_B", 0.5)(seed + 50)
    return {**a, **b, "cycle_A": np.linspace(4, 1, 400)}


def gradient_penalty(seed: int, d: str, g: str) -> Curves:
    played = typical_game(wasserstein, seed)
    d_loss, g_loss = wasserstein(played)
    return {d: d_loss + 0.6 * np.exp(-np.arange(400) / 40), g: g_loss}


def vqgan(seed: int) -> Curves:
    d, g = hinge(typical_game(hinge, seed))
    before = np.zeros(100)
    return {
        "train/disc_loss": np.concatenate([before, 0.5 * d]),
        "train/g_loss": np.concatenate([before, g]),
    }


def wgan_tf2(seed: int) -> Curves:
    played = typical_game(wasserstein, seed)
    d, g = wasserstein(played)
    penalty = 0.3 * np.exp(-np.arange(400) / 50)
    return {
        "generator_loss": g,
        "critic_loss": d + 10 * penalty,
        "critic_gradient_penality": penalty,
        "critic_score_img_real": played.d_real,
        "critic_score_img_fake": played.d_fake,
    }


def maximised(seed: int) -> Curves:
    d, g = bce(typical_game(bce, seed))
    return {"D loss": -d, "G loss": -g}


def particle(seed: int) -> Curves:
    d, g = relativistic(typical_game(relativistic, seed))
    return {"d_loss": d / 2, "g_loss": g / 2, "penalty": 0.1 + 0 * d}


def melgan(seed: int) -> Curves:
    d, g = hinge(typical_game(hinge, seed))
    return {"loss/discriminator": 3 * d, "loss/generator": 3 * g}


def compare_gan(seed: int) -> Curves:
    d, g = saturating(typical_game(saturating, seed))
    return {"loss/d_0": d, "loss/g": g}
