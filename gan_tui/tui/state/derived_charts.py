"""Charts of two series: their ratio or their difference, at equal steps."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from msgspec import Struct, field

from gan_tui.logs.model import Column, Floats, Ints
from gan_tui.monitoring.snapshot import RunState, SeriesState
from gan_tui.run.series import Series
from gan_tui.run.series_view import SeriesView
from gan_tui.sanitize import clean


class Operation(StrEnum):
    """What is done with two series."""

    RATIO = "ratio"
    DIFFERENCE = "difference"

    @property
    def sign(self) -> str:
        """How it is written between two names."""
        return "/" if self is Operation.RATIO else "-"


class Formula(Struct, frozen=True):
    """A chart that a person asked for."""

    operation: Operation
    first: str
    second: str

    @property
    def title(self) -> str:
        """What the chart is called."""
        return f"{clean(self.first, 24)} {self.operation.sign} {clean(self.second, 24)}"

    @property
    def name(self) -> str:
        """The name of the series, as an export writes it."""
        return f"{self.first} {self.operation.sign} {self.second}"

    def of(self, first: Floats, second: Floats) -> Floats:
        """The values; a division by zero gives an infinity, which charts mark."""
        with np.errstate(all="ignore"):
            return first / second if self.operation is Operation.RATIO else first - second


class _Made(Struct):
    series: Series
    lengths: tuple[int, int] = (0, 0)
    segments: tuple[int, int] = (0, 0)
    last: int | None = None
    """The step up to which both series have been taken."""


class DerivedCharts(Struct):
    """Computes formulas of a run, and goes on from where it was when the run has grown."""

    _made: dict[tuple[str, Formula], _Made] = field(default_factory=dict)

    def series(self, run: RunState, formulas: Sequence[Formula]) -> tuple[SeriesState, ...]:
        """The series of the formulas whose both parts the run has, as if they had been logged."""
        views = {s.name: s.view for s in run.series}
        out = []
        for formula in formulas:
            first, second = views.get(formula.first), views.get(formula.second)
            if first is not None and second is not None:
                view = self._view(run.path, formula, first, second)
                if len(view):
                    out.append(SeriesState(view, derived=True))
        return tuple(out)

    def _view(self, path: str, formula: Formula, first: SeriesView, second: SeriesView) -> SeriesView:
        made = self._made.get((path, formula))
        segments = len(first.segments), len(second.segments)
        lengths = len(first), len(second)
        shrunk = made is not None and (lengths[0] < made.lengths[0] or lengths[1] < made.lengths[1])
        views = zip((first, second), made.lengths if made is not None else (), strict=False)
        again = made is not None and any(_repeats(view, seen, made.last) for view, seen in views)
        if made is None or made.segments != segments or shrunk or again:
            made = self._made[path, formula] = _Made(Series(formula.name), segments=segments)
            steps_a, at_a = _standing(first)
            steps_b, at_b = _standing(second)
        elif made.lengths == lengths:
            return made.series.view()
        else:
            steps_a, at_a = _since(first, made.last)
            steps_b, at_b = _since(second, made.last)
        made.lengths = lengths
        steps, of_a, of_b = np.intersect1d(steps_a, steps_b, assume_unique=True, return_indices=True)
        if len(steps):
            a, b = at_a[of_a], at_b[of_b]
            walls = None if first.wall_times is None else first.wall_times[a]
            values = formula.of(first.values[a], second.values[b])
            made.series.extend(Column(formula.name, steps, values, walls))
            made.last = int(steps[-1])
        return made.series.view()


def _repeats(view: SeriesView, seen: int, last: int | None) -> bool:
    """Whether a step that has been taken was logged once more since."""
    return last is not None and seen < len(view) and int(view.steps[seen]) <= last


def _standing(view: SeriesView) -> tuple[Ints, Ints]:
    """Each step once, with the index of the point that stands there: the last one logged."""
    backwards = view.steps[::-1]
    steps, first = np.unique(backwards, return_index=True)
    return steps, len(view) - 1 - first


def _since(view: SeriesView, step: int | None) -> tuple[Ints, Ints]:
    """The points of the newest segment after `step`, each step once."""
    if not len(view):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    begin = view.segments[-1]
    if step is not None:
        begin += int(np.searchsorted(view.steps[begin:], step, side="right"))
    steps, first = np.unique(view.steps[begin:][::-1], return_index=True)
    return steps, len(view) - 1 - first
