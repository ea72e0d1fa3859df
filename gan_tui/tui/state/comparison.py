"""Several runs in the same charts: one chart a role, one curve a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from gan_tui.charts.spec import PLAYERS, ChartCurve, ChartSpec
from gan_tui.charts.xaxis import XMode
from gan_tui.monitoring.snapshot import RunState, SeriesState
from gan_tui.run.series_view import SeriesView
from gan_tui.sanitize import clean
from gan_tui.tui.state.chart_selection import NAME_LENGTH, ChartSelection

TITLES = {
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
"""What a chart of one role is called, the most telling first."""
OVERLAY = "\0overlay"
"""Begins the path of what stands for several runs: no file is called so."""


class RunOverlay(Struct):
    """Makes one run out of several; keeps the clocks that it has moved."""

    _moved: dict[tuple[str, str], tuple[int, SeriesView]] = field(default_factory=dict)

    def run(self, runs: Sequence[RunState], mode: XMode) -> RunState:
        """A run that holds every series of `runs`, each under its run's name as well.

        Relative time counts from each run's own first point.
        """
        series = tuple(
            replace(s, view=self._view(run, s, mode))
            for run in runs
            for s in run.series
        )  # fmt: skip
        path = "\0".join((OVERLAY, *(run.path for run in runs)))
        return replace(runs[0], name=f"{len(runs)} runs", path=path, series=series)

    def _view(self, run: RunState, series: SeriesState, mode: XMode) -> SeriesView:
        view = series.view
        name = f"{run.name}: {view.name}"
        walls = view.wall_times
        if mode is not XMode.RELATIVE or walls is None or not len(walls):
            return replace(view, name=name)
        key = (run.path, view.name)
        known = self._moved.get(key)
        if known is None or known[0] != len(view):
            finite = walls[np.isfinite(walls)]
            begin = float(finite[0]) if len(finite) else 0.0
            known = self._moved[key] = (len(view), replace(view, name=f"{name} ", wall_times=walls - begin))
        return known[1]


def overlay(runs: Sequence[RunState], joined: RunState) -> ChartSelection:
    """The charts of several runs: what each of them logs, under the same role or name.

    Args:
        runs: The runs, at most as many as there are marks.
        joined: What `RunOverlay.run` made of them.
    """
    views = iter(joined.series)
    held: dict[str, list[ChartCurve]] = {}
    for number, run in enumerate(runs):
        style = PLAYERS[number % len(PLAYERS)]
        taken: set[str] = set()
        for series in run.series:
            view = next(views).view
            key = series.role or series.name
            if key not in taken:
                taken.add(key)
                held.setdefault(key, []).append(ChartCurve(view, clean(run.name, 24), style, number))
    rank = {role: place for place, role in enumerate(TITLES)}
    keys = sorted(held, key=lambda key: (rank.get(key, len(rank)), -len(held[key])))
    charts = tuple(ChartSpec(TITLES.get(key, clean(key, NAME_LENGTH)), tuple(held[key])) for key in keys)
    shared = sum(1 for key in keys if len(held[key]) > 1 and key in rank)
    return ChartSelection(charts, max(1, shared))
