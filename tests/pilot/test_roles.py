"""Roles corrected on the screen: two keys, kept for the next start, and never inside the log folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from gan_tui.config.paths import SETTINGS_FILE
from gan_tui.config.settings import Settings, override
from gan_tui.config.state import save_role, save_role_of_run
from gan_tui.monitoring.batch_reading import read_runs
from gan_tui.monitoring.monitor import Monitor
from gan_tui.monitoring.snapshot import Correction
from gan_tui.run.roles.inference import NO_ROLE, ROLES
from gan_tui.tui.app import GanTuiApp
from gan_tui.tui.screens.role_picker import LETTERS, RolePicker
from gan_tui.tui.screens.series_picker import SeriesPicker
from tests.helpers.fakes import run, snapshot
from tests.helpers.screens import lines, screen, until

ROWS = "step,alpha,beta\n" + "".join(f"{i},1.386,0.693\n" for i in range(50))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "losses.csv").write_text(ROWS)
    return folder


def roles(path: Path) -> dict[str, tuple[str | None, str]]:
    (found,) = read_runs([path]).runs
    return {s.name: (s.role, s.role_source) for s in found.series}


def test_every_role_has_a_key_that_does_nothing_else() -> None:
    assert set(LETTERS.values()) == {*ROLES, NO_ROLE, ""}
    assert len(LETTERS) == len(ROLES) + 2
    moves = {key for binding in RolePicker.BINDINGS for key in binding.key.split(",")}  # type: ignore[union-attr]
    assert moves.isdisjoint(LETTERS)


async def test_two_keys_correct_a_role_at_once_and_for_the_next_start(folder: Path) -> None:
    app = GanTuiApp(Monitor([folder]), glyphs="braille", theme="dark", fps=50.0)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(lambda: bool(app.main.run_state and app.main.run_state.series))
        await pilot.press("c")
        await pilot.press("r", "d")
        await until(lambda: any("alpha" in line and "by hand" in line for line in lines(app)))
        assert "d_loss" in next(line for line in lines(app) if "alpha" in line and "by hand" in line)
        await pilot.press("down", "r", "g")
        await until(lambda: [s.role for s in app.main.run_state.series] == ["d_loss", "g_loss"])  # type: ignore[union-attr]
    assert roles(folder) == {"alpha": ("d_loss", "user"), "beta": ("g_loss", "user")}
    assert [p.name for p in folder.iterdir()] == ["losses.csv"]


async def test_a_correction_is_taken_back(folder: Path) -> None:
    save_role(folder, "alpha", "d_loss")
    app = GanTuiApp(Monitor([folder]), glyphs="braille", theme="dark", fps=50.0)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(lambda: bool(app.main.run_state and app.main.run_state.series))
        await pilot.press("c", "r", "0")
        await until(lambda: app.main.run_state.series[0].role is None)  # type: ignore[union-attr]
    assert roles(folder)["alpha"] == (None, "inferred")


async def test_roles_are_moved_through_and_left() -> None:
    async with screen(snapshot(run())) as (app, pilot, source):
        await pilot.press("c", "r")
        assert isinstance(app.screen, RolePicker)
        assert "What is Loss_D?" in "".join(lines(app))
        await pilot.press("escape")
        assert isinstance(app.screen, SeriesPicker)
        await pilot.press("r", "down", "enter")
        assert source.commands == [("correct", app.main.path or run().path, "Loss_D", "g_loss")]


async def test_what_cannot_be_kept_is_said() -> None:
    async with screen(snapshot(run())) as (app, _, source):
        failed = Correction(run().path, "Loss_D", "fid", "the disk is full")
        source.push(replace(snapshot(run()), corrections=(failed,)))
        await until(lambda: bool(app._notifications))
        assert "the disk is full" in next(iter(app._notifications)).message


async def test_a_computed_series_cannot_be_corrected() -> None:
    held = run()
    held = replace(held, series=(replace(held.series[0], derived=True), *held.series[1:]))
    async with screen(snapshot(held)) as (app, pilot, _):
        await pilot.press("c", "r")
        assert isinstance(app.screen, SeriesPicker)


def test_a_correction_holds_for_the_folder_and_for_the_log_in_it(folder: Path) -> None:
    save_role_of_run(str(folder), [str(folder / "losses.csv")], "alpha", "d_loss")
    assert roles(folder / "losses.csv")["alpha"] == ("d_loss", "user")
    save_role_of_run(str(folder / "losses.csv"), [str(folder / "losses.csv")], "alpha", "g_loss")
    assert roles(folder)["alpha"] == roles(folder / "losses.csv")["alpha"] == ("g_loss", "user")


def test_settings_beside_one_of_several_runs_hold_for_it_alone(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "losses.csv").write_text(ROWS)
    (tmp_path / "runs" / "a" / SETTINGS_FILE).write_text(
        'objective = "hinge"\nignore = ["beta"]\n[roles]\nalpha = "d_loss"\n'
    )
    held = override(Settings(), {"roles": {"alpha": "g_loss"}}, {})
    for given, expected in ((Settings(), "d_loss"), (held, "g_loss")):
        a, b = read_runs([tmp_path / "runs"], given).runs
        assert [(s.name, s.role) for s in a.series] == [("alpha", expected)]
        assert (str(a.objective.kind), a.objective.inferred) == ("hinge", False)
        assert [s.name for s in b.series] == ["alpha", "beta"]
        assert b.objective.inferred


def test_an_option_goes_before_a_correction(folder: Path) -> None:
    save_role(folder, "alpha", "d_loss")
    held = override(Settings(), {"roles": {"alpha": "fid"}}, {"roles": "option --role"})
    (found,) = read_runs([folder], held).runs
    assert found.series[0].role == "fid"
