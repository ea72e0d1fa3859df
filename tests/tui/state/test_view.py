from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from gan_tui.charts.xaxis import Clocks, XMode, XRange
from gan_tui.diagnosis.result import Badge
from gan_tui.monitoring.snapshot import ReplayState, Status
from gan_tui.tui.lines.timeline import badge_at, badge_changes, badge_timeline
from gan_tui.tui.state.view import ViewState, full_x_range
from tests.helpers.fakes import BEGAN, run, series

WHOLE = XRange(0, 1000)


def test_a_live_run_has_headroom_and_an_ended_one_none() -> None:
    live, last = full_x_range(run(points=600), XMode.STEP, Clocks())
    assert last == 5_990
    assert 5_990 < live.high <= 5_990 * 1.2
    ended, _ = full_x_range(replace(run(points=600), status=Status.ENDED), XMode.STEP, Clocks())
    assert ended.high == 5_990


def test_a_replay_knows_where_it_ends() -> None:
    shown, last = full_x_range(
        run(points=600), XMode.STEP, Clocks(), ReplayState(5_990, 0, 12_000, False, 1.0)
    )
    assert (shown.low, shown.high, last) == (0, 12_000, 5_990)


def test_time_and_logs_without_it() -> None:
    shown, _ = full_x_range(run(points=600), XMode.RELATIVE, Clocks())
    assert shown.origin == shown.low == BEGAN
    clockless = replace(run(), series=(series("a", [1.0, 2.0], clock=False),))
    assert full_x_range(clockless, XMode.WALL, Clocks())[0].mode is XMode.STEP


def test_a_run_without_points_has_a_range() -> None:
    assert full_x_range(replace(run(), series=()), XMode.STEP, Clocks())[0].width > 0


def test_zooming_out_far_enough_is_the_whole_again() -> None:
    near = ViewState().zoom(0.5, WHOLE)
    assert near.window == (250, 750)
    assert near.zoom(4.0, WHOLE).window is None


def test_zooming_holds_the_cursor_in_place() -> None:
    near = ViewState(cursor=900.0).zoom(0.5, WHOLE)
    assert near.visible_range(WHOLE).share(900) == pytest.approx(0.9)


def test_panning_needs_a_zoom() -> None:
    assert ViewState().pan(0.5, WHOLE).window is None


def test_a_window_that_no_longer_exists_shows_the_whole() -> None:
    assert ViewState(window=(5_000, 6_000)).visible_range(WHOLE) == WHOLE


def test_following_moves_in_leaps_and_only_when_the_end_was_in_view() -> None:
    view = ViewState(window=(0.0, 80.0))
    assert view.follow(70, 79) is view
    assert view.follow(79, 81).window == (10, 90)
    assert view.follow(79, 105).window == (30, 110)
    assert view.follow(200, 210) is view


def strip(badge: Badge, width: int = 60, **kwargs: float) -> str:
    held = run(badge, points=1_200)
    line = badge_timeline(held, XRange(0, 12_000), width, Clocks(), **kwargs)
    return "".join(text for text, _ in line)


def test_the_strip_is_aligned_with_x() -> None:
    line = strip(Badge.COLLAPSE)
    assert len(line) == 60
    assert line.startswith("┄")
    assert "✓ converging" in line
    assert line.index("▬") == 36
    assert "◉ suspected collapse" in line


def test_the_strip_ends_where_the_run_does() -> None:
    line = "".join(t for t, _ in badge_timeline(run(points=600), XRange(0, 12_000), 60, Clocks()))
    assert line[31:].strip() == ""
    assert line[28] != " "


def test_the_crosshair_crosses_the_strip() -> None:
    assert strip(Badge.CONVERGING, cursor=6_000.0)[30] == "│"


def test_every_badge_has_a_line_of_its_own() -> None:
    marks = {strip(badge, width=12)[-1] for badge in Badge}
    assert len(marks) == len(Badge)


def test_moments_in_time() -> None:
    held = run(Badge.COLLAPSE, points=1_200)
    at, last = badge_changes(held, XMode.RELATIVE, Clocks())
    assert at == [BEGAN, BEGAN + 100, BEGAN + 720]
    assert last == BEGAN + 1_199


def test_badge_at() -> None:
    held = run(Badge.COLLAPSE, points=1_200).diagnosis.timeline
    assert badge_at(held, -1) is None
    assert badge_at(held, 100) is Badge.WARMING_UP
    assert badge_at(held, np.inf) is Badge.COLLAPSE
