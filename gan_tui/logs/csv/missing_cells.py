"""Which rows of a table have a value. Columns that are logged together share the answer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gan_tui.logs.model import Floats, Ints, Mask


class ValidRows(NamedTuple):
    """The rows that have a value in some of the columns."""

    mask: Mask
    rows: Ints
    steps: Ints
    """Of these rows, as `walls`: the same array for all such columns."""
    walls: Floats | None


class ValidityMask:
    """Finds the rows that have a value, once for all columns with the same mask.

    Args:
        steps: Of all rows, shape (n,).
        walls: Their wall times, if they have any.
    """

    def __init__(self, steps: Ints, walls: Floats | None) -> None:
        self._steps = steps
        self._walls = walls
        self._known: list[ValidRows] = []

    def rows_of(self, mask: Mask) -> ValidRows:
        """Return the rows of a column by its mask, shape (n,)."""
        for known in self._known:
            if np.array_equal(known.mask, mask):
                return known
        rows = np.flatnonzero(mask)
        walls = None if self._walls is None else self._walls[rows]
        valid = ValidRows(mask, rows, self._steps[rows], walls)
        self._known.append(valid)
        return valid


class BlankPatterns:
    """The last two patterns of blank cells in the columns of a block."""

    def __init__(self) -> None:
        self._known: list[tuple[Mask, Ints]] = []

    def find(self, blank: Mask) -> tuple[Mask, Ints]:
        """Return a mask equal to `blank`, which must not be written to, and the rows that are not blank."""
        for known in self._known:
            if np.array_equal(known[0], blank):
                return known
        self._known = [*self._known[-1:], (blank, np.flatnonzero(~blank))]
        return self._known[-1]
