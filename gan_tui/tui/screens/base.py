"""What the main screen looks at, and how: the facts that all of its keys change."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from msgspec.structs import replace
from textual.reactive import reactive
from textual.screen import Screen

from gan_tui.charts.xaxis import Clocks, XMode
from gan_tui.monitoring.snapshot import RunState, Snapshot
from gan_tui.monitoring.source import ReplayControl
from gan_tui.sanitize import clean
from gan_tui.tui.context import AppContext, context_of
from gan_tui.tui.screens.role_picker import ROLE_WORDS
from gan_tui.tui.state.chart_selection import select_charts
from gan_tui.tui.state.comparison import RunOverlay, comparison_charts
from gan_tui.tui.state.derived_charts import DerivedCharts
from gan_tui.tui.state.displayed import DisplayState
from gan_tui.tui.state.run_list import RunListState
from gan_tui.tui.state.view import ViewState, full_x_range
from gan_tui.tui.widgets.chart_panel import ChartPanel
from gan_tui.tui.widgets.key_bar import KeyBar


class MainScreenBase(Screen[None]):
    """Facts; whatever changes one of them, `update` shows it.

    Args:
        view: How the charts are shown at first.
        listing: How the runs are listed at first.
    """

    snapshot = reactive[Snapshot](Snapshot(), init=False, repaint=False)
    """Everything there is to show."""
    view = reactive[ViewState](ViewState(), init=False, repaint=False)
    """How it is shown."""
    listing = reactive[RunListState](RunListState(), init=False, repaint=False)
    """Which runs are listed, and how."""
    path = reactive[str]("", init=False, repaint=False)
    """Path of the selected run."""

    def __init__(self, view: ViewState, listing: RunListState) -> None:
        super().__init__()
        self.set_silently(snapshot=Snapshot(), view=view, listing=listing, path="")
        self.followers: list[Callable[[Snapshot], object]] = []
        """Who else is told of each new state."""
        self._together = RunOverlay()
        self._workshop = DerivedCharts()
        self._last: float | None = None
        self._corrections_seen = 0
        self._listed: tuple[tuple[RunState, ...], RunListState, tuple[RunState, ...]] | None = None

    def set_silently(self, **values: object) -> None:
        """Set reactives without a call of their watchers: `update` is not due, or comes anyway."""
        for name, value in values.items():
            self.set_reactive(getattr(type(self), name), value)

    @abstractmethod
    def update(self) -> None:
        """Show everything as it is now."""

    @property
    def context(self) -> AppContext:
        """The app."""
        return context_of(self)

    @property
    def runs(self) -> tuple[RunState, ...]:
        """The runs as they are listed."""
        held = self._listed
        if held is None or held[0] is not self.snapshot.runs or held[1] is not self.listing:
            listed = self.listing.listed_runs(self.snapshot.runs)
            held = self._listed = (self.snapshot.runs, self.listing, listed)
        return held[2]

    @property
    def run_state(self) -> RunState | None:
        """The selected run; the first where none is, None while there is none."""
        runs = self.runs
        if len(runs) > 1:
            return runs[self.number]
        return runs[0] if runs else None

    @property
    def number(self) -> int:
        """The selected run's place in the list."""
        runs, path = self.runs, self.path
        return next((i for i, r in enumerate(runs) if r.path == path), 0) if len(runs) > 1 else 0

    @property
    def shown(self) -> DisplayState | None:
        """What the board shows; None while there is no point."""
        run = self.run_state
        if run is None or not run.series:
            return None
        if self.listing.comparing:
            compared = self.listing.compared_runs(self.snapshot.runs, run)
            joined = self._together.combine(compared, self.view.mode)
            whole, last = full_x_range(joined, self.view.mode, self.clocks(joined), self.snapshot.replay)
            return DisplayState(joined, comparison_charts(compared, joined), self.view, whole, last, compared)
        made = self._workshop.series(run, self.view.derived)
        titles = {f.name: f.title for f in self.view.derived}
        whole, last = full_x_range(run, self.view.mode, self.clocks(run), self.snapshot.replay)
        charts = select_charts(run, self.view.pinned, [(titles[s.name], s) for s in made])
        return DisplayState(run, charts, self.view, whole, last)

    def clocks(self, run: RunState) -> Clocks:
        """What is kept of a run's wall times."""
        return self.query_one(ChartPanel).cache_of(run).clocks

    def look(self, change: Callable[[ViewState, DisplayState], ViewState]) -> None:
        """Look in another way, where there is something to look at."""
        shown = self.shown
        if shown is not None:
            self.view = change(self.view, shown)

    def control(self, command: ReplayControl) -> None:
        """Control the source if it is a replay."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """A word in the footer, until the next key."""
        self.query_one(KeyBar).show_message(text)

    # -- changes -----------------------------------------------------------------------------------

    def watch_snapshot(self) -> None:
        """Something new was read."""
        if not self.path and self.runs:
            # What is looked at stays, whatever is found later or sorted before it.
            self.set_silently(path=self.runs[0].path)
        self._follow()
        self.update()
        self._notify_of_corrections()
        for tell in tuple(self.followers):
            tell(self.snapshot)

    def _notify_of_corrections(self) -> None:
        """Tell the user of corrected roles that the source has applied since the last snapshot."""
        corrections = self.snapshot.corrections
        for correction in corrections[self._corrections_seen :]:
            role = ROLE_WORDS.get(correction.role, correction.role)
            text = f"{clean(correction.name, 40)}: {role}"
            if correction.problem:
                text += f", for now. It could not be kept: {correction.problem}"
                self.notify(text, severity="error", markup=False)
            else:
                self.notify(f"{text}, now and at the next start", markup=False)
        self._corrections_seen = len(corrections)

    def watch_view(self) -> None:
        """Something is looked at in another way."""
        self.update()

    def watch_listing(self) -> None:
        """Other runs are listed, or in another order."""
        self.update()

    def watch_path(self) -> None:
        """Another run was selected."""
        self._last = None
        fresh = replace(
            self.view, window=None, cursor=None, chart=0, finding=None, box_start=None, y_range=None
        )
        self.set_silently(view=fresh)
        self.update()

    def _follow(self) -> None:
        """A zoomed view goes along with a run that grows out of it."""
        run = self.run_state
        last = None if run is None or run.last_step is None else float(run.last_step)
        if self._last is not None and last is not None and self.view.mode is XMode.STEP:
            self.set_silently(view=self.view.follow(self._last, last))
        self._last = last
