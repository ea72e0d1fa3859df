"""Findings, changes of the badge, spikes and restarts; zoom boxes; charts of two series."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gan_tui.diagnosis.result import Badge
from gan_tui.monitoring.snapshot import ReplayState
from gan_tui.monitoring.source import SeekStep
from gan_tui.tui.app import GanTuiApp
from gan_tui.tui.screens.series_picker import SeriesPicker
from gan_tui.tui.state.view import ViewState
from gan_tui.tui.widgets.chart_panel import ChartPanel
from tests.helpers.fakes import run, snapshot, spiky
from tests.helpers.screens import lines, screen, view

COLLAPSED = run(Badge.COLLAPSE)


def cursor(app: GanTuiApp) -> float:
    held = view(app).cursor
    assert held is not None
    return held


async def test_a_finding_shows_its_steps_on_the_charts() -> None:
    async with screen(snapshot(COLLAPSED)) as (app, pilot, _):
        assert any("━" in line and "└" in line for line in lines(app)), "the badge's own steps are marked"
        await pilot.press("n")
        await pilot.pause()
        assert (view(app).finding, cursor(app)) == (0, 7_200)
        shown = app.main.displayed
        assert shown is not None
        [band] = shown.chart_options(0, app.main.clocks(shown.run)).bands
        assert (band.low, band.high, band.tinted) == (7_200, 11_990, True)
        assert any("▶ Since step 7,200" in line for line in lines(app))
        await pilot.press("escape")
        assert (view(app).finding, view(app).cursor) == (None, None)


async def test_findings_go_round() -> None:
    first = COLLAPSED.diagnosis.findings[0]
    later, early = replace(first, first_step=9_000), replace(first, first_step=100)
    three = replace(COLLAPSED, diagnosis=replace(COLLAPSED.diagnosis, findings=(first, later, early)))
    async with screen(snapshot(three)) as (app, pilot, _):
        seen = []
        for key in ("n", "n", "n", "n", "N"):
            await pilot.press(key)
            seen.append((view(app).finding, cursor(app)))
        assert seen == [(0, 7_200), (1, 9_000), (2, 100), (0, 7_200), (2, 100)]


async def test_a_click_on_a_sentence_chooses_the_finding() -> None:
    async with screen(snapshot(COLLAPSED)) as (app, pilot, _):
        await pilot.click("#badge", offset=(10, 1))
        assert view(app).finding == 0
    async with screen(snapshot(COLLAPSED), size=(200, 60)) as (app, pilot, _):
        row = next(y for y, line in enumerate(lines(app)) if "steps 7,200 to" in line)
        await pilot.click("#findings", offset=(5, row - 1))
        assert view(app).finding == 0


async def test_where_nothing_was_found_it_is_said() -> None:
    async with screen(snapshot(run(Badge.CONVERGING))) as (app, pilot, _):
        for key, words in (("n", "no finding"), ("u", "no spike"), ("a", "no restart")):
            await pilot.press(key)
            assert words in lines(app)[-1]
            await pilot.press("y")
            assert "help" in lines(app)[-1]


async def test_spikes_and_restarts_are_jumped_to() -> None:
    async with screen(snapshot(spiky())) as (app, pilot, _):
        seen = []
        for key in ("u", "u", "U", "a"):
            await pilot.press(key)
            seen.append(cursor(app))
        assert seen == [4_000, 6_000, 4_000, 7_200]
        await pilot.press("a")
        assert "no later restart" in lines(app)[-1]
        await pilot.press("A")
        assert "no earlier restart" in lines(app)[-1]


async def test_a_jump_leads_out_of_a_zoomed_view() -> None:
    async with screen(snapshot(spiky())) as (app, pilot, _):
        await pilot.press("end", *["z"] * 4, "u", "U", "U")
        low, high = view(app).window or (0, 0)
        assert low <= cursor(app) <= high


async def test_changes_of_the_badge_are_jumped_to() -> None:
    async with screen(snapshot(COLLAPSED)) as (app, pilot, _):
        await pilot.press(")")
        assert cursor(app) == 999
        await pilot.press(")")
        assert cursor(app) == 7_200
        await pilot.press(")")
        assert "no later change of the badge" in lines(app)[-1]
        await pilot.press("(")
        assert cursor(app) == 999


async def test_a_replay_seeks_to_changes_of_the_badge() -> None:
    moments = (*COLLAPSED.diagnosis.timeline, replace(COLLAPSED.diagnosis.timeline[-1], step=11_000))
    replay = ReplayState(8_000, 0, 12_000, paused=False, speed=4.0, timelines={COLLAPSED.path: moments})
    async with screen(snapshot(COLLAPSED, replay=replay)) as (_, pilot, source):
        await pilot.press(")", "(")
        assert source.commands == [SeekStep(11_000), SeekStep(7_200)]


async def test_home_and_end() -> None:
    async with screen(snapshot(COLLAPSED)) as (app, pilot, _):
        await pilot.press("home")
        assert cursor(app) == 0
        await pilot.press("z", "z", "end")
        assert cursor(app) == 11_990
        assert (view(app).window or (0, 0))[1] >= 11_990


async def test_a_zoom_box_by_keys() -> None:
    async with screen(snapshot(COLLAPSED)) as (app, pilot, _):
        await pilot.press("d", *["shift+left"] * 3)
        assert "zoom box: d zooms in" in "\n".join(lines(app))
        begin, end = cursor(app), view(app).box_start
        await pilot.press("d")
        assert view(app).window == pytest.approx((begin, end))
        assert view(app).box_start is None
        await pilot.press("d", "left", "escape")
        assert (view(app).box_start, view(app).window) == (None, pytest.approx((begin, end)))


async def test_a_zoom_box_by_mouse() -> None:
    async with screen(snapshot(COLLAPSED)) as (app, pilot, _):
        await pilot.mouse_down("#charts", offset=(40, 3))
        await pilot.hover("#charts", offset=(60, 4))
        await pilot.pause()
        assert view(app).box_start is not None
        await pilot.mouse_up("#charts", offset=(80, 4))
        await pilot.pause()
        low, high = view(app).window or (0, 0)
        assert (3_000 < low < 4_500, 7_000 < high < 9_000) == (True, True)
        assert (view(app).box_start, view(app).y_range) == (None, None)
        await pilot.mouse_down("#charts", offset=(40, 2))
        await pilot.mouse_up("#charts", offset=(80, 8))
        await pilot.pause()
        assert view(app).y_range is not None
        title, bottom, top = view(app).y_range or ("", 0, 0)
        assert title == "losses"
        assert bottom < top
        scale = app.main.query_one(ChartPanel).scale_of(0)
        assert scale is not None
        assert (scale.at(0), scale.at(1)) == pytest.approx((bottom, top))
        await pilot.press("w")
        assert view(app) == replace(view(app), window=None, y_range=None)


async def test_values_are_zoomed_by_keys() -> None:
    async with screen(snapshot(COLLAPSED)) as (app, pilot, _):
        board = app.main.query_one(ChartPanel)
        before = board.scale_of(0)
        await pilot.press("shift+up")
        await pilot.pause()
        after = board.scale_of(0)
        assert before is not None
        assert after is not None
        assert after.at(1) - after.at(0) == pytest.approx((before.at(1) - before.at(0)) / 2)
        await pilot.press("shift+down")
        await pilot.pause()
        wide = board.scale_of(0)
        assert wide is not None
        assert wide.at(0) == pytest.approx(before.at(0), abs=1e-9)
        await pilot.press("left", "y", "shift+up", "escape", "escape")
        assert view(app).y_range is None


async def test_one_chart_alone_has_a_table_of_readings() -> None:
    async with screen(snapshot(COLLAPSED)) as (app, pilot, _):
        await pilot.press("home", "right", "enter")
        await pilot.pause()
        head, d, g = (line.split() for line in lines(app)[-4:-1])
        assert head == ["series", "smoothed", "raw", "step", "relative", "wall", "time"]
        raw = COLLAPSED.series[0].view.values
        index = int(cursor(app) // 10)
        assert (d[:3], d[4:7]) == (["●", "D", "Loss_D"], [f"{raw[index]:.6g}", f"{index * 10}", f"{index}s"])
        assert d[7].startswith("2025-10-09")
        assert g[:3] == ["◆", "G", "Loss_G"]
        await pilot.press("escape")
        await pilot.pause()
        assert lines(app)[-2].split()[5:7] == ["11,990", "19m59"], "without a cursor the newest point"


async def test_a_ratio_and_a_difference_become_charts() -> None:
    async with screen(snapshot(COLLAPSED)) as (app, pilot, _):
        await pilot.press("c", "slash", "down", "slash", "minus", "down", "minus", "enter")
        await pilot.pause()
        titles = [c.title for c in app.main.displayed.selection.charts] if app.main.displayed else []
        assert titles[:3] == ["losses", "Loss_D / Loss_G", "Loss_G - D(x)"]
        assert any("Loss_D / Loss_G" in line for line in lines(app))
        await pilot.press("c", *["down"] * 9, "space", "minus", "slash", "enter")
        assert [f.title for f in view(app).derived] == ["Loss_D / Loss_G"]
        await pilot.press("c", "slash", "escape")
        assert isinstance(app.screen, SeriesPicker), "Esc takes back the first half"
        await pilot.press("escape")
        assert app.screen is app.main


async def test_the_view_is_replaced_whole() -> None:
    """What a person has not asked for stays as it is."""
    assert ViewState().zoom_y(0.5, "x", _scale(), 0.5).y_range == ("x", 0.25, 0.75)
    assert ViewState(window=(0, 10)).place_cursor(4, _whole()) == ViewState(window=(0, 10), cursor=4)


def _scale():  # noqa: ANN202 - a helper of one test
    from gan_tui.charts.scale import ScaleKind, YScale

    return YScale(ScaleKind.LINEAR, 0.0, 1.0)


def _whole():  # noqa: ANN202 - a helper of one test
    from gan_tui.charts.xaxis import XRange

    return XRange(0.0, 100.0)
