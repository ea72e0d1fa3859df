"""`gan-tui config`, and that options reach what they set: files, then the environment, then options."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gan_tui.cli import options
from gan_tui.cli.main import cli
from gan_tui.config.describe import reading_settings
from gan_tui.config.paths import SETTINGS_FILE
from gan_tui.config.settings import Settings
from gan_tui.config.state import save_role
from gan_tui.errors import UsageError


@pytest.fixture(autouse=True)
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log of a person who has chosen nothing yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "runs").mkdir()
    file = tmp_path / "runs" / "losses.csv"
    file.write_text("step,a,b\n1,2,3\n")
    return file


def config(*words: str, **environment: str) -> dict[str, list[str]]:
    """What is said of each setting: value and origin."""
    done = CliRunner().invoke(cli, ["config", *words], env=environment, catch_exceptions=False,
                              auto_envvar_prefix="GAN_TUI")  # fmt: skip
    assert done.exit_code == 0
    rows = [line.split("  ") for line in done.output.partition("\n\n")[0].splitlines()]
    parts = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    return {row[0]: row[1:] for row in parts}


def test_nothing_chosen_is_built_in() -> None:
    held = config()
    assert held["fps"] == ["4", "built in"]
    assert held["format"] == ["detected from the content", "built in"]
    assert {row[1] for row in held.values()} == {"built in"}


def test_each_layer_wins_over_the_one_before_and_is_named(log: Path, tmp_path: Path) -> None:
    (tmp_path / "config" / "gan-tui").mkdir(parents=True)
    users = tmp_path / "config" / "gan-tui" / SETTINGS_FILE
    users.write_text('fps = 1\ntheme = "mono"\nglyphs = "ascii"\nobjective = "hinge"\n')
    assert config()["fps"] == ["1", str(users)]
    beside = log.parent / SETTINGS_FILE
    beside.write_text('fps = 2\n[roles]\na = "d_loss"\nb = "d_loss"\n')
    save_role(log, "b", "g_loss")
    held = config(str(log), "--fps", "3", GAN_TUI_THEME="light", GAN_TUI_CONFIG_FPS="9")
    assert held["fps"] == ["3", "option --fps"]
    assert held["theme"] == ["light", "environment variable GAN_TUI_THEME"]
    assert held["glyphs"] == ["ascii", str(users)]
    assert held["objective"] == ["hinge", str(users)]
    assert held["role of a"] == ["d_loss", str(beside)]
    assert held["role of b"] == ["g_loss", "set on the screen"]
    assert config(str(log), GAN_TUI_CONFIG_FPS="9")["fps"][1] == "environment variable GAN_TUI_CONFIG_FPS"
    assert config(str(log), "--role", "b=none")["role of b"] == ["none", "option --role"]


def test_variables_are_listed_with_what_they_mean(log: Path) -> None:
    names = {"GAN_TUI_LIVE_FPS": "3", "GAN_TUI_LIVE_FSP": "3", "GAN_TUI_WATCH_RUN": "a b\nc"}
    said = CliRunner().invoke(cli, ["config", str(log)], env=names).output
    assert "GAN_TUI_LIVE_FPS=3  (option --fps of gan-tui live)" in said
    assert "GAN_TUI_LIVE_FSP=3  (no such option)" in said
    assert "GAN_TUI_WATCH_RUN=a b␊c  (option --run)" in said


def test_a_role_with_spaces_and_several_commands_come_through_the_environment() -> None:
    @click.command()
    @options.reading_options
    def show(roles: tuple[str, ...], format_name: str | None) -> None:
        click.echo(repr((options.parse_roles(roles), format_name)))

    done = CliRunner().invoke(show, env={"GAN_TUI_ROLE": "my loss=g_loss\nb=none", "GAN_TUI_FORMAT": "csv"})
    assert done.output == "({'my loss': 'g_loss', 'b': 'none'}, 'csv')\n"


def test_wrong_settings_are_refused_by_name(log: Path) -> None:
    (log.parent / SETTINGS_FILE).write_text("fps = 900")
    done = CliRunner().invoke(cli, ["config", str(log)])
    assert isinstance(done.exception, UsageError)
    assert str(log.parent / SETTINGS_FILE) in str(done.exception)
    with pytest.raises(UsageError):
        options.make_settings([], [], "no-such-format")


def test_the_screen_is_drawn_as_the_files_say(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (log.parent / SETTINGS_FILE).write_text('fps = 2\ntheme = "light"\nglyphs = "block"\n')
    drawn: list[dict[str, object]] = []

    class App:
        return_code = None

        def __init__(self, source: object, reader: object, **how: object) -> None:
            del reader
            source.close()  # type: ignore[attr-defined]
            drawn.append({name: how[name] for name in ("glyphs", "fps", "theme")})

        def run(self) -> None:
            pass

    monkeypatch.setattr("gan_tui.tui.app.GanTuiApp", App)
    monkeypatch.setattr("gan_tui.cli.screen_commands.require_terminal", lambda _: None)
    monkeypatch.setattr("gan_tui.cli.screen_commands.attach_keyboard", lambda: None)
    monkeypatch.setattr("gc.freeze", lambda: None)
    for words in (["live", str(log)], ["replay", str(log), "--fps", "7"]):
        done = CliRunner().invoke(cli, words, catch_exceptions=False)
        assert done.exit_code == 0
    assert drawn == [
        {"glyphs": "block", "fps": 2, "theme": "light"},
        {"glyphs": "block", "fps": 7, "theme": "light"},
    ]


def test_a_report_names_what_was_chosen_of_reading_alone() -> None:
    held = Settings(format="csv", theme="mono", roles={"a": "d_loss"},
                    origin={"format": "x", "theme": "x", "roles": "y"})  # fmt: skip
    assert reading_settings(held) == {"format": "csv (x)", "role of a": "d_loss (y)"}
