"""Signals that end the program: the terminal is put back first, then they do what they always do."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress

ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


class EndingSignals:
    """Catches the signals that end a program while a screen is up.

    Args:
        leave: Takes the screen down.
    """

    def __init__(self, leave: Callable[[], None]) -> None:
        self._leave = leave
        self._caught: signal.Signals | None = None

    def catch(self) -> None:
        """Catch them from now on. Does nothing where signals cannot be caught: off the main thread."""
        loop = asyncio.get_running_loop()
        for number in ENDING:
            with suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self._take, number)

    def release(self) -> None:
        """Leave them alone again."""
        loop = asyncio.get_running_loop()
        for number in ENDING:
            with suppress(NotImplementedError, RuntimeError, ValueError):
                loop.remove_signal_handler(number)

    def pass_on(self) -> None:
        """End the process by the signal that was caught, so that whoever waits for it sees that."""
        if self._caught is not None:
            signal.signal(self._caught, signal.SIG_DFL)
            os.kill(os.getpid(), self._caught)

    def _take(self, number: signal.Signals) -> None:
        self._caught = number
        self._leave()
