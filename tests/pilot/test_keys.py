"""The keys that change what is looked at, pressed on a running screen."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from textual import events

from gan_tui.charts.smoothing import WEIGHTS
from gan_tui.charts.xaxis import XMode
from gan_tui.tui.state.view import DEFAULT_SMOOTHING
from gan_tui.tui.widgets.chart_panel import ChartPanel
from tests.helpers.fakes import many, run, snapshot
from tests.helpers.screens import screen, until, view


async def test_runs_are_moved_through() -> None:
    async with screen() as (app, pilot, _):
        for pressed, at in (("j", 1), ("down", 2), ("k", 1), ("up", 0), ("up", 0)):
            await pilot.press(pressed)
            assert app.main.run_index == at
        await pilot.press(*["j"] * 20)
        assert app.main.run_index == 5


async def test_another_run_begins_unzoomed() -> None:
    async with screen() as (app, pilot, _):
        await pilot.press("left", "z", "tab")
        assert view(app).window is not None
        await pilot.press("j")
        assert (view(app).window, view(app).cursor, view(app).chart) == (None, None, 0)


async def test_charts_are_moved_through_and_shown_alone() -> None:
    async with screen() as (app, pilot, _):
        count = len(app.main.displayed.selection.charts) if app.main.displayed else 0
        assert count == 2
        for pressed, at in (("tab", 1), ("tab", 0), ("shift+tab", 1), ("shift+tab", 0)):
            await pilot.press(pressed)
            assert view(app).chart == at
        await pilot.press("enter")
        assert view(app).full_size
        await pilot.press("enter")
        assert not view(app).full_size


async def test_smoothing_goes_up_down_and_off() -> None:
    async with screen() as (app, pilot, _):
        assert view(app).smoothing == DEFAULT_SMOOTHING
        at = WEIGHTS.index(DEFAULT_SMOOTHING)
        await pilot.press("plus")
        assert view(app).smoothing == WEIGHTS[at + 1]
        await pilot.press("minus", "minus")
        assert view(app).smoothing == WEIGHTS[at - 1]
        await pilot.press("0")
        assert view(app).smoothing == 0
        await pilot.press("equals_sign")
        assert view(app).smoothing == WEIGHTS[1]
        await pilot.press(*["plus"] * 20)
        assert view(app).smoothing == WEIGHTS[-1]


async def test_axes() -> None:
    async with screen() as (app, pilot, _):
        await pilot.press("y", "r")
        assert (view(app).log_y, view(app).all_spikes) == (True, True)
        await pilot.press("y", "r")
        assert (view(app).log_y, view(app).all_spikes) == (False, False)
        for mode in (XMode.RELATIVE, XMode.WALL, XMode.STEP):
            await pilot.press("x")
            assert view(app).mode is mode


async def test_the_cursor_begins_at_the_newest_point() -> None:
    async with screen() as (app, pilot, _):
        await pilot.press("left")
        newest = app.main.run_state.last_step if app.main.run_state else 0
        assert view(app).cursor == newest
        column = app.main.query_one(ChartPanel).x_per_column
        await pilot.press("left")
        assert view(app).cursor == pytest.approx(newest - column)
        await pilot.press("shift+left")
        assert view(app).cursor == pytest.approx(newest - 11 * column)
        await pilot.press("shift+right", "right")
        assert view(app).cursor == pytest.approx(newest)
        await pilot.press(*["shift+left"] * 30)
        assert view(app).cursor == 0


async def test_zoom_pan_and_the_whole_run() -> None:
    async with screen() as (app, pilot, _):
        shown = app.main.displayed
        assert shown is not None
        whole = shown.full_range
        await pilot.press("z")
        low, high = view(app).window or (0, 0)
        assert high - low == pytest.approx(whole.width / 2)
        await pilot.press("h")
        assert (view(app).window or (0, 0))[0] == pytest.approx(low - (high - low) / 4)
        await pilot.press("l")
        assert view(app).window == pytest.approx((low, high))
        await pilot.press("Z")
        assert view(app).window is None
        await pilot.press("z", "z", "w")
        assert view(app).window is None


async def test_escape_takes_away_one_thing_at_a_time() -> None:
    async with screen() as (app, pilot, _):
        await pilot.press("z", "enter", "left")
        await pilot.press("escape")
        assert (view(app).cursor, view(app).full_size) == (None, True)
        await pilot.press("escape")
        assert not view(app).full_size
        assert view(app).window is not None
        await pilot.press("escape")
        assert view(app).window is None


async def test_the_mouse_zooms_reads_and_chooses() -> None:
    async with screen() as (app, pilot, _):
        await pilot.click("#runs", offset=(5, 3))
        assert app.main.run_index == 2
        board = app.main.query_one(ChartPanel)
        await pilot.click("#charts", offset=(40, 5))
        assert view(app).cursor is not None
        await pilot.click("#charts", offset=(1, 5))
        before = view(app).cursor
        assert view(app).cursor == before
        board.post_message(_wheel(board))
        await pilot.pause()
        assert view(app).window is not None


def _wheel(board: ChartPanel) -> events.MouseScrollUp:
    return events.MouseScrollUp(board, 40, 5, 0, -1, 0, shift=False, meta=False, ctrl=False)


async def test_a_zoomed_view_follows_a_run_that_grows() -> None:
    first = run(points=600)
    async with screen(snapshot(first)) as (app, pilot, source):
        await pilot.press("left", *["z"] * 3)
        window = view(app).window
        assert window is not None
        assert window[1] >= 5_990
        source.push(snapshot(run(points=900)))
        await until(lambda: (app.main.run_state or first).last_step == 8_990)
        assert (view(app).window or (0, 0))[1] >= 8_990
        await pilot.press(*["h"] * 3)
        held = view(app).window
        source.push(snapshot(run(points=1_000)))
        await until(lambda: (app.main.run_state or first).last_step == 9_990)
        assert view(app).window == held


async def test_a_selected_run_stays_selected_when_others_come() -> None:
    runs = many(5)
    async with screen(snapshot(*runs)) as (app, pilot, source):
        await pilot.press("j", "j")
        source.push(snapshot(run(name="new"), *runs))
        await until(lambda: len(app.main.snapshot.runs) == 6)
        assert app.main.run_state == runs[2]
        source.push(snapshot(*(replace(r, path=r.path + "x") for r in runs)))
        await until(lambda: len(app.main.snapshot.runs) == 5)
        assert app.main.run_index == 0
