"""Monitoring without a screen: a line for each change, alerts, and exit codes for job scripts."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from gan_tui.alerts.dispatcher import Dispatcher
from gan_tui.alerts.headless_watch import HeadlessWatch
from gan_tui.alerts.trigger import Trigger
from gan_tui.cli.main import main
from gan_tui.diagnosis.result import Badge
from gan_tui.logs.model import Fault
from gan_tui.monitoring.snapshot import RunState, Snapshot, Status
from gan_tui.terminal.text_style import TextStyle
from tests.helpers.states import run_state, series_state

SAMPLE_LOGS = Path(__file__).parents[2] / "sample_logs"
CALM = run_state(Badge.CONVERGING, sentence="they rest")


class Scripted:
    """A monitor that shows prepared states, one a turn."""

    def __init__(self, states: Sequence[Sequence[RunState]]) -> None:
        self._states = list(states)
        self.ended = False

    def turn(self) -> Snapshot | None:
        if not self._states:
            self.ended = True
            return None
        return Snapshot(tuple(self._states.pop(0)), waiting_for="runs/")

    def wait(self, timeout: float) -> None:
        pass


def said(*states: RunState, **options: object) -> tuple[list[str], bool]:
    lines: list[str] = []
    watching = HeadlessWatch(Scripted([[s] for s in states]), lines.append, **options)  # type: ignore[arg-type]
    came_up = watching.run()
    return lines, came_up


def test_a_line_at_each_change_and_none_between() -> None:
    worse = run_state(sentence="samples sit in one place")
    lines, _ = said(CALM, CALM, worse, replace(worse, last_step=200), CALM)
    assert lines == [
        "ring: converging since step 40: they rest",
        "ring: suspected collapse since step 40, was converging: samples sit in one place",
        "ring: converging since step 40, was suspected collapse: they rest",
    ]


def test_what_there_was_before_is_told_as_a_whole() -> None:
    assert said(replace(run_state(), status=Status.READING), CALM)[0] == [
        "ring: converging since step 40: they rest"
    ]


def test_waiting_is_said_once() -> None:
    empty = replace(CALM, series=(), status=Status.WAITING, diagnosis=replace(CALM.diagnosis, findings=()))
    assert said(empty, empty, CALM)[0][0] == "waiting for the first point in runs/"
    assert len(said(empty, empty, CALM)[0]) == 2


def test_a_log_that_goes_and_comes_back_is_said() -> None:
    gone = replace(CALM, status=Status.MISSING)
    assert said(CALM, gone, gone, CALM)[0][1:] == ["ring: the log is missing", "ring: the log is back"]


def test_a_restart_is_said() -> None:
    again = series_state("d", [1.0, 2.0, 3.0], "d_loss", [5, 6, 2])
    assert said(CALM, replace(CALM, series=(again,)))[0][1:] == ["ring: restarted from an earlier step"]


def test_faults_are_said_at_first_and_as_they_double() -> None:
    fault = Fault(70, 3, "a row of 5 \x1bcells", "d.csv")
    lines, _ = said(*(replace(CALM, faults=(fault,) * n) for n in range(9)))
    assert [line.split(",")[0] for line in lines[1:]] == [
        f"ring: {n} fault{'s' * (n > 1)}" for n in (1, 2, 4, 8)
    ]
    assert "\x1b" not in "".join(lines)


def test_lines_are_as_plain_as_the_output() -> None:
    lines, _ = said(replace(CALM, name="größe…"), style=TextStyle(unicode=False))
    assert all(line.isascii() for line in lines)


def test_an_alert_is_said_and_carried_once_an_episode() -> None:
    carried: list[str] = []
    dispatcher = Dispatcher([lambda alert: carried.append(alert.line()) or ""], print)
    states = [CALM, *(run_state(since=40, last=n) for n in (60, 100, 300, 400)), CALM]
    lines, _ = said(*states, trigger=Trigger([Badge.COLLAPSE], 200), dispatcher=dispatcher)
    dispatcher.close()
    assert carried == ["ring: suspected collapse since step 40 (now 300)"]
    assert [line for line in lines if line.startswith("alert: ")] == [f"alert: {carried[0]}"]


def test_until_ends_the_watch_after_every_run_was_told() -> None:
    lines: list[str] = []
    other = run_state(name="other", path="runs/other")
    watching = HeadlessWatch(
        Scripted([[run_state(), other], [CALM]]),  # type: ignore[arg-type]
        lines.append,
        until=Trigger([Badge.COLLAPSE]),
    )
    assert watching.run()
    assert [line.split(":")[0] for line in lines] == ["ring", "other"]


def test_the_time_is_over_without_a_badge() -> None:
    clock = iter(range(100))
    monitor = Scripted([[CALM]] * 50)
    watching = HeadlessWatch(monitor, print, until=Trigger([Badge.COLLAPSE]), now=lambda: float(next(clock)))  # type: ignore[arg-type]
    assert not watching.run(10.0)


# -- the command itself --------------------------------------------------------------------------------


def watch(*words: str, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gan_tui", "watch", *words],
        capture_output=True,
        text=True,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def test_a_job_script_learns_that_the_badge_came_up_and_the_command_is_run(tmp_path: Path) -> None:
    out = tmp_path / "facts"
    script = f"import os, sys; open({str(out)!r}, 'w').write(sys.argv[1] + os.environ['GAN_TUI_BADGE'])"
    done = watch(
        str(SAMPLE_LOGS / "collapse-hinge" / "losses.csv"), "--until", "collapse,diverged,oscillating",
        "--on", "collapse,diverged,oscillating", "--run", f'{sys.executable} -c "{script}" $JOB', JOB="41 2",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    assert out.read_text().startswith("41 2")
    assert "alert: " in done.stdout


def test_the_end_of_the_time_and_of_the_input_are_no_failure() -> None:
    log = str(SAMPLE_LOGS / "converging-bce")
    assert watch(log, "--until", "diverged", "--timeout", "0.5s", "--plain").returncode == 0
    lines = "".join(f"step {i} D loss: 0.5 G loss: 0.7\n" for i in range(40))
    done = watch("-", "--until", "diverged", stdin=lines)
    assert (done.returncode, done.stderr) == (0, "")
    assert "standard input: " in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["--on", "collapsed"],
        ["--until", "x"],
        ["--timeout", "soon"],
        ["--for", "-1"],
        ["--run", ""],
        ["--run", "scancel $GAN_TUI_NO_SUCH"],
        ["--webhook", "file:///etc/passwd"],
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["gan-tui", "watch", str(SAMPLE_LOGS / "converging-bce"), *words])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert capsys.readouterr().err.strip()


def test_a_failing_command_and_a_dead_hook_are_shown_and_hurt_nothing() -> None:
    done = watch(
        str(SAMPLE_LOGS / "converging-bce"), "--on", "converging", "--until", "converging",
        "--run", "no-such-program", "--webhook", "http://127.0.0.1:9/hook", "--notify",
    )  # fmt: skip
    assert done.returncode == 1
    assert "--run no-such-program: " in done.stderr
    assert "--notify: there is no terminal" in done.stderr


def test_the_bell_rings_in_a_terminal() -> None:
    ours, theirs = pty.openpty()
    log = str(SAMPLE_LOGS / "converging-bce")
    words = ["watch", log, "--on", "converging", "--until", "converging", "--notify"]
    with subprocess.Popen(
        [sys.executable, "-m", "gan_tui", *words],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "foot", "TMUX": ""},
    ) as process:
        os.close(theirs)
        got = b""
        while piece := _read(ours):
            got += piece
        assert process.wait(30) == 1
    os.close(ours)
    assert b"\a\x1b]777;notify;gan-tui;converging-bce: converging since step" in got


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # the other end is closed
        return b""
