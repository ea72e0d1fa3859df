"""Rows of named numbers into columns with steps, however many rows come at once."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

import numpy as np

from gan_tui.logs.model import Column, Floats, Ints, joined
from gan_tui.logs.parsing.step_axis import MAYBE_CLOCK, StepAxis
from gan_tui.logs.parsing.step_merging import StepMerger

MAX_SERIES = 20_000
"""More names than this are no metrics: what comes after them is passed over, and said once."""


class Records:
    """Collects flat records, as JSON lines hold them, and gives their columns."""

    def __init__(self) -> None:
        self._stepping = StepMerger()
        self._rows: list[tuple[tuple[str, ...], Mapping[str, float]]] = []
        self._counters: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._names: set[str] = set()

    @property
    def axis(self) -> str:
        """What a step counts; "" until it is known."""
        return self._stepping.axis

    def add(self, record: Mapping[str, float]) -> bool:
        """Take one record; one without numbers is none.

        Returns:
            Whether there was room: a record with new names beyond `MAX_SERIES` is not taken.
        """
        names = tuple(record)
        if names not in self._counters:
            if len(self._names | record.keys()) > MAX_SERIES:
                return False
            self._names |= record.keys()
            if len(self._counters) >= MAX_SERIES:
                self._counters.clear()
            self._counters[names] = _counters(names)
        if names:
            self._rows.append((names, record))
        return True

    def take(self) -> tuple[Column, ...]:
        """The columns of the records since the last call."""
        rows, self._rows = self._rows, []
        parts: dict[str, list[Column]] = {}
        for names, group in groupby(rows, key=lambda row: row[0]):
            for column in self._columns(names, [record for _, record in group]):
                parts.setdefault(column.name, []).append(column)
        return tuple(joined(columns) for columns in parts.values())

    def _columns(self, names: tuple[str, ...], rows: list[Mapping[str, float]]) -> list[Column]:
        cells = {n: np.array([row[n] for row in rows], np.float64) for n in names}
        counters = self._counters.get(names) or _counters(names)
        steps, walls, consumed = self._stepping.place(counters, {n: cells[n] for n in counters}, len(rows))
        return [Column(n, steps, values, walls) for n, values in cells.items() if n not in consumed]


def _counters(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names that count steps or may hold the time of day."""
    consumed = StepAxis(names).consumed
    return tuple(n for n in names if n in consumed or n.lower() in MAYBE_CLOCK)


def columns_of_lists(
    lists: Mapping[str, Floats], missing: Mapping[str, Ints]
) -> tuple[str, tuple[Column, ...]]:
    """The columns of lists of one length, as a JSON object of lists or a table holds them.

    Args:
        lists: Values by name, each of shape (n,), n > 0.
        missing: Indexes by name where there is no value, for the names that lack some.

    Returns:
        What a step counts, and a column for each list that does not count the steps.
    """
    axis = StepAxis(tuple(lists))
    cells = {n: v.copy() if n in missing else v for n, v in lists.items()}
    for name, places in missing.items():
        cells[name][places] = np.nan
    rows = len(next(iter(cells.values())))
    steps, walls = axis.steps(cells, rows), axis.wall_times(cells, rows)
    columns = []
    for name, values in lists.items():
        if name in axis.consumed:
            continue
        keep = np.delete(np.arange(rows), missing[name]) if name in missing else slice(None)
        columns.append(Column(name, steps[keep], values[keep], None if walls is None else walls[keep]))
    return axis.kind, tuple(columns)
