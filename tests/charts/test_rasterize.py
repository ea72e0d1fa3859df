from __future__ import annotations

import numpy as np

from gan_tui.charts.cache import ChartCache
from gan_tui.charts.rasterize import Coverage, SegmentColumns, raw_coverage, smooth_coverage
from gan_tui.charts.scale import ScaleKind, YScale
from gan_tui.run.series_view import SeriesView
from tests.helpers.fakes import make_view

UNIT = YScale(ScaleKind.LINEAR, 0.0, 1.0)


def covered(view: SeriesView, low: float, high: float, columns: int) -> Coverage:
    return raw_coverage(segment(view, low, high, columns), UNIT)


def segment(view: SeriesView, low: float, high: float, columns: int) -> SegmentColumns:
    return SegmentColumns.of(view, view.steps, 0, len(view), np.linspace(low, high, columns + 1))


def test_a_sparse_curve_is_a_joined_line() -> None:
    cover = covered(make_view([0.0, 1.0], steps=[0, 10]), 0, 10, 5)
    np.testing.assert_allclose(cover.low, [0.0, 0.2, 0.4, 0.6, 0.8])
    np.testing.assert_allclose(cover.high, [0.2, 0.4, 0.6, 0.8, 1.0])


def test_a_dense_curve_is_a_band_that_holds_every_spike() -> None:
    values = np.full(100_000, 0.5)
    values[[12_345, 77_777]] = [0.9, 0.1]
    cover = covered(make_view(values), 0, 100_000, 10)
    assert cover.high[1] == 0.9
    assert cover.low[7] == 0.1
    assert (np.delete(cover.high, 1) == 0.5).all()


def test_the_line_comes_in_from_outside_and_leaves() -> None:
    cover = covered(make_view([0.0, 1.0], steps=[0, 100]), 40, 60, 2)
    np.testing.assert_allclose(cover.low, [0.4, 0.5])
    np.testing.assert_allclose(cover.high, [0.5, 0.6])


def test_nan_is_a_gap() -> None:
    cover = covered(make_view([0.2, np.nan, 0.4], steps=[0, 5, 10]), 0, 10, 10)
    assert np.flatnonzero(np.isfinite(cover.low)).tolist() == [0, 9]


def test_beyond_the_last_point_there_is_nothing() -> None:
    cover = covered(make_view([0.2, 0.4], steps=[0, 5]), 0, 10, 10)
    assert np.isnan(cover.low[6:]).all()


def test_a_value_far_outside_stays_a_number() -> None:
    cover = covered(make_view([0.5, 1e308, 0.5], steps=[0, 5, 10]), 0, 10, 10)
    assert np.isfinite(cover.high).all()
    assert cover.high.max() > 100


def test_the_smoothed_line_joins_the_columns() -> None:
    view = make_view(np.linspace(0, 1, 11), steps=np.arange(11))
    cover = smooth_coverage(segment(view, 0, 10, 5), UNIT, 0.6, ChartCache())
    assert np.isfinite(cover.low).all()
    # No gap between one column and the next.
    assert (cover.high[:-1] >= cover.low[1:] - 1e-12).all()
    assert (np.diff(cover.high) > 0).all()


def test_the_smoothed_line_passes_a_nan_but_not_a_row_of_them() -> None:
    values = np.full(100, 0.5)
    values[10] = np.nan
    values[40:60] = np.nan
    view = make_view(values)
    cover = smooth_coverage(segment(view, 0, 100, 10), UNIT, 0.9, ChartCache())
    assert np.isfinite(cover.low[[0, 1, 2, 3, 6, 7, 8, 9]]).all()
    assert np.isnan(cover.low[[4, 5]]).all()


def test_the_cache_gives_what_computing_would() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=2_000)
    cache = ChartCache()
    for count in (500, 501, 900, 2_000):
        view = make_view(values[:count])
        ends = np.append(np.arange(100, count, 100), count)
        np.testing.assert_allclose(cache.smooth(view, 0, ends, 0.9), ChartCache().smooth(view, 0, ends, 0.9))
    other = make_view(values[::-1])
    ends = np.append(np.arange(100, 2_000, 100), 2_000)
    np.testing.assert_allclose(cache.smooth(other, 0, ends, 0.9), ChartCache().smooth(other, 0, ends, 0.9))
