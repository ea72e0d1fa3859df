"""Current points: a resumed run replaces the steps that it writes again."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gan_tui.logs.model import Column
from gan_tui.run.pair import Curve
from gan_tui.run.restarts import CurrentSegments
from gan_tui.run.series import Series


def grown(runs: list[list[int]]) -> tuple[list[int], list[float]]:
    """Return the current steps and values after writing `runs`; values are numbered in order of writing."""
    series, current = Series("x"), CurrentSegments()
    count = 0
    for run in runs:
        for step in run:
            series.extend(Column("x", np.array([step]), np.array([float(count)])))
            curve = current.curve(series.view())
            count += 1
    return np.asarray(curve.steps).tolist(), np.asarray(curve.values).tolist()


def test_a_resumed_run_replaces_what_it_repeats() -> None:
    assert grown([[0, 1, 2, 3], [2, 3, 4]]) == ([0, 1, 2, 3, 4], [0.0, 1.0, 4.0, 5.0, 6.0])


def test_a_run_started_again_replaces_everything() -> None:
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


def test_a_resumed_run_is_not_copied() -> None:
    series, current = Series("x"), CurrentSegments()
    for begin in (0, 900_000, 1_800_000):
        series.extend(Column("x", np.arange(begin, begin + 1_000_000), np.zeros(1_000_000)))
    view = series.view()
    tracemalloc.start()
    curve = current.curve(view)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(curve) == 2_800_000
    assert held < 10_000


# -- a piecewise array behaves like an array ---------------------------------------------------------

RUNS = st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=8).map(sorted), min_size=1, max_size=6)


def curve_of(runs: list[list[int]]) -> Curve:
    steps = np.array([step for run in runs for step in run], np.int64)
    series = Series("x")
    series.extend(Column("x", steps, np.arange(float(len(steps)))))
    return CurrentSegments().curve(series.view())


@given(RUNS, st.data())
def test_points_slices_and_searches_equal_those_of_a_copy(runs: list[list[int]], data: st.DataObject) -> None:
    curve = curve_of(runs)
    for points in (curve.steps, curve.values):
        copy = np.array(points)
        ends = st.integers(-len(copy) - 2, len(copy) + 2)
        key = slice(data.draw(ends), data.draw(ends), data.draw(st.sampled_from([None, 1, 2, -1])))
        assert points[key].tolist() == copy[key].tolist()
        index = data.draw(arrays(np.int64, (3, 2), elements=st.integers(0, len(copy) - 1)))
        assert points[index].tolist() == copy[index].tolist()
        assert points[int(index[0, 0])] == copy[int(index[0, 0])]
        assert points[-1] == copy[-1]
    wanted = data.draw(arrays(np.int64, (4,), elements=st.integers(-2, 33)))
    for side in ("left", "right"):
        found = np.searchsorted(curve.steps, wanted, side=side)
        assert found.tolist() == np.searchsorted(np.array(curve.steps), wanted, side=side).tolist()


@given(RUNS, st.integers(-1, 31))
def test_a_curve_cut_at_a_step_is_that_of_a_copy(runs: list[list[int]], step: int) -> None:
    curve = curve_of(runs)
    copy = Curve("x", np.array(curve.steps), np.array(curve.values)).until(step)
    cut = curve.until(step)
    assert len(cut.steps) == len(cut) == len(copy)
    assert np.array(cut.values).tolist() == np.array(copy.values).tolist()
    if len(cut):
        assert cut.steps[-1] == copy.steps[-1]


def test_an_index_beyond_the_end_is_an_error_and_no_point_given_up() -> None:
    curve = curve_of([[0, 1, 2, 3], [1]])
    assert len(curve) == 2
    for beyond in (2, -3, np.array([0, 2])):
        with pytest.raises(IndexError):
            curve.steps[beyond]


@given(RUNS, st.lists(st.integers(1, 12), max_size=6))
def test_a_curve_knows_how_much_of_it_stood_before(runs: list[list[int]], cuts: list[int]) -> None:
    steps = np.array([step for run in runs for step in run], np.int64)
    series, current = Series("x"), CurrentSegments()
    before: Curve | None = None
    for cut in cuts:
        part, steps = steps[:cut], steps[cut:]
        series.extend(Column("x", part, len(series) + np.arange(float(len(part)))))
        now = current.curve(series.view())
        if before is not None:
            old, new = np.array(before.values).tolist(), np.array(now.values).tolist()
            same = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), None)
            assert now.continues(before) == (min(len(old), len(new)) if same is None else same)
        before = now


def test_another_curve_continues_nothing() -> None:
    curve = Curve("x", np.arange(5), np.zeros(5))
    assert Curve("x", np.arange(9), np.zeros(9)).continues(curve) == 5
    assert Curve("y", np.arange(9), np.zeros(9)).continues(curve) == 0
    assert Curve("x", np.arange(9) * 2, np.zeros(9)).continues(curve) == 0
    assert Curve("x", np.arange(4), np.zeros(4)).continues(curve) == 0
    assert curve.continues(curve_of([[0, 1, 2, 3], [1]])) == 0
