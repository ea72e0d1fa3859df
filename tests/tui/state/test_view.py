"""Ranges of x, zoom and cursor."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gan_tui.charts.xaxis import Clocks, XMode, XRange
from gan_tui.monitoring.snapshot import ReplayState, Status
from gan_tui.tui.state.view import ViewState, full_x_range
from tests.helpers.fakes import BEGAN, run, series

FULL = XRange(0, 1000)


def test_a_live_run_has_headroom_and_an_ended_one_none() -> None:
    live, last = full_x_range(run(points=600), XMode.STEP, Clocks())
    assert last == 5_990
    assert 5_990 < live.high <= 5_990 * 1.2
    ended, _ = full_x_range(replace(run(points=600), status=Status.ENDED), XMode.STEP, Clocks())
    assert ended.high == 5_990


def test_the_range_of_a_replay_includes_its_end() -> None:
    full, last = full_x_range(
        run(points=600), XMode.STEP, Clocks(), ReplayState(5_990, 0, 12_000, False, 1.0)
    )
    assert (full.low, full.high, last) == (0, 12_000, 5_990)


def test_ranges_in_time_and_of_logs_without_times() -> None:
    full, _ = full_x_range(run(points=600), XMode.RELATIVE, Clocks())
    assert full.origin == full.low == BEGAN
    without_times = replace(run(), series=(series("a", [1.0, 2.0], clock=False),))
    assert full_x_range(without_times, XMode.WALL, Clocks())[0].mode is XMode.STEP


def test_a_run_without_points_has_a_range() -> None:
    assert full_x_range(replace(run(), series=()), XMode.STEP, Clocks())[0].width > 0


def test_zooming_out_far_enough_shows_the_full_range() -> None:
    near = ViewState().zoom(0.5, FULL)
    assert near.window == (250, 750)
    assert near.zoom(4.0, FULL).window is None


def test_zooming_keeps_the_cursor_in_place() -> None:
    near = ViewState(cursor=900.0).zoom(0.5, FULL)
    assert near.visible_range(FULL).share(900) == pytest.approx(0.9)


def test_panning_needs_a_zoom() -> None:
    assert ViewState().pan(0.5, FULL).window is None


def test_a_window_outside_the_range_shows_the_full_range() -> None:
    assert ViewState(window=(5_000, 6_000)).visible_range(FULL) == FULL


def test_following_moves_in_steps_and_only_if_the_end_was_visible() -> None:
    view = ViewState(window=(0.0, 80.0))
    assert view.follow(70, 79) is view
    assert view.follow(79, 81).window == (10, 90)
    assert view.follow(79, 105).window == (30, 110)
    assert view.follow(200, 210) is view
