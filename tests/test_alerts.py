"""Alerts: once an episode, facts in the environment, and no failure that gets in the way."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gan_tui.alerts import Alarm, Alert, Messenger, command, parse_seconds, webhook
from gan_tui.diagnosis.result import Badge
from gan_tui.errors import UsageError
from tests.states import run_state

ALERT = Alert(run_state(sentence="D's \x1b[31mloss"), Badge.COLLAPSE, 40, 99)


def test_an_episode_is_told_once_and_the_next_one_again() -> None:
    alarm = Alarm([Badge.COLLAPSE])
    assert alarm.look(run_state(since=40)) is not None
    assert alarm.look(run_state(since=40, last=120)) is None
    assert alarm.look(run_state(Badge.CONVERGING, since=130, last=140)) is None
    assert alarm.look(run_state(since=150, last=160)) is not None


def test_a_badge_must_last_as_long_as_asked() -> None:
    alarm = Alarm([Badge.COLLAPSE], for_steps=100)
    assert alarm.look(run_state(since=40, last=139)) is None
    assert alarm.look(run_state(since=40, last=140)) is not None


def test_runs_have_episodes_of_their_own() -> None:
    alarm = Alarm([Badge.COLLAPSE])
    assert alarm.look(run_state()) is not None
    assert alarm.look(run_state(path="runs/other")) is not None


def test_a_command_gets_the_facts_and_no_shell(tmp_path: Path) -> None:
    out = tmp_path / "facts"
    assert command(f"python3 -c \"import os; open('{out}', 'w').write(repr(dict(os.environ)))\"")(ALERT) == ""
    facts = eval(out.read_text())  # noqa: S307 - our own repr
    assert facts["GAN_TUI_BADGE"] == "collapse"
    assert (facts["GAN_TUI_SINCE"], facts["GAN_TUI_STEP"], facts["GAN_TUI_RUN"]) == ("40", "99", "ring")
    assert "\x1b" not in facts["GAN_TUI_REASON"]
    assert command(f"echo hello > {tmp_path / 'redirected'}")(ALERT) == ""
    assert not (tmp_path / "redirected").exists()


def test_the_shell_is_used_where_asked(tmp_path: Path) -> None:
    assert command(f'echo "$GAN_TUI_BADGE" > {tmp_path / "said"}', shell=True)(ALERT) == ""
    assert (tmp_path / "said").read_text() == "collapse\n"


def test_a_failing_command_is_reported() -> None:
    assert "exit code 3" in command("python3 -c 'raise SystemExit(3)'")(ALERT)
    assert "no-such-program" in command("no-such-program")(ALERT)


@pytest.mark.parametrize("words", ["", "   ", "'open"])
def test_a_command_that_cannot_be_is_refused_at_once(words: str) -> None:
    with pytest.raises(UsageError):
        command(words)


@pytest.fixture
def server() -> Iterator[tuple[str, list[bytes], list[int]]]:
    """An address, the bodies posted to it, and the answers it is to give."""
    bodies: list[bytes] = []
    answers: list[int] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(answers.pop(0) if answers else 200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}/hook", bodies, answers
        listening.shutdown()
        thread.join()


def test_a_webhook_gets_the_contract(server: tuple[str, list[bytes], list[int]]) -> None:
    url, bodies, _ = server
    assert webhook(url)(ALERT) == ""
    assert json.loads(bodies[0])["runs"][0]["badge"] == "collapse"


def test_a_webhook_is_tried_again_with_growing_waits(server: tuple[str, list[bytes], list[int]]) -> None:
    url, bodies, answers = server
    answers.extend([500, 503])
    waits: list[float] = []
    assert webhook(url, sleep=waits.append)(ALERT) == ""
    assert len(bodies) == 3
    assert waits == [1.0, 5.0]


def test_a_dead_hook_is_reported_in_one_line() -> None:
    problem = webhook("http://127.0.0.1:9/hook")(ALERT)
    assert problem.startswith("--webhook 127.0.0.1: ")
    assert "\n" not in problem


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/x", "host/hook", "http://"])
def test_only_http_addresses_are_taken(url: str) -> None:
    with pytest.raises(UsageError):
        webhook(url)


def test_a_slow_action_holds_nobody_up_and_a_failing_one_complains() -> None:
    gate, complaints = threading.Event(), list[str]()
    done: list[str] = []

    def slow(alert: Alert) -> str:
        gate.wait(5)
        done.append(alert.run.name)
        return "it failed"

    messenger = Messenger([slow], complaints.append)
    messenger.send(ALERT)
    messenger.send(Alert(replace(ALERT.run, name="second"), Badge.COLLAPSE, 1, 2))
    assert done == []
    gate.set()
    messenger.close()
    assert done == ["ring", "second"]
    assert complaints == ["it failed", "it failed"]


@pytest.mark.parametrize(
    ("words", "seconds"), [("90", 90), ("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400)]
)
def test_lengths_of_time(words: str, seconds: float) -> None:
    assert parse_seconds(words) == seconds


@pytest.mark.parametrize("words", ["", "h", "-1s", "nan", "inf", "2 weeks", "0"])
def test_what_is_no_length_of_time_is_refused(words: str) -> None:
    with pytest.raises(UsageError):
        parse_seconds(words)
