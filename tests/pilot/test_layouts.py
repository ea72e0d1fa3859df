"""What a screen of a size shows, and that changing the size loses nothing."""

from __future__ import annotations

import pytest

from gan_tui.diagnosis.result import Badge
from gan_tui.monitoring.snapshot import ReplayState, Status
from gan_tui.monitoring.source import SeekStep
from gan_tui.tui.screens.main import MainScreen
from tests.helpers.fakes import FAULTS, many, run, snapshot, spiky
from tests.helpers.screens import lines, screen, view

COLLAPSED = run(Badge.COLLAPSE, faults=FAULTS)


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (80, 24), (60, 15), (40, 10), (30, 6)])
async def test_badge_chart_and_step_are_always_there(size: tuple[int, int]) -> None:
    async with screen(snapshot(COLLAPSED), size=size) as (app, _, _):
        shown = "\n".join(lines(app))
        assert "COLLAPSE" in shown
        assert "loss" in shown
        assert "11,990" in shown
        assert "└" in shown


@pytest.mark.parametrize("size", [(40, 4), (40, 1), (20, 3), (12, 1)])
async def test_smaller_than_that_is_one_line(size: tuple[int, int]) -> None:
    async with screen(snapshot(COLLAPSED), size=size) as (app, _, _):
        shown = lines(app)
        assert "COLLAPSE" in shown[0]
        assert all(not line.strip() for line in shown[1:])


async def test_two_cells_are_no_error() -> None:
    async with screen(snapshot(COLLAPSED), size=(2, 1)) as (app, _, _):
        assert len(lines(app)) == 1


async def test_what_the_largest_screens_add() -> None:
    async with screen(snapshot(COLLAPSED), size=(120, 40)) as (app, _, _):
        shown = "\n".join(lines(app))
        for words in (
            "dcgan-07",
            "84 steps/s",
            "30 s ago",
            "2 faults",
            "since step 7,200",
            "87%",
            "score alike",
        ):
            assert words in shown
        for words in ("D's scores", "D equilibrium 1.386", "suspected collapse", "? help", "smooth · x step"):
            assert words in shown


async def test_the_list_shows_every_run() -> None:
    async with screen(snapshot(*many(12)), size=(120, 40)) as (app, _, _):
        shown = lines(app)
        assert "1/12" in shown[1]
        assert ["ring-" in line[:38] for line in shown[2:14]] == [True] * 12
        assert "590" in shown[6]


async def test_the_list_scrolls_to_the_selected_run() -> None:
    async with screen(snapshot(*many(40)), size=(120, 24)) as (app, pilot, _):
        await pilot.press(*["j"] * 25)
        shown = [line[:38] for line in lines(app)]
        assert any("ring-25" in line for line in shown)
        assert any("26/40" in line for line in shown)
        await pilot.press(*["k"] * 25)
        assert "ring-00" in lines(app)[2]


async def test_a_single_run_needs_no_list() -> None:
    async with screen(snapshot(COLLAPSED)) as (app, _, _):
        assert app.main.query_one("#runs").size.width == 0


async def test_resizing_loses_neither_cursor_nor_zoom() -> None:
    async with screen(snapshot(COLLAPSED)) as (app, pilot, _):
        await pilot.press("left", "shift+left", "z")
        held = view(app)
        for size in ((80, 24), (40, 10), (20, 3), (200, 60), (120, 40)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert view(app) == held
        assert any("│" in line[9:] for line in lines(app))


async def test_the_first_lines_after_a_resize_have_the_new_size() -> None:
    async with screen(snapshot(COLLAPSED)) as (app, pilot, _):
        await pilot.resize_terminal(80, 24)
        assert {len(line) for line in lines(app)} == {80}


async def test_waiting_says_for_what() -> None:
    async with screen(snapshot(waiting_for="runs/mnist")) as (app, _, _):
        shown = "\n".join(lines(app))
        assert "waiting for the first point in runs/mnist" in shown
        assert "? help" in shown
        assert "smoother" not in lines(app)[-1]


async def test_waiting_with_logs_that_hold_nothing_yet() -> None:
    empty = run(points=0, status=Status.WAITING, faults=FAULTS)
    async with screen(snapshot(type(empty)("new", "runs/new", faults=FAULTS))) as (app, _, _):
        shown = "\n".join(lines(app))
        assert "1 log found, no points yet · 2 faults (f shows them)" in shown


async def test_reading_shows_how_far() -> None:
    reading = type(COLLAPSED)("new", "runs/new", status=Status.READING, progress=0.42)
    async with screen(snapshot(reading)) as (app, _, _):
        shown = "\n".join(lines(app))
        assert "reading 42 %" in shown
        assert "━━━" in shown


async def test_a_replay_has_a_scrubber() -> None:
    replay = ReplayState(6_000, 0, 12_000, paused=True, speed=8.0)
    async with screen(snapshot(run(points=600), replay=replay)) as (app, pilot, source):
        line = lines(app)[-2]
        assert "‖ 8x" in line
        assert "step 6,000 of 12,000" in line
        assert line.index("●") == pytest.approx(53, abs=2)
        await pilot.click("#scrubber", offset=(8, 0))
        assert source.commands == [SeekStep(0)]
        assert "ago" not in lines(app)[0]


async def test_a_log_that_is_gone_is_said() -> None:
    async with screen(snapshot(run(status=Status.MISSING))) as (app, _, _):
        assert "log is gone" in lines(app)[0]


async def test_what_a_chart_leaves_out_is_said() -> None:
    async with screen(snapshot(spiky())) as (app, _, _):
        shown = "\n".join(lines(app))
        assert "↑ up to 1e30" in shown
        assert "61 not finite" in shown
        assert "1 restart" in shown


async def test_ascii_is_ascii() -> None:
    from gan_tui.tui.app import GanTuiApp
    from tests.helpers.fakes import FakeSource
    from tests.helpers.screens import until

    app = GanTuiApp(FakeSource(snapshot(*many(5))), glyphs="ascii", theme="mono", fps=50.0)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: app.main.snapshot.at > 0)
        await pilot.pause()
        assert all(line.isascii() for line in lines(app))
        for key in ("question_mark", "b", "c"):
            await pilot.press(key)
            assert all(line.isascii() for line in lines(app))
            await pilot.press("escape")


async def test_ages_stay_as_they_are_between_looks() -> None:
    async with screen(snapshot(COLLAPSED)) as (app, pilot, _):
        assert isinstance(app.main, MainScreen)
        now = app.now()
        app.now = lambda: now + 600
        await pilot.pause(0.05)
        assert "30 s ago" in lines(app)[0]
