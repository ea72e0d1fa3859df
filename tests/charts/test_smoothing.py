from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_tui.charts import smoothing
from gan_tui.charts.smoothing import smooth_at
from gan_tui.logs.model import Column
from gan_tui.run.series import Series
from gan_tui.run.series_view import SeriesView


def tensorboard(values: Sequence[float], weight: float) -> list[float]:
    """`_smoothData` of TensorBoard's line chart, point by point; NaN points keep the value so far."""
    last, counted, out = 0.0, 0, []
    for value in values:
        if math.isfinite(value):
            last = last * weight + (1 - weight) * value
            counted += 1
        out.append(last / (1 - weight**counted) if counted else math.nan)
    return out


def view_of(values: Sequence[float]) -> SeriesView:
    series = Series("d_loss")
    series.extend(Column("d_loss", np.arange(len(values)), np.array(values, np.float64)))
    return series.view()


@pytest.mark.parametrize("weight", [w for w in smoothing.WEIGHTS if w])
def test_it_is_tensorboards(weight: float) -> None:
    values = np.random.default_rng(1).normal(size=60_000).cumsum() / 100
    expected = np.array(tensorboard(values.tolist(), weight))
    for ends in (np.array([1, 2, 3, 10, 500]), np.arange(200, 60_001, 200), np.array([30_000, 60_000])):
        got = smooth_at(view_of(values.tolist()), 0, ends, weight)
        np.testing.assert_allclose(got, expected[ends - 1], atol=1e-6)


def test_off_is_the_value_itself() -> None:
    got = smooth_at(view_of([1.0, 5.0, 2.0]), 0, np.array([1, 2, 3]), 0.0)
    np.testing.assert_array_equal(got, [1, 5, 2])


@pytest.mark.parametrize("max_compressed", [1 << 17, 0])
def test_a_nan_does_not_blank_the_rest(monkeypatch: pytest.MonkeyPatch, max_compressed: int) -> None:
    monkeypatch.setattr(smoothing, "MAX_COMPRESSED", max_compressed)
    values = np.random.default_rng(2).normal(size=3_000) + 3
    values[[0, 7, 8, 9, 1500]] = [np.nan, np.inf, np.nan, -np.inf, np.nan]
    values[2000:2600] = np.nan
    ends = np.arange(1, 3_001, 13)
    got = smooth_at(view_of(values.tolist()), 0, ends, 0.9)
    np.testing.assert_allclose(got, np.array(tensorboard(values.tolist(), 0.9))[ends - 1], atol=1e-6)


def test_nothing_finite_yet_is_a_gap() -> None:
    got = smooth_at(view_of([np.nan, np.nan, 4.0]), 0, np.array([1, 2, 3]), 0.9)
    np.testing.assert_array_equal(got, [np.nan, np.nan, 4.0])


def test_it_starts_over_after_a_restart() -> None:
    got = smooth_at(view_of([100.0] * 50 + [1.0, 1.0]), 50, np.array([51, 52]), 0.99)
    np.testing.assert_allclose(got, [1.0, 1.0])


def windows(draw_from: Callable[..., st.SearchStrategy[float]]) -> st.SearchStrategy[list[float]]:
    return st.lists(draw_from(), min_size=1, max_size=80)


@settings(deadline=None)
@given(
    windows(lambda: st.floats(-1e3, 1e3) | st.sampled_from([math.nan, math.inf, -math.inf])),
    st.sampled_from([0.6, 0.9, 0.99]),
    st.booleans(),
)
def test_any_ends_of_any_values(values: list[float], weight: float, gathered: bool) -> None:
    ends = np.unique(np.random.default_rng(len(values)).integers(1, len(values) + 1, 10))
    kept = smoothing.MAX_GATHERED
    smoothing.MAX_GATHERED = kept if gathered else 0
    try:
        got = smooth_at(view_of(values), 0, ends, weight)
    finally:
        smoothing.MAX_GATHERED = kept
    np.testing.assert_allclose(got, np.array(tensorboard(values, weight))[ends - 1], atol=1e-4)
