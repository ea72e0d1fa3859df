"""Monitoring without a screen: a line for each change, alerts, and an end that a job script can use."""

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

POLL_SECONDS = 1.0
"""Maximum time between two turns of the monitor."""


class _LastReported(Struct):
    """What was last reported about a run."""

    badge: Badge | None = None
    missing: bool = False
    faults: int = 0
    restarts: int = 0
    note: str = ""


class HeadlessWatch:
    """Follows runs and prints one line for each change, for job scripts and screen readers.

    Args:
        monitor: The runs.
        write_line: Called with each line.
        trigger: Decides when to send an alert; None for never.
        dispatcher: Delivers alerts; None if there are no actions.
        until: Decides when to end; None for never.
        style: How lines are written.
        now: A monotonic clock, in seconds.
    """

    def __init__(
        self,
        monitor: Monitor,
        write_line: Callable[[str], None],
        *,
        trigger: Trigger | None = None,
        dispatcher: Dispatcher | None = None,
        until: Trigger | None = None,
        style: TextStyle | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monitor = monitor
        self._write_line = write_line
        self._trigger = trigger
        self._dispatcher = dispatcher
        self._until = until
        self._style = style or TextStyle()
        self._now = now
        self._reported: dict[str, _LastReported] = {}
        self._waiting = False

    def run(self, timeout: float | None = None) -> bool:
        """Watch until a badge of `until` is reached, `timeout` seconds have passed, or the input has ended.

        Returns:
            Whether a badge of `until` was reached.
        """
        deadline = None if timeout is None else self._now() + timeout
        while deadline is None or self._now() < deadline:
            snapshot = self._monitor.turn()
            if snapshot is not None:
                self._report_waiting(snapshot)
                if self._report_runs(snapshot.runs):
                    return True
            elif self._monitor.ended:
                return False
            left = POLL_SECONDS if deadline is None else min(POLL_SECONDS, max(0.0, deadline - self._now()))
            self._monitor.wait(left)
        return False

    def _print(self, text: str) -> None:
        self._write_line(self._style.plain(text))

    def _report_waiting(self, snapshot: Snapshot) -> None:
        """Tell the user that we are waiting, since silence could be mistaken for success."""
        waiting = not any(run.series for run in snapshot.runs) and not snapshot.reading
        if waiting and not self._waiting:
            path = clean(snapshot.waiting_for, 200) or "standard input"
            self._print(f"waiting for the first point in {path}")
        self._waiting = waiting

    def _report_runs(self, runs: Sequence[RunState]) -> bool:
        """Report every run; return whether one of them has a badge of `until`."""
        reached = False
        for run in runs:
            reached |= self._report_run(run)
        return reached

    def _report_run(self, run: RunState) -> bool:
        """Report what changed in a run; return whether it has a badge of `until`."""
        if run.status is Status.READING:
            return False  # points from before the start are diagnosed together, not one by one
        reported = self._reported.setdefault(run.path, _LastReported())
        for change in self._changes(run, reported):
            self._print(f"{clean(run.name, 80)}: {change}")
        alert = self._trigger.check(run) if self._trigger else None
        if alert and self._dispatcher:
            self._print(f"alert: {alert.line()}")
            self._dispatcher.send(alert)
        return self._until is not None and self._until.check(run) is not None

    @staticmethod
    def _changes(run: RunState, reported: _LastReported) -> Iterator[str]:
        """Yield a line for each change since the last report, and update `reported`."""
        badge = run.diagnosis.badge
        if badge is not reported.badge and run.series:
            yield _badge_line(run, reported.badge)
            reported.badge = badge
        missing = run.status is Status.MISSING
        if missing is not reported.missing:
            reported.missing = missing
            yield "the log is missing" if missing else "the log is back"
        restarts = max((len(s.view.segments) - 1 for s in run.series), default=0)
        if restarts > reported.restarts:
            yield f"restarted from an earlier {run.axis}" + (f", {restarts} times" * (restarts > 1))
        reported.restarts = restarts
        # Report the first fault and then doublings, so that a damaged log does not fill the screen.
        if len(run.faults) >= max(1, 2 * reported.faults):
            reported.faults = len(run.faults)
            newest = run.faults[-1]
            count = f"{reported.faults:,} fault" + "s" * (reported.faults > 1)
            yield f"{count}, the newest at byte {newest.offset:,}: {clean(newest.reason, 200)}"
        if run.note and run.note != reported.note:
            reported.note = run.note
            yield clean(run.note, 300)


def _badge_line(run: RunState, previous: Badge | None) -> str:
    diagnosis = run.diagnosis
    was = "" if previous is None else f", was {previous.label}"
    since = "" if diagnosis.since_step is None else f" since {run.axis} {diagnosis.since_step:,}"
    reason = f": {clean(diagnosis.findings[0].sentence, 300)}" if diagnosis.findings else ""
    return f"{diagnosis.badge.label}{since}{was}{reason}"
