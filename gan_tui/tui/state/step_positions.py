"""X positions of steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gan_tui.charts.xaxis import Clocks, XMode
from gan_tui.monitoring.snapshot import RunState


def x_of_steps(steps: Sequence[int], run: RunState, mode: XMode, clocks: Clocks) -> list[float]:
    """Return x of steps of a run: the steps themselves, or the time when each was last reached.

    If the log has no wall times, x is the step.
    """
    if mode is XMode.STEP or not run.series:
        return [float(s) for s in steps]
    view = max((s.view for s in run.series), key=len)
    positions = clocks.x_values(view, mode)
    if positions is None or not len(positions):
        return [float(s) for s in steps]
    bounds = view.segment_bounds()
    return [_last_reached(step, view.steps, positions, bounds) for step in steps]


def _last_reached(
    step: int, steps: np.ndarray, positions: np.ndarray, bounds: Sequence[tuple[int, int]]
) -> float:
    """Return x in the newest segment that contains the step."""
    for begin, end in reversed(bounds):
        if step >= steps[begin]:
            return float(positions[min(end - 1, begin + int(np.searchsorted(steps[begin:end], step)))])
    return float(positions[0])
