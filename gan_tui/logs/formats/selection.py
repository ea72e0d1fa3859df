"""Which format a growing log is in: asked again while the log is young, settled once it is not."""

from __future__ import annotations

from gan_tui.logs.formats.registry import HEAD_BYTES, Format, detect

GLANCE_BYTES = 8_192
"""What tells the format of nearly every log, at an eighth of the time."""
LIMIT_BYTES = 16 * HEAD_BYTES
"""A log whose first MiB says nothing in any format is given up: no banner is so long."""


def told(head: bytes, filename: str) -> Format | None:
    """The format of a log, from as much of its head as is needed; see `detect`."""
    glance = head[: head.rfind(b"\n", 0, GLANCE_BYTES) + 1]
    return (detect(glance, filename) if glance else None) or detect(head, filename)


class FormatSelection:
    """The format of one log, from as much of its head as there is.

    A first line that is still being written can look like anything, and the banner of a console log
    like a table: so nothing is decided before a whole line is there, and the question is put again
    each time the head has doubled.

    Args:
        filename: Name or path of the log; "" for a pipe.
        forced: The format a person named; it is never questioned.
    """

    def __init__(self, filename: str, forced: Format | None = None) -> None:
        self.format = forced
        self._filename = filename
        self._forced = forced is not None
        self.forget()

    def forget(self) -> None:
        """The log was written anew, maybe as something else."""
        self._seen = 0
        self._asked = (0, False)
        if not self._forced:
            self.format = None

    def wanted(self, size: int, *, final: bool = False) -> int:
        """How many bytes of head to look at next, of a log of `size` bytes; 0 for none.

        Args:
            size: Bytes in the log.
            final: No more will come for now, so an unfinished first line counts too.
        """
        if self._forced or self._seen >= LIMIT_BYTES:
            return 0
        if self._seen >= HEAD_BYTES:
            ask = self.format is None and size > self._seen
        elif self.format is None:
            ask = (size, final) != self._asked
        else:
            ask = size >= 2 * self._seen
        self._asked = (size, final)
        return min(size, 2 * self._seen if self._seen >= HEAD_BYTES else HEAD_BYTES) if ask else 0

    def consider(self, head: bytes, *, final: bool = False) -> bool:
        """Look at the first bytes of the log, as many as `wanted` asked for.

        Returns:
            Whether the format is another than before, so that reading must begin anew.
        """
        if not (final or _tells(head)):
            return False
        self._seen = len(head)
        found = told(head, self._filename)
        if found is None or found is self.format:
            return False
        self.format = found
        return True

    @property
    def hopeless(self) -> bool:
        """A good deal of the log was looked at, and no format fits."""
        return self.format is None and self._seen >= HEAD_BYTES


def _tells(head: bytes) -> bool:
    return b"\n" in head or b"\r" in head or b"\0" in head[:64] or len(head) >= HEAD_BYTES
