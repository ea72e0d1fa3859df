"""One training run: its series, what they mean, and the faults met while reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from gan_tui.logs.model import Batch, Column, Fault
from gan_tui.run.derived import Derivation, derivations
from gan_tui.run.pair import Curve, PlayerPair
from gan_tui.run.restarts import CurrentSegments
from gan_tui.run.roles.inference import Assignment, assign
from gan_tui.run.series import Series
from gan_tui.run.series_view import SeriesView

MEASURED = "samples/"
"""Series measured from sample grids are named so; the rest of the name tells the role."""
_MOST_LEADERS = 4
FAULTS_KEPT = 1_000
"""A log can be broken on every line: this many faults are kept in full, the rest are counted."""


class _Sum(Struct):
    """A derived series and how far into its parts it has come."""

    derivation: Derivation
    series: Series
    taken: tuple[int, int] = (0, 0)


class Run:
    """The growing store of one run. One thread owns it; others see its frozen views.

    Args:
        name: Short name for people.
        path: The path as given.
        overrides: Series name to role, as a person said; "none" takes a role away.
    """

    def __init__(self, name: str, path: str, overrides: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.path = path
        self.overrides = dict(overrides or {})
        self._axes: dict[str, str] = {}
        self.faults: list[Fault] = []
        self.faults_beyond = 0
        self.series: dict[str, Series] = {}
        self.grown = 0
        """Points that were added, ever."""
        self.altered = 0
        """Counts what was more than points that follow others: a new series, a restart, a changed role."""
        self._owner: dict[str, str] = {}
        self._standing: dict[str, CurrentSegments] = {}
        self._assigned: dict[str, Assignment] | None = None
        self._sums: dict[str, _Sum] = {}
        self._measured: dict[str, Series] = {}

    def forget(self, log: str) -> None:
        """Forget what one log gave, and every fault: it was written anew."""
        self.faults_beyond, self._assigned = 0, None
        self.altered += 1
        self._axes.pop(log, None)
        self.faults.clear()
        self._sums.clear()
        self._standing.clear()
        for name in [name for name, owner in self._owner.items() if owner == log]:
            del self._owner[name]
            self.series.pop(name, None)

    @property
    def axis(self) -> str:
        """What a step counts, as the first log that says it does; "" until one has."""
        return next(iter(self._axes.values()), "")

    def axis_of(self, name: str) -> str:
        """What the steps of the series `name` count, as the log that it is from says; "" where none says."""
        self.assignments()
        if name in self._sums:
            name = self._sums[name].derivation.parts[0]
        return self._axes.get(self._owner.get(name, ""), self.axis)

    def counted_by(self, log: str, axis: str) -> None:
        """Take what a log says its steps count; it may know better once it has grown."""
        if axis:
            self._axes[log] = axis

    def override(self, name: str, role: str) -> None:
        """Take a person's word for the role of a series; "none" takes it away, "" leaves it to the name."""
        self.overrides[name] = role
        if not role:
            del self.overrides[name]
        self._assigned = None
        self.altered += 1

    def add(self, batch: Batch, log: str = "", ahead: float = 0.0) -> None:
        """Take the points and faults of `batch`.

        Args:
            batch: New points.
            log: Which log they come from. One folder may hold several logs of one run; a series
                that two of them carry is taken from the first that wrote it.
            ahead: About so many times as much of the log is still to come, where that can be told.
        """
        self._extend(batch.columns, log, ahead)
        room = FAULTS_KEPT - len(self.faults)
        self.faults.extend(batch.faults[:room])
        self.faults_beyond += max(0, len(batch.faults) - room)

    def _extend(self, columns: Sequence[Column], log: str, ahead: float) -> None:
        """Append new points to their series, those with the same steps together."""
        taking = [(column, self._taking(column.name, log)) for column in columns]
        leaders: list[Series] = []
        fellows: dict[int, Series] = {}
        for column, series in taking:
            if series is not None:
                segments = len(series.segments)
                series.extend(column, ahead, leaders, fellows.setdefault(id(column.steps), series))
                self.grown += len(column.steps)
                self.altered += segments != len(series.segments)
                together = any(series.held_steps is leader.held_steps for leader in leaders)
                if not together and len(leaders) < _MOST_LEADERS:
                    leaders.append(series)

    def _taking(self, name: str, log: str) -> Series | None:
        """The series that takes points of this name from this log."""
        if self._owner.setdefault(name, log) != log:
            return None
        series = self.series.get(name)
        if series is None:
            series = self.series[name] = Series(name)
            self._assigned = None
            self.altered += 1
        return series

    def assignments(self) -> Mapping[str, Assignment]:
        """Role and pair of every series in the log, by name."""
        if self._assigned is None:
            self._assigned = assign(list(self.series), overrides=self.overrides)
            wanted = {d.name: d for d in derivations(self._assigned)}
            kept = {n: s for n, s in self._sums.items() if wanted.get(n) == s.derivation}
            self._sums = {n: kept.get(n, _Sum(d, Series(n))) for n, d in wanted.items()}
            for name in self._sums.keys() - kept.keys():
                self._standing.pop(name, None)
        return self._assigned

    def derived(self) -> list[tuple[Derivation, SeriesView]]:
        """Series computed here (d_loss from its halves), brought up to date."""
        self.assignments()
        for total in self._sums.values():
            self._extend_sum(total)
        return [(s.derivation, s.series.view()) for s in self._sums.values() if len(s.series)]

    def _extend_sum(self, total: _Sum) -> None:
        first, second = (self.series[name].view() for name in total.derivation.parts)
        i, j = total.taken
        steps_a, steps_b = first.steps[i:], second.steps[j:]
        count = min(len(steps_a), len(steps_b))
        if count and np.array_equal(steps_a[:count], steps_b[:count]):
            pick_a, pick_b = slice(i, i + count), slice(j, j + count)
            total.taken = (i + count, j + count)
            self._append_sum(total.series, first, second, pick_a, pick_b)
            return
        pairs = []
        while i < len(first) and j < len(second):
            a, b = int(first.steps[i]), int(second.steps[j])
            if a == b:
                pairs.append((i, j))
            i, j = i + (a <= b), j + (b <= a)
        total.taken = (i, j)
        if pairs:
            picked = np.array(pairs)
            self._append_sum(total.series, first, second, picked[:, 0], picked[:, 1])

    @staticmethod
    def _append_sum(
        series: Series,
        first: SeriesView,
        second: SeriesView,
        pick_a: slice | np.ndarray,
        pick_b: slice | np.ndarray,
    ) -> None:
        walls = None if first.wall_times is None else first.wall_times[pick_a]
        with np.errstate(invalid="ignore"):  # inf + -inf is NaN, and is shown as such
            values = first.values[pick_a] + second.values[pick_b]
        series.extend(Column(series.name, first.steps[pick_a], values, walls))

    def measure(self, columns: Sequence[Column]) -> None:
        """Take what sample grids show, in place of what was measured before.

        Args:
            columns: Named "samples/diversity" and so on; grids are measured newest first, so each
                time the whole curve is given anew.
        """
        self.altered += 1
        self._measured = {c.name: Series(c.name) for c in columns}
        for column in columns:
            self._measured[column.name].extend(column)

    def measured(self) -> list[tuple[str, SeriesView]]:
        """Role and series of what sample grids show."""
        return [(name.replace(MEASURED, "sample_"), series.view()) for name, series in self._measured.items()]

    def pairs(self) -> tuple[PlayerPair, ...]:
        """Discriminator and generator pairs with their curves, restarts resolved."""
        names = tuple(self.series)
        by_pair: dict[str | None, dict[str, Curve]] = {}
        for name, assignment in self.assignments().items():
            if assignment.role is not None:
                view = self.series[name].view()
                by_pair.setdefault(assignment.pair, {})[assignment.role] = self._curve(view)
        for derivation, view in self.derived():
            by_pair.setdefault(derivation.pair, {})[derivation.role] = self._curve(view)
        measured = {role: Curve(view.name, view.steps, view.values) for role, view in self.measured()}
        playing = {"d_loss", "g_loss", "d_loss_real", "d_loss_fake"}
        return tuple(
            PlayerPair({**curves, **measured}, pair, names)
            for pair, curves in by_pair.items()
            if playing & curves.keys()
        )

    def _curve(self, view: SeriesView) -> Curve:
        return self._standing.setdefault(view.name, CurrentSegments()).curve(view)
