"""The cells of a table as columns that grow: whole blocks of rows at once, or row by row."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import numpy as np
from msgspec import Struct

from gan_tui.logs.csv.fast.buffer import Mask
from gan_tui.logs.model import Floats


class Holds(Enum):
    """What the cells of a column have shown to hold so far."""

    NOTHING = "nothing"
    WORDS = "words"
    NUMBERS = "numbers"


class SpecialCell(Enum):
    """What a cell holds that is no number."""

    MISSING = "missing"
    WORDS = "words"
    TOO_LARGE = "too large"


class Cells(Struct, frozen=True):
    """Decoded cells of many rows, none of them taken yet."""

    values: list[Floats]
    """For each column, shape (n,); NaN where missing."""
    gaps: list[Mask | None]
    """For each column the missing cells, None for none."""
    by_hand: Mask | None
    """Rows that have to be taken one by one, in their turn."""
    settled: list[tuple[int, Holds]]
    """Columns that these rows show to hold words or numbers."""
    unmeasured: list[int]
    """Columns that these rows show to be series without a point."""


class ColumnStore:
    """Values and gaps of one table, until they are taken.

    Args:
        columns: How many columns.
    """

    def __init__(self, columns: int) -> None:
        self.rows = 0
        """Rows held."""
        self.has_room = False
        """Room was made for rows to come."""
        self._columns = columns
        self._values = np.empty((columns, 0))
        self._stored = 0
        self._gaps: list[list[tuple[int, Mask]]] = [[] for _ in range(columns)]
        """For each column the row from which on some are missing, and which."""
        self._fresh: list[list[float]] = []
        self._fresh_gaps: list[tuple[int, int]] = []

    def make_room(self, rows: int) -> None:
        """Make room for so many more rows, where the bytes at hand tell how many come."""
        self._reserve(self.rows + rows)
        self.has_room = True

    def add(self, values: list[float], gaps: Sequence[int]) -> None:
        """One row; `gaps` are the columns whose cell is missing."""
        if gaps:
            self._fresh_gaps.extend((column, self.rows) for column in gaps)
        self._fresh.append(values)
        self.rows += 1

    def room(self, rows: int) -> Floats:
        """Where the values of further rows go, shape (columns, rows); `fill` tells that they are there."""
        self._settle()
        self._reserve(self._stored + rows)
        return self._values[:, self._stored : self._stored + rows]

    def fill(self, rows: int, gaps: Sequence[Mask | None]) -> None:
        """Take rows whose values were written into `room`, NaN where a cell is missing.

        Args:
            rows: How many.
            gaps: For each column a mask of the missing cells, None for none. It is kept.
        """
        for column, missing in enumerate(gaps):
            if missing is not None and missing.any():
                self._gaps[column].append((self._stored, missing))
        self._stored = self.rows = self._stored + rows

    def extend(self, values: Sequence[Floats], gaps: Sequence[Mask | None]) -> None:
        """Rows by columns: of each the values, shape (n,), NaN where missing, and a mask of these to keep."""
        self._settle()
        begin, count = self._stored, len(values[0])
        self._reserve(begin + count)
        for column, (cells, missing) in enumerate(zip(values, gaps, strict=True)):
            self._values[column, begin : begin + count] = cells
            if missing is not None and missing.any():
                self._gaps[column].append((begin, missing))
        self._stored = self.rows = begin + count

    def column(self, column: int) -> tuple[Floats, Mask | None]:
        """Values of shape (rows,), NaN where missing, and a mask of those that are there (None for all)."""
        self._settle()
        values = self._values[column, : self._stored]
        if not self._gaps[column]:
            return values, None
        there = np.ones(self._stored, bool)
        for begin, missing in self._gaps[column]:
            np.logical_not(missing, out=there[begin : begin + len(missing)])
        return values, there

    def _settle(self) -> None:
        """Move rows that came one by one to the columns."""
        if not self._fresh:
            return
        begin = self._stored
        self._reserve(self.rows)
        self._values[:, begin : self.rows] = np.array(self._fresh).T
        by_column: dict[int, list[int]] = {}
        for column, row in self._fresh_gaps:
            by_column.setdefault(column, []).append(row)
        for column, rows in by_column.items():
            missing = np.zeros(self.rows - begin, bool)
            missing[np.array(rows) - begin] = True
            self._gaps[column].append((begin, missing))
        self._stored = self.rows
        self._fresh, self._fresh_gaps = [], []

    def _reserve(self, rows: int) -> None:
        room = self._values.shape[1]
        if rows > room:
            grown = np.empty((self._columns, rows if not room else max(rows, room * 5 // 4)))
            grown[:, : self._stored] = self._values[:, : self._stored]
            self._values = grown
