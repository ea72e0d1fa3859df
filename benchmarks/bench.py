"""What every benchmark needs: fresh processes that take turns, medians with their spread, a Markdown table.

A row of the table is a `Row`; `benchmarks/run.py` finds those of each module by its `ROWS`. A row
measures and gives `Outcome`s, one line of the table each.
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
"""Where generated logs and the peers' environments are kept between runs."""
OURS = ("gan-tui", "numpy", "textual", "crc32c")


@dataclass(frozen=True)
class Options:
    """How to measure."""

    rounds: int = 5
    """Fresh processes of each program; the table has their medians."""
    data: Path = CACHE / "data"


@dataclass(frozen=True)
class Sample:
    """What one program took, measured several times."""

    values: Sequence[float]
    unit: str = "s"
    busy: Sequence[float] = ()
    """CPU seconds of the same measurements: where they are much less than `values`, the machine had
    other things to do."""

    @property
    def median(self) -> float:
        """The middle one of the values."""
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
    """What is to be reached: so many times less than a peer, or an amount at most."""

    peer: str = ""
    times: float = 1.0
    """As many times less than the peer at least."""
    most: float = float("inf")

    def judge(self, outcome: Outcome) -> tuple[str, bool | None]:
        """The target in words, and whether it is reached; None where it was not measured."""
        if not self.peer:
            return f"at most {_number(self.most)} {outcome.ours.unit}", outcome.ours.median <= self.most
        wanted = (
            f"{self.times:g}x {self.peer}"
            if self.times >= 1
            else f"at most {1 / self.times:g} of {self.peer}"
        )
        ratio = outcome.ratio(self.peer)
        return wanted, None if ratio is None else ratio >= self.times


@dataclass(frozen=True)
class Outcome:
    """One line of the table."""

    what: str
    ours: Sample
    peers: Mapping[str, Sample] = field(default_factory=dict)
    targets: Sequence[Target] = ()
    note: str = ""

    def ratio(self, peer: str) -> float | None:
        """How many times more a peer takes; by CPU time where both tell it."""
        other = self.peers.get(peer)
        if other is None:
            return None
        if other.busy and self.ours.busy:
            return statistics.median(other.busy) / statistics.median(self.ours.busy)
        return other.median / self.ours.median

    def cells(self) -> list[str]:
        """The line's cells."""
        others = [f"{name} {sample}, {self.ratio(name):.2g}x" for name, sample in self.peers.items()]
        judged = [target.judge(self) for target in self.targets]
        marks = {True: "yes", False: "NO", None: "not measured"}
        return [
            self.what,
            str(self.ours),
            "<br>".join(others) or "-",
            "<br>".join(f"{wanted}: {marks[reached]}" for wanted, reached in judged) or "-",
            self.note,
        ]


@dataclass(frozen=True)
class Row:
    """One thing that is measured by one command."""

    name: str
    """What `benchmarks/run.py` calls it."""
    what: str
    measure: Callable[[Options], Iterable[Outcome]]
    peers: Sequence[tuple[str, ...]] = ()
    """The packages of the peers' environments, for their versions."""


HEADS = ("what", "gan_tui", "peers", "target", "note")


def line(cells: Sequence[str]) -> str:
    """One line of a Markdown table."""
    return "| " + " | ".join(cells) + " |"


def fresh(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run a process that prints JSON in its last line, with this project to import, and give that.

    It is held to the core this process is held to.
    """
    found = subprocess.run(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(HERE.parent), "POLARS_MAX_THREADS": "1", **(environment or {})},
    )
    result: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return result


def in_turn(
    commands: Mapping[str, Sequence[str | Path]], rounds: int, before: Callable[[], object] = lambda: None
) -> dict[str, list[dict[str, Any]]]:
    """Let programs take turns, so that what else the machine does falls on all alike.

    Args:
        commands: Name to command, see `fresh`.
        rounds: How often each runs.
        before: Called before each, to warm the page cache for one.
    """
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            before()
            results[name].append(fresh(command))
    return results


def one_core() -> None:
    """Hold this process and those it starts to one core, as `taskset` does."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def machine() -> str:
    """Processor, memory, system and versions, in one line."""
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


def busy_now() -> str:
    """A word of warning where other processes are at work, "" where none are."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return f"load average {load:.1f} at the start: other processes were at work" if load > 1 else ""


def _number(number: float) -> str:
    """A number with three digits that count."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def say(words: str) -> None:
    """Tell how it goes, apart from the table."""
    print(words, file=sys.stderr, flush=True)
