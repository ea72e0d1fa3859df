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


# -- steps that several series share -----------------------------------------------------------------


def together(pieces: list[tuple[list[int], bool]]) -> tuple[list[Series], list[Standing]]:
    """Two series that get the same steps, except in pieces where the second goes without."""
    both, standing = [Series("a"), Series("b")], [Standing(), Standing()]
    for steps, alike in pieces:
        at = np.array(steps, np.int64)
        both[0].extend(Column("a", at, at * 1.0))
        if alike:
            both[1].extend(Column("b", at, at * 2.0), partner=both[0])
        for series, held in zip(both, standing, strict=True):
            if len(series):
                held.arrays(series.view(), series.held_steps, standing)
    return both, standing


def test_series_that_go_together_hold_one_copy_of_their_steps() -> None:
    both, standing = together([([0, 1, 2, 3], True), ([2, 3], True), ([4, 5, 6], True)])
    assert standing[0].steps is standing[1].steps
    assert standing[1].arrays(both[1].view(), both[1].held_steps)[0].tolist() == [0, 1, 2, 3, 4, 5, 6]


@given(
    st.lists(
        st.tuples(st.lists(st.integers(0, 20), min_size=1, max_size=5).map(sorted), st.booleans()),
        min_size=1,
        max_size=8,
    )
)
def test_sharing_steps_changes_nothing(pieces: list[tuple[list[int], bool]]) -> None:
    both, standing = together(pieces)
    for series, held in zip(both, standing, strict=True):
        if len(series):
            shared = held.arrays(series.view(), series.held_steps, standing)
            alone = Standing().arrays(series.view())
            assert [part.tolist() for part in shared] == [part.tolist() for part in alone]
