"""A notice that an alert raises in the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from gan_tui.alerts.trigger import Alert
from gan_tui.sanitize import clean

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
