"""Whatever a file has become since it was looked at: opening it neither waits nor reads anything else."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from gan_tui.config.settings import read_settings_file
from gan_tui.errors import UsageError
from gan_tui.logs.files.opening import open_file
from gan_tui.samples.decoding import open_image
from gan_tui.samples.files import SampleImage


def fifo(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


@pytest.mark.parametrize("become", [fifo, folder, device, listening])
def test_only_files_are_read(tmp_path: Path, become: Callable[[Path], None]) -> None:
    path = tmp_path / "x"
    become(path)
    with pytest.raises(OSError):  # noqa: PT011 - each kind its own
        open_file(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_settings_file(path)
    with pytest.raises(ValueError, match="not an image"), open_image(SampleImage("x", 1, str(path))):
        pass


def test_an_image_is_not_a_program(tmp_path: Path) -> None:
    """Pillow hands an EPS to Ghostscript, whatever its name ends with."""
    path = tmp_path / "fake_1.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n")
    with (
        pytest.raises(ValueError, match="UnidentifiedImageError"),
        open_image(SampleImage("x", 1, str(path))),
    ):
        pass
