"""Where steps lie along x."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gan_tui.charts.xaxis import Clocks, XMode
from gan_tui.monitoring.snapshot import RunState


def places_of(steps: Sequence[int], run: RunState, mode: XMode, clocks: Clocks) -> list[float]:
    """X of some steps of a run: the steps themselves, or when each was reached last.

    Where the log has no clock, x are the steps.
    """
    if mode is XMode.STEP or not run.series:
        return [float(s) for s in steps]
    view = max((s.view for s in run.series), key=len)
    places = clocks.places(view, mode)
    if places is None or not len(places):
        return [float(s) for s in steps]
    bounds = view.segment_bounds()
    return [_place(step, view.steps, places, bounds) for step in steps]


def _place(step: int, steps: np.ndarray, places: np.ndarray, bounds: Sequence[tuple[int, int]]) -> float:
    """When a step was reached last."""
    for begin, end in reversed(bounds):
        if step >= steps[begin]:
            return float(places[min(end - 1, begin + int(np.searchsorted(steps[begin:end], step)))])
    return float(places[0])
