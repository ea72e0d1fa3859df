"""The top line: the selected run with its path, step, rate, age and faults."""

from __future__ import annotations

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import RunState, Snapshot
from gan_tui.tui.context import AGE_SECONDS
from gan_tui.tui.lines import formatting
from gan_tui.tui.lines.header import header_line
from gan_tui.tui.widgets.line_widget import LineWidget


class HeaderBar(LineWidget):
    """One line about the selected run."""

    DEFAULT_CSS = "HeaderBar { height: 1; }"

    def __init__(self) -> None:
        super().__init__(id="header")
        self._run: RunState | None = None
        self._snapshot = Snapshot()

    def on_mount(self) -> None:
        """Update the displayed age regularly."""
        self.set_interval(AGE_SECONDS, self.redraw)

    def show(self, run: RunState | None, snapshot: Snapshot) -> None:
        """Show a run."""
        self._run, self._snapshot = run, snapshot
        self.redraw()

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """Return the header, without the least important facts if they do not fit."""
        del height
        if self._run is None:
            return [formatting.fit_line([(" gan-tui", "bar-strong")], width, "bar")]
        is_replay, progress = self._snapshot.replay is not None, formatting.reading_progress(self._snapshot)
        return [
            header_line(
                self._run, width, now=self.context.now(), is_replay=is_replay, reading_progress=progress
            )
        ]
