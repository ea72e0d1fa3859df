"""The list of runs: a line each beside the charts, or a table over the whole screen."""

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
from gan_tui.tui.messages import RunChosen
from gan_tui.tui.state.run_list import RunListState
from gan_tui.tui.widgets.line_widget import LineWidget

WITH_CHARTS = 28
"""Screens of so many lines have room for charts below the table."""


class RunList(LineWidget):
    """Every listed run on a line; only the lines in view are made."""

    DEFAULT_CSS = "RunList { width: 38; }"

    def __init__(self) -> None:
        super().__init__(id="runs")
        self._runs: Sequence[RunState] = ()
        self._listing = RunListState()
        self._counts = (0, 0)
        self._wanted = ("", "")
        self._warning = ""
        self._selected = 0
        self._top = 0
        self._sparks: dict[tuple[str, int], tuple[int, Sparklines]] = {}

    def on_mount(self) -> None:
        """Ages grow by themselves."""
        self.set_interval(AGE_SECONDS, self._age)

    def _age(self) -> None:
        if self._listing.table and self.display:
            self.redraw()

    def show(
        self, runs: Sequence[RunState], all_runs: Sequence[RunState], selected: int, listing: RunListState
    ) -> None:
        """List these runs, in as many columns as their names need.

        Args:
            runs: Those that are listed.
            all_runs: Every run.
            selected: The selected one's place among those listed.
            listing: How they are looked at.
        """
        self._runs, self._selected, self._listing = runs, selected, listing
        self._warning = listing.filter_warning(all_runs)
        self._counts = listing.count_matches(all_runs), len(all_runs)
        wanted = "1fr" if listing.table else str(list_width(all_runs, self.app.size.width))
        high = self.app.size.height
        # Charts of the selected run stand below the table where the screen is high enough.
        height = str(min(len(runs) + 2, high * 2 // 5)) if listing.table and high >= WITH_CHARTS else "1fr"
        if (wanted, height) != self._wanted:
            self._wanted = (wanted, height)
            self.styles.width, self.styles.height = wanted, height
        self.redraw()

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """A title, then the runs around the selected one."""
        head = 2 if self._listing.table else 1
        room = max(1, height - head)
        self._top = min(max(self._top, self._selected - room + 1, 0), self._selected)
        self._top = max(0, min(self._top, len(self._runs) - room))
        shown = self._runs[self._top : self._top + room]
        if self._listing.table:
            longest = max((len(clean(run.name, 80)) for run in self._runs), default=0)
            lines = [self._title(width), table_head(width, longest)]
            lines += [self._row(run, number, width, longest) for number, run in enumerate(shown, self._top)]
            return lines
        inner = width - 1
        lines = [[*self._title(inner), ("┐", "rule")]]
        for number, run in enumerate(shown, self._top):
            spark = self._spark(run, SPARKLINE_WIDTH).d
            chosen, marked = number == self._selected, run.path in self._listing.marked
            lines.append([*run_line(run, inner, spark, is_selected=chosen, is_marked=marked), ("│", "rule")])
        blank: StyledLine = [(" " * inner, "plot"), ("│", "rule")]
        return lines + [blank] * (height - len(lines))

    def _title(self, width: int) -> StyledLine:
        """What is listed, by what, and how many of how many."""
        listing = self._listing
        left: StyledLine = [("─ ", "rule"), ("runs ", "title-on")]
        if width >= 50 or listing.order != "name":
            left.append((f"by {listing.order} ", "soft"))
        if self._warning:
            left += [("─ ", "rule"), (self._warning + " ", "warning")]
        elif listing.filter.alternatives:
            shown = listing.filter.text.strip()
            left += [("─ ", "rule"), (f"/{clean(shown, 40)} ", "key")]
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
            self._spark(run, TABLE_SPARKLINE_WIDTH),
            self.context.now(),
            is_selected=number == self._selected,
            is_marked=run.path in self._listing.marked,
        )

    def _spark(self, run: RunState, width: int) -> Sparklines:
        """D's loss, or what stands for it, and G's; drawn anew when the run has grown."""
        d = series_with_role(run, ("d_loss", "d_loss_total"))
        g = series_with_role(run, ("g_loss", "g_loss_total"))
        if d is None and g is None and run.series:
            d = run.series[0].view
        size = sum(len(view) for view in (d, g) if view is not None)
        key = (run.path, width)
        known = self._sparks.get(key)
        if known is None or known[0] != size:
            lines = ["" if v is None else sparkline(v, self.context.glyphs, width) for v in (d, g)]
            known = self._sparks[key] = (size, Sparklines(lines[0] or lines[1], lines[1]))
        return known[1]

    def on_click(self, event: events.Click) -> None:
        """Choose the run under the mouse; a second click shows its charts."""
        number = self._top + event.y - (2 if self._listing.table else 1)
        if 0 <= number < len(self._runs) and event.y > 0:
            self.post_message(RunChosen(number, opened=event.chain > 1))

    def on_mouse_scroll_down(self) -> None:
        """The wheel moves through the runs."""
        self.post_message(RunChosen(min(len(self._runs) - 1, self._selected + 1)))

    def on_mouse_scroll_up(self) -> None:
        """The wheel moves through the runs."""
        self.post_message(RunChosen(max(0, self._selected - 1)))
