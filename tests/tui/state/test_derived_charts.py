"""Ratios and differences of two series."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gan_tui.monitoring.snapshot import RunState
from gan_tui.tui.state.derived_charts import DerivedCharts, Formula, Operation
from tests.helpers.fakes import run, series

RATIO = Formula(Operation.RATIO, "a", "b")
DIFFERENCE = Formula(Operation.DIFFERENCE, "a", "b")


def run_with(a: object, b: object, steps_a: object = None, steps_b: object = None) -> RunState:
    both = (series("a", a, steps=steps_a), series("b", b, steps=steps_b))
    return replace(run(points=30), series=both)


def evaluate(state: RunState, formula: Formula) -> tuple[list[int], list[float]]:
    [derived] = DerivedCharts().series(state, [formula])
    assert derived.derived
    return derived.view.steps.tolist(), derived.view.values.tolist()


def test_ratio_and_difference_at_equal_steps() -> None:
    state = run_with([2.0, 9.0, 8.0], [1.0, 3.0, 4.0], [0, 10, 20], [0, 10, 30])
    assert evaluate(state, RATIO) == ([0, 10], [2.0, 3.0])
    assert evaluate(state, DIFFERENCE) == ([0, 10], [1.0, 6.0])


def test_division_by_zero_gives_an_infinity() -> None:
    assert evaluate(run_with([1.0, 0.0], [0.0, 0.0]), RATIO)[1] == [
        np.inf,
        pytest.approx(np.nan, nan_ok=True),
    ]


def test_after_a_restart_the_last_point_of_a_step_counts() -> None:
    state = run_with([1.0, 2.0, 5.0], [1.0, 1.0, 1.0], [0, 10, 10], [0, 10, 20])
    assert evaluate(state, RATIO) == ([0, 10], [1.0, 5.0])


def test_a_missing_operand_gives_no_series() -> None:
    assert DerivedCharts().series(run(), [RATIO]) == ()
    assert DerivedCharts().series(run_with([1.0], [1.0], [0], [1]), [RATIO]) == ()


def test_names_and_titles() -> None:
    assert (RATIO.title, DIFFERENCE.title) == ("a / b", "a - b")
    assert Formula(Operation.RATIO, "x\x1b]0;y\x07", "b").title.isprintable()


@given(
    st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.booleans()), min_size=1, max_size=30),
    st.lists(st.integers(1, 30), max_size=4),
)
def test_extending_gives_the_same_as_evaluating_at_once(
    rows: list[tuple[int, bool, bool]], cuts: list[int]
) -> None:
    """For any points: repeated steps, steps of only one operand, steps that decrease."""
    a = [(step, float(i)) for i, (step, logged, _) in enumerate(rows) if logged]
    b = [(step, float(i) + 0.5) for i, (step, _, logged) in enumerate(rows) if logged]
    charts = DerivedCharts()
    for end in [*sorted(cuts), len(rows)]:
        part_a, part_b = a[: len([1 for r in rows[:end] if r[1]])], b[: len([1 for r in rows[:end] if r[2]])]
        state = run_with([v for _, v in part_a], [v for _, v in part_b],
                        [s for s, _ in part_a], [s for s, _ in part_b])  # fmt: skip
        extended = charts.series(state, [DIFFERENCE])
    at_once = DerivedCharts().series(state, [DIFFERENCE])
    assert [s.view.steps.tolist() for s in extended] == [s.view.steps.tolist() for s in at_once]
    assert [s.view.values.tolist() for s in extended] == [s.view.values.tolist() for s in at_once]
