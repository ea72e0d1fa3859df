"""Train one run, or one step of each kind of run.

    python -m benchmarks.corpus.train SEED FOLDER     # one run, written to FOLDER/SEED.npz
    python -m benchmarks.corpus.train --try-all FOLDER  # one step of each data set, net and objective

The same seed gives the same run on the same machine. FOLDER/cache holds letters, emoji and classifiers.
"""

from __future__ import annotations

import argparse
import itertools
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.corpus import data as data_sets
from benchmarks.corpus.data import DataSet, Images
from benchmarks.corpus.measure import SAMPLES, Judge, Measured, judge_of
from benchmarks.corpus.nets import build
from benchmarks.corpus.objectives import (
    PROBABILISTIC,
    between,
    discriminator_halves,
    generator_loss,
    gradient_penalty,
)
from benchmarks.corpus.recipes import draw
from benchmarks.corpus.runs import COLUMNS, Run, path_of, save
from benchmarks.corpus.settings import DATA_SETS, EVENTS, NETS, OBJECTIVES, SMALL_SEEDS, Settings

CHECKPOINTS = 40
GRID = 64
"""Samples of a grid."""
DECAYED = 0.95
"""How much of a learning rate has gone at the end of a run with decay."""


class Training:
    """Both players, what they learn from, and what has been logged."""

    def __init__(self, settings: Settings, data: DataSet) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self._random = np.random.default_rng(settings.seed + 10**6)
        few = settings.few_images
        self._data = data.few(few, self._random) if few and isinstance(data, Images) else data
        self.generator, self.discriminator = build(settings, data.shape)
        self._g_parameters = list(self.generator.parameters())
        self._d_parameters = list(self.discriminator.parameters())
        self._g_optimizer = self._optimizer(self._g_parameters, settings.lr_g)
        self._d_optimizer = self._optimizer(self._d_parameters, settings.lr_d)
        # Where samples do not meet in D, real and generated ones go through it at once, which is faster.
        self._at_once = not settings.d_batch_norm and settings.objective != "ns-r1"
        self.rows = np.zeros((settings.steps, len(COLUMNS)), np.float32)
        self.critic = np.zeros((settings.steps, settings.n_critic), np.float32)

    def step(self, number: int) -> None:
        """Make one step of G, after D's, and log it.

        Args:
            number: 1 for the first.
        """
        self._set_rates(number)
        for turn in range(self.settings.n_critic):
            row = self._discriminator_step()
            self.critic[number - 1, turn] = row["d_loss"]
        row.update(self._generator_step())
        self.rows[number - 1] = torch.stack([row[name] for name in COLUMNS]).numpy()

    def samples(self, latent: Tensor) -> NDArray[np.float32]:
        """Return what G makes of latent points, with the running statistics of its batch normalisation."""
        self.generator.eval()
        with torch.no_grad():
            parts = [self.generator(part) for part in latent.split(250)]
        self.generator.train()
        made: NDArray[np.float32] = torch.cat(parts).numpy()
        return made

    def latent(self, count: int) -> Tensor:
        """Return latent points, shape (count, latent)."""
        return torch.randn(count, self.settings.latent)

    def _optimizer(self, parameters: list[nn.Parameter], rate: float) -> torch.optim.Optimizer:
        settings = self.settings
        if settings.optimizer == "sgd":
            return torch.optim.SGD(parameters, 20 * rate, momentum=settings.beta1, fused=True)
        if settings.optimizer == "rmsprop" or settings.objective == "wgan-clip":
            return torch.optim.RMSprop(parameters, rate, foreach=True)
        betas = (float(settings.beta1), settings.beta2)
        return torch.optim.Adam(parameters, rate, betas, fused=True)

    def _set_rates(self, number: int) -> None:
        settings = self.settings
        d_factor = g_factor = 1.0
        half = settings.steps / 2
        if settings.decay and number > half:
            d_factor = g_factor = 1 - (number - half) / half * DECAYED
        elif settings.event is not None and number > settings.event.step:
            d_factor, g_factor = EVENTS[settings.event.name]
        for optimizer, rate in (
            (self._d_optimizer, settings.lr_d * d_factor),
            (self._g_optimizer, settings.lr_g * g_factor),
        ):
            for group in optimizer.param_groups:
                group["lr"] = 20 * rate if settings.optimizer == "sgd" else rate

    def _reals(self) -> Tensor:
        return torch.from_numpy(self._data.batch(self.settings.batch, self._random))

    def _noised(self, samples: Tensor) -> Tensor:
        width = self.settings.instance_noise
        return samples + width * torch.randn_like(samples) if width else samples

    def _discriminator_step(self) -> dict[str, Tensor]:
        settings, net = self.settings, self.discriminator
        real = self._noised(self._reals())
        with torch.no_grad():
            fake = self._noised(self.generator(self.latent(settings.batch)))
        if settings.objective == "ns-r1":
            real.requires_grad_()
        for parameter in self._d_parameters:
            parameter.requires_grad = True
        if self._at_once:
            real_score, fake_score = net(torch.cat([real, fake])).squeeze(1).chunk(2)
        else:
            real_score, fake_score = net(real).squeeze(1), net(fake).squeeze(1)
        real_half, fake_half = discriminator_halves(
            settings.objective, real_score, fake_score, settings.label_smoothing
        )
        if settings.halved:
            real_half, fake_half = real_half / 2, fake_half / 2
        loss = real_half + fake_half
        penalty = torch.zeros(())
        if settings.objective == "wgan-gp":
            middle = between(real, fake)
            penalty = gradient_penalty(net(middle), middle, settings.pack, target=1)
        elif settings.objective == "ns-r1":
            penalty = gradient_penalty(real_score, real, settings.pack, target=0)
        total = loss + settings.penalty_weight * penalty if settings.penalty_weight else loss
        self._d_optimizer.zero_grad()
        total.backward()
        norm = _gradient_norm(self._d_parameters)
        self._d_optimizer.step()
        if settings.clip:
            with torch.no_grad():
                for parameter in self._d_parameters:
                    parameter.clamp_(-settings.clip, settings.clip)
        real_score, fake_score = real_score.detach(), fake_score.detach()
        middle_score = 0.5 if settings.objective == "lsgan" else 0.0
        return {
            "d_loss": loss.detach(),
            "d_loss_real": real_half.detach(),
            "d_loss_fake": fake_half.detach(),
            "real_score": self._score(real_score),
            "fake_score": self._score(fake_score),
            "real_logit": real_score.mean(),
            "fake_logit": fake_score.mean(),
            "real_accuracy": (real_score > middle_score).float().mean(),
            "fake_accuracy": (fake_score < middle_score).float().mean(),
            "penalty": penalty.detach(),
            "grad_norm_d": norm,
        }

    def _generator_step(self) -> dict[str, Tensor]:
        settings = self.settings
        for parameter in self._d_parameters:
            parameter.requires_grad = False
        fake = self._noised(self.generator(self.latent(settings.batch)))
        score = self.discriminator(fake).squeeze(1)
        real_score = None
        if settings.objective == "ragan":
            with torch.no_grad():
                real_score = self.discriminator(self._reals()).squeeze(1)
        loss = generator_loss(settings.objective, score, real_score)
        if settings.objective == "ragan" and settings.halved:
            loss = loss / 2
        self._g_optimizer.zero_grad()
        loss.backward()
        norm = _gradient_norm(self._g_parameters)
        self._g_optimizer.step()
        score = score.detach()
        return {
            "g_loss": loss.detach(),
            "fake_score_after": self._score(score),
            "fake_logit_after": score.mean(),
            "grad_norm_g": norm,
        }

    def _score(self, logits: Tensor) -> Tensor:
        """Return the mean score as scripts log it."""
        return (logits.sigmoid() if self.settings.objective in PROBABILISTIC else logits).mean()


def _gradient_norm(parameters: list[nn.Parameter]) -> Tensor:
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    return torch.nn.utils.get_total_norm(gradients, foreach=True)


def train(settings: Settings, data: DataSet, judge: Judge) -> Run:
    """Train one run and measure its samples at `CHECKPOINTS` steps."""
    started = time.process_time()
    training = Training(settings, data)
    checkpoints = np.linspace(settings.steps / CHECKPOINTS, settings.steps, CHECKPOINTS).astype(np.int32)
    fixed = torch.randn(GRID, settings.latent, generator=torch.Generator().manual_seed(settings.seed))
    measured: list[Measured] = []
    grids = []
    for number in range(1, settings.steps + 1):
        training.step(number)
        if number in checkpoints:
            samples = training.samples(training.latent(SAMPLES))
            measured.append(judge.measure(samples))
            if isinstance(data, Images):
                shown = training.samples(fixed) if settings.fixed_noise else samples[:GRID]
                grids.append(data_sets.as_bytes(shown))
    reals = np.zeros(0, np.uint8)
    if isinstance(data, Images):
        chosen = np.random.default_rng(settings.seed).integers(len(data.pixels), size=GRID)
        reals = data.pixels[chosen]
    return Run(
        settings=settings,
        rows=training.rows,
        critic=training.critic,
        checkpoints=checkpoints,
        measures={name: np.stack([m[name] for m in measured]) for name in measured[0]},
        grids=np.stack(grids) if grids else np.zeros(0, np.uint8),
        reals=reals,
        seconds=time.process_time() - started,
    )


class Workshop:
    """Data sets and judges, each made when it is first needed."""

    def __init__(self, cache: Path) -> None:
        torch.set_num_threads(1)
        torch.set_flush_denormal(True)
        self._cache = cache
        self._kept: dict[str, tuple[DataSet, Judge]] = {}

    def data(self, name: str) -> tuple[DataSet, Judge]:
        """Return a data set and what measures its samples."""
        if name not in self._kept:
            data = data_sets.load(name, self._cache)
            self._kept[name] = data, judge_of(name, data, self._cache)
        return self._kept[name]

    def run(self, settings: Settings) -> Run:
        """Train one run."""
        return train(settings, *self.data(settings.data))


def try_all(workshop: Workshop) -> None:
    """Make one step of each data set, net and objective, summed and halved."""
    for name, net, objective in itertools.product(DATA_SETS, NETS, OBJECTIVES):
        data, judge = workshop.data(name)
        if net != "mlp" and not isinstance(data, Images):
            continue
        for halved in (False, True):
            settings = Settings(
                seed=SMALL_SEEDS.start, data=name, recipe="sound", net=net, objective=objective,
                halved=halved, spectral_norm=net == "resnet", g_batch_norm=True, g_width=16, d_width=8,
                clip=0.1, penalty_weight=1.0,
            )  # fmt: skip
            training = Training(settings, data)
            training.step(1)
            measured = judge.measure(training.samples(training.latent(100)))
            if not np.isfinite(training.rows[0]).all() or not measured["finite"]:
                message = f"{name} {net} {objective}: not finite after one step"
                raise AssertionError(message)
        print(f"{name} {net} {objective}: fine")


def main() -> None:
    """Train what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("seed", nargs="?", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--try-all", action="store_true", help="one step of each kind of run")
    arguments = parser.parse_args()
    workshop = Workshop(arguments.folder / "cache")
    if arguments.try_all or arguments.seed is None:
        try_all(workshop)
        return
    run = workshop.run(draw(arguments.seed))
    save(run, path_of(arguments.folder, arguments.seed))
    print(f"{arguments.seed}: {run.seconds:.0f} s")


if __name__ == "__main__":
    main()
