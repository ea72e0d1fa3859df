"""Whatever a writer does to its log, the points read are those in the log."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gan_tui.logs.files import tail as tail_module
from gan_tui.logs.files.tail import PAGE_BYTES, Tail
from tests.helpers.line_log import LINES, points

COUNTS = st.sampled_from([1, 2, 5, 300])


class Log(RuleBasedStateMachine):
    """One log, an unpredictable writer, and a reader."""

    @initialize(chunk=st.sampled_from([1000, 1 << 23]), reads_before_writes=st.booleans())
    def begin(self, chunk: int, reads_before_writes: bool) -> None:
        self.reads_before_writes = reads_before_writes
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "log.csv"
        self.away = self.folder / "away.csv"
        self.now = self.path.parent.stat().st_mtime
        clock = SimpleNamespace(time=lambda: self.now, monotonic=lambda: self.now)
        self.patches = mock.patch.multiple(tail_module, time=clock, CHUNK_BYTES=chunk)
        self.patches.start()
        self.written = 0
        self.tail = Tail(self.path, LINES)
        self.points: list[tuple[int, float]] = []
        self.read: bytes | None = None
        self.read_at = 0.0
        self.last_line_read = False

    def teardown(self) -> None:
        self.patches.stop()
        shutil.rmtree(self.folder)

    # -- the writer --------------------------------------------------------------------------------

    def rows(self, count: int) -> bytes:
        """New rows that were never written before."""
        first, self.written = self.written, self.written + count
        return b"".join(b"%d,%d.5\n" % (i, i % 7) for i in range(first, self.written))

    def content(self) -> bytes:
        return self.path.read_bytes() if self.path.exists() else b""

    def write(self, content: bytes) -> None:
        """Write in place, with the same inode, without making the file shorter in between."""
        if self.reads_before_writes:
            self.read_to_the_end()
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT)
        os.pwrite(descriptor, content, 0)
        os.ftruncate(descriptor, len(content))
        os.close(descriptor)
        os.utime(self.path, (self.now, self.now))

    @rule(
        after=st.sampled_from([0.0, 1.0, 60.0]),
        count=COUNTS,
        newline_first=st.booleans(),
        cut=st.integers(0, 4),
    )
    def append(self, after: float, count: int, newline_first: bool, cut: int) -> None:
        self.time_passes(after)
        rows = self.rows(count)
        self.write(self.content() + b"\n" * newline_first + rows[: len(rows) - cut])

    @rule(cut=st.integers(1, 20))
    def cut_the_last_line(self, cut: int) -> None:
        self.write(self.content()[:-cut])

    @rule(how=st.sampled_from(["new rows", "same length", "more rows", "nothing"]), count=COUNTS)
    def rewrite(self, how: str, count: int) -> None:
        content = self.content()
        if how == "more rows":
            self.write(b"")
            self.write(content + self.rows(count))
        elif how == "same length":
            self.write((self.rows(1) * len(content))[: len(content)])
        else:
            self.write(self.rows(count) if how == "new rows" else b"")

    @rule()
    def correct_the_first_row(self) -> None:
        first, newline, rest = self.content().partition(b"\n")
        self.write(self.rows(1)[:-1].rjust(len(first)) + newline + rest)

    @rule(grows=st.booleans())
    def correct_a_row_in_place(self, grows: bool) -> None:
        """Neither the head nor the end changes, and the size only if it grows."""
        rows = self.content().split(b"\n")
        rows[len(rows) // 2] = self.rows(1)[:-1].rjust(len(rows[len(rows) // 2]))
        content = b"\n".join(rows) + (self.rows(5) if grows else b"")
        before = self.path.stat().st_ctime_ns if self.path.exists() else 0
        self.write(content)
        while self.path.stat().st_ctime_ns == before:  # until the clock of the file system advances
            self.write(content)

    @rule()
    def correct_a_row_as_editors_do(self) -> None:
        """Write a new file, which may get the inode of the old one."""
        rows = self.content().split(b"\n")
        rows[len(rows) // 2] = self.rows(1)[:-1].rjust(len(rows[len(rows) // 2]))
        self.replace(b"\n".join(rows))

    @rule(count=COUNTS)
    def replace_by_another(self, count: int) -> None:
        self.replace(self.rows(count))

    def replace(self, content: bytes) -> None:
        new = self.folder / "new.csv"
        new.write_bytes(content)
        new.rename(self.path)
        os.utime(self.path, (self.now, self.now))

    @precondition(lambda self: self.path.exists())
    @rule()
    def delete(self) -> None:
        self.path.unlink()

    @precondition(lambda self: self.path.exists() and not self.away.exists())
    @rule()
    def move_away(self) -> None:
        self.path.rename(self.away)

    @precondition(lambda self: self.away.exists())
    @rule()
    def move_back(self) -> None:
        self.away.rename(self.path)

    @rule(seconds=st.sampled_from([1.0, 60.0]))
    def time_passes(self, seconds: float) -> None:
        if seconds:
            self.now += seconds
            self.read_to_the_end()
        self.read_to_the_end()

    # -- the reader --------------------------------------------------------------------------------

    @rule(max_bytes=st.sampled_from([10, 1000, 1 << 30]))
    def poll(self, max_bytes: int) -> None:
        result = self.tail.poll(max_bytes)
        assert result.missing == (not self.path.exists())
        assert result.read <= max_bytes
        if result.reset:
            self.points.clear()
        self.points += points(result.batch)
        if result.read or result.reset:
            self.read_at = self.now
        if not result.more and not result.missing:
            self.check()

    @rule()
    def read_to_the_end(self) -> None:
        for _ in range(3):
            self.poll(1 << 30)

    def check(self) -> None:
        content = self.content()
        *whole, last = content.split(b"\n")
        expected = [p for line in whole for p in _point(line)]
        with_last = expected + _point(last)
        # Only an idle log gives a line without its newline; once given, it stays.
        same = self.last_line_read and content == self.read
        quiet = self.now - max(self.path.stat().st_mtime, self.read_at) >= tail_module.IDLE_SECONDS
        is_idle = self.now - self.path.stat().st_mtime >= tail_module.IDLE_SECONDS
        if same or (quiet and len(content) % PAGE_BYTES):
            assert self.points == with_last
        elif is_idle:
            assert self.points in (expected, with_last)
        else:
            assert self.points == expected
        self.read, self.last_line_read = content, self.points == with_last

    @invariant()
    def nothing_is_held_open(self) -> None:
        folder = getattr(self, "folder", None)
        links = Path("/proc/self/fd").glob("*") if folder else []
        assert not [name for name in map(_target, links) if name.startswith(str(folder))]


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # the descriptor of the listing itself
        return ""


def _point(line: bytes) -> list[tuple[int, float]]:
    return points(LINES.make_parser().feed(line + b"\n"))


TestLog = Log.TestCase
TestLog.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
