"""Folders of a user without settings, and a log."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of a person who has chosen nothing yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    file = folder / "losses.csv"
    file.write_text("step,a,b\n")
    return file
