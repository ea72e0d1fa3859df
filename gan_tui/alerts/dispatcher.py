"""Carries alerts to what is done about them, on threads of their own."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from gan_tui.alerts.trigger import Action, Alert
from gan_tui.sanitize import clean

CLOSE_SECONDS = 60.0
"""How long the end of watching waits for alerts that are still being carried out."""
LAST_WAIT = 0.5
"""Seconds between the last tries at a hook when everything else has ended."""
QUEUE_LENGTH = 1_000
"""Alerts that wait for slow hooks; beyond it new ones are reported as lost."""


class _Carrier:
    """Does one action about each alert, on a thread of its own."""

    def __init__(self, action: Action, complain: Callable[[str], None]) -> None:
        self._action = action
        self._complain = complain
        self._waiting: queue.Queue[Alert | None] = queue.Queue(QUEUE_LENGTH)
        self._thread = threading.Thread(target=self._work, name="gan-tui alert", daemon=True)
        self._thread.start()

    def send(self, alert: Alert) -> None:
        try:
            self._waiting.put_nowait(alert)
        except queue.Full:
            self._complain(f"too many alerts are waiting; lost: {alert.line()}")

    def finish(self) -> None:
        """Nothing more will be sent."""
        with suppress(queue.Full):
            self._waiting.put_nowait(None)

    def join(self, timeout: float) -> bool:
        """Let what waits be done, at most `timeout` seconds; whether all of it was."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (alert := self._waiting.get()) is not None:
            try:
                problem = self._action(alert)
            except Exception as error:  # noqa: BLE001 - one alert that fails must not end those after it
                problem = f"an alert failed: {type(error).__name__}: {clean(str(error), 200)}"
            if problem:
                self._complain(problem)


class RetryWait:
    """Waits between tries; nobody waits long for a dead hook when everything else has ended."""

    def __init__(self) -> None:
        self._ended = threading.Event()

    def wait(self, seconds: float) -> None:
        """Sleep so long, or a moment once the end has come."""
        if self._ended.wait(seconds):
            time.sleep(min(seconds, LAST_WAIT))

    def end(self) -> None:
        """Be short from now on."""
        self._ended.set()


class Dispatcher:
    """Carries alerts to their actions, each on a thread of its own: a dead hook holds up nobody.

    Args:
        actions: What is done about each alert.
        complain: Told, in one line, of each action that failed. Called from those threads.
        patience: What actions wait with between their tries; it runs out at the end.
    """

    def __init__(
        self,
        actions: Sequence[Action],
        complain: Callable[[str], None],
        patience: RetryWait | None = None,
    ) -> None:
        self._complain = complain
        self._patience = patience
        self._carriers = [_Carrier(action, complain) for action in actions]

    def send(self, alert: Alert) -> None:
        """Have the actions done, soon."""
        for carrier in self._carriers:
            carrier.send(alert)

    def close(self, timeout: float = CLOSE_SECONDS, now: Callable[[], float] = time.monotonic) -> None:
        """Let what waits be done, at most `timeout` seconds; what is not is complained of."""
        deadline = now() + timeout
        if self._patience is not None:
            self._patience.end()
        for carrier in self._carriers:
            carrier.finish()
        done = [carrier.join(max(0.0, deadline - now())) for carrier in self._carriers]
        unfinished = done.count(False)
        if unfinished:
            self._complain(f"gave up on {unfinished} alert{'s' * (unfinished > 1)} after {timeout:.0f} s")
