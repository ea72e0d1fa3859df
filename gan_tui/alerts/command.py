"""A command that an alert runs."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence

from gan_tui.alerts.trigger import VARIABLES, Action, Alert
from gan_tui.errors import UsageError
from gan_tui.process import inherited_environment
from gan_tui.sanitize import clean

COMMAND_SECONDS = 300.0
"""A command that runs longer is killed."""

_VARIABLE = re.compile(r"\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})", re.ASCII)


def command(text: str, *, shell: bool = False) -> Action:
    """Return an action that runs a command, without a shell by default.

    Args:
        text: The command, split into words as a shell does. `$NAME` and `${NAME}` are replaced by a
            variable of the environment or of the alert (GAN_TUI_...); the value stays one word, and
            nothing else is expanded. `$$` is a dollar sign.
        shell: Whether to run `text` in a shell. Text from the log reaches it in variables only.

    Raises:
        UsageError: The command is empty, has unbalanced quotes, or names a variable that is not set.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--run {text!r}: {error}", "Close the quotation") from error
    if not words:
        raise UsageError("--run is empty", "Name a command")
    if not shell:
        _check_variables(words)

    def run(alert: Alert) -> str:
        environment = {**inherited_environment(), **alert.environment()}
        arguments: str | list[str] = text if shell else [_expand(word, environment) for word in words]
        try:
            code, last_error = _run(arguments, environment, shell=shell)
        except subprocess.TimeoutExpired:
            return f"--run {words[0]}: killed after {COMMAND_SECONDS:.0f} s"
        except (OSError, ValueError) as error:
            return f"--run {words[0]}: {clean(str(error), 200)}"
        if not code:
            return ""
        end = f"exit code {code}" if code > 0 else f"signal {-code}"
        return f"--run {words[0]}: {end}" + (f": {last_error}" if last_error else "")

    return run


def _run(arguments: str | list[str], environment: Mapping[str, str], *, shell: bool) -> tuple[int, str]:
    """Run a command; return its exit code and the last line of its standard error."""
    # A file, not a pipe: a process that the command leaves running would keep a pipe open.
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(  # noqa: S603 - the user's own command
            arguments,
            shell=shell,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,  # Ctrl-C ends the watch, not the command of an alert
        )
        try:
            code = process.wait(COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - 500))
        lines = errors.read().decode("utf-8", "replace").strip().splitlines()
        return code, clean(lines[-1], 200) if lines else ""


def _check_variables(words: Sequence[str]) -> None:
    """Refuse variables that are not set: `scancel ""` would not be what the user meant."""
    for word in words:
        for match in _VARIABLE.finditer(word):
            name = match[1] or match[2]
            if name and name not in inherited_environment() and name not in VARIABLES:
                raise UsageError(
                    f"--run {words[0]}: ${name} is not set",
                    f"Set it, write $$ for a dollar sign, or use one of {', '.join(VARIABLES)}",
                )


def _expand(word: str, environment: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda m: environment.get(m[1] or m[2], "") if m[1] or m[2] else "$", word)
