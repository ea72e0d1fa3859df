from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gan_tui.charts.xaxis import Clocks, XMode, XRange, column_borders, panned, range_with_headroom, zoomed
from tests.helpers.fakes import make_view


def test_modes_are_cyclic() -> None:
    assert XMode.STEP.next_mode is XMode.RELATIVE
    assert XMode.WALL.next_mode is XMode.STEP


def test_a_growing_range_moves_rarely_and_wastes_little() -> None:
    ranges = [range_with_headroom(0, last, growing=True) for last in range(100, 10_000)]
    assert all(high >= last for (_, high), last in zip(ranges, range(100, 10_000), strict=True))
    assert all(high <= last * 1.2 for (_, high), last in zip(ranges, range(100, 10_000), strict=True))
    assert len(set(ranges)) < 50


def test_a_run_that_ended_fills_its_range() -> None:
    assert range_with_headroom(5, 123, growing=False) == (5, 123)


def test_a_single_point_has_a_range() -> None:
    low, high = range_with_headroom(7, 7, growing=True)
    assert low < 7 < high


@given(st.floats(-1e15, 1e15), st.floats(1e-3, 1e15), st.booleans())
def test_every_point_is_within(first: float, width: float, growing: bool) -> None:
    low, high = range_with_headroom(first, first + width, growing=growing)
    assert low <= first
    assert high >= first + width or high == pytest.approx(first + width)


def test_zoom_keeps_its_anchor_and_stays_within() -> None:
    whole = XRange(0, 1000)
    near = zoomed(whole, 0.5, 200, whole)
    assert (near.low, near.high) == (100, 600)
    assert near.share(200) == whole.share(200)
    edge = zoomed(near, 0.5, 600, whole)
    assert edge.high == 600
    assert zoomed(near, 8, 200, whole) == whole
    assert zoomed(XRange(0, 8), 0.1, 4, XRange(0, 8)).width == 4


def test_pan_stops_at_the_ends() -> None:
    whole = XRange(0, 1000)
    assert panned(XRange(100, 200), 0.5, whole) == XRange(150, 250)
    assert panned(XRange(100, 200), -5, whole) == XRange(0, 100)
    assert panned(XRange(800, 900), 5, whole) == XRange(900, 1000)


def test_steps_are_cut_as_integers() -> None:
    steps = np.array([0, 1, 2, 3, 10, 11, 12], np.int64)
    assert column_borders(steps, 0, 7, np.array([0.0, 2.5, 5.0, 12.0])).tolist() == [0, 3, 4, 7]


def test_the_last_point_belongs_to_the_last_column() -> None:
    steps = np.array([0, 5, 10], np.int64)
    assert column_borders(steps, 0, 3, np.linspace(0, 10, 3)).tolist() == [0, 1, 3]


def test_huge_steps_are_cut_exactly() -> None:
    base = 2**60
    steps = np.array([base, base + 1, base + 2], np.int64)
    edges = column_borders(steps, 0, 3, np.array([float(base), float(base + 2**20)]))
    assert edges.tolist() == [0, 3]


@given(st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=50), st.integers(1, 20))
@example([2**53 + 1] * 3, 1)
def test_every_point_within_is_in_one_column(steps: list[int], columns: int) -> None:
    places = np.array(sorted(steps), np.int64)
    low, high = range_with_headroom(float(places[0]), float(places[-1]), growing=False)
    edges = column_borders(places, 0, len(places), np.linspace(low, high, columns + 1))
    assert (np.diff(edges) >= 0).all()
    assert edges[-1] - edges[0] >= len(places) - 2  # floats cannot tell neighbours of 2**62 apart


def test_ticks_of_steps_are_round_and_short() -> None:
    assert [t.label for t in XRange(0, 12_500).ticks(6)] == [
        "0",
        "2.5k",
        "5k",
        "7.5k",
        "10k",
        "12.5k",
    ]
    assert [t.label for t in XRange(0, 3).ticks(8)] == ["0", "1", "2", "3"]
    assert [t.position for t in XRange(0, 100).ticks(2)] == [0.0, 0.5, 1.0]


def test_ticks_of_time() -> None:
    relative = XRange(1e9, 1e9 + 7200, XMode.RELATIVE, 1e9)
    assert [t.label for t in relative.ticks(4)] == ["0s", "30m", "1h", "1h30", "2h"]
    wall = XRange(1_760_000_000, 1_760_000_000 + 3600, XMode.WALL)
    assert all(len(t.label) <= 7 and ":" in t.label for t in wall.ticks(5))


@given(st.floats(-1e17, 1e17), st.floats(1e-3, 1e17), st.sampled_from(list(XMode)), st.integers(1, 20))
def test_any_range_gets_a_few_labels(low: float, width: float, mode: XMode, most: int) -> None:
    x_range = XRange(low, low + max(width, abs(low) * 1e-6), mode, low)
    ticks = x_range.ticks(most)
    assert len(ticks) <= most + 2
    assert all(1 <= len(t.label) <= 7 for t in ticks)


def test_straight_clocks_are_passed_through() -> None:
    view = make_view(np.zeros(5), walls=[1, 2, 3, 4, 5])
    clocks = Clocks()
    assert clocks.x_values(view, XMode.WALL) is view.wall_times
    assert clocks.x_values(view, XMode.STEP) is view.steps
    assert clocks.x_values(make_view([1.0]), XMode.WALL) is None


def test_a_clock_that_jumps_back_or_is_missing_is_repaired() -> None:
    view = make_view(np.zeros(6), walls=[np.nan, 10, 5, 11, np.nan, 12])
    places = Clocks().x_values(view, XMode.RELATIVE)
    assert places is not None
    assert places.tolist() == [10, 10, 10, 11, 11, 12]


def test_repairing_continues_as_the_run_grows() -> None:
    clocks = Clocks()
    walls = [1.0, 2.0, 1.5, 3.0, 4.0, 3.5]
    for count in (2, 3, 6):
        places = clocks.x_values(make_view(np.zeros(count), walls=walls[:count]), XMode.WALL)
        assert places is not None
        assert len(places) == count
        assert (np.diff(places) >= 0).all()


def test_a_log_without_any_finite_clock_has_none() -> None:
    assert Clocks().x_values(make_view([1.0, 2.0], walls=[np.nan, np.nan]), XMode.WALL) is None
