"""Rows of the table: the running program, in a terminal of its own, beside other monitors."""

from __future__ import annotations

import functools
import math
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

import peer_screens
import peers
import write_events
from bench import HERE, Options, Outcome, Row, Sample, Target, fresh, say
from terminal import Terminal, gan_tui, has_chart

TAGS = (b"Loss/D", b"Loss/G", b"D(x)", b"D(G(z))")
TIMES_LESS = 2.95 / 1.5
"""terminalboard takes 2.95 % of a core where 1.5 % are wanted: the ratio holds on slower machines, too."""
WARM_SECONDS = 5.0
"""How long a program may take to come to rest before it is measured."""


# -- from the start to the first chart -----------------------------------------------------------------


def start(scalars: int, most: float, options: Options) -> Iterable[Outcome]:
    """From the start of the program to a chart on the screen."""
    path = write_events.cached(options.data, "simple", scalars)
    openers: dict[str, Callable[[], tuple[float, float]]] = {
        "gan_tui": lambda: peer_screens.first_chart(gan_tui(str(path.parent))),
        **peer_screens.openers(path, scalars, options),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in openers}
    for _ in range(options.rounds):
        for name, opener in openers.items():
            path.read_bytes()
            taken[name].append(opener())
    samples = {
        name: Sample([wall for wall, _ in some], busy=[cpu for _, cpu in some])
        for name, some in taken.items()
    }
    targets = (Target(most=most), *(Target(name, 1) for name in samples if name != "gan_tui"))
    yield Outcome(
        f"start to first chart, 120x40, {scalars:,} scalars", samples.pop("gan_tui"), samples, targets
    )


# -- at work -------------------------------------------------------------------------------------------


class Writer:
    """A training loop that appends to an event file on a thread of its own.

    Args:
        path: The event file.
        per_second: Steps a second; each has a value of every tag and is written at once.
    """

    def __init__(self, path: Path, per_second: float) -> None:
        self._file = path.open("ab", buffering=0)
        self._pause = 1 / per_second
        self._step = 1_000_000
        self._ended = threading.Event()
        self.appended: list[float] = []
        """When each step was written, on the monotonic clock."""
        self._thread = threading.Thread(target=self._write, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._file.close()

    def _write(self) -> None:
        due = time.monotonic()
        while not self._ended.wait(max(0.0, due - time.monotonic())):
            now = time.time()
            records = [
                write_events.scalar(
                    tag, self._step, now, 0.7 + 0.1 * ((self._step * 7919 + at * 31) % 97) / 97
                )
                for at, tag in enumerate(TAGS)
            ]
            self._file.write(b"".join(records))
            self.appended.append(time.monotonic())
            self._step += 1
            due += self._pause


def growing_log(folder: Path, steps: int = 2_000) -> Path:
    """An event file with some past, to be appended to."""
    path = folder / "growing" / "events.out.tfevents.1700000000.host"
    path.parent.mkdir(parents=True, exist_ok=True)
    begin = time.time() - 0.2 * steps
    with path.open("wb") as file:
        for step in range(1_000_000 - steps, 1_000_000):
            for at, tag in enumerate(TAGS):
                value = 0.7 + 0.1 * ((step * 7919 + at * 31) % 97) / 97
                file.write(write_events.scalar(tag, step, begin + 0.2 * (step - 1_000_000 + steps), value))
    return path


def measured(terminal: Terminal, seconds: float) -> tuple[float, int]:
    """Share of a core in percent, and bytes, over a time in which the terminal is only listened to."""
    cpu, count, begin = terminal.cpu(), terminal.bytes_read, time.monotonic()
    while (left := begin + seconds - time.monotonic()) > 0:
        terminal.pump(left)
    taken = time.monotonic() - begin
    return 100 * (terminal.cpu() - cpu) / taken, terminal.bytes_read - count


def settle(terminal: Terminal) -> None:
    """Wait until there is a chart and the program has come to rest."""
    terminal.pump(60, lambda: has_chart(terminal))
    terminal.pump(WARM_SECONDS)
    measured(terminal, WARM_SECONDS)
    terminal.deaf()


def static(options: Options, seconds: float = 60.0) -> Iterable[Outcome]:
    """A run that does not grow, for a minute."""
    path = write_events.cached(options.data, "simple", 10**5)
    with Terminal(gan_tui(str(path.parent))) as terminal:
        settle(terminal)
        share, count = measured(terminal, seconds)
    yield Outcome(f"static run, {seconds:.0f} s: CPU", Sample([share], "%"), {}, (Target(most=0.1),))
    yield Outcome(f"static run, {seconds:.0f} s: written", Sample([count], "bytes"), {}, (Target(most=0),))


def live(options: Options, seconds: float = 60.0) -> Iterable[Outcome]:
    """Five steps a second of four tags; beside it terminalboard, which tells what the machine is worth."""
    peer, peer_count = _live_peer(options, seconds)
    path = growing_log(options.data)
    with Terminal(gan_tui(str(path.parent))) as terminal, Writer(path, 5) as writer:
        settle(terminal)
        begin = time.monotonic()
        share, count = measured(terminal, seconds)
        frames = [terminal.started + at for at, _ in terminal.frames]
        waits = redraws([at for at in writer.appended if begin < at < begin + seconds - 2], frames)
    what = "live, 5 steps/s x 4 tags, 120x40"
    cpu = Sample([share], "%"), {"terminalboard": Sample([peer], "%")}
    yield Outcome(f"{what}: CPU", *cpu, (Target(most=1.5), Target("terminalboard", TIMES_LESS)))
    size = Sample([count / seconds], "bytes"), {"terminalboard": Sample([peer_count / seconds], "bytes")}
    yield Outcome(f"{what}: written a second", *size, (Target(most=1000),))
    p95 = statistics.quantiles(waits, n=20)[-1] if len(waits) > 1 else float("nan")
    note = (
        f"median {1000 * statistics.median(waits):.0f} ms, most {1000 * max(waits):.0f} ms" if waits else ""
    )
    yield Outcome(f"{what}: append to redraw, p95", Sample([1000 * p95], "ms"), {}, (Target(most=150),), note)


def _live_peer(options: Options, seconds: float) -> tuple[float, int]:
    """Share of a core in percent, and bytes, that terminalboard takes for the same."""
    path = growing_log(options.data)
    with Terminal(peer_screens.terminalboard(path.parent)) as terminal, Writer(path, 5):
        settle(terminal)
        return measured(terminal, seconds)


def redraws(appended: Sequence[float], frames: Sequence[float]) -> list[float]:
    """How long after each append the terminal was written to next, seconds."""
    waits = []
    at = 0
    for when in appended:
        while at < len(frames) and frames[at] <= when:
            at += 1
        if at < len(frames):
            waits.append(frames[at] - when)
    return waits


def storm(options: Options, seconds: float = 30.0) -> Iterable[Outcome]:
    """A writer that flushes a thousand times a second."""
    path = growing_log(options.data)
    with Terminal(gan_tui(str(path.parent))) as terminal, Writer(path, 1_000):
        settle(terminal)
        share, count = measured(terminal, seconds)
    what = "a writer that flushes 1,000 times a second: CPU"
    yield Outcome(what, Sample([share], "%"), {}, (Target(most=5),), f"{count / seconds:,.0f} bytes/s")


# -- many runs -----------------------------------------------------------------------------------------


def many_runs(folder: Path, runs: int = 1_000, scalars: int = 10_000) -> Path:
    """A folder of runs, made once."""
    top = folder / f"runs-{runs}x{scalars}"
    if not (top / ".whole").exists():
        say(f"writing {runs:,} runs of {scalars:,} scalars ...")
        for number in range(runs):
            path = top / f"run{number:04}" / "events.out.tfevents.1700000000.host"
            write_events.write(path, "simple", scalars, seed=number)
        (top / ".whole").touch()
    return top


def runs(options: Options, seconds: float = 30.0) -> Iterable[Outcome]:
    """A thousand runs under one folder: until every one has its badge, then at rest."""
    top = many_runs(options.data)
    for path in top.rglob("events*"):
        path.read_bytes()
    both = sorted(os.sched_getaffinity(1) or {0})[:2]
    os.sched_setaffinity(0, both)
    bars = False
    with Terminal(gan_tui(str(top))) as terminal:

        def complete() -> bool:
            nonlocal bars, taken, cpu
            text = terminal.text
            busy = any(word in text for word in ("reading", "judging", "waiting", "looking"))
            bars = bars or "reading" in text
            if busy or not has_chart(terminal):
                taken = float("nan")
            elif math.isnan(taken):
                taken, cpu = time.monotonic() - terminal.started, terminal.cpu()
            return not math.isnan(taken)

        taken, cpu = float("nan"), 0.0
        terminal.pump(120, lambda: has_chart(terminal))
        first = time.monotonic() - terminal.started
        # A frame may come in pieces: it is complete when it stays so.
        while terminal.pump(180, complete) and terminal.pump(1.0, lambda: not complete()):
            pass
        measured(terminal, WARM_SECONDS)
        share, _ = measured(terminal, seconds)
    note = f"first chart after {first:.1f} s; {'progress shown' if bars else 'no progress shown'}"
    ours = Sample([taken], busy=[cpu])
    yield Outcome("1,000 runs x 10k scalars, two cores: list with badges", ours, {}, (Target(most=10),), note)
    yield Outcome("1,000 runs, idle: CPU", Sample([share], "%"), {}, (Target(most=1),))


# -- commands ------------------------------------------------------------------------------------------


def command(
    what: str,
    words: Sequence[str],
    most: float,
    options: Options,
    beside: Mapping[str, Sequence[str]] | None = None,
) -> Iterable[Outcome]:
    """A whole process from start to end, others `beside` it in turn."""
    processes = {"": words, **(beside or {})}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in processes}
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(max(options.rounds, 5)):
        for name, each in processes.items():
            begin = time.monotonic()
            with subprocess.Popen(each, stdout=subprocess.DEVNULL, env=environment) as process:
                _, _, usage = os.wait4(process.pid, 0)
                process.returncode = 0
            taken[name].append((time.monotonic() - begin, usage.ru_utime + usage.ru_stime))
    samples = {
        name: Sample([wall for wall, _ in some], busy=[cpu for _, cpu in some])
        for name, some in taken.items()
    }
    yield Outcome(what, samples.pop(""), samples, (Target(most=most),))


def check(options: Options) -> Iterable[Outcome]:
    """`gan-tui check` on a table of ten thousand rows."""
    path = options.data / "check" / "log.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        file.write("step,d_loss,g_loss,d_x,d_gz,lr\n")
        file.writelines(
            f"{s},{1.38 + (s * 7919 % 97) / 970:.6f},{0.69 + (s * 31 % 89) / 890:.6f},"
            f"{0.5 + (s * 13 % 83) / 8300:.6f},{0.5 - (s * 17 % 79) / 7900:.6f},0.0002\n"
            for s in range(10_000)
        )
    what = "`gan-tui check`, CSV of 10k rows, whole process"
    bare = {"numpy and click, imported only": [sys.executable, "-c", "import numpy, click"]}
    yield from command(what, gan_tui("check", str(path)), 0.25, options, bare)


def version(options: Options) -> Iterable[Outcome]:
    """`gan-tui --version`."""
    yield from command("`gan-tui --version`, whole process", gan_tui("--version"), 0.12, options)


def importing(options: Options) -> Iterable[Outcome]:
    """`import gan_tui`, beside a Python that imports nothing."""
    code = "import json,time\nt,c=time.perf_counter(),time.process_time()\nimport gan_tui\n"
    code += "print(json.dumps([time.perf_counter()-t,time.process_time()-c]))"
    results = [fresh([sys.executable, "-c", code]) for _ in range(max(options.rounds, 5))]
    walls, busy = zip(*results, strict=True)
    yield Outcome("`import gan_tui`", Sample(walls, busy=busy), {}, (Target(most=0.03),))


def chart(options: Options) -> Iterable[Outcome]:
    """One more point in each of four series that have ten million together."""
    del options
    result = fresh([sys.executable, HERE / "draw_charts.py"])
    ours = Sample([1000 * result["p95"]], "ms CPU")
    note = f"median {1000 * result['median']:.1f} ms of {result['frames']} frames, 120x40"
    yield Outcome("chart update, 10M points, 4 charts, p95", ours, {}, (Target(most=16),), note)


def _start(name: str, scalars: int, most: float) -> Row:
    what = f"start to first chart, {scalars:,} scalars"
    return Row(name, what, functools.partial(start, scalars, most), peer_screens.PACKAGES)


ROWS = (
    _start("start-100k", 10**5, 0.6),
    _start("start-1m", 10**6, 0.7),
    _start("start-10m", 10**7, 1.2),
    Row("chart", "chart update with 10M points and 4 charts on the screen", chart),
    Row("static", "a run that does not grow, 60 s: CPU and bytes", static),
    Row("live", "5 steps/s x 4 tags, 60 s: CPU, bytes, append to redraw", live, (peers.TERMINALBOARD,)),
    Row("storm", "a writer that flushes 1,000 times a second", storm),
    Row("runs", "1,000 runs under one folder", runs),
    Row("check", "`gan-tui check` on a 10k-row CSV", check),
    Row("import", "`import gan_tui`", importing),
    Row("version", "`gan-tui --version`", version),
)
