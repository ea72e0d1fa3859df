"""Alerts: once per episode, values in the environment, and no failure that blocks the monitor."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from gan_tui.alerts import command as commands
from gan_tui.alerts.command import command
from gan_tui.alerts.dispatcher import Dispatcher
from gan_tui.alerts.terminal_notification import notification, notify
from gan_tui.alerts.trigger import Alert, Trigger
from gan_tui.alerts.webhook import webhook
from gan_tui.cli.options import parse_seconds
from gan_tui.diagnosis.result import Badge
from gan_tui.errors import UsageError
from tests.helpers.states import run_state

SEEN_HEADERS: list[dict[str, str]] = []
ALERT = Alert(run_state(sentence="D's \x1b[31mloss"), Badge.COLLAPSE, 40, 99)


def test_an_episode_is_told_once_and_the_next_one_again() -> None:
    trigger = Trigger([Badge.COLLAPSE])
    assert trigger.check(run_state(since=40)) is not None
    assert trigger.check(run_state(since=40, last=120)) is None
    assert trigger.check(run_state(Badge.CONVERGING, since=130, last=140)) is None
    assert trigger.check(run_state(since=150, last=160)) is not None


def test_a_badge_must_last_as_long_as_asked() -> None:
    trigger = Trigger([Badge.COLLAPSE], for_steps=100)
    assert trigger.check(run_state(since=40, last=139)) is None
    assert trigger.check(run_state(since=40, last=140)) is not None


def test_runs_have_episodes_of_their_own() -> None:
    trigger = Trigger([Badge.COLLAPSE])
    assert trigger.check(run_state()) is not None
    assert trigger.check(run_state(path="runs/other")) is not None


def test_a_command_gets_the_facts_and_no_shell(tmp_path: Path) -> None:
    out = tmp_path / "facts"
    assert command(f"python3 -c \"import os; open('{out}', 'w').write(repr(dict(os.environ)))\"")(ALERT) == ""
    facts = eval(out.read_text())  # noqa: S307 - our own repr
    assert facts["GAN_TUI_BADGE"] == "collapse"
    assert (facts["GAN_TUI_SINCE"], facts["GAN_TUI_STEP"], facts["GAN_TUI_RUN"]) == ("40", "99", "ring")
    assert "\x1b" not in facts["GAN_TUI_REASON"]
    assert command(f"echo hello > {tmp_path / 'redirected'}")(ALERT) == ""
    assert not (tmp_path / "redirected").exists()


def test_variables_are_filled_in_without_a_shell_and_stay_one_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOB", "41; touch pwned")
    monkeypatch.chdir(tmp_path)
    script = "import sys; open('words', 'w').write(repr(sys.argv[1:]))"
    assert command(f"python3 -c \"{script}\" $JOB x${{JOB}}y $GAN_TUI_BADGE 'a $$ b' '$(ls)'")(ALERT) == ""
    words = eval((tmp_path / "words").read_text())  # noqa: S307 - our own repr
    assert words == ["41; touch pwned", "x41; touch pwnedy", "collapse", "a $ b", "$(ls)"]
    assert not (tmp_path / "pwned").exists()


def test_a_variable_that_is_not_set_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOB", raising=False)
    with pytest.raises(UsageError, match=r"\$JOB is not set"):
        command("scancel $JOB")
    command("scancel $JOB", shell=True)


def test_a_command_that_runs_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "COMMAND_SECONDS", 0.2)
    assert "killed after" in command("sleep 60 | sleep 60", shell=True)(ALERT)


def test_what_a_command_leaves_running_holds_nobody_up() -> None:
    assert "exit code 4" in command("sleep 30 & exit 4", shell=True)(ALERT)


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
            SEEN_HEADERS.append(dict(self.headers))
            self.send_response(answers.pop(0) if answers else 200)
            self.send_header("Location", "http://127.0.0.1/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}/hook", bodies, answers
        listening.shutdown()
        thread.join()


def test_a_webhook_gets_the_json_of_check(server: tuple[str, list[bytes], list[int]]) -> None:
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


def test_what_trying_again_cannot_mend_is_not_tried_again(
    server: tuple[str, list[bytes], list[int]],
) -> None:
    url, bodies, answers = server
    answers.extend([404])
    assert webhook(url)(ALERT).endswith(": 404 Not Found")
    assert len(bodies) == 1
    answers.extend([429])
    assert webhook(url)(ALERT) == ""


def test_a_redirect_is_said_and_not_followed(server: tuple[str, list[bytes], list[int]]) -> None:
    url, bodies, answers = server
    answers.extend([302])
    assert "redirects to http://127.0.0.1/elsewhere" in webhook(url)(ALERT)
    assert len(bodies) == 1


def test_a_password_in_the_address_is_sent_as_a_header_and_never_said(
    server: tuple[str, list[bytes], list[int]],
) -> None:
    url, bodies, answers = server
    secret = url.replace("//", "//me:s%40cret@")
    assert webhook(secret)(ALERT) == ""
    assert SEEN_HEADERS[-1]["Authorization"] == "Basic bWU6c0BjcmV0"
    answers.extend([403])
    assert "cret" not in webhook(secret)(ALERT)
    with pytest.raises(UsageError) as refused:
        webhook("ftp://me:secret@host/x")
    assert "secret" not in str(refused.value)
    assert len(bodies) == 2


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_a_server_that_speaks_no_http_is_reported(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for _ in range(4):
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        problem = webhook(f"http://127.0.0.1:{listening.getsockname()[1]}/")(ALERT)
        thread.join(10)
    assert problem.startswith("--webhook 127.0.0.1: ")
    assert "\n" not in problem


def test_a_dead_hook_is_reported_in_one_line() -> None:
    problem = webhook("http://127.0.0.1:9/hook")(ALERT)
    assert problem.startswith("--webhook 127.0.0.1: ")
    assert "\n" not in problem


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://host/x",
        "host/hook",
        "http://",
        "http://h:x/",
        "http://h/a b",
        "http://[::1",
        "http://h/\n",
    ],
)
def test_only_http_addresses_are_taken(url: str) -> None:
    with pytest.raises(UsageError):
        webhook(url)


def test_a_slow_action_holds_nobody_up_and_a_failing_one_complains() -> None:
    gate, problems = threading.Event(), list[str]()
    done: list[str] = []

    def slow(alert: Alert) -> str:
        gate.wait(5)
        done.append(alert.run.name)
        return "it failed"

    dispatcher = Dispatcher([slow], problems.append)
    dispatcher.send(ALERT)
    dispatcher.send(Alert(replace(ALERT.run, name="second"), Badge.COLLAPSE, 1, 2))
    assert done == []
    gate.set()
    dispatcher.close()
    assert done == ["ring", "second"]
    assert problems == ["it failed", "it failed"]


def test_a_dead_action_holds_up_no_other_and_is_said_at_the_end() -> None:
    gate, said = threading.Event(), list[str]()
    done = threading.Event()

    def dead(alert: Alert) -> str:
        del alert
        gate.wait(30)
        return ""

    def quick(alert: Alert) -> str:
        del alert
        done.set()
        return ""

    dispatcher = Dispatcher([dead, quick], said.append)
    dispatcher.send(ALERT)
    assert done.wait(10)
    dispatcher.close(0.05)
    gate.set()
    assert said == ["gave up on 1 alert after 0 s"]


def test_an_action_that_raises_is_said_and_the_next_alert_still_carried() -> None:
    said: list[str] = []

    def broken(alert: Alert) -> str:
        raise RuntimeError(alert.run.name)

    dispatcher = Dispatcher([broken], said.append)
    dispatcher.send(ALERT)
    dispatcher.send(ALERT)
    dispatcher.close()
    assert said == ["an alert failed: RuntimeError: ring"] * 2


OSC_9, OSC_777 = "\x1b]9;ring: x\x1b\\", "\x1b]777;notify;gan-tui;ring: x\x1b\\"


@pytest.mark.parametrize(
    ("environment", "sent"),
    [
        ({"TERM": "xterm-256color"}, "\a" + OSC_9 + OSC_777),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "\a" + OSC_9),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, "\a" + OSC_9),
        ({"TERM": "xterm-kitty"}, "\a" + OSC_9),
        ({"TERM": "foot"}, "\a" + OSC_777),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7200"}, "\a" + OSC_777),
        ({"TERM": "linux"}, "\a"),
        ({"TERM": "vt220"}, "\a"),
        ({"TERM": "screen"}, "\a"),
        ({}, "\a"),
        (
            {"TERM": "tmux-256color", "TMUX": "/tmp/t,1,0", "TERM_PROGRAM": "WezTerm"},  # noqa: S108
            "\a\x1bPtmux;\x1b" + OSC_9.replace("\x1b", "\x1b\x1b")[1:] + "\x1b\\",
        ),
    ],
)
def test_a_terminal_gets_the_notices_it_has(environment: dict[str, str], sent: str) -> None:
    assert notification("ring: x", environment) == sent


def test_nothing_of_a_name_gets_out_of_a_notification() -> None:
    raised = notification("a;b\x1b\\\x07c", {"TERM": "foot"})
    assert raised == "\a\x1b]777;notify;gan-tui;a,b␛\\␇c\x1b\\"


def test_without_a_terminal_a_notification_fails_in_one_line() -> None:
    assert notify(ALERT) == "--notify: there is no terminal"


@pytest.mark.parametrize(
    ("words", "seconds"), [("90", 90), ("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400)]
)
def test_lengths_of_time(words: str, seconds: float) -> None:
    assert parse_seconds(words) == seconds


@pytest.mark.parametrize("words", ["", "h", "-1s", "nan", "inf", "2 weeks", "0"])
def test_what_is_no_length_of_time_is_refused(words: str) -> None:
    with pytest.raises(UsageError):
        parse_seconds(words)
