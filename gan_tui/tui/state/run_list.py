"""Which runs are listed, in what order, which are marked. Frozen; each key gives the next one."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from gan_tui.monitoring.snapshot import RunState
from gan_tui.tui.state.run_filter import RunFilter, chosen, parse
from gan_tui.tui.state.run_order import RunOrder, ordered

MOST_COMPARED = 8
"""So many runs at most are drawn into one chart: there are no more marks to tell them apart by."""
UNASKED = 4
"""So many where none was marked."""


class RunListState(Struct, frozen=True):
    """How the list of runs is looked at."""

    filter: RunFilter = field(default_factory=RunFilter)
    order: RunOrder = RunOrder.NAME
    marked: frozenset[str] = frozenset()
    """Paths of the runs that are to be compared."""
    table: bool = False
    """The list takes the whole screen, with every column."""
    comparing: bool = False
    """The marked runs are drawn into the same charts."""

    def listed(self, runs: Sequence[RunState]) -> tuple[RunState, ...]:
        """The runs that pass the filter, in order; all of them where none does."""
        return ordered(chosen(runs, self.filter) or runs, self.order)

    def matching(self, runs: Sequence[RunState]) -> int:
        """How many runs pass the filter."""
        return len(chosen(runs, self.filter))

    def warning(self, runs: Sequence[RunState]) -> str:
        """What is wrong with the filter, in words; "" where nothing is."""
        if self.filter.problem:
            return self.filter.problem
        if runs and not self.matching(runs):
            return f"nothing matches {self.filter.text.strip()}: all runs are listed"
        return ""

    def filtered(self, text: str) -> RunListState:
        """With another filter."""
        return replace(self, filter=parse(text))

    def marking(self, path: str) -> RunListState:
        """With a run marked, or no longer; the comparison ends with the last mark."""
        marked = self.marked ^ {path}
        return replace(self, marked=marked, comparing=self.comparing and bool(marked))

    def compared(self, runs: Sequence[RunState], selected: RunState | None) -> tuple[RunState, ...]:
        """The runs drawn together: the marked ones; unasked the first few that are listed.

        Args:
            runs: Every run.
            selected: Comes first among those that were not asked for.
        """
        asked = [run for run in self.listed(runs) if run.path in self.marked]
        if not asked:
            others = [run for run in self.listed(runs) if selected is None or run.path != selected.path]
            asked = [*([] if selected is None else [selected]), *others]
        most = MOST_COMPARED if self.marked else UNASKED
        return tuple(run for run in asked if run.series)[:most]
