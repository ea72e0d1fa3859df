"""The list of runs: filter, order and marks. Frozen; each key produces the next one."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from gan_tui.monitoring.snapshot import RunState
from gan_tui.tui.state.run_filter import RunFilter, matching_runs, parse_filter
from gan_tui.tui.state.run_order import RunOrder, sort_runs

MAX_COMPARED = 8
"""Maximum number of runs in one chart: there are no more symbols to distinguish them."""
DEFAULT_COMPARED = 4
"""Number of runs in one chart if none is marked."""


class RunListState(Struct, frozen=True):
    """Which runs are listed, and how."""

    filter: RunFilter = field(default_factory=RunFilter)
    order: RunOrder = RunOrder.NAME
    marked: frozenset[str] = frozenset()
    """Paths of the runs to be compared."""
    table: bool = False
    """The list covers the whole screen, with every column."""
    comparing: bool = False
    """The marked runs are drawn in the same charts."""

    def listed_runs(self, runs: Sequence[RunState]) -> tuple[RunState, ...]:
        """Return the runs that match the filter, in order; all runs if none matches."""
        return sort_runs(matching_runs(runs, self.filter) or runs, self.order)

    def count_matches(self, runs: Sequence[RunState]) -> int:
        """Return the number of runs that match the filter."""
        return len(matching_runs(runs, self.filter))

    def filter_warning(self, runs: Sequence[RunState]) -> str:
        """Return why the filter lists all runs, or ""."""
        if self.filter.error:
            return self.filter.error
        if runs and not self.count_matches(runs):
            return f"nothing matches {self.filter.text.strip()}: all runs are listed"
        return ""

    def with_filter(self, text: str) -> RunListState:
        """Return the list with another filter."""
        return replace(self, filter=parse_filter(text))

    def toggle_mark(self, path: str) -> RunListState:
        """Mark a run or remove its mark; the comparison ends with the last mark."""
        marked = self.marked ^ {path}
        return replace(self, marked=marked, comparing=self.comparing and bool(marked))

    def compared_runs(self, runs: Sequence[RunState], selected: RunState | None) -> tuple[RunState, ...]:
        """Return the runs drawn in the same charts: the marked ones, otherwise the first listed ones.

        Args:
            runs: Every run.
            selected: The first run of the comparison if no run is marked.
        """
        candidates = [run for run in self.listed_runs(runs) if run.path in self.marked]
        if not candidates:
            others = [run for run in self.listed_runs(runs) if selected is None or run.path != selected.path]
            candidates = [*([] if selected is None else [selected]), *others]
        limit = MAX_COMPARED if self.marked else DEFAULT_COMPARED
        return tuple(run for run in candidates if run.series)[:limit]
