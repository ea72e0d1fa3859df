"""What the terminal, or what stands in its place, can take."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

from gan_tui.errors import UsageError

if TYPE_CHECKING:
    from gan_tui.terminal.text_style import TextStyle

WIDTH = 100
"""Columns of what goes to a file or through a pipe."""


def has_terminal() -> bool:
    """Whether output goes to a terminal that can be drawn on."""
    return _is_terminal(sys.stdout) and os.environ.get("TERM", "") not in ("", "dumb")


def _is_terminal(stream: TextIO | None) -> bool:
    """Whether a standard stream is a terminal; one that was closed at the start is None."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def open_what_is_closed() -> None:
    """Give the program three standard streams, whoever started it without them (`>&-`, some daemons).

    Whatever is opened first would get their numbers: a log, say, as the place for error messages.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
        if getattr(sys, name) is None:
            stream = open(descriptor, "r" if name == "stdin" else "w", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


def take_keyboard() -> None:
    """See to it that keys come from a terminal where standard input is none (`</dev/null`, a script).

    Raises:
        UsageError: There is no terminal to read them from.
    """
    if os.isatty(0):
        return
    try:
        keyboard = os.open("/dev/tty", os.O_RDWR)
    except OSError as error:
        raise UsageError(
            "there is no terminal to read keys from", "Start it in one; gan-tui check prints text"
        ) from error
    os.dup2(keyboard, 0)
    os.close(keyboard)


def need_terminal(instead: str) -> None:
    """Refuse to draw a screen where there is none.

    Args:
        instead: What to do then.

    Raises:
        UsageError: Output is piped, or TERM says that nothing can be drawn.
    """
    if not has_terminal():
        raise UsageError("this needs a terminal", instead)


def keyboard_beside_pipe() -> int:
    """Give standard input back to the keyboard; the descriptor on which the pipe goes on.

    The screen reads its keys from standard input, which is the pipe in `train | gan-tui -`.

    Raises:
        UsageError: Nothing is piped, or there is no terminal beside the pipe.
    """
    if os.isatty(0):
        raise UsageError("nothing comes through standard input", "Write: python train.py | gan-tui -")
    pipe = os.dup(0)
    take_keyboard()
    return pipe


def holds_unicode() -> bool:
    """Whether the output holds more than ASCII: neither the locale nor the encoding says otherwise.

    Python itself writes UTF-8 under `LC_ALL=C`; who sets that wants ASCII. A locale that is not set at
    all, as in many containers, says nothing.
    """
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    locale = next((os.environ[name] for name in names if os.environ.get(name)), "")
    if locale in ("C", "POSIX"):
        return False
    try:
        "…✓→·".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def text_style() -> TextStyle:
    """Return what standard output can show."""
    from gan_tui.terminal.text_style import TextStyle  # noqa: PLC0415 - `--help` needs no msgspec

    colour = has_terminal() and not os.environ.get("NO_COLOR")
    return TextStyle(colour, holds_unicode(), _columns())


def _columns() -> int:
    """The terminal's width, or what COLUMNS says; as of shutil, which takes ten times longer to load."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said):
        return int(said)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or WIDTH  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):  # no output, or no terminal
        return WIDTH
