"""A recording gives every point the time at which it was logged."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from gan_tui.logs.discovery.finder import find_runs
from gan_tui.monitoring.batch_reading import read_runs
from gan_tui.monitoring.recording import Recording
from gan_tui.monitoring.replay import Replay
from gan_tui.samples.decoding import PillowMissingError
from tests.helpers.sample_images import write_sample_grids


def recording_of(file: Path, text: str) -> Recording:
    file.write_text(text)
    return Recording(find_runs([file]).runs[0])


def steps_until(recording: Recording, at: float) -> dict[str, list[int]]:
    """The steps of each series that were logged up to a time."""
    return {
        column.name: column.steps.tolist()
        for _, batch in recording.batches(-math.inf, at)
        for column in batch.columns
    }


def test_series_logged_now_and_then_come_with_the_rows_of_their_steps(tmp_path: Path) -> None:
    lines = []
    for step in range(100):
        lines.append(f'{{"step": {step}, "d_loss": 1.3, "g_loss": 0.7}}\n')
        if step % 25 == 10:
            lines.append(f'{{"step": {step}, "fid": 30.5}}\n')
    recording = recording_of(tmp_path / "log.jsonl", "".join(lines))
    assert recording.end == pytest.approx(9.9)
    assert steps_until(recording, 3.4999)["fid"] == [10]
    assert steps_until(recording, 3.5001)["fid"] == [10, 35]
    assert steps_until(recording, 3.5001)["d_loss"] == list(range(36))


def test_what_was_logged_after_a_restart_comes_after_it(tmp_path: Path) -> None:
    steps = [*range(50), *range(20, 80)]
    records = [{"step": s, "d_loss": 1.3, "g_loss": 0.7} | ({"fid": 9.5} if s == 30 else {}) for s in steps]
    lines = [json.dumps(record) + "\n" for record in records]
    recording = recording_of(tmp_path / "log.jsonl", "".join(lines))
    assert steps_until(recording, 4.95)["fid"] == [30]
    assert steps_until(recording, recording.end)["fid"] == [30, 30]
    # A restart takes as long as the row before it.
    assert recording.end == pytest.approx(4.9 + 0.1 + 5.9)
    assert recording.step_at(5.0) == 20
    assert recording.time_of_step(60) == pytest.approx(9.0)


def test_the_clock_of_the_log_sets_the_times(tmp_path: Path) -> None:
    rows = "".join(f"{i},{1.7e9 + 60 * i},1.3,0.7\n" for i in range(10))
    recording = recording_of(tmp_path / "log.csv", "step,timestamp,d_loss,g_loss\n" + rows)
    assert recording.times.tolist() == [60.0 * i for i in range(10)]
    assert steps_until(recording, 125.0)["d_loss"] == [0, 1, 2]


def test_a_long_recording_is_stepped_through_in_about_two_thousand_moments(tmp_path: Path) -> None:
    rows = "".join(f"{i},1.3,0.7\n" for i in range(10_000))
    recording = recording_of(tmp_path / "log.csv", "step,d_loss,g_loss\n" + rows)
    assert recording.step_at(recording.moment_after(0.0, 1)) == 5
    assert recording.moment_after(0.0, -1) == 0.0
    assert recording.moment_after(recording.end, 1) == recording.end


def test_without_pillow_a_replay_and_check_give_the_same_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise PillowMissingError

    monkeypatch.setattr("gan_tui.samples.measuring.SampleMeasurer.measure_pending", fail)
    rows = "".join(f"{i},1.3,0.7\n" for i in range(10))
    (write_sample_grids(tmp_path) / "log.csv").write_text("step,d_loss,g_loss\n" + rows)
    snapshot = Replay([tmp_path]).turn()
    assert snapshot is not None
    [replayed], [read] = snapshot.runs, read_runs([tmp_path]).runs
    assert replayed.note == read.note
    assert read.note.startswith("4 sample images were found")
