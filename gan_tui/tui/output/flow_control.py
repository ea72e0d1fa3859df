"""As many frames as the terminal takes: the next one waits until the last has arrived."""

from __future__ import annotations

from collections.abc import Callable

PROBE = "\x1b[6n"
"""Asks the terminal where its cursor is; the answer comes when all that was sent before has been drawn."""
TIMEOUT_SECONDS = 2.0
"""Seconds after which an answer no longer comes."""
LITTLE = 1_000
"""So many characters any line takes within a second: nothing is asked after fewer."""
TRIES = 3
"""A terminal that has left so many questions unanswered in a row is asked no more."""


SLOW = 0.4
"""A frame that took so many seconds to arrive is measured: the line may be slow."""
ENOUGH = 2_000
"""A line is not called slow by fewer characters: an answer from afar takes its time, too."""
FAST = 20_000.0
"""Characters a second from which on a line takes whole frames."""
AIM = 0.08
"""Seconds that a piece of a frame may be on its way over a slow line: a key waits no longer behind it."""
LEAST, MOST = 120, 4_000
"""Characters of such a piece; a line that takes more of them in time is no longer slow."""


class FlowControl:
    """Knows whether the terminal is still busy with what it was sent, and how much it takes at once.

    Over a slow line what is written piles up in buffers that nobody can look into, and a key press is
    answered behind all of it. So each larger frame ends with a question, and frames that nobody asked for
    wait for the answer. Where the answers say that the line is slow, frames go out in pieces so small that
    little is ever on its way.

    Args:
        now: The clock, seconds; monotonic.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._asked: float | None = None
        self._missed = 0
        self._unasked = 0
        self._measured: tuple[float, int] | None = None
        """When the question was asked that is still to be answered, and after how many characters."""
        self.chunk: int | None = None
        """Characters that a slow line takes in good time; None for a line that takes everything."""

    def probe(self, size: int) -> str:
        """What to send after a frame; "" while an answer is still awaited, or after little.

        Args:
            size: Characters in the frame.
        """
        self._unasked += size
        enough = self._unasked >= LITTLE or self.chunk is not None
        if not enough or self.busy or self._missed >= TRIES:
            return ""
        self._asked = self._now()
        self._measured = self._measured or (self._asked, self._unasked)
        self._unasked = 0
        return PROBE

    def answered(self) -> None:
        """The terminal has taken everything that was sent before the question."""
        self._asked, self._missed = None, 0
        if self._measured is not None:
            began, size = self._measured
            self._measured = None
            self._judge(max(self._now() - began, 1e-3), size)

    def _judge(self, seconds: float, size: int) -> None:
        rate = size / seconds
        if self.chunk is None:
            if seconds > SLOW and size >= ENOUGH and rate < FAST:
                self.chunk = _within(rate * AIM)
        elif size >= LEAST:
            self.chunk = _within(0.6 * self.chunk + 0.4 * rate * AIM)
            if self.chunk == MOST:
                self.chunk = None

    @property
    def budget(self) -> int | None:
        """Characters that may be sent now; None for as many as there are."""
        if self.chunk is None or self._missed >= TRIES:
            return None
        if not self.busy:
            return max(self.chunk - self._unasked, self.chunk // 2)
        under_way = self._unasked + (0 if self._measured is None else self._measured[1])
        return max(0, self.chunk * 3 // 2 - under_way)

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        if self._asked is not None and self._now() - self._asked > TIMEOUT_SECONDS:
            self._asked = None
            self._missed += 1
        return self._asked is not None


def _within(size: float) -> int:
    return int(min(max(size, LEAST), MOST))
