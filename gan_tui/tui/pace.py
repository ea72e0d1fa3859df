"""As many frames as the terminal takes: the next one waits until the last has arrived."""

from __future__ import annotations

from collections.abc import Callable

ASK = "\x1b[6n"
"""Asks the terminal where its cursor is; the answer comes when all that was sent before has been drawn."""
PATIENCE = 2.0
"""Seconds after which an answer no longer comes."""
LITTLE = 1_000
"""So many characters any line takes within a second: nothing is asked after fewer."""
TRIES = 3
"""A terminal that has left so many questions unanswered in a row is asked no more."""


class Pace:
    """Knows whether the terminal is still busy with what it was sent.

    Over a slow line what is written piles up in buffers that nobody can look into, and a key press is
    answered behind all of it. So each larger frame ends with a question, and frames that nobody asked for
    wait for the answer.

    Args:
        now: The clock, seconds; monotonic.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._asked: float | None = None
        self._missed = 0
        self._unasked = 0

    def question(self, size: int) -> str:
        """What to send after a frame; "" while an answer is still awaited, or after little.

        Args:
            size: Characters in the frame.
        """
        self._unasked += size
        if self._unasked < LITTLE or self.busy or self._missed >= TRIES:
            return ""
        self._asked = self._now()
        self._unasked = 0
        return ASK

    def answered(self) -> None:
        """The terminal has taken everything."""
        self._asked, self._missed = None, 0

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        if self._asked is not None and self._now() - self._asked > PATIENCE:
            self._asked = None
            self._missed += 1
        return self._asked is not None
