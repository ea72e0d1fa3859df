"""The badge of the selected run, with its findings."""

from __future__ import annotations

from textual import events

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import RunState
from gan_tui.tui.lines.badge import MIN_WIDTH_WITH_FACTS, badge_lines
from gan_tui.tui.messages import FindingSelected
from gan_tui.tui.widgets.line_widget import LineWidget


class BadgePanel(LineWidget):
    """The badge with as many findings as fit; on small screens the badge alone."""

    DEFAULT_CSS = "BadgePanel { height: 5; }"

    def __init__(self) -> None:
        super().__init__(id="badge")
        self._run: RunState | None = None
        self._finding: int | None = None
        self._finding_of_line: list[int | None] = []
        self._displayed: tuple[object, ...] | None = None

    def show(self, run: RunState | None, finding: int | None = None) -> None:
        """Show a run; `finding` is the selected finding."""
        self._run, self._finding = run, finding
        displayed = (
            None if run is None else (run.path, run.diagnosis, run.objective, run.axis, run.note, finding)
        )
        # Only narrow screens show the last step here.
        narrow = self._composed_size is None or self._composed_size.width < MIN_WIDTH_WITH_FACTS
        if narrow or displayed != self._displayed:
            self._displayed = displayed
            self.redraw()

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """Return the badge and as many findings as fit."""
        if self._run is None:
            return []
        lines = badge_lines(self._run, width, height, self._finding)
        self._finding_of_line = [finding for _, finding in lines]
        return [line for line, _ in lines]

    def on_click(self, event: events.Click) -> None:
        """Select the finding under the mouse: its steps are highlighted on the charts."""
        number = self._finding_of_line[event.y] if event.y < len(self._finding_of_line) else None
        if number is not None:
            self.post_message(FindingSelected(number))
