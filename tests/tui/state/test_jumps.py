"""Positions of spikes and restarts, and the next position."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.charts.spec import ChartCurve, ChartSpec
from gan_tui.charts.xaxis import Clocks, XMode
from gan_tui.diagnosis.result import Badge
from gan_tui.tui.state.chart_selection import select_charts
from gan_tui.tui.state.jumps import next_position, restart_positions, spike_positions
from tests.helpers.fakes import make_view, run, spiky

LOSSES = select_charts(spiky()).charts[0]


def chart(values: object, steps: object = None) -> ChartSpec:
    return ChartSpec("chart", (ChartCurve(make_view(values, steps), "", "d"),))


def test_spikes_and_values_that_are_not_finite_are_found() -> None:
    assert sorted(spike_positions(LOSSES, XMode.STEP, Clocks())) == [4_000.0, 6_000.0, 8_000.0]


@pytest.mark.parametrize("badge", list(Badge))
def test_noise_and_oscillation_are_not_spikes(badge: Badge) -> None:
    for spec in select_charts(run(badge)).charts:
        assert [x for x in spike_positions(spec, XMode.STEP, Clocks()) if x > 500] == []


@pytest.mark.parametrize("count", [40, 1_000, 50_000])
def test_a_single_spike_is_found_exactly(count: int) -> None:
    values = np.random.default_rng(1).normal(size=count)
    values[count // 3] = -60
    values[count // 2] = 50
    assert sorted(spike_positions(chart(values), XMode.STEP, Clocks())) == [count // 3, count // 2]


def test_a_flat_curve_has_no_spikes() -> None:
    assert spike_positions(chart([1.0] * 500), XMode.STEP, Clocks()) == []
    assert spike_positions(chart([]), XMode.STEP, Clocks()) == []
    assert spike_positions(chart([1.0, 2.0]), XMode.STEP, Clocks()) == []


def test_restarts() -> None:
    assert set(restart_positions(LOSSES, XMode.STEP, Clocks())) == {7_200.0}
    assert restart_positions(chart([1.0, 2.0, 3.0]), XMode.STEP, Clocks()) == []
    assert len(restart_positions(LOSSES, XMode.WALL, Clocks())) == 2
    without_times = chart([1.0, 2.0, 3.0], [0, 5, 2])
    assert restart_positions(without_times, XMode.WALL, Clocks()) == []
    assert spike_positions(without_times, XMode.WALL, Clocks()) == []


def test_the_next_position() -> None:
    positions = [30.0, 10.0, 20.0, 10.0]
    assert [next_position(positions, at, 1) for at in (None, 0, 10, 15, 30)] == [10, 10, 20, 20, None]
    assert [next_position(positions, at, -1) for at in (None, 40, 30, 15, 10)] == [30, 30, 20, 10, None]
    assert next_position([], 3.0, 1) is None


@given(st.lists(st.floats(-1e9, 1e9), min_size=1), st.sampled_from([1, -1]))
def test_every_position_is_reached_once(positions: list[float], by: int) -> None:
    reached: list[float] = []
    at: float | None = None
    while (position := next_position(positions, at, by)) is not None:
        reached.append(position)
        at = position
    assert reached == sorted(reached, reverse=by < 0)
    assert all(
        any(abs(position - s) <= 1e-9 * max(1.0, abs(position)) for s in reached) for position in positions
    )
