"""Which image files next to a log are generated samples."""

from __future__ import annotations

from pathlib import Path

from gan_tui.samples.files import find_sample_images
from tests.helpers.sample_images import write_sample_grids


def test_images_next_to_a_log_are_found_in_order(tmp_path: Path) -> None:
    images = find_sample_images(str(write_sample_grids(tmp_path)))
    assert [image.step for image in images] == [100, 200, 300, 400]
    assert all("fakes" in image.path for image in images)


def test_real_images_and_plots_are_not_samples(tmp_path: Path) -> None:
    for name in ("real_1.png", "real_2.png", "loss_1.png", "loss_2.png", "one.png"):
        (tmp_path / name).write_bytes(b"")
    assert find_sample_images(str(tmp_path)) == []


def test_links_are_not_followed(tmp_path: Path) -> None:
    write_sample_grids(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / "samples").symlink_to(tmp_path / "samples")
    assert find_sample_images(str(other)) == []
