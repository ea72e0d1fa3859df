"""The command line as a person or a script meets it: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gan_tui.cli.errors import ERROR
from gan_tui.process import LOST_OUTPUT

ROOT = Path(__file__).parents[2]
LOGS = ROOT / "sample_logs"


def run(*words: str | Path, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gan_tui", *map(str, words)]
    held = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**held, "LC_ALL": "C.UTF-8", "COLUMNS": "100", **environment},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "losses.csv"
    file.write_text("step,d_loss,g_loss\n" + "".join(f"{i},1.3{i % 7},0.7{i % 5}\n" for i in range(60)))
    return file


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A training whose losses became NaN."""
    file = tmp_path / "broken.csv"
    rows = [f"{i},1.3{i % 7},0.7{i % 5}" if i < 60 else f"{i},nan,nan" for i in range(100)]
    file.write_text("step,d_loss,g_loss\n" + "\n".join(rows) + "\n")
    return file


def test_check_prints_a_badge_with_reasons_and_no_colour_when_piped(broken: Path) -> None:
    done = run("check", broken)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{broken}  ✗ diverged since step 6" in done.stdout
    assert "\x1b" not in done.stdout


def test_check_prints_json(broken: Path, log: Path) -> None:
    runs = json.loads(run("check", "--json", broken, log).stdout)["runs"]
    assert [r["path"] for r in runs] == [str(broken), str(log)]
    assert runs[0]["badge"] == "diverged"
    assert runs[0]["series"][0]["nonfinite"] == 40


@pytest.mark.parametrize(("fail_on", "code"), [("diverged", 1), ("collapse,diverged", 1), ("oscillating", 0)])
def test_fail_on_sets_the_exit_code(broken: Path, fail_on: str, code: int) -> None:
    assert run("check", broken, "--fail-on", fail_on).returncode == code


def test_until_step_is_the_badge_of_that_moment(broken: Path) -> None:
    done = run("check", "--json", "--until-step", "50", broken)
    found = json.loads(done.stdout)["runs"][0]
    assert found["badge"] != "diverged"
    assert found["series"][0]["last_step"] == 50


def test_a_folder_of_runs_names_each_by_its_relative_path() -> None:
    runs = json.loads(run("check", "--json", "sample_logs").stdout)["runs"]
    assert len(runs) == 8
    assert all(r["path"] == f"sample_logs/{r['name']}" for r in runs)


def test_standard_input_is_a_log_too() -> None:
    lines = "".join(f"[0/5][{i}/100] Loss_D: 1.3{i % 9} Loss_G: 0.7{i % 7} D(x): 0.5\n" for i in range(80))
    found = json.loads(run("check", "--json", "-", stdin=lines).stdout)["runs"][0]
    assert {s["name"]: s["role"] for s in found["series"]} == {
        "Loss_D": "d_loss",
        "Loss_G": "g_loss",
        "D(x)": "d_real",
    }


def test_plot_draws_without_a_terminal(log: Path) -> None:
    done = run("plot", log, "--width", "80", "--height", "12")
    assert (done.returncode, done.stderr) == (0, "")
    assert "losses" in done.stdout
    assert max(map(len, done.stdout.splitlines()[:12])) <= 80
    assert "\x1b" not in done.stdout


def test_plot_survives_what_is_not_finite_and_what_is_huge(tmp_path: Path) -> None:
    file = tmp_path / "losses.csv"
    values = ["1.0", "inf", "nan", "-inf", "1e300", "1.5"] * 10
    file.write_text("step,d_loss,g_loss\n" + "".join(f"{i},{v},0.7\n" for i, v in enumerate(values)))
    assert run("plot", file).returncode == 0


@pytest.mark.parametrize("command", ["check", "plot"])
@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}])
def test_ascii_where_the_locale_holds_no_more(
    broken: Path, command: str, environment: dict[str, str]
) -> None:
    done = run(command, broken, **environment)
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "diverged" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "nowhere/at/all"], "nowhere/at/all does not exist"),
        (["check"], "Missing argument"),
        (["check", "--fail-on", "broken", "sample_logs"], "unknown badge 'broken'"),
        (["check", "--role", "x=dloss", "sample_logs"], "--role"),
        (["check", "--format", "xml", "sample_logs"], "Unknown format 'xml'"),
        (["live", "sample_logs"], "this command needs a terminal"),
        (["sample_logs"], "this command needs a terminal"),
        (["replay", "sample_logs"], "this command needs a terminal"),
        (["watch", "sample_logs", "--timeout", "soon"], "is not a duration"),
        (["watch", "sample_logs", "--webhook", "file:///etc/passwd"], "not an http or https URL"),
        (["report", "sample_logs", "-o", "x.pdf"], "unknown report format 'pdf'"),
        (["report", "sample_logs", "-o", "no/such/place/x.md"], "cannot be written"),
    ],
)
def test_wrong_use_is_one_clear_line_and_exit_code_2(words: list[str], said: str) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_bad_input_is_one_clear_line_and_exit_code_2(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    junk = tmp_path / "junk"
    junk.write_bytes(bytes(range(256)) * 40)
    for path in (empty, junk):
        done = run("check", path)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith("gan-tui: ")
        assert str(path) in done.stderr


def test_hostile_names_are_shown_harmlessly(tmp_path: Path) -> None:
    file = tmp_path / "losses.csv"
    names = ["[red]D loss[/red]", "\x1b]0;title\x07G loss", '"two\nlines"', "\u202eevil"]
    file.write_text(f"step,{','.join(names)}\n" + "".join(f"{i},1,2,3,4\n" for i in range(40)))
    for words in (["check"], ["plot"], ["check", "--json"]):
        out = run(*words, file).stdout
        assert not any(ord(c) < 32 and c != "\n" for c in out)
        assert "\u202e" not in out or words == ["check", "--json"]
    assert "two\nlines" not in run("plot", file).stdout


def test_watch_ends_with_the_badge_of_until(broken: Path, log: Path) -> None:
    assert run("watch", broken, "--until", "diverged", "--timeout", "60s").returncode == 1
    done = run("watch", log, "--until", "diverged", "--timeout", "1s")
    assert done.returncode == 0
    assert done.stdout.startswith("losses")


def test_watch_runs_a_command_with_the_facts(broken: Path, tmp_path: Path) -> None:
    out = tmp_path / "said"
    script = f"import os; open({str(out)!r}, 'a').write(os.environ['GAN_TUI_BADGE'])"
    run(
        "watch", broken, "--run", f'{sys.executable} -c "{script}"', "--until", "diverged", "--timeout", "60s"
    )
    assert out.read_text() == "diverged"


@pytest.mark.parametrize("kind", ["html", "md", "svg", "json"])
def test_a_report_is_written(broken: Path, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"report.{kind}"
    assert run("report", broken, "-o", out).returncode == 0
    assert "diverged" in out.read_text()


def test_version_and_help() -> None:
    from gan_tui import __version__

    assert run("--version").stdout == f"gan-tui, version {__version__}\n"
    assert "gan-tui runs/" in run("--help").stdout
    assert run().returncode in (0, 2)


def test_the_demo_without_a_terminal_tells_its_story() -> None:
    done = run("demo")
    assert done.returncode == 0
    assert "timeline:" in done.stdout


# -- the end of the process --------------------------------------------------------------------------


def left(before: str) -> subprocess.CompletedProcess[str]:
    """`gan-tui --version` in a process of its own, in which `before` was run first."""
    code = (
        "import atexit, os, sys, threading, time\n"
        f"sys.argv = ['gan-tui', '--version']\n{before}\n"
        "from gan_tui.cli.main import run\nrun()"
    )
    held = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, env=held, text=True, check=False)


def test_what_was_asked_to_be_done_at_the_end_is_done() -> None:
    done = left("atexit.register(print, 'asked')")
    assert done.stdout.splitlines()[-1] == "asked"
    assert (done.returncode, done.stderr) == (0, "")


def test_a_thread_that_is_to_be_waited_for_is() -> None:
    done = left("threading.Thread(target=lambda: (time.sleep(2), print('thread'))).start()")
    assert done.stdout.splitlines()[-1] == "thread"
    assert done.returncode == 0


def test_output_that_is_lost_at_the_very_end_is_told_by_the_exit_code() -> None:
    done = left("atexit.register(lambda: (print('late', end=''), os.close(1)))")
    assert done.returncode == LOST_OUTPUT


def test_the_exit_code_is_kept() -> None:
    command = [sys.executable, "-m", "gan_tui", "check", "/there/is/none"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == ERROR
