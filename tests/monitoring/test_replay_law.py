"""A finished replay and reading to the end give equal diagnoses and faults."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gan_tui.diagnosis.result import Badge
from gan_tui.logs.csv.parser import DelimitedParser
from gan_tui.logs.formats.registry import detect
from gan_tui.logs.model import Batch, Buffer
from gan_tui.monitoring.batch_reading import read_runs
from gan_tui.monitoring.replay import Replay
from gan_tui.monitoring.snapshot import RunState, Status
from tests.helpers.fuzzed import framed
from tests.monitoring.test_replay import Clock

ROOT = Path(__file__).parents[2]
SAMPLE_LOGS = sorted(path for path in (ROOT / "sample_logs").iterdir() if path.is_dir())
FILE_NAMES = {
    "csv": "losses.csv",
    "events": "events.out.tfevents.1700000000.host",
    "json": "log.json",
    "jsonl": "stats.jsonl",
    "metric": "D_loss.txt",
    "names": "losses.csv",
    "npy": "G_loss.npy",
    "raw-events": "events.out.tfevents.1700000000.host",
    "telling": "train.log",
    "text": "train.log",
}


def corpus_logs() -> list[tuple[str, str, bytes]]:
    """The logs among the inputs of fuzzers: id, file name and content."""
    logs = []
    for path in sorted((ROOT / "tests" / "corpus").glob("*/*")):
        content = path.read_bytes()[1:]  # the first byte is the size of the pieces
        if path.parent.name == "events":
            content = framed(content)
        name = FILE_NAMES[path.parent.name]
        if detect(content, name) is not None:
            logs.append((f"{path.parent.name}/{path.name}", name, content))
    return logs


CORPUS = corpus_logs()


def replayed(path: Path, *, stops: int = 0) -> tuple[RunState, ...]:
    """The runs at the end of a replay that was drawn `stops` times before."""
    clock = Clock()
    replay = Replay([path], now=clock)
    snapshot = replay.turn()
    for _ in range(stops):
        clock.seconds += 30 / (stops + 1)
        snapshot = replay.turn() or snapshot
    clock.seconds += 60
    snapshot = replay.turn() or snapshot
    assert snapshot is not None
    assert replay.finished
    return snapshot.runs


def check_law(path: Path, *, stops: int = 0) -> tuple[RunState, ...]:
    """Check that the law holds; return the runs."""
    runs = replayed(path, stops=stops)
    read = tuple(run for run in read_runs([path]).runs if run.series)
    assert [run.path for run in runs] == [run.path for run in read]
    assert [run.diagnosis for run in runs] == [run.diagnosis for run in read]
    assert [run.faults for run in runs] == [run.faults for run in read]
    assert [(run.axis_from, run.empty, run.points) for run in runs] == [
        (run.axis_from, run.empty, run.points) for run in read
    ]
    assert all(run.status is Status.ENDED for run in runs)
    return runs


@pytest.mark.parametrize("stops", [0, 7])
@pytest.mark.parametrize("folder", SAMPLE_LOGS, ids=lambda folder: folder.name)
def test_of_sample_logs(folder: Path, stops: int) -> None:
    check_law(folder, stops=stops)


def test_of_all_sample_logs_together() -> None:
    assert len(check_law(ROOT / "sample_logs", stops=2)) == len(SAMPLE_LOGS)


def test_the_corpus_has_logs_of_every_format() -> None:
    assert {log.partition("/")[0] for log, _, _ in CORPUS} >= FILE_NAMES.keys() - {"names", "telling"}


@pytest.mark.parametrize(("name", "content"), [log[1:] for log in CORPUS], ids=[log[0] for log in CORPUS])
def test_of_the_corpus(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    if any(run.series for run in read_runs([tmp_path / name]).runs):
        check_law(tmp_path / name, stops=3)


def test_of_two_runs_in_one_folder_with_sample_grids(tmp_path: Path) -> None:
    # Nobody knows which run the grids belong to; in the run they come from they mean a collapse.
    for name in ("run_a.csv", "run_b.csv"):
        shutil.copy(ROOT / "sample_logs" / "converging-bce" / "losses.csv", tmp_path / name)
    shutil.copytree(ROOT / "sample_logs" / "collapse-hinge" / "samples", tmp_path / "samples")
    runs = check_law(tmp_path)
    assert [run.diagnosis.badge for run in runs] == [Badge.CONVERGING] * 2


def test_of_event_files_of_one_run(tmp_path: Path) -> None:
    # The second file goes on where the first one ends.
    source = next((ROOT / "sample_logs" / "converging-least-squares").glob("events*"))
    other = next((ROOT / "sample_logs" / "diverged-bce").glob("events*"))
    shutil.copy(source, tmp_path / "events.out.tfevents.1700000000.host")
    shutil.copy(other, tmp_path / "events.out.tfevents.1700000001.host")
    check_law(tmp_path, stops=5)


def test_of_two_logs_of_one_run(tmp_path: Path) -> None:
    # Both have g_loss: it is that of the log that is read first, even if its points come later.
    (tmp_path / "a.jsonl").write_text(
        "".join(f'{{"step": {i}, "d_loss": 1.3, "g_loss": 0.{i % 7 + 1}}}\n' for i in range(50, 150))
    )
    (tmp_path / "b.jsonl").write_text(
        "".join(f'{{"step": {i}, "g_loss": 5.0, "lr": 0.1}}\n' for i in range(100)) + "{broken\n"
    )
    check_law(tmp_path, stops=5)


def test_of_a_parser_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = DelimitedParser.feed

    def fail(parser: DelimitedParser, data: Buffer) -> Batch:
        if b"\n77," in bytes(data):
            raise RuntimeError("an error in the parser")
        return feed(parser, data)

    monkeypatch.setattr(DelimitedParser, "feed", fail)
    monkeypatch.setattr("gan_tui.logs.files.tail.CHUNK_BYTES", 400)
    rows = "".join(f"{i},1.3,0.7{i}\n" for i in range(100))
    (tmp_path / "losses.csv").write_text("step,d_loss,g_loss\n" + rows)
    [run] = check_law(tmp_path)
    assert ["RuntimeError" in fault.reason for fault in run.faults] == [True]
    assert 0 < run.points < 200
