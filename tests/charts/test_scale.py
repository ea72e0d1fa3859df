from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.charts.scale import ScaleKind, fitted_scale


def around(*values: float, log: bool = False, full_range: bool = False) -> tuple[float, float]:
    array = np.array(values)
    scale = fitted_scale(array, array, log=log, full_range=full_range)
    return scale.at(0.0), scale.at(1.0)


def test_the_range_holds_the_values_and_not_much_more() -> None:
    low, high = around(0.62, 0.8, 1.0, 1.37)
    assert 0.55 <= low <= 0.62
    assert 1.37 <= high <= 1.45


def test_zero_is_shown_where_it_is_near() -> None:
    assert around(0.05, 0.5, 1.0)[0] == 0.0


def test_a_spike_does_not_flatten_the_chart() -> None:
    body = np.linspace(0.5, 1.5, 200)
    low, high = around(*body, 1e30)
    assert low <= 0.5
    assert 1.5 <= high < 3
    assert around(*body, 1e30, full_range=True)[1] >= 0.99e30


def test_a_moderate_spike_stays_in_view() -> None:
    assert around(*np.linspace(0.5, 1.5, 200), 4.0)[1] >= 4.0


def test_a_constant_has_a_range_too() -> None:
    low, high = around(1.0, 1.0)
    assert low < 1.0 < high
    low, high = around(0.0)
    assert low < 0.0 < high


def test_a_constant_with_one_spike_is_drawn_at_its_own_scale() -> None:
    _, high = around(*[1.0] * 99, 1e30)
    assert high < 10


def test_values_that_differ_in_the_last_digits_get_distinct_bounds() -> None:
    low, high = around(1.0, 1.0 + 1e-15)
    assert low < high


def test_log_axes() -> None:
    array = np.array([1e-4, 1e-2, 1.0, 10.0])
    scale = fitted_scale(array, array, log=True)
    assert scale.kind is ScaleKind.LOG
    assert [t.label for t in scale.ticks(8)] == ["1e-4", "0.001", "0.01", "0.1", "1", "10"]


def test_a_log_axis_clips_only_what_no_axis_could_hold() -> None:
    body = np.linspace(0.9, 1.1, 200)
    low, high = around(*body, 1e-5, 300.0, log=True)
    assert low <= 1e-5
    assert high >= 300
    assert around(*body, 1e30, log=True)[1] < 1e3


def test_negative_values_make_it_symmetric() -> None:
    array = np.array([-100.0, -1.0, 0.0, 1.0, 50.0])
    scale = fitted_scale(array, array, log=True)
    assert scale.kind is ScaleKind.SYMLOG
    position = scale.position(array)
    assert (np.diff(position) > 0).all()
    labels = [t.label for t in scale.ticks(9)]
    assert "-100" in labels
    assert "0" in labels
    assert scale.at(float(position[1])) == pytest.approx(-1.0)


def test_nothing_finite_is_no_error() -> None:
    empty = np.array([np.nan, np.inf])
    for log in (False, True):
        assert fitted_scale(empty, empty, log=log).high > fitted_scale(empty, empty, log=log).low


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(finite, min_size=1, max_size=40), st.booleans(), st.booleans(), st.integers(2, 12))
def test_any_values_give_a_usable_axis(values: list[float], log: bool, full_range: bool, most: int) -> None:
    array = np.array(values)
    scale = fitted_scale(array, array, log=log, full_range=full_range)
    position = scale.position(array)
    assert np.isfinite(position).all()
    ticks = scale.ticks(most)
    assert len(ticks) <= most + 1
    assert all(0 <= t.position <= 1 and 1 <= len(t.label) <= 7 for t in ticks)
    assert [t.position for t in ticks] == sorted(t.position for t in ticks)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40), st.booleans())
def test_ordinary_values_are_within_when_all_are_asked_for(values: list[float], log: bool) -> None:
    array = np.array(values)
    position = fitted_scale(array, array, log=log, full_range=True).position(array)
    assert (position >= -1e-6).all()
    assert (position <= 1 + 1e-6).all()
