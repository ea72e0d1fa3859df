from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from msgspec.structs import replace
from textual.message import Message

from gan_tui.monitoring.snapshot import Snapshot, Status
from gan_tui.tui.messages import SnapshotReady, SourceFailed
from gan_tui.tui.reader_thread import ReaderThread
from tests.helpers.fakes import FakeSource, run, snapshot


class Target:
    """Takes messages as an app does."""

    def __init__(self) -> None:
        self.got: list[Message] = []

    def post_message(self, message: Message) -> bool:
        self.got.append(message)
        return True


def until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        time.sleep(0.005)
    raise AssertionError("never held")


def started(source: FakeSource, fps: float = 100.0, *, drawn: bool = True) -> tuple[ReaderThread, Target]:
    target = Target()
    reader = ReaderThread(source, fps)
    attach(reader, target)
    reader.start()
    if drawn:
        reader.first_frame_drawn()
    return reader, target


def attach(reader: ReaderThread, target: Target) -> None:
    """As the app does."""
    reader.attach(
        lambda taken: target.post_message(SnapshotReady(taken)),
        lambda error: target.post_message(SourceFailed(error)),
    )


def snapshots(target: Target) -> list[Snapshot]:
    return [m.snapshot for m in target.got if isinstance(m, SnapshotReady)]


def test_new_snapshots_are_published() -> None:
    one, two = snapshot(run(points=10)), snapshot(run(points=20))
    source = FakeSource(one)
    reader, target = started(source)
    until(lambda: snapshots(target) == [one])
    source.push(two)
    until(lambda: snapshots(target) == [one, two])
    reader.stop()


def test_on_a_single_core_reading_pauses_until_the_first_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gan_tui.tui.reader_thread.cpu_count", lambda: 1)
    monkeypatch.setattr("gan_tui.tui.reader_thread.FRAME_SECONDS", 60.0)
    one, two = (replace(snapshot(run(status=Status.READING)), at=at) for at in (1.0, 2.0))
    source = FakeSource(one)
    reader, target = started(source, drawn=False)
    until(lambda: snapshots(target) == [one])
    source.push(two)
    time.sleep(0.05)
    assert (source.turns, snapshots(target)) == (1, [one])
    reader.first_frame_drawn()
    until(lambda: snapshots(target) == [one, two])
    reader.stop()


def test_a_reader_that_waits_for_the_first_frame_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_tui.tui.reader_thread.cpu_count", lambda: 1)
    monkeypatch.setattr("gan_tui.tui.reader_thread.FRAME_SECONDS", 60.0)
    reader, target = started(FakeSource(snapshot()), drawn=False)
    until(lambda: len(target.got) == 1)
    reader.stop()
    assert not reader.alive


def test_nothing_new_means_no_message_and_no_work() -> None:
    source = FakeSource(snapshot())
    reader, target = started(source)
    until(lambda: len(target.got) == 1)
    turns = source.turns
    time.sleep(0.2)
    assert len(target.got) == 1
    assert source.turns <= turns + 2  # one more look for what came meanwhile
    reader.stop()


def test_stopping_ends_the_thread_at_once() -> None:
    source = FakeSource()
    reader, _ = started(source)
    until(lambda: source.turns > 0)
    reader.stop()
    assert source.closed
    assert not reader.alive


def test_stopping_before_the_start_is_no_error() -> None:
    source = FakeSource()
    ReaderThread(source, 4.0).stop()
    assert source.closed


def test_the_frame_rate_is_limited_and_the_last_snapshot_is_shown() -> None:
    taken = [snapshot(run(points=n)) for n in range(10, 60)]
    reading = [replace(s, runs=(replace(s.runs[0], status=Status.READING),)) for s in taken]
    source = FakeSource(*reading)
    reader, target = started(source, fps=5.0)
    until(lambda: bool(snapshots(target)) and snapshots(target)[-1] == reading[-1])
    # What is only read on the way is not drawn: reading goes on while frames wait.
    assert len(snapshots(target)) <= 3
    reader.stop()


def test_a_live_run_is_read_no_more_often_than_it_is_drawn() -> None:
    class Busy(FakeSource):
        def turn(self) -> Snapshot | None:
            self.turns += 1
            return snapshot(run(points=10 + self.turns))

    source = Busy()
    reader, target = started(source, fps=20.0)
    time.sleep(0.5)
    reader.stop()
    assert source.turns <= 15  # once a frame
    assert len(target.got) >= 2


def test_an_error_in_the_source_is_reported() -> None:
    class Broken(FakeSource):
        def turn(self) -> Snapshot | None:
            raise OSError("stale file handle")

    reader, target = started(Broken())
    until(lambda: len(target.got) == 1)
    (message,) = target.got
    assert isinstance(message, SourceFailed)
    assert "stale" in str(message.error)
    reader.stop()


def test_newer_snapshots_replace_queued_ones() -> None:
    first, second = SnapshotReady(snapshot()), SnapshotReady(snapshot())
    assert second.can_replace(first)
    assert not second.can_replace(SourceFailed(OSError()))


def test_no_thread_is_left_over(recwarn: object) -> None:
    del recwarn
    reader, _ = started(FakeSource())
    reader.stop()
    assert "gan-tui-reader" not in {t.name for t in threading.enumerate()}


def test_a_snapshot_read_before_the_screen_exists_is_delivered_first() -> None:
    one, two = snapshot(run(points=10)), snapshot(run(points=20))
    source, target = FakeSource(one), Target()
    reader = ReaderThread(source, 100.0)
    reader.start()
    until(lambda: reader.newest is one)
    attach(reader, target)
    assert snapshots(target) == [one]
    source.push(two)
    until(lambda: snapshots(target) == [one, two])
    reader.stop()


def test_an_error_before_the_screen_exists_is_reported_to_it() -> None:
    class Broken(FakeSource):
        def turn(self) -> Snapshot | None:
            raise OSError("stale file handle")

    target = Target()
    reader = ReaderThread(Broken(), 100.0)
    reader.start()
    until(lambda: not reader.alive)
    attach(reader, target)
    assert [type(m) for m in target.got] == [SourceFailed]
    reader.stop()
