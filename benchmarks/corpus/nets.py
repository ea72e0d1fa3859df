"""Generators and discriminators: MLP, DCGAN, and a small residual net with spectral normalisation."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from benchmarks.corpus.settings import Settings

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "lrelu": lambda: nn.LeakyReLU(0.2),
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
}


def build(settings: Settings, shape: tuple[int, ...]) -> tuple[nn.Module, nn.Module]:
    """Return a generator and a discriminator for samples of a shape.

    G takes (n, latent) and gives (n, *shape); D takes (n, *shape), n a multiple of `settings.pack`, and gives
    (n / pack, 1).
    """
    if settings.net == "mlp":
        return _mlp_generator(settings, shape), _mlp_discriminator(settings, shape)
    if settings.net == "dcgan":
        nets = _dcgan_generator(settings, shape), _dcgan_discriminator(settings, shape)
    else:
        nets = _resnet_generator(settings, shape), _resnet_discriminator(settings, shape)
    if settings.dcgan_init and not settings.spectral_norm:
        for net in nets:
            for module in net.modules():
                if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                    nn.init.normal_(module.weight, 0, 0.02)
    for net in nets:
        net.to(memory_format=torch.channels_last)  # a third faster on a CPU
    return nets


def _bounded(settings: Settings, module: nn.Module) -> nn.Module:
    return spectral_norm(module) if settings.spectral_norm else module


# -- fully connected -------------------------------------------------------------------------------------


class Pack(nn.Module):
    """Flattens samples and puts several in one row."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def forward(self, samples: Tensor) -> Tensor:
        """Return shape (n / count, count * numbers of a sample)."""
        return samples.reshape(len(samples) // self._count, -1)


def _mlp_generator(settings: Settings, shape: tuple[int, ...]) -> nn.Module:
    activation = ACTIVATIONS["relu" if settings.activation == "lrelu" else settings.activation]
    layers: list[nn.Module] = []
    size = settings.latent
    for _ in range(settings.depth):
        layers.append(nn.Linear(size, settings.g_width))
        size = settings.g_width
        if settings.g_batch_norm:
            layers.append(nn.BatchNorm1d(size))
        layers.append(activation())
    layers.append(nn.Linear(size, math.prod(shape)))
    if len(shape) > 1:
        layers += [nn.Tanh(), nn.Unflatten(1, shape)]
    return nn.Sequential(*layers)


def _mlp_discriminator(settings: Settings, shape: tuple[int, ...]) -> nn.Module:
    activation = ACTIVATIONS[settings.activation]
    layers: list[nn.Module] = [Pack(settings.pack)]
    size = math.prod(shape) * settings.pack
    for place in range(settings.depth):
        layers.append(_bounded(settings, nn.Linear(size, settings.d_width)))
        size = settings.d_width
        layers.append(activation())
        if settings.dropout and place:
            layers.append(nn.Dropout(settings.dropout))
    layers.append(_bounded(settings, nn.Linear(size, 1)))
    return nn.Sequential(*layers)


# -- convolutions ----------------------------------------------------------------------------------------


def _dcgan_generator(settings: Settings, shape: tuple[int, ...]) -> nn.Module:
    channels, side, width = shape[0], shape[1] // 4, settings.g_width

    def normed(count: int) -> list[nn.Module]:
        return [nn.BatchNorm2d(count)] if settings.g_batch_norm else []

    return nn.Sequential(
        nn.Linear(settings.latent, 2 * width * side * side),
        nn.Unflatten(1, (2 * width, side, side)),
        *normed(2 * width),
        nn.ReLU(),
        nn.ConvTranspose2d(2 * width, width, 4, 2, 1),
        *normed(width),
        nn.ReLU(),
        nn.ConvTranspose2d(width, channels, 4, 2, 1),
        nn.Tanh(),
    )


def _dcgan_discriminator(settings: Settings, shape: tuple[int, ...]) -> nn.Module:
    channels, side, width = shape[0], shape[1] // 4, settings.d_width
    return nn.Sequential(
        _bounded(settings, nn.Conv2d(channels, width, 4, 2, 1)),
        nn.LeakyReLU(0.2),
        _bounded(settings, nn.Conv2d(width, 2 * width, 4, 2, 1)),
        *([nn.BatchNorm2d(2 * width)] if settings.d_batch_norm else []),
        nn.LeakyReLU(0.2),
        *([nn.Dropout(settings.dropout)] if settings.dropout else []),
        nn.Flatten(),
        _bounded(settings, nn.Linear(2 * width * side * side, 1)),
    )


class Up(nn.Module):
    """A residual block that doubles the side of its images."""

    def __init__(self, before: int, after: int, *, batch_norm: bool) -> None:
        super().__init__()
        self._first_norm: nn.Module = nn.BatchNorm2d(before) if batch_norm else nn.Identity()
        self._second_norm: nn.Module = nn.BatchNorm2d(after) if batch_norm else nn.Identity()
        self._first = nn.Conv2d(before, after, 3, padding=1)
        self._second = nn.Conv2d(after, after, 3, padding=1)
        self._shortcut = nn.Conv2d(before, after, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Return images of twice the side."""
        change = self._first(functional.relu(self._first_norm(images)))
        change = functional.interpolate(functional.relu(self._second_norm(change)), scale_factor=2)
        change = self._second(change)
        shortcut: Tensor = functional.interpolate(self._shortcut(images), scale_factor=2)
        return shortcut + change


class Down(nn.Module):
    """A residual block that halves the side of its images."""

    def __init__(self, before: int, after: int, settings: Settings, *, first: bool = False) -> None:
        super().__init__()
        self._is_first = first
        self._first = _bounded(settings, nn.Conv2d(before, after, 3, padding=1))
        self._second = _bounded(settings, nn.Conv2d(after, after, 3, padding=1))
        self._shortcut = _bounded(settings, nn.Conv2d(before, after, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Return images of half the side."""
        change = self._first(images if self._is_first else functional.relu(images))
        change = self._second(functional.avg_pool2d(functional.relu(change), 2))
        shortcut: Tensor = self._shortcut(functional.avg_pool2d(images, 2))
        return shortcut + change


def _resnet_generator(settings: Settings, shape: tuple[int, ...]) -> nn.Module:
    channels, side, width = shape[0], shape[1] // 4, settings.g_width
    batch_norm = settings.g_batch_norm
    return nn.Sequential(
        nn.Linear(settings.latent, 2 * width * side * side),
        nn.Unflatten(1, (2 * width, side, side)),
        Up(2 * width, width, batch_norm=batch_norm),
        Up(width, width, batch_norm=batch_norm),
        *([nn.BatchNorm2d(width)] if batch_norm else []),
        nn.ReLU(),
        nn.Conv2d(width, channels, 3, padding=1),
        nn.Tanh(),
    )


class Pool(nn.Module):
    """Sums over the places of an image."""

    def forward(self, images: Tensor) -> Tensor:
        """Return shape (n, channels)."""
        return functional.relu(images).sum(dim=(2, 3))


def _resnet_discriminator(settings: Settings, shape: tuple[int, ...]) -> nn.Module:
    width = settings.d_width
    return nn.Sequential(
        Down(shape[0], width, settings, first=True),
        Down(width, 2 * width, settings),
        Pool(),
        _bounded(settings, nn.Linear(2 * width, 1)),
    )
