"""The badge, large, with its reasons."""

from __future__ import annotations

from textual import events

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import RunState
from gan_tui.tui.lines.badge import MIN_WIDTH_WITH_FACTS, badge_lines
from gan_tui.tui.messages import FindingChosen
from gan_tui.tui.widgets.line_widget import LineWidget


class BadgePanel(LineWidget):
    """The selected run's badge: one line where the screen is small, with its reasons elsewhere."""

    DEFAULT_CSS = "BadgePanel { height: 5; }"

    def __init__(self) -> None:
        super().__init__(id="badge")
        self._run: RunState | None = None
        self._finding: int | None = None
        self._places: list[int | None] = []
        self._told: tuple[object, ...] | None = None

    def show(self, run: RunState | None, finding: int | None = None) -> None:
        """Speak of this run from now on; one finding may be the chosen one."""
        self._run, self._finding = run, finding
        told = None if run is None else (run.path, run.diagnosis, run.objective, run.axis, run.note, finding)
        # The step stands here only where the screen is narrow.
        narrow = self._made_for is None or self._made_for.width < MIN_WIDTH_WITH_FACTS
        if narrow or told != self._told:
            self._told = told
            self.redraw()

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """As many reasons as the height holds."""
        if self._run is None:
            return []
        told = badge_lines(self._run, width, height, self._finding)
        self._places = [finding for _, finding in told]
        return [line for line, _ in told]

    def on_click(self, event: events.Click) -> None:
        """Choose the finding under the mouse: its steps stand out on the charts."""
        number = self._places[event.y] if event.y < len(self._places) else None
        if number is not None:
            self.post_message(FindingChosen(number))
