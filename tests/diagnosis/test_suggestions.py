"""Suggestions: at most three a finding, each with its source, none for a run in balance."""

from __future__ import annotations

import re

import pytest

from gan_tui.diagnosis import suggestions
from gan_tui.diagnosis.result import Badge, Finding
from gan_tui.diagnosis.rules import CERTAIN_RULES, RULES
from gan_tui.diagnosis.sample_rules import RULES as SAMPLE_RULES
from gan_tui.diagnosis.suggestions import LOOK, MAX_SUGGESTIONS, Suggestion, suggestions_for

NAMES = [
    *(r.__name__ for r in CERTAIN_RULES),
    *(r.name for r in RULES),
    *(f"samples_{r.__name__}" for r in SAMPLE_RULES),
    "of tomorrow",
]
ALL = [held for held in vars(suggestions).values() if isinstance(held, Suggestion)]


def finding(rule: str, badge: Badge) -> Finding:
    return Finding(rule, badge, "something was seen", 10, 20, 0.9)


@pytest.mark.parametrize("rule", NAMES)
@pytest.mark.parametrize("badge", [Badge.COLLAPSE, Badge.OSCILLATING, Badge.DIVERGED])
@pytest.mark.parametrize("objective", ["bce", "wasserstein", "unknown"])
def test_every_finding_has_one_to_three_suggestions_without_the_general_one(
    rule: str, badge: Badge, objective: str
) -> None:
    given = suggestions_for(finding(rule, badge), objective)
    assert 1 <= len(given) <= MAX_SUGGESTIONS
    assert len(set(given)) == len(given)
    assert LOOK not in given


@pytest.mark.parametrize("badge", [Badge.CONVERGING, Badge.WARMING_UP])
def test_a_game_in_balance_needs_none(badge: Badge) -> None:
    assert suggestions_for(finding("wandering", badge)) == ()


@pytest.mark.parametrize("remedy", ALL, ids=lambda r: r.text[:20])
def test_each_names_a_source_and_claims_nothing(remedy: Suggestion) -> None:
    assert re.search(r"arXiv:\d{4}\.\d{5}|ganhacks|documentation", remedy.source)
    assert remedy.text[0].isupper()
    assert not re.search(r"\b(will|fixes|solves|always|guarantee)", remedy.text)


def test_what_the_issue_asks_for_is_among_them() -> None:
    said = " ".join(r.text.lower() for r in ALL)
    for word in ("learning rates", "ttur", "smooth d's labels", "r1", "gradient penalty", "spectral",
                 "critic steps", "packing", "minibatch discrimination", "varied data", "before the onset",
                 "look at the samples"):  # fmt: skip
        assert word in said


def test_every_rule_named_here_exists() -> None:
    assert {rule for rule, _ in suggestions._BY_FINDING} <= set(NAMES)
