"""Select the format of a growing log: detection is repeated while the log is short, then final."""

from __future__ import annotations

from gan_tui.logs.formats.registry import HEAD_BYTES, Format, detect

SHORT_HEAD_BYTES = 8_192
"""Enough to detect the format of nearly every log, in an eighth of the time."""
LIMIT_BYTES = 16 * HEAD_BYTES
"""Detection gives up after the first MiB without a match: no banner is longer."""


def detect_in_head(head: bytes, filename: str) -> Format | None:
    """Detect the format of a log from as little of its head as is needed; see `detect`."""
    short_head = head[: head.rfind(b"\n", 0, SHORT_HEAD_BYTES) + 1]
    return (detect(short_head, filename) if short_head else None) or detect(head, filename)


class FormatSelection:
    """The format of one log, detected from the bytes available so far.

    A first line that is still being written can look like any format, and the banner of a console log
    like a table. So detection waits for a whole line, and is repeated each time the head has doubled.

    Args:
        filename: Name or path of the log; "" for a pipe.
        forced: The format named by the user; it is never changed.
    """

    def __init__(self, filename: str, forced: Format | None = None) -> None:
        self.format = forced
        self._filename = filename
        self._forced = forced is not None
        self.reset()

    def reset(self) -> None:
        """Start over: the log was rewritten, perhaps in another format."""
        self._examined = 0
        self._last_request = (0, False)
        if not self._forced:
            self.format = None

    def bytes_needed(self, size: int, *, final: bool = False) -> int:
        """Return how many bytes of head to examine next; 0 if nothing is to be examined now.

        Args:
            size: Bytes in the log.
            final: No more bytes are expected for now, so an unfinished first line counts too.
        """
        if self._forced or self._examined >= LIMIT_BYTES:
            return 0
        if self._examined >= HEAD_BYTES:
            due = self.format is None and size > self._examined
        elif self.format is None:
            due = (size, final) != self._last_request
        else:
            due = size >= 2 * self._examined
        self._last_request = (size, final)
        return min(size, 2 * self._examined if self._examined >= HEAD_BYTES else HEAD_BYTES) if due else 0

    def examine(self, head: bytes, *, final: bool = False) -> bool:
        """Detect the format from the first bytes of the log, as many as `bytes_needed` asked for.

        Returns:
            Whether the format changed, so that reading must restart.
        """
        if not (final or _has_whole_line(head)):
            return False
        self._examined = len(head)
        detected = detect_in_head(head, self._filename)
        if detected is None or detected is self.format:
            return False
        self.format = detected
        return True

    @property
    def undetectable(self) -> bool:
        """Whether a large part of the log was examined and no format matches."""
        return self.format is None and self._examined >= HEAD_BYTES


def _has_whole_line(head: bytes) -> bool:
    return b"\n" in head or b"\r" in head or b"\0" in head[:64] or len(head) >= HEAD_BYTES
