"""What the terminal supports: whether there is one, its width, its characters, its keyboard."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

from gan_tui.errors import UsageError

if TYPE_CHECKING:
    from gan_tui.terminal.text_style import TextStyle

DEFAULT_WIDTH = 100
"""Columns of output to a file or a pipe."""


def has_terminal() -> bool:
    """Return whether standard output is a terminal that can show a screen."""
    return _is_terminal(sys.stdout) and os.environ.get("TERM", "") not in ("", "dumb")


def _is_terminal(stream: TextIO | None) -> bool:
    """Return whether a standard stream is a terminal; a stream that was closed at the start is None."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def open_closed_streams() -> None:
    """Open /dev/null for each standard stream that was closed at the start (`>&-`, some daemons).

    The next file to be opened would get its descriptor: error messages could end up in a log.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free descriptor: this one
        if getattr(sys, name) is None:
            stream = open(descriptor, "r" if name == "stdin" else "w", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


def attach_keyboard() -> None:
    """Make /dev/tty the standard input if that is not a terminal (`</dev/null`, a script).

    Raises:
        UsageError: There is no terminal.
    """
    if os.isatty(0):
        return
    try:
        keyboard = os.open("/dev/tty", os.O_RDWR)
    except OSError as error:
        raise UsageError(
            "there is no terminal to read keys from", "Start it in a terminal, or use gan-tui check"
        ) from error
    os.dup2(keyboard, 0)
    os.close(keyboard)


def require_terminal(hint: str) -> None:
    """Refuse to draw a screen without a terminal.

    Args:
        hint: What to do instead.

    Raises:
        UsageError: Output is piped, or TERM says that the terminal cannot draw.
    """
    if not has_terminal():
        raise UsageError("this command needs a terminal", hint)


def detach_piped_input() -> int:
    """Free standard input for the keyboard and return a new descriptor for the pipe.

    In `train | gan-tui -` standard input is the pipe, but the screen reads keys from standard input.

    Raises:
        UsageError: Nothing is piped, or there is no terminal.
    """
    if os.isatty(0):
        raise UsageError("standard input is not a pipe", "Write: python train.py | gan-tui -")
    pipe = os.dup(0)
    attach_keyboard()
    return pipe


def supports_unicode() -> bool:
    """Return whether output may contain more than ASCII, by the locale and the encoding.

    Python writes UTF-8 even under `LC_ALL=C`, but a user who sets that wants ASCII. A locale that is not
    set at all, as in many containers, does not count.
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
    """Return the style for text on standard output."""
    from gan_tui.terminal.text_style import TextStyle  # noqa: PLC0415 - `--help` needs no msgspec

    colour = has_terminal() and not os.environ.get("NO_COLOR")
    return TextStyle(colour, supports_unicode(), _columns())


def _columns() -> int:
    """Return COLUMNS or the terminal's width, as shutil does, which takes ten times longer to import."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        size = os.get_terminal_size(sys.__stdout__.fileno())  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):  # no standard output, or not a terminal
        return DEFAULT_WIDTH
    return size.columns or DEFAULT_WIDTH
