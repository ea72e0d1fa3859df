"""A replay that catches up with its log, on a real disk."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from gan_tui.diagnosis.result import Badge
from gan_tui.monitoring.live_replay import LiveReplay
from gan_tui.monitoring.snapshot import Snapshot
from gan_tui.monitoring.source import Faster, GoLive, Pause, SeekStep, Slower, Step
from tests.monitoring.test_replay import Clock


def rows(begin: int, end: int) -> str:
    out = ""
    for i in range(begin, end):
        out += f"{i},{1.386 + 0.2 * math.sin(i * 1.7)},{0.693 + 0.1 * math.cos(i * 2.3)}\n"
    return out


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "losses.csv"
    file.write_text("step,d_loss,g_loss\n" + rows(0, 400))
    return file


def driven(replay: LiveReplay, until: Callable[[Snapshot], bool]) -> Snapshot:
    for _ in range(400):
        snapshot = replay.turn()
        if snapshot is not None and until(snapshot):
            return snapshot
        replay.wait(0.01)
    raise AssertionError("never came")


def state(snapshot: Snapshot) -> tuple[int, int, bool]:
    assert snapshot.replay is not None
    return snapshot.replay.step, snapshot.replay.last_step, snapshot.replay.live


def test_live_catches_up_and_a_seek_leads_back_to_a_replay_that_knows_more(log: Path) -> None:
    replay = LiveReplay([log], start_step=100, now=Clock())
    assert state(driven(replay, lambda s: bool(s.runs))) == (100, 399, False)
    replay.control(GoLive())
    assert state(driven(replay, lambda s: bool(s.runs and s.runs[0].last_step))) == (399, 399, True)
    with log.open("a") as file:
        file.write(rows(400, 500))
    grown = driven(replay, lambda s: s.runs[0].last_step == 499)
    assert state(grown) == (499, 499, True)
    replay.control(SeekStep(450))
    back = driven(replay, lambda s: s.replay is not None and not s.replay.live)
    assert state(back) == (450, 499, False)
    assert back.runs[0].last_step == 450
    replay.close()


def test_live_and_back_stands_where_it_was_left(log: Path) -> None:
    replay = LiveReplay([log], start_step=100, now=Clock())
    driven(replay, lambda s: bool(s.runs))
    replay.control(Pause())
    driven(replay, lambda s: s.replay is not None and s.replay.paused)
    replay.control(GoLive())
    driven(replay, lambda s: state(s)[2])
    replay.control(GoLive())
    back = driven(replay, lambda s: not state(s)[2])
    assert state(back) == (100, 399, False)
    assert back.replay is not None
    assert back.replay.paused
    replay.close()


def test_a_log_that_is_gone_can_still_be_played(log: Path) -> None:
    replay = LiveReplay([log], start_step=100, now=Clock())
    driven(replay, lambda s: bool(s.runs))
    replay.control(GoLive())
    driven(replay, lambda s: state(s)[2])
    log.unlink()
    replay.control(SeekStep(50))
    assert state(driven(replay, lambda s: not state(s)[2]))[0] == 50
    replay.close()


def test_the_whole_timeline_is_known_soon_and_is_what_the_end_gives(log: Path) -> None:
    clock = Clock()
    replay = LiveReplay([log], now=clock)
    first = driven(replay, lambda s: s.replay is not None and bool(s.replay.timelines))
    assert first.replay is not None
    whole = first.replay.timelines[str(log)]
    assert whole[0].badge is Badge.WARMING_UP
    clock.seconds += 100
    end = driven(replay, lambda s: s.runs[0].last_step == 399)
    assert end.runs[0].diagnosis.timeline == whole


def test_controls_reach_the_replay(log: Path) -> None:
    replay = LiveReplay([log], now=Clock())
    driven(replay, lambda s: bool(s.runs))
    replay.control(Step(3))
    at = driven(replay, lambda s: s.replay is not None and s.replay.paused).replay
    assert at is not None
    assert at.step > 0
    before = at.speed
    replay.control(Faster())
    replay.control(Faster())
    replay.control(Slower())
    speed = driven(replay, lambda s: s.replay is not None and s.replay.speed != before).replay
    assert speed is not None
    assert speed.speed == pytest.approx(before * 2)
    replay.correct(str(log), "d_loss", "g_loss")
    corrected = driven(replay, lambda s: s.runs[0].series[0].role_source == "user")
    assert corrected.runs[0].series[0].role == "g_loss"
    assert replay.samples is not None
