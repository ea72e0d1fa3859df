"""A small GAN on a ring of eight Gaussians, in pure numpy: networks, recipes, samples and training."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

MODES, RADIUS, SIGMA = 8, 2.0, 0.15
LATENT, HIDDEN, BATCH = 8, 64, 128
R1_WEIGHT = 0.05
D_RATE, G_RATE = 8e-3, 4e-3
CHECKPOINTS = 40
COLUMNS = ("Loss_D", "Loss_G", "D_x", "D_G_z1", "D_G_z2")
"""Losses of D and G, and D's score on reals and on fakes before and after its step, as in PyTorch's DCGAN."""


# -- the networks --------------------------------------------------------------------------------------


class Net:
    """A fully connected network with (leaky) ReLUs. All parameters are views of one flat array."""

    def __init__(self, sizes: Sequence[int], slope: float, rng: np.random.Generator) -> None:
        self.slope = np.float32(slope)
        self.shapes = list(pairwise(sizes))
        self.parameters = np.zeros(sum(a * b + b for a, b in self.shapes), np.float32)
        self.gradients = np.zeros_like(self.parameters)
        self.weights, self.biases = self._layers(self.parameters)
        self.d_weights, self.d_biases = self._layers(self.gradients)
        for weight in self.weights:
            weight[...] = rng.standard_normal(weight.shape) * math.sqrt(2 / weight.shape[0])
        self.weights[-1] /= np.float32(math.sqrt(2))
        self.inputs: list[Array] = []
        self.slopes: list[Array] = []

    def _layers(self, flat: Array) -> tuple[list[Array], list[Array]]:
        weights, biases, at = [], [], 0
        for a, b in self.shapes:
            weights.append(flat[at : at + a * b].reshape(a, b))
            biases.append(flat[at + a * b : at + a * b + b])
            at += a * b + b
        return weights, biases

    def __call__(self, x: Array) -> Array:
        """Return the outputs for a batch, shape (n, out), and keep the values that `backward` needs."""
        self.inputs, self.slopes = [x], []
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = x @ weight + bias
            self.slopes.append(np.where(x > 0, np.float32(1), self.slope))
            x = x * self.slopes[-1]
            self.inputs.append(x)
        return x @ self.weights[-1] + self.biases[-1]

    def backward(self, d_out: Array, *, into_parameters: bool = True) -> Array:
        """Add the gradients of the parameters for `d_out`, and return the gradient of the input."""
        for i in reversed(range(len(self.weights))):
            if into_parameters:
                self.d_weights[i] += self.inputs[i].T @ d_out
                self.d_biases[i] += d_out.sum(0)
            d_out = d_out @ self.weights[i].T
            if i:
                d_out = d_out * self.slopes[i - 1]
        return d_out

    def add_r1(self, weight: float) -> None:
        """Add the gradients of `weight / 2 * mean |dD/dx|^2` at the batch of the last call.

        The network is piecewise linear, so dD/dx is a product of matrices, and the gradient of its square
        follows by backpropagation through that product.
        """
        top = [np.ones((len(self.inputs[0]), 1), np.float32)]
        for i in reversed(range(1, len(self.weights))):
            top.append((top[-1] @ self.weights[i].T) * self.slopes[i - 1])
        d = (top[-1] @ self.weights[0].T) * np.float32(weight / len(self.inputs[0]))
        for i, from_above in enumerate(reversed(top)):
            self.d_weights[i] += d.T @ from_above
            d = d @ self.weights[i]
            if i < len(self.slopes):
                d = d * self.slopes[i]


class Adam:
    """Adam on the flat parameters of a network."""

    def __init__(self, net: Net, beta1: float, beta2: float = 0.999) -> None:
        self.net, self.beta1, self.beta2 = net, np.float32(beta1), np.float32(beta2)
        self.first = np.zeros_like(net.parameters)
        self.second = np.zeros_like(net.parameters)
        self.steps = 0

    def step(self, rate: float) -> None:
        """Update the parameters once, and reset the gradients to zero."""
        self.steps += 1
        gradients = self.net.gradients
        self.first += (1 - self.beta1) * (gradients - self.first)
        self.second += (1 - self.beta2) * (gradients * gradients - self.second)
        corrected = rate * math.sqrt(1 - self.beta2**self.steps) / (1 - self.beta1**self.steps)
        self.net.parameters -= np.float32(corrected) * self.first / (np.sqrt(self.second) + np.float32(1e-8))
        gradients[:] = 0


# -- the recipes ---------------------------------------------------------------------------------------

Rates = Callable[[float], tuple[float, float]]
"""Maps the progress of the training, 0..1, to the learning rates of D and G."""


@dataclass(frozen=True)
class Recipe:
    """A training setup and its outcome."""

    story: str
    rates: Rates
    beta1: float = 0.5


def _annealed(progress: float) -> tuple[float, float]:
    factor = 1.0 if progress < 0.3 else 1 - 0.95 * (progress - 0.3) / 0.7
    return D_RATE * factor, G_RATE * factor


def _one_cycle_too_high(progress: float) -> tuple[float, float]:
    begin, peak, top = 0.3, 0.55, 50.0
    if progress < begin:
        return D_RATE, G_RATE
    fall = max(0.0025, 1 - (progress - begin) / (peak - begin))
    if progress < peak:
        rise = 1 + (top - 1) * (1 - math.cos(math.pi * (progress - begin) / (peak - begin))) / 2
    else:
        rise = top * (1 + math.cos(math.pi * (progress - peak) / (1 - peak))) / 2
    return D_RATE * fall, G_RATE * rise


def _growing(progress: float) -> tuple[float, float]:
    factor = 10 ** (5 * max(0.0, progress - 0.3) / 0.7)
    return D_RATE * factor, G_RATE * factor


RECIPES = {
    "healthy": Recipe("both rates annealed, R1 on D: covers the ring and settles", _annealed),
    "collapse": Recipe(
        "healthy for a third; then G's one-cycle schedule peaks far too high while D's rate drops to zero",
        _one_cycle_too_high,
    ),
    "oscillate": Recipe(
        "momentum of 0.99: both players overshoot, and the samples chase D endlessly",
        lambda progress: (2e-3, 2e-3),  # noqa: ARG005 - constant rates
        beta1=0.99,
    ),
    "diverge": Recipe(
        "healthy for a third; then the decay factor of the rates is greater than one", _growing
    ),
}


# -- the samples ---------------------------------------------------------------------------------------

_ANGLES = np.arange(MODES) * (2 * np.pi / MODES)
CENTRES = (RADIUS * np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)).astype(np.float32)


def real_batch(count: int, rng: np.random.Generator) -> Array:
    """Return random points of the ring, shape (count, 2)."""
    noise = SIGMA * rng.standard_normal((count, 2))
    return (CENTRES[rng.integers(0, MODES, count)] + noise).astype(np.float32)


@dataclass(frozen=True)
class Measure:
    """State of the generator, measured on a thousand samples."""

    covered: int
    """Number of modes with at least 2 % of the samples."""
    on_data: float
    """Share of the samples within three sigma of a mode."""
    shares: NDArray[np.float64]
    """Share of the samples at each mode, shape (8,)."""
    centre: NDArray[np.float64]
    """Mean of the samples, shape (2,)."""


def measure(samples: Array) -> Measure:
    """Measure the state of the generator from its samples, shape (n, 2)."""
    distances = np.linalg.norm(samples[:, None].astype(np.float64) - CENTRES, axis=2)
    near = np.where(np.isfinite(distances), distances, np.inf)
    on = near.min(axis=1) < 3 * SIGMA
    shares = np.bincount(near.argmin(axis=1)[on], minlength=MODES) / len(samples)
    centre = samples.mean(axis=0, dtype=np.float64)
    return Measure(int((shares >= 0.02).sum()), float(on.mean()), shares, centre)


@dataclass
class History:
    """Measures of a training at forty checkpoints."""

    measures: list[Measure] = field(default_factory=list)

    def travel(self, last: int = CHECKPOINTS // 4) -> float:
        """Return the mean distance that the centre of the samples moves between the last checkpoints."""
        centres = [m.centre for m in self.measures[-last:]]
        steps = [float(np.linalg.norm(b - a)) for a, b in pairwise(centres)]
        return sum(steps) / max(1, len(steps))

    def __str__(self) -> str:
        end = self.measures[-1]
        most = max(m.covered for m in self.measures)
        return (
            f"{end.covered} of {MODES} modes covered (at most {most} during the training), "
            f"{end.on_data:.0%} of the samples within 3 sigma of a mode, "
            f"their centre moved {self.travel():.2f} between checkpoints in the last quarter"
        )


# -- the training --------------------------------------------------------------------------------------


def _softplus(x: Array) -> Array:
    return np.logaddexp(np.float32(0), x)


def _sigmoid(x: Array) -> Array:
    exponential: Array = np.exp(-np.clip(x, -60, 60))
    return np.float32(1) / (np.float32(1) + exponential)


def _pull(scores: Array, label: float) -> Array:
    """Return the gradient of the mean cross-entropy of `scores` against the same label for all."""
    return (_sigmoid(scores) - np.float32(label)) * np.float32(1 / len(scores))


class Log(Protocol):
    """Receives the values of each logged step."""

    def write(self, step: int, values: Sequence[float]) -> None:
        """Write the values of `step`, in the order of `COLUMNS`."""


class Training:
    """Training with binary cross-entropy, a non-saturating loss for G, and R1 on the reals."""

    def __init__(self, recipe: Recipe, seed: int) -> None:
        self.recipe = recipe
        self.rng = np.random.default_rng(seed)
        self.d = Net((2, HIDDEN, HIDDEN, 1), 0.2, self.rng)
        self.g = Net((LATENT, HIDDEN, HIDDEN, 2), 0.0, self.rng)
        self.d_adam = Adam(self.d, recipe.beta1)
        self.g_adam = Adam(self.g, recipe.beta1)
        self.fixed_latents = self._latent(1_000)

    def _latent(self, count: int) -> Array:
        return self.rng.standard_normal((count, LATENT)).astype(np.float32)

    def step(self, progress: float) -> tuple[float, ...]:
        """Train D and G for one step each; return the values of `COLUMNS`."""
        d_rate, g_rate = self.recipe.rates(progress)
        scores = self.d(real_batch(BATCH, self.rng))
        d_loss, real = float(_softplus(-scores).mean()), float(_sigmoid(scores).mean())
        self.d.backward(_pull(scores, 1))
        self.d.add_r1(R1_WEIGHT)
        scores = self.d(self.g(self._latent(BATCH)))
        d_loss, before = d_loss + float(_softplus(scores).mean()), float(_sigmoid(scores).mean())
        self.d.backward(_pull(scores, 0))
        self.d_adam.step(d_rate)

        scores = self.d(self.g(self._latent(BATCH)))
        g_loss, after = float(_softplus(-scores).mean()), float(_sigmoid(scores).mean())
        self.g.backward(self.d.backward(_pull(scores, 1), into_parameters=False))
        self.g_adam.step(g_rate)
        return d_loss, g_loss, real, before, after

    def samples(self) -> Array:
        """Return the samples for a thousand fixed latent points, shape (1000, 2)."""
        return self.g(self.fixed_latents)


def train(
    recipe: Recipe,
    steps: int,
    *,
    seed: int = 0,
    every: int = 10,
    sleep: float = 0.0,
    logs: Sequence[Log] = (),
) -> History:
    """Train, and write every `every`-th step to the logs.

    Args:
        recipe: One of `RECIPES`.
        steps: Number of steps.
        seed: Seed of all random numbers.
        every: Steps between two rows of a log.
        sleep: Seconds to wait after each step.
        logs: Receive the values.

    Returns:
        The measures of the samples at forty checkpoints.
    """
    training, history = Training(recipe, seed), History()
    with np.errstate(all="ignore"):  # a diverging training overflows on purpose
        for step in range(1, steps + 1):
            values = training.step(step / steps)
            if step % every == 0:
                for log in logs:
                    log.write(step, values)
            if step % max(1, steps // CHECKPOINTS) == 0:
                history.measures.append(measure(training.samples()))
            if sleep:
                time.sleep(sleep)
    return history
