"""The words of a diagnosis: badges, findings, the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field


class Badge(StrEnum):
    """How the game stands, gravest last."""

    WARMING_UP = "warming-up"
    CONVERGING = "converging"
    OSCILLATING = "oscillating"
    COLLAPSE = "collapse"
    DIVERGED = "diverged"

    @property
    def label(self) -> str:
        """The words on the screen: a collapse read from curves stays suspected."""
        return "suspected collapse" if self is Badge.COLLAPSE else str(self).replace("-", " ")


class Finding(Struct, frozen=True):
    """What one rule saw."""

    rule: str
    """The rule's name, as in rules.py."""
    badge: Badge
    """The badge that the finding speaks for."""
    sentence: str
    """Plain words with numbers and steps, which a person can check on the chart."""
    first_step: int
    last_step: int
    gravity: float
    """How strongly it speaks, 0..1."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """The figures in the sentence, by name."""


class Moment(Struct, frozen=True):
    """From `step` on, `badge` holds."""

    step: int
    badge: Badge


class Diagnosis(Struct, frozen=True):
    """How a run stands: one badge with its reasons."""

    badge: Badge
    since_step: int | None = None
    confidence: float = 0.0
    """Share of such badges that are right, 0..1, as measured on runs with known outcome."""
    also: tuple[Badge, ...] = ()
    """Further states that hold at the same time."""
    findings: tuple[Finding, ...] = ()
    """Gravest first; those for the badge before the others."""
    timeline: tuple[Moment, ...] = ()
    """Each change of badge, oldest first."""

    def supports(self, finding: Finding) -> bool:
        """Whether a finding speaks for the badge or a state beside it, rather than against it."""
        return finding.badge in (self.badge, *self.also)


UNKNOWN = Diagnosis(Badge.WARMING_UP)
