"""The line of a replay: state, speed, and position on the timeline of badges."""

from __future__ import annotations

from textual import events

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import ReplayState, RunState
from gan_tui.tui.lines.scrubber import scrubber_line
from gan_tui.tui.messages import SeekRequested
from gan_tui.tui.widgets.line_widget import LineWidget


class Scrubber(LineWidget):
    """One line; a click seeks."""

    DEFAULT_CSS = "Scrubber { height: 1; }"

    def __init__(self) -> None:
        super().__init__(id="scrubber")
        self._replay: ReplayState | None = None
        self._run: RunState | None = None
        self._track = (0, 1)
        self._hidden = False

    def show(self, replay: ReplayState | None, run: RunState | None) -> None:
        """Show the position of a replay; None to hide the scrubber."""
        if replay is None and self._hidden:
            return
        self._hidden = replay is None
        self.display = not self._hidden
        self._replay, self._run = replay, run
        if replay is not None:
            self.redraw()

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """Return the scrubber."""
        del height
        if self._replay is None:
            return []
        line, self._track = scrubber_line(self._replay, self._run, width)
        return [line]

    def on_click(self, event: events.Click) -> None:
        """Seek to the position under the mouse."""
        left, width = self._track
        if left <= event.x < left + width:
            self.post_message(SeekRequested((event.x - left) / max(1, width - 1)))
