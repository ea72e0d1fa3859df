"""Cells that are not plain numbers: missing values, texts, counts with separated thousands, tensors."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from gan_tui.logs.csv.column_store import SpecialCell
from gan_tui.logs.csv.dialect import text_of
from gan_tui.logs.model import Ints, Mask
from gan_tui.logs.parsing.numbers import count, is_missing, is_too_large, number

_MAX_CACHED = 4096
_MAX_CACHED_LENGTH = 64


class SpecialCells:
    """Reads such cells. Results are cached, since the same texts are repeated.

    Args:
        counters: The columns that count.
        decimal_comma: Whether a comma can be a decimal one; in a counter it never is.
    """

    def __init__(self, counters: Collection[int], *, decimal_comma: bool) -> None:
        self._counters = counters
        self._decimal_comma = decimal_comma
        self._cache: dict[bytes, float | SpecialCell] = {}

    def read_text(self, cell: bytes, column: int) -> float | SpecialCell:
        """Read a cell that `float` refuses or misreads."""
        if not cell:
            return SpecialCell.MISSING
        if column in self._counters:
            return _classified(count(text_of(cell)), cell)
        value = self._cache.get(cell)
        if value is None:
            value = _classified(number(text_of(cell), decimal_comma=self._decimal_comma), cell)
            if len(self._cache) < _MAX_CACHED and len(cell) < _MAX_CACHED_LENGTH:
                self._cache[cell] = value
        return value

    def read(self, cell: bytes, column: int) -> float | SpecialCell:
        """Read a cell that may be a number in an unusual form."""
        cached = self._cache.get(cell) if column not in self._counters else None
        if cached is not None:
            return cached
        try:
            if b"_" not in cell:
                value = float(cell)
                return SpecialCell.TOO_LARGE if is_too_large(value, cell) else value
        except ValueError:
            pass
        return self.read_text(cell.strip(), column)


def with_commas(data: bytes, starts: Ints, ends: Ints, mask: Mask | None) -> Mask | None:
    """Return a mask with the cells that contain a comma set in addition.

    Args:
        data: Contains the cells.
        starts: Where each begins, shape (n,), ascending.
        ends: Where each ends, shape (n,).
        mask: The mask, None for no cell.
    """
    begin, end = int(starts[0]), int(ends[-1])
    if data.find(b",", begin, end) < 0:
        return mask
    commas = begin + np.flatnonzero(np.frombuffer(data, np.uint8, end - begin, begin) == ord(","))
    with_comma: Mask = np.searchsorted(commas, ends) > np.searchsorted(commas, starts)
    return with_comma if mask is None else mask | with_comma


def _classified(value: float | None, cell: bytes) -> float | SpecialCell:
    if value is not None:
        return SpecialCell.TOO_LARGE if is_too_large(value, cell) else value
    return SpecialCell.MISSING if is_missing(text_of(cell)) else SpecialCell.TEXT
