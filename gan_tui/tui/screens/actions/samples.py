"""Keys of the samples panel."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from gan_tui.charts.xaxis import Clocks, XMode
from gan_tui.run.series_view import SeriesView
from gan_tui.tui.screens.base import MainScreenBase
from gan_tui.tui.state.displayed import DisplayState
from gan_tui.tui.widgets.samples import SamplesPanel

HIDDEN, NEXT_TO_CHARTS, ALONE = range(3)


class SampleActions(MainScreenBase):
    """Part of the main screen: the logged samples, next to the charts or instead of them."""

    _samples_mode = _samples_class = HIDDEN

    def show_samples(self) -> None:
        """Update the panel if it is displayed."""
        if self._samples_mode != self._samples_class:
            self._samples_class = self._samples_mode
            self.set_class(self._samples_mode != HIDDEN, "-samples")
            self.set_class(self._samples_mode == ALONE, "-samples-alone")
        if self._samples_mode == HIDDEN:
            return
        displayed = self.displayed
        step = None if displayed is None else step_of_cursor(displayed, self.clocks(displayed.run))
        run = self.run_state
        until = None if run is None or self.snapshot.replay is None else run.last_step
        self.query_one(SamplesPanel).show(run, self.context.source.samples, step, until)

    def action_samples(self) -> None:
        """Show the samples next to the charts, then alone, then not at all."""
        self._samples_mode = (self._samples_mode + 1) % 3
        self.show_samples()

    def action_sample(self, by: int) -> None:
        """Place the cursor at the next logged samples, or the previous ones."""
        if self._samples_mode == HIDDEN:
            self._samples_mode = NEXT_TO_CHARTS
            self.show_samples()
        displayed, step = self.displayed, self.query_one(SamplesPanel).neighbour_step(by)
        if displayed is not None and step is not None:
            self.view = replace(displayed.view, cursor=x_of_step(displayed, self.clocks(displayed.run), step))


def step_of_cursor(displayed: DisplayState, clocks: Clocks) -> float | None:
    """Return the step at the cursor; None without a cursor."""
    cursor = displayed.view.cursor
    view = _longest(displayed)
    if cursor is None or view is None or displayed.full_range.mode is XMode.STEP:
        return cursor
    positions = clocks.x_values(view, displayed.full_range.mode)
    if positions is None:
        return None
    at = int(np.searchsorted(positions, cursor))
    return float(view.steps[min(at, len(view) - 1)])


def x_of_step(displayed: DisplayState, clocks: Clocks, step: int) -> float:
    """Return the position of a step along the current x axis."""
    view = _longest(displayed)
    positions = None if view is None else clocks.x_values(view, displayed.full_range.mode)
    if view is None or positions is None or displayed.full_range.mode is XMode.STEP:
        return float(step)
    at = int(np.searchsorted(view.steps, step))
    return float(positions[min(at, len(view) - 1)])


def _longest(displayed: DisplayState) -> SeriesView | None:
    return max((s.view for s in displayed.run.series if not s.derived), key=len, default=None)
