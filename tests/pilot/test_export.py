"""The keys that export what is on the screen."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from textual.pilot import Pilot

from gan_tui.tui import export
from gan_tui.tui.app import GanTuiApp
from tests.helpers.fakes import run, series, snapshot
from tests.helpers.screens import lines, screen, until


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own, and a state folder beside it."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return folder


async def said(app: GanTuiApp, pilot: Pilot[None]) -> str:
    await until(lambda: bool(app._notifications))
    await pilot.pause()
    return next(iter(app._notifications)).message


async def test_s_saves_a_picture_and_a_text_of_the_screen(here: Path) -> None:
    async with screen() as (app, pilot, _):
        shown = "\n".join(lines(app))
        await pilot.press("s")
        words = await said(app, pilot)
    picture, text = here / "gan-tui-ring-00-3990.svg", here / "gan-tui-ring-00-3990.txt"
    assert words == f"Saved {picture} and .txt"
    assert ET.parse(picture).getroot().tag.endswith("svg")  # noqa: S314 - our own picture
    assert "url(" not in picture.read_text().replace("url(#", "")
    assert [line.rstrip() for line in shown.splitlines()] == text.read_text().splitlines()


async def test_what_was_saved_before_stays(here: Path) -> None:
    async with screen() as (_, pilot, _):
        await pilot.press("s", "s")
        await until(lambda: len(list(here.glob("*.txt"))) == 2)
    assert {f.name for f in here.glob("*.svg")} == {"gan-tui-ring-00-3990.svg", "gan-tui-ring-00-3990-2.svg"}


async def test_e_exports_what_is_in_view(here: Path) -> None:
    async with screen() as (app, pilot, _):
        await pilot.press("e")
        await said(app, pilot)
    table = list(csv.reader((here / "gan-tui-ring-00-3990.csv").read_text().splitlines()))
    assert table[0] == ["step", "Loss_D", "Loss_G", "D(x)", "D(G(z))", "wall_time"]
    assert len(table) == 401
    held = run(name="ring-00", points=400)
    assert [float(row[1]) for row in table[1:]] == held.series[0].view.values.tolist()


async def test_e_exports_one_chart_and_the_zoomed_part_of_it(here: Path) -> None:
    async with screen() as (app, pilot, _):
        await pilot.press("tab", "enter", "left", "z", "z")
        low, high = app.main.view.window or (0, 0)
        await pilot.press("e")
        await said(app, pilot)
    table = list(csv.reader((here / "gan-tui-ring-00-3990.csv").read_text().splitlines()))
    assert table[0] == ["step", "D(x)", "D(G(z))", "wall_time"]
    steps = [int(row[0]) for row in table[1:]]
    assert steps == [s for s in range(0, 4000, 10) if low <= s <= high]


async def test_a_hostile_run_name_makes_a_harmless_file_and_no_formula(here: Path) -> None:
    hostile = run(name="../../x;rm [bold]", more=[series("=1+1", [1.0] * 1200)])
    async with screen(snapshot(hostile), size=(160, 60)) as (app, pilot, _):
        await pilot.press("e")
        await said(app, pilot)
    (file,) = here.iterdir()
    assert file.name == "gan-tui-x-rm-bold-11990.csv"


async def test_a_folder_that_is_gone_gives_way_to_the_state_folder(here: Path) -> None:
    async with screen() as (app, pilot, _):
        here.rmdir()
        await pilot.press("s")
        words = await said(app, pilot)
    assert str(export.state_folder()) in words
    assert len(list(Path(export.state_folder(), "saved").iterdir())) == 2


async def test_what_cannot_be_saved_is_said(here: Path) -> None:
    here.parent.joinpath("state").write_text("a file is in the way")
    async with screen() as (app, pilot, _):
        here.rmdir()
        await pilot.press("s")
        words = await said(app, pilot)
        assert "could not be saved" in words
        assert app.is_running
