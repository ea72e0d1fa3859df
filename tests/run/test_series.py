"""Series: columns, restarts, frozen views, and the min/max pyramid."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.logs.model import Batch, Column
from gan_tui.run.growable import Growable
from gan_tui.run.run import Run
from gan_tui.run.series import Series
from gan_tui.run.series_view import FAN_OUT


def column(values: list[float], steps: list[int] | None = None, walls: list[float] | None = None) -> Column:
    steps_array = np.arange(len(values)) if steps is None else np.array(steps)
    return Column(
        "x",
        steps_array.astype(np.int64),
        np.array(values, dtype=np.float64),
        None if walls is None else np.array(walls),
    )


def series_of(*columns: Column) -> Series:
    series = Series("x")
    for each in columns:
        series.extend(each)
    return series


def test_a_step_that_goes_back_begins_a_segment_and_drops_nothing() -> None:
    view = series_of(column([1, 2, 3], [0, 10, 20]), column([4, 5], [10, 20])).view()
    assert view.segments == (0, 3)
    assert view.steps.tolist() == [0, 10, 20, 10, 20]
    assert view.segment_bounds() == [(0, 3), (3, 5)]


def test_a_repeated_step_is_no_restart() -> None:
    assert series_of(column([1, 2, 3], [5, 5, 6])).view().segments == (0,)


def test_restarts_within_one_batch_are_seen() -> None:
    assert series_of(column([1, 2, 3, 4], [7, 0, 1, 0])).view().segments == (0, 1, 3)


def test_a_view_does_not_change_when_the_series_grows() -> None:
    series = series_of(column([1.0, 2.0]))
    before = series.view()
    for value in range(1000):
        series.extend(column([float(value)], [value + 2]))
    assert before.values.tolist() == [1.0, 2.0]
    assert len(series.view()) == 1002
    with pytest.raises(ValueError, match="read-only"):
        before.values[0] = 9.0


def test_nonfinite_values_are_kept_counted_and_never_in_the_envelope() -> None:
    view = series_of(column([1.0, np.nan, np.inf, -2.0])).view()
    assert view.nonfinite.tolist() == [1, 2]
    low, high = view.envelope(np.array([0, 2, 4]))
    assert low.tolist() == [1.0, -2.0]
    assert high.tolist() == [1.0, -2.0]


def test_an_empty_column_and_one_without_a_finite_value_are_nan() -> None:
    view = series_of(column([np.nan, 3.0])).view()
    low, _ = view.envelope(np.array([0, 1, 1, 2]))
    assert np.isnan(low[:2]).all()
    assert low[2] == 3.0


def test_wall_times_that_begin_late_leave_nan_before() -> None:
    series = series_of(column([1.0]), column([2.0], [1], [100.0]), column([3.0], [2]))
    walls = series.view().wall_times
    assert walls is not None
    assert np.isnan(walls[[0, 2]]).all()
    assert walls[1] == 100.0


@given(
    st.lists(st.integers(1, 3000), min_size=1, max_size=6),
    st.integers(1, 40),
    st.integers(0, 2**32 - 1),
    st.floats(0, 0.3),
)
def test_no_spike_is_lost_whatever_the_zoom(sizes: list[int], columns: int, seed: int, holes: float) -> None:
    random = np.random.default_rng(seed)
    series = Series("x")
    at = 0
    for size in sizes:
        values = random.standard_normal(size)
        values[random.random(size) < holes] = np.nan
        series.extend(Column("x", np.arange(at, at + size), values))
        series.view()
        at += size
    view = series.view()
    begin = int(random.integers(0, at))
    end = int(random.integers(begin, at)) + 1
    edges = np.unique(np.linspace(begin, end, columns + 1).astype(np.int64))
    low, high = view.envelope(edges)
    part = view.values[edges[0] : edges[-1]]
    if np.isfinite(part).any():
        assert np.nanmin(low) == np.nanmin(part)
        assert np.nanmax(high) == np.nanmax(part)
    else:
        assert np.isnan(low).all()


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_views_taken_while_a_series_grew_are_drawn_as_they_were(order: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    values = rng.standard_normal(100_000)
    values[rng.integers(0, len(values), 50)] = np.nan
    series, views = Series("x"), []
    for begin, end in ((0, 1_030), (1_030, 33_001), (33_001, len(values))):
        series.extend(Column("x", np.arange(begin, end), values[begin:end]))
        views.append(series.view())
    for place in order:
        view = views[place]
        edges = np.linspace(0, len(view), 7).astype(np.int64)
        alone = Series("x")
        alone.extend(Column("x", np.arange(len(view)), values[: len(view)]))
        for drawn, expected in zip(view.envelope(edges), alone.view().envelope(edges), strict=True):
            assert np.array_equal(drawn, expected)
        assert view.envelope(edges)[1].max() == np.nanmax(values[: len(view)])


def test_long_series_are_drawn_from_the_pyramid_to_a_quarter_of_a_column() -> None:
    count = FAN_OUT**3 * 3 + 17
    values = np.zeros(count)
    spikes = [5, count // 2, count - 1]
    values[spikes] = [1.0, 2.0, 3.0]
    view = series_of(Column("x", np.arange(count), values)).view()
    edges = np.linspace(0, count, 41).astype(np.int64)
    _, high = view.envelope(edges)
    assert sorted(high[high > 0].tolist()) == [1.0, 2.0, 3.0]
    found = np.flatnonzero(high == 2.0)[0]
    assert abs(found - 20) <= 1


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.integers(1, 5)), max_size=12))
def test_series_that_go_together_and_part_have_their_own_steps(
    rounds: list[tuple[bool, bool, bool, int]],
) -> None:
    """Each round some of three series get points, some with the same steps, one with fewer."""
    trio = [Series("a"), Series("b"), Series("c")]
    expected: list[list[int]] = [[], [], []]
    frozen: list[tuple[list[int], np.ndarray]] = []
    for number, (*taking, count) in enumerate(rounds):
        steps = np.arange(count) + 10 * number
        candidates: list[Series] = []
        for which, takes in enumerate(taking):
            if not takes:
                continue
            own = steps if number % 3 or which < 2 else steps + 1
            own = own[: len(own) - (which == 1)]
            trio[which].extend(Column("x", own, np.zeros(len(own))), candidates=candidates)
            expected[which] += own.tolist()
            candidates.append(trio[which])
            frozen.append((list(expected[which]), trio[which].view().steps))
    for view_was, view in frozen:
        assert view.tolist() == view_was
    assert [series.view().steps.tolist() for series in trio] == expected
    assert [len(series.view().values) for series in trio] == [len(steps) for steps in expected]


@given(st.lists(st.tuples(st.sets(st.integers(0, 2)), st.integers(1, 5), st.integers(-9, 9)), max_size=12))
def test_series_with_the_same_steps_agree_on_them(
    rounds: list[tuple[set[int], int, int]],
) -> None:
    trio, alone = ([Series("x") for _ in range(3)] for _ in range(2))
    for taking, count, start in rounds:
        steps = np.arange(count)[:: 1 if start % 2 else -1] + start
        candidates: list[Series] = []
        for which in sorted(taking):
            column = Column("x", steps, np.full(count, float(which)))
            trio[which].extend(
                column, candidates=candidates, same_steps=candidates[0] if candidates else None
            )
            alone[which].extend(column)
            candidates.append(trio[which])
    for series, other in zip(trio, alone, strict=True):
        assert series.view().steps.tolist() == other.view().steps.tolist()
        assert series.view().segments == other.view().segments


def test_a_sum_past_all_bounds_is_of_finite_values_still() -> None:
    series = Series("x")
    series.extend(Column("x", np.arange(3), np.array([1e308, 1e308, 1e308])))
    series.extend(Column("x", np.arange(3, 6), np.array([1e308, np.inf, -np.inf])))
    assert series.view().nonfinite.tolist() == [4, 5]


def test_columns_of_a_large_log_grow_beyond_the_expected_size() -> None:
    run = Run("x", "x")
    count = 130_000
    values = [np.arange(count, dtype=float) + at for at in range(3)]
    for begin, growth in ((0, 1.0), (count, 0.0), (2 * count, 0.0)):
        steps = np.arange(begin, begin + count)
        columns = (Column(f"x{at}", steps, these, these + begin) for at, these in enumerate(values))
        run.add(Batch(tuple(columns)), growth=growth)
        views = [series.view() for series in run.series.values()]
        for view, these in zip(views, values, strict=True):
            assert np.array_equal(view.steps, np.arange(begin + count))
            assert np.array_equal(view.values, np.tile(these, begin // count + 1))
            assert view.wall_times is not None
            assert np.array_equal(view.wall_times[-count:], these + begin)
        assert all(np.shares_memory(view.steps, views[0].steps) for view in views)


def test_columns_of_one_table_share_their_steps() -> None:
    steps = np.arange(5)
    first, second = Series("a"), Series("b")
    first.extend(Column("a", steps, np.zeros(5)))
    second.extend(Column("b", steps, np.ones(5)), candidates=[first])
    assert np.shares_memory(first.view().steps, second.view().steps)


def test_series_split_at_different_points_share_their_steps() -> None:
    steps = np.arange(100)
    first, second = Series("a"), Series("b")
    for a, b in ((10, 9), (20, 20), (20, 25), (60, 61), (90, 80), (100, 100)):
        first.extend(Column("a", steps[len(first) : a], np.zeros(a - len(first))), candidates=[second])
        second.extend(Column("b", steps[len(second) : b], np.zeros(b - len(second))), candidates=[first])
    assert first.view().steps.tolist() == second.view().steps.tolist() == steps.tolist()
    assert first.step_array is second.step_array


def test_memory_of_outgrown_arrays_is_released() -> None:
    before = _resident()
    np.ones(3_000_000)  # after freeing this, glibc keeps arrays of up to 24 MB on its heap
    columns, others = [Growable(np.float64) for _ in range(4)], []
    for _ in range(40):
        for column in columns:
            column.extend(np.ones(25_000))
        others.append(np.ones(20_000))  # as a program allocates between two appends
    needed = sum(held.nbytes for held in (*others, *(column.view() for column in columns)))
    assert _resident() - before < 1.25 * needed


def _resident() -> int:
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("only Linux tells how much memory a process holds")
    return int(re.search(r"RssAnon:\s*(\d+)", status.read_text())[1]) * 1024
