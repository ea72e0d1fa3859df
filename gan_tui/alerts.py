"""Alerts: when a run's badge calls for somebody, say so once an episode, and never get in the way."""

from __future__ import annotations

import base64
import http.client
import json
import os
import queue
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from urllib.parse import unquote, urlsplit, urlunsplit

from gan_tui.diagnosis.result import Badge
from gan_tui.errors import UsageError
from gan_tui.report.contract import run_as_json
from gan_tui.snapshot import RunState
from gan_tui.text import clean

HOOK_SECONDS = 10.0
"""A webhook that has not answered by then has failed."""
HOOK_WAITS = (1.0, 5.0, 25.0)
"""Seconds before each further try at a webhook."""
COMMAND_SECONDS = 300.0
"""A command that runs longer is stopped."""
CLOSE_SECONDS = 60.0
"""How long the end of watching waits for alerts that are still being carried out."""
LAST_WAIT = 0.5
"""Seconds between the last tries at a hook when everything else has ended."""
FACTS = tuple(f"GAN_TUI_{name}" for name in ("RUN", "PATH", "BADGE", "SINCE", "STEP", "CONFIDENCE", "REASON"))
"""Variables that a command finds in its environment."""
QUEUE_LENGTH = 1_000
"""Alerts that wait for slow hooks; beyond it new ones are reported as lost."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One run has had a badge for long enough."""

    run: RunState
    badge: Badge
    since_step: int
    step: int

    def environment(self) -> dict[str, str]:
        """The facts, as environment variables for a command. Control characters are taken out."""
        reason = self.run.diagnosis.findings[0].sentence if self.run.diagnosis.findings else ""
        values = (
            self.run.name,
            self.run.path,
            str(self.badge),
            str(self.since_step),
            str(self.step),
            f"{self.run.diagnosis.confidence:.2f}",
            reason,
        )
        return {name: clean(value, 2_000) for name, value in zip(FACTS, values, strict=True)}

    def line(self) -> str:
        """The alert in one line of plain text."""
        return (
            f"{clean(self.run.name, 80)}: {self.badge.label} since {self.run.axis} {self.since_step:,}"
            f" (now {self.step:,})"
        )


class Alarm:
    """Tells when a badge has lasted long enough, once an episode.

    Args:
        badges: The badges that call for somebody.
        for_steps: How many steps one must have lasted.
    """

    def __init__(self, badges: Sequence[Badge], for_steps: int = 0) -> None:
        self._badges = frozenset(badges)
        self._for_steps = for_steps
        self._told: dict[str, tuple[Badge, int]] = {}

    def look(self, run: RunState) -> Alert | None:
        """The alert that this state of a run gives rise to, None most of the time."""
        diagnosis = run.diagnosis
        if diagnosis.badge not in self._badges or run.last_step is None:
            self._told.pop(run.path, None)
            return None
        since = run.last_step if diagnosis.since_step is None else diagnosis.since_step
        episode = (diagnosis.badge, since)
        if run.last_step - since < self._for_steps or self._told.get(run.path) == episode:
            return None
        self._told[run.path] = episode
        return Alert(run, diagnosis.badge, since, run.last_step)


Action = Callable[[Alert], str]
"""Does something about an alert; gives what went wrong, or ""."""


# -- commands ------------------------------------------------------------------------------------------

_VARIABLE = re.compile(r"\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})", re.ASCII)


def command(words: str, *, shell: bool = False) -> Action:
    """An action that runs a command, without a shell unless asked.

    Args:
        words: The command; split as a shell splits words. `$NAME` and `${NAME}` stand for variables of
            the environment and for the facts (GAN_TUI_...); whatever they hold stays one word, and
            nothing else is expanded. `$$` is a dollar.
        shell: Hand it to the shell instead. What the log says reaches it in variables only.

    Raises:
        UsageError: The command is empty, its quotes do not match, or it names a variable that is not set.
    """
    try:
        parts = shlex.split(words)
    except ValueError as error:
        raise UsageError(f"--run {words!r}: {error}", "Close the quotation") from error
    if not parts:
        raise UsageError("--run is empty", "Name a command")
    if not shell:
        _check_variables(parts)

    def run(alert: Alert) -> str:
        environment = {**os.environ, **alert.environment()}
        called: str | list[str] = words if shell else [_expanded(part, environment) for part in parts]
        try:
            code, said = _ran(called, environment, shell=shell)
        except subprocess.TimeoutExpired:
            return f"--run {parts[0]}: stopped, it ran longer than {COMMAND_SECONDS:.0f} s"
        except (OSError, ValueError) as error:
            return f"--run {parts[0]}: {clean(str(error), 200)}"
        ended = f"exit code {code}" if code > 0 else f"signal {-code}"
        return f"--run {parts[0]}: {ended}" + (f": {said}" if said else "") if code else ""

    return run


def _ran(words: str | list[str], environment: Mapping[str, str], *, shell: bool) -> tuple[int, str]:
    """The exit code of a command, and the last line that it said in complaint."""
    # Complaints go to a file: a pipe would be held open by whatever the command leaves running.
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(  # noqa: S603 - the person's own command
            words,
            shell=shell,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            start_new_session=True,  # Ctrl-C ends the watch, not what an alert has begun
        )
        try:
            code = process.wait(COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - 500))
        said = complaints.read().decode("utf-8", "replace").strip().splitlines()
        return code, clean(said[-1], 200) if said else ""


def _check_variables(parts: Sequence[str]) -> None:
    """A variable that is not set would leave a word empty, and `scancel ""` is not what was meant."""
    for part in parts:
        for found in _VARIABLE.finditer(part):
            name = found[1] or found[2]
            if name and name not in os.environ and name not in FACTS:
                raise UsageError(
                    f"--run {parts[0]}: ${name} is not set",
                    f"Set it, write $$ for a dollar, or use one of {', '.join(FACTS)}",
                )


def _expanded(part: str, environment: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda m: environment.get(m[1] or m[2], "") if m[1] or m[2] else "$", part)


# -- the terminal --------------------------------------------------------------------------------------

_OSC_9 = ("iterm.app", "wezterm", "ghostty", "xterm-ghostty", "xterm-kitty", "iterm2", "konsole")
_OSC_777 = ("foot", "rxvt")
_NONE = ("linux", "vt", "dumb", "cons", "screen.linux")


def notice(text: str, environment: Mapping[str, str]) -> str:
    """What raises a notice in the terminal: the bell, and a desktop notice where the terminal has them.

    Args:
        text: One line.
        environment: Says which terminal it is. A terminal of the xterm kind that does not say more
            gets both kinds of desktop notices, and ignores what it does not know.
    """
    names = [environment.get(n, "").lower() for n in ("TERM_PROGRAM", "LC_TERMINAL", "TERM")]
    term = names[-1]
    if term in ("", "dumb") or term.startswith(_NONE):
        return "\a"
    words = clean(text, 300).replace(";", ",")
    osc_9, osc_777 = f"\x1b]9;{words}\x1b\\", f"\x1b]777;notify;gan-tui;{words}\x1b\\"
    known = [name for name in names if name]
    if any(name.startswith(_OSC_9) for name in known):
        raised = osc_9
    elif environment.get("VTE_VERSION") or any(name.startswith(_OSC_777) for name in known):
        raised = osc_777
    else:
        raised = osc_9 + osc_777
    if environment.get("TMUX"):
        # tmux hands on what it is asked to, where `allow-passthrough` is on, and drops it elsewhere.
        raised = "\x1bPtmux;" + raised.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    elif term.startswith("screen"):
        raised = ""
    return "\a" + raised


def notify(alert: Alert) -> str:
    """Ring the terminal's bell and raise a desktop notice where the terminal has them (OSC 9, 777)."""
    stream = next((s for s in (sys.stderr, sys.stdout) if s is not None and s.isatty()), None)
    if stream is None:
        return "--notify: there is no terminal to ring"
    try:
        stream.write(notice(alert.line(), os.environ))
        stream.flush()
    except (OSError, ValueError) as error:
        return f"--notify: {error}"
    return ""


# -- webhooks ------------------------------------------------------------------------------------------


def webhook(url: str, *, sleep: Callable[[float], object] = lambda _: None) -> Action:
    """An action that posts the JSON of `gan-tui check` for the run to an http(s) address.

    What may be a passing trouble (no answer, 5xx, 408, 429) is tried again after growing waits.

    Args:
        url: Where to. A name and password in it are sent as basic authorisation.
        sleep: Waits before a further try, seconds.

    Raises:
        UsageError: It is no http(s) address.
    """
    address, host, headers = _target(url)

    def post(alert: Alert) -> str:
        body = json.dumps({"runs": [run_as_json(alert.run)]}, allow_nan=False).encode()
        request = urllib.request.Request(address, body, headers, method="POST")  # noqa: S310 - checked above
        problem = ""
        for wait in (0.0, *HOOK_WAITS):
            if wait:
                sleep(wait)
            try:
                with _opener.open(request, timeout=HOOK_SECONDS):
                    return ""
            except urllib.error.HTTPError as error:
                error.close()
                problem = f"{error.code} {error.reason}"
                if error.code < 500 and error.code not in PASSING:
                    break
            except (OSError, ValueError, http.client.HTTPException) as error:
                problem = str(getattr(error, "reason", "") or error) or type(error).__name__
        return f"--webhook {host}: {clean(problem, 200)}"

    return post


PASSING = (408, 425, 429)
"""Answers that ask to try again later."""


def _target(url: str) -> tuple[str, str, dict[str, str]]:
    """The address without what is secret in it, its host, and the headers to send."""
    wrong = UsageError(f"--webhook {_bare(url)!r} is no http or https address", "Write https://host/hook")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise wrong from error
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host or not url.isascii() or not url.isprintable():
        raise wrong
    if " " in url:
        raise wrong
    headers = {"Content-Type": "application/json", "User-Agent": "gan-tui"}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    named = f"[{host}]" if ":" in host else host
    place = named if port is None else f"{named}:{port}"
    return urlunsplit((parts.scheme, place, parts.path or "/", parts.query, "")), named, headers


def _bare(url: str) -> str:
    """The address as it may be said: without name and password."""
    return clean(re.sub(r"//[^/@]*@", "//...@", url), 100)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A post that is redirected would be sent on without its body: say so instead."""

    def redirect_request(
        self, req: urllib.request.Request, fp: object, code: int, msg: str, headers: object, newurl: str
    ) -> urllib.request.Request | None:
        del fp, code, msg, headers
        raise urllib.error.HTTPError(
            req.full_url, 400, f"redirects to {_bare(newurl)}; give that address", Message(), None
        )


_opener = urllib.request.build_opener(_NoRedirect)


# -- carrying alerts -----------------------------------------------------------------------------------


class _Carrier:
    """Does one action about each alert, on a thread of its own."""

    def __init__(self, action: Action, complain: Callable[[str], None]) -> None:
        self._action = action
        self._complain = complain
        self._waiting: queue.Queue[Alert | None] = queue.Queue(QUEUE_LENGTH)
        self._thread = threading.Thread(target=self._work, name="gan-tui alert", daemon=True)
        self._thread.start()

    def send(self, alert: Alert) -> None:
        try:
            self._waiting.put_nowait(alert)
        except queue.Full:
            self._complain(f"too many alerts are waiting; lost: {alert.line()}")

    def finish(self) -> None:
        """Nothing more will be sent."""
        with suppress(queue.Full):
            self._waiting.put_nowait(None)

    def join(self, timeout: float) -> bool:
        """Let what waits be done, at most `timeout` seconds; whether all of it was."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (alert := self._waiting.get()) is not None:
            try:
                problem = self._action(alert)
            except Exception as error:  # noqa: BLE001 - one alert that fails must not end those after it
                problem = f"an alert failed: {type(error).__name__}: {clean(str(error), 200)}"
            if problem:
                self._complain(problem)


class Patience:
    """Waits between tries; nobody waits long for a dead hook when everything else has ended."""

    def __init__(self) -> None:
        self._ended = threading.Event()

    def wait(self, seconds: float) -> None:
        """Sleep so long, or a moment once the end has come."""
        if self._ended.wait(seconds):
            time.sleep(min(seconds, LAST_WAIT))

    def end(self) -> None:
        """Be short from now on."""
        self._ended.set()


class Messenger:
    """Carries alerts to their actions, each on a thread of its own: a dead hook holds up nobody.

    Args:
        actions: What is done about each alert.
        complain: Told, in one line, of each action that failed. Called from those threads.
        patience: What actions wait with between their tries; it runs out at the end.
    """

    def __init__(
        self,
        actions: Sequence[Action],
        complain: Callable[[str], None],
        patience: Patience | None = None,
    ) -> None:
        self._complain = complain
        self._patience = patience
        self._carriers = [_Carrier(action, complain) for action in actions]

    def send(self, alert: Alert) -> None:
        """Have the actions done, soon."""
        for carrier in self._carriers:
            carrier.send(alert)

    def close(self, timeout: float = CLOSE_SECONDS, now: Callable[[], float] = time.monotonic) -> None:
        """Let what waits be done, at most `timeout` seconds; what is not is complained of."""
        deadline = now() + timeout
        if self._patience is not None:
            self._patience.end()
        for carrier in self._carriers:
            carrier.finish()
        done = [carrier.join(max(0.0, deadline - now())) for carrier in self._carriers]
        unfinished = done.count(False)
        if unfinished:
            self._complain(f"gave up on {unfinished} alert{'s' * (unfinished > 1)} after {timeout:.0f} s")


def parse_seconds(words: str) -> float:
    """Seconds out of "90", "90s", "15m", "2h" or "1d".

    Raises:
        UsageError: It is none of these.
    """
    units: Mapping[str, float] = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
    number, unit = (words[:-1], words[-1]) if words and words[-1] in units else (words, "s")
    try:
        seconds = float(number) * units[unit]
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e10:
        raise UsageError(f"{words!r} is no length of time", "Write 90s, 15m, 2h or 1d")
    return seconds
