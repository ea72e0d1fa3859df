"""Windows: bounded, causal, of one shape where they are cut together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.diagnosis import windows as windows_module
from gan_tui.diagnosis.windows import FINE, RECENT, SMALLEST, History, LossTrack, block_size, window_sizes
from gan_tui.logs.model import Column
from gan_tui.run.pair import Curve, PlayerPair
from gan_tui.run.restarts import CurrentSegments
from gan_tui.run.series import Series


def pair(points: int, *, every: int = 1, seed: int = 0) -> PlayerPair:
    random = np.random.default_rng(seed)
    steps = np.arange(points)
    return PlayerPair({
        "d_loss": Curve("d", steps, random.standard_normal(points)),
        "g_loss": Curve("g", steps[::every], random.standard_normal(points)[::every]),
    })  # fmt: skip


def history(of: PlayerPair) -> History:
    held = History()
    held.extend(of)
    return held


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=130), st.data())
def test_a_beginning_is_the_median_size_of_the_first_tenth(values: list[float], data: st.DataObject) -> None:
    track = LossTrack(Curve("d", np.arange(0), np.zeros(0)))
    held = np.array(values)
    for count in sorted(data.draw(st.lists(st.integers(1, len(values)), min_size=1, max_size=4))):
        track.extend(Curve("d", np.arange(count), held[:count]), len(track.curve))
        found = track.initial_sizes(np.array([count]))[0]
        first = np.abs(held[: min(count, max(8, count // 10))])
        first = first[np.isfinite(first)]
        with np.errstate(over="ignore"):
            expected = np.median(first) if len(first) else np.nan
        assert found == expected or (np.isnan(found) and np.isnan(expected))


@given(st.integers(SMALLEST, 50_000_000))
def test_the_main_window_is_most_of_the_share_it_may_take(points: int) -> None:
    wide = int(window_sizes(np.array([points]))[0])
    share = max(points // RECENT, SMALLEST)
    assert share * 2 / 3 - 1 <= wide <= share
    assert wide // block_size(wide) <= FINE


def test_windows_hold_the_newest_points_one_by_one() -> None:
    steps = np.array([99, 150, 999])
    seen = {}
    for windows in history(pair(1_000)).windows(steps, np.zeros(3, dtype=np.int64)):
        for row, index in enumerate(windows.which):
            seen[int(index)] = windows.fine["d_loss"][row]
    values = pair(1_000).curves["d_loss"].values
    for index, step in enumerate(steps):
        assert np.array_equal(seen[index], values[step + 1 - len(seen[index]) : step + 1])


def test_blocks_of_a_long_run_are_means_of_the_main_window() -> None:
    whole = pair(100_000)
    (windows,) = history(whole).windows(np.array([99_999]), np.zeros(1, dtype=np.int64))
    wide = int(window_sizes(np.array([100_000]))[0])
    size = block_size(wide)
    assert size > 1
    values = whole.curves["g_loss"].values[(100_000 // size * size) - wide : 100_000 // size * size]
    assert np.allclose(windows.coarse["g_loss"][0], values.reshape(-1, size).mean(axis=1))
    assert windows.fine["g_loss"].shape == (1, FINE)


@pytest.mark.parametrize("points", [100, 400, 3_000, 9_000, 40_000])
@pytest.mark.parametrize("every", [1, 5])
def test_what_comes_later_changes_no_window(points: int, every: int) -> None:
    whole = pair(60_000, every=every)
    step = np.array([points])
    (later,) = history(whole).windows(step, np.zeros(1, dtype=np.int64))
    (then,) = history(whole.until(points)).windows(step, np.zeros(1, dtype=np.int64))
    assert later.points == then.points
    for name in ("fine", "coarse", "before", "initial_sizes"):
        for role, values in getattr(later, name).items():
            assert np.array_equal(values, getattr(then, name)[role], equal_nan=True), (name, role)


def test_a_value_that_is_not_finite_repeats_the_one_before_and_is_counted_at_the_end() -> None:
    game = pair(200)
    values = game.curves["d_loss"].values.copy()
    values[180], values[197:] = np.inf, np.nan
    curves = {**game.curves, "d_loss": Curve("d", game.curves["d_loss"].steps, values)}
    (windows,) = history(PlayerPair(curves)).windows(np.array([199]), np.zeros(1, dtype=np.int64))
    seen = windows.fine["d_loss"][0]
    assert np.isfinite(seen).all()
    assert seen[-1] == seen[-4] == values[196]
    assert windows.trailing_nonfinite[0] == 3


def test_young_runs_are_not_looked_at() -> None:
    assert not list(history(pair(SMALLEST - 1)).windows(np.array([SMALLEST]), np.zeros(1, dtype=np.int64)))
    assert list(history(pair(50)).points(np.array([-5, 3, 1_000]))) == [0, 4, 50]


@pytest.mark.parametrize("resumed_at", [1, 700, 5_003, 19_999])
def test_blocks_of_a_resumed_run_are_those_of_a_run_written_once(
    resumed_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows_module, "VALUES_PER_PASS", 64)
    random = np.random.default_rng(resumed_at)
    series, standing, held = Series("d"), CurrentSegments(), History()
    for begin, end in ((0, 20_000), (resumed_at, resumed_at + 3_000), (resumed_at + 3_000, 21_000)):
        count = max(0, end - begin)
        series.extend(Column("d", np.arange(begin, begin + count), random.standard_normal(count)))
        held.extend(PlayerPair({"d_loss": standing.curve(series.view())}))
    curve = standing.curve(series.view())
    anew = history(PlayerPair({"d_loss": Curve("d", np.array(curve.steps), np.array(curve.values))}))
    for size in (8, 64):
        blocks, expected = (h.tracks["d_loss"].level(size) for h in (held, anew))
        assert np.array_equal(blocks, expected)
        assert len(expected) == len(curve) // size or len(curve) // size * 8 <= 2 * FINE
