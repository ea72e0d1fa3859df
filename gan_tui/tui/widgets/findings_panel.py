"""The pane at the right of a large screen: every finding in full, and the timeline of badges."""

from __future__ import annotations

from textual import events

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import RunState
from gan_tui.tui.lines import formatting
from gan_tui.tui.lines.findings import findings_lines
from gan_tui.tui.messages import FindingSelected
from gan_tui.tui.widgets.line_widget import LineWidget


class FindingsPanel(LineWidget):
    """The selected run's findings; a click shows the steps of one on the charts."""

    DEFAULT_CSS = "FindingsPanel { width: 46; display: none; }"

    def __init__(self) -> None:
        super().__init__(id="findings")
        self._run: RunState | None = None
        self._finding: int | None = None
        self._finding_of_line: list[int | None] = []

    def show(self, run: RunState | None, finding: int | None) -> None:
        """Show a run; `finding` is the selected finding."""
        self._run, self._finding = run, finding
        if self.display:
            self.redraw()

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """Return as many lines as fit, the findings first."""
        if self._run is None:
            return []
        inner = width - 3
        title: StyledLine = [("┌", "rule"), ("─ ", "rule"), ("findings ", "title-selected")]
        lines = [formatting.fit_line([*title, ("─" * width, "rule")], width)]
        findings = findings_lines(self._run, inner, selected=self._finding)
        self._finding_of_line = [finding for _, finding in findings]
        visible = [line for line, _ in findings][: height - 1]
        if len(findings) > height - 1 and visible:
            visible[-1] = [("b shows the rest", "soft")]
        lines += [[("│ ", "rule"), *formatting.fit_line(line, inner)] for line in visible]
        return lines + [[("│", "rule")]] * (height - len(lines))

    def on_click(self, event: events.Click) -> None:
        """Select the finding under the mouse."""
        number = self._finding_of_line[event.y - 1] if 0 < event.y <= len(self._finding_of_line) else None
        if number is not None:
            self.post_message(FindingSelected(number))
