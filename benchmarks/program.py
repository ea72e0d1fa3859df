"""Benchmarks of the running program in a terminal, compared with other monitors."""

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
from bench import HERE, Options, Outcome, Row, Sample, Target, print_progress, run_fresh
from terminal import Terminal, gan_tui, has_chart

TAGS = (b"Loss/D", b"Loss/G", b"D(x)", b"D(G(z))")
LIVE_RATIO = 2.95 / 1.5
"""terminalboard takes 2.95 % of a core where the target is 1.5 %. The ratio also holds on slower machines."""
WARM_SECONDS = 5.0
"""Seconds for a program to become idle before it is measured."""


# -- start to first chart ------------------------------------------------------------------------------


def start(scalars: int, most: float, options: Options) -> Iterable[Outcome]:
    """Measure the time from the start of the program to the first chart."""
    path = write_events.cached(options.data, "simple", scalars)
    openers: dict[str, Callable[[], tuple[float, float]]] = {
        "gan_tui": lambda: peer_screens.first_chart(gan_tui(str(path.parent))),
        **peer_screens.openers(path, scalars, options),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in openers}
    for _ in range(options.rounds):
        for name, opener in openers.items():
            path.read_bytes()
            times[name].append(opener())
    samples = {
        name: Sample([wall for wall, _ in measurements], busy=[cpu for _, cpu in measurements])
        for name, measurements in times.items()
    }
    targets = (Target(most=most), *(Target(name, 1) for name in samples if name != "gan_tui"))
    yield Outcome(
        f"start to first chart, 120x40, {scalars:,} scalars", samples.pop("gan_tui"), samples, targets
    )


# -- a running program ---------------------------------------------------------------------------------


class Writer:
    """A training loop that appends to an event file in a thread.

    Args:
        path: The event file.
        per_second: Steps per second. Each has a value of every tag and is flushed at once.
    """

    def __init__(self, path: Path, per_second: float) -> None:
        self._file = path.open("ab", buffering=0)
        self._pause = 1 / per_second
        self._step = 1_000_000
        self._stop = threading.Event()
        self.appended: list[float] = []
        """Monotonic time at which each step was written."""
        self._thread = threading.Thread(target=self._write, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._file.close()

    def _write(self) -> None:
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
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
    """Write an event file with some steps, to be appended to."""
    path = folder / "growing" / "events.out.tfevents.1700000000.host"
    path.parent.mkdir(parents=True, exist_ok=True)
    begin = time.time() - 0.2 * steps
    with path.open("wb") as file:
        for step in range(1_000_000 - steps, 1_000_000):
            for at, tag in enumerate(TAGS):
                value = 0.7 + 0.1 * ((step * 7919 + at * 31) % 97) / 97
                file.write(write_events.scalar(tag, step, begin + 0.2 * (step - 1_000_000 + steps), value))
    return path


def measure(terminal: Terminal, seconds: float) -> tuple[float, int]:
    """Return the CPU use in percent of a core, and the bytes written, while no key is pressed."""
    cpu, count, begin = terminal.cpu(), terminal.bytes_read, time.monotonic()
    while (left := begin + seconds - time.monotonic()) > 0:
        terminal.pump(left)
    elapsed = time.monotonic() - begin
    return 100 * (terminal.cpu() - cpu) / elapsed, terminal.bytes_read - count


def settle(terminal: Terminal) -> None:
    """Wait until there is a chart and the program is idle."""
    terminal.pump(60, lambda: has_chart(terminal))
    terminal.pump(WARM_SECONDS)
    measure(terminal, WARM_SECONDS)
    terminal.stop_emulation()


def static(options: Options, seconds: float = 60.0) -> Iterable[Outcome]:
    """Measure a run that does not grow, for a minute."""
    path = write_events.cached(options.data, "simple", 10**5)
    with Terminal(gan_tui(str(path.parent))) as terminal:
        settle(terminal)
        share, count = measure(terminal, seconds)
    yield Outcome(f"static run, {seconds:.0f} s: CPU", Sample([share], "%"), {}, (Target(most=0.1),))
    yield Outcome(f"static run, {seconds:.0f} s: written", Sample([count], "bytes"), {}, (Target(most=0),))


def live(options: Options, seconds: float = 60.0) -> Iterable[Outcome]:
    """Measure five steps per second of four tags, with terminalboard as the reference."""
    peer, peer_count = _live_peer(options, seconds)
    path = growing_log(options.data)
    with Terminal(gan_tui(str(path.parent))) as terminal, Writer(path, 5) as writer:
        settle(terminal)
        begin = time.monotonic()
        share, count = measure(terminal, seconds)
        frames = [terminal.started + at for at, _ in terminal.frames]
        waits = redraws([at for at in writer.appended if begin < at < begin + seconds - 2], frames)
    what = "live, 5 steps/s x 4 tags, 120x40"
    cpu = Sample([share], "%"), {"terminalboard": Sample([peer], "%")}
    yield Outcome(f"{what}: CPU", *cpu, (Target(most=1.5), Target("terminalboard", LIVE_RATIO)))
    size = Sample([count / seconds], "bytes"), {"terminalboard": Sample([peer_count / seconds], "bytes")}
    yield Outcome(f"{what}: written per second", *size, (Target(most=1000),))
    p95 = statistics.quantiles(waits, n=20)[-1] if len(waits) > 1 else float("nan")
    note = (
        f"median {1000 * statistics.median(waits):.0f} ms, maximum {1000 * max(waits):.0f} ms"
        if waits
        else ""
    )
    yield Outcome(f"{what}: append to redraw, p95", Sample([1000 * p95], "ms"), {}, (Target(most=150),), note)


def _live_peer(options: Options, seconds: float) -> tuple[float, int]:
    """Return the CPU use in percent of a core, and the bytes written, of terminalboard."""
    path = growing_log(options.data)
    with Terminal(peer_screens.terminalboard(path.parent)) as terminal, Writer(path, 5):
        settle(terminal)
        return measure(terminal, seconds)


def redraws(appended: Sequence[float], frames: Sequence[float]) -> list[float]:
    """Return the seconds from each append to the next write to the terminal."""
    waits = []
    at = 0
    for written in appended:
        while at < len(frames) and frames[at] <= written:
            at += 1
        if at < len(frames):
            waits.append(frames[at] - written)
    return waits


def storm(options: Options, seconds: float = 30.0) -> Iterable[Outcome]:
    """Measure a run whose writer flushes a thousand times per second."""
    path = growing_log(options.data)
    with Terminal(gan_tui(str(path.parent))) as terminal, Writer(path, 1_000):
        settle(terminal)
        share, count = measure(terminal, seconds)
    what = "a writer that flushes 1,000 times per second: CPU"
    yield Outcome(what, Sample([share], "%"), {}, (Target(most=5),), f"{count / seconds:,.0f} bytes/s")


# -- many runs -----------------------------------------------------------------------------------------


def many_runs(folder: Path, runs: int = 1_000, scalars: int = 10_000) -> Path:
    """Return a folder of runs, written on first use."""
    top = folder / f"runs-{runs}x{scalars}"
    if not (top / ".whole").exists():
        print_progress(f"writing {runs:,} runs of {scalars:,} scalars ...")
        for number in range(runs):
            path = top / f"run{number:04}" / "events.out.tfevents.1700000000.host"
            write_events.write(path, "simple", scalars, seed=number)
        (top / ".whole").touch()
    return top


def runs(options: Options, seconds: float = 30.0) -> Iterable[Outcome]:
    """Measure a thousand runs under one folder: until each has its badge, then idle."""
    top = many_runs(options.data)
    for path in top.rglob("events*"):
        path.read_bytes()
    cores = sorted(os.sched_getaffinity(1) or {0})[:2]
    os.sched_setaffinity(0, cores)
    progress_shown = False
    with Terminal(gan_tui(str(top))) as terminal:

        def complete() -> bool:
            nonlocal progress_shown, seconds_taken, cpu
            text = terminal.text
            busy = any(word in text for word in ("reading", "diagnosing", "waiting", "looking"))
            progress_shown = progress_shown or "reading" in text
            if busy or not has_chart(terminal):
                seconds_taken = float("nan")
            elif math.isnan(seconds_taken):
                seconds_taken, cpu = time.monotonic() - terminal.started, terminal.cpu()
            return not math.isnan(seconds_taken)

        seconds_taken, cpu = float("nan"), 0.0
        terminal.pump(120, lambda: has_chart(terminal))
        first = time.monotonic() - terminal.started
        # A frame may arrive in parts, so the state has to hold for a second.
        while terminal.pump(180, complete) and terminal.pump(1.0, lambda: not complete()):
            pass
        measure(terminal, WARM_SECONDS)
        share, _ = measure(terminal, seconds)
    note = f"first chart after {first:.1f} s; {'progress shown' if progress_shown else 'no progress shown'}"
    ours = Sample([seconds_taken], busy=[cpu])
    yield Outcome("1,000 runs x 10k scalars, two cores: list with badges", ours, {}, (Target(most=10),), note)
    yield Outcome("1,000 runs, idle: CPU", Sample([share], "%"), {}, (Target(most=1),))


# -- commands ------------------------------------------------------------------------------------------


def command(
    what: str,
    arguments: Sequence[str],
    most: float,
    options: Options,
    references: Mapping[str, Sequence[str]] | None = None,
) -> Iterable[Outcome]:
    """Measure a whole process from start to end, alternating with the `references`."""
    processes = {"": arguments, **(references or {})}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in processes}
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(max(options.rounds, 5)):
        for name, process_arguments in processes.items():
            begin = time.monotonic()
            with subprocess.Popen(process_arguments, stdout=subprocess.DEVNULL, env=environment) as process:
                _, _, usage = os.wait4(process.pid, 0)
                process.returncode = 0
            times[name].append((time.monotonic() - begin, usage.ru_utime + usage.ru_stime))
    samples = {
        name: Sample([wall for wall, _ in measurements], busy=[cpu for _, cpu in measurements])
        for name, measurements in times.items()
    }
    yield Outcome(what, samples.pop(""), samples, (Target(most=most),))


def check(options: Options) -> Iterable[Outcome]:
    """Measure `gan-tui check` on a table of ten thousand rows."""
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
    imports = {"import of numpy and click only": [sys.executable, "-c", "import numpy, click"]}
    yield from command(what, gan_tui("check", str(path)), 0.25, options, imports)


def version(options: Options) -> Iterable[Outcome]:
    """Measure `gan-tui --version`."""
    yield from command("`gan-tui --version`, whole process", gan_tui("--version"), 0.12, options)


def importing(options: Options) -> Iterable[Outcome]:
    """Measure `import gan_tui`, without the start of Python."""
    code = "import json,time\nt,c=time.perf_counter(),time.process_time()\nimport gan_tui\n"
    code += "print(json.dumps([time.perf_counter()-t,time.process_time()-c]))"
    results = [run_fresh([sys.executable, "-c", code]) for _ in range(max(options.rounds, 5))]
    walls, busy = zip(*results, strict=True)
    yield Outcome("`import gan_tui`", Sample(walls, busy=busy), {}, (Target(most=0.03),))


def chart(options: Options) -> Iterable[Outcome]:
    """Measure an update of four charts by one step of a run with ten million points."""
    del options
    result = run_fresh([sys.executable, HERE / "draw_charts.py"])
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
    Row("chart", "chart update with 10M points and 4 charts", chart),
    Row("static", "a run that does not grow, 60 s: CPU and bytes", static),
    Row("live", "5 steps/s x 4 tags, 60 s: CPU, bytes, append to redraw", live, (peers.TERMINALBOARD,)),
    Row("storm", "a writer that flushes 1,000 times per second", storm),
    Row("runs", "1,000 runs under one folder", runs),
    Row("check", "`gan-tui check` on a 10k-row CSV", check),
    Row("import", "`import gan_tui`", importing),
    Row("version", "`gan-tui --version`", version),
)
