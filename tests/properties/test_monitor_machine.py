"""Whatever is done to the logs of several runs, what is shown is what stands in them."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gan_tui.logs.files import tail as tail_module
from gan_tui.monitoring.monitor import Monitor
from gan_tui.monitoring.snapshot import RunState, Status

NAMES = ("a", "b", "c")
HEADER = b"step,d_loss,g_loss\n"
RUNS = st.sampled_from(NAMES)
COUNTS = st.sampled_from([1, 3, 40])

Points = dict[str, list[tuple[int, float]]]


@dataclass
class Shown:
    """What was shown of a run when it was last looked at."""

    points: Points = field(default_factory=dict)


class Runs(RuleBasedStateMachine):
    """Three runs under writers that do as they like, and one monitor of all."""

    @initialize(begun=st.sets(RUNS))
    def begin(self, begun: set[str]) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.written = 0
        self.rest: dict[str, bytes] = {}
        # No line is taken as finished before its newline is there, however slow the machine.
        self.patch = mock.patch.object(tail_module, "IDLE_SECONDS", 1e9)
        self.patch.start()
        for name in begun:
            self.log(name).parent.mkdir()
            self.log(name).write_bytes(HEADER)
        self.monitor = Monitor([self.folder])
        self.shown: dict[str, Shown] = {}

    def teardown(self) -> None:
        self.monitor.close()
        self.patch.stop()
        shutil.rmtree(self.folder)

    # -- the writers -------------------------------------------------------------------------------

    def log(self, name: str) -> Path:
        return self.folder / name / "losses.csv"

    def rows(self, count: int) -> bytes:
        """Rows that were never written before."""
        first, self.written = self.written, self.written + count
        return b"".join(b"%d,1.%03d,0.%03d\n" % (i, i % 997, i % 991) for i in range(first, self.written))

    def there(self, name: str) -> bool:
        return self.log(name).is_file()

    @rule(name=RUNS, count=COUNTS, cut=st.integers(0, 9))
    def append(self, name: str, count: int, cut: int) -> None:
        """Rows, the last maybe unfinished; it is finished by what is appended next."""
        self.log(name).parent.mkdir(exist_ok=True)
        begun = self.there(name) and self.log(name).stat().st_size
        with self.log(name).open("ab") as file:
            rest = self.rest.pop(name, b"")
            rows = (rest if begun else HEADER) + self.rows(count)
            file.write(rows[: len(rows) - cut])
            self.rest[name] = rows[len(rows) - cut :]

    @precondition(lambda self: any(map(self.there, NAMES)))
    @rule(name=RUNS, count=COUNTS, how=st.sampled_from(["in place", "another file", "emptied", "cut"]))
    def write_anew(self, name: str, count: int, how: str) -> None:
        if not self.there(name):
            return
        content = HEADER + self.rows(count)
        self.rest.pop(name, None)
        if how == "another file":
            new = self.folder / "new.tmp"
            new.write_bytes(content)
            new.replace(self.log(name))
        elif how == "in place":
            self.log(name).write_bytes(content)
        else:
            half = self.log(name).read_bytes() if how == "cut" else b""
            os.truncate(self.log(name), half.rfind(b"\n", 0, len(half) // 2) + 1)

    @precondition(lambda self: any(map(self.there, NAMES)))
    @rule(name=RUNS)
    def correct_a_row_in_place(self, name: str) -> None:
        if not self.there(name):
            return
        rows = self.log(name).read_bytes().split(b"\n")
        at = len(rows) // 2
        if at == 0 or len(rows[at]) < 12:
            return
        before = self.log(name).stat().st_ctime_ns
        rows[at] = rows[at][:-1] + (b"4" if rows[at][-1:] != b"4" else b"5")
        while self.log(name).stat().st_ctime_ns == before:
            with self.log(name).open("r+b") as file:
                file.write(b"\n".join(rows))

    @rule(name=RUNS)
    def delete(self, name: str) -> None:
        self.log(name).unlink(missing_ok=True)
        self.rest.pop(name, None)

    @rule(name=RUNS)
    def move_away_or_back(self, name: str) -> None:
        away = self.folder.with_name(self.folder.name + "-" + name)
        here = self.folder / name
        if away.exists():
            if here.exists():
                shutil.rmtree(away)
            else:
                away.rename(here)
        elif here.exists():
            here.rename(away)

    @rule(name=RUNS, other=RUNS)
    def swap(self, name: str, other: str) -> None:
        one, two, between = self.folder / name, self.folder / other, self.folder / "between"
        if name != other and one.exists() and two.exists():
            one.rename(between)
            two.rename(one)
            between.rename(two)
            self.rest[name], self.rest[other] = self.rest.get(other, b""), self.rest.get(name, b"")

    @rule(name=RUNS)
    def put_a_pipe_in_its_place(self, name: str) -> None:
        """Nothing is to be read from it, and nobody to wait for it."""
        self.look()
        if self.there(name) and str(self.folder / name) in self.states():
            self.log(name).unlink()
            self.rest.pop(name, None)
            os.mkfifo(self.log(name))
            self.look()
            state = self.states()[str(self.folder / name)]
            assert points_of(state) == self.shown[str(self.folder / name)].points
            assert any("named pipe" in fault.reason for fault in state.faults)
            self.log(name).unlink()

    # -- the reader --------------------------------------------------------------------------------

    def states(self) -> dict[str, RunState]:
        return {run.path: run for run in self.monitor.snapshot().runs}

    @rule()
    def look(self) -> None:
        """Read to the end."""
        self.monitor._discovered_at = -np.inf
        for _ in range(4):
            self.monitor.turn()
        states = self.states()
        for name in NAMES:
            path = str(self.folder / name)
            state, before = states.get(path), self.shown.setdefault(path, Shown())
            if self.there(name):
                expected = read(self.log(name))
                assert (points_of(state) if state else {}) == expected
                if state:
                    assert state.status is (Status.LIVE if expected else Status.WAITING)
                before.points = expected
            elif state and not self.log(name).exists():
                assert points_of(state) == before.points
                assert state.status is Status.MISSING

    @invariant()
    def nothing_is_held_open(self) -> None:
        folder = getattr(self, "folder", None)
        links = Path("/proc/self/fd").glob("*") if folder else []
        assert not [name for name in map(_target, links) if name.startswith(str(folder))]


def points_of(state: RunState) -> Points:
    return {
        s.name: list(zip(s.view.steps.tolist(), s.view.values.tolist(), strict=True))
        for s in state.series
        if not s.derived
    }


def read(log: Path) -> Points:
    """The points of a log, read plainly."""
    *rows, _ = log.read_bytes().split(b"\n")
    whole = [row.split(b",") for row in rows[1:]]
    if not whole:
        return {}
    return {
        "d_loss": [(int(step), float(d)) for step, d, _ in whole],
        "g_loss": [(int(step), float(g)) for step, _, g in whole],
    }


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # the descriptor of the listing itself
        return ""


TestRuns = Runs.TestCase
TestRuns.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
