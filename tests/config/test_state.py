"""Roles that the user sets are saved between starts."""

from __future__ import annotations

import os
from pathlib import Path

from gan_tui.config.paths import state_file
from gan_tui.config.settings import load_settings
from gan_tui.config.state import load_roles, save_role


def test_a_role_is_saved_outside_the_log_folder_and_loaded_next_time(home: Path, log: Path) -> None:
    before = sorted(log.parent.iterdir())
    assert save_role(log.parent, "a", "g_loss") == ""
    assert save_role(log.parent, "b", "d_loss") == ""
    assert load_settings([log.parent]).roles == {"a": "g_loss", "b": "d_loss"}
    assert sorted(log.parent.iterdir()) == before
    assert list((home / "state" / "gan-tui").iterdir()) == [Path(state_file(log.parent))]


def test_a_failure_to_save_is_reported_and_does_no_harm(home: Path, log: Path) -> None:
    (home / "state").write_text("a file is in the way")
    assert "state" in save_role(log, "a", "g_loss")
    assert load_settings([log]).roles == {}


def test_a_damaged_state_file_is_ignored(log: Path) -> None:
    file = Path(state_file(log))
    file.parent.mkdir(parents=True)
    for text in ("", "[]", '{"roles": 3}', '{"roles": {"a": "nonsense"}}', os.urandom(50).hex()):
        file.write_text(text)
        assert load_roles(log) == {}
