"""Signals that end the program: the terminal is restored first, then they take their usual effect."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

_NAMES = ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGXCPU")
EXIT_SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))
"""Signals that end a program by default and that people, terminals and job queues send."""


class ExitSignals:
    """Catches the signals that end a program while a screen is shown.

    Args:
        leave: Closes the screen.
    """

    def __init__(self, leave: Callable[[], None]) -> None:
        self._leave = leave
        self._caught: signal.Signals | None = None
        self._previous: dict[signal.Signals, Any] = {}
        """The handlers before `catch`."""
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def caught(self) -> bool:
        """Whether a signal has asked the program to end."""
        return self._caught is not None

    def catch(self) -> None:
        """Catch the signals from now on. Does nothing off the main thread, where that is not possible."""
        self._loop = asyncio.get_running_loop()
        for number in EXIT_SIGNALS:
            if number in self._previous or signal.getsignal(number) == signal.SIG_IGN:  # as under nohup
                continue
            # Not with loop.add_signal_handler: the loop may be waiting for a terminal that is stopped.
            with suppress(ValueError, OSError):
                self._previous[number] = signal.signal(number, self._handle)

    def release(self) -> None:
        """Restore the previous handlers."""
        for number, handler in self._previous.items():
            with suppress(ValueError, OSError, TypeError):
                signal.signal(number, handler)
        self._previous.clear()

    def raise_signal(self, number: signal.Signals) -> None:
        """End the program as if the signal `number` had been sent; may be called from any thread."""
        self._caught = self._caught or number
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended by itself in the meantime
                self._loop.call_soon_threadsafe(self._leave)

    def pass_on(self) -> None:
        """End the process by the signal that was caught, so that its parent sees the right exit status."""
        if self._caught is not None:
            signal.signal(self._caught, signal.SIG_DFL)
            os.kill(os.getpid(), self._caught)

    def _handle(self, number: int, _: FrameType | None) -> None:
        self.raise_signal(signal.Signals(number))
