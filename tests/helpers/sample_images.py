"""Sample grids and single images, encoded as a training script writes them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from gan_tui.samples.files import SampleImage

Image = pytest.importorskip("PIL.Image")


def noise_grid(seed: int, *, collapsed: bool = False) -> np.ndarray:
    """Sixteen tiles of noise, 12 pixels a side with padding of 2; all equal if `collapsed`."""
    random = np.random.default_rng(seed)
    levels = np.zeros((58, 58), np.uint8)
    tile = random.integers(30, 255, (12, 12))
    for y in range(2, 58, 14):
        for x in range(2, 58, 14):
            levels[y : y + 12, x : x + 12] = tile if collapsed else random.integers(30, 255, (12, 12))
    return levels


def encode(levels: np.ndarray, kind: str = "PNG") -> bytes:
    """The bytes of an image file."""
    file = io.BytesIO()
    Image.fromarray(levels).save(file, kind)
    return file.getvalue()


def in_memory(levels: np.ndarray) -> SampleImage:
    """A logged image that a log carries."""
    return SampleImage("fakes", 0, data=encode(levels))


def write_sample_grids(folder: Path) -> Path:
    """A run's folder with four grids, the last two collapsed, and images that are not samples."""
    (folder / "samples").mkdir()
    for step in (100, 200, 300, 400):
        grid = noise_grid(step, collapsed=step > 200)
        (folder / "samples" / f"fakes_{step:06}.png").write_bytes(encode(grid))
    for name in ("real_samples.png", "loss_1.png"):
        (folder / name).write_bytes(encode(noise_grid(1)))
    return folder
