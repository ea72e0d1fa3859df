"""Watching without a screen: one line at each change, alerts, and an end that a job script can use."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from gan_tui.alerts import Alarm, Messenger
from gan_tui.diagnosis.result import Badge
from gan_tui.monitor import Monitor
from gan_tui.report.text import Paper
from gan_tui.snapshot import RunState, Status
from gan_tui.text import clean

TURN_WAIT = 1.0
"""Seconds between looks where nothing wakes the watch."""


class PlainWatch:
    """Follows runs and says in one line what changes: made for job scripts and screen readers.

    Args:
        monitor: The runs.
        say: Takes each line.
        alarm: Tells when somebody is to be called; None never.
        messenger: Carries the alerts.
        until: Badges at which watching ends.
        paper: How lines are written.
        now: The clock, seconds; monotonic.
    """

    def __init__(
        self,
        monitor: Monitor,
        say: Callable[[str], None],
        *,
        alarm: Alarm | None = None,
        messenger: Messenger | None = None,
        until: Sequence[Badge] = (),
        paper: Paper | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monitor = monitor
        self._say = say
        self._alarm = alarm
        self._messenger = messenger
        self._until = Alarm(until) if until else None
        self._paper = paper or Paper()
        self._now = now
        self._badges: dict[str, Badge] = {}

    def run(self, timeout: float | None = None) -> bool:
        """Watch until a badge of `until` comes up, or `timeout` seconds are over.

        Returns:
            Whether a badge of `until` came up.
        """
        deadline = None if timeout is None else self._now() + timeout
        while deadline is None or self._now() < deadline:
            snapshot = self._monitor.turn()
            if snapshot is not None and self._look_at(snapshot.runs):
                return True
            left = TURN_WAIT if deadline is None else min(TURN_WAIT, max(0.0, deadline - self._now()))
            self._monitor.wait(left)
        return False

    def _look_at(self, runs: Sequence[RunState]) -> bool:
        """Look at every run, whatever the first ones say."""
        came_up = False
        for run in runs:
            came_up |= self._look(run)
        return came_up

    def _look(self, run: RunState) -> bool:
        """Say what is new of one run; whether it has a badge of `until`."""
        if run.status is Status.READING:
            return False  # what was there before is judged as a whole, not told point by point
        badge = run.diagnosis.badge
        before = self._badges.get(run.path)
        if badge is not before:
            self._badges[run.path] = badge
            self._say(self._line(run, before))
        alert = self._alarm.look(run) if self._alarm else None
        if alert and self._messenger:
            self._messenger.send(alert)
        return self._until is not None and self._until.look(run) is not None

    def _line(self, run: RunState, before: Badge | None) -> str:
        diagnosis = run.diagnosis
        was = "" if before is None else f", was {before.label}"
        since = "" if diagnosis.since_step is None else f" since {run.axis} {diagnosis.since_step:,}"
        why = f": {clean(diagnosis.findings[0].sentence, 300)}" if diagnosis.findings else ""
        return self._paper.plain(f"{clean(run.name, 80)}: {diagnosis.badge.label}{since}{was}{why}")
