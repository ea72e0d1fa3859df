"""Sample grids beside a log become curves of the run."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import numpy as np
import pytest

from gan_tui.samples import measuring as gallery_module
from gan_tui.samples.decoding import Rows, opened
from gan_tui.samples.files import SampleImage, find_pictures
from gan_tui.samples.grid_layout import profile
from gan_tui.samples.measuring import SERIES, SampleMeasurer, SampleWorker

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
    gallery = SampleMeasurer()
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
    with opened(SampleImage("x", 1, data=png(levels, kind))) as image:
        decoded = Rows(image)[:]
    assert decoded.shape == (58, 58, channels)
    assert np.abs(decoded.astype(int) - levels.reshape(58, 58, channels)).mean() < 12


def test_one_picture_a_sample_is_a_grid_too() -> None:
    gallery = SampleMeasurer()
    for step in (1, 2):
        random = np.random.default_rng(step)
        gallery.add(
            [
                SampleImage("t", step, data=png(random.integers(0, 255, (16, 16)).astype(np.uint8)))
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
    gallery = SampleMeasurer()
    gallery.add(find_pictures(str(folder)))
    gallery.work()
    assert len(gallery.columns()[0]) == 4
    reasons = sorted(fault.reason for fault in gallery.faults)
    assert len(reasons) == 2
    assert any("50,000 x 50,000 pixels" in reason for reason in reasons)


def test_a_picture_that_is_still_written_is_looked_at_again(folder: Path) -> None:
    late = folder / "samples" / "fakes_000500.png"
    late.write_bytes(png(grid(5))[:200])
    gallery = SampleMeasurer(patient=True)
    assert gallery.add(find_pictures(str(folder)))
    gallery.work()
    assert not gallery.waiting
    assert not gallery.faults
    late.write_bytes(png(grid(5)))
    assert gallery.add(find_pictures(str(folder)))
    gallery.work()
    assert gallery.columns()[0].steps.tolist() == [100, 200, 300, 400, 500]


def test_a_damaged_picture_is_a_fault_when_it_is_no_longer_written(folder: Path) -> None:
    late = folder / "samples" / "fakes_000500.png"
    late.write_bytes(png(grid(5))[:200])
    os.utime(late, (1e9, 1e9))
    gallery = SampleMeasurer(patient=True)
    gallery.add(find_pictures(str(folder)))
    gallery.work()
    assert len(gallery.faults) == 1
    assert not gallery.add(find_pictures(str(folder)))


def test_as_pictures_come_no_older_one_is_measured_after_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery_module, "MOST_PICTURES", 12)
    gallery, before = SampleMeasurer(), set[int]()
    for step in range(200):
        gallery.add([SampleImage("t", step, data=b"x")])
        chosen = set(gallery.waiting)
        assert step in chosen
        assert chosen - before == {step}
        assert len(chosen) <= 12 + 4
        before = chosen


def test_photographs_are_soon_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    for number in range(40):
        shape = 20 + number, 30
        (tmp_path / f"IMG_{number:04}.png").write_bytes(png(random.integers(0, 255, shape).astype(np.uint8)))
    looked_at = []
    monkeypatch.setattr(gallery_module, "profile", lambda rows: looked_at.append(rows) or profile(rows))
    gallery = SampleMeasurer()
    gallery.add(find_pictures(str(tmp_path)))
    gallery.work()
    assert gallery.columns() == ()
    assert not gallery.faults
    assert 0 < len(looked_at) <= 8
    assert not gallery.waiting


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    levels = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    with opened(SampleImage("x", 1, data=png(levels))) as image:
        decoded = Rows(image)[:]
    assert np.abs(decoded[:, :, 0] - levels / 257.0).max() <= 1


def test_rows_of_a_picture_are_those_of_the_whole() -> None:
    levels = np.stack([grid(3), grid(4), grid(5)], axis=2)
    with opened(SampleImage("x", 1, data=png(levels))) as image:
        assert np.array_equal(Rows(image)[10:20], levels[10:20])
        lines = profile(Rows(image))
    assert np.allclose(lines.rows.levels, levels.mean(axis=(1, 2)) / 255, atol=1e-5)
    assert np.allclose(lines.columns.levels, levels.mean(axis=(0, 2)) / 255, atol=1e-5)


def test_a_worker_measures_beside_the_reading(folder: Path) -> None:
    worker = SampleWorker()
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
