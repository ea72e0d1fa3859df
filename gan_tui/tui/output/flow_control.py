"""Flow control: the next frame waits until the terminal has drawn the last one."""

from __future__ import annotations

from collections.abc import Callable

PROBE = "\x1b[6n"
"""Asks for the cursor's position. The answer comes once everything sent before it has been drawn."""
TIMEOUT_SECONDS = 2.0
"""Wait for an answer."""
PROBE_AFTER = 1_000
"""Characters that any line takes within a second; no probe is sent after fewer."""
MAX_MISSED = 3
"""A terminal that has left this many probes in a row unanswered gets no more."""


SLOW_SECONDS = 0.4
"""A frame that took longer than this to arrive is measured: the line may be slow."""
MIN_MEASURED = 2_000
"""Characters below which a line is not called slow: an answer from far away takes time as well."""
FAST_RATE = 20_000.0
"""Characters a second from which on a line takes whole frames."""
TARGET_SECONDS = 0.08
"""Time that a chunk of a frame may take over a slow line, so that a key press need not wait behind it."""
MIN_CHUNK, MAX_CHUNK = 120, 4_000
"""Characters of such a chunk. A line that takes the largest one in time is no longer called slow."""


class FlowControl:
    """Knows whether the terminal is still drawing, and how much it takes at once.

    On a slow line, output piles up in buffers that cannot be inspected, and the reaction to a key press
    waits behind all of it. Each larger frame therefore ends with a probe, and frames that were not caused
    by a key wait for its answer. If the answers show that the line is slow, frames are sent in chunks that
    are small enough for little to be under way at any time.

    Args:
        now: Monotonic clock, seconds.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._probed_at: float | None = None
        self._missed = 0
        self._unprobed = 0
        """Characters sent since the last probe."""
        self._measured: tuple[float, int] | None = None
        """When the unanswered probe was sent, and after how many characters."""
        self.chunk: int | None = None
        """Characters that a slow line takes in time; None for a line that takes whole frames."""

    def probe(self, size: int) -> str:
        """Return what to send after a frame; "" while a probe is unanswered, or after little output.

        Args:
            size: Characters in the frame.
        """
        self._unprobed += size
        enough = self._unprobed >= PROBE_AFTER or self.chunk is not None
        if not enough or self.busy or self._missed >= MAX_MISSED:
            return ""
        self._probed_at = self._now()
        self._measured = self._measured or (self._probed_at, self._unprobed)
        self._unprobed = 0
        return PROBE

    def answered(self) -> None:
        """Note that the terminal has drawn everything sent before the probe."""
        self._probed_at, self._missed = None, 0
        if self._measured is not None:
            started, size = self._measured
            self._measured = None
            self._measure(max(self._now() - started, 1e-3), size)

    def _measure(self, seconds: float, size: int) -> None:
        rate = size / seconds
        if self.chunk is None:
            if seconds > SLOW_SECONDS and size >= MIN_MEASURED and rate < FAST_RATE:
                self.chunk = _clipped(rate * TARGET_SECONDS)
        elif size >= MIN_CHUNK:
            self.chunk = _clipped(0.6 * self.chunk + 0.4 * rate * TARGET_SECONDS)
            if self.chunk == MAX_CHUNK:
                self.chunk = None

    @property
    def budget(self) -> int | None:
        """Characters that may be sent now; None for no limit."""
        if self.chunk is None or self._missed >= MAX_MISSED:
            return None
        if not self.busy:
            return max(self.chunk - self._unprobed, self.chunk // 2)
        under_way = self._unprobed + (0 if self._measured is None else self._measured[1])
        return max(0, self.chunk * 3 // 2 - under_way)

    @property
    def busy(self) -> bool:
        """Whether a probe is unanswered."""
        if self._probed_at is not None and self._now() - self._probed_at > TIMEOUT_SECONDS:
            self._probed_at = None
            self._missed += 1
        return self._probed_at is not None


def _clipped(size: float) -> int:
    return int(min(max(size, MIN_CHUNK), MAX_CHUNK))
