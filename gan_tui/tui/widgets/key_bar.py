"""The bottom line: the keys that mean something now, page by page, and what was just said."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events

from gan_tui.charts.canvas import StyledLine
from gan_tui.tui.key_bindings import MORE, Key, footer
from gan_tui.tui.lines import formatting
from gan_tui.tui.messages import KeyPressed
from gan_tui.tui.state.view import ViewState
from gan_tui.tui.widgets.line_widget import LineWidget

WITH_STATE = 70
"""From so many cells on, the line also says how the charts are shown."""


class KeyBar(LineWidget):
    """One line of keys, from the key table. A click on a key presses it."""

    DEFAULT_CSS = "KeyBar { height: 1; }"

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._keys: list[Key] = []
        self._view = ViewState()
        self._page = 0
        self._said = ""
        self._places: list[tuple[int, int, Key]] = []

    def show(self, keys: list[Key], view: ViewState) -> None:
        """Name these keys, and say how the charts are shown."""
        if (keys, view) != (self._keys, self._view):
            self._keys, self._view = keys, view
            self.redraw()

    def turn_page(self) -> None:
        """Name the next keys."""
        self._page += 1
        self.redraw()

    def say(self, text: str) -> None:
        """Say this instead, until the next key; "" for the keys again."""
        if text != self._said:
            self._said = text
            self.redraw()

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """The most needed keys first, the rest a page further; help always."""
        del height
        if self._said:
            self._places = []
            return [formatting.cut_runs([(f" {self._said}", "bar-warning")], width, "bar")]
        state = f" {standing(self._view)} " if width >= WITH_STATE else ""
        pages = paged(footer(self._keys), width - len(state) - 1)
        shown = pages[self._page % len(pages)] if pages else []
        runs: StyledLine = [(" ", "bar")]
        self._places = []
        for key in shown:
            begin = formatting.width_of(runs)
            runs += [(key.shown, "bar-strong"), (f" {key.short}  ", "bar")]
            self._places.append((begin, formatting.width_of(runs) - 2, key))
        return [formatting.spread(runs, [(state, "bar-soft")], width, "bar")]

    def on_click(self, event: events.Click) -> None:
        """Press the key under the mouse."""
        for begin, end, key in self._places:
            if begin <= event.x < end:
                self.post_message(KeyPressed(key.action))


def paged(keys: Sequence[Key], width: int) -> list[list[Key]]:
    """The keys in lines of at most `width` cells; where there are several, each ends with the key for more.

    Args:
        keys: The most needed first; the key for more among them is set aside.
        width: Cells across.
    """
    more = next((key for key in keys if key.action == MORE), None)
    rest = [key for key in keys if key is not more]
    if sum(_size(key) for key in rest) <= width or more is None:
        return [rest] if rest else []
    pages: list[list[Key]] = [[]]
    room = width - _size(more)
    left = room
    for key in rest:
        if _size(key) > left and pages[-1]:
            pages.append([])
            left = room
        pages[-1].append(key)
        left -= _size(key)
    return [[*page, more] for page in pages]


def _size(key: Key) -> int:
    return len(key.shown) + len(key.short) + 3


def standing(view: ViewState) -> str:
    """How the charts are shown, in a few words."""
    said = ["raw" if not view.smoothing else "smooth" if view.gentle else f"smooth {view.smoothing:g}"]
    if view.log:
        said.append("log y")
    if view.whole:
        said.append("all spikes")
    said.append(f"x {view.mode}")
    if view.window is not None or view.range is not None:
        said.append("zoomed")
    return " · ".join(said)
