"""Sample pictures to be looked at: found by step, kept small, decoded within bounds."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gan_tui.samples import store
from gan_tui.samples.files import SampleImage
from gan_tui.samples.store import SampleStore, nearest, thumbnail


def png(levels: np.ndarray, mode: str | None = None) -> bytes:
    out = io.BytesIO()
    image = Image.fromarray(levels) if mode is None else Image.fromarray(levels).convert(mode)
    image.save(out, "PNG")
    return out.getvalue()


def flat(level: int, size: tuple[int, int] = (8, 8)) -> SampleImage:
    return SampleImage("fakes", 0, data=png(np.full(size, level, np.uint8)))


@given(st.lists(st.integers(0, 10**9), min_size=1, unique=True), st.integers(-10, 10**9 + 10))
def test_the_nearest_is_the_nearest(steps: list[int], step: int) -> None:
    steps.sort()
    at = nearest(steps, step)
    assert at is not None
    assert abs(steps[at] - step) == min(abs(s - step) for s in steps)


def test_nothing_is_nearest_to_nothing() -> None:
    assert nearest((), 3) is None


def test_pictures_of_files_are_taken_once_and_those_of_logs_each_time() -> None:
    book = SampleStore()
    for _ in range(3):
        book.add("a", [SampleImage("fakes*", 20, "f20.png"), SampleImage("fakes*", 10, "f10.png")])
    book.add("a", [SampleImage("tag", 30, data=b"x"), SampleImage("tag", 30, data=b"y")])
    assert book.steps("a") == (10, 20, 30)
    assert [len(book.pictures("a", s)) for s in (10, 20, 30, 40)] == [1, 1, 2, 0]
    assert book.steps("b") == ()


def test_what_logs_carry_is_thinned_the_newest_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "HELD_BYTES", 1_000)
    book = SampleStore()
    for step in range(200):
        book.add("a", [SampleImage("tag", step, data=b"x" * 100)])
        held = sum(len(p.data) for s in book.steps("a") for p in book.pictures("a", s))
        assert held <= 1_000
        assert book.steps("a")[-1] == step
    assert len(book.steps("a")) >= 5


def test_a_small_picture_grows_in_whole_blocks_and_a_large_one_is_averaged() -> None:
    checks = np.indices((4, 4)).sum(axis=0) % 2 * 255
    picture = SampleImage("fakes", 0, data=png(checks.astype(np.uint8)))
    grown = thumbnail([picture], 13, 13).pixels
    assert grown.shape == (12, 12, 3)
    assert grown[::3, ::3, 0].tolist() == checks.tolist()
    assert thumbnail([picture], 2, 2).pixels[..., 0].tolist() == [[128, 128], [128, 128]]


def test_one_picture_a_sample_is_put_side_by_side() -> None:
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
        (np.full((4, 4, 4), 0, np.uint8), store.GREY),
        (np.full((4, 4, 3), (10, 20, 30), np.uint8), 10),
    ],
)
def test_every_kind_of_picture_has_its_levels(levels: np.ndarray, expected: int) -> None:
    assert thumbnail([SampleImage("fakes", 0, data=png(levels))], 4, 4).pixels[0, 0, 0] == pytest.approx(
        expected, abs=1
    )


def bomb(width: int, height: int) -> bytes:
    """A PNG that declares a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


def test_a_picture_that_declares_too_much_is_not_decoded() -> None:
    with pytest.raises(ValueError, match="more than 34 megapixels"):
        thumbnail([SampleImage("fakes", 0, data=bomb(40_000, 1_000))], 10, 10)


@pytest.mark.parametrize(
    "data",
    [b"no picture", png(np.zeros((9, 9), np.uint8))[:40], bomb(10, 10), b"GIF89a" + b"\x01\x00\x01\x00" * 4],
)
def test_a_damaged_picture_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a picture") as refused:
        thumbnail([SampleImage("fakes", 0, data=data)], 10, 10)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="FileNotFoundError"):
        thumbnail([SampleImage("fakes*", 0, str(tmp_path / "fakes0.png"))], 10, 10)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 30), st.integers(1, 30), st.integers(1, 9))
def test_nothing_is_larger_than_its_room(width: int, height: int, across: int, down: int, count: int) -> None:
    # A sheet of several needs a pixel a tile and one between, whatever the room.
    shown = thumbnail([flat(7, (height, width))] * count, max(across, 2 * count), max(down, 2 * count)).pixels
    assert shown.shape[0] <= max(down, 2 * count)
    assert shown.shape[1] <= max(across, 2 * count)
    assert min(shown.shape) >= 1


def sheet(tiles: int, size: int, pad: int = 2) -> SampleImage:
    """A grid of random tiles as torchvision's `make_grid` lays it out."""
    rng = np.random.default_rng(3)
    pitch = size + pad
    grid = np.zeros((tiles * pitch + pad, tiles * pitch + pad), np.uint8)
    for y in range(tiles):
        for x in range(tiles):
            tile = rng.integers(40, 256, (size, size))
            grid[pad + y * pitch : (y + 1) * pitch, pad + x * pitch : (x + 1) * pitch] = tile
    return SampleImage("fakes", 0, data=png(grid))


def test_a_grid_whose_tiles_would_blur_is_shown_in_part() -> None:
    small = thumbnail([sheet(8, 28)], 38, 38)
    assert (small.shown, small.of) == (16, 64)
    large = thumbnail([sheet(8, 28)], 120, 120)
    assert (large.shown, large.of) == (0, 0)
    assert large.pixels.shape == (120, 120, 3)
    wide = thumbnail([sheet(8, 28)], 80, 20)
    assert (wide.shown, wide.pixels.shape) == (16, (19, 80, 3))
    assert thumbnail([sheet(8, 28)], 3, 3).shown == 1
