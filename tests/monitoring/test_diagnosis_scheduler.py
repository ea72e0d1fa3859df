"""Runs diagnosed in a worker process: the same results, whatever happens to the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from gan_tui.diagnosis.run_diagnoser import RunDiagnoser, update_all
from gan_tui.monitoring import batch_reading, diagnosis_scheduler
from gan_tui.monitoring.batch_reading import read_logs, read_runs
from gan_tui.monitoring.diagnosis_worker import DiagnosisBatch, DiagnosisWorker, Request, Result
from gan_tui.monitoring.monitor import Monitor
from gan_tui.monitoring.snapshot import RunState, Snapshot

LOGS = Path(__file__).parents[2] / "sample_logs"
RUNS = 12


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder of runs, of which some diverge."""
    for number in range(RUNS):
        file = tmp_path / f"run{number:02}" / "losses.csv"
        file.parent.mkdir()
        lines = [f"{i},{1.3 + i % 7 / 100},{0.7 + i % 5 / 100}" for i in range(200 + number)]
        lines += [f"{i},nan,nan" for i in range(300, 320)] * (number % 3 == 0)
        file.write_text("step,d_loss,g_loss\n" + "\n".join(lines) + "\n")
    return tmp_path


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few runs are enough for a worker process, and there are cores for it."""
    monkeypatch.setattr(diagnosis_scheduler, "MIN_RUNS", 2)
    monkeypatch.setattr(diagnosis_scheduler, "BATCH_RUNS", 2)
    monkeypatch.setattr("gan_tui.monitoring.monitor.BATCH_RUNS", 2)
    monkeypatch.setattr(batch_reading, "BATCH_RUNS", 2)
    monkeypatch.setattr(diagnosis_scheduler, "cpu_count", lambda: 2)
    # Nothing is diagnosed here before the worker process has started.
    start = DiagnosisWorker.__init__

    def start_and_wait(worker: DiagnosisWorker) -> None:
        start(worker)
        wait_for(lambda: worker.is_free)

    monkeypatch.setattr(DiagnosisWorker, "__init__", start_and_wait)


@pytest.fixture
def watch() -> Iterator[Callable[[Path], Monitor]]:
    """Begins to watch a folder; closed at the end."""
    monitors: list[Monitor] = []

    def begin(path: Path) -> Monitor:
        monitors.append(Monitor([path]))
        return monitors[-1]

    yield begin
    for monitor in monitors:
        monitor.close()


@pytest.fixture
def worker() -> Iterator[DiagnosisWorker]:
    worker = DiagnosisWorker()
    wait_for(lambda: worker.is_free)
    yield worker
    worker.close()


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def requests_of(path: Path) -> list[Request]:
    return [(RunDiagnoser(), tracker.run.pairs()) for tracker in read_logs([path]).trackers]


def results_of(worker: DiagnosisWorker, requests: list[Request]) -> Sequence[Result]:
    batch = worker.submit(requests)
    wait_for(lambda: batch.done)
    results = batch.results()
    assert results is not None
    return results


def badges(states: tuple[RunState, ...]) -> list[tuple[object, ...]]:
    return sorted((s.path, s.diagnosis, s.objective, s.status, s.points) for s in states)


def diagnoses(states: tuple[RunState, ...]) -> list[object]:
    return [diagnosis for _, diagnosis, *_ in badges(states)]


def last_of(monitor: Monitor) -> Snapshot:
    """The snapshot when everything is read and diagnosed."""
    found: list[Snapshot] = []

    def is_done() -> bool:
        snapshot = monitor.turn()
        if snapshot is None:
            monitor.wait(0.05)
        else:
            found.append(snapshot)
        return bool(found) and not found[-1].reading

    wait_for(is_done)
    monitor.turn()
    return found[-1]


def test_the_worker_process_gives_the_same_results_and_the_diagnoser_goes_on(
    worker: DiagnosisWorker,
) -> None:
    requests = requests_of(LOGS)
    here = update_all([(RunDiagnoser(), pairs) for _, pairs in requests])
    cut = [(diagnoser, [pair.until(500) for pair in pairs]) for diagnoser, pairs in requests]
    for part in (cut, requests):
        results = results_of(worker, part)
        requests = [(result[0], pairs) for result, (_, pairs) in zip(results, requests, strict=True)]
    assert [(diagnosis, objective) for _, diagnosis, objective in results] == here
    # The returned diagnosers go on here, with the curves that stayed.
    assert update_all(requests) == here


@pytest.mark.usefixtures("shared")
def test_shared_work_gives_the_same_states(
    runs: Path, watch: Callable[[Path], Monitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    submit = DiagnosisWorker.submit

    def counted(worker: DiagnosisWorker, requests: list[Request]) -> DiagnosisBatch:
        sent.append(len(requests))
        return submit(worker, requests)

    monkeypatch.setattr(DiagnosisWorker, "submit", counted)
    monitor = watch(runs)
    shared = last_of(monitor)
    assert sent
    sent.clear()
    checked = read_runs([runs])
    assert sent
    monkeypatch.setattr(diagnosis_scheduler, "cpu_count", lambda: 1)
    alone = last_of(watch(runs))
    assert badges(shared.runs) == badges(alone.runs)
    assert diagnoses(checked.runs) == diagnoses(alone.runs)
    # The process ends when every run has its badge.
    wait_for(lambda: monitor.turn() is None and monitor._scheduler._worker is None)


@pytest.mark.usefixtures("shared")
def test_runs_lost_with_a_killed_process_are_diagnosed_here(
    runs: Path, watch: Callable[[Path], Monitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[int] = []
    submit = DiagnosisWorker.submit

    def kill(worker: DiagnosisWorker, requests: list[Request]) -> DiagnosisBatch:
        if worker._pid.result() not in killed:
            killed.append(worker._pid.result())
            os.kill(killed[-1], signal.SIGKILL)
        return submit(worker, requests)

    monkeypatch.setattr(DiagnosisWorker, "submit", kill)
    watched, checked = last_of(watch(runs)), read_runs([runs])
    assert killed
    monkeypatch.setattr(diagnosis_scheduler, "cpu_count", lambda: 1)
    alone = last_of(watch(runs))
    assert badges(watched.runs) == badges(alone.runs)
    assert diagnoses(checked.runs) == diagnoses(alone.runs)


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("error", [BlockingIOError, RuntimeError])
def test_if_no_process_can_be_started_all_runs_are_diagnosed_here(
    error: type[Exception],
    runs: Path,
    watch: Callable[[Path], Monitor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[type[Exception]] = []

    def refuse(*_: object, **__: object) -> None:
        tried.append(error)
        raise error

    monkeypatch.setattr("concurrent.futures.process.ProcessPoolExecutor.submit", refuse)
    assert len(last_of(watch(runs)).runs) == RUNS
    assert tried == [error]


@pytest.mark.usefixtures("shared")
def test_a_role_corrected_meanwhile_holds(
    runs: Path, watch: Callable[[Path], Monitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gan_tui.monitoring.corrections.save_role_of_run", lambda *_: "")
    monitor = watch(runs)
    monitor.turn()
    away = [path for path, run in monitor._runs.items() if run.tracker.in_worker]
    assert away
    for path in away:
        monitor.correct(path, "g_loss", "none")
    for path, state in {s.path: s for s in last_of(monitor).runs}.items():
        roles = {s.view.name: s.role for s in state.series}
        assert roles["g_loss"] == (None if path in away else "g_loss")


def test_a_run_with_very_many_points_is_diagnosed_here(
    worker: DiagnosisWorker, monkeypatch: pytest.MonkeyPatch, runs: Path
) -> None:
    monkeypatch.setattr(diagnosis_scheduler, "MAX_POINTS", 405)
    trackers = read_logs([runs]).trackers
    scheduler = diagnosis_scheduler.DiagnosisScheduler()
    scheduler._worker = worker
    here = scheduler.share(trackers, len(trackers))
    assert {t.run.name for t in here} == {t.run.name for t in trackers} - {"run01", "run02"}
    assert [t.run.name for t in trackers if t.in_worker] == ["run01", "run02"]


@pytest.mark.parametrize("how", ["killed", "closed"])
def test_the_process_ends_with_its_parent(tmp_path: Path, how: str) -> None:
    end = {"killed": "os.kill(os.getpid(), 9)", "closed": "worker.close(); os._exit(0)"}[how]
    code = f"""if __name__ == "__main__":
    import os
    from gan_tui.monitoring.diagnosis_worker import DiagnosisWorker
    worker = DiagnosisWorker()
    while not worker.is_free: pass
    print(worker._pid.result(), flush=True); {end}"""
    (tmp_path / "numpy.py").write_text("raise RuntimeError('the current folder is imported from')")
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, check=False, timeout=60
    )
    pid = int(done.stdout)
    wait_for(lambda: _has_ended(pid))


@pytest.mark.parametrize("moment", ["starting", "ready"])
def test_an_interrupt_leaves_no_process_and_no_traceback_of_it(moment: str) -> None:
    # As Ctrl-C does: the whole process group is interrupted while the worker process starts, or is ready.
    code = """if __name__ == "__main__":
    import signal
    signal.signal(signal.SIGINT, signal.default_int_handler)  # it is ignored in a job in the background
    from gan_tui.monitoring import diagnosis_scheduler
    diagnosis_scheduler.MIN_RUNS, diagnosis_scheduler.cpu_count = 2, lambda: 2
    scheduler = diagnosis_scheduler.DiagnosisScheduler()
    scheduler._start_worker()
    try:
        print(*(p.pid for p in scheduler._worker._executor._processes.values()), flush=True)
        scheduler._worker._pid.result()
        print("ready", flush=True)
        while True: signal.pause()
    except KeyboardInterrupt:
        scheduler.close()
        print("interrupted", flush=True)"""
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert parent.stdout is not None
    try:
        pid = int(parent.stdout.readline())
        if moment == "ready":
            assert parent.stdout.readline() == "ready\n"
        os.killpg(parent.pid, signal.SIGINT)
        output, errors = parent.communicate(timeout=60)
    finally:
        parent.kill()
    assert (output.removeprefix("ready\n"), errors) == ("interrupted\n", "")
    wait_for(lambda: _has_ended(pid))


def _has_ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    # A zombie has ended: nothing reaps it here.
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"
