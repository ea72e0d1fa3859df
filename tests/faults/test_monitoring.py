"""Faults of the environment: the monitor continues, reports them, and recovers."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan_tui.monitoring.monitor import Monitor
from gan_tui.monitoring.snapshot import RunState, Status

HEADER = "step,d_loss,g_loss\n"
TIMEOUT = 60.0
"""Seconds after which a test fails."""


def rows(first: int, last: int) -> str:
    return "".join(f"{i},{1.3 + (i % 7) / 50:.3f},{0.7 + (i % 5) / 50:.3f}\n" for i in range(first, last))


def append(log: Path, text: str) -> None:
    log.parent.mkdir(exist_ok=True)
    with log.open("a") as file:
        file.write(text)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "runs" / "a" / "losses.csv"
    path.parent.parent.mkdir()
    append(path, HEADER + rows(0, 30))
    return path


@pytest.fixture
def monitor(log: Path) -> Iterator[Monitor]:
    monitor = Monitor([log.parent.parent])
    search_and_read(monitor)
    yield monitor
    monitor.close()
    assert not [t for t in threading.enumerate() if "inotify" in t.name.lower()]


def search_and_read(monitor: Monitor) -> dict[str, RunState]:
    """Search, and read everything."""
    monitor._discovered_at = -np.inf
    for _ in range(4):
        monitor.turn()
    return {run.name: run for run in monitor.snapshot().runs}


def count(run: RunState) -> int:
    return len(run.series[0].view) if run.series else 0


def follow(monitor: Monitor, until: Callable[[dict[str, RunState]], bool]) -> dict[str, RunState]:
    """Wait and read as the program does, until a condition holds."""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        monitor.turn()
        runs = {run.name: run for run in monitor.snapshot().runs}
        if until(runs):
            return runs
        monitor.wait(1.0)
    raise AssertionError({name: count(run) for name, run in runs.items()})


def test_without_events_polling_finds_everything(
    log: Path, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on NFS and SSHFS, where writes of other machines cause no events."""
    from watchdog.observers import Observer

    monkeypatch.setattr(Observer, "schedule", lambda *_, **__: None)
    monitor.wait(0.01)
    append(log, rows(30, 40))
    follow(monitor, lambda runs: count(runs["a"]) == 40)
    append(log.parents[1] / "b" / "losses.csv", HEADER + rows(0, 30))
    follow(monitor, lambda runs: "b" in runs and count(runs["b"]) == 30)
    log.unlink()
    follow(monitor, lambda runs: runs["a"].status is Status.MISSING)
    append(log, HEADER + rows(0, 7))
    follow(monitor, lambda runs: count(runs["a"]) == 7)


@pytest.mark.parametrize("number", [errno.ESTALE, errno.EIO, errno.EACCES, errno.ENOENT])
def test_a_file_server_that_fails_and_comes_back(
    log: Path, monitor: Monitor, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    real = os.stat

    def failing(path: Any, *args: Any, **kwargs: Any) -> os.stat_result:
        if str(path).startswith(str(log.parents[1])):
            raise OSError(number, os.strerror(number), str(path))
        return real(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", failing)
        for _ in range(3):
            (run,) = search_and_read(monitor).values()
        assert count(run) == 30  # earlier points stay
        assert len(run.faults) == (number != errno.ENOENT)  # reported once
        assert monitor._find().problems
    append(log, rows(30, 40))
    (run,) = search_and_read(monitor).values()
    assert (count(run), run.status) == (40, Status.LIVE)
    assert not monitor._find().problems


def test_without_descriptors_nothing_is_lost(log: Path, monitor: Monitor) -> None:
    append(log, rows(30, 40))
    append(log.parents[1] / "b" / "losses.csv", HEADER + rows(0, 30))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        starved = search_and_read(monitor)
        monitor.wait(0.01)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert count(starved["a"]) == 30
    assert "too many files are open" in starved["a"].faults[0].reason
    fed = search_and_read(monitor)
    assert (count(fed["a"]), count(fed["b"])) == (40, 30)


@pytest.mark.parametrize("jump", [-1e6, 1e6])
def test_a_clock_that_jumps_loses_nothing(
    log: Path, monitor: Monitor, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    monkeypatch.setattr(time, "time", lambda: time.time_ns() / 1e9 + jump)
    append(log, rows(30, 40))
    append(log.parents[1] / "b" / "losses.csv", HEADER + rows(0, 30))
    runs = search_and_read(monitor)
    assert (count(runs["a"]), count(runs["b"])) == (40, 30)
    log.write_text(HEADER + rows(0, 5))
    assert count(search_and_read(monitor)["a"]) == 5


def test_the_folder_of_all_runs_goes_and_comes_back(log: Path, monitor: Monitor) -> None:
    folder = log.parents[1]
    folder.rename(folder.with_name("away"))
    (run,) = search_and_read(monitor).values()
    assert (count(run), run.status) == (30, Status.MISSING)
    folder.with_name("away").rename(folder)
    append(log, rows(30, 40))
    (run,) = search_and_read(monitor).values()
    assert (count(run), run.status) == (40, Status.LIVE)


def test_what_is_skipped_in_a_watched_folder_is_a_fault_of_its_run(log: Path, monitor: Monitor) -> None:
    other = log.parents[1] / "b" / "losses.csv"
    append(other, HEADER + rows(0, 30))
    os.mkfifo(other.with_name("train.log"))
    (log.parent / "loop").symlink_to(log.parents[1])
    (log.parents[1] / "zero.csv").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(other.with_name("s.log")))
        runs = search_and_read(monitor)
    assert sorted(fault.reason for fault in runs["b"].faults) == [
        "a named pipe (FIFO), never opened",
        "a socket, never opened",
    ]
    assert sorted(fault.file for fault in runs["a"].faults) == [
        str(log.parent / "loop"),
        str(log.parents[1] / "zero.csv"),
    ]
    assert [count(run) for run in runs.values()] == [30, 30]
    (log.parent / "loop").unlink()
    (log.parents[1] / "zero.csv").unlink()
    assert not search_and_read(monitor)["a"].faults


# -- real limits of the machine ----------------------------------------------------------------------

LIMITED = """
echo 0 > /proc/sys/user/{limit} || exit 77
exec "$@"
"""
PRINT_DEGRADED = """
import sys
from gan_tui.logs.files.watcher import FileWatcher
with FileWatcher([sys.argv[1]]) as watcher:
    print(watcher.degraded)
"""


@pytest.mark.parametrize(
    ("limit", "word"),
    [("max_inotify_instances", "max_user_instances"), ("max_inotify_watches", "max_user_watches")],
)
def test_the_limits_of_inotify_are_reported(log: Path, limit: str, word: str) -> None:
    """In a user namespace, where users may set their own limits."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare here")
    program = [sys.executable, "-c", PRINT_DEGRADED, str(log.parents[1])]
    command = ["unshare", "-Ur", "sh", "-c", LIMITED.format(limit=limit), "sh", *program]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip("no user namespace may be made here")
    assert done.returncode == 0, done.stderr
    assert word in done.stdout
    assert "each second" in done.stdout
