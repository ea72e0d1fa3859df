"""Standing points: what a resumed run wrote anew replaces what it had written there."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.logs.points import Column
from gan_tui.run.restarts import Standing
from gan_tui.run.series import Series


def grown(runs: list[list[int]]) -> tuple[list[int], list[float]]:
    """Steps and values that stand after writing `runs`, values numbered in order of writing."""
    series, standing = Series("x"), Standing()
    count = 0
    steps, values = np.empty(0), np.empty(0)
    for run in runs:
        for step in run:
            series.extend(Column("x", np.array([step]), np.array([float(count)])))
            steps, values = standing.arrays(series.view())
            count += 1
    return steps.tolist(), values.tolist()


def test_a_resumed_run_replaces_what_it_repeats() -> None:
    assert grown([[0, 1, 2, 3], [2, 3, 4]]) == ([0, 1, 2, 3, 4], [0.0, 1.0, 4.0, 5.0, 6.0])


def test_a_run_begun_anew_replaces_all() -> None:
    assert grown([[0, 1, 2], [0, 1]]) == ([0, 1], [3.0, 4.0])


def test_an_earlier_restart_below_a_later_one_still_counts() -> None:
    assert grown([[0, 5, 9], [3, 8], [6]]) == ([0, 3, 6], [0.0, 3.0, 5.0])


@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=8).map(sorted), min_size=1, max_size=5))
def test_growing_point_by_point_equals_the_definition(runs: list[list[int]]) -> None:
    written = [step for run in runs for step in run]
    expected: list[tuple[int, float]] = []
    for index, step in enumerate(written):
        if index and step < written[index - 1]:
            expected = [(s, v) for s, v in expected if s < step]
        expected.append((step, float(index)))
    steps, values = grown(runs)
    assert list(zip(steps, values, strict=True)) == expected
