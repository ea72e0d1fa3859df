"""A log rewritten with the same inode, head and end is noticed, at little cost."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gan_tui.logs.files import checkpoint, tail
from gan_tui.logs.files.tail import Tail
from gan_tui.logs.model import join
from tests.helpers.line_log import LINES, points

ROW = b"%07d,0.%07d\n"
MEBIBYTE = 1 << 20


def rows(begin: int, end: int) -> bytes:
    return b"".join(ROW % (i, i) for i in range(begin, end))


class Reader:
    """Follows a log, and counts what it reads of the file."""

    def __init__(self, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log = log
        self.bytes = 0
        self.resets = 0
        self.batches: list[Any] = []
        reader = self

        class Counting(tail.FileIO):
            def readinto(self, buffer: Any) -> int | None:
                count = super().readinto(buffer)
                reader.bytes += count or 0
                return count

            def read(self, size: int = -1) -> bytes | None:  # type: ignore[override]
                data = super().read(size)
                reader.bytes += len(data or b"")
                return data

        monkeypatch.setattr(tail, "FileIO", Counting)
        self.tail = Tail(log, LINES)

    def poll(self) -> int:
        """Look once, as far as there is more; the bytes that it cost."""
        before = self.bytes
        while True:
            result = self.tail.poll(1 << 30)
            if result.reset:
                self.resets += 1
                self.batches.clear()
            self.batches.append(result.batch)
            if not result.more:
                return self.bytes - before

    def holds_the_log(self) -> bool:
        return points(join(self.batches)) == points(LINES.make_parser().feed(self.log.read_bytes()))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_bytes(rows(0, 150_000))
    return path


def write_in_the_middle(log: Path) -> None:
    """One row of the middle, in place, once the times will tell."""
    before = log.stat()
    while log.stat().st_ctime_ns == before.st_ctime_ns:
        descriptor = os.open(log, os.O_WRONLY)
        os.pwrite(descriptor, ROW % (7, 7), before.st_size // 2 // 18 * 18)
        os.close(descriptor)


def with_the_old_times(log: Path) -> None:
    """As `rsync --inplace --times` and `cp --preserve` do."""
    before = log.stat()
    write_in_the_middle(log)
    os.utime(log, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("change", [write_in_the_middle, with_the_old_times])
def test_a_change_without_growth_is_noticed_at_once(
    log: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    reader = Reader(log, monkeypatch)
    reader.poll()
    change(log)
    reader.poll()
    assert reader.resets == 1
    assert reader.holds_the_log()


def test_a_change_with_growth_is_noticed_before_each_block_has_been_verified(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader(log, monkeypatch)
    reader.poll()
    write_in_the_middle(log)
    appends = 0
    while not reader.resets:
        with log.open("ab") as file:
            file.write(rows(appends, appends + 1))
        reader.poll()
        appends += 1
    assert appends <= -(-log.stat().st_size // checkpoint.BLOCK_BYTES)
    assert reader.holds_the_log()


def test_a_small_log_that_is_rewritten_and_longer_is_noticed_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log.csv"
    log.write_bytes(rows(0, 1000))
    reader = Reader(log, monkeypatch)
    reader.poll()
    write_in_the_middle(log)
    with log.open("ab") as file:
        file.write(rows(1000, 1010))
    reader.poll()
    assert reader.resets == 1
    assert reader.holds_the_log()


def test_an_append_costs_one_block_however_long_the_log(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(log, monkeypatch)
    reader.poll()
    for i in range(20):
        with log.open("ab") as file:
            file.write(rows(i, i + 1))
        assert reader.poll() < checkpoint.BLOCK_BYTES + 4 * checkpoint.COMPARED_BYTES
    assert not reader.resets


def test_an_idle_log_is_verified_once_more_and_then_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a file system whose clock ticks once a second: neither size nor time tells."""
    monkeypatch.setattr(checkpoint, "_times", lambda _: (0, 0))
    log = tmp_path / "log.csv"
    log.write_bytes(rows(0, checkpoint.IDLE_CHECK_BYTES // 18))
    now = log.stat().st_ctime
    monkeypatch.setattr(tail.time, "time", lambda: now)
    reader = Reader(log, monkeypatch)
    reader.poll()
    write_in_the_middle(log)
    reader.poll()
    assert not reader.resets
    now = log.stat().st_ctime + tail.RACY_SECONDS
    assert reader.poll() > checkpoint.IDLE_CHECK_BYTES
    assert reader.resets == 1
    assert reader.holds_the_log()
    reader.poll()
    assert reader.poll() == 0


def test_a_long_log_is_verified_in_turns(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "MAX_CHECK_BYTES", MEBIBYTE)
    now = log.stat().st_mtime + 100.0
    monkeypatch.setattr(tail.time, "time", lambda: now)
    reader = Reader(log, monkeypatch)
    reader.poll()
    before = log.stat()
    while log.stat().st_ctime_ns == before.st_ctime_ns:
        log.touch()
    spent = [reader.poll() for _ in range(5)]
    assert not reader.resets
    assert max(spent) <= MEBIBYTE + 4 * checkpoint.COMPARED_BYTES
    assert sum(spent) >= log.stat().st_size
    assert spent[-1] == 0
