"""Shared parts of all benchmarks: alternating fresh processes, medians with their spread, a Markdown table.

A benchmark is a `Row`; `benchmarks/run.py` collects them from the `ROWS` of each module. Measuring a row
yields `Outcome`s, one line of the table each.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("GAN_TUI_BENCHMARKS", Path(tempfile.gettempdir()) / "gan_tui-benchmarks"))
"""Cache folder of generated logs and the peers' environments."""
OURS = ("gan-tui", "numpy", "textual", "crc32c")


@dataclass(frozen=True)
class Options:
    """Measurement options."""

    rounds: int = 5
    """Fresh processes per program; the table shows their medians."""
    data: Path = CACHE / "data"


@dataclass(frozen=True)
class Sample:
    """Repeated measurements of one program."""

    values: Sequence[float]
    unit: str = "s"
    busy: Sequence[float] = ()
    """CPU seconds of the same measurements. Values far below `values` mean that the machine was busy."""

    @property
    def median(self) -> float:
        """The median of the values."""
        return statistics.median(self.values)

    def __str__(self) -> str:
        out = f"{_number(self.median)} {self.unit}"
        if len(self.values) > 1:
            out += f" ({_number(min(self.values))}-{_number(max(self.values))})"
        if self.busy:
            out += f", CPU {_number(statistics.median(self.busy))}"
        return out


@dataclass(frozen=True)
class Target:
    """A target: a factor below a peer, or an upper limit."""

    peer: str = ""
    times: float = 1.0
    """Least factor by which the peer takes longer."""
    most: float = float("inf")
    """Upper limit, if there is no peer."""

    def evaluate(self, outcome: Outcome) -> tuple[str, bool | None]:
        """Return the target as text, and whether it is reached (None if the peer was not measured)."""
        if not self.peer:
            return f"at most {_number(self.most)} {outcome.ours.unit}", outcome.ours.median <= self.most
        target = (
            f"{self.times:g}x {self.peer}"
            if self.times >= 1
            else f"at most {1 / self.times:g} of {self.peer}"
        )
        ratio = outcome.ratio(self.peer)
        return target, None if ratio is None else ratio >= self.times


@dataclass(frozen=True)
class Outcome:
    """One line of the table."""

    what: str
    ours: Sample
    peers: Mapping[str, Sample] = field(default_factory=dict)
    targets: Sequence[Target] = ()
    note: str = ""

    def ratio(self, peer: str) -> float | None:
        """Return how many times more a peer takes, by CPU time if known for both."""
        other = self.peers.get(peer)
        if other is None:
            return None
        if other.busy and self.ours.busy:
            return statistics.median(other.busy) / statistics.median(self.ours.busy)
        return other.median / self.ours.median

    def cells(self) -> list[str]:
        """Return the cells of the line."""
        others = [f"{name} {sample}, {self.ratio(name):.2g}x" for name, sample in self.peers.items()]
        results = [target.evaluate(self) for target in self.targets]
        marks = {True: "yes", False: "NO", None: "not measured"}
        return [
            self.what,
            str(self.ours),
            "<br>".join(others) or "-",
            "<br>".join(f"{target}: {marks[reached]}" for target, reached in results) or "-",
            self.note,
        ]


@dataclass(frozen=True)
class Row:
    """One benchmark."""

    name: str
    """Name on the command line of `benchmarks/run.py`."""
    what: str
    measure: Callable[[Options], Iterable[Outcome]]
    peers: Sequence[tuple[str, ...]] = ()
    """Packages of each peer's environment, to print their versions."""


HEADS = ("what", "gan_tui", "peers", "target", "note")


def line(cells: Sequence[str]) -> str:
    """Return one line of a Markdown table."""
    return "| " + " | ".join(cells) + " |"


def run_fresh(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run a process that can import this project, and return the JSON on the last line that it prints.

    The process inherits the CPU affinity of this one.
    """
    process = subprocess.run(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(HERE.parent), "POLARS_MAX_THREADS": "1", **(environment or {})},
    )
    result: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
    return result


def run_in_turn(
    commands: Mapping[str, Sequence[str | Path]], rounds: int, before: Callable[[], object] = lambda: None
) -> dict[str, list[dict[str, Any]]]:
    """Run the programs in turn, so that other load on the machine affects all of them alike.

    Args:
        commands: The command of each program by name, see `run_fresh`.
        rounds: How often each program runs.
        before: Called before each process, for example to warm the page cache.
    """
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            before()
            results[name].append(run_fresh(command))
    return results


def use_one_core() -> None:
    """Restrict this process and its children to one core, like `taskset`."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def machine() -> str:
    """Return processor, memory, system and versions in one line."""
    model = platform.processor() or platform.machine()
    memory = ""
    info, memory_info = Path("/proc/cpuinfo"), Path("/proc/meminfo")
    if info.exists():
        models = [row.split(":")[1].strip() for row in info.read_text().splitlines() if "model name" in row]
        model = f"{models[0] if models else model} ({len(models)} cores)"
    if memory_info.exists():
        memory = f"{int(memory_info.read_text().split()[1]) / 2**20:.0f} GiB, "
    versions = ", ".join(f"{name} {_version(name)}" for name in OURS)
    return f"{model}, {memory}{platform.platform()}, Python {platform.python_version()}, {versions}"


def _version(package: str) -> str:
    try:
        return version(package)
    except ModuleNotFoundError:
        return "?"


def load_warning() -> str:
    """Return a warning if the machine is under load, otherwise ""."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return f"load average {load:.1f} at the start: other processes were running" if load > 1 else ""


def _number(number: float) -> str:
    """Format a number with three significant digits."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def print_progress(message: str) -> None:
    """Print a progress message to stderr, apart from the table."""
    print(message, file=sys.stderr, flush=True)
