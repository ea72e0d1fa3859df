"""The cells of a table that are no plain numbers: gaps, words, counts with thousands set apart, tensors."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from gan_tui.logs.csv.column_store import SpecialCell
from gan_tui.logs.csv.dialect import text_of
from gan_tui.logs.csv.fast.buffer import Mask
from gan_tui.logs.model import Ints
from gan_tui.logs.parsing.numbers import count, is_missing, is_too_large, number

_MAX_REMEMBERED = 4096
_LONGEST_REMEMBERED = 64


class SpecialCells:
    """Says what such cells hold; the same words come again and again.

    Args:
        counters: The columns that count.
        decimal_comma: Whether a comma can be a decimal one; in a counter it never is.
    """

    def __init__(self, counters: Collection[int], *, decimal_comma: bool) -> None:
        self._counters = counters
        self._decimal_comma = decimal_comma
        self._remembered: dict[bytes, float | SpecialCell] = {}

    def judge(self, cell: bytes, column: int) -> float | SpecialCell:
        """What is in a cell that `float` does not take, or takes wrongly."""
        if not cell:
            return SpecialCell.MISSING
        if column in self._counters:
            return _judged(count(text_of(cell)), cell)
        found = self._remembered.get(cell)
        if found is None:
            found = _judged(number(text_of(cell), decimal_comma=self._decimal_comma), cell)
            if len(self._remembered) < _MAX_REMEMBERED and len(cell) < _LONGEST_REMEMBERED:
                self._remembered[cell] = found
        return found

    def read(self, cell: bytes, column: int) -> float | SpecialCell:
        """What is in a cell that may be a number, written in an odd way."""
        found = self._remembered.get(cell) if column not in self._counters else None
        if found is not None:
            return found
        try:
            if b"_" not in cell:
                value = float(cell)
                return SpecialCell.TOO_LARGE if is_too_large(value, cell) else value
        except ValueError:
            pass
        return self.judge(cell.strip(), column)


def with_commas(buffer: bytes, starts: Ints, ends: Ints, odd: Mask | None) -> Mask | None:
    """`odd` with the cells that hold a comma.

    Args:
        buffer: Holds the cells.
        starts: Where each begins, shape (n,), ascending.
        ends: Where each ends, shape (n,).
        odd: Which are odd as it is, None for none.
    """
    begin, end = int(starts[0]), int(ends[-1])
    if buffer.find(b",", begin, end) < 0:
        return odd
    commas = begin + np.flatnonzero(np.frombuffer(buffer, np.uint8, end - begin, begin) == ord(","))
    found: Mask = np.searchsorted(commas, ends) > np.searchsorted(commas, starts)
    return found if odd is None else odd | found


def _judged(value: float | None, cell: bytes) -> float | SpecialCell:
    if value is not None:
        return SpecialCell.TOO_LARGE if is_too_large(value, cell) else value
    return SpecialCell.MISSING if is_missing(text_of(cell)) else SpecialCell.WORDS
