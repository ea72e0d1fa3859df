"""A program in a terminal of its own, for the benchmarks: what it draws, when, and what that costs."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import pyte

TICKS = os.sysconf("SC_CLK_TCK")
ANSWERS = {
    b"\x1b[6n": b"\x1b[1;1R",  # where is the cursor
    b"\x1b[c": b"\x1b[?62;22c",  # what are you
    b"\x1b[0c": b"\x1b[?62;22c",
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",  # whole frames at once
    b"\x1b]11;?\x07": b"\x1b]11;rgb:0000/0000/0000\x07",  # paper and ink
    b"\x1b]11;?\x1b\\": b"\x1b]11;rgb:0000/0000/0000\x1b\\",
    b"\x1b]10;?\x07": b"\x1b]10;rgb:ffff/ffff/ffff\x07",
}
"""What a terminal is asked, and what it says."""
_UNKNOWN = re.compile(rb"\x1b\[[<=>][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p|\x1bP.*?\x1b\\", re.DOTALL)
"""Sequences that pyte would print as text."""


class Terminal:
    """A program on a pseudo terminal that answers as terminals do.

    Args:
        command: The program with its arguments.
        size: Columns and rows.
        environment: Set beside what holds here.
        emulate: Keep the screen, so that `screen` says what is on it; costs time of our own.
    """

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int] = (120, 40),
        environment: Mapping[str, str] | None = None,
        *,
        emulate: bool = True,
    ) -> None:
        self._screen = pyte.Screen(*size) if emulate else None
        self._stream = pyte.ByteStream(self._screen) if self._screen is not None else None
        self.bytes_read = 0
        self.frames: list[tuple[float, int]] = []
        """When something came, seconds since the start, and how many bytes."""
        held = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        # As an installed program runs: with its compiled modules.
        for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "NO_COLOR", "COLUMNS", "LINES"):
            held.pop(name, None)
        held.update(environment or {})
        self.started = time.monotonic()
        self.pid, self._fd = pty.fork()
        if not self.pid:
            try:
                os.execvpe(command[0], list(command), held)  # noqa: S606
            finally:
                os._exit(127)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self._status: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- what it draws -----------------------------------------------------------------------------

    def pump(self, seconds: float, until: Callable[[], bool] | None = None) -> bool:
        """Take what the program writes for so long, or until something holds; says whether it did.

        Args:
            seconds: How long at most.
            until: Looked at whenever something has come.
        """
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([self._fd], [], [], left)
            if not ready:
                break
            try:
                data = os.read(self._fd, 1 << 20)
            except OSError:
                data = b""
            if not data:
                break
            self._take(data)
            if until is not None and until():
                return True
        return until is not None and until()

    def _take(self, data: bytes) -> None:
        self.bytes_read += len(data)
        self.frames.append((time.monotonic() - self.started, len(data)))
        for question, answer in ANSWERS.items():
            if question in data:
                os.write(self._fd, answer * data.count(question))
        if self._stream is not None:
            self._stream.feed(_UNKNOWN.sub(b"", data))

    @property
    def lines(self) -> list[str]:
        """The lines of the screen as text."""
        return [] if self._screen is None else list(self._screen.display)

    @property
    def text(self) -> str:
        """The screen as text."""
        return "\n".join(self.lines)

    def deaf(self) -> None:
        """Keep the screen no more: from now on only bytes and answers count."""
        self._screen = self._stream = None

    def send(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._fd, keys)

    # -- what it costs -----------------------------------------------------------------------------

    def cpu(self) -> float:
        """Seconds of CPU the program has used, those of children that have ended included."""
        return sum(cpu_of(pid) for pid in (self.pid, *children_of(self.pid)))

    def close(self) -> None:
        """End the program."""
        if self._status is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)
            self.pump(3.0)
            with suppress(ProcessLookupError, ChildProcessError):
                ended, self._status = os.waitpid(self.pid, os.WNOHANG)
                if not ended:
                    os.kill(self.pid, signal.SIGKILL)
                    _, self._status = os.waitpid(self.pid, 0)
            os.close(self._fd)


def cpu_of(pid: int) -> float:
    """User and system time of a process and of its ended children, seconds; 0 where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS


def children_of(pid: int) -> list[int]:
    """All processes below a process."""
    below = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, task.read_text().split()):
                below += [child, *children_of(child)]
    return below


def has_chart(terminal: Terminal) -> bool:
    """Whether a curve is on the screen: braille cells in several of its lines."""
    return sum(any("\u2801" <= c <= "\u28ff" for c in line) for line in terminal.lines) >= 3


def gan_tui(*arguments: str) -> list[str]:
    """The command that runs this project's program with this interpreter."""
    return [str(Path(sys.executable).parent / "gan-tui"), *arguments]
