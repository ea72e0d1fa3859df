"""Turn rows of named numbers into columns with steps, however many rows arrive at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from gan_tui.logs.model import Column, Floats, Ints, join_columns
from gan_tui.logs.parsing.step_axis import MAYBE_CLOCK, StepAxis
from gan_tui.logs.parsing.step_merging import StepMerger

MAX_SERIES = 20_000
"""More names than this are no metrics: records with further names are left out, with a fault."""


class RecordCollector:
    """Collects flat records, as JSON lines hold them, and returns their columns."""

    def __init__(self) -> None:
        self._merger = StepMerger()
        self._groups: list[_Group] = []
        self._counters: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._names: set[str] = set()

    @property
    def axis(self) -> str:
        """What a step counts; "" until it is known."""
        return self._merger.axis

    def add(self, record: Mapping[str, float]) -> bool:
        """Add one record; one without numbers is ignored.

        Returns:
            False if the record is left out, because its names go beyond `MAX_SERIES`.
        """
        return not self.extend((record,))

    def extend(self, records: Iterable[Mapping[str, float]]) -> list[int]:
        """Add many records.

        Returns:
            Indexes of the records that are left out, because their names go beyond `MAX_SERIES`.
        """
        left_out = []
        group = self._groups[-1] if self._groups else None
        for index, record in enumerate(records):
            names = tuple(record)
            if group is None or names != group.names:
                if not names:
                    continue
                if not self._is_known(names):
                    left_out.append(index)
                    continue
                group = _Group(names)
                self._groups.append(group)
            group.cells.extend(record.values())
        return left_out

    def _is_known(self, names: tuple[str, ...]) -> bool:
        """Whether records with these names are read; new names are noted while there are few enough."""
        if names in self._counters:
            return True
        if len(self._names.union(names)) > MAX_SERIES:
            return False
        self._names.update(names)
        if len(self._counters) >= MAX_SERIES:
            self._counters.clear()
        self._counters[names] = _counters(names)
        return True

    def take(self) -> tuple[Column, ...]:
        """Return the columns of the records since the last call."""
        groups, self._groups = self._groups, []
        parts: dict[str, list[Column]] = {}
        for group in groups:
            for column in self._columns(group):
                parts.setdefault(column.name, []).append(column)
        return tuple(join_columns(columns) for columns in parts.values())

    def _columns(self, group: _Group) -> list[Column]:
        names = group.names
        table = np.ascontiguousarray(np.array(group.cells, np.float64).reshape(-1, len(names)).T)
        cells = dict(zip(names, table, strict=True))
        counters = self._counters.get(names) or _counters(names)
        rows = table.shape[1]
        steps, walls, consumed = self._merger.add_rows(counters, {n: cells[n] for n in counters}, rows)
        return [Column(n, steps, values, walls) for n, values in cells.items() if n not in consumed]


class _Group:
    """Successive records with the same names."""

    __slots__ = ("cells", "names")

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.cells: list[float] = []
        """The values, record by record."""


def _counters(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that count steps or may hold the time of day."""
    consumed = StepAxis(names).consumed
    return tuple(n for n in names if n in consumed or n.lower() in MAYBE_CLOCK)


def columns_of_lists(
    lists: Mapping[str, Floats], missing: Mapping[str, Ints]
) -> tuple[str, tuple[Column, ...]]:
    """Return the columns of lists of one length, as in a JSON object of lists or a table.

    Args:
        lists: Values by name, each of shape (n,), n > 0.
        missing: Indexes without a value, by name, for the names that lack some.

    Returns:
        What a step counts, and a column for each list that does not count steps.
    """
    axis = StepAxis(tuple(lists))
    cells = {n: v.copy() if n in missing else v for n, v in lists.items()}
    for name, indexes in missing.items():
        cells[name][indexes] = np.nan
    rows = len(next(iter(cells.values())))
    steps, walls = axis.steps(cells, rows), axis.wall_times(cells, rows)
    columns = []
    for name, values in lists.items():
        if name in axis.consumed:
            continue
        keep = np.delete(np.arange(rows), missing[name]) if name in missing else slice(None)
        columns.append(Column(name, steps[keep], values[keep], None if walls is None else walls[keep]))
    return axis.kind, tuple(columns)
