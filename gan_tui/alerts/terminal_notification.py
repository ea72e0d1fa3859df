"""An alert as a notification of the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from gan_tui.alerts.trigger import Alert
from gan_tui.sanitize import clean

_OSC_9 = ("iterm.app", "wezterm", "ghostty", "xterm-ghostty", "xterm-kitty", "iterm2", "konsole")
_OSC_777 = ("foot", "rxvt")
_BELL_ONLY = ("linux", "vt", "dumb", "cons", "screen.linux")


def notification(text: str, environment: Mapping[str, str]) -> str:
    """Return the bell and, for terminals that support one, the escape sequence of a desktop notification.

    Args:
        text: One line.
        environment: Environment variables, which name the terminal. An unknown terminal of the xterm kind
            gets both sequences and ignores the one it does not know.
    """
    names = [environment.get(n, "").lower() for n in ("TERM_PROGRAM", "LC_TERMINAL", "TERM")]
    term = names[-1]
    if term in ("", "dumb") or term.startswith(_BELL_ONLY):
        return "\a"
    message = clean(text, 300).replace(";", ",")
    osc_9, osc_777 = f"\x1b]9;{message}\x1b\\", f"\x1b]777;notify;gan-tui;{message}\x1b\\"
    known = [name for name in names if name]
    if any(name.startswith(_OSC_9) for name in known):
        sequence = osc_9
    elif environment.get("VTE_VERSION") or any(name.startswith(_OSC_777) for name in known):
        sequence = osc_777
    else:
        sequence = osc_9 + osc_777
    if environment.get("TMUX"):
        # tmux passes this on if `allow-passthrough` is on, and drops it otherwise.
        sequence = "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    elif term.startswith("screen"):
        sequence = ""
    return "\a" + sequence


def notify(alert: Alert) -> str:
    """Ring the terminal's bell and show a desktop notification if the terminal supports it (OSC 9, 777)."""
    stream = next((s for s in (sys.stderr, sys.stdout) if s is not None and s.isatty()), None)
    if stream is None:
        return "--notify: there is no terminal"
    try:
        stream.write(notification(alert.line(), os.environ))
        stream.flush()
    except (OSError, ValueError) as error:
        return f"--notify: {error}"
    return ""
