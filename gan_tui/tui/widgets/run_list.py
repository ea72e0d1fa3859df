"""The list of runs: one line each next to the charts, or a table on the whole screen."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import RunState
from gan_tui.sanitize import clean
from gan_tui.tui.context import AGE_SECONDS
from gan_tui.tui.lines import formatting
from gan_tui.tui.lines.runs import (
    SPARKLINE_WIDTH,
    TABLE_SPARKLINE_WIDTH,
    Sparklines,
    list_width,
    run_line,
    series_with_role,
    sparkline,
    table_head,
    table_line,
)
from gan_tui.tui.messages import RunSelected
from gan_tui.tui.state.run_list import RunListState
from gan_tui.tui.widgets.line_widget import LineWidget

MIN_HEIGHT_WITH_CHARTS = 28
"""From this height on, the charts of the selected run are shown below the table."""
MIN_TITLE_WIDTH_WITH_ORDER = 50


class RunList(LineWidget):
    """Shows every listed run; only the visible lines are composed."""

    DEFAULT_CSS = "RunList { width: 38; }"

    def __init__(self) -> None:
        super().__init__(id="runs")
        self._runs: Sequence[RunState] = ()
        self._listing = RunListState()
        self._counts = (0, 0)
        self._requested_size = ("", "")
        self._warning = ""
        self._selected = 0
        self._top = 0
        self._sparklines_cache: dict[tuple[str, int], tuple[int, Sparklines]] = {}

    def on_mount(self) -> None:
        """Update the displayed ages regularly."""
        self.set_interval(AGE_SECONDS, self._update_ages)

    def _update_ages(self) -> None:
        if self._listing.table and self.display:
            self.redraw()

    def show(
        self, runs: Sequence[RunState], all_runs: Sequence[RunState], selected: int, listing: RunListState
    ) -> None:
        """Show runs; the list becomes as wide as their names need.

        Args:
            runs: The listed runs.
            all_runs: Every run.
            selected: Index of the selected run among the listed ones.
            listing: Filter, order and marks.
        """
        self._runs, self._selected, self._listing = runs, selected, listing
        self._warning = listing.filter_warning(all_runs)
        self._counts = listing.count_matches(all_runs), len(all_runs)
        screen = self.app.size
        width = "1fr" if listing.table else str(list_width(all_runs, screen.width))
        height = "1fr"
        if listing.table and screen.height >= MIN_HEIGHT_WITH_CHARTS:
            height = str(min(len(runs) + 2, screen.height * 2 // 5))
        if (width, height) != self._requested_size:
            self._requested_size = (width, height)
            self.styles.width, self.styles.height = width, height
        self.redraw()

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """Return a title, then the runs around the selected one."""
        rows = max(1, height - self._head_height)
        self._top = min(max(self._top, self._selected - rows + 1, 0), self._selected)
        self._top = max(0, min(self._top, len(self._runs) - rows))
        visible = self._runs[self._top : self._top + rows]
        if self._listing.table:
            longest = max((len(clean(run.name, 80)) for run in self._runs), default=0)
            lines = [self._title(width), table_head(width, longest)]
            lines += [self._row(run, number, width, longest) for number, run in enumerate(visible, self._top)]
            return lines
        inner = width - 1
        lines = [[*self._title(inner), ("┐", "rule")]]
        for number, run in enumerate(visible, self._top):
            is_selected, is_marked = number == self._selected, run.path in self._listing.marked
            d_loss = self._sparklines(run, SPARKLINE_WIDTH).d
            line = run_line(run, inner, d_loss, is_selected=is_selected, is_marked=is_marked)
            lines.append([*line, ("│", "rule")])
        blank: StyledLine = [(" " * inner, "plot"), ("│", "rule")]
        return lines + [blank] * (height - len(lines))

    @property
    def _head_height(self) -> int:
        return 2 if self._listing.table else 1

    def _title(self, width: int) -> StyledLine:
        """Return the title with order, filter and counts."""
        listing = self._listing
        left: StyledLine = [("─ ", "rule"), ("runs ", "title-selected")]
        if width >= MIN_TITLE_WIDTH_WITH_ORDER or listing.order != "name":
            left.append((f"by {listing.order} ", "soft"))
        if self._warning:
            left += [("─ ", "rule"), (self._warning + " ", "warning")]
        elif listing.filter.alternatives:
            left += [("─ ", "rule"), (f"/{clean(listing.filter.text.strip(), 40)} ", "key")]
        matching, total = self._counts
        right: StyledLine = []
        if listing.filter.alternatives:
            right.append((f" [{matching}/{total}]", "strong" if matching else "warning"))
        if listing.marked:
            right.append((f" ■ {len(listing.marked)} marked", "a"))
        right.append((f" {self._selected + 1}/{len(self._runs)} ", "soft"))
        return formatting.justify(left, right, width, "rule", "─")

    def _row(self, run: RunState, number: int, width: int, longest: int) -> StyledLine:
        return table_line(
            run,
            width,
            longest,
            self._sparklines(run, TABLE_SPARKLINE_WIDTH),
            self.context.now(),
            is_selected=number == self._selected,
            is_marked=run.path in self._listing.marked,
        )

    def _sparklines(self, run: RunState, width: int) -> Sparklines:
        """Return D's loss (or total loss, or the first series) and G's; redrawn when the run has grown."""
        d = series_with_role(run, ("d_loss", "d_loss_total"))
        g = series_with_role(run, ("g_loss", "g_loss_total"))
        if d is None and g is None and run.series:
            d = run.series[0].view
        size = sum(len(view) for view in (d, g) if view is not None)
        key = (run.path, width)
        cached = self._sparklines_cache.get(key)
        if cached is None or cached[0] != size:
            lines = ["" if v is None else sparkline(v, self.context.glyphs, width) for v in (d, g)]
            cached = self._sparklines_cache[key] = (size, Sparklines(lines[0] or lines[1], lines[1]))
        return cached[1]

    def on_click(self, event: events.Click) -> None:
        """Select the run under the mouse; a double click shows its charts."""
        number = self._top + event.y - self._head_height
        if 0 <= number < len(self._runs) and event.y > 0:
            self.post_message(RunSelected(number, opened=event.chain > 1))

    def on_mouse_scroll_down(self) -> None:
        """Select the next run."""
        self.post_message(RunSelected(min(len(self._runs) - 1, self._selected + 1)))

    def on_mouse_scroll_up(self) -> None:
        """Select the previous run."""
        self.post_message(RunSelected(max(0, self._selected - 1)))
