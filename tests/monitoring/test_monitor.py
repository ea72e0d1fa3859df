"""The monitor on real files that grow, are cut, replaced and deleted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gan_tui.config.settings import Settings
from gan_tui.diagnosis.result import Badge
from gan_tui.errors import GanTuiError, LogNotFoundError
from gan_tui.logs.files.tail import Tail, TailResult
from gan_tui.monitoring import monitor as monitor_module
from gan_tui.monitoring.batch_reading import read_runs
from gan_tui.monitoring.monitor import Monitor
from gan_tui.monitoring.snapshot import Correction, RunState, Snapshot, Status

HEADER = "step,d_loss,g_loss\n"


def rows(first: int, last: int) -> str:
    return "".join(f"{i},{1.3 + (i % 7) / 50},{0.7 + (i % 5) / 50}\n" for i in range(first, last))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "runs" / "a" / "losses.csv"
    file.parent.mkdir(parents=True)
    file.write_text(HEADER + rows(0, 50))
    return file


@pytest.fixture
def monitor(log: Path) -> Iterator[Monitor]:
    watching = Monitor([log.parent.parent])
    yield watching
    watching.close()


def settle(monitor: Monitor) -> Snapshot:
    """Turn until nothing is left to read."""
    last = monitor.turn()
    for _ in range(20):
        last = monitor.turn() or last
    return monitor.snapshot() if last is None else last


def only(monitor: Monitor) -> RunState:
    (run,) = settle(monitor).runs
    return run


def points(run: RunState, name: str = "d_loss") -> int:
    return next(len(s.view) for s in run.series if s.name == name)


def append(file: Path, text: str) -> None:
    with file.open("a") as open_file:
        open_file.write(text)


def test_what_is_there_is_read_and_judged(monitor: Monitor) -> None:
    run = only(monitor)
    assert (run.name, points(run), run.last_step, run.status) == ("a", 50, 49, Status.LIVE)
    assert run.axis == "step"
    assert [s.role for s in run.series] == ["d_loss", "g_loss"]


@pytest.mark.parametrize(
    ("name", "text", "axis"),
    [
        ("a.json", '{"d_loss": [1.0, 2.5], "g_loss": [1.0, 2.5]}', "row"),
        ("a.json", '[{"epoch": 1, "d_loss": 1.5}, {"epoch": 2, "d_loss": 1.25}]', "epoch"),
        ("a.csv", "epoch,batch,d_loss\n0,0,1\n0,1,1\n1,0,1\n", "epoch + batch"),
        ("a.log", "epoch 1 d_loss: 0.5\nepoch 2 d_loss: 0.25\n", "epoch"),
    ],
)
def test_says_what_a_step_counts(tmp_path: Path, name: str, text: str, axis: str) -> None:
    (tmp_path / name).write_text(text)
    (run,) = read_runs([tmp_path / name]).runs
    assert run.axis_from == axis


@pytest.mark.parametrize(
    ("name", "text", "axis"),
    [
        ("train.log", "[Epoch 0/200] [Batch 0/100] [D loss: 1.2] [G loss: 0.8]", "epoch + batch"),
        ("history.json", '{"loss_d":[1.1,1.2,1.3],"loss_g":[0.5,0.6,0.7]', "row"),
    ],
)
def test_an_old_unfinished_log_says_what_a_step_counts(
    tmp_path: Path, name: str, text: str, axis: str
) -> None:
    log = tmp_path / name
    log.write_text(text)
    os.utime(log, (1_700_000_000, 1_700_000_000))  # it is read as finished although it has no end
    (run,) = read_runs([log]).runs
    assert run.axis_from == axis


def test_the_axis_is_that_of_the_log_that_tells_the_losses(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"step": 10, "fid": 30.5}\n{"step": 20, "fid": 20.5}\n')
    (tmp_path / "train.log").write_text("epoch 1 d_loss: 0.5\nepoch 2 d_loss: 0.25\n")
    (run,) = read_runs([tmp_path]).runs
    assert run.axis_from == "epoch"


def test_a_download_is_called_by_its_tag(tmp_path: Path) -> None:
    table = "Wall time,Step,Value\n1700000000.5,1,0.5\n1700000001.5,2,0.25\n"
    (tmp_path / "run-x-tag-D_loss.csv").write_text(table)
    alone = read_runs([tmp_path / "run-x-tag-D_loss.csv"]).runs
    (tmp_path / "run-x-tag-G_loss.csv").write_text(table)
    both = read_runs([tmp_path]).runs
    assert [(s.name, s.role) for run in alone for s in run.series] == [("D_loss", "d_loss")]
    assert [s.name for run in both for s in run.series] == ["D_loss", "G_loss"]


def test_nothing_new_gives_no_snapshot(monitor: Monitor) -> None:
    settle(monitor)
    assert monitor.turn() is None


def test_appended_rows_arrive_and_an_unfinished_one_waits(monitor: Monitor, log: Path) -> None:
    settle(monitor)
    append(log, rows(50, 60) + "60,1.")
    assert points(only(monitor)) == 60
    append(log, "5,0.5\n")
    run = only(monitor)
    assert points(run) == 61
    assert next(s.view.values[-1] for s in run.series if s.name == "d_loss") == 1.5


def test_a_log_rewritten_with_a_new_column_is_read_anew_without_doubling(monitor: Monitor, log: Path) -> None:
    settle(monitor)
    replacement = log.with_suffix(".new")
    replacement.write_text("step,d_loss,g_loss,fid\n" + "".join(f"{i},1,2,3\n" for i in range(55)))
    replacement.replace(log)
    run = only(monitor)
    assert {s.name: len(s.view) for s in run.series} == {"d_loss": 55, "g_loss": 55, "fid": 55}


def test_a_truncated_log_begins_again(monitor: Monitor, log: Path) -> None:
    settle(monitor)
    log.write_text(HEADER + rows(0, 3))
    assert points(only(monitor)) == 3


def test_a_deleted_log_keeps_its_points_until_it_comes_back(monitor: Monitor, log: Path) -> None:
    settle(monitor)
    log.unlink()
    run = only(monitor)
    assert (points(run), run.status) == (50, Status.MISSING)
    log.write_text(HEADER + rows(0, 5))
    run = only(monitor)
    assert (points(run), run.status) == (5, Status.LIVE)


def test_a_resumed_run_has_segments_and_loses_nothing(monitor: Monitor, log: Path) -> None:
    append(log, rows(20, 40))
    run = only(monitor)
    view = next(s.view for s in run.series if s.name == "d_loss")
    assert (view.segments, len(view)) == ((0, 50), 70)


def test_a_new_run_in_a_watched_folder_appears(
    monitor: Monitor, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gan_tui.monitoring.monitor.DISCOVER_SECONDS", 0.0)
    monkeypatch.setattr("gan_tui.monitoring.monitor.SEARCH_SHARE", 1e9)
    settle(monitor)
    other = log.parent.parent / "b"
    other.mkdir()
    (other / "metrics.csv").write_text(HEADER + rows(0, 10))
    assert sorted(run.name for run in settle(monitor).runs) == ["a", "b"]


def test_an_empty_folder_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_tui.monitoring.monitor.DISCOVER_SECONDS", 0.0)
    monkeypatch.setattr("gan_tui.monitoring.monitor.SEARCH_SHARE", 1e9)
    monitor = Monitor([tmp_path])
    assert settle(monitor).runs == ()
    (tmp_path / "losses.csv").write_text(HEADER + rows(0, 10))
    assert points(only(monitor)) == 10
    monitor.close()


def test_a_path_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(LogNotFoundError, match="does not exist"):
        Monitor([tmp_path / "nowhere"])


def test_random_bytes_are_no_log(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(os.urandom(5000))
    with pytest.raises(GanTuiError, match="not a log"):
        Monitor([file])


def test_reading_to_the_end_takes_a_last_line_without_its_newline(log: Path) -> None:
    append(log, "50,1.25,0.5")
    (run,) = read_runs([log]).runs
    assert (points(run), run.status) == (51, Status.ENDED)


def test_until_step_judges_what_was_there_then(log: Path) -> None:
    (run,) = read_runs([log], until_step=20).runs
    assert (points(run), run.last_step) == (21, 20)


def test_roles_that_a_person_gave_hold(log: Path) -> None:
    settings = Settings(roles={"g_loss": "d_loss", "d_loss": "none"})
    (run,) = read_runs([log], settings).runs
    assert {s.name: s.role for s in run.series} == {"d_loss": None, "g_loss": "d_loss"}


def test_standing_in_a_pipe() -> None:
    reader, writer = os.pipe()
    os.write(writer, (HEADER + rows(0, 30)).encode())
    monitor = Monitor(["-"], pipe=reader)
    assert points(only(monitor)) == 30
    os.write(writer, rows(30, 31).encode() + b"31,1,1")
    os.close(writer)
    assert points(only(monitor)) == 32
    monitor.close()
    os.close(reader)


def test_several_paths_are_several_runs(log: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(HEADER + rows(0, 4))
    runs = read_runs([log, other]).runs
    assert [run.path for run in runs] == [str(log), str(other)]
    assert len({run.name for run in runs}) == 2


def test_five_rows_are_too_few_to_judge(tmp_path: Path) -> None:
    file = tmp_path / "losses.csv"
    file.write_text(HEADER + rows(0, 5))
    (run,) = read_runs([file]).runs
    assert run.diagnosis.badge is Badge.WARMING_UP


def test_nobody_starves_beside_a_run_that_always_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = [tmp_path / name / "losses.csv" for name in ("a", "b", "c")]
    for file in logs:
        file.parent.mkdir()
        file.write_text(HEADER + rows(0, 30))
    monkeypatch.setattr(monitor_module, "TURN_SECONDS", -1.0)  # one run a turn
    monitor = Monitor([tmp_path])
    for turn in range(6):
        append(logs[0], rows(30 + turn, 31 + turn))
        monitor.turn()
    assert [points(run) for run in monitor.snapshot().runs][1:] == [30, 30]
    monitor.close()


def test_a_new_run_is_found_while_another_has_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logs = [tmp_path / name / "losses.csv" for name in ("a", "b")]
    logs[0].parent.mkdir()
    logs[0].write_text(HEADER + rows(0, 30))
    monkeypatch.setattr(monitor_module, "TURN_BYTES", 10)
    monkeypatch.setattr(monitor_module, "DISCOVER_SECONDS", 0.0)
    monkeypatch.setattr(monitor_module, "MAX_SEARCH_WAIT", 0.0)
    monitor = Monitor([tmp_path])
    logs[1].parent.mkdir()
    logs[1].write_text(HEADER + rows(0, 30))
    for _ in range(3):
        monitor.turn()
    assert len(monitor.snapshot().runs) == 2
    monitor.close()


def test_a_long_log_is_shown_before_it_is_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor_module, "CHECKPOINTS", 48)
    monkeypatch.setattr(monitor_module, "TURN_SECONDS", 60.0)
    log = tmp_path / "log.csv"
    log.write_text(HEADER + rows(0, 20_000))
    monitor = Monitor([log])
    try:
        first = seen = monitor.turn()
        assert first is not None
        assert points(first.runs[0]) == 20_000
        assert first.reading
        while seen.reading:
            seen = monitor.turn() or seen
        assert seen.runs[0].status is Status.LIVE
        assert len(first.runs[0].diagnosis.timeline) < len(seen.runs[0].diagnosis.timeline)
        assert seen.runs[0].diagnosis.timeline == read_runs([log]).runs[0].diagnosis.timeline
    finally:
        monitor.close()


def test_a_slow_log_is_read_in_small_pieces_and_others_need_not_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "log.csv").write_text(HEADER + rows(0, 20_000 if name == "a" else 8))
    clock = [0.0]
    poll = Tail.poll

    def slow(tail: Tail, limit: int) -> TailResult:
        result = poll(tail, limit)
        clock[0] += result.read / 100_000  # seconds: a tenth of a megabyte each
        return result

    monkeypatch.setattr(Tail, "poll", slow)
    monkeypatch.setattr(monitor_module.time, "monotonic", lambda: clock[0])
    monitor = Monitor([tmp_path])
    first = monitor.turn()
    assert first is not None
    assert clock[0] < 1.0
    seen, longest = first, 0.0
    while len(seen.runs) < 2 or seen.reading:
        begin = clock[0]
        seen = monitor.turn() or seen
        longest = max(longest, clock[0] - begin)
        assert len(seen.runs) == 2  # the other one came second, whatever is left of the first
    assert [points(run) for run in seen.runs] == [20_000, 8]
    assert longest < 0.6


def test_many_runs_say_how_many_are_still_to_be_read_and_all_of_them_grow(tmp_path: Path) -> None:
    logs = [tmp_path / f"run{i:03}" / "log.csv" for i in range(100)]
    for log in logs:
        log.parent.mkdir()
        log.write_text(HEADER + rows(0, 8))
    monitor = Monitor([tmp_path])
    try:
        first = monitor.turn()
        assert first is not None
        assert first.found == 100
        assert first.unread == 100 - len(first.runs)
        assert first.reading == bool(first.unread)
        seen = first
        while seen.reading:
            seen = monitor.turn() or seen
        assert len(seen.runs) == seen.found == 100
        assert not seen.reading
        for log in (logs[3], logs[97]):
            append(log, rows(8, 16))
        for _ in range(1000):
            monitor.wait(0.1)
            seen = monitor.turn() or seen
            grown = [run.name for run in seen.runs if points(run) == 16]
            if len(grown) == 2:
                break
        assert grown == ["run003", "run097"]
    finally:
        monitor.close()


def test_on_a_single_core_the_first_turn_reads_little(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor_module, "cpu_count", lambda: 1)
    monkeypatch.setattr(monitor_module, "FIRST_BYTES", 200)
    monitor = Monitor([log])
    first = monitor.turn()
    assert first is not None
    assert 0 < points(first.runs[0]) < 20
    assert points(only(monitor)) == 50
    monitor.close()


def test_a_correction_is_kept_by_the_thread_that_reads(
    monitor: Monitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    path = only(monitor).path
    monitor.correct(path, "d_loss", "none")
    assert not state.exists()
    snapshot = monitor.turn()
    assert snapshot is not None
    assert snapshot.corrections == (Correction(path, "d_loss", "none"),)
    assert snapshot.runs[0].series[0].role is None
    assert list(state.rglob("*.json"))


def test_a_correction_that_cannot_be_kept_holds_until_the_end(
    monitor: Monitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monitor.correct(only(monitor).path, "d_loss", "none")
    snapshot = monitor.turn()
    assert snapshot is not None
    assert snapshot.runs[0].series[0].role is None
    assert [bool(correction.problem) for correction in snapshot.corrections] == [True]
