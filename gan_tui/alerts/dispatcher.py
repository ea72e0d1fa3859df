"""Delivers alerts to their actions on background threads."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from gan_tui.alerts.trigger import Action, Alert
from gan_tui.sanitize import clean

CLOSE_SECONDS = 60.0
"""Maximum wait at the end for alerts that are still being delivered."""
FINAL_RETRY_SECONDS = 0.5
"""Wait between retries once the watch has ended."""
QUEUE_LENGTH = 1_000
"""Maximum alerts queued for one slow action; further ones are dropped and reported."""


class _ActionThread:
    """Runs one action for each alert, on a thread of its own."""

    def __init__(self, action: Action, report_problem: Callable[[str], None]) -> None:
        self._action = action
        self._report_problem = report_problem
        self._queue: queue.Queue[Alert | None] = queue.Queue(QUEUE_LENGTH)
        self._thread = threading.Thread(target=self._work, name="gan-tui alert", daemon=True)
        self._thread.start()

    def send(self, alert: Alert) -> None:
        try:
            self._queue.put_nowait(alert)
        except queue.Full:
            self._report_problem(f"alert queue full; dropped: {alert.line()}")

    def finish(self) -> None:
        """End the thread after the queued alerts."""
        with suppress(queue.Full):
            self._queue.put_nowait(None)

    def join(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds; return whether all alerts were delivered."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (alert := self._queue.get()) is not None:
            try:
                problem = self._action(alert)
            except Exception as error:  # noqa: BLE001 - a failing alert must not end those after it
                problem = f"an alert failed: {type(error).__name__}: {clean(str(error), 200)}"
            if problem:
                self._report_problem(problem)


class RetryWait:
    """Waits between retries; once the watch has ended, only briefly."""

    def __init__(self) -> None:
        self._ended = threading.Event()

    def wait(self, seconds: float) -> None:
        """Sleep for `seconds`, or at most `FINAL_RETRY_SECONDS` once the watch has ended."""
        if self._ended.wait(seconds):
            time.sleep(min(seconds, FINAL_RETRY_SECONDS))

    def end(self) -> None:
        """Shorten the current and all later waits."""
        self._ended.set()


class Dispatcher:
    """Delivers alerts to actions, each on its own thread: a dead webhook delays nothing else.

    Args:
        actions: What to do about each alert.
        report_problem: Called with one line for each action that failed, from those threads.
        retry_wait: What actions wait with between retries; `close` shortens it.
    """

    def __init__(
        self,
        actions: Sequence[Action],
        report_problem: Callable[[str], None],
        retry_wait: RetryWait | None = None,
    ) -> None:
        self._report_problem = report_problem
        self._retry_wait = retry_wait
        self._threads = [_ActionThread(action, report_problem) for action in actions]

    def send(self, alert: Alert) -> None:
        """Queue an alert for all actions."""
        for thread in self._threads:
            thread.send(alert)

    def close(self, timeout: float = CLOSE_SECONDS, now: Callable[[], float] = time.monotonic) -> None:
        """Wait at most `timeout` seconds until all alerts are delivered; report those that are not."""
        deadline = now() + timeout
        if self._retry_wait is not None:
            self._retry_wait.end()
        for thread in self._threads:
            thread.finish()
        done = [thread.join(max(0.0, deadline - now())) for thread in self._threads]
        unfinished = done.count(False)
        if unfinished:
            self._report_problem(
                f"gave up on {unfinished} alert{'s' * (unfinished > 1)} after {timeout:.0f} s"
            )
