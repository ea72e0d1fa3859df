"""Every key, once: dispatch, footer, help screen and command palette are made of this table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that a key does."""

    keys: str
    """Textual's names of the keys, comma separated; all do the same."""
    action: str
    """The screen's action, with its arguments."""
    shown: str
    """The keys as a person calls them."""
    short: str
    """What the footer says."""
    description: str
    """What the help screen and the palette say."""
    group: str
    footer: int = 0
    """Place in the footer, 1 first; 0 for none. What does not fit is left out from the end."""
    only: str = ""
    """Only with "points" to look at, several "runs", or in a "replay"; "" always."""


RUNS, CHARTS, CURSOR, PANES, REPLAY, PROGRAM = (
    "Runs",
    "Charts",
    "Cursor and zoom",
    "Panes",
    "Replay",
    "Program",
)

KEYS: tuple[Key, ...] = (
    Key("down,j", "run(1)", "↓ j", "next run", "Next run", RUNS, 3, "runs"),
    Key("up,k", "run(-1)", "↑ k", "previous run", "Previous run", RUNS, 0, "runs"),
    Key("tab,n", "chart(1)", "Tab", "chart", "Next chart", CHARTS, 5, "points"),
    Key("shift+tab,p", "chart(-1)", "Shift-Tab", "previous chart", "Previous chart", CHARTS, 0, "points"),
    Key("enter", "full", "Enter", "full size", "The selected chart alone, or all again", CHARTS, 6, "points"),
    Key("plus,equals_sign", "smooth(1)", "+", "smoother", "More smoothing", CHARTS, 7, "points"),
    Key("minus", "smooth(-1)", "-", "rougher", "Less smoothing", CHARTS, 8, "points"),
    Key("0", "smooth(0)", "0", "raw", "Smoothing off", CHARTS, 0, "points"),
    Key(
        "y",
        "log",
        "y",
        "log axis",
        "Logarithmic y axis (symmetric where values are negative)",
        CHARTS,
        9,
        "points",
    ),
    Key(
        "r",
        "whole",
        "r",
        "spikes",
        "Range of y: the body of the data, or every spike in full",
        CHARTS,
        0,
        "points",
    ),
    Key("x", "mode", "x", "steps/time", "X as steps, relative time or wall time", CHARTS, 10, "points"),
    Key(
        "c",
        "series",
        "c",
        "series",
        "All series: chart one (Space), correct its role (r)",
        CHARTS,
        11,
        "points",
    ),
    Key(
        "right",
        "cursor(1)",
        "→",
        "cursor",
        "Cursor to the right: reads the values of every chart",
        CURSOR,
        0,
        "points",
    ),
    Key("left", "cursor(-1)", "←", "cursor", "Cursor to the left", CURSOR, 4, "points"),
    Key(
        "shift+right",
        "cursor(10)",
        "Shift-→",
        "faster",
        "Cursor ten columns to the right",
        CURSOR,
        0,
        "points",
    ),
    Key(
        "shift+left",
        "cursor(-10)",
        "Shift-←",
        "faster",
        "Cursor ten columns to the left",
        CURSOR,
        0,
        "points",
    ),
    Key("z", "zoom(0.5)", "z", "zoom", "Zoom in, around the cursor", CURSOR, 12, "points"),
    Key("Z,shift+z", "zoom(2.0)", "Z", "zoom out", "Zoom out", CURSOR, 0, "points"),
    Key("l", "pan(0.25)", "l", "pan right", "Move what is shown to the right", CURSOR, 0, "points"),
    Key("h", "pan(-0.25)", "h", "pan left", "Move what is shown to the left", CURSOR, 0, "points"),
    Key("w", "reset", "w", "whole run", "Show the whole run again", CURSOR, 0, "points"),
    Key(
        "escape",
        "back",
        "Esc",
        "back",
        "Take away the cursor, then the full size, then the zoom",
        CURSOR,
        0,
        "points",
    ),
    Key("b", "reasons", "b", "why", "Why the badge: every finding in full", PANES, 2, "points"),
    Key("f", "faults", "f", "faults", "What could not be read, and where", PANES, 13),
    Key("i", "samples", "i", "samples", "Samples: beside the charts, alone, or hidden", PANES, 13, "points"),
    Key("J,shift+j", "sample(1)", "J", "later", "Cursor to the next logged samples", PANES, 0, "points"),
    Key("K,shift+k", "sample(-1)", "K", "earlier", "Cursor to the samples before", PANES, 0, "points"),
    Key(
        "left_square_bracket",
        "pane('runs')",
        "[",
        "runs",
        "Show or hide the list of runs",
        PANES,
        0,
        "points",
    ),
    Key(
        "right_square_bracket",
        "pane('reasons')",
        "]",
        "reasons",
        "Show or hide the reasons",
        PANES,
        0,
        "points",
    ),
    Key("space", "replay('pause')", "Space", "pause", "Pause, or go on", REPLAY, 3, "replay"),
    Key("greater_than_sign", "replay('faster')", ">", "faster", "Twice as fast", REPLAY, 4, "replay"),
    Key("less_than_sign", "replay('slower')", "<", "slower", "Half as fast", REPLAY, 4, "replay"),
    Key("full_stop", "replay('step', 1)", ".", "step", "One piece on", REPLAY, 4, "replay"),
    Key("comma", "replay('step', -1)", ",", "step back", "One piece back", REPLAY, 0, "replay"),
    Key("right_curly_bracket", "seek(0.05)", "}", "on 5 %", "Seek on by a twentieth", REPLAY, 0, "replay"),
    Key(
        "left_curly_bracket", "seek(-0.05)", "{", "back 5 %", "Seek back by a twentieth", REPLAY, 0, "replay"
    ),
    Key("g", "seek_cursor", "g", "to cursor", "Seek to the cursor", REPLAY, 0, "replay"),
    Key("question_mark,f1", "help", "?", "help", "This help", PROGRAM, 1),
    Key("s", "save", "s", "save", "Save the screen as SVG and as text", PROGRAM),
    Key("e", "export", "e", "export", "Export the series in view to CSV", PROGRAM, 0, "points"),
    Key("t", "theme", "t", "theme", "Next theme: dark, light, 16 colours, monochrome", PROGRAM),
    Key("ctrl+l", "repaint", "^L", "repaint", "Draw the whole screen again", PROGRAM),
    Key("ctrl+z", "suspend", "^Z", "suspend", "Back to the shell; fg comes back here", PROGRAM),
    Key("ctrl+p", "palette", "^P", "commands", "Search every command", PROGRAM, 14),
    Key("q,ctrl+q", "quit", "q", "quit", "Quit", PROGRAM, 1),
)


def bindings() -> list[Binding]:
    """The table as Textual's bindings."""
    return [Binding(k.keys, k.action, k.description, show=False, priority=False) for k in KEYS]


def holding(points: bool, runs: bool, replay: bool) -> list[Key]:
    """The keys that mean something now.

    Args:
        points: There is something to draw.
        runs: There are several runs.
        replay: A log is replayed.
    """
    now = {"points": points, "runs": runs, "replay": replay, "": True}
    return [k for k in KEYS if now[k.only]]


def footer(keys: Iterable[Key]) -> list[Key]:
    """Those that the footer names, the most needed first."""
    return sorted((k for k in keys if k.footer), key=lambda k: k.footer)


def groups(keys: Iterable[Key]) -> dict[str, list[Key]]:
    """The keys by group, in the order of the table."""
    held: dict[str, list[Key]] = {}
    for key in keys:
        held.setdefault(key.group, []).append(key)
    return held
