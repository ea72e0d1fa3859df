"""The replay's line: whether it plays, how fast, and where it stands on the timeline of badges."""

from __future__ import annotations

from textual import events

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import ReplayState, RunState
from gan_tui.tui.lines.scrubber import scrubber_line
from gan_tui.tui.messages import Sought
from gan_tui.tui.widgets.line_widget import LineWidget


class Scrubber(LineWidget):
    """One line; a click seeks."""

    DEFAULT_CSS = "Scrubber { height: 1; }"

    def __init__(self) -> None:
        super().__init__(id="scrubber")
        self._replay: ReplayState | None = None
        self._run: RunState | None = None
        self._bar = (0, 1)
        self._hidden = False

    def show(self, replay: ReplayState | None, run: RunState | None) -> None:
        """Show where this replay stands."""
        if replay is None and self._hidden:
            return
        self._hidden = replay is None
        self.display = not self._hidden
        self._replay, self._run = replay, run
        if replay is not None:
            self.redraw()

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """The line."""
        del height
        if self._replay is None:
            return []
        line, self._bar = scrubber_line(self._replay, self._run, width)
        return [line]

    def on_click(self, event: events.Click) -> None:
        """Seek to where the mouse points."""
        left, size = self._bar
        if left <= event.x < left + size:
            self.post_message(Sought((event.x - left) / max(1, size - 1)))
