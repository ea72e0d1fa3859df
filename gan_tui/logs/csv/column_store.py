"""Growing columns of cells: whole blocks of rows at once, or row by row."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import numpy as np
from msgspec import Struct

from gan_tui.logs.model import Floats, Mask


class Contents(Enum):
    """What the cells of a column contain, as far as its rows have shown."""

    UNKNOWN = "unknown"
    TEXT = "text"
    NUMBERS = "numbers"


class SpecialCell(Enum):
    """What a cell contains that is not a number."""

    MISSING = "missing"
    TEXT = "text"
    TOO_LARGE = "too large"


class Cells(Struct, frozen=True):
    """Decoded cells of many rows that are not added yet."""

    values: list[Floats]
    """For each column, shape (n,); NaN where missing."""
    missing: list[Mask | None]
    """For each column a mask of the missing cells, None for none."""
    by_hand: Mask | None
    """Rows that have to be read one by one, in their turn."""
    decided: list[tuple[int, Contents]]
    """Columns that these rows show to contain text or numbers."""
    unmeasured: list[int]
    """Columns that these rows show to be series without a point."""


class ColumnStore:
    """Values and missing cells of one table, until they are taken.

    Args:
        columns: Number of columns.
    """

    def __init__(self, columns: int) -> None:
        self.rows = 0
        """Number of rows."""
        self.has_reserve = False
        """Whether memory is reserved for rows to come."""
        self._columns = columns
        self._values = np.empty((columns, 0))
        self._stored = 0
        self._missing: list[list[tuple[int, Mask]]] = [[] for _ in range(columns)]
        """For each column masks of missing cells, each with its first row."""
        self._single_rows: list[list[float]] = []
        """Rows that were added one by one, and are not in `_values` yet."""
        self._single_missing: list[tuple[int, int]] = []
        """Column and row of their missing cells."""

    def reserve_more(self, rows: int) -> None:
        """Reserve memory for rows that are expected after those added so far."""
        self._grow(self.rows + rows)
        self.has_reserve = True

    def add(self, values: list[float], missing: Sequence[int]) -> None:
        """Add one row; `missing` are the columns whose cell is missing."""
        if missing:
            self._single_missing.extend((column, self.rows) for column in missing)
        self._single_rows.append(values)
        self.rows += 1

    def reserve(self, rows: int) -> Floats:
        """Return the memory for the values of further rows, shape (columns, rows), to `commit` later."""
        self._store_single_rows()
        self._grow(self._stored + rows)
        return self._values[:, self._stored : self._stored + rows]

    def commit(self, rows: int, missing: Sequence[Mask | None]) -> None:
        """Add rows whose values were written to what `reserve` returned, NaN where a cell is missing.

        Args:
            rows: Number of rows.
            missing: For each column a mask of the missing cells, None for none. The masks are kept.
        """
        for column, mask in enumerate(missing):
            if mask is not None and mask.any():
                self._missing[column].append((self._stored, mask))
        self._stored = self.rows = self._stored + rows

    def extend(self, values: Sequence[Floats], missing: Sequence[Mask | None]) -> None:
        """Add rows by columns.

        Args:
            values: For each column, shape (n,); NaN where missing.
            missing: For each column a mask of the missing cells, None for none. The masks are kept.
        """
        rows = len(values[0])
        into = self.reserve(rows)
        for column, cells in enumerate(values):
            into[column] = cells
        self.commit(rows, missing)

    def column(self, column: int) -> tuple[Floats, Mask | None]:
        """Return values of shape (rows,), NaN where missing, and a mask of the valid ones (None for all)."""
        self._store_single_rows()
        values = self._values[column, : self._stored]
        if not self._missing[column]:
            return values, None
        valid = np.ones(self._stored, bool)
        for begin, missing in self._missing[column]:
            np.logical_not(missing, out=valid[begin : begin + len(missing)])
        return values, valid

    def _store_single_rows(self) -> None:
        if not self._single_rows:
            return
        begin = self._stored
        self._grow(self.rows)
        self._values[:, begin : self.rows] = np.array(self._single_rows).T
        by_column: dict[int, list[int]] = {}
        for column, row in self._single_missing:
            by_column.setdefault(column, []).append(row)
        for column, rows in by_column.items():
            missing = np.zeros(self.rows - begin, bool)
            missing[np.array(rows) - begin] = True
            self._missing[column].append((begin, missing))
        self._stored = self.rows
        self._single_rows, self._single_missing = [], []

    def _grow(self, rows: int) -> None:
        capacity = self._values.shape[1]
        if rows > capacity:
            grown = np.empty((self._columns, rows if not capacity else max(rows, capacity * 5 // 4)))
            grown[:, : self._stored] = self._values[:, : self._stored]
            self._values = grown
