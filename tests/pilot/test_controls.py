"""The keys for pages, panes, themes, the replay and the program, pressed on a running screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from gan_tui.diagnosis.result import Badge
from gan_tui.monitoring.snapshot import ReplayState
from gan_tui.monitoring.source import Faster, GoLive, Pause, ReplayControl, SeekStep, Slower, Step
from gan_tui.tui import key_bindings
from gan_tui.tui.screens.pages import PageScreen
from gan_tui.tui.screens.series_picker import SeriesPicker
from tests.helpers.fakes import FAULTS, run, snapshot
from tests.helpers.screens import screen, until, view

REPLAY = ReplayState(6_000, 0, 12_000, paused=False, speed=4.0)


@pytest.mark.parametrize("key", ["b", "f", "question_mark", "f1"])
async def test_pages_open_scroll_and_close(key: str) -> None:
    async with screen(snapshot(run(Badge.COLLAPSE, faults=FAULTS * 40))) as (app, pilot, _):
        await pilot.press(key)
        assert isinstance(app.screen, PageScreen)
        await pilot.press("down", "j", "pagedown", "space", "end", "up", "k", "pageup", "home")
        await pilot.press("escape")
        assert app.screen is app.main


async def test_series_are_chosen() -> None:
    async with screen(snapshot(run())) as (app, pilot, _):
        await pilot.press("c")
        assert isinstance(app.screen, SeriesPicker)
        await pilot.press("down", "j", "k", "space", "pagedown", "x", "pageup", "up", "enter")
        assert view(app).pinned == {"Loss_G", "D(G(z))"}
        titles = [c.title for c in app.main.displayed.selection.charts] if app.main.displayed else []
        assert titles == ["losses", "Loss_G", "D(G(z))", "D's scores"]
        await pilot.press("c", "space", "escape")
        assert view(app).pinned == {"Loss_G", "D(G(z))"}


async def test_panes_come_and_go() -> None:
    async with screen() as (app, pilot, _):
        runs, badge = app.main.query_one("#runs"), app.main.query_one("#badge")
        assert (runs.size.width, badge.size.height) == (35, 4)
        await pilot.press("[", "]")
        assert not runs.display or runs.size.width == 0
        assert badge.size.height == 1
        await pilot.press("[", "]")
        assert (runs.size.width, badge.size.height) == (35, 4)


async def test_themes_go_round() -> None:
    async with screen() as (app, pilot, _):
        seen = [app.theme]
        for _ in range(5):
            await pilot.press("t")
            seen.append(app.theme)
            assert view(app).dashed is (app.theme == "gan-mono")
        assert seen == ["gan-dark", "gan-light", "gan-ansi", "gan-ansi-light", "gan-mono", "gan-dark"]


@pytest.mark.parametrize(
    ("key", "used"),
    [
        ("space", Pause()),
        (">", Faster()),
        ("<", Slower()),
        (".", Step(1)),
        (",", Step(-1)),
        ("}", SeekStep(6_600)),
        ("{", SeekStep(5_400)),
        ("L", GoLive()),
    ],
)
async def test_replay_controls(key: str, used: ReplayControl) -> None:
    taken = snapshot(run(points=600), replay=REPLAY)
    async with screen(taken) as (_, pilot, source):
        await pilot.press(key)
        assert source.commands == [used]


async def test_seeking_to_the_cursor() -> None:
    async with screen(snapshot(run(points=600), replay=REPLAY)) as (app, pilot, source):
        await pilot.press("g")
        assert source.commands == []
        await pilot.press("left", "shift+left", "g")
        assert source.commands == [SeekStep(round(view(app).cursor or 0))]


async def test_replay_keys_do_nothing_on_a_live_run() -> None:
    async with screen() as (_, pilot, source):
        await pilot.press("space", ">", "<", ".", ",", "}", "{", "g")
        assert source.commands == []


async def test_the_palette_holds_every_command() -> None:
    async with screen() as (app, pilot, _):
        titles = {command.title for command in app.get_system_commands(app.screen)}
        assert {k.description for k in key_bindings.available(points=True, runs=True, replay=False)} <= titles
        await pilot.press("ctrl+p")
        assert app.screen is not app.main
        await pilot.press("escape")


async def test_repainting_keeps_everything() -> None:
    async with screen() as (app, pilot, _):
        before = app.export_screenshot()
        await pilot.press("ctrl+l")
        assert app.export_screenshot() == before


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_quitting_closes_the_source(key: str) -> None:
    async with screen() as (app, pilot, source):
        await pilot.press(key)
        await until(lambda: not app.is_running)
    assert source.closed


async def test_keys_do_no_harm_while_there_is_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # one of them saves the screen
    async with screen(snapshot()) as (app, pilot, _):
        for key in key_bindings.KEYS:
            if key.action not in {"quit", "palette", "help", "faults"}:
                await pilot.press(key.keys.split(",")[0])
        assert app.screen is app.main


async def test_every_key_of_the_table_does_something() -> None:
    actions = {key.action.split("(")[0] for key in key_bindings.KEYS}
    async with screen() as (app, _, _):
        assert {a for a in actions if not hasattr(app.main, f"action_{a}")} == set()
    pressed = [name for key in key_bindings.KEYS for name in key.keys.split(",")]
    assert len(pressed) == len(set(pressed))
