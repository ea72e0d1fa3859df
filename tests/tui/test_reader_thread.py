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


def fed(source: FakeSource, fps: float = 100.0, *, drawn: bool = True) -> tuple[ReaderThread, Target]:
    target = Target()
    feed = ReaderThread(source, fps)
    attach(feed, target)
    feed.start()
    if drawn:
        feed.first_frame_drawn()
    return feed, target


def attach(feed: ReaderThread, target: Target) -> None:
    """As the app does."""
    feed.attach(
        lambda taken: target.post_message(SnapshotReady(taken)),
        lambda error: target.post_message(SourceFailed(error)),
    )


def shots(target: Target) -> list[Snapshot]:
    return [m.snapshot for m in target.got if isinstance(m, SnapshotReady)]


def test_what_comes_is_handed_on() -> None:
    one, two = snapshot(run(points=10)), snapshot(run(points=20))
    source = FakeSource(one)
    feed, target = fed(source)
    until(lambda: shots(target) == [one])
    source.push(two)
    until(lambda: shots(target) == [one, two])
    feed.stop()


def test_on_a_single_core_nothing_more_is_read_before_the_first_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gan_tui.tui.reader_thread.cpu_count", lambda: 1)
    monkeypatch.setattr("gan_tui.tui.reader_thread.FRAME_SECONDS", 60.0)
    one, two = (replace(snapshot(run(status=Status.READING)), at=at) for at in (1.0, 2.0))
    source = FakeSource(one)
    feed, target = fed(source, drawn=False)
    until(lambda: shots(target) == [one])
    source.push(two)
    time.sleep(0.05)
    assert (source.turns, shots(target)) == (1, [one])
    feed.first_frame_drawn()
    until(lambda: shots(target) == [one, two])
    feed.stop()


def test_what_waits_for_the_first_frame_ends_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_tui.tui.reader_thread.cpu_count", lambda: 1)
    monkeypatch.setattr("gan_tui.tui.reader_thread.FRAME_SECONDS", 60.0)
    feed, target = fed(FakeSource(snapshot()), drawn=False)
    until(lambda: len(target.got) == 1)
    feed.stop()
    assert not feed.alive


def test_nothing_new_means_no_message_and_no_work() -> None:
    source = FakeSource(snapshot())
    feed, target = fed(source)
    until(lambda: len(target.got) == 1)
    turns = source.turns
    time.sleep(0.2)
    assert len(target.got) == 1
    assert source.turns <= turns + 2  # one more look for what came meanwhile
    feed.stop()


def test_stopping_ends_the_thread_at_once() -> None:
    source = FakeSource()
    feed, _ = fed(source)
    until(lambda: source.turns > 0)
    feed.stop()
    assert source.closed
    assert not feed.alive


def test_stopping_before_the_start_is_no_error() -> None:
    source = FakeSource()
    ReaderThread(source, 4.0).stop()
    assert source.closed


def test_frames_are_capped_and_the_last_state_is_shown() -> None:
    taken = [snapshot(run(points=n)) for n in range(10, 60)]
    reading = [replace(s, runs=(replace(s.runs[0], status=Status.READING),)) for s in taken]
    source = FakeSource(*reading)
    feed, target = fed(source, fps=5.0)
    until(lambda: bool(shots(target)) and shots(target)[-1] == reading[-1])
    # What is only read on the way is not drawn: reading goes on while frames wait.
    assert len(shots(target)) <= 3
    feed.stop()


def test_a_live_run_is_looked_at_no_more_often_than_it_is_drawn() -> None:
    class Busy(FakeSource):
        def turn(self) -> Snapshot | None:
            self.turns += 1
            return snapshot(run(points=10 + self.turns))

    source = Busy()
    feed, target = fed(source, fps=20.0)
    time.sleep(0.5)
    feed.stop()
    assert source.turns <= 15  # once a frame
    assert len(target.got) >= 2


def test_a_reader_that_breaks_says_so() -> None:
    class Broken(FakeSource):
        def turn(self) -> Snapshot | None:
            raise OSError("stale file handle")

    feed, target = fed(Broken())
    until(lambda: len(target.got) == 1)
    (message,) = target.got
    assert isinstance(message, SourceFailed)
    assert "stale" in str(message.error)
    feed.stop()


def test_newer_states_replace_those_that_wait() -> None:
    first, second = SnapshotReady(snapshot()), SnapshotReady(snapshot())
    assert second.can_replace(first)
    assert not second.can_replace(SourceFailed(OSError()))


def test_no_thread_is_left(recwarn: object) -> None:
    del recwarn
    feed, _ = fed(FakeSource())
    feed.stop()
    assert "gan-tui-reader" not in {t.name for t in threading.enumerate()}


def test_what_was_read_before_there_is_a_screen_is_the_first_it_hears_of() -> None:
    one, two = snapshot(run(points=10)), snapshot(run(points=20))
    source, target = FakeSource(one), Target()
    feed = ReaderThread(source, 100.0)
    feed.start()
    until(lambda: feed.newest is one)
    attach(feed, target)
    assert shots(target) == [one]
    source.push(two)
    until(lambda: shots(target) == [one, two])
    feed.stop()


def test_what_ended_the_reading_before_there_is_a_screen_is_told_when_there_is() -> None:
    class Broken(FakeSource):
        def turn(self) -> Snapshot | None:
            raise OSError("stale file handle")

    target = Target()
    feed = ReaderThread(Broken(), 100.0)
    feed.start()
    until(lambda: not feed.alive)
    attach(feed, target)
    assert [type(m) for m in target.got] == [SourceFailed]
    feed.stop()
