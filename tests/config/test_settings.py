"""Settings: where they come from, what wins, and what a wrong entry says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gan_tui.config import settings
from gan_tui.errors import UsageError


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


def write_user(home: Path, text: str) -> None:
    (home / "config" / "gan-tui").mkdir(parents=True)
    (home / "config" / "gan-tui" / settings.FILE_NAME).write_text(text)


def test_nothing_chosen_is_what_is_built_in(log: Path) -> None:
    assert settings.settings_for([log]) == settings.Settings()


def test_beside_the_log_wins_over_the_users_own_and_roles_add_up(home: Path, log: Path) -> None:
    write_user(home, 'fps = 2\ntheme = "dark"\n[roles]\na = "d_loss"\nb = "none"\n')
    beside = log.parent / settings.FILE_NAME
    beside.write_text('fps = 8\n[roles]\nb = "g_loss"\n')
    held = settings.settings_for([log])
    assert (held.fps, held.theme, held.roles) == (8, "dark", {"a": "d_loss", "b": "g_loss"})
    assert held.origin["fps"] == str(beside)
    assert held.origin["theme"].endswith("config/gan-tui/gan-tui.toml")


def test_a_folder_of_runs_has_its_settings_in_it(log: Path) -> None:
    (log.parent / settings.FILE_NAME).write_text('objective = "hinge"\nignore = ["lr", "val/*"]\n')
    held = settings.settings_for([log.parent])
    assert held.objective == "hinge"
    assert [n for n in ("lr", "val/loss", "loss") if held.ignores(n)] == ["lr", "val/loss"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fps = ", "cannot be read"),
        ("colour = 1", "there is no such setting"),
        ('[roles]\na = "dloss"', "'dloss' is no role"),
        ('roles = "d_loss"', "a table is needed"),
        ("fps = 0", "0.1 to 60"),
        ('glyphs = "fancy"', "none of auto, braille"),
        ("ignore = 3", "a list of names"),
        ('objective = "gan"', "none of bce"),
        ("format = 3", "a name is needed"),
    ],
)
def test_a_wrong_entry_is_named_with_its_file(log: Path, text: str, said: str) -> None:
    (log.parent / settings.FILE_NAME).write_text(text)
    with pytest.raises(UsageError, match=settings.FILE_NAME) as caught:
        settings.settings_for([log])
    assert said in str(caught.value)


def test_a_correction_is_kept_outside_the_log_folder_and_holds_next_time(home: Path, log: Path) -> None:
    before = sorted(log.parent.iterdir())
    assert settings.correct(log.parent, "a", "g_loss") == ""
    assert settings.correct(log.parent, "b", "d_loss") == ""
    assert settings.settings_for([log.parent]).roles == {"a": "g_loss", "b": "d_loss"}
    assert sorted(log.parent.iterdir()) == before
    assert list((home / "state" / "gan-tui").iterdir()) == [Path(settings.state_file(log.parent))]


def test_what_cannot_be_kept_is_said_and_hurts_nothing(home: Path, log: Path) -> None:
    (home / "state").write_text("a file is in the way")
    assert "state" in settings.correct(log, "a", "g_loss")
    assert settings.settings_for([log]).roles == {}


def test_a_damaged_memory_is_as_good_as_none(log: Path) -> None:
    file = Path(settings.state_file(log))
    file.parent.mkdir(parents=True)
    for text in ("", "[]", '{"roles": 3}', '{"roles": {"a": "nonsense"}}', os.urandom(50).hex()):
        file.write_text(text)
        assert settings.corrections(log) == {}
