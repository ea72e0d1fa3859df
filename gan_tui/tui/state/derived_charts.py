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
    """How two series are combined."""

    RATIO = "ratio"
    DIFFERENCE = "difference"

    @property
    def symbol(self) -> str:
        """The operator between two names."""
        return "/" if self is Operation.RATIO else "-"


class Formula(Struct, frozen=True):
    """A derived chart that the user created."""

    operation: Operation
    first: str
    second: str

    @property
    def title(self) -> str:
        """The title of the chart."""
        return f"{clean(self.first, 24)} {self.operation.symbol} {clean(self.second, 24)}"

    @property
    def name(self) -> str:
        """The name of the series in an export."""
        return f"{self.first} {self.operation.symbol} {self.second}"

    def evaluate(self, first: Floats, second: Floats) -> Floats:
        """Return the values. Division by zero gives an infinity, which charts mark."""
        with np.errstate(all="ignore"):
            return first / second if self.operation is Operation.RATIO else first - second


class _DerivedSeries(Struct):
    """A derived series, and how much of its two operands it already contains."""

    series: Series
    lengths: tuple[int, int] = (0, 0)
    """Number of points of each operand."""
    segments: tuple[int, int] = (0, 0)
    """Number of segments of each operand."""
    last_step: int | None = None
    """The last step that both operands had."""


class DerivedCharts(Struct):
    """Evaluates formulas for runs, and extends the results when the runs grow."""

    _cache: dict[tuple[str, Formula], _DerivedSeries] = field(default_factory=dict)

    def series(self, run: RunState, formulas: Sequence[Formula]) -> tuple[SeriesState, ...]:
        """Return a series for each formula whose operands the run has, as if it had been logged."""
        views = {s.name: s.view for s in run.series}
        results = []
        for formula in formulas:
            first, second = views.get(formula.first), views.get(formula.second)
            if first is not None and second is not None:
                view = self._view(run.path, formula, first, second)
                if len(view):
                    results.append(SeriesState(view, derived=True))
        return tuple(results)

    def _view(self, path: str, formula: Formula, first: SeriesView, second: SeriesView) -> SeriesView:
        derived = self._cache.get((path, formula))
        segments = len(first.segments), len(second.segments)
        lengths = len(first), len(second)
        if derived is None or derived.segments != segments or _is_outdated(derived, first, second):
            derived = self._cache[path, formula] = _DerivedSeries(Series(formula.name), segments=segments)
            steps_first, indices_first = _last_point_of_each_step(first)
            steps_second, indices_second = _last_point_of_each_step(second)
        elif derived.lengths == lengths:
            return derived.series.view()
        else:
            steps_first, indices_first = _points_after(first, derived.last_step)
            steps_second, indices_second = _points_after(second, derived.last_step)
        derived.lengths = lengths
        steps, common_first, common_second = np.intersect1d(
            steps_first, steps_second, assume_unique=True, return_indices=True
        )
        if len(steps):
            indices_first, indices_second = indices_first[common_first], indices_second[common_second]
            wall_times = None if first.wall_times is None else first.wall_times[indices_first]
            values = formula.evaluate(first.values[indices_first], second.values[indices_second])
            derived.series.extend(Column(formula.name, steps, values, wall_times))
            derived.last_step = int(steps[-1])
        return derived.series.view()


def _is_outdated(derived: _DerivedSeries, first: SeriesView, second: SeriesView) -> bool:
    """Whether an operand has become shorter, or has logged a step again that is already included."""
    return any(
        len(view) < length or _logs_step_again(view, length, derived.last_step)
        for view, length in zip((first, second), derived.lengths, strict=True)
    )


def _logs_step_again(view: SeriesView, length: int, last_step: int | None) -> bool:
    return last_step is not None and length < len(view) and int(view.steps[length]) <= last_step


def _last_point_of_each_step(view: SeriesView) -> tuple[Ints, Ints]:
    """Return each step once, with the index of the last point logged for it."""
    steps, first = np.unique(view.steps[::-1], return_index=True)
    return steps, len(view) - 1 - first


def _points_after(view: SeriesView, step: int | None) -> tuple[Ints, Ints]:
    """Return the steps of the newest segment after `step`, each once, with the index of its last point."""
    if not len(view):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    begin = view.segments[-1]
    if step is not None:
        begin += int(np.searchsorted(view.steps[begin:], step, side="right"))
    steps, first = np.unique(view.steps[begin:][::-1], return_index=True)
    return steps, len(view) - 1 - first
