"""Measures of stacks of windows, against what their words say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gan_tui.diagnosis.statistics import (
    amplitude_ratio,
    autocorrelation_time,
    changes,
    clip_outliers,
    correlation,
    step_noise,
)


def noise(rows: int = 3, points: int = 512, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((rows, points))


def test_white_noise_is_not_slow_and_a_walk_is() -> None:
    white = noise()
    assert np.abs(autocorrelation_time(white, 8)).max() < 0.15
    walk = white.cumsum(axis=1)
    assert autocorrelation_time(walk, 8).min() > 0.6
    assert autocorrelation_time(np.tile([1.0, -1.0], (2, 200)), 8).max() < -1


def test_one_spike_rules_nothing() -> None:
    spiked = noise()
    spiked[:, 200] = 1e30
    assert np.abs(clip_outliers(spiked)).max() < 20
    assert (
        np.abs(autocorrelation_time(clip_outliers(spiked), 8) - autocorrelation_time(noise(), 8)).max() < 0.1
    )


def test_a_swing_is_told_from_noise() -> None:
    time = np.linspace(0, 6 * np.pi, 512)
    still = amplitude_ratio(noise(), step_noise(noise()))
    swung = amplitude_ratio(noise() + 5 * np.sin(time), step_noise(noise()))
    assert still.max() < 0.5
    assert swung.min() > 2


def test_correlation_is_numpys() -> None:
    a, b = noise(seed=1), noise(seed=2) + 0.5 * noise(seed=1)
    expected = [np.corrcoef(x, y)[0, 1] for x, y in zip(a, b, strict=True)]
    assert correlation(a, b) == pytest.approx(expected)
    expected = [np.corrcoef(np.diff(x), np.diff(y))[0, 1] for x, y in zip(a, b, strict=True)]
    assert correlation(changes(a), changes(b)) == pytest.approx(expected)


def test_what_cannot_be_told_is_not_a_number() -> None:
    flat = np.ones((2, 40))
    assert np.isnan(autocorrelation_time(flat, 8)).all()
    assert np.isnan(autocorrelation_time(noise(points=20), 8)).all()
    assert np.isnan(amplitude_ratio(flat, np.zeros(2))).all()
    assert np.isnan(correlation(flat, noise(2, 40))).all()
    assert np.isnan(correlation(noise(points=5), noise(points=5))).all()


@given(arrays(np.float64, (2, 48), elements=st.floats(-1e100, 1e100)))
def test_rows_do_not_know_of_each_other(values: np.ndarray) -> None:
    with np.errstate(all="ignore"):
        together = autocorrelation_time(clip_outliers(values), 8)
        alone = [autocorrelation_time(clip_outliers(row[None]), 8)[0] for row in values]
    assert np.array_equal(together, alone, equal_nan=True)
