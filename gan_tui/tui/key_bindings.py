"""The table of keys: dispatch, footer, help and command palette are made from it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from textual.binding import Binding


class Key(Struct, frozen=True):
    """One key and what it does."""

    keys: str
    """Textual's names of the keys, separated by commas; all do the same."""
    action: str
    """The main screen's action, with its arguments."""
    label: str
    """The keys as the user knows them."""
    short: str
    """Text in the footer."""
    description: str
    """Text in the help and the command palette."""
    group: str
    footer: int = 0
    """Position in the footer, 1 first; 0 for after those, in the order of the table."""
    only: str = ""
    """Only if there are "points", several "runs", or a "replay"; "" for always."""


RUNS, CHARTS, CURSOR, JUMPS, PANES, REPLAY, PROGRAM = (
    "Runs",
    "Charts",
    "Cursor and zoom",
    "Jumps",
    "Panes",
    "Replay",
    "Program",
)
MORE = "more"
"""The action that shows the next keys in the footer."""


def _key(group: str, only: str, keys: str, action: str, label: str, short: str, description: str,
         footer: int = 0) -> Key:  # fmt: skip
    return Key(keys, action, label, short, description, group, footer, only)


# fmt: off
KEYS: tuple[Key, ...] = (
    _key(RUNS, "runs", "down,j", "run(1)", "↓ j", "next run", "Next run", 3),
    _key(RUNS, "runs", "up,k", "run(-1)", "↑ k", "previous", "Previous run"),
    _key(RUNS, "runs", "o", "table", "o", "overview", "Overview: every run in a table, or its charts", 4),
    _key(RUNS, "runs", "slash", "filter", "/", "filter",
         "Filter the runs: word, AND, |, !not, glob*, /regex/, badge:diverged", 5),
    _key(RUNS, "runs", "S", "order", "S", "sort", "Sort the runs by name, severity or age"),
    _key(RUNS, "runs", "m", "mark", "m", "mark", "Mark or unmark the run for a comparison"),
    _key(RUNS, "runs", "v", "compare", "v", "compare",
         "Compare: the marked runs in the same charts (the first listed ones if none is marked)", 8),
    _key(CHARTS, "points", "tab", "chart(1)", "Tab", "chart", "Next chart", 7),
    _key(CHARTS, "points", "shift+tab", "chart(-1)", "Shift-Tab", "back", "Previous chart"),
    _key(CHARTS, "points", "enter", "full_size", "Enter", "full size",
         "The selected chart alone, with the values of every curve in it; or all charts again", 7),
    _key(CHARTS, "points", "plus,equals_sign", "smooth(1)", "+", "smoother", "More smoothing", 10),
    _key(CHARTS, "points", "minus", "smooth(-1)", "-", "rougher", "Less smoothing", 11),
    _key(CHARTS, "points", "0", "smooth(0)", "0", "raw", "Smoothing off"),
    _key(CHARTS, "points", "y", "log_y", "y", "log axis",
         "Logarithmic y axis (symmetric where values are negative)", 12),
    _key(CHARTS, "points", "r", "all_spikes", "r", "spikes",
         "Range of y: the body of the data, or every spike in full"),
    _key(CHARTS, "points", "x", "x_axis", "x", "steps/time", "X as steps, relative time or wall time", 13),
    _key(CHARTS, "points", "c", "series", "c", "series",
         "All series: chart one (Space), ratio (/) or difference (-) of two, correct a role (r)", 14),
    _key(CURSOR, "points", "right", "cursor(1)", "→", "cursor",
         "Cursor to the right: reads the values of every chart"),
    _key(CURSOR, "points", "left", "cursor(-1)", "←", "cursor", "Cursor to the left", 6),
    _key(CURSOR, "points", "shift+right", "cursor(10)", "Shift-→", "faster",
         "Cursor ten columns to the right"),
    _key(CURSOR, "points", "shift+left", "cursor(-10)", "Shift-←", "faster",
         "Cursor ten columns to the left"),
    _key(CURSOR, "points", "home", "edge(0)", "Home", "first", "Cursor to the first visible point"),
    _key(CURSOR, "points", "end", "edge(1)", "End", "last", "Cursor to the newest point"),
    _key(CURSOR, "points", "z", "zoom(0.5)", "z", "zoom", "Zoom in, around the cursor", 15),
    _key(CURSOR, "points", "Z,shift+z", "zoom(2.0)", "Z", "zoom out", "Zoom out"),
    _key(CURSOR, "points", "d", "box", "d", "zoom box",
         "Zoom box: start it at the cursor, move the cursor, zoom into it (or draw it with the mouse)"),
    _key(CURSOR, "points", "shift+up", "zoom_y(0.5)", "Shift-↑", "y closer",
         "Zoom into the y axis of the selected chart"),
    _key(CURSOR, "points", "shift+down", "zoom_y(2.0)", "Shift-↓", "y wider",
         "Zoom out of the y axis of the selected chart"),
    _key(CURSOR, "points", "l", "pan(0.25)", "l", "pan right", "Move the visible range to the right"),
    _key(CURSOR, "points", "h", "pan(-0.25)", "h", "pan left", "Move the visible range to the left"),
    _key(CURSOR, "points", "w", "reset", "w", "whole run", "Show the whole run again"),
    _key(CURSOR, "points", "escape", "back", "Esc", "back",
         "Undo the box, the cursor, the full size, the zoom, the filter: one at a time"),
    _key(JUMPS, "points", "n", "finding(1)", "n", "finding",
         "Next finding: its steps stand out on the charts", 9),
    _key(JUMPS, "points", "N,shift+n", "finding(-1)", "N", "back", "Previous finding"),
    _key(JUMPS, "points", "right_parenthesis", "onset(1)", ")", "onset",
         "Next change of the badge; a replay seeks there"),
    _key(JUMPS, "points", "left_parenthesis", "onset(-1)", "(", "back", "Previous change of the badge"),
    _key(JUMPS, "points", "u", "jump('spike', 1)", "u", "spike",
         "Next spike of the selected chart, or a value that is not finite"),
    _key(JUMPS, "points", "U,shift+u", "jump('spike', -1)", "U", "back", "Previous spike"),
    _key(JUMPS, "points", "a", "jump('restart', 1)", "a", "restart", "Next restart"),
    _key(JUMPS, "points", "A,shift+a", "jump('restart', -1)", "A", "back", "Previous restart"),
    _key(PANES, "points", "b", "show_findings", "b", "why", "Why the badge: every finding in full", 2),
    _key(PANES, "", "f", "faults", "f", "faults", "What could not be read, and where", 16),
    _key(PANES, "points", "i", "samples", "i", "samples", "Samples: next to the charts, alone, or none", 16),
    _key(PANES, "points", "J,shift+j", "sample(1)", "J", "later", "Cursor to the next logged samples"),
    _key(PANES, "points", "K,shift+k", "sample(-1)", "K", "earlier", "Cursor to the previous samples"),
    _key(PANES, "points", "left_square_bracket", "pane('runs')", "[", "runs",
         "Show or hide the list of runs"),
    _key(PANES, "points", "right_square_bracket", "pane('findings')", "]", "findings",
         "Show or hide the findings"),
    _key(REPLAY, "replay", "space", "pause", "Space", "pause", "Pause or continue", 3),
    _key(REPLAY, "replay", "greater_than_sign", "faster", ">", "faster", "Twice as fast", 4),
    _key(REPLAY, "replay", "less_than_sign", "slower", "<", "slower", "Half as fast", 4),
    _key(REPLAY, "replay", "full_stop", "step(1)", ".", "step", "One record forward", 4),
    _key(REPLAY, "replay", "comma", "step(-1)", ",", "step back", "One record back"),
    _key(REPLAY, "replay", "right_curly_bracket", "seek(0.05)", "}", "on 5 %", "Seek forward by a twentieth"),
    _key(REPLAY, "replay", "left_curly_bracket", "seek(-0.05)", "{", "back 5 %", "Seek back by a twentieth"),
    _key(REPLAY, "replay", "g", "seek_cursor", "g", "to cursor", "Seek to the cursor"),
    _key(REPLAY, "replay", "L,shift+l", "live", "L", "live",
         "Live: follow the log as it grows; again to replay from here", 5),
    _key(PROGRAM, "", "question_mark,f1", "help", "?", "help", "This help", 1),
    _key(PROGRAM, "", "s", "save", "s", "save", "Save the screen as SVG and as text"),
    _key(PROGRAM, "points", "e", "export", "e", "export", "Export the series in view to CSV"),
    _key(PROGRAM, "", "t", "theme", "t", "theme", "Next theme: dark, light, 16 colours, monochrome"),
    _key(PROGRAM, "", "ctrl+l", "repaint", "^L", "repaint", "Draw the whole screen again"),
    _key(PROGRAM, "", "ctrl+z", "suspend", "^Z", "suspend", "Suspend to the shell; fg returns here"),
    _key(PROGRAM, "", "ctrl+p", "palette", "^P", "commands", "Search every command", 17),
    _key(PROGRAM, "", "f2", MORE, "F2", "more", "More keys in the bottom line"),
    _key(PROGRAM, "", "q,ctrl+q", "quit", "q", "quit", "Quit", 1),
)
# fmt: on


def bindings() -> list[Binding]:
    """Return the table as Textual's bindings."""
    return [Binding(k.keys, k.action, k.description, show=False, priority=False) for k in KEYS]


def available(points: bool, runs: bool, replay: bool) -> list[Key]:
    """Return the keys that do something now.

    Args:
        points: Whether there is something to draw.
        runs: Whether there are several runs.
        replay: Whether a log is replayed.
    """
    conditions = {"points": points, "runs": runs, "replay": replay, "": True}
    return [k for k in KEYS if conditions[k.only]]


def footer(keys: Iterable[Key]) -> list[Key]:
    """Return the keys in the order of the footer, most useful first."""
    return sorted(keys, key=lambda k: k.footer or len(KEYS))


def groups(keys: Iterable[Key]) -> dict[str, list[Key]]:
    """Return the keys by group, in the order of the table."""
    grouped: dict[str, list[Key]] = {}
    for key in keys:
        grouped.setdefault(key.group, []).append(key)
    return grouped
