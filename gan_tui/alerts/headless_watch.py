"""Watching without a screen: one line at each change, alerts, and an end that a job script can use."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from gan_tui.alerts.dispatcher import Dispatcher
from gan_tui.alerts.trigger import Trigger
from gan_tui.diagnosis.result import Badge
from gan_tui.monitoring.monitor import Monitor
from gan_tui.monitoring.snapshot import RunState, Snapshot, Status
from gan_tui.sanitize import clean
from gan_tui.terminal.text_style import TextStyle

TURN_WAIT = 1.0
"""Seconds between looks where nothing wakes the watch."""


class _LastReported(Struct):
    """What has been said of one run."""

    badge: Badge | None = None
    gone: bool = False
    faults: int = 0
    restarts: int = 0
    note: str = ""


class HeadlessWatch:
    """Follows runs and says in one line what changes: made for job scripts and screen readers.

    Args:
        monitor: The runs.
        say: Takes each line.
        alarm: Tells when somebody is to be called; None never.
        messenger: Carries the alerts; None where there is nothing to be done about them.
        until: Tells when watching ends; None never.
        style: How lines are written.
        now: The clock, seconds; monotonic.
    """

    def __init__(
        self,
        monitor: Monitor,
        say: Callable[[str], None],
        *,
        alarm: Trigger | None = None,
        messenger: Dispatcher | None = None,
        until: Trigger | None = None,
        style: TextStyle | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monitor = monitor
        self._say_raw = say
        self._alarm = alarm
        self._messenger = messenger
        self._until = until
        self._style = style or TextStyle()
        self._now = now
        self._told: dict[str, _LastReported] = {}
        self._waits = False

    def run(self, timeout: float | None = None) -> bool:
        """Watch until a badge of `until` comes up, `timeout` seconds are over, or nothing more can come.

        Returns:
            Whether a badge of `until` came up.
        """
        deadline = None if timeout is None else self._now() + timeout
        while deadline is None or self._now() < deadline:
            snapshot = self._monitor.turn()
            if snapshot is not None:
                self._say_what_is_waited_for(snapshot)
                if self._look_at(snapshot.runs):
                    return True
            elif self._monitor.ended:
                return False
            left = TURN_WAIT if deadline is None else min(TURN_WAIT, max(0.0, deadline - self._now()))
            self._monitor.wait(left)
        return False

    def _say(self, words: str) -> None:
        self._say_raw(self._style.plain(words))

    def _say_what_is_waited_for(self, snapshot: Snapshot) -> None:
        """Silence may mean that all is well: say so where there is nothing to be well yet."""
        waits = not any(run.series for run in snapshot.runs)
        reading = snapshot.reading
        if waits and not reading and not self._waits:
            where = clean(snapshot.waiting_for, 200) or "standard input"
            self._say(f"waiting for the first point in {where}")
        self._waits = waits and not reading

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
        told = self._told.setdefault(run.path, _LastReported())
        for words in self._news(run, told):
            self._say(f"{clean(run.name, 80)}: {words}")
        alert = self._alarm.look(run) if self._alarm else None
        if alert and self._messenger:
            self._say(f"alert: {alert.line()}")
            self._messenger.send(alert)
        return self._until is not None and self._until.look(run) is not None

    @staticmethod
    def _news(run: RunState, told: _LastReported) -> Iterator[str]:
        """What has not been said yet, a line each."""
        badge = run.diagnosis.badge
        if badge is not told.badge and run.series:
            yield _badge_words(run, told.badge)
            told.badge = badge
        gone = run.status is Status.MISSING
        if gone is not told.gone:
            told.gone = gone
            yield "the log is gone" if gone else "the log is back"
        restarts = max((len(s.view.segments) - 1 for s in run.series), default=0)
        if restarts > told.restarts:
            yield f"begun again from an earlier {run.axis}" + (f", {restarts} times" * (restarts > 1))
        told.restarts = restarts
        # A log that is damaged throughout is not to fill the screen: the first fault, then doublings.
        if len(run.faults) >= max(1, 2 * told.faults):
            told.faults = len(run.faults)
            last = run.faults[-1]
            count = f"{told.faults:,} fault" + "s" * (told.faults > 1)
            yield f"{count}, the newest at byte {last.offset:,}: {clean(last.reason, 200)}"
        if run.note and run.note != told.note:
            told.note = run.note
            yield clean(run.note, 300)


def _badge_words(run: RunState, before: Badge | None) -> str:
    diagnosis = run.diagnosis
    was = "" if before is None else f", was {before.label}"
    since = "" if diagnosis.since_step is None else f" since {run.axis} {diagnosis.since_step:,}"
    why = f": {clean(diagnosis.findings[0].sentence, 300)}" if diagnosis.findings else ""
    return f"{diagnosis.badge.label}{since}{was}{why}"
