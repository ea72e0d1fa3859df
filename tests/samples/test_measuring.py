"""Sample grids become series of the run."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import numpy as np
import pytest

from gan_tui.samples import measuring
from gan_tui.samples.files import SampleImage, find_sample_images
from gan_tui.samples.grid_layout import profile
from gan_tui.samples.measuring import SERIES, SampleMeasurer
from tests.helpers.sample_images import encode, noise_grid, write_sample_grids


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_sample_grids(tmp_path)


def test_a_collapse_shows_in_the_measured_curves(folder: Path) -> None:
    measurer = SampleMeasurer()
    measurer.add(find_sample_images(str(folder)))
    measurer.measure_pending()
    columns = {c.name: c for c in measurer.columns()}
    assert tuple(columns) == SERIES
    assert columns["samples/diversity"].steps.tolist() == [100, 200, 300, 400]
    assert (columns["samples/diversity"].values[:2] > 0.5).all()
    assert (columns["samples/diversity"].values[2:] < 0.05).all()
    assert columns["samples/duplicates"].values.tolist() == [0.0, 0.0, 1.0, 1.0]


def test_one_image_a_sample_is_a_grid_too() -> None:
    measurer = SampleMeasurer()
    for step in (1, 2):
        random = np.random.default_rng(step)
        measurer.add(
            [
                SampleImage("t", step, data=encode(random.integers(0, 255, (16, 16)).astype(np.uint8)))
                for _ in range(8)
            ]
        )
    measurer.measure_pending()
    assert len(measurer.columns()[0]) == 2


def test_damaged_and_giant_images_are_faults_and_the_rest_is_measured(folder: Path) -> None:
    (folder / "samples" / "fakes_000500.png").write_bytes(encode(noise_grid(5))[:200])
    header = bytearray(encode(noise_grid(5)))
    header[16:24] = (50_000).to_bytes(4, "big") * 2
    header[29:33] = zlib.crc32(bytes(header[12:29])).to_bytes(4, "big")
    (folder / "samples" / "fakes_000600.png").write_bytes(header)
    measurer = SampleMeasurer()
    measurer.add(find_sample_images(str(folder)))
    measurer.measure_pending()
    assert len(measurer.columns()[0]) == 4
    reasons = sorted(fault.reason for fault in measurer.faults)
    assert len(reasons) == 2
    assert any("50,000 x 50,000 pixels" in reason for reason in reasons)


def test_an_image_that_is_still_written_is_profiled_again(folder: Path) -> None:
    late = folder / "samples" / "fakes_000500.png"
    late.write_bytes(encode(noise_grid(5))[:200])
    measurer = SampleMeasurer(retry_recent=True)
    assert measurer.add(find_sample_images(str(folder)))
    measurer.measure_pending()
    assert not measurer.pending
    assert not measurer.faults
    late.write_bytes(encode(noise_grid(5)))
    assert measurer.add(find_sample_images(str(folder)))
    measurer.measure_pending()
    assert measurer.columns()[0].steps.tolist() == [100, 200, 300, 400, 500]


def test_a_damaged_image_is_a_fault_when_it_is_no_longer_written(folder: Path) -> None:
    late = folder / "samples" / "fakes_000500.png"
    late.write_bytes(encode(noise_grid(5))[:200])
    os.utime(late, (1e9, 1e9))
    measurer = SampleMeasurer(retry_recent=True)
    measurer.add(find_sample_images(str(folder)))
    measurer.measure_pending()
    assert len(measurer.faults) == 1
    assert not measurer.add(find_sample_images(str(folder)))


def test_no_skipped_older_image_is_measured_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "MAX_STEPS", 12)
    measurer, before = SampleMeasurer(), set[int]()
    for step in range(200):
        measurer.add([SampleImage("t", step, data=b"x")])
        selected = set(measurer.pending)
        assert step in selected
        assert selected - before == {step}
        assert len(selected) <= 12 + 4
        before = selected


def test_photographs_are_given_up_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    for number in range(40):
        shape = 20 + number, 30
        (tmp_path / f"IMG_{number:04}.png").write_bytes(
            encode(random.integers(0, 255, shape).astype(np.uint8))
        )
    profiled = []
    monkeypatch.setattr(measuring, "profile", lambda rows: profiled.append(rows) or profile(rows))
    measurer = SampleMeasurer()
    measurer.add(find_sample_images(str(tmp_path)))
    measurer.measure_pending()
    assert measurer.columns() == ()
    assert not measurer.faults
    assert 0 < len(profiled) <= 8
    assert not measurer.pending
