"""What samples are: measured against real ones, never against a loss.

Points are compared with the centres of their mixture, digits with real digits pixel by pixel, and images with
real ones in the features of a small classifier that is trained once for each data set.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.corpus.data import DataSet, Images, Mixture, scaled

Floats = NDArray[np.float32]
Measured = dict[str, NDArray[np.float64]]

SAMPLES = 1000
"""Samples that are measured at a checkpoint."""
REFERENCES = 2000
"""Real images that they are compared with."""
AXES = 4
"""Main axes of the data along which the centre of the samples is followed."""
NEIGHBOUR = 5
"""The distance to this neighbour is the radius of a real image."""
COMPARED_PIXELS = 300
"""Samples among which duplicates are looked for."""
DUPLICATE = 0.15
"""Two samples are duplicates below this share of the mean distance of two real ones."""
KNOW_JUNK = frozenset({"letters", "emoji"})
"""Data sets whose classifier also learns what is no image of any class.

Without it the features of noise are those of a letter. Garments part from noise by themselves.
"""


class Classifier(nn.Module):
    """Two convolutions and 64 features."""

    def __init__(self, channels: int, side: int, kinds: int) -> None:
        super().__init__()
        quarter = -(-side // 4)
        self.features = nn.Sequential(
            nn.Conv2d(channels, 16, 5, 2, 2),
            nn.ReLU(),
            nn.Conv2d(16, 32, 5, 2, 2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(32 * quarter**2, 64),
            nn.ReLU(),
        )
        self.output = nn.Linear(64, kinds + 1)

    def forward(self, images: Tensor) -> Tensor:
        """Return a score a class, the last for what is no image of any: shape (n, kinds + 1)."""
        scores: Tensor = self.output(self.features(images))
        return scores


def classifier_of(name: str, images: Images, cache: Path, steps: int = 1500) -> Classifier:
    """Return the classifier of a data set, trained on nine tenths of it unless it is stored in `cache`."""
    net = Classifier(images.shape[0], images.shape[1], images.kinds)
    stored = cache / f"{name}-classifier.pt"
    if stored.exists():
        net.load_state_dict(torch.load(stored))
        return net.eval()
    order = np.random.default_rng(0).permutation(len(images.pixels))
    seen, unseen = order[len(order) // 10 :], order[: len(order) // 10]
    torch.manual_seed(0)
    net = Classifier(images.shape[0], images.shape[1], images.kinds)
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    generator = np.random.default_rng(1)
    for _ in range(steps):
        chosen = seen[generator.integers(len(seen), size=128)]
        real = scaled(images.pixels[chosen])
        batch, classes = real, images.classes[chosen]
        if name in KNOW_JUNK:
            batch = np.concatenate([real, junk(real[:64], generator)])
            classes = np.concatenate([classes, np.full(64, images.kinds)])
        scores = net(torch.from_numpy(batch))
        optimizer.zero_grad()
        functional.cross_entropy(scores, torch.from_numpy(classes)).backward()
        optimizer.step()
    with torch.no_grad():
        guesses = net(torch.from_numpy(scaled(images.pixels[unseen]))).argmax(dim=1).numpy()
    right = np.mean(guesses == images.classes[unseen])
    print(f"{name}: the classifier is right on {right:.3f} of unseen images")
    cache.mkdir(parents=True, exist_ok=True)
    torch.save(net.state_dict(), stored)
    return net.eval()


def junk(images: Floats, generator: np.random.Generator) -> Floats:
    """Return as many pictures of nothing: noise of any grain, shuffled images, and flat patterns."""
    count, channels, side, _ = images.shape
    made = np.empty_like(images)
    for number in range(count):
        kind = generator.integers(4)
        if kind == 0:
            grain = int(generator.integers(1, 5))
            few = -(-side // grain)
            noise = (
                generator.standard_normal((channels, few, few)).repeat(grain, axis=1).repeat(grain, axis=2)
            )
            made[number] = np.tanh(
                noise[:, :side, :side] * generator.uniform(0.2, 3) + generator.uniform(-1, 1)
            )
        elif kind == 1:
            made[number] = generator.permuted(images[number].reshape(channels, -1), axis=1).reshape(
                images.shape[1:]
            )
        elif kind == 2:
            pattern = np.indices((side, side)).sum(axis=0) % int(generator.integers(1, 4)) == 0
            colours = generator.uniform(-1, 1, size=(2, channels, 1, 1))
            made[number] = np.where(pattern, *colours)
        else:
            mixed = images[number] + generator.uniform(0.5, 2) * generator.standard_normal(images.shape[1:])
            made[number] = mixed.clip(-1, 1)
    return made


class Judge:
    """Measures samples of one data set."""

    def __init__(self, data: DataSet) -> None:
        self.kinds = data.kinds

    def measure(self, samples: Floats) -> Measured:
        """Return `runs.MEASURES`, `classes` and `middle` of samples, shape (n, *shape of one)."""
        if not np.isfinite(samples).all():
            return self._nothing()
        return self._measure(samples)

    def _nothing(self) -> Measured:
        zeros = dict.fromkeys(
            ("finite", "precision", "near", "modes", "spread", "coverage", "pixel_spread", "duplicates"),
            np.float64(0),
        )
        measured = {name: np.asarray(value) for name, value in zeros.items()}
        return measured | {
            "frechet": np.asarray(1e9),
            "classes": np.zeros(self.kinds),
            "middle": np.full(self._axes, np.nan),
        }

    _axes = AXES

    def _measure(self, samples: Floats) -> Measured:
        raise NotImplementedError


class MixtureJudge(Judge):
    """Compares points with the centres of a mixture."""

    _axes = 2
    SIZE = 2.0
    """Distance from the middle of the data to its edge."""

    def __init__(self, data: Mixture) -> None:
        super().__init__(data)
        self._data = data

    def _measure(self, samples: Floats) -> Measured:
        points = samples.astype(np.float64)
        distance = np.linalg.norm(points[:, None] - self._data.centres[None], axis=2)
        nearest, least = distance.argmin(axis=1), distance.min(axis=1)
        near = least < self._data.spacing / 4
        classes = np.bincount(nearest[near], minlength=self.kinds) / len(points)
        return {
            "finite": np.asarray(1.0),
            "precision": np.mean(least < 4 * self._data.width),
            "near": np.mean(near),
            "modes": np.sum(classes >= 0.2 / self.kinds),
            "spread": np.sqrt(points.var(axis=0).sum()) / self.SIZE,
            "coverage": np.mean(classes > 0),
            "frechet": np.asarray(0.0),
            "pixel_spread": np.asarray(0.0),
            "duplicates": np.asarray(0.0),
            "classes": classes,
            "middle": points.mean(axis=0) / self.SIZE,
        }


class ImageJudge(Judge):
    """Compares images with real ones in some features of both."""

    def __init__(self, data: Images, classifier: Classifier | None, looseness: float) -> None:
        """Measure the references.

        Args:
            data: The real images.
            classifier: Where features come from; without one, pixels.
            looseness: How many of the reals' median radii from a real image is still near it.
        """
        super().__init__(data)
        self._classifier = classifier
        generator = np.random.default_rng(1)
        chosen = generator.permutation(len(data.pixels))[:REFERENCES]
        images = scaled(data.pixels[chosen])
        self._classes = data.classes[chosen]
        self._features = self._features_of(images)
        distance = _distances(self._features, self._features)
        np.fill_diagonal(distance, np.inf)
        self._radii = np.sort(distance, axis=1)[:, NEIGHBOUR - 1]
        self._reach = looseness * float(np.median(self._radii))
        others = generator.permutation(len(images))
        self._pair = _mean_distance(self._features, self._features[others])
        self._pixel_pair = _mean_distance(images, images[others])
        self._centre = self._features.mean(axis=0)
        self._covariance = np.cov(self._features.T.astype(np.float64))
        self._main_axes = np.linalg.svd(self._features - self._centre, full_matrices=False)[2][:AXES]

    def _features_of(self, images: Floats) -> Floats:
        if self._classifier is None:
            return images.reshape(len(images), -1)
        with torch.inference_mode():
            features: Floats = self._classifier.features(
                torch.from_numpy(np.ascontiguousarray(images))
            ).numpy()
        return features

    def _measure(self, samples: Floats) -> Measured:
        features = self._features_of(samples)
        distance = _distances(features, self._features)
        nearest, least = distance.argmin(axis=1), distance.min(axis=1)
        near = least < self._reach
        classes = np.bincount(self._classes[nearest][near], minlength=self.kinds) / len(samples)
        others = np.random.default_rng(2).permutation(len(samples))
        few = samples[:COMPARED_PIXELS].reshape(min(COMPARED_PIXELS, len(samples)), -1)
        between = _distances(few, few)
        np.fill_diagonal(between, np.inf)
        return {
            "finite": np.asarray(1.0),
            "precision": np.mean((distance <= self._radii[None]).any(axis=1)),
            "near": np.mean(near),
            "modes": np.sum(classes >= 0.2 / self.kinds),
            "spread": np.asarray(_mean_distance(features, features[others]) / self._pair),
            "coverage": np.mean(distance.min(axis=0) <= self._radii),
            "frechet": np.asarray(self._frechet(features)),
            "pixel_spread": np.asarray(_mean_distance(samples, samples[others]) / self._pixel_pair),
            "duplicates": np.mean(between.min(axis=1) < DUPLICATE * self._pixel_pair),
            "classes": classes,
            "middle": (features.mean(axis=0) - self._centre) @ self._main_axes.T / (self._pair / 2),
        }

    def _frechet(self, features: Floats) -> float:
        """Return the Frechet distance, in units of the spread of real images."""
        covariance = np.cov(features.T.astype(np.float64)) + 1e-6 * np.eye(features.shape[1])
        roots = np.sqrt(np.linalg.eigvals(covariance @ self._covariance).real.clip(0)).sum()
        total = np.trace(self._covariance)
        shift = float(((features.mean(axis=0) - self._centre) ** 2).sum())
        return float((shift + np.trace(covariance) + total - 2 * roots) / total)


def _distances(these: Floats, those: Floats) -> Floats:
    distances: Floats = torch.cdist(torch.from_numpy(these), torch.from_numpy(those)).numpy()
    return distances


def _mean_distance(these: Floats, those: Floats) -> float:
    difference = (these - those).reshape(len(these), -1)
    return float(np.linalg.norm(difference, axis=1).mean())


def judge_of(name: str, data: DataSet, cache: Path) -> Judge:
    """Return what measures samples of a data set."""
    if isinstance(data, Mixture):
        return MixtureJudge(data)
    if name == "digits":
        return ImageJudge(data, None, 1.3)
    return ImageJudge(data, classifier_of(name, data, cache), 1.5)
