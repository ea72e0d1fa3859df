"""The pane at the right of a large screen: every reason in full, and how the badge came about."""

from __future__ import annotations

from textual import events

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import RunState
from gan_tui.tui.lines import formatting
from gan_tui.tui.lines.findings import findings_lines
from gan_tui.tui.messages import FindingChosen
from gan_tui.tui.widgets.line_widget import LineWidget


class FindingsPanel(LineWidget):
    """The selected run's findings; a click shows the steps of one on the charts."""

    DEFAULT_CSS = "FindingsPanel { width: 46; display: none; }"

    def __init__(self) -> None:
        super().__init__(id="why")
        self._run: RunState | None = None
        self._finding: int | None = None
        self._places: list[int | None] = []

    def show(self, run: RunState | None, finding: int | None) -> None:
        """Speak of this run from now on; one finding may be the chosen one."""
        self._run, self._finding = run, finding
        if self.display:
            self.redraw()

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """As much as fits, the findings first."""
        if self._run is None:
            return []
        inner = width - 3
        title: StyledLine = [("┌", "rule"), ("─ ", "rule"), ("why ", "title-on")]
        lines = [formatting.fit_line([*title, ("─" * width, "rule")], width)]
        reasons = findings_lines(self._run, inner, selected=self._finding)
        self._places = [finding for _, finding in reasons]
        shown = [line for line, _ in reasons][: height - 1]
        if len(reasons) > height - 1 and shown:
            shown[-1] = [("b shows the rest", "soft")]
        lines += [[("│ ", "rule"), *formatting.fit_line(line, inner)] for line in shown]
        return lines + [[("│", "rule")]] * (height - len(lines))

    def on_click(self, event: events.Click) -> None:
        """Choose the finding under the mouse."""
        number = self._places[event.y - 1] if 0 < event.y <= len(self._places) else None
        if number is not None:
            self.post_message(FindingChosen(number))
