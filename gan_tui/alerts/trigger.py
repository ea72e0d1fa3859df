"""When a badge calls for somebody, and what is said then."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from gan_tui.diagnosis.result import Badge
from gan_tui.monitoring.snapshot import RunState
from gan_tui.sanitize import clean

FACTS = tuple(f"GAN_TUI_{name}" for name in ("RUN", "PATH", "BADGE", "SINCE", "STEP", "CONFIDENCE", "REASON"))
"""Variables that a command finds in its environment."""


class Alert(Struct, frozen=True):
    """One run has had a badge for long enough."""

    run: RunState
    badge: Badge
    since_step: int
    step: int

    def environment(self) -> dict[str, str]:
        """The facts, as environment variables for a command. Control characters are taken out."""
        reason = self.run.diagnosis.findings[0].sentence if self.run.diagnosis.findings else ""
        values = (
            self.run.name,
            self.run.path,
            str(self.badge),
            str(self.since_step),
            str(self.step),
            f"{self.run.diagnosis.confidence:.2f}",
            reason,
        )
        return {name: clean(value, 2_000) for name, value in zip(FACTS, values, strict=True)}

    def line(self) -> str:
        """The alert in one line of plain text."""
        return (
            f"{clean(self.run.name, 80)}: {self.badge.label} since {self.run.axis} {self.since_step:,}"
            f" (now {self.step:,})"
        )


class Trigger:
    """Tells when a badge has lasted long enough, once an episode.

    Args:
        badges: The badges that call for somebody.
        for_steps: How many steps one must have lasted.
    """

    def __init__(self, badges: Sequence[Badge], for_steps: int = 0) -> None:
        self._badges = frozenset(badges)
        self._for_steps = for_steps
        self._told: dict[str, tuple[Badge, int]] = {}

    def look(self, run: RunState) -> Alert | None:
        """The alert that this state of a run gives rise to, None most of the time."""
        diagnosis = run.diagnosis
        if diagnosis.badge not in self._badges or run.last_step is None:
            self._told.pop(run.path, None)
            return None
        since = run.last_step if diagnosis.since_step is None else diagnosis.since_step
        episode = (diagnosis.badge, since)
        if run.last_step - since < self._for_steps or self._told.get(run.path) == episode:
            return None
        self._told[run.path] = episode
        return Alert(run, diagnosis.badge, since, run.last_step)


Action = Callable[[Alert], str]
"""Does something about an alert; gives what went wrong, or ""."""
