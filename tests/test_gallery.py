"""Sample grids beside a log become curves of the run."""

from __future__ import annotations

import io
import time
from pathlib import Path

import numpy as np
import pytest

from gan_tui.gallery import SERIES, Gallery, GalleryWorker, decode
from gan_tui.logs.pictures import Picture, find_pictures

Image = pytest.importorskip("PIL.Image")


def grid(seed: int, alike: bool = False) -> np.ndarray:
    """Sixteen tiles of 12 pixels with padding of 2, of noise; all the same where `alike`."""
    random = np.random.default_rng(seed)
    picture = np.zeros((58, 58), np.uint8)
    tile = random.integers(30, 255, (12, 12))
    for y in range(2, 58, 14):
        for x in range(2, 58, 14):
            picture[y : y + 12, x : x + 12] = tile if alike else random.integers(30, 255, (12, 12))
    return picture


def png(levels: np.ndarray, kind: str = "PNG") -> bytes:
    held = io.BytesIO()
    Image.fromarray(levels).save(held, kind)
    return held.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "samples").mkdir()
    for step in (100, 200, 300, 400):
        (tmp_path / "samples" / f"fakes_{step:06}.png").write_bytes(png(grid(step, alike=step > 200)))
    (tmp_path / "real_samples.png").write_bytes(png(grid(1)))
    (tmp_path / "loss_1.png").write_bytes(png(grid(1)))
    return tmp_path


def test_pictures_beside_a_log_are_found_in_order(folder: Path) -> None:
    found = find_pictures(str(folder))
    assert [p.step for p in found] == [100, 200, 300, 400]
    assert all("fakes" in p.path for p in found)


def test_real_pictures_and_plots_are_not_samples(tmp_path: Path) -> None:
    for name in ("real_1.png", "real_2.png", "loss_1.png", "loss_2.png", "one.png"):
        (tmp_path / name).write_bytes(b"")
    assert find_pictures(str(tmp_path)) == []


def test_links_are_not_followed(tmp_path: Path, folder: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "samples").symlink_to(folder / "samples")
    assert find_pictures(str(other)) == []


def test_a_collapse_shows_in_the_measured_curves(folder: Path) -> None:
    gallery = Gallery()
    gallery.add(find_pictures(str(folder)))
    gallery.work()
    columns = {c.name: c for c in gallery.columns()}
    assert tuple(columns) == SERIES
    assert columns["samples/diversity"].steps.tolist() == [100, 200, 300, 400]
    assert (columns["samples/diversity"].values[:2] > 0.5).all()
    assert (columns["samples/diversity"].values[2:] < 0.05).all()
    assert columns["samples/duplicates"].values.tolist() == [0.0, 0.0, 1.0, 1.0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("channels", [1, 3])
def test_levels_are_decoded(kind: str, channels: int) -> None:
    levels = grid(3)
    if channels == 3:
        levels = np.stack([levels] * 3, axis=2)
    decoded = decode(Picture("x", 1, data=png(levels, kind)))
    assert decoded.shape == (58, 58, channels)
    assert np.abs(decoded - levels.reshape(58, 58, channels) / 255).mean() < 0.05


def test_one_picture_a_sample_is_a_grid_too() -> None:
    gallery = Gallery()
    for step in (1, 2):
        random = np.random.default_rng(step)
        gallery.add(
            [
                Picture("t", step, data=png(random.integers(0, 255, (16, 16)).astype(np.uint8)))
                for _ in range(8)
            ]
        )
    gallery.work()
    assert len(gallery.columns()[0]) == 2


def test_damaged_and_giant_pictures_are_faults_and_the_rest_is_measured(folder: Path) -> None:
    (folder / "samples" / "fakes_000500.png").write_bytes(png(grid(5))[:200])
    header = bytearray(png(grid(5)))
    header[16:24] = (50_000).to_bytes(4, "big") * 2
    import zlib

    header[29:33] = zlib.crc32(bytes(header[12:29])).to_bytes(4, "big")
    (folder / "samples" / "fakes_000600.png").write_bytes(header)
    gallery = Gallery()
    gallery.add(find_pictures(str(folder)))
    gallery.work()
    assert len(gallery.columns()[0]) == 4
    reasons = sorted(fault.reason for fault in gallery.faults)
    assert len(reasons) == 2
    assert any("50,000 x 50,000 pixels" in reason for reason in reasons)


def test_a_worker_measures_beside_the_reading(folder: Path) -> None:
    worker = GalleryWorker()
    worker.submit("run", find_pictures(str(folder)))
    measured = {}
    for _ in range(500):
        measured = worker.results() or measured
        if measured and len(measured["run"][0][0]) == 4:
            break
        time.sleep(0.01)
    assert len(measured["run"][0][0]) == 4
    worker.submit("run", find_pictures(str(folder)))
    worker.close()
    assert worker.results() == {}
