"""The program on a pseudo-terminal: what it sends, and how it leaves."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

ALLOWED = re.compile(
    r"\x1b\[\d+;\d+H|\x1b\[[\d;]*m|\x1b\[\?[\d;]+(?:\$p|[hl])|\x1b\[6n|\x1b\[[<>]\d*u|\x1b\[22;0;0t"
    r"|\x1b\[H|\x1b\[2J|\x1b\[2?K|\x1b\[\d* q|\x1b\]22;default\x07|[\r\n]"
)
"""Every sequence that the program may send."""
LEFT = "\x1b[?1049l"
"""Back from the alternate screen."""


class Running:
    """The program, its terminal, and what it has sent so far."""

    def __init__(self, path: Path, environment: dict[str, str]) -> None:
        self.ours, theirs = os.openpty()
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, b"\x18\x00\x50\x00\x00\x00\x00\x00")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gan_tui", str(path)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", **environment},
            start_new_session=True,
        )
        os.close(theirs)
        self._sent = bytearray()

    @property
    def sent(self) -> str:
        return self._sent.decode("utf-8", "replace")

    def read(self, until: str, seconds: float = 30.0) -> bool:
        """Read what it sends, answering as a terminal does, until `until` was sent."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and until not in self.sent:
            if not select.select([self.ours], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(self.ours, 65536)
            except OSError:
                break
            if not data:
                break
            self._sent += data
            if b"\x1b[6n" in data:
                os.write(self.ours, b"\x1b[1;1R")
        return until in self.sent

    def drain(self) -> int:
        """Read to the end; the exit code."""
        self.read("never sent", 10.0)
        return self.process.wait(10.0)


@contextmanager
def running(path: Path, **environment: str) -> Iterator[Running]:
    program = Running(path, environment)
    try:
        yield program
    finally:
        if program.process.poll() is None:
            program.process.kill()
            program.process.wait()
        os.close(program.ours)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "losses.csv"
    header = 'step,d_loss,g_loss,"\x1b]0;owned\x07","[red]x[/red]","a\u202eb"\n'
    rows = (f"{i},{1.3 + i % 7 / 50:.3f},{0.7 + i % 5 / 50:.3f},1.5,2.5,3.5\n" for i in range(200))
    path.write_text(header + "".join(rows), encoding="utf-8")
    return path


def test_nothing_from_a_log_reaches_the_terminal_as_a_sequence(log: Path) -> None:
    with running(log) as program:
        assert program.read("losses")
        os.write(program.ours, b"\t\tc")
        assert program.read("[red]x[/red]")
        os.write(program.ours, b"\x1b")
        time.sleep(0.5)
        os.write(program.ours, b"q")
        assert program.drain() == 0
        assert "␛]0;owned␇" in program.sent
        rest = ALLOWED.sub("", program.sent)
        assert not re.findall(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069].{0,20}", rest)
        assert program.sent.rindex(LEFT) > program.sent.rindex("losses")


def test_without_colour_no_colour_is_sent(log: Path) -> None:
    with running(log, NO_COLOR="1") as program:
        assert program.read("losses")
        codes = {code for codes in re.findall(r"\x1b\[([\d;]*)m", program.sent) for code in codes.split(";")}
        assert codes <= {"", "0", "1", "2", "7"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_put_the_terminal_back_and_then_do_what_they_do(log: Path, number: signal.Signals) -> None:
    with running(log) as program:
        assert program.read("losses")
        program.process.send_signal(number)
        assert program.drain() == -number
        assert LEFT in program.sent


def test_an_ascii_locale_gets_ascii(log: Path) -> None:
    with running(log, LC_ALL="POSIX", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0") as program:
        assert program.read("losses")
        assert program.sent.isascii()
