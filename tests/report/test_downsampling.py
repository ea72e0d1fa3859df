"""What is drawn of a series: every part, every spike, and overwritten values apart from current ones."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.report.downsampling import MAX_PARTS, downsample
from gan_tui.report.svg import chart
from gan_tui.report.terminal_plot import drawable
from tests.helpers.states import run_state, series_state


def test_what_came_before_a_restart_is_drawn_too() -> None:
    steps = [*range(60), *range(40, 70)]
    series = series_state("d", [float(i) for i in range(90)], "d_loss", steps)
    parts = downsample(series.view, 1_000)
    assert [(p.steps[0], p.steps[-1], p.is_current) for p in parts] == [
        (0, 39, True),
        (39, 59, False),
        (40, 69, True),
    ]
    assert parts[1].high[-1] == 59.0
    drawn = chart("Losses", [series], run_state(series=(series,)))
    assert drawn.count('class="c0 w"') == 1
    assert "pale: overwritten after a restart" in drawn
    assert drawable(series, 200)[0][0] == 0


def test_without_a_restart_there_is_one_piece() -> None:
    assert len(downsample(series_state("d", [1.0, 2.0, 3.0]).view, 100)) == 1
    assert downsample(series_state("d", []).view, 100) == []


def test_a_run_begun_again_very_often_is_drawn_at_its_newest() -> None:
    steps = [s for begin in range(500) for s in (begin, begin + 2)]
    parts = downsample(series_state("d", [0.0] * 1_000, steps=steps).view, 100)
    assert len(parts) <= MAX_PARTS
    assert parts[-1].steps[-1] == 501


def test_what_is_not_finite_is_marked_and_said() -> None:
    series = series_state("d", [1.0, math.nan, 2.0, math.inf, 1.5], "d_loss")
    drawn = chart("Losses", [series], run_state(series=(series,)))
    assert drawn.count('class="n"') == 2
    assert "red at the top: not finite" in drawn


values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300)


@given(values, st.integers(1, 50))
def test_no_spike_is_left_out(held: list[float], columns: int) -> None:
    parts = downsample(series_state("d", held).view, columns)
    assert min(np.nanmin(p.low) for p in parts) == min(held)
    assert max(np.nanmax(p.high) for p in parts) == max(held)
