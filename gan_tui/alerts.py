"""Alerts: when a run's badge calls for somebody, say so once an episode, and never get in the way."""

from __future__ import annotations

import json
import os
import queue
import shlex
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

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
        facts = {
            "RUN": self.run.name,
            "PATH": self.run.path,
            "BADGE": str(self.badge),
            "SINCE": str(self.since_step),
            "STEP": str(self.step),
            "CONFIDENCE": f"{self.run.diagnosis.confidence:.2f}",
            "REASON": reason,
        }
        return {f"GAN_TUI_{name}": clean(value, 2_000) for name, value in facts.items()}

    def line(self) -> str:
        """The alert in one line of plain text."""
        return (
            f"{clean(self.run.name, 80)}: {self.badge.label} since step {self.since_step:,}"
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


def command(words: str, *, shell: bool = False) -> Action:
    """An action that runs a command, without a shell unless asked.

    Args:
        words: The command; split as a shell splits words, but nothing in it is expanded.
        shell: Hand it to the shell instead. What the log says reaches it in variables only.

    Raises:
        UsageError: The command is empty or its quotes do not match.
    """
    try:
        parts = shlex.split(words)
    except ValueError as error:
        raise UsageError(f"--run {words!r}: {error}", "Close the quotation") from error
    if not parts:
        raise UsageError("--run is empty", "Name a command")

    def run(alert: Alert) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - the person's own command, see above
                words if shell else parts,
                shell=shell,
                env={**os.environ, **alert.environment()},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=COMMAND_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"--run {parts[0]}: {error}"
        if not done.returncode:
            return ""
        said = done.stderr[-500:].decode("utf-8", "replace").strip().splitlines()
        return f"--run {parts[0]}: exit code {done.returncode}" + (
            f": {clean(said[-1], 200)}" if said else ""
        )

    return run


def notify(alert: Alert) -> str:
    """Ring the terminal's bell and raise a desktop notice where the terminal has them (OSC 9, 777)."""
    if not sys.stderr.isatty():
        return ""
    text = alert.line().replace(";", ",")
    sys.stderr.write(f"\a\x1b]9;{text}\x1b\\\x1b]777;notify;gan-tui;{text}\x1b\\")
    sys.stderr.flush()
    return ""


def webhook(url: str, *, sleep: Callable[[float], object] = lambda _: None) -> Action:
    """An action that posts the JSON of `gan-tui check` for the run to an http(s) address.

    Args:
        url: Where to.
        sleep: Waits before a further try, seconds.

    Raises:
        UsageError: It is no http(s) address.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"--webhook {url!r} is no http or https address", "Give one such as https://host/hook"
        )

    def post(alert: Alert) -> str:
        body = json.dumps({"runs": [run_as_json(alert.run)]}, allow_nan=False).encode()
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
            url, body, {"Content-Type": "application/json", "User-Agent": "gan-tui"}, method="POST"
        )
        problem = ""
        for wait in (0.0, *HOOK_WAITS):
            if wait:
                sleep(wait)
            try:
                with _opener.open(request, timeout=HOOK_SECONDS):
                    return ""
            except (OSError, ValueError) as error:
                problem = str(getattr(error, "reason", error))
        return f"--webhook {parts.hostname}: {clean(problem, 200)}"

    return post


class _SameScheme(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http(s) only."""

    def redirect_request(
        self, req: urllib.request.Request, fp: object, code: int, msg: str, headers: object, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme not in ("http", "https"):
            raise urllib.error.URLError("redirected to something that is not http(s)")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


_opener = urllib.request.build_opener(_SameScheme)


class Messenger:
    """Carries alerts to their actions on a thread of its own, so that a dead hook hurts nobody.

    Args:
        actions: What is done about each alert, in this order.
        complain: Told, in one line, of each action that failed.
    """

    def __init__(self, actions: Sequence[Action], complain: Callable[[str], None]) -> None:
        self._actions = tuple(actions)
        self._complain = complain
        self._waiting: queue.Queue[Alert | None] = queue.Queue(QUEUE_LENGTH)
        self._thread = threading.Thread(target=self._work, name="gan-tui alerts", daemon=True)
        self._thread.start()

    def send(self, alert: Alert) -> None:
        """Have the actions done, soon."""
        try:
            self._waiting.put_nowait(alert)
        except queue.Full:
            self._complain(f"too many alerts are waiting; lost: {alert.line()}")

    def close(self, timeout: float = HOOK_SECONDS) -> None:
        """Let what waits be done, at most `timeout` seconds."""
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            return
        self._thread.join(timeout)

    def _work(self) -> None:
        while (alert := self._waiting.get()) is not None:
            for action in self._actions:
                problem = action(alert)
                if problem:
                    self._complain(problem)


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
