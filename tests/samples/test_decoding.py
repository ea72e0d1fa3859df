"""Logged images as levels."""

from __future__ import annotations

import numpy as np
import pytest

from gan_tui.samples.decoding import ImageRows, open_image
from gan_tui.samples.files import SampleImage
from gan_tui.samples.grid_layout import profile
from tests.helpers.sample_images import encode, in_memory, noise_grid


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("channels", [1, 3])
def test_levels_are_decoded(kind: str, channels: int) -> None:
    levels = noise_grid(3)
    if channels == 3:
        levels = np.stack([levels] * 3, axis=2)
    with open_image(SampleImage("x", 1, data=encode(levels, kind))) as image:
        decoded = ImageRows(image)[:]
    assert decoded.shape == (58, 58, channels)
    assert np.abs(decoded.astype(int) - levels.reshape(58, 58, channels)).mean() < 12


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    levels = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    with open_image(in_memory(levels)) as image:
        decoded = ImageRows(image)[:]
    assert np.abs(decoded[:, :, 0] - levels / 257.0).max() <= 1


def test_rows_of_an_image_equal_those_of_the_whole() -> None:
    levels = np.stack([noise_grid(3), noise_grid(4), noise_grid(5)], axis=2)
    with open_image(in_memory(levels)) as image:
        assert np.array_equal(ImageRows(image)[10:20], levels[10:20])
        lines = profile(ImageRows(image))
    assert np.allclose(lines.rows.levels, levels.mean(axis=(1, 2)) / 255, atol=1e-5)
    assert np.allclose(lines.columns.levels, levels.mean(axis=(0, 2)) / 255, atol=1e-5)
