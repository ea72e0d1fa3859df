"""Signals that end the program: the terminal is put back first, then they do what they always do."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

_NAMES = ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGXCPU")
ENDING = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))
"""What ends a program that does not care: people, terminals and job queues send all of them."""


class ExitSignals:
    """Catches the signals that end a program while a screen is up.

    Args:
        leave: Takes the screen down.
    """

    def __init__(self, leave: Callable[[], None]) -> None:
        self._leave = leave
        self._caught: signal.Signals | None = None
        self._before: dict[signal.Signals, Any] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def caught(self) -> bool:
        """Whether the program has been told to end."""
        return self._caught is not None

    def catch(self) -> None:
        """Catch them from now on. Does nothing where signals cannot be caught: off the main thread."""
        self._loop = asyncio.get_running_loop()
        for number in ENDING:
            if number in self._before or signal.getsignal(number) == signal.SIG_IGN:  # as under nohup
                continue
            # Not through the loop, which hears of nothing while it waits for a terminal that has stopped.
            with suppress(ValueError, OSError):
                self._before[number] = signal.signal(number, self._handle)

    def release(self) -> None:
        """Leave them alone again."""
        for number, handler in self._before.items():
            with suppress(ValueError, OSError, TypeError):
                signal.signal(number, handler)
        self._before.clear()

    def take(self, number: signal.Signals) -> None:
        """End the program as if `number` had come; may be called from any thread."""
        self._caught = self._caught or number
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended by itself meanwhile
                self._loop.call_soon_threadsafe(self._leave)

    def pass_on(self) -> None:
        """End the process by the signal that was caught, so that whoever waits for it sees that."""
        if self._caught is not None:
            signal.signal(self._caught, signal.SIG_DFL)
            os.kill(os.getpid(), self._caught)

    def _handle(self, number: int, _: FrameType | None) -> None:
        self.take(signal.Signals(number))
