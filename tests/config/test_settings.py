"""Settings: their sources, their precedence, and messages about invalid entries."""

from __future__ import annotations

from pathlib import Path

import pytest

from gan_tui.config.paths import SETTINGS_FILE
from gan_tui.config.settings import Settings, load_settings
from gan_tui.errors import UsageError


def write_user(home: Path, text: str) -> None:
    (home / "config" / "gan-tui").mkdir(parents=True)
    (home / "config" / "gan-tui" / SETTINGS_FILE).write_text(text)


def test_nothing_chosen_is_what_is_built_in(log: Path) -> None:
    assert load_settings([log]) == Settings()


def test_beside_the_log_wins_over_the_users_own_and_roles_add_up(home: Path, log: Path) -> None:
    write_user(home, 'fps = 2\ntheme = "dark"\n[roles]\na = "d_loss"\nb = "none"\n')
    beside = log.parent / SETTINGS_FILE
    beside.write_text('fps = 8\n[roles]\nb = "g_loss"\n')
    held = load_settings([log])
    assert (held.fps, held.theme, held.roles) == (8, "dark", {"a": "d_loss", "b": "g_loss"})
    assert held.origin["fps"] == str(beside)
    assert held.origin["theme"].endswith("config/gan-tui/gan-tui.toml")


def test_a_folder_of_runs_has_its_settings_in_it(log: Path) -> None:
    (log.parent / SETTINGS_FILE).write_text('objective = "hinge"\nignore = ["lr", "val/*"]\n')
    held = load_settings([log.parent])
    assert held.objective == "hinge"
    assert [n for n in ("lr", "val/loss", "loss") if held.ignores(n)] == ["lr", "val/loss"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fps = ", "cannot be read"),
        ("colour = 1", "unknown setting"),
        ('[roles]\na = "dloss"', "unknown role 'dloss'"),
        ('roles = "d_loss"', "expected a table"),
        ("fps = 0", "0.1 to 60"),
        ('glyphs = "fancy"', "not one of auto, braille"),
        ("ignore = 3", "expected a list of names"),
        ('objective = "gan"', "not one of bce"),
        ("format = 3", "expected a name"),
    ],
)
def test_a_wrong_entry_is_named_with_its_file(log: Path, text: str, said: str) -> None:
    (log.parent / SETTINGS_FILE).write_text(text)
    with pytest.raises(UsageError, match=SETTINGS_FILE) as caught:
        load_settings([log])
    assert said in str(caught.value)
