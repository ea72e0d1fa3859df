"""Which rows of a table hold a value: columns logged together hold theirs in the same ones, told once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gan_tui.logs.csv.fast.buffer import Mask
from gan_tui.logs.model import Floats, Ints


class Present(NamedTuple):
    """The rows that hold a value in some of the columns."""

    there: Mask
    at: Ints
    steps: Ints
    """Of these rows, as `walls`: the same array for all such columns."""
    walls: Floats | None


class ValidityMask:
    """What is known of the columns of some rows so far.

    Args:
        steps: Of all rows, shape (n,).
        walls: Their wall times, if they have such.
    """

    def __init__(self, steps: Ints, walls: Floats | None) -> None:
        self._steps = steps
        self._walls = walls
        self._known: list[Present] = []

    def of(self, there: Mask) -> Present:
        """The rows of a column by a mask of shape (n,)."""
        for known in self._known:
            if np.array_equal(known.there, there):
                return known
        at = np.flatnonzero(there)
        found = Present(there, at, self._steps[at], None if self._walls is None else self._walls[at])
        self._known.append(found)
        return found


class Blanks:
    """The blank cells of the columns of a block; of the last two patterns is known where the others are."""

    def __init__(self) -> None:
        self._known: list[tuple[Mask, Ints]] = []

    def others(self, blank: Mask) -> tuple[Mask, Ints]:
        """A mask that equals `blank`, not to be written to, and where the cells are that are not blank."""
        for known in self._known:
            if np.array_equal(known[0], blank):
                return known
        self._known = [*self._known[-1:], (blank, np.flatnonzero(~blank))]
        return self._known[-1]
