"""The losses of both players, from D's scores alone."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import relu, softplus

PROBABILISTIC = frozenset({"ns", "minimax", "ns-r1"})
"""Objectives whose scores are logits: logs show their probabilities."""


def discriminator_halves(
    objective: str, real: Tensor, fake: Tensor, smoothing: float
) -> tuple[Tensor, Tensor]:
    """Return the two halves of what D minimises; their sum is its loss.

    Args:
        objective: One of `settings.OBJECTIVES`.
        real: D's scores of real samples, shape (n,).
        fake: The same of generated ones.
        smoothing: How much the labels of real samples are below one, for BCE.
    """
    if objective in PROBABILISTIC:
        real_half = (1 - smoothing) * softplus(-real).mean() + smoothing * softplus(real).mean()
        return real_half, softplus(fake).mean()
    if objective == "lsgan":
        return ((real - 1) ** 2).mean(), (fake**2).mean()
    if objective == "hinge":
        return relu(1 - real).mean(), relu(1 + fake).mean()
    if objective == "ragan":
        return softplus(fake.mean() - real).mean(), softplus(fake - real.mean()).mean()
    return -real.mean(), fake.mean()


def generator_loss(objective: str, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """Return what G minimises.

    Args:
        objective: One of `settings.OBJECTIVES`.
        fake: D's scores of generated samples, shape (n,).
        real: The same of real ones; needed by `ragan` alone.
    """
    if objective in {"ns", "ns-r1"}:
        return softplus(-fake).mean()
    if objective == "minimax":
        return -softplus(fake).mean()
    if objective == "lsgan":
        return ((fake - 1) ** 2).mean()
    if objective == "ragan":
        assert real is not None
        return softplus(real.mean() - fake).mean() + softplus(real - fake.mean()).mean()
    return -fake.mean()


def gradient_penalty(scores: Tensor, samples: Tensor, pack: int, *, target: float) -> Tensor:
    """Return the mean squared distance of the norm of D's gradient from a target.

    Args:
        scores: D's scores of `samples`, which require a gradient.
        samples: Shape (n, ...).
        pack: Samples to a score.
        target: 1 for WGAN-GP, 0 for R1.
    """
    (slope,) = torch.autograd.grad(scores.sum(), samples, create_graph=True)
    slope = slope.reshape(len(samples) // pack, -1)
    if target == 0:
        return (slope**2).sum(dim=1).mean()
    return ((slope.norm(dim=1) - target) ** 2).mean()


def between(real: Tensor, fake: Tensor) -> Tensor:
    """Return points on the lines from real to generated samples, which require a gradient."""
    share = torch.rand((len(real), *(1,) * (real.dim() - 1)))
    return (share * real + (1 - share) * fake).requires_grad_()
