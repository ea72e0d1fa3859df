"""Samples are scaled for the screen, and decoded within bounds."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.samples.files import SampleImage
from gan_tui.samples.thumbnails import GREY, thumbnail
from tests.helpers.sample_images import encode, in_memory


def flat(level: int, size: tuple[int, int] = (8, 8)) -> SampleImage:
    return in_memory(np.full(size, level, np.uint8))


def test_a_small_image_grows_in_whole_blocks_and_a_large_one_is_averaged() -> None:
    checks = np.indices((4, 4)).sum(axis=0) % 2 * 255
    image = in_memory(checks.astype(np.uint8))
    grown = thumbnail([image], 13, 13).pixels
    assert grown.shape == (12, 12, 3)
    assert grown[::3, ::3, 0].tolist() == checks.tolist()
    assert thumbnail([image], 2, 2).pixels[..., 0].tolist() == [[128, 128], [128, 128]]


def test_one_image_a_sample_is_put_side_by_side() -> None:
    sheet = thumbnail([flat(level) for level in (0, 80, 160, 240)], 17, 17).pixels
    assert sheet.shape == (17, 17, 3)
    assert sheet[0, 0, 0] == 0
    assert sheet[0, 16, 0] == 80
    assert sheet[16, 0, 0] == 160
    assert sheet[16, 16, 0] == 240


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (np.full((4, 4), 32768, np.uint16), 127),
        (np.full((4, 4, 4), 0, np.uint8), GREY),
        (np.full((4, 4, 3), (10, 20, 30), np.uint8), 10),
    ],
)
def test_every_kind_of_image_has_its_levels(levels: np.ndarray, expected: int) -> None:
    assert thumbnail([in_memory(levels)], 4, 4).pixels[0, 0, 0] == pytest.approx(expected, abs=1)


def bomb(width: int, height: int) -> bytes:
    """A PNG that declares a size and has no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


def test_an_image_that_declares_too_much_is_not_decoded() -> None:
    with pytest.raises(ValueError, match="more than 34 megapixels"):
        thumbnail([SampleImage("fakes", 0, data=bomb(40_000, 1_000))], 10, 10)


@pytest.mark.parametrize(
    "data",
    [b"no image", encode(np.zeros((9, 9), np.uint8))[:40], bomb(10, 10), b"GIF89a" + b"\x01\x00\x01\x00" * 4],
)
def test_a_damaged_image_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(ValueError, match="not an image") as refused:
        thumbnail([SampleImage("fakes", 0, data=data)], 10, 10)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="FileNotFoundError"):
        thumbnail([SampleImage("fakes*", 0, str(tmp_path / "fakes0.png"))], 10, 10)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 30), st.integers(1, 30), st.integers(1, 9))
def test_thumbnails_fit_their_area(width: int, height: int, across: int, down: int, count: int) -> None:
    # A sheet of several needs a pixel for each tile and one between tiles, whatever the area.
    pixels = thumbnail(
        [flat(7, (height, width))] * count, max(across, 2 * count), max(down, 2 * count)
    ).pixels
    assert pixels.shape[0] <= max(down, 2 * count)
    assert pixels.shape[1] <= max(across, 2 * count)
    assert min(pixels.shape) >= 1


def sheet(tiles: int, size: int, pad: int = 2) -> SampleImage:
    """A grid of random tiles as torchvision's `make_grid` lays it out."""
    rng = np.random.default_rng(3)
    pitch = size + pad
    grid = np.zeros((tiles * pitch + pad, tiles * pitch + pad), np.uint8)
    for y in range(tiles):
        for x in range(tiles):
            tile = rng.integers(40, 256, (size, size))
            grid[pad + y * pitch : (y + 1) * pitch, pad + x * pitch : (x + 1) * pitch] = tile
    return in_memory(grid)


def test_a_grid_whose_tiles_would_blur_is_cut() -> None:
    small = thumbnail([sheet(8, 28)], 38, 38)
    assert (small.visible_tiles, small.total_tiles) == (16, 64)
    large = thumbnail([sheet(8, 28)], 120, 120)
    assert (large.visible_tiles, large.total_tiles) == (0, 0)
    assert large.pixels.shape == (120, 120, 3)
    wide = thumbnail([sheet(8, 28)], 80, 20)
    assert (wide.visible_tiles, wide.pixels.shape) == (16, (19, 80, 3))
    assert thumbnail([sheet(8, 28)], 3, 3).visible_tiles == 1
