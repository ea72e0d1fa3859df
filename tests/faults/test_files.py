"""Faults of a real file system, with a writer that keeps writing."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gan_tui.logs.discovery.finder import Finder, find_runs
from gan_tui.logs.files import tail as tail_module
from gan_tui.logs.files.tail import Tail, TailResult
from gan_tui.logs.model import Batch, Buffer, join
from tests.helpers.line_log import LINES, LineParser, points

ROWS = 40
"""Rows that are written, and read, before the next event."""


class Writer(threading.Thread):
    """Appends rows, flushing each, until it is stopped."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.path = path
        self.rows = 0
        self._file = path.open("a")
        self._written = threading.Condition()
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(0.001):
            with self._written:
                self._file.write(f"{self.rows},0.{self.rows}\n")
                self._file.flush()
                self.rows += 1
                self._written.notify_all()

    def wait_for_rows(self, count: int) -> None:
        """Wait until this many more rows have been written."""
        with self._written:
            target = self.rows + count
            assert self._written.wait_for(lambda: self.rows >= target, 60.0)

    def reopen(self) -> None:
        """Reopen the log, as a program does after a rotation."""
        with self._written:
            self._file.close()
            self._file = self.path.open("a")

    def stop(self) -> None:
        self._stopped.set()
        self.join()
        self._file.close()


class Reader:
    """Keeps the batches of a tail, as every caller has to."""

    def __init__(self, path: Path) -> None:
        self.tail = Tail(path, LINES)
        self.batches: list[Batch] = []
        self.last = TailResult()
        self.resets = 0

    def turn(self) -> TailResult:
        self.last = self.tail.poll(500)
        if self.last.reset:
            self.batches.clear()
            self.resets += 1
        self.batches.append(self.last.batch)
        return self.last

    @property
    def points(self) -> list[tuple[int, float]]:
        return points(join(self.batches))

    def read_to_the_end(self) -> list[tuple[int, float]]:
        while self.turn().more:
            pass
        return self.points


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "run" / "log.csv"


@pytest.fixture
def writer(log: Path) -> Iterator[Writer]:
    log.parent.mkdir()
    writer = Writer(log)
    writer.start()
    yield writer
    writer.stop()


def follow(reader: Reader, writer: Writer) -> None:
    """Read while more rows are written."""
    until = writer.rows + ROWS
    while writer.rows < until:
        reader.turn()
        writer.wait_for_rows(1)


def on_disk(path: Path) -> list[tuple[int, float]]:
    return points(LineParser().feed(path.read_bytes()))


# -- what happens to a log ---------------------------------------------------------------------------


def truncate(writer: Writer) -> None:
    os.truncate(writer.path, 0)


def cut_in_half(writer: Writer) -> None:
    os.truncate(writer.path, writer.path.stat().st_size // 2)


def rotate(writer: Writer) -> None:
    writer.path.rename(writer.path.with_suffix(".1"))
    writer.wait_for_rows(5)
    writer.reopen()


def copy_and_truncate(writer: Writer) -> None:
    shutil.copy(writer.path, writer.path.with_suffix(".1"))
    truncate(writer)


def delete_and_create_again(writer: Writer) -> None:
    writer.path.unlink()
    writer.wait_for_rows(5)
    writer.reopen()


def replace(writer: Writer) -> None:
    new = writer.path.with_suffix(".new")
    new.write_text("".join(f"{i},7.5\n" for i in range(writer.rows + 100)))
    new.rename(writer.path)
    writer.reopen()


def rewrite_in_place_and_bigger(writer: Writer) -> None:
    writer.path.write_text("".join(f"{i},8.5\n" for i in range(writer.rows + 100)))


def rename_and_back(writer: Writer) -> None:
    away = writer.path.with_suffix(".away")
    writer.path.rename(away)
    writer.wait_for_rows(5)
    away.rename(writer.path)


def move_the_folder_away_and_back(writer: Writer) -> None:
    away = writer.path.parent.with_name("away")
    writer.path.parent.rename(away)
    writer.wait_for_rows(5)
    away.rename(writer.path.parent)


DAMAGE = [
    truncate,
    cut_in_half,
    rotate,
    copy_and_truncate,
    delete_and_create_again,
    replace,
    rewrite_in_place_and_bigger,
]
HARMLESS = [rename_and_back, move_the_folder_away_and_back]


@pytest.mark.parametrize("happens", [*DAMAGE, *HARMLESS])
@pytest.mark.parametrize("seen", [True, False])
def test_the_points_read_are_those_of_the_log(
    writer: Writer, happens: Callable[[Writer], None], seen: bool
) -> None:
    reader = Reader(writer.path)
    follow(reader, writer)
    for _ in range(3):
        happens(writer)
        if seen:
            reader.turn()
        follow(reader, writer)
    writer.stop()
    read = reader.read_to_the_end()
    assert read == on_disk(writer.path)
    assert len(read) >= ROWS
    assert (reader.resets > 0) == (happens in DAMAGE)
    faults = LineParser().feed(writer.path.read_bytes()).faults  # cut in half, two rows become one
    assert join(reader.batches).faults == tuple(f.with_file(str(writer.path)) for f in faults)


def test_everything_one_after_the_other(writer: Writer) -> None:
    reader = Reader(writer.path)
    for happens in (*DAMAGE, *HARMLESS, *reversed(DAMAGE)):
        happens(writer)
        follow(reader, writer)
    writer.stop()
    assert reader.read_to_the_end() == on_disk(writer.path)


def test_a_table_that_gains_a_column_is_read_again(tmp_path: Path) -> None:
    """Lightning's CSVLogger rewrites the file when a metric appears for the first time."""
    path = tmp_path / "metrics.csv"
    tail = Tail(path)
    kept: list[Batch] = []
    for end in range(1, 60):
        header, extra = ("step,d_loss", "") if end < 30 else ("step,d_loss,fid", ",9.5")
        path.write_text(header + "\n" + "".join(f"{i},{i}.5{extra}\n" for i in range(end)))
        result = tail.poll(1 << 20)
        if result.reset:
            kept.clear()
        kept.append(result.batch)
        assert points(join(kept), "d_loss") == [(i, i + 0.5) for i in range(end)]
    assert len(points(join(kept), "fid")) == 59


def test_an_array_rewritten_at_each_write_is_read_again(tmp_path: Path) -> None:
    """Chainer's LogReport dumps its whole list each time, and replaces the old file."""
    path = tmp_path / "log"
    tail = Tail(path)
    kept: list[Batch] = []
    for end in range(1, 40):
        rows = [{"epoch": i, "iteration": i * 100, "loss_gen": i + 0.5} for i in range(1, end + 1)]
        if end % 2:
            path.write_text(json.dumps(rows, indent=4))
        else:
            (tmp_path / "new").write_text(json.dumps(rows, indent=4))
            (tmp_path / "new").rename(path)
        result = tail.poll(1 << 20)
        if result.reset:
            kept.clear()
        kept.append(result.batch)
    kept.append(tail.finish())
    assert [v for _, v in points(join(kept), "loss_gen")] == [i + 0.5 for i in range(1, 40)]


# -- the reader has no side effects ---------------------------------------------------------------------


def open_below(folder: Path) -> list[str]:
    links = Path("/proc/self/fd").glob("*")
    return [target for link in links if (target := _target(link)).startswith(str(folder))]


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # of the listing itself
        return ""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's list of open files")
def test_the_disk_space_of_a_deleted_log_is_freed(log: Path) -> None:
    log.parent.mkdir()
    log.write_text("1,0.5\n" * 100_000)
    reader = Reader(log)
    reader.turn()
    assert reader.last.more
    assert not open_below(log.parent)
    log.unlink()
    assert reader.turn().missing
    assert not open_below(log.parent)


def test_no_lock_is_taken_and_nothing_is_written(log: Path) -> None:
    log.parent.mkdir()
    log.write_text("1,0.5\n" * 1000)
    refused: list[str] = []

    class LockingParser(LineParser):
        def feed(self, data: Buffer) -> Batch:
            with log.open("r+b") as mine:
                try:
                    fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError as error:
                    refused.append(str(error))
            locks.append(len(data))
            return super().feed(data)

    locks: list[int] = []
    before = [(p.name, p.stat().st_mtime_ns, p.stat().st_ctime_ns) for p in (log.parent, log)]
    tail = Tail(log, type(LINES)("lines", lambda filename="": LockingParser(), LINES.sniff, "", ()))  # noqa: ARG005
    while tail.poll(1000).more:
        pass
    find_runs([log.parent])
    assert sum(locks) == 6000
    assert not refused
    assert before == [(p.name, p.stat().st_mtime_ns, p.stat().st_ctime_ns) for p in (log.parent, log)]
    assert [p.name for p in log.parent.iterdir()] == ["log.csv"]


# -- unreadable logs ----------------------------------------------------------------------


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder accessible to other users; root runs the test as such a user."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield folder
    if root:
        os.seteuid(0)
    shutil.rmtree(folder)


def test_permission_taken_and_given_back(open_folder: Path) -> None:
    log = open_folder / "run" / "log.csv"
    log.parent.mkdir()
    log.write_text("1,0.5\n")
    reader = Reader(log)
    reader.turn()
    for taken in (log, log.parent):
        mode = taken.stat().st_mode
        taken.chmod(0)
        assert "permission" in reader.turn().batch.faults[0].reason
        assert not reader.turn().batch.faults
        assert "permission" in reader.tail.unreadable
        taken.chmod(mode)
        with log.open("a") as file:
            file.write("2,0.25\n")
        reader.turn()
        assert not reader.tail.unreadable
    assert reader.points == [(1, 0.5), (2, 0.25), (2, 0.25)]
    assert reader.resets == 0


def test_a_folder_without_permission_is_reported_and_searched_once_readable(open_folder: Path) -> None:
    for name in ("a", "b"):
        (open_folder / name).mkdir()
        (open_folder / name / "losses.csv").write_text("epoch,d_loss\n1,0.5\n")
    (open_folder / "b").chmod(0)
    (open_folder / "a" / "more.csv").write_text("epoch,g_loss\n1,0.5\n")
    (open_folder / "a" / "more.csv").chmod(0)
    finder = Finder([open_folder])
    discovery = finder.find(strict=True)
    assert [r.name for r in discovery.runs] == ["a"]
    assert sorted(p.message.rsplit("/", 1)[-1] for p in discovery.problems) == [
        "b: permission denied",
        "more.csv: permission denied",
    ]
    (open_folder / "b").chmod(0o777)
    (open_folder / "a" / "more.csv").chmod(0o644)
    discovery = finder.find()
    assert [r.name for r in discovery.runs] == ["a", "b"]
    assert not discovery.problems


def test_too_many_open_files_is_reported_and_recovers(log: Path) -> None:
    log.parent.mkdir()
    log.write_text("1,0.5\n")
    reader = Reader(log)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        result = reader.turn()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert "too many files" in result.batch.faults[0].reason
    assert reader.read_to_the_end() == [(1, 0.5)]


@pytest.mark.parametrize("jump", [-1e6, 1e6])
def test_a_clock_that_jumps_changes_nothing(
    writer: Writer, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    reader = Reader(writer.path)
    follow(reader, writer)
    monkeypatch.setattr(tail_module.time, "time", lambda: time.time_ns() / 1e9 + jump)
    follow(reader, writer)
    rewrite_in_place_and_bigger(writer)
    follow(reader, writer)
    writer.stop()
    assert reader.read_to_the_end() == on_disk(writer.path)
