"""A program in its own pseudo-terminal, for the benchmarks: its output, its times and its CPU use."""

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
RESPONSES = {
    b"\x1b[6n": b"\x1b[1;1R",  # cursor position
    b"\x1b[c": b"\x1b[?62;22c",  # device attributes
    b"\x1b[0c": b"\x1b[?62;22c",
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",  # synchronized output
    b"\x1b]11;?\x07": b"\x1b]11;rgb:0000/0000/0000\x07",  # background and foreground colour
    b"\x1b]11;?\x1b\\": b"\x1b]11;rgb:0000/0000/0000\x1b\\",
    b"\x1b]10;?\x07": b"\x1b]10;rgb:ffff/ffff/ffff\x07",
}
"""Queries to the terminal, and its responses."""
_UNKNOWN = re.compile(rb"\x1b\[[<=>][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p|\x1bP.*?\x1b\\", re.DOTALL)
"""Sequences that pyte would show as text."""


class Terminal:
    """A program on a pseudo-terminal that answers queries like a real terminal.

    Args:
        command: The program with its arguments.
        size: Columns and rows.
        environment: Variables to set in addition to those of this process.
        emulate: Whether to emulate the screen for `lines` and `text`; takes CPU time of this process.
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
        """Time of each output in seconds since the start, and its number of bytes."""
        variables = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        # An installed program has compiled modules and default settings.
        for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "NO_COLOR", "COLUMNS", "LINES"):
            variables.pop(name, None)
        variables.update(environment or {})
        self.started = time.monotonic()
        self.pid, self._fd = pty.fork()
        if not self.pid:
            try:
                os.execvpe(command[0], list(command), variables)  # noqa: S606
            finally:
                os._exit(127)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self._status: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- output ------------------------------------------------------------------------------------

    def pump(self, seconds: float, until: Callable[[], bool] | None = None) -> bool:
        """Read what the program writes for some time, or until a condition holds; return whether it does.

        Args:
            seconds: Maximum duration.
            until: The condition, checked after each output.
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
            self._process(data)
            if until is not None and until():
                return True
        return until is not None and until()

    def _process(self, data: bytes) -> None:
        self.bytes_read += len(data)
        self.frames.append((time.monotonic() - self.started, len(data)))
        for query, response in RESPONSES.items():
            if query in data:
                os.write(self._fd, response * data.count(query))
        if self._stream is not None:
            self._stream.feed(_UNKNOWN.sub(b"", data))

    @property
    def lines(self) -> list[str]:
        """Lines of the screen as text."""
        return [] if self._screen is None else list(self._screen.display)

    @property
    def text(self) -> str:
        """The screen as text."""
        return "\n".join(self.lines)

    def stop_emulation(self) -> None:
        """Stop emulating the screen; only count bytes and answer queries from now on."""
        self._screen = self._stream = None

    def send(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._fd, keys)

    # -- cost --------------------------------------------------------------------------------------

    def cpu(self) -> float:
        """Return the CPU seconds used by the program and its children, including ended ones."""
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
    """Return the user and system time of a process and its ended children in seconds; 0 if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS


def children_of(pid: int) -> list[int]:
    """Return the ids of all descendants of a process."""
    descendants = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, task.read_text().split()):
                descendants += [child, *children_of(child)]
    return descendants


def has_chart(terminal: Terminal) -> bool:
    """Return whether the screen shows a curve: braille cells on at least three lines."""
    return sum(any("\u2801" <= c <= "\u28ff" for c in line) for line in terminal.lines) >= 3


def gan_tui(*arguments: str) -> list[str]:
    """Return the command that runs gan-tui from this environment."""
    return [str(Path(sys.executable).parent / "gan-tui"), *arguments]
