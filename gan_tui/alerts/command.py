"""A command that an alert runs."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence

from gan_tui.alerts.trigger import FACTS, Action, Alert
from gan_tui.errors import UsageError
from gan_tui.process import inherited_environment
from gan_tui.sanitize import clean

COMMAND_SECONDS = 300.0
"""A command that runs longer is stopped."""

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
        environment = {**inherited_environment(), **alert.environment()}
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
            if name and name not in inherited_environment() and name not in FACTS:
                raise UsageError(
                    f"--run {parts[0]}: ${name} is not set",
                    f"Set it, write $$ for a dollar, or use one of {', '.join(FACTS)}",
                )


def _expanded(part: str, environment: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda m: environment.get(m[1] or m[2], "") if m[1] or m[2] else "$", part)
