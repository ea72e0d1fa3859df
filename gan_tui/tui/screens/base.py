"""The state of the main screen, which all of its keys change."""

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
    """Four reactives; a change of any of them calls `update`, which shows it.

    Args:
        view: How the charts are viewed at first.
        run_list: How the runs are listed at first.
    """

    snapshot = reactive[Snapshot](Snapshot(), init=False, repaint=False)
    """Everything there is to show."""
    view = reactive[ViewState](ViewState(), init=False, repaint=False)
    """How the charts are viewed."""
    run_list = reactive[RunListState](RunListState(), init=False, repaint=False)
    """Which runs are listed, and how."""
    path = reactive[str]("", init=False, repaint=False)
    """Path of the selected run."""

    def __init__(self, view: ViewState, run_list: RunListState) -> None:
        super().__init__()
        self.set_silently(snapshot=Snapshot(), view=view, run_list=run_list, path="")
        self.snapshot_listeners: list[Callable[[Snapshot], object]] = []
        """Called with each new snapshot."""
        self._run_overlay = RunOverlay()
        self._derived_charts = DerivedCharts()
        self._last_step: float | None = None
        self._corrections_seen = 0
        self._listed: tuple[tuple[RunState, ...], RunListState, tuple[RunState, ...]] | None = None
        """All runs, how they are listed, and the result."""

    def set_silently(self, **values: object) -> None:
        """Set reactives without a call of their watchers: no `update` is due, or one follows anyway."""
        for name, value in values.items():
            self.set_reactive(getattr(type(self), name), value)

    @abstractmethod
    def update(self) -> None:
        """Show the current state."""

    @property
    def context(self) -> AppContext:
        """The app."""
        return context_of(self)

    @property
    def runs(self) -> tuple[RunState, ...]:
        """The listed runs, in their order."""
        cached = self._listed
        if cached is None or cached[0] is not self.snapshot.runs or cached[1] is not self.run_list:
            runs = self.run_list.listed_runs(self.snapshot.runs)
            cached = self._listed = (self.snapshot.runs, self.run_list, runs)
        return cached[2]

    @property
    def run_state(self) -> RunState | None:
        """The selected run; the first if none is selected, None if there is no run."""
        runs = self.runs
        if len(runs) > 1:
            return runs[self.run_index]
        return runs[0] if runs else None

    @property
    def run_index(self) -> int:
        """The selected run's index in the list."""
        runs, path = self.runs, self.path
        return next((i for i, r in enumerate(runs) if r.path == path), 0) if len(runs) > 1 else 0

    @property
    def displayed(self) -> DisplayState | None:
        """What the charts show; None without a point."""
        run = self.run_state
        if run is None or not run.series:
            return None
        view, replay = self.view, self.snapshot.replay
        if self.run_list.comparing:
            runs = self.run_list.compared_runs(self.snapshot.runs, run)
            combined = self._run_overlay.combine(runs, view.mode)
            full, last = full_x_range(combined, view.mode, self.clocks(combined), replay)
            return DisplayState(combined, comparison_charts(runs, combined), view, full, last, runs)
        derived = self._derived_charts.series(run, view.derived)
        titles = {formula.name: formula.title for formula in view.derived}
        full, last = full_x_range(run, view.mode, self.clocks(run), replay)
        charts = select_charts(run, view.pinned, [(titles[series.name], series) for series in derived])
        return DisplayState(run, charts, view, full, last)

    def clocks(self, run: RunState) -> Clocks:
        """Return the cached wall times of a run."""
        return self.query_one(ChartPanel).cache_of(run).clocks

    def change_view(self, change: Callable[[ViewState, DisplayState], ViewState]) -> None:
        """Change how the charts are viewed, if there are any."""
        displayed = self.displayed
        if displayed is not None:
            self.view = change(self.view, displayed)

    def control(self, command: ReplayControl) -> None:
        """Control the source if it is a replay."""
        raise NotImplementedError

    def show_message(self, text: str) -> None:
        """Show a message in the footer until the next key; "" for none."""
        self.query_one(KeyBar).show_message(text)

    # -- changes -----------------------------------------------------------------------------------

    def watch_snapshot(self) -> None:
        """Show a new snapshot."""
        if not self.path and self.runs:
            # Keep the selection when more runs are found, or the order changes.
            self.set_silently(path=self.runs[0].path)
        self._follow()
        self.update()
        self._notify_of_corrections()
        for listener in tuple(self.snapshot_listeners):
            listener(self.snapshot)

    def _notify_of_corrections(self) -> None:
        """Tell the user of corrected roles that the source has applied since the last snapshot."""
        corrections = self.snapshot.corrections
        for correction in corrections[self._corrections_seen :]:
            role = ROLE_WORDS.get(correction.role, correction.role)
            text = f"{clean(correction.name, 40)}: {role}"
            if correction.problem:
                text += f", until the program ends. It could not be saved: {correction.problem}"
                self.notify(text, severity="error", markup=False)
            else:
                self.notify(f"{text}, now and at the next start", markup=False)
        self._corrections_seen = len(corrections)

    def watch_view(self) -> None:
        """Show the charts in another way."""
        self.update()

    def watch_run_list(self) -> None:
        """List other runs, or list them in another order."""
        self.update()

    def watch_path(self) -> None:
        """Show another run."""
        self._last_step = None
        reset = replace(
            self.view, window=None, cursor=None, chart=0, finding=None, box_start=None, y_range=None
        )
        self.set_silently(view=reset)
        self.update()

    def _follow(self) -> None:
        """Move a zoomed view along with a run that grows out of it."""
        run = self.run_state
        last = None if run is None or run.last_step is None else float(run.last_step)
        if self._last_step is not None and last is not None and self.view.mode is XMode.STEP:
            self.set_silently(view=self.view.follow(self._last_step, last))
        self._last_step = last
