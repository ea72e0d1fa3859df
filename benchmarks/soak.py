"""Soak test: hours of monitoring in minutes, with the program in a terminal and many growing runs.

    python benchmarks/soak.py [--points 20000000] [--seconds 150] [--runs 200]

One run grows in bursts. Five times it continues from an earlier step, like a resumed training; twice its log
is rewritten from the start. The other runs get a row from time to time. The program draws on a
pseudo-terminal, which a terminal emulator (pyte) reads. After each burst one more row is written, and the
time until its step is on the screen is measured. Finally the writers stop, and the idle program is
measured. The exit code is 1 if a bound is violated.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyte

HERE = Path(__file__).parent
SERIES = ("d_loss", "g_loss", "d_real", "d_fake")
HEADER = ("step," + ",".join(SERIES) + "\n").encode()
BURSTS = 50
RESUMED = (10, 18, 26, 34, 42)
"""Bursts before which the run continues from an earlier step."""
REWRITTEN = (14, 30)
"""Bursts before which its log is rewritten with the same length."""
IDLE_SECONDS = 20.0
MAX_MEMORY_RATIO, MAX_LATENCY, MAX_DRIFT = 1.2, 1.0, 0.01
ROW_SECONDS = 20.0
"""Seconds between two rows of each of the other runs."""
FIRST_ROWS = 50
# Runs the program, which writes the number of its event loop's tasks to a file once per second.
MEASURED = """
import asyncio, pathlib, sys
task_file = pathlib.Path(sys.argv.pop(1))
from gan_tui.tui.app import GanTuiApp
original_on_mount = GanTuiApp.on_mount
def on_mount(self):
    original_on_mount(self)
    self.set_interval(1.0, lambda: task_file.write_text(str(len(asyncio.all_tasks()))))
GanTuiApp.on_mount = on_mount
from gan_tui.cli.main import main
main()
"""


@dataclass
class Usage:
    """Resources of the program at one moment."""

    memory: int
    """Anonymous resident memory in bytes."""
    threads: int
    descriptors: int
    tasks: int
    seconds: float
    """CPU seconds so far."""


@dataclass
class Program:
    """The program in its own terminal."""

    folder: Path
    task_file: Path
    rows: int = 40
    columns: int = 120
    bytes_sent: int = 0
    _done: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.master, slave = os.openpty()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        environment |= {"PYTHONPATH": str(HERE.parent), "XDG_STATE_HOME": str(self.task_file.parent)}
        environment |= {"XDG_CONFIG_HOME": str(self.task_file.parent)}
        command = [sys.executable, "-c", MEASURED, str(self.task_file), str(self.folder)]
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        self.screen = pyte.Screen(self.columns, self.rows)
        self._stream = pyte.ByteStream(self.screen)
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while not self._done.is_set():
            if not select.select([self.master], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            self.bytes_sent += len(data)
            with self._lock:
                # pyte shows private sequences of newer terminals as text.
                self._stream.feed(re.sub(rb"\x1b\[[<>=?][\d;]*[a-z]|\x1b\[\?[\d;]*\$p", b"", data))
            for _ in range(data.count(b"\x1b[6n")):
                os.write(self.master, b"\x1b[1;1R")

    def shows(self, text: str) -> bool:
        """Return whether the screen shows this text."""
        with self._lock:
            return any(text in row for row in self.screen.display)

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self.master, keys.encode())

    def wait_for(self, text: str, seconds: float = 120.0) -> float:
        """Wait until the screen shows this text; return the seconds that it took.

        Raises:
            RuntimeError: The text did not appear in time.
        """
        begin = time.perf_counter()
        while not self.shows(text):
            if time.perf_counter() - begin > seconds or self.process.poll() is not None:
                with self._lock:
                    display = "\n".join(self.screen.display)
                raise RuntimeError(f"the screen never showed {text!r}:\n{display}")
            time.sleep(0.005)
        return time.perf_counter() - begin

    def usage(self) -> Usage:
        """Return what the program uses now."""
        process = Path(f"/proc/{self.process.pid}")
        status = (process / "status").read_text()
        times = (process / "stat").read_text().rpartition(")")[2].split()
        return Usage(
            memory=int(re.search(r"RssAnon:\s*(\d+)", status)[1]) * 1024,  # type: ignore[index]
            threads=len(list((process / "task").iterdir())),
            descriptors=len(list((process / "fd").iterdir())),
            tasks=self._tasks(),
            seconds=(int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK"),
        )

    def _tasks(self) -> int:
        """Return the number of tasks of its event loop, as last written."""
        for _ in range(100):
            count = self.task_file.read_text() if self.task_file.exists() else ""
            if count:  # empty while it is being written
                return int(count)
            time.sleep(0.05)
        return 0

    def wait_until_idle(self) -> Usage:
        """Wait until the program is idle; return what it uses then."""
        before = self.usage()
        for _ in range(100):
            time.sleep(3.0)
            now = self.usage()
            if now.seconds - before.seconds < 0.15:
                return now
            before = now
        return before

    def end(self) -> int:
        """Quit the program; return its exit code."""
        self.press("q")
        code = self.process.wait(30)
        self._done.set()
        self._reader.join()
        os.close(self.master)
        return code


def lines(begin: int, end: int) -> bytes:
    """Return rows of the run for a range of steps: losses near equilibrium with batch noise."""
    noise = np.random.default_rng(begin).integers(0, 10_000, (end - begin, len(SERIES))).tolist()
    return "".join(
        f"{begin + i},1.{a:04d},0.{b:04d},0.{c:04d},0.{d:04d}\n" for i, (a, b, c, d) in enumerate(noise)
    ).encode()


class OtherRuns:
    """The other runs, each of which gets a row from time to time."""

    def __init__(self, folder: Path, count: int) -> None:
        self._logs = [folder / f"other{i:03d}" / "losses.csv" for i in range(count)]
        for log in self._logs:
            log.parent.mkdir(parents=True)
            log.write_bytes(b"step,d_loss,g_loss\n" + self._rows(0, FIRST_ROWS))
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self.paused = False

    @staticmethod
    def _rows(begin: int, end: int) -> bytes:
        return b"".join(
            b"%d,1.%04d,0.%04d\n" % (i, i * 7919 % 9973, i * 104_729 % 9973) for i in range(begin, end)
        )

    def start(self) -> None:
        """Start writing."""
        self._thread.start()

    def _write(self) -> None:
        for step in range(FIRST_ROWS, 1_000_000):
            for log in self._logs:
                if self._done.wait(ROW_SECONDS / len(self._logs)):
                    return
                if not self.paused:
                    with log.open("ab") as file:
                        file.write(self._rows(step, step + 1))

    def stop(self) -> None:
        """Stop writing."""
        self._done.set()
        self._thread.join()


def bursts(log: Path, rows: int) -> Iterator[tuple[int, int]]:
    """Let the log grow to `rows` rows; after each burst, yield its number and the next step."""
    rows_per_burst = rows // BURSTS
    step = written = 0
    for burst in range(BURSTS):
        if burst in RESUMED:
            step -= rows_per_burst // 2
        if burst in REWRITTEN:
            with log.open("wb") as file:
                file.write(HEADER)
                for begin in range(0, written, rows_per_burst):
                    file.write(lines(begin, min(begin + rows_per_burst, written)))
                step = written
        with log.open("ab") as file:
            end, part = step + rows_per_burst, rows_per_burst // 20
            for begin in range(step, end, part):  # in parts, as a training does
                file.write(lines(begin, min(begin + part, end)))
                file.flush()
                time.sleep(0.01)
        step, written = step + rows_per_burst, written + rows_per_burst
        yield burst, step


@dataclass
class Result:
    """Measured values."""

    points: int
    base: Usage
    """With the other runs only."""
    before: Usage
    """At the start of the idle phase."""
    after: Usage
    """At the end of the idle phase."""
    early: Usage
    """After the first bursts."""
    latencies: list[float]
    seconds: float
    bytes_sent: int
    code: int

    @property
    def memory_ratio(self) -> float:
        """Memory for the points, relative to eight bytes each for step and value."""
        return (self.after.memory - self.base.memory) / (self.points * 16)


def soak(points: int, seconds: float, runs: int, verbose: bool = True) -> Result:
    """Run the soak test and return the measured values."""
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "runs"
        task_file = Path(root) / "own" / "tasks"
        task_file.parent.mkdir()
        log = folder / "aaa-the-run" / "losses.csv"
        log.parent.mkdir(parents=True)
        log.write_bytes(HEADER)
        others = OtherRuns(folder, runs)
        program = Program(folder, task_file)
        program.wait_for(f"1/{runs + 1}", 600.0)
        base = early = program.wait_until_idle()
        others.start()
        begin, latencies = time.monotonic(), []
        for burst, step in bursts(log, points // len(SERIES)):
            with log.open("ab") as file:
                file.write(lines(step, step + 1))
            latencies.append(program.wait_for(f"{step:,}"))
            if burst == 5:
                early = program.usage()
            if verbose and burst % 5 == 4:
                now = program.usage()
                print(
                    f"{time.monotonic() - begin:6.0f} s, burst {burst + 1:2}: {now.memory / 1e6:,.0f} MB,"
                    f" {now.threads} threads, {now.descriptors} descriptors, {now.tasks} tasks,"
                    f" CPU {now.seconds:.1f} s, on screen after {latencies[-1]:.2f} s",
                    file=sys.stderr, flush=True,
                )  # fmt: skip
            due = begin + seconds * (burst + 1) / BURSTS
            time.sleep(max(0.0, due - time.monotonic()))
        others.paused = True
        time.sleep(15.0)  # idle logs are checked once more
        before = program.wait_until_idle()
        time.sleep(IDLE_SECONDS)
        after = program.usage()
        others.stop()
        elapsed = time.monotonic() - begin
        return Result(
            points, base, before, after, early, latencies, elapsed, program.bytes_sent, program.end()
        )


def main() -> int:
    """Run the command line; return 1 if a bound is violated."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=20_000_000, help="points of the growing run")
    parser.add_argument("--seconds", type=float, default=150.0, help="duration of the growth")
    parser.add_argument("--runs", type=int, default=200, help="number of other runs")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    result = soak(args.points, args.seconds, args.runs)
    drift = (result.after.memory - result.before.memory) / result.before.memory
    counts = ("threads", "descriptors", "tasks")
    early, late = ([getattr(usage, name) for name in counts] for usage in (result.early, result.after))
    worst, median = max(result.latencies), statistics.median(result.latencies)
    idle = (result.after.seconds - result.before.seconds) / IDLE_SECONDS
    ratio = result.memory_ratio
    table = [
        ("memory for the points, relative to 16 bytes each", f"{ratio:.2f}x", ratio <= MAX_MEMORY_RATIO),
        ("total memory", f"{result.after.memory / 1e6:,.0f} MB", True),
        ("memory without the growing run", f"{result.base.memory / 1e6:,.0f} MB", True),
        (f"growth in {IDLE_SECONDS:.0f} s of idleness", f"{drift:+.2%}", drift <= MAX_DRIFT),
        (f"{', '.join(counts)}: early, at the end", f"{early}, {late}", all(np.array(late) <= early)),
        ("time to show a new point", f"{median:.2f} s (at most {worst:.2f} s)", worst <= MAX_LATENCY),
        ("CPU", f"{result.after.seconds:.0f} s in {result.seconds:.0f} s, {idle:.1%} when idle", True),
        ("exit code", str(result.code), result.code == 0),
    ]  # fmt: skip
    print(f"\n{result.points:,} points, {args.runs} other runs, {args.seconds:.0f} s of growth\n")
    print("| what | measured | within bound |\n|---|---|---|")
    for what, measured, ok in table:
        print(f"| {what} | {measured} | {'yes' if ok else 'NO'} |")
    return 0 if all(ok for *_, ok in table) else 1


if __name__ == "__main__":
    sys.exit(main())
