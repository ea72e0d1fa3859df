"""The keys of the samples panel."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from gan_tui.charts.xaxis import Clocks, XMode
from gan_tui.run.series_view import SeriesView
from gan_tui.tui.screens.base import MainScreenBase
from gan_tui.tui.state.displayed import DisplayState
from gan_tui.tui.widgets.samples import SamplesPanel

HIDDEN, BESIDE, ALONE = range(3)


class SampleActions(MainScreenBase):
    """Part of the main screen: the logged samples beside the charts, or in their place."""

    _samples = _classified = HIDDEN

    def show_samples(self) -> None:
        """Bring the panel up to date, where it is shown."""
        if self._samples != self._classified:
            self._classified = self._samples
            self.set_class(self._samples != HIDDEN, "-samples")
            self.set_class(self._samples == ALONE, "-samples-alone")
        if self._samples == HIDDEN:
            return
        shown = self.shown
        step = None if shown is None else step_of_cursor(shown, self.clocks(shown.run))
        run = self.run_state
        until = None if run is None or self.snapshot.replay is None else run.last_step
        self.query_one(SamplesPanel).show(run, self.context.source.samples, step, until)

    def action_samples(self) -> None:
        """Show the samples beside the charts, then alone, then no longer."""
        self._samples = (self._samples + 1) % 3
        self.show_samples()

    def action_sample(self, by: int) -> None:
        """Put the cursor on the grid that was logged earlier, or later."""
        if self._samples == HIDDEN:
            self._samples = BESIDE
            self.show_samples()
        shown, step = self.shown, self.query_one(SamplesPanel).neighbour_step(by)
        if shown is not None and step is not None:
            self.view = replace(shown.view, cursor=x_of_step(shown, self.clocks(shown.run), step))


def step_of_cursor(shown: DisplayState, clocks: Clocks) -> float | None:
    """The step under the cursor; None without one."""
    cursor = shown.view.cursor
    view = _longest(shown)
    if cursor is None or view is None or shown.full_range.mode is XMode.STEP:
        return cursor
    places = clocks.x_values(view, shown.full_range.mode)
    if places is None:
        return None
    at = int(np.searchsorted(places, cursor))
    return float(view.steps[min(at, len(view) - 1)])


def x_of_step(shown: DisplayState, clocks: Clocks, step: int) -> float:
    """Where a step lies along x, as x is shown now."""
    view = _longest(shown)
    places = None if view is None else clocks.x_values(view, shown.full_range.mode)
    if view is None or places is None or shown.full_range.mode is XMode.STEP:
        return float(step)
    at = int(np.searchsorted(view.steps, step))
    return float(places[min(at, len(view) - 1)])


def _longest(shown: DisplayState) -> SeriesView | None:
    return max((s.view for s in shown.run.series if not s.derived), key=len, default=None)
