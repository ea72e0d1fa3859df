"""Keys of the list of runs: select, filter, sort, mark, compare."""

from __future__ import annotations

from msgspec.structs import replace
from textual import on

from gan_tui.tui.lines import formatting
from gan_tui.tui.messages import FilterChanged, FilterClosed, RunSelected
from gan_tui.tui.screens.base import MainScreenBase
from gan_tui.tui.widgets.key_bar import KeyBar

FILTER_HELP = (
    "filter: word · !not · a | b · ring-* · /regex/ · badge:diverged   Enter keeps it · Esc lists all"
)
"""Shown while a filter is typed."""


class RunActions(MainScreenBase):
    """Part of the main screen: which runs are listed, and which one is selected."""

    def action_run(self, by: int) -> None:
        """Select another run."""
        self._select(self.run_index + by)

    @on(RunSelected)
    def _run_selected(self, message: RunSelected) -> None:
        self._select(message.number)
        if message.opened and self.run_list.table:
            self.action_table()

    def _select(self, number: int) -> None:
        runs = self.runs
        if runs:
            self.path = runs[min(max(number, 0), len(runs) - 1)].path

    def action_table(self) -> None:
        """Show every run in a table, or the charts again."""
        if len(self.snapshot.runs) > 1:
            self.run_list = replace(self.run_list, table=not self.run_list.table, comparing=False)

    def action_order(self) -> None:
        """Switch to the next order of the list."""
        if len(self.snapshot.runs) > 1:
            self.run_list = replace(self.run_list, order=self.run_list.order.next)
            self.show_message(f"runs sorted by {self.run_list.order}")

    def action_mark(self) -> None:
        """Toggle the mark on the selected run and select the next one."""
        run = self.run_state
        if run is None or len(self.snapshot.runs) < 2:
            return
        self.run_list = self.run_list.toggle_mark(run.path)
        count = len(self.run_list.marked)
        self.show_message(
            f"{formatting.count_noun(count, 'run')} marked: v compares them" if count else "no run is marked"
        )

    def action_compare(self) -> None:
        """Show the marked runs in the same charts, or one run alone again."""
        if len(self.snapshot.runs) < 2:
            return
        comparing = not self.run_list.comparing
        reset = replace(
            self.view, window=None, cursor=None, chart=0, full_size=False, finding=None, y_range=None
        )
        self.set_silently(view=reset)
        self.run_list = replace(self.run_list, comparing=comparing, table=False)
        unmarked = comparing and not self.run_list.marked
        self.show_message("no run is marked (m marks): these are the first in the list" if unmarked else "")

    # -- filter ------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Open the line in which a filter is typed."""
        if len(self.snapshot.runs) < 2:
            self.show_message("there is one run: nothing to filter")
            return
        from gan_tui.tui.widgets.filter_bar import FilterBar  # noqa: PLC0415 - loaded on first use

        bar = FilterBar(self.run_list.filter.text)
        self.mount(bar, before=self.query_one(KeyBar))
        bar.focus()
        self.show_message(FILTER_HELP)

    @on(FilterChanged)
    def _filter_changed(self, message: FilterChanged) -> None:
        self.run_list = self.run_list.with_filter(message.text)
        self.show_message(self.run_list.filter.error or FILTER_HELP)

    @on(FilterClosed)
    def _filter_closed(self, message: FilterClosed) -> None:
        self.set_focus(None)
        self.query("FilterBar").remove()
        if not message.kept:
            self.run_list = self.run_list.with_filter("")
        self.show_message(self.run_list.filter_warning(self.snapshot.runs))
