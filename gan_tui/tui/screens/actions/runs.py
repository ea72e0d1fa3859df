"""The keys of the list of runs: select, filter, sort, mark, compare."""

from __future__ import annotations

from msgspec.structs import replace
from textual import on

from gan_tui.tui.lines import formatting
from gan_tui.tui.messages import FilterDone, FilterTyped, RunChosen
from gan_tui.tui.screens.base import MainScreenBase
from gan_tui.tui.widgets.key_bar import KeyBar

GRAMMAR = "filter: word · !not · a | b · ring-* · /regex/ · badge:diverged   Enter keeps it · Esc lists all"
"""Said while a filter is typed."""


class RunActions(MainScreenBase):
    """Part of the main screen: which runs are listed, and which of them is looked at."""

    def action_run(self, by: int) -> None:
        """Select another run."""
        self._select(self.number + by)

    @on(RunChosen)
    def _run_chosen(self, message: RunChosen) -> None:
        self._select(message.number)
        if message.opened and self.listing.table:
            self.action_table()

    def _select(self, number: int) -> None:
        runs = self.runs
        if runs:
            self.path = runs[min(max(number, 0), len(runs) - 1)].path

    def action_table(self) -> None:
        """Every run in a table, or the charts again."""
        if len(self.snapshot.runs) > 1:
            self.listing = replace(self.listing, table=not self.listing.table, comparing=False)

    def action_order(self) -> None:
        """The next order of the list."""
        if len(self.snapshot.runs) > 1:
            self.listing = replace(self.listing, order=self.listing.order.next)
            self.say(f"runs sorted by {self.listing.order}")

    def action_mark(self) -> None:
        """Mark the selected run, or no longer, and go on to the next."""
        run = self.run_state
        if run is None or len(self.snapshot.runs) < 2:
            return
        self.listing = self.listing.toggle_mark(run.path)
        count = len(self.listing.marked)
        self.say(
            f"{formatting.count_noun(count, 'run')} marked: v compares them" if count else "no run is marked"
        )

    def action_compare(self) -> None:
        """The marked runs in the same charts, or one run alone again."""
        if len(self.snapshot.runs) < 2:
            return
        comparing = not self.listing.comparing
        fresh = replace(
            self.view, window=None, cursor=None, chart=0, full_size=False, finding=None, y_range=None
        )
        self.set_silently(view=fresh)
        self.listing = replace(self.listing, comparing=comparing, table=False)
        unmarked = comparing and not self.listing.marked
        self.say("no run is marked (m marks): these are the first of the list" if unmarked else "")

    # -- filter ------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Type a filter."""
        if len(self.snapshot.runs) < 2:
            self.say("there is one run: nothing to filter")
            return
        from gan_tui.tui.widgets.filter_bar import FilterBar  # noqa: PLC0415 - few filter, all start

        bar = FilterBar(self.listing.filter.text)
        self.mount(bar, before=self.query_one(KeyBar))
        bar.focus()
        self.say(GRAMMAR)

    @on(FilterTyped)
    def _filter_typed(self, message: FilterTyped) -> None:
        self.listing = self.listing.with_filter(message.text)
        self.say(self.listing.filter.error or GRAMMAR)

    @on(FilterDone)
    def _filter_done(self, message: FilterDone) -> None:
        self.set_focus(None)
        self.query("FilterBar").remove()
        if not message.kept:
            self.listing = self.listing.with_filter("")
        self.say(self.listing.filter_warning(self.snapshot.runs))
