"""What a rule reports: the figures of its signals, the step from which they hold, and no more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.diagnosis.badge_model import MODEL_BADGES, from_json
from gan_tui.diagnosis.result import Badge
from gan_tui.diagnosis.rules import RULES, apply_rules, certain_findings, may_be_certain
from gan_tui.diagnosis.signals import SignalRow, Signals

WHERE = {"first_step": 800.0, "fine_first_step": 900.0, "points": 400.0}


def sight(**signals: float) -> SignalRow:
    return SignalRow(1_000, {**WHERE, **signals})


def only(signal: str, badge: Badge, log_odds: float = 2.0):  # noqa: ANN201
    """Weights in which one signal speaks for one badge."""
    parts = {str(b): [log_odds * (b is badge)] * 2 for b in MODEL_BADGES}
    return from_json({
        "signals": {signal: {"knots": [-100.0, 100.0], **parts}},
        "intercept": {str(b): 0.0 for b in MODEL_BADGES},
        "confidence": {"evidence": [0, 1], "right": [0, 1]},
    })  # fmt: skip


@pytest.mark.parametrize(
    ("signals", "signal", "badge", "said"),
    [
        ({"halves": 0.1}, "halves", Badge.COLLAPSE,
         "two batches of fakes score alike (correlation of the changes 0.10, healthy runs are below -0.45)"),
        ({"halves": -0.8}, "halves", Badge.CONVERGING, "independently (correlation of the changes -0.80)"),
        ({"slow8_d": 0.0, "slow8_g": 0.6}, "slow8_g", Badge.OSCILLATING,
         "G's loss wanders: means of 8 points change 4.0 times as much as those of noise"),
        ({"slow8_d": 0.0, "level_d": 1.386, "slow8_g": 0.1, "level_g": 0.693}, "slow8_g", Badge.CONVERGING,
         "the losses bounce much as noise does (D's around 1.39 and G's around 0.693)"),
        ({"swing_g": 2.7, "swing_d": 0.3}, "swing_g", Badge.OSCILLATING,
         "since step 800 G's loss swings 2.7 times as wide as its own noise"),
        ({"share_d": 0.01, "low_d": 0.9, "balance_d": 1.386, "level_d": 0.01}, "share_d", Badge.DIVERGED,
         "D's loss is around 0.01 (1.39 at balance): D tells real from fake without effort"),
        ({"scores": 0.3, "score_gap": 4.0}, "scores", Badge.COLLAPSE, "4.0 of its own spreads above fakes"),
        ({"grown_g": 1.0, "level_g": 7.0}, "grown_g", Badge.DIVERGED, "around 7, 10 times what it was"),
        ({"opposition": 0.8}, "opposition", Badge.CONVERGING, "against each other from point to point"),
        ({"spread_d": -1.0, "spread_g": 0.0}, "spread_d", Badge.OSCILLATING,
         "the losses scatter: D's by 10 % and G's by 100 % of their size"),
        ({"widened_d": 0.5, "widened_g": 0.1}, "widened_d", Badge.OSCILLATING, "3.2 times as widely"),
        ({"same_d": 0.95, "same_g": 0.0, "level_d": 50.0}, "same_d", Badge.COLLAPSE,
         "D's loss stands still at 50 (95% of its values repeat the one before)"),
    ],
)  # fmt: skip
def test_a_rule_says_what_the_chart_shows(
    signals: dict[str, float], signal: str, badge: Badge, said: str
) -> None:
    (finding,) = apply_rules(sight(**signals), only(signal, badge), (badge,))
    assert said in finding.sentence
    assert finding.badge is badge
    assert finding.severity == pytest.approx(0.762)
    assert finding.numbers[signal] == signals[signal]
    assert (finding.first_step, finding.last_step) == (800, 1_000)


def test_what_speaks_against_the_verdict_is_said_after_it() -> None:
    seen = sight(halves=0.1, slow8_g=0.6)
    weights = only("halves", Badge.COLLAPSE)
    assert [f.badge for f in apply_rules(seen, weights, (Badge.OSCILLATING,))] == [Badge.COLLAPSE]


def test_a_faint_signal_is_not_said_unless_nothing_else_carries_the_badge() -> None:
    faint = only("halves", Badge.COLLAPSE, 0.1)
    assert apply_rules(sight(halves=0.1), faint, (Badge.OSCILLATING,)) == ()
    assert [f.rule for f in apply_rules(sight(halves=0.1), faint, (Badge.COLLAPSE,))] == ["fakes_alike"]


def test_certain_things_need_no_weights() -> None:
    assert [f.rule for f in certain_findings(sight(missing=3.0))] == ["not_finite"]
    assert certain_findings(sight(missing=2.0)) == ()
    blown = sight(size_g=1e6, start_g=0.7, balance_g=0.693, level_g=1e6)
    assert "G's loss is around 1e+06; it began around 0.7" in certain_findings(blown)[0].sentence
    fooled = sight(share_d=6.0, level_d=11.8, balance_d=1.386)
    assert "8.5 times what guessing would cost it (1.39)" in certain_findings(fooled)[0].sentence
    critic = sight(size_g=500.0, start_g=0.7)
    assert certain_findings(critic) == (), "a critic's loss has no bounds to leave"


@given(
    st.dictionaries(
        st.sampled_from(
            ["missing", "share_d", *(f"{s}_{p}" for s in ("size", "start", "balance") for p in "dg")]
        ),
        st.lists(st.floats() | st.sampled_from([0.0, 1.0, 3.0, 5.0, 1e4]), min_size=3, max_size=3),
    )
)
def test_no_certain_thing_is_passed_over_unlooked_at(held: dict[str, list[float]]) -> None:
    where = {name: np.full(3, float(value)) for name, value in WHERE.items()}
    signals = Signals(np.arange(3), where | {name: np.array(values) for name, values in held.items()})
    for index, looked_at in enumerate(may_be_certain(signals).tolist()):
        assert looked_at or not certain_findings(signals.at(index))


def test_every_rule_says_why_in_its_docstring() -> None:
    for rule in RULES:
        assert rule.describe.__doc__
        assert rule.signals
