"""The result of a diagnosis: badge, findings, timeline."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field


class Badge(StrEnum):
    """The state of a training, in ascending order of severity."""

    WARMING_UP = "warming-up"
    CONVERGING = "converging"
    OSCILLATING = "oscillating"
    COLLAPSE = "collapse"
    DIVERGED = "diverged"

    @property
    def label(self) -> str:
        """The words on the screen: a collapse seen in curves alone is a suspicion."""
        return "suspected collapse" if self is Badge.COLLAPSE else str(self).replace("-", " ")


class Finding(Struct, frozen=True):
    """What one rule found."""

    rule: str
    """The rule's name, as in rules.py."""
    badge: Badge
    """The badge that the finding is evidence for."""
    sentence: str
    """Plain words with numbers and steps that the user can check on the chart."""
    first_step: int
    last_step: int
    severity: float
    """How strong the evidence is, 0..1."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """The figures behind the sentence, by name."""


class BadgeChange(Struct, frozen=True):
    """From `step` on the badge is `badge`."""

    step: int
    badge: Badge


class Diagnosis(Struct, frozen=True):
    """The state of a run: one badge with its findings."""

    badge: Badge
    since_step: int | None = None
    confidence: float = 0.0
    """The share of such badges that are right, 0..1, measured on runs with known outcome."""
    also: tuple[Badge, ...] = ()
    """Further states that hold at the same time."""
    findings: tuple[Finding, ...] = ()
    """Those for the badge first, then by descending severity."""
    timeline: tuple[BadgeChange, ...] = ()
    """Every change of the badge, the oldest first."""

    def supports(self, finding: Finding) -> bool:
        """Return whether a finding is evidence for the badge or a state in `also`, not against them."""
        return finding.badge in (self.badge, *self.also)


UNKNOWN = Diagnosis(Badge.WARMING_UP)
