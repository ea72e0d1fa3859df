"""Pages over the main screen: help, findings, faults."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import ModalScreen

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import RunState
from gan_tui.sanitize import clean
from gan_tui.terminal.text_style import SYMBOLS
from gan_tui.tui import key_bindings
from gan_tui.tui.lines import formatting
from gan_tui.tui.lines.findings import MEANINGS, accuracy_sentence, findings_lines, paragraph
from gan_tui.tui.lines.suggestions import suggestion_lines
from gan_tui.tui.widgets.line_widget import LineWidget


class Page(LineWidget, can_focus=True):
    """Lines that can be scrolled.

    Args:
        make: Returns all lines for a width.
    """

    def __init__(self, make: Callable[[int], list[StyledLine]]) -> None:
        super().__init__(id="page")
        self._make = make
        self._top = 0

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """Return the part of the page that fits; the last line says if there is more."""
        lines = [formatting.fit_line(line, width) for line in self._make(width)]
        self._top = max(0, min(self._top, len(lines) - height))
        shown = lines[self._top : self._top + height]
        if self._top + height < len(lines):
            shown[-1] = formatting.fit_line(
                [(f"↓ {len(lines) - self._top - height + 1} more lines", "soft")], width
            )
        return shown

    def scroll_by(self, lines: int) -> None:
        """Scroll down by some lines, or up."""
        self._top += lines
        self.redraw()

    def on_mouse_scroll_down(self) -> None:
        """Scroll with the mouse wheel."""
        self.scroll_by(3)

    def on_mouse_scroll_up(self) -> None:
        """Scroll with the mouse wheel."""
        self.scroll_by(-3)


class PageScreen(ModalScreen[None]):
    """A framed page; any of the usual keys closes it.

    Args:
        title: Title of the frame.
        make: Returns all lines for a width.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,question_mark,b,f", "dismiss", "Close", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False),
        Binding("pageup", "scroll(-10)", "Page up", show=False),
        Binding("home,g", "scroll(-100000)", "Top", show=False),
        Binding("end,G", "scroll(100000)", "End", show=False),
    ]

    def __init__(self, title: str, make: Callable[[int], list[StyledLine]]) -> None:
        super().__init__()
        self._title = title
        self._make = make

    def compose(self) -> ComposeResult:
        """Yield the frame with the page in it."""
        with Container(id="frame") as frame:
            frame.border_title = self._title
            frame.border_subtitle = "Esc closes"
            yield Page(self._make)

    def action_scroll(self, lines: int) -> None:
        """Scroll down by some lines, or up."""
        self.query_one(Page).scroll_by(lines)

    def restyle(self) -> None:
        """Redraw in the colours of a new theme."""
        self.query_one(Page).restyle()


def help_page() -> PageScreen:
    """Return the page of keys and badges."""
    return PageScreen("Help", help_lines)


def help_lines(width: int) -> list[StyledLine]:
    """Return keys by group, badges and marks on the charts, in two columns if the page is wide enough."""
    if width < TWO_COLUMNS:
        return [*_keys_help(key_bindings.KEYS, width), [("", "plot")], *_badges_help(width)]
    each = (width - 4) // 2
    second = key_bindings.PANES, key_bindings.REPLAY, key_bindings.PROGRAM
    left = _keys_help([k for k in key_bindings.KEYS if k.group not in second], each)
    right = [
        *_badges_help(each),
        [("", "plot")],
        *_keys_help([k for k in key_bindings.KEYS if k.group in second], each),
    ]
    blank: StyledLine = [(" " * each, "plot")]
    rows = max(len(left), len(right))
    left += [blank] * (rows - len(left))
    right += [blank] * (rows - len(right))
    return [
        [*formatting.fit_line(a, each), ("    ", "plot"), *formatting.fit_line(b, each)]
        for a, b in zip(left, right, strict=True)
    ]


def _keys_help(table: Sequence[key_bindings.Key], width: int) -> list[StyledLine]:
    lines: list[StyledLine] = []
    for group, keys in key_bindings.groups(table).items():
        lines += [[("", "plot")], [(group, "strong")]] if lines else [[(group, "strong")]]
        for key in keys:
            rows = formatting.wrap(key.description, max(10, width - 11), 4)
            lines.append([(key.label.rjust(9) + "  ", "key"), (rows[0], "plot")])
            lines += [[(" " * 11 + row, "plot")] for row in rows[1:]]
    return lines


def _badges_help(width: int) -> list[StyledLine]:
    lines: list[StyledLine] = [[("Badges", "strong")]]
    for badge, meaning in MEANINGS.items():
        lines.append([(f"  {SYMBOLS[badge]} {badge.label}", f"state-{badge}")])
        lines += paragraph(f"{meaning}. {accuracy_sentence(badge)}".strip(), "soft", width, indent=4)
    lines += [[("", "plot")], [("Marks on the charts", "strong")]]
    for mark, meaning in MARKS:
        lines += paragraph(meaning, "plot", width, lead=f"  {mark}  ")
    return lines


TWO_COLUMNS = 84
"""Minimum width of a page in two columns."""
MARKS = (
    ("×", "a value that is not a number"),
    ("▲", "infinity, at the top edge; ▼ minus infinity, at the bottom"),
    ("↑", "a value far above the range, drawn at the edge; r shows it in full"),
    ("↺", "the run was restarted here; earlier points are drawn dimmer"),
    ("━", "on the x axis: the steps of the first finding, or of the one selected with n"),
    ("⠒", "the level at which the game balances, where the loss is known"),
)


def findings_page(run: RunState) -> PageScreen:
    """Every finding in full, the timeline in words, and suggestions."""
    title = f"Why: {run.diagnosis.badge.label}"

    def lines(width: int) -> list[StyledLine]:
        return [*(line for line, _ in findings_lines(run, width)), *suggestion_lines(run, width)]

    return PageScreen(title, lines)


def faults_page(runs: Sequence[RunState], run: RunState | None) -> PageScreen:
    """Return the page of faults, of one run or, if none is selected, of all."""
    selected = [run] if run is not None else list(runs)
    return PageScreen("Faults", lambda width: faults_lines(selected, width))


def faults_lines(runs: Sequence[RunState], width: int) -> list[StyledLine]:
    """Return where each fault is, how much could not be read, and why."""
    lines: list[StyledLine] = []
    for run in runs:
        for fault in run.faults:
            size = f", {formatting.count_noun(fault.bytes, 'byte')}" if fault.bytes else ""
            place = f", at byte {fault.offset:,}{size}" if fault.offset or fault.bytes else ""
            where = clean(fault.file, 300) + place
            lines += paragraph(where, "soft", width)
            lines += paragraph(clean(fault.reason, 500), "plot", width, lead="  ")
    return lines or [[("Everything in the logs could be read.", "plot")]]
