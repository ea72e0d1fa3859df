"""The bottom line: the keys that are available now, page by page, or a message."""

from __future__ import annotations

from textual import events

from gan_tui.charts.canvas import StyledLine
from gan_tui.tui.key_bindings import Key
from gan_tui.tui.lines import formatting
from gan_tui.tui.lines.footer import KeyPlace, footer_line
from gan_tui.tui.messages import KeyClicked
from gan_tui.tui.state.view import ViewState
from gan_tui.tui.widgets.line_widget import LineWidget


class KeyBar(LineWidget):
    """One line of keys. A click on a key presses it."""

    DEFAULT_CSS = "KeyBar { height: 1; }"

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._keys: list[Key] = []
        self._view = ViewState()
        self._page = 0
        self._message = ""
        self._places: list[KeyPlace] = []

    def show(self, keys: list[Key], view: ViewState) -> None:
        """Show keys, and a summary of the view."""
        if (keys, view) != (self._keys, self._view):
            self._keys, self._view = keys, view
            self.redraw()

    def turn_page(self) -> None:
        """Show the next page of keys."""
        self._page += 1
        self.redraw()

    def show_message(self, text: str) -> None:
        """Show a message instead of the keys; "" for the keys again."""
        if text != self._message:
            self._message = text
            self.redraw()

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """Return the message, otherwise one page of keys."""
        del height
        if self._message:
            self._places = []
            return [formatting.fit_line([(f" {self._message}", "bar-warning")], width, "bar")]
        line, self._places = footer_line(self._keys, self._view, width, self._page)
        return [line]

    def on_click(self, event: events.Click) -> None:
        """Press the key under the mouse."""
        for place in self._places:
            if place.begin <= event.x < place.end:
                self.post_message(KeyClicked(place.key.action))
