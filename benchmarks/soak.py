"""Two hours beside a training, compressed: the program on a terminal, a run that grows, others beside it.

    python benchmarks/soak.py [--points 20000000] [--seconds 150] [--runs 200]

One run grows to so many points in bursts: five times it goes on from an earlier step, as a resumed
training does, twice its log is written anew from nothing. The other runs get a row every now and then.
The program draws all of it on a pseudo-terminal that a terminal emulator (pyte) reads. After every burst
one more row is written, and it is measured how long its step takes to stand on the screen. Then the
writers rest, and so does the program. The exit code is 1 where a bound is not held.
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
"""Bursts before which the run goes on from an earlier step."""
REWRITTEN = (14, 30)
"""Bursts before which its log is written anew, as long as it was."""
REST_SECONDS = 20.0
MOST_OF_NEED, MOST_LATENCY, MOST_DRIFT = 1.2, 1.0, 0.01
ROW_SECONDS = 20.0
"""Each of the other runs gets a row so often."""
FIRST_ROWS = 50
# The program, telling once a second how many tasks its loop has.
MEASURED = """
import asyncio, pathlib, sys
told = pathlib.Path(sys.argv.pop(1))
from gan_tui.tui.app import GanTuiApp
mounted = GanTuiApp.on_mount
def on_mount(self):
    mounted(self)
    self.set_interval(1.0, lambda: told.write_text(str(len(asyncio.all_tasks()))))
GanTuiApp.on_mount = on_mount
from gan_tui.cli.main import main
main()
"""


@dataclass
class Look:
    """What the program held at one moment."""

    memory: int
    """Resident bytes."""
    threads: int
    descriptors: int
    tasks: int
    seconds: float
    """CPU seconds so far."""


@dataclass
class Program:
    """The program on a terminal of its own."""

    folder: Path
    told: Path
    rows: int = 40
    columns: int = 120
    sent: int = 0
    _done: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.ours, theirs = os.openpty()
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        environment |= {"PYTHONPATH": str(HERE.parent), "XDG_STATE_HOME": str(self.told.parent)}
        environment |= {"XDG_CONFIG_HOME": str(self.told.parent)}
        command = [sys.executable, "-c", MEASURED, str(self.told), str(self.folder)]
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)
        self.screen = pyte.Screen(self.columns, self.rows)
        self._stream = pyte.ByteStream(self.screen)
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while not self._done.is_set():
            if not select.select([self.ours], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(self.ours, 65536)
            except OSError:
                return
            self.sent += len(data)
            with self._lock:
                # pyte takes the private answers and questions of newer terminals for text.
                self._stream.feed(re.sub(rb"\x1b\[[<>=?][\d;]*[a-z]|\x1b\[\?[\d;]*\$p", b"", data))
            for _ in range(data.count(b"\x1b[6n")):
                os.write(self.ours, b"\x1b[1;1R")

    def shows(self, words: str) -> bool:
        """Whether the screen shows these words."""
        with self._lock:
            return any(words in row for row in self.screen.display)

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.ours, keys.encode())

    def wait_for(self, words: str, seconds: float = 120.0) -> float:
        """Wait until the screen shows these words; the seconds that it took.

        Raises:
            RuntimeError: They did not come.
        """
        begin = time.perf_counter()
        while not self.shows(words):
            if time.perf_counter() - begin > seconds or self.process.poll() is not None:
                with self._lock:
                    shown = "\n".join(self.screen.display)
                raise RuntimeError(f"the screen never showed {words!r}:\n{shown}")
            time.sleep(0.005)
        return time.perf_counter() - begin

    def look(self) -> Look:
        """What the program holds now."""
        process = Path(f"/proc/{self.process.pid}")
        status = (process / "status").read_text()
        times = (process / "stat").read_text().rpartition(")")[2].split()
        return Look(
            memory=int(re.search(r"RssAnon:\s*(\d+)", status)[1]) * 1024,  # type: ignore[index]
            threads=len(list((process / "task").iterdir())),
            descriptors=len(list((process / "fd").iterdir())),
            tasks=self._tasks(),
            seconds=(int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK"),
        )

    def _tasks(self) -> int:
        """The tasks of its loop, as it told last."""
        for _ in range(100):
            told = self.told.read_text() if self.told.exists() else ""
            if told:  # it is being written otherwise
                return int(told)
            time.sleep(0.05)
        return 0

    def settled(self) -> Look:
        """What the program holds once it has nothing to do."""
        before = self.look()
        for _ in range(100):
            time.sleep(3.0)
            now = self.look()
            if now.seconds - before.seconds < 0.15:
                return now
            before = now
        return before

    def end(self) -> int:
        """Quit; the exit code."""
        self.press("q")
        code = self.process.wait(30)
        self._done.set()
        self._reader.join()
        os.close(self.ours)
        return code


def lines(begin: int, end: int) -> bytes:
    """Rows of the run from one step to another: losses near their balance, with the noise of batches."""
    noise = np.random.default_rng(begin).integers(0, 10_000, (end - begin, len(SERIES))).tolist()
    return "".join(
        f"{begin + i},1.{a:04d},0.{b:04d},0.{c:04d},0.{d:04d}\n" for i, (a, b, c, d) in enumerate(noise)
    ).encode()


class Others:
    """The other runs, each with a row now and then."""

    def __init__(self, folder: Path, count: int) -> None:
        self._logs = [folder / f"other{i:03d}" / "losses.csv" for i in range(count)]
        for log in self._logs:
            log.parent.mkdir(parents=True)
            log.write_bytes(b"step,d_loss,g_loss\n" + self._rows(0, FIRST_ROWS))
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self.resting = False

    @staticmethod
    def _rows(begin: int, end: int) -> bytes:
        return b"".join(
            b"%d,1.%04d,0.%04d\n" % (i, i * 7919 % 9973, i * 104_729 % 9973) for i in range(begin, end)
        )

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def _write(self) -> None:
        for step in range(FIRST_ROWS, 1_000_000):
            for log in self._logs:
                if self._done.wait(ROW_SECONDS / len(self._logs)):
                    return
                if not self.resting:
                    with log.open("ab") as file:
                        file.write(self._rows(step, step + 1))

    def stop(self) -> None:
        """Write no more."""
        self._done.set()
        self._thread.join()


def bursts(log: Path, rows: int) -> Iterator[tuple[int, int]]:
    """Let the log grow to so many rows; after each burst its number and the next step."""
    each = rows // BURSTS
    step = written = 0
    for burst in range(BURSTS):
        if burst in RESUMED:
            step -= each // 2
        if burst in REWRITTEN:
            with log.open("wb") as file:
                file.write(HEADER)
                for begin in range(0, written, each):
                    file.write(lines(begin, min(begin + each, written)))
                step = written
        with log.open("ab") as file:
            for begin in range(step, step + each, each // 20):  # as a training does: not all at once
                file.write(lines(begin, min(begin + each // 20, step + each)))
                file.flush()
                time.sleep(0.01)
        step, written = step + each, written + each
        yield burst, step


@dataclass
class Result:
    """What was measured."""

    points: int
    base: Look
    """With the other runs alone."""
    before: Look
    """When the writers had just come to rest."""
    after: Look
    early: Look
    """After the first bursts."""
    latencies: list[float]
    seconds: float
    sent: int
    code: int

    @property
    def of_need(self) -> float:
        """Memory for the points, in terms of a step and a value of eight bytes each."""
        return (self.after.memory - self.base.memory) / (self.points * 16)


def soak(points: int, seconds: float, runs: int, say: bool = True) -> Result:
    """Let everything happen, and measure."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "runs"
        told = Path(place) / "own" / "tasks"
        told.parent.mkdir()
        log = folder / "aaa-the-run" / "losses.csv"
        log.parent.mkdir(parents=True)
        log.write_bytes(HEADER)
        others = Others(folder, runs)
        program = Program(folder, told)
        program.wait_for(f"1/{runs + 1}", 600.0)
        base = early = program.settled()
        others.start()
        begin, latencies = time.monotonic(), []
        for burst, step in bursts(log, points // len(SERIES)):
            with log.open("ab") as file:
                file.write(lines(step, step + 1))
            latencies.append(program.wait_for(f"{step:,}"))
            if burst == 5:
                early = program.look()
            if say and burst % 5 == 4:
                now = program.look()
                print(
                    f"{time.monotonic() - begin:6.0f} s, burst {burst + 1:2}: {now.memory / 1e6:,.0f} MB,"
                    f" {now.threads} threads, {now.descriptors} descriptors, {now.tasks} tasks,"
                    f" CPU {now.seconds:.1f} s, seen after {latencies[-1]:.2f} s", file=sys.stderr, flush=True
                )  # fmt: skip
            due = begin + seconds * (burst + 1) / BURSTS
            time.sleep(max(0.0, due - time.monotonic()))
        others.resting = True
        time.sleep(15.0)  # logs at rest are looked at once more
        before = program.settled()
        time.sleep(REST_SECONDS)
        after = program.look()
        others.stop()
        took = time.monotonic() - begin
        return Result(points, base, before, after, early, latencies, took, program.sent, program.end())


def main() -> int:
    """The command line; 1 where a bound is not held."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=20_000_000)
    parser.add_argument("--seconds", type=float, default=150.0)
    parser.add_argument("--runs", type=int, default=200)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    found = soak(args.points, args.seconds, args.runs)
    drift = (found.after.memory - found.before.memory) / found.before.memory
    held = ("threads", "descriptors", "tasks")
    early, late = ([getattr(look, name) for name in held] for look in (found.early, found.after))
    worst, middle = max(found.latencies), statistics.median(found.latencies)
    idle = (found.after.seconds - found.before.seconds) / REST_SECONDS
    table = [
        ("memory for the points, of 16 bytes each", f"{found.of_need:.2f}x", found.of_need <= MOST_OF_NEED),
        ("memory in all", f"{found.after.memory / 1e6:,.0f} MB", True),
        ("memory before", f"{found.base.memory / 1e6:,.0f} MB", True),
        (f"growth in {REST_SECONDS:.0f} s at rest", f"{drift:+.2%}", drift <= MOST_DRIFT),
        (f"{', '.join(held)}: early, in the end", f"{early}, {late}", all(np.array(late) <= early)),
        ("a new point on the screen", f"{middle:.2f} s (at most {worst:.2f} s)", worst <= MOST_LATENCY),
        ("CPU", f"{found.after.seconds:.0f} s in {found.seconds:.0f} s, {idle:.1%} at rest", True),
        ("exit code", str(found.code), found.code == 0),
    ]  # fmt: skip
    print(f"\n{found.points:,} points, {args.runs} other runs, {args.seconds:.0f} s of growth\n")
    print("| what | measured | held |\n|---|---|---|")
    for what, measured, ok in table:
        print(f"| {what} | {measured} | {'yes' if ok else 'NO'} |")
    return 0 if all(ok for *_, ok in table) else 1


if __name__ == "__main__":
    sys.exit(main())
