"""The keys of the list of runs: overview, filter, order, marks, comparison."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gan_tui.tui.state.run_order import RunOrder
from gan_tui.tui.widgets.run_list import RunList
from tests.helpers.fakes import FAULTS, many, run, snapshot
from tests.helpers.screens import lines, screen, until, view

MANY = snapshot(*(replace(r, faults=FAULTS) if i == 1 else r for i, r in enumerate(many(6))))


async def test_the_overview_has_every_column() -> None:
    async with screen(MANY, size=(140, 40)) as (app, pilot, _):
        await pilot.press("o")
        await pilot.pause()
        head, first, second = lines(app)[2:5]
        assert head.split() == ["run", "badge", "since", "step", "rate", "last", "point", "D", "G", "faults"]
        for words in ("✓", "ring-00", "converging", "332", "3,990", "84 steps/s", "ago"):
            assert words in first
        assert "suspected collapse" in second
        assert second.rstrip().endswith("2")
        assert "losses" in "\n".join(lines(app)), "the selected run's charts stand below"
        await pilot.press("o")
        await pilot.pause()
        assert "last point" not in "\n".join(lines(app))


@pytest.mark.parametrize(
    ("size", "columns"),
    [((80, 24), "run badge since step last point"), ((60, 15), "run badge step"), ((40, 10), "run badge")],
)
async def test_the_overview_on_small_screens(size: tuple[int, int], columns: str) -> None:
    async with screen(MANY, size=size) as (app, pilot, _):
        await pilot.press("o", "j")
        await pilot.pause()
        head = next(line for line in lines(app) if line.split()[:2] == ["run", "badge"])
        assert head.split()[: len(columns.split())] == columns.split()
        assert any("ring-01" in line for line in lines(app))


async def test_enter_and_a_double_click_lead_from_the_overview_to_the_charts() -> None:
    async with screen(MANY) as (app, pilot, _):
        await pilot.press("o", "j", "enter")
        assert (app.main.run_list.table, app.main.run_index, view(app).full_size) == (False, 1, False)
        await pilot.press("o")
        await pilot.pause()
        await pilot.click("#runs", offset=(20, 4), times=2)
        assert (app.main.run_list.table, app.main.run_index) == (False, 2)
        await pilot.press("o", "escape")
        assert not app.main.run_list.table


async def test_typing_filters_and_escape_lists_all_again() -> None:
    async with screen(MANY) as (app, pilot, _):
        await pilot.press("slash", *"badge:conv")
        await pilot.pause()
        assert [r.name for r in app.main.runs] == ["ring-00", "ring-05"]
        shown = "\n".join(lines(app))
        assert "[2/6]" in shown
        assert "badge:conv" in shown
        await pilot.press("down", "enter")
        await pilot.pause()
        assert app.main.run_state is not None
        assert app.main.run_state.name == "ring-05"
        assert app.main.run_list.filter.text == "badge:conv"
        await pilot.press("j")
        assert app.main.run_index == 1, "the keys work again"
        await pilot.press("slash")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert len(app.main.runs) == 6
        await pilot.press("slash", *"zz", "enter", "escape")
        assert app.main.run_list.filter.text == ""


async def test_a_filter_that_nothing_matches_warns_and_lists_all() -> None:
    async with screen(MANY, size=(140, 40)) as (app, pilot, _):
        await pilot.press("o", "slash", *"nothing", "enter")
        await pilot.pause()
        shown = "\n".join(lines(app))
        assert "nothing matches nothing: all runs are listed" in shown
        assert "[0/6]" in shown
        assert len(app.main.runs) == 6


async def test_there_is_nothing_to_filter_among_one() -> None:
    async with screen(snapshot(run())) as (app, pilot, _):
        await pilot.press("slash")
        assert "nothing to filter" in lines(app)[-1]
        await pilot.press("o", "S", "m", "v")
        assert not app.main.run_list.marked
        assert "help" in lines(app)[-1]


async def test_runs_are_sorted_and_the_selected_one_stays() -> None:
    async with screen(MANY) as (app, pilot, _):
        await pilot.press("j", "S")
        assert app.main.run_list.order is RunOrder.SEVERITY
        assert [r.name for r in app.main.runs][:2] == ["ring-03", "ring-01"]
        assert app.main.run_state is not None
        assert app.main.run_state.name == "ring-01"
        await pilot.press("S")
        assert app.main.run_list.order is RunOrder.AGE
        assert "by age" in lines(app)[1]
        await pilot.press("S")
        assert app.main.run_list.order is RunOrder.NAME


async def test_marked_runs_share_their_charts() -> None:
    async with screen(MANY) as (app, pilot, _):
        await pilot.press("m", "j", "m", "v")
        await pilot.pause()
        shown = app.main.displayed
        assert shown is not None
        assert [c.title for c in shown.selection.charts][:2] == ["D's loss", "G's loss"]
        assert [c.label for c in shown.selection.charts[0].curves] == ["ring-00", "ring-01"]
        text = "\n".join(lines(app))
        assert "■ 2 marked" in text
        assert any("● ring-00" in line and "converging" in line for line in lines(app)), "the legend"
        assert any("◆ ring-01" in line and "suspected collapse" in line for line in lines(app))
        await pilot.press("x", "left", "tab", "enter", "escape", "escape", "v")
        assert not app.main.run_list.comparing
        await pilot.press("v", "m")
        assert app.main.run_list.comparing
        await pilot.press("k", "m")
        assert not app.main.run_list.comparing, "the last mark ends the comparison"


async def test_without_marks_the_first_runs_are_compared() -> None:
    async with screen(MANY) as (app, pilot, _):
        await pilot.press("v")
        assert "no run is marked" in lines(app)[-1]
        shown = app.main.displayed
        assert shown is not None
        assert [r.name for r in shown.compared_runs] == ["ring-00", "ring-01", "ring-02", "ring-03"]


async def test_relative_time_counts_from_the_start_of_each_run() -> None:
    later = run(name="later", points=600)
    series = tuple(
        replace(s, view=replace(s.view, wall_times=s.view.wall_times + 86_400.0))
        for s in later.series
        if s.view.wall_times is not None
    )
    async with screen(snapshot(run(name="first", points=600), replace(later, series=series))) as (
        app,
        pilot,
        _,
    ):
        await pilot.press("v", "x")
        shown = app.main.displayed
        assert shown is not None
        assert (shown.full_range.low, shown.last_x) == (0.0, 599.0)


async def test_ages_in_the_overview_grow() -> None:
    async with screen(MANY, size=(140, 40)) as (app, pilot, _):
        await pilot.press("o")
        now = app.now()
        app.now = lambda: now + 7200
        app.main.query_one(RunList)._update_ages()
        await pilot.pause()
        await until(lambda: "2 h ago" in lines(app)[3])
