"""Several runs in the same charts: one chart per role, one curve per run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from gan_tui.charts.spec import CURVE_STYLES, ChartCurve, ChartSpec
from gan_tui.charts.xaxis import XMode
from gan_tui.monitoring.snapshot import RunState, SeriesState
from gan_tui.run.series_view import SeriesView
from gan_tui.sanitize import clean
from gan_tui.tui.state.chart_selection import MAX_NAME_LENGTH, ChartSelection

CHART_TITLES = {
    "d_loss": "D's loss",
    "g_loss": "G's loss",
    "d_real": "D's score of real",
    "d_fake": "D's score of fakes",
    "d_fake_after": "D's score of fakes after G's step",
    "d_loss_real": "D's loss on real",
    "d_loss_fake": "D's loss on fakes",
    "gradient_penalty": "gradient penalty",
    "d_grad_norm": "D's gradient norm",
    "g_grad_norm": "G's gradient norm",
}
"""Chart title of each role, the most informative first."""
OVERLAY_PREFIX = "\0overlay"
"""First part of the path of a run that combines several; no file can have such a name."""


class RunOverlay(Struct):
    """Combines several runs into one; caches the series whose wall times it has shifted."""

    _shifted: dict[tuple[str, str], tuple[int, SeriesView]] = field(default_factory=dict)

    def combine(self, runs: Sequence[RunState], mode: XMode) -> RunState:
        """Return a run with every series of `runs`, each prefixed by the name of its run.

        Relative time counts from each run's own first point.
        """
        series = tuple(
            replace(s, view=self._view(run, s, mode))
            for run in runs
            for s in run.series
        )  # fmt: skip
        path = "\0".join((OVERLAY_PREFIX, *(run.path for run in runs)))
        return replace(runs[0], name=f"{len(runs)} runs", path=path, series=series)

    def _view(self, run: RunState, series: SeriesState, mode: XMode) -> SeriesView:
        view = series.view
        name = f"{run.name}: {view.name}"
        wall_times = view.wall_times
        if mode is not XMode.RELATIVE or wall_times is None or not len(wall_times):
            return replace(view, name=name)
        key = (run.path, view.name)
        cached = self._shifted.get(key)
        if cached is None or cached[0] != len(view):
            finite = wall_times[np.isfinite(wall_times)]
            start = float(finite[0]) if len(finite) else 0.0
            shifted = replace(view, name=f"{name} ", wall_times=wall_times - start)
            cached = self._shifted[key] = (len(view), shifted)
        return cached[1]


def comparison_charts(runs: Sequence[RunState], combined: RunState) -> ChartSelection:
    """Return the charts of several runs: one for each role or name that any of them logs.

    Args:
        runs: The runs, at most as many as there are curve symbols.
        combined: The result of `RunOverlay.combine` for these runs.
    """
    views = iter(combined.series)
    curves: dict[str, list[ChartCurve]] = {}
    for number, run in enumerate(runs):
        style = CURVE_STYLES[number % len(CURVE_STYLES)]
        keys_of_run: set[str] = set()
        for series in run.series:
            view = next(views).view
            key = series.role or series.name
            if key not in keys_of_run:
                keys_of_run.add(key)
                curves.setdefault(key, []).append(ChartCurve(view, clean(run.name, 24), style, number))
    rank = {role: position for position, role in enumerate(CHART_TITLES)}
    keys = sorted(curves, key=lambda key: (rank.get(key, len(rank)), -len(curves[key])))
    charts = tuple(
        ChartSpec(CHART_TITLES.get(key, clean(key, MAX_NAME_LENGTH)), tuple(curves[key])) for key in keys
    )
    shared = sum(1 for key in keys if len(curves[key]) > 1 and key in rank)
    return ChartSelection(charts, max(1, shared))
