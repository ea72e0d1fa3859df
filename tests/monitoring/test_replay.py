"""Replay: the same path by another clock, so that every moment is as it was."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from gan_tui.errors import LogNotFoundError
from gan_tui.monitoring.batch_reading import read_runs
from gan_tui.monitoring.replay import Replay
from gan_tui.monitoring.snapshot import Correction, Snapshot, Status
from gan_tui.monitoring.source import Faster, Pause, SeekStep, Slower, Step


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "losses.csv"
    lines = [f"{i},{1.386 + 0.2 * math.sin(i * 1.7)},{0.693 + 0.1 * math.cos(i * 2.3)}" for i in range(400)]
    file.write_text("step,d_loss,g_loss\n" + "\n".join(lines) + "\n")
    return file


@pytest.fixture
def clock() -> Clock:
    return Clock()


def shown(replay: Replay) -> Snapshot:
    snapshot = replay.turn()
    assert snapshot is not None
    return snapshot


def last_step(replay: Replay) -> int | None:
    return shown(replay).runs[0].last_step


def test_a_log_without_a_clock_runs_at_ten_steps_a_second_times_speed(log: Path, clock: Clock) -> None:
    replay = Replay([log], speed=2, now=clock)
    assert last_step(replay) == 0
    clock.seconds += 5
    assert last_step(replay) == 100
    assert replay.turn() is None


def test_without_a_speed_the_whole_takes_thirty_seconds(log: Path, clock: Clock) -> None:
    replay = Replay([log], now=clock)
    clock.seconds += 15
    assert abs((last_step(replay) or 0) - 200) <= 2
    clock.seconds += 16
    state = shown(replay)
    assert (state.runs[0].last_step, state.runs[0].status) == (399, Status.ENDED)
    assert replay.finished


def test_a_log_with_a_clock_is_replayed_by_it(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "stats.jsonl"
    lines = [
        f'{{"step": {i}, "d_loss": 1.3, "g_loss": 0.7, "timestamp": {1.7e9 + 60 * i}}}' for i in range(100)
    ]
    file.write_text("\n".join(lines) + "\n")
    replay = Replay([file], speed=60, now=clock)
    shown(replay)
    clock.seconds += 10
    assert last_step(replay) == 10


def test_every_moment_is_as_it_was(log: Path, clock: Clock) -> None:
    replay = Replay([log], speed=1, now=clock)
    for seconds in (3, 8, 14, 20):
        clock.seconds = 100.0 + seconds
        replayed = shown(replay).runs[0]
        (then,) = read_runs([log], until_step=replayed.last_step).runs
        assert replayed.diagnosis == then.diagnosis


def test_controls(log: Path, clock: Clock) -> None:
    replay = Replay([log], speed=1, now=clock)
    clock.seconds += 10
    replay.control(Pause())
    clock.seconds += 10
    state = shown(replay)
    assert state.runs[0].last_step == 100
    assert state.replay is not None
    assert state.replay.paused
    replay.control(Step())
    assert last_step(replay) == 101
    replay.control(Step(-2))
    assert last_step(replay) == 99
    replay.control(SeekStep(200))
    assert last_step(replay) == 200
    replay.control(SeekStep(30))
    assert last_step(replay) == 30
    replay.control(Faster())
    replay.control(Faster())
    replay.control(Slower())
    state = shown(replay)
    assert state.replay is not None
    assert state.replay.speed == 2
    replay.control(Pause())
    clock.seconds += 1
    assert last_step(replay) == 50


def test_seeking_back_forgets_what_came_later(log: Path, clock: Clock) -> None:
    replay = Replay([log], now=clock)
    replay.control(SeekStep(399))
    shown(replay)
    replay.control(SeekStep(100))
    run = shown(replay).runs[0]
    assert all(m.step <= (run.last_step or 0) for m in run.diagnosis.timeline)
    assert len(run.series[0].view) == (run.last_step or 0) + 1


def test_from_a_step_on(log: Path, clock: Clock) -> None:
    assert last_step(Replay([log], start_step=123, now=clock)) == 123


def test_playing_again_after_the_end_begins_anew(log: Path, clock: Clock) -> None:
    replay = Replay([log], now=clock)
    clock.seconds += 60
    assert last_step(replay) == 399
    replay.control(Pause())
    replay.control(Pause())
    assert last_step(replay) == 0


def test_a_restart_is_replayed_in_the_order_of_writing(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "losses.csv"
    steps = [*range(100), *range(50, 120)]
    file.write_text("step,d_loss,g_loss\n" + "".join(f"{s},1.3,0.7\n" for s in steps))
    replay = Replay([file], speed=1, now=clock)
    clock.seconds += 9.9
    assert last_step(replay) == 99
    clock.seconds += 60
    view = shown(replay).runs[0].series[0].view
    assert (len(view), view.segments) == (170, (0, 100))


def test_nothing_to_replay_is_said(tmp_path: Path) -> None:
    with pytest.raises(LogNotFoundError, match="nothing to replay"):
        Replay([tmp_path])


def test_a_role_is_corrected_while_it_plays_and_kept(
    log: Path, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    replay = Replay([log], speed=1, now=clock)
    clock.seconds += 20
    shown(replay)
    replay.correct(str(log), "d_loss", "none")
    corrected = shown(replay)
    again = shown(Replay([log], speed=1, now=clock, start_step=300))
    assert corrected.corrections == (Correction(str(log), "d_loss", "none"),)
    for (run,) in (corrected.runs, again.runs):
        assert {s.name: (s.role, s.role_source) for s in run.series} == {
            "d_loss": (None, "user"),
            "g_loss": ("g_loss", "inferred"),
        }
    replay.correct(str(log), "d_loss", "")
    assert shown(replay).runs[0].series[0].role == "d_loss"


def test_a_correction_that_cannot_be_kept_is_reported_and_holds_after_a_seek(
    log: Path, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    replay = Replay([log], now=clock, start_step=300)
    shown(replay)
    replay.correct(str(log), "d_loss", "none")
    state = shown(replay)
    assert [(c.name, bool(c.problem)) for c in state.corrections] == [("d_loss", True)]
    replay.control(SeekStep(100))
    state = shown(replay)
    assert (state.runs[0].last_step, state.runs[0].series[0].role) == (100, None)
    assert len(state.corrections) == 1


def test_a_log_that_begins_late_is_shown_at_once(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "losses.csv"
    file.write_text("step,d_loss,g_loss\n" + "".join(f"{i},1.3,0.7\n" for i in range(1000, 1100)))
    replay = Replay([file], speed=1, now=clock)
    assert last_step(replay) == 1000
    clock.seconds += 5
    assert last_step(replay) == 1050
