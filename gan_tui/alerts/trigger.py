"""When a badge triggers an alert, and what an alert contains."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from gan_tui.diagnosis.result import Badge
from gan_tui.monitoring.snapshot import RunState
from gan_tui.sanitize import clean

VARIABLES = tuple(
    f"GAN_TUI_{name}" for name in ("RUN", "PATH", "BADGE", "SINCE", "STEP", "CONFIDENCE", "REASON")
)
"""Environment variables that a command gets."""


class Alert(Struct, frozen=True):
    """A run has had a badge for long enough."""

    run: RunState
    badge: Badge
    since_step: int
    step: int

    def environment(self) -> dict[str, str]:
        """Return the values of `VARIABLES`, without control characters."""
        findings = self.run.diagnosis.findings
        values = (
            self.run.name,
            self.run.path,
            str(self.badge),
            str(self.since_step),
            str(self.step),
            f"{self.run.diagnosis.confidence:.2f}",
            findings[0].sentence if findings else "",
        )
        return {name: clean(value, 2_000) for name, value in zip(VARIABLES, values, strict=True)}

    def line(self) -> str:
        """Return the alert as one line of plain text."""
        return (
            f"{clean(self.run.name, 80)}: {self.badge.label} since {self.run.axis} {self.since_step:,}"
            f" (now {self.step:,})"
        )


class Trigger:
    """Decides when a badge has lasted long enough; triggers once per episode.

    An episode is the time from the step at which a run gets the badge until it has another one.

    Args:
        badges: The badges that trigger.
        for_steps: The number of steps that a badge must have lasted.
    """

    def __init__(self, badges: Sequence[Badge], for_steps: int = 0) -> None:
        self._badges = frozenset(badges)
        self._for_steps = for_steps
        self._episodes: dict[str, tuple[Badge, int]] = {}
        """The last episode that triggered, by run path."""

    def check(self, run: RunState) -> Alert | None:
        """Return the alert that this state of a run triggers, or None."""
        diagnosis = run.diagnosis
        if diagnosis.badge not in self._badges or run.last_step is None:
            self._episodes.pop(run.path, None)
            return None
        since = run.last_step if diagnosis.since_step is None else diagnosis.since_step
        episode = (diagnosis.badge, since)
        if run.last_step - since < self._for_steps or self._episodes.get(run.path) == episode:
            return None
        self._episodes[run.path] = episode
        return Alert(run, diagnosis.badge, since, run.last_step)


Action = Callable[[Alert], str]
"""Does something about an alert; returns what went wrong, or ""."""
