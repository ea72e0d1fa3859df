"""The additive model: what a signal adds, and the file it comes from."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.diagnosis.badge_model import MODEL_BADGES, BadgeModel, fitted_model, from_json
from gan_tui.diagnosis.rules import RULES

SMALL = from_json({
    "signals": {
        "slow8_g": {
            "knots": [0.0, 1.0, 3.0],
            "converging": [1.0, 0.0, -2.0],
            "oscillating": [0.0, 1.0, 1.0],
            "collapse": [0.0, 0.0, 0.0],
            "diverged": [0.0, 0.0, 4.0],
        }
    },
    "intercept": {"converging": 0.5, "oscillating": 0.0, "collapse": -1.0, "diverged": 0.0},
    "confidence": {"evidence": [0.0, 1.0], "right": [0.2, 0.9]},
})  # fmt: skip


def test_a_signal_adds_along_straight_lines_and_no_more_beyond_the_ends() -> None:
    names, (added,) = SMALL.contributions_of({"slow8_g": np.array([-5.0, 0.5, 2.0, 99.0])})
    assert names == ["slow8_g"]
    assert added[:, MODEL_BADGES.index("converging")].tolist() == [1.0, 0.5, -1.0, -2.0]
    assert added[:, MODEL_BADGES.index("diverged")].tolist() == [0.0, 0.0, 2.0, 4.0]


@pytest.mark.parametrize("missing", [np.nan, np.inf])
def test_a_signal_that_cannot_be_told_adds_nothing(missing: float) -> None:
    assert not SMALL.contributions_of({"slow8_g": np.array([missing])})[1].any()
    assert SMALL.log_odds({"slow8_g": np.array([missing])}, 1).tolist() == [[0.5, 0.0, -1.0, 0.0]]
    assert SMALL.log_odds({}, 2).shape == (2, 4)


def test_odds_are_the_sum_of_what_signals_add() -> None:
    odds = SMALL.log_odds({"slow8_g": np.array([3.0]), "unheard of": np.array([1.0])}, 1)
    assert odds.tolist() == [[-1.5, 1.0, -1.0, 4.0]]
    assert SMALL.contributions_at({"slow8_g": 3.0})["slow8_g"].tolist() == [-2.0, 1.0, 0.0, 4.0]


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_signals_of_few_and_of_many_knots_are_interpolated_alike(values: list[float], random: Random) -> None:
    weights = fitted_model()
    signals = {n: np.array(values) for n in weights.knots if random.random() < 0.5}
    names, parts = weights.contributions_of(signals)
    assert set(names) == set(signals)
    for name, part in zip(names, parts, strict=True):
        for column in range(len(MODEL_BADGES)):
            expected = np.interp(values, weights.knots[name], weights.contributions[name][:, column])
            assert part[:, column] == pytest.approx(expected)


def test_confidence_is_the_share_that_was_right() -> None:
    assert SMALL.confidence(0.5) == pytest.approx(0.55)


def test_the_weights_that_come_with_the_program_hold_together() -> None:
    weights: BadgeModel = fitted_model()
    spoken_for = {name for rule in RULES for name in rule.signals}
    assert set(weights.knots) <= spoken_for, "every signal that decides has a rule that can say so"
    assert len(weights.knots) > 10
    for name, knots in weights.knots.items():
        assert (np.diff(knots) > 0).all(), name
        assert weights.contributions[name].shape == (len(knots), len(MODEL_BADGES))
        assert np.isfinite(weights.contributions[name]).all()
    assert (np.diff(weights.accuracy) >= 0).all()
    assert 0 <= weights.accuracy[0] <= weights.accuracy[-1] <= 1
