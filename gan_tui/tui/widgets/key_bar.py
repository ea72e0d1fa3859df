"""The bottom line: the keys that mean something now, page by page, and what was just said."""

from __future__ import annotations

from textual import events

from gan_tui.charts.canvas import StyledLine
from gan_tui.tui.key_bindings import Key
from gan_tui.tui.lines import formatting
from gan_tui.tui.lines.footer import KeyPlace, footer_line
from gan_tui.tui.messages import KeyPressed
from gan_tui.tui.state.view import ViewState
from gan_tui.tui.widgets.line_widget import LineWidget


class KeyBar(LineWidget):
    """One line of keys, from the key table. A click on a key presses it."""

    DEFAULT_CSS = "KeyBar { height: 1; }"

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._keys: list[Key] = []
        self._view = ViewState()
        self._page = 0
        self._said = ""
        self._places: list[KeyPlace] = []

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
            return [formatting.fit_line([(f" {self._said}", "bar-warning")], width, "bar")]
        line, self._places = footer_line(self._keys, self._view, width, self._page)
        return [line]

    def on_click(self, event: events.Click) -> None:
        """Press the key under the mouse."""
        for place in self._places:
            if place.begin <= event.x < place.end:
                self.post_message(KeyPressed(place.key.action))
