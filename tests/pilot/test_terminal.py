"""The program on a pseudo-terminal: what it sends, and how it leaves."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gan_tui.monitoring.diagnosis_scheduler import MIN_RUNS
from gan_tui.process import cpu_count
from gan_tui.tui.output.exit_signals import EXIT_SIGNALS

fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

ALLOWED = re.compile(
    r"\x1b\[\d+;\d+H|\x1b\[[\d;]*m|\x1b\[\?[\d;]+(?:\$p|[hl])|\x1b\[6n|\x1b\[[<>]\d*u|\x1b\[22;0;0t"
    r"|\x1b\[H|\x1b\[2J|\x1b\[2?K|\x1b\[\d* q|\x1b\]22;default\x07|[\r\n]"
)
"""Every sequence that the program may send."""
ENTERED = "\x1b[?1049h"
LEFT = "\x1b[?1049l"
"""Back from the alternate screen."""


IN_ITS_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(1, termios.TIOCSCTTY, 0)
{}
os.execv(sys.executable, [sys.executable, "-m", "gan_tui", *sys.argv[1:]])
"""
"""Starts the program as a shell does: with the terminal as its controlling one."""


def _hear_all() -> None:
    """What a shell starts in the background, these tests maybe, ignores some signals, and so would this."""
    for number in EXIT_SIGNALS:
        signal.signal(number, signal.SIG_DFL)


class Running:
    """The program, its terminal, and what it has sent so far."""

    def __init__(self, path: Path, environment: dict[str, str], before: str | None = None) -> None:
        self.ours, self.theirs = os.openpty()
        self.resize(24, 80)
        self.modes = self.modes_now()
        start = ["-m", "gan_tui"] if before is None else ["-c", IN_ITS_TERMINAL.format(before)]
        self.process = subprocess.Popen(
            [sys.executable, *start, str(path)],
            stdin=self.theirs,
            stdout=self.theirs,
            stderr=self.theirs,
            env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", **environment},
            start_new_session=True,
            preexec_fn=_hear_all,  # noqa: PLW1509 - no other thread of the tests holds a lock here
        )
        self._sent = bytearray()

    def resize(self, rows: int, columns: int) -> None:
        """Give the terminal another size."""
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def modes_now(self) -> list[object]:
        """The terminal's modes, without what its keys stand for."""
        return list(termios.tcgetattr(self.theirs)[:4])

    def forget(self) -> None:
        """Look only at what is sent from here on."""
        self._sent.clear()

    def state(self) -> str:
        """What the process does, as Linux names it: S for sleeping, T for stopped."""
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0]

    def watches(self) -> bool:
        """Whether it is woken by changes by now: that begins after the first chart."""
        links = (str(fd.readlink()) for fd in Path(f"/proc/{self.process.pid}/fd").iterdir())
        return any("inotify" in link for link in links)

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))

    def children(self) -> list[int]:
        """The processes that it has started and that still run."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(child) for task in tasks for child in task.read_text().split()]

    def vanish(self) -> None:
        """The terminal goes, as when its window is closed."""
        os.close(self.theirs)
        os.close(self.ours)
        self.ours = -1

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

    def read_while(self, holds: Callable[[], bool], seconds: float = 30.0) -> bool:
        """Read what it sends for as long as `holds` says; whether that came to an end."""
        end = time.monotonic() + seconds
        while holds() and time.monotonic() < end:
            self.read("never sent", 0.1)
        return not holds()

    def drain(self) -> int:
        """Read to the end; the exit code."""
        self.read_while(lambda: self.process.poll() is None, 60.0)
        self.read("never sent", 0.2)
        return self.process.wait(1.0)


@contextmanager
def running(path: Path, before: str | None = None, **environment: str) -> Iterator[Running]:
    program = Running(path, environment, before)
    try:
        yield program
    finally:
        if program.process.poll() is None:
            program.process.kill()
            program.process.wait()
        if program.ours >= 0:
            os.close(program.theirs)
            os.close(program.ours)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "losses.csv"
    header = 'step,d_loss,g_loss,"\x1b]0;owned\x07","[red]x[/red]","a\u202eb"\n'
    rows = (f"{i},{1.3 + i % 7 / 50:.3f},{0.7 + i % 5 / 50:.3f},1.5,2.5,3.5\n" for i in range(200))
    path.write_text(header + "".join(rows), encoding="utf-8")
    return path


@pytest.fixture
def many_runs(log: Path, tmp_path: Path) -> Path:
    """Enough runs for a worker process."""
    for number in range(MIN_RUNS + 2):
        folder = tmp_path / "runs" / f"run{number:02}"
        folder.mkdir(parents=True)
        shutil.copy(log, folder)
    return tmp_path / "runs"


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


def test_many_runs_are_diagnosed_in_a_worker_process_next_to_the_screen(many_runs: Path) -> None:
    with running(many_runs) as program:
        assert program.read("losses")
        if cpu_count() > 1:
            assert program.read_while(lambda: len(program.children()) < 2)  # the worker and Python's tracker
        assert program.read_while(lambda: len(program.children()) > 1)  # all runs have a badge
        program.forget()
        os.write(program.ours, b"q")
        assert program.drain() == 0
        assert "Traceback" not in program.sent


def test_a_worker_process_ends_with_the_killed_program_in_silence(many_runs: Path) -> None:
    with running(many_runs) as program:
        assert program.read("losses")
        if cpu_count() > 1:
            assert program.read_while(lambda: len(program.children()) < 2)
        children = program.children()
        program.forget()
        program.process.kill()
        program.process.wait()
        assert program.read_while(lambda: any(Path(f"/proc/{child}/exe").exists() for child in children))
        program.read("never sent", 0.2)
        assert "Warning" not in program.sent


def test_without_colour_no_colour_is_sent(log: Path) -> None:
    with running(log, NO_COLOR="1") as program:
        assert program.read("losses")
        codes = {code for codes in re.findall(r"\x1b\[([\d;]*)m", program.sent) for code in codes.split(";")}
        assert codes <= {"", "0", "1", "2", "7"}


@pytest.mark.parametrize("number", EXIT_SIGNALS, ids=lambda number: number.name)
def test_signals_put_the_terminal_back_and_then_do_what_they_do(log: Path, number: signal.Signals) -> None:
    with running(log) as program:
        assert program.read("losses")
        program.process.send_signal(number)
        assert program.drain() == -number
        assert LEFT in program.sent
        assert program.modes_now() == program.modes


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_before_anything_is_drawn_puts_the_terminal_back(log: Path, number: signal.Signals) -> None:
    with running(log) as program:
        assert program.read(ENTERED)
        program.process.send_signal(number)
        program.process.send_signal(signal.SIGTERM)  # whoever sent the first has no patience
        assert program.drain() in (-number, -signal.SIGTERM)
        assert program.sent.rindex(LEFT) > program.sent.rindex(ENTERED)
        assert program.modes_now() == program.modes


def test_an_ascii_locale_gets_ascii(log: Path) -> None:
    with running(log, LC_ALL="POSIX", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0") as program:
        assert program.read("losses")
        assert program.sent.isascii()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's list of processes")
def test_it_is_stopped_and_goes_on_and_is_drawn_anew_at_any_size(log: Path) -> None:
    with running(log) as program:
        assert program.read("losses")
        assert program.read_while(lambda: not program.watches())
        threads = program.threads()
        for stop in (signal.SIGTSTP, signal.SIGSTOP, signal.SIGTSTP, signal.SIGSTOP):
            program.forget()
            program.process.send_signal(stop)
            assert program.read_while(lambda: program.state() != "T")
            if stop == signal.SIGTSTP:
                assert program.read(LEFT)
                assert program.modes_now() == program.modes
            program.forget()
            program.process.send_signal(signal.SIGCONT)
            assert program.read("losses")
        assert program.read_while(lambda: program.threads() != threads)
        for i in range(1000):
            program.resize(1 + i % 60, 1 + i % 200)
            program.process.send_signal(signal.SIGWINCH)
        program.forget()
        program.resize(30, 100)
        program.process.send_signal(signal.SIGWINCH)
        assert program.read("\x1b[30;")  # its last line is where the terminal's is
        os.write(program.ours, b"q")
        assert program.drain() == 0
        assert program.modes_now() == program.modes


@pytest.mark.parametrize("hears", [True, False])
def test_a_terminal_that_disappears_ends_it(log: Path, hears: bool) -> None:
    """With the signal of a terminal that hangs up, and without it, as under nohup."""
    deaf = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    with running(log, "" if hears else deaf) as program:
        assert program.read("losses")
        program.vanish()
        assert program.process.wait(30.0) == -signal.SIGHUP


def test_it_draws_whatever_stderr_is_and_reads_keys_whatever_stdin_is(log: Path) -> None:
    with running(log, "os.close(0); os.dup2(os.open(os.devnull, os.O_WRONLY), 2)") as program:
        assert program.read("losses")
        os.write(program.ours, b"q")
        assert program.drain() == 0
        assert program.modes_now() == program.modes
