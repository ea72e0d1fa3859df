"""Runs judged in a second process: the same verdicts, whatever becomes of the process."""

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
from gan_tui.monitoring import diagnosis_scheduler
from gan_tui.monitoring.diagnosis_worker import DiagnosisWorker, Request, Result
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
    """Few runs are many, and there are cores to share them."""
    monkeypatch.setattr(diagnosis_scheduler, "MANY", 2)
    monkeypatch.setattr(diagnosis_scheduler, "TOGETHER", 2)
    monkeypatch.setattr("gan_tui.monitoring.monitor.TOGETHER", 2)
    monkeypatch.setattr(diagnosis_scheduler, "cpu_count", lambda: 2)
    # Nothing is judged here before the second process has begun.
    began = DiagnosisWorker.__init__
    monkeypatch.setattr(
        DiagnosisWorker, "__init__", lambda jury: (began(jury), wait_for(lambda: jury.free))[0]
    )


@pytest.fixture
def watch() -> Iterator[Callable[[Path], Monitor]]:
    """Begins to watch a folder; closed at the end, as whoever watches closes it."""
    begun: list[Monitor] = []

    def begin(path: Path) -> Monitor:
        begun.append(Monitor([path], watch=False))
        return begun[-1]

    yield begin
    for monitor in begun:
        monitor.close()


@pytest.fixture
def jury() -> Iterator[DiagnosisWorker]:
    held = DiagnosisWorker()
    wait_for(lambda: held.free)
    yield held
    held.close()


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def asks_of(path: Path) -> list[Request]:
    monitor = Monitor([path], watch=False)
    monitor.read_to_the_end()
    return [(RunDiagnoser(), run.pairs()) for run in monitor.runs]


def answers_of(jury: DiagnosisWorker, asks: list[Request]) -> Sequence[Result]:
    batch = jury.submit(asks)
    wait_for(lambda: batch in jury.results())
    assert batch.answers is not None
    return batch.answers


def badges(states: tuple[RunState, ...]) -> list[tuple[object, ...]]:
    return sorted((s.path, s.diagnosis, s.objective, s.status, s.points) for s in states)


def last_of(monitor: Monitor) -> Snapshot:
    found: list[Snapshot] = []

    def judged() -> bool:
        snapshot = monitor.turn()
        if snapshot is None:
            monitor.wait(0.05)
        else:
            found.append(snapshot)
        return bool(found) and not found[-1].reading

    wait_for(judged)
    monitor.turn()
    return found[-1]


def test_the_second_process_judges_as_this_one_and_the_judge_goes_on(jury: DiagnosisWorker) -> None:
    asks = asks_of(LOGS)
    here = update_all([(RunDiagnoser(), pairs) for _, pairs in asks])
    cut = [(judge, [pair.until(500) for pair in pairs]) for judge, pairs in asks]
    for part in (cut, asks):
        answers = answers_of(jury, part)
        asks = [(judge, pairs) for (judge, _, _), (_, pairs) in zip(answers, asks, strict=True)]
    assert [(diagnosis, objective) for _, diagnosis, objective in answers] == here
    # What came back goes on here, with the curves that stayed.
    assert update_all(asks) == here


@pytest.mark.usefixtures("shared")
def test_shared_work_gives_the_same_states(
    runs: Path, watch: Callable[[Path], Monitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    submit = DiagnosisWorker.submit
    monkeypatch.setattr(
        DiagnosisWorker, "submit", lambda jury, asks: (sent.append(len(asks)), submit(jury, asks))[1]
    )
    monitor = watch(runs)
    shared = last_of(monitor)
    assert sent
    checked = Monitor([runs], watch=False).read_all()
    monkeypatch.setattr(diagnosis_scheduler, "cpu_count", lambda: 1)
    alone = last_of(watch(runs))
    assert badges(shared.runs) == badges(alone.runs)
    assert [d for _, d, *_ in badges(checked.runs)] == [d for _, d, *_ in badges(alone.runs)]
    wait_for(
        lambda: monitor.turn() is None and monitor._judging._jury is None
    )  # nothing of it is left when all are judged


@pytest.mark.usefixtures("shared")
def test_what_a_killed_process_took_along_is_judged_here(
    runs: Path, watch: Callable[[Path], Monitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(jury: DiagnosisWorker, asks: list[Request]) -> object:
        os.kill(jury._process.pid, signal.SIGKILL)
        return submit(jury, asks)

    submit = DiagnosisWorker.submit
    monkeypatch.setattr(DiagnosisWorker, "submit", kill)
    watched, checked = last_of(watch(runs)), watch(runs).read_all()
    monkeypatch.setattr(diagnosis_scheduler, "cpu_count", lambda: 1)
    alone = badges(last_of(watch(runs)).runs)
    assert badges(watched.runs) == alone
    assert [d for _, d, *_ in badges(checked.runs)] == [d for _, d, *_ in alone]


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("lacking", ["process", "thread"])
def test_where_no_process_can_be_started_all_are_judged_here(
    lacking: str, runs: Path, watch: Callable[[Path], Monitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def refuse(*_: object, **__: object) -> None:
        tried.append(lacking)
        raise {"process": BlockingIOError, "thread": RuntimeError}[lacking]

    if lacking == "process":
        monkeypatch.setattr("gan_tui.monitoring.diagnosis_worker.subprocess.Popen", refuse)
    else:
        monkeypatch.setattr("gan_tui.monitoring.diagnosis_worker.threading.Thread.start", refuse)
    states = last_of(watch(runs)).runs
    assert (len(states), tried) == (RUNS, [lacking])


@pytest.mark.usefixtures("shared")
def test_what_a_person_corrects_meanwhile_holds(
    runs: Path, watch: Callable[[Path], Monitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gan_tui.monitoring.monitor.save_role_of_run", lambda *_: "")
    monitor = watch(runs)
    monitor.turn()
    away = [path for path, watched in monitor._watched.items() if watched.away]
    assert away
    for path in away:
        monitor.correct(path, "g_loss", "none")
    states = {s.path: s for s in last_of(monitor).runs}
    for path, state in states.items():
        roles = {s.view.name: s.role for s in state.series}
        assert roles["g_loss"] == (None if path in away else "g_loss")


def test_a_run_of_very_many_points_stays_here(
    jury: DiagnosisWorker, monkeypatch: pytest.MonkeyPatch, runs: Path
) -> None:
    monkeypatch.setattr(diagnosis_scheduler, "MOST_POINTS", 405)
    monitor = Monitor([runs], watch=False)
    monitor.read_to_the_end()
    some = list(monitor._watched.values())
    together = diagnosis_scheduler.DiagnosisScheduler()
    together._jury = jury
    here = together.share(some, len(some))
    assert {w.source.name for w in here} == {w.source.name for w in some} - {"run01", "run02"}
    assert [w.source.name for w in some if w.away] == ["run01", "run02"]


def test_it_ends_with_who_started_it(tmp_path: Path) -> None:
    code = (
        "import os; from gan_tui.monitoring.diagnosis_worker import Jury; jury = Jury()\n"
        "while not jury.free: pass\n"
        "print(jury._process.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    (tmp_path / "numpy.py").write_text("raise RuntimeError('the folder it is started in')")
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, check=False, timeout=60
    )
    pid = int(done.stdout)
    wait_for(lambda: _ended(pid))


def _ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"  # nobody reaps it here
