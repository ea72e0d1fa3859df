"""One training run: its series, their roles, and the faults found while reading."""

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
"""Prefix of series measured from sample grids; the rest of the name gives the role."""
_MAX_CANDIDATES = 4
MAX_FAULTS = 1_000
"""A log can be broken on every line: this many faults are kept, the rest are counted."""
_LOSSES = frozenset({"d_loss", "g_loss", "d_loss_real", "d_loss_fake"})
"""Roles of which a player pair has at least one."""


class _DerivedSeries(Struct):
    """A derived series, and how many points of its parts it has used."""

    derivation: Derivation
    series: Series
    used: tuple[int, int] = (0, 0)


class Run:
    """The growing store of one run. Belongs to one thread; others get frozen views.

    Args:
        name: Short name for display.
        path: The path as given.
        overrides: Series name to role, as set by the user; "none" removes a role.
    """

    def __init__(self, name: str, path: str, overrides: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.path = path
        self.overrides = dict(overrides or {})
        self._axes: dict[str, str] = {}
        self.faults: list[Fault] = []
        self.more_faults = 0
        """Number of faults beyond `MAX_FAULTS`."""
        self.series: dict[str, Series] = {}
        self.points_added = 0
        """Total number of points ever added."""
        self.changes = 0
        """Counts changes other than appended points: a new series, a restart, a changed role."""
        self._owner: dict[str, str] = {}
        self._current: dict[str, CurrentSegments] = {}
        self._assigned: dict[str, Assignment] | None = None
        self._derived: dict[str, _DerivedSeries] = {}
        self._measured: dict[str, Series] = {}

    def forget(self, log: str) -> None:
        """Remove the series of a log that was rewritten, and all faults."""
        self.more_faults, self._assigned = 0, None
        self.changes += 1
        self._axes.pop(log, None)
        self.faults.clear()
        self._derived.clear()
        self._current.clear()
        for name in [name for name, owner in self._owner.items() if owner == log]:
            del self._owner[name]
            self.series.pop(name, None)

    @property
    def axis(self) -> str:
        """What a step counts ("step", "epoch", ...), by the first log that says so; "" if none does."""
        return next(iter(self._axes.values()), "")

    def axis_of(self, name: str) -> str:
        """Return what the steps of the series `name` count, by its own log; "" if unknown."""
        self.assignments()
        if name in self._derived:
            name = self._derived[name].derivation.parts[0]
        return self._axes.get(self._owner.get(name, ""), self.axis)

    def set_axis(self, log: str, axis: str) -> None:
        """Set what the steps of a log count; the log may correct it as it grows. "" changes nothing."""
        if axis:
            self._axes[log] = axis

    def override(self, name: str, role: str) -> None:
        """Set the role of a series; "none" removes it, "" goes back to the inferred one."""
        self.overrides[name] = role
        if not role:
            del self.overrides[name]
        self._assigned = None
        self.changes += 1

    def add(self, batch: Batch, log: str = "", growth: float = 0.0) -> None:
        """Add the points and faults of `batch`.

        Args:
            batch: New points.
            log: The log they come from. If several logs of a run have the same series, it is taken
                from the one that had it first.
            growth: Estimated size of the rest of the log relative to the batch, if known.
        """
        self._extend(batch.columns, log, growth)
        kept = MAX_FAULTS - len(self.faults)
        self.faults.extend(batch.faults[:kept])
        self.more_faults += max(0, len(batch.faults) - kept)

    def _extend(self, columns: Sequence[Column], log: str, growth: float) -> None:
        """Append points to their series, so that series with the same steps share one step array."""
        candidates: list[Series] = []
        by_steps: dict[int, Series] = {}
        for column in columns:
            series = self._series_for(column.name, log)
            if series is None:
                continue
            segments = len(series.segments)
            series.extend(column, growth, candidates, by_steps.setdefault(id(column.steps), series))
            self.points_added += len(column.steps)
            self.changes += segments != len(series.segments)
            shared = any(series.step_array is other.step_array for other in candidates)
            if not shared and len(candidates) < _MAX_CANDIDATES:
                candidates.append(series)

    def _series_for(self, name: str, log: str) -> Series | None:
        """Return the series that takes points of this name from this log, None if another log has it."""
        if self._owner.setdefault(name, log) != log:
            return None
        series = self.series.get(name)
        if series is None:
            series = self.series[name] = Series(name)
            self._assigned = None
            self.changes += 1
        return series

    def assignments(self) -> Mapping[str, Assignment]:
        """Return role and pair of every logged series, by name."""
        if self._assigned is None:
            self._assigned = assign(list(self.series), overrides=self.overrides)
            needed = {d.name: d for d in derivations(self._assigned)}
            kept = {n: s for n, s in self._derived.items() if needed.get(n) == s.derivation}
            self._derived = {n: kept.get(n, _DerivedSeries(d, Series(n))) for n, d in needed.items()}
            for name in self._derived.keys() - kept.keys():
                self._current.pop(name, None)
        return self._assigned

    def derived(self) -> list[tuple[Derivation, SeriesView]]:
        """Return the computed series (d_loss from its real and fake terms), up to date."""
        self.assignments()
        for derived in self._derived.values():
            self._extend_derived(derived)
        return [(d.derivation, d.series.view()) for d in self._derived.values() if len(d.series)]

    def _extend_derived(self, derived: _DerivedSeries) -> None:
        first, second = (self.series[name].view() for name in derived.derivation.parts)
        i, j = derived.used
        first_steps, second_steps = first.steps[i:], second.steps[j:]
        count = min(len(first_steps), len(second_steps))
        if count and np.array_equal(first_steps[:count], second_steps[:count]):
            derived.used = (i + count, j + count)
            _append_sum(derived.series, first, second, slice(i, i + count), slice(j, j + count))
            return
        matches = []
        while i < len(first) and j < len(second):
            a, b = int(first.steps[i]), int(second.steps[j])
            if a == b:
                matches.append((i, j))
            i, j = i + (a <= b), j + (b <= a)
        derived.used = (i, j)
        if matches:
            indices = np.array(matches)
            _append_sum(derived.series, first, second, indices[:, 0], indices[:, 1])

    def measure(self, columns: Sequence[Column]) -> None:
        """Replace the series measured from sample grids.

        Args:
            columns: Named "samples/diversity" and so on. Grids are measured newest first, so each call
                gives the whole series.
        """
        self.changes += 1
        self._measured = {c.name: Series(c.name) for c in columns}
        for column in columns:
            self._measured[column.name].extend(column)

    def measured(self) -> list[tuple[str, SeriesView]]:
        """Return role and series of everything measured from sample grids."""
        return [(name.replace(MEASURED, "sample_"), series.view()) for name, series in self._measured.items()]

    def pairs(self) -> tuple[PlayerPair, ...]:
        """Return the discriminator and generator pairs with their current curves."""
        names = tuple(self.series)
        by_pair: dict[str | None, dict[str, Curve]] = {}
        for name, assignment in self.assignments().items():
            if assignment.role is not None:
                view = self.series[name].view()
                by_pair.setdefault(assignment.pair, {})[assignment.role] = self._curve(view)
        for derivation, view in self.derived():
            by_pair.setdefault(derivation.pair, {})[derivation.role] = self._curve(view)
        measured = {role: Curve(view.name, view.steps, view.values) for role, view in self.measured()}
        return tuple(
            PlayerPair({**curves, **measured}, pair, names)
            for pair, curves in by_pair.items()
            if _LOSSES & curves.keys()
        )

    def _curve(self, view: SeriesView) -> Curve:
        return self._current.setdefault(view.name, CurrentSegments()).curve(view)


def _append_sum(
    series: Series,
    first: SeriesView,
    second: SeriesView,
    first_index: slice | np.ndarray,
    second_index: slice | np.ndarray,
) -> None:
    """Append the sums of two series at equal steps."""
    walls = None if first.wall_times is None else first.wall_times[first_index]
    with np.errstate(invalid="ignore"):  # inf + -inf is NaN, and is shown as such
        values = first.values[first_index] + second.values[second_index]
    series.extend(Column(series.name, first.steps[first_index], values, walls))
