"""Whole blocks of a table, decoded shape by shape: see `shapes`."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Set as AbstractSet

import numpy as np

from gan_tui.logs.csv.dialect import Dialect
from gan_tui.logs.csv.fast.buffer import Mask, ScratchBuffer
from gan_tui.logs.csv.fast.row_templates import LONGEST, RowTemplate, kinds, row_template, side_by_side
from gan_tui.logs.model import Floats, Ints

_LEAST = 96
"""For fewer rows of one shape numpy's calls cost more than the way of rows that have none."""
_MOST_KNOWN = 256
_MOST_NEW = 8
"""So many shapes are learnt from one block."""
_MATRIX_BYTES = 3 << 18
_MOST_PAUSE = 256


class RowBatches:
    """The shapes that the rows of one table have had.

    Args:
        dialect: How the table is written.
        read: The columns that are read.
        counters: Those of them that count.
    """

    def __init__(self, dialect: Dialect, read: Collection[int], counters: Collection[int]) -> None:
        self._dialect = dialect
        self._read = read
        self._counters = counters
        self._by_size: dict[int, list[RowTemplate]] = {}
        """The shapes of each length; first the one that most rows had lately."""
        self._known = 0
        self._new = 0
        self._pause = self._resting = 0

    def is_worth(self, row: bytes) -> bool:
        """Whether a block that begins with `row` is likely to have many rows of few shapes."""
        if self._resting:
            self._resting -= 1
            return False
        if self._by_size.get(len(row)) or self._learn(row) is not None:
            return True
        self.failed()
        return False

    def failed(self) -> None:
        """A block was not worth it: twice as many as the last time are not tried now."""
        self._resting = self._pause = min(2 * self._pause + 1, _MOST_PAUSE)

    def decode(
        self, block: ScratchBuffer, begins: Ints, sizes: Ints, into: Floats, unsettled: AbstractSet[int]
    ) -> tuple[list[Mask | None], Ints]:
        """Decode the rows of a block that have a shape.

        Args:
            block: The rows.
            begins: Where each begins in the block, shape (n,).
            sizes: Their lengths in bytes, line ends included, shape (n,).
            into: Where the values go, shape (columns, n); NaN where a cell is blank.
            unsettled: Columns that have not shown to hold numbers: they must be blank.

        Returns:
            For each column a mask of the cells that are blank, None for none; and which rows are left,
            ascending.
        """
        self._new = 0
        group = _Group(block, begins, into, unsettled)
        sizes = np.minimum(sizes, LONGEST + 1)
        counts = np.bincount(sizes)
        for size in np.flatnonzero(counts).tolist():
            count = int(counts[size])
            found = np.arange(count) if count == len(sizes) else np.flatnonzero(sizes == size)
            if count < _LEAST or size > LONGEST:
                group.left.append(found)
                continue
            most = max(_LEAST, _MATRIX_BYTES // max(size, 8 * len(into)))
            for first in range(0, count, most):
                self._decode_size(group, size, found[first : first + most])
        left = np.sort(np.concatenate(group.left)) if group.left else np.empty(0, np.int64)
        if 2 * len(left) > len(sizes):
            self.failed()
        else:
            self._pause = 0
        return group.gaps, left

    def _decode_size(self, group: _Group, size: int, rows: Ints) -> None:
        """Decode rows of one length."""
        known = self._by_size.get(size)
        if known and group.takes(known[0]):
            # Most often all rows are as the last ones were.
            matrix = group.matrix(rows, size)
            if known[0].misfits(group.block, matrix, len(rows)) is None:
                group.decode(known[0], matrix, rows)
                return
        found = kinds(group.matrix(rows, size), len(rows), size)
        rest = np.ones(len(rows), bool)
        most = 0
        for shape in (known or [])[:]:
            those = np.flatnonzero(rest & (found == shape.kind))
            if len(those) >= _LEAST and group.takes(shape):
                rest[those[group.decode_fitting(shape, rows[those])]] = False
                if len(those) > most and known is not None:
                    most = len(those)
                    known.remove(shape)
                    known.insert(0, shape)
        while np.count_nonzero(rest) >= _LEAST and self._new < _MOST_NEW:
            first = int(rest.argmax())
            those = np.flatnonzero(rest & (found == found[first]))
            new = self._learn(group.row(rows[first], size)) if len(those) >= _LEAST else None
            if new is not None and group.takes(new):
                fits = group.decode_fitting(new, rows[those])
                rest[those[fits]] = False
                if fits[0]:
                    continue  # those that only look like it may have a shape of their own
                those = those[~fits]
            group.left.append(rows[those])
            rest[those] = False
        group.left.append(rows[rest])

    def _learn(self, row: bytes) -> RowTemplate | None:
        shape = row_template(row, self._dialect, self._read, self._counters)
        if shape is not None:
            self._new += 1
            self._known += 1
            if self._known > _MOST_KNOWN:
                self._by_size.clear()
                self._known = 1
            self._by_size.setdefault(shape.size, []).append(shape)
        return shape


class _Group:
    """The rows of one block on their way into columns."""

    def __init__(self, block: ScratchBuffer, begins: Ints, into: Floats, unsettled: AbstractSet[int]) -> None:
        self.block = block
        self.gaps: list[Mask | None] = [None] * len(into)
        self.left: list[Ints] = []
        self._begins = begins
        self._into = into
        self._unsettled = unsettled

    def row(self, row: int, size: int) -> bytes:
        """One row, with its line end."""
        begin = self._begins[row]
        return self.block.bytes[begin : begin + size].tobytes()

    def matrix(self, rows: Ints, size: int) -> np.ndarray:
        """Rows of one length, side by side."""
        return side_by_side(self.block, self._begins[rows], size)

    def takes(self, shape: RowTemplate) -> bool:
        """Whether rows of this shape can be taken: columns that are not settled are blank in it."""
        return shape.blank >= self._unsettled

    def decode_fitting(self, shape: RowTemplate, rows: Ints) -> Mask:
        """Decode those rows that are of a shape; says which."""
        matrix = self.matrix(rows, shape.size)
        other = shape.misfits(self.block, matrix, len(rows))
        fits = np.ones(len(rows), bool) if other is None else ~other
        if other is not None and fits.any():
            rows = rows[fits]
            matrix = self.matrix(rows, shape.size)
            shape.misfits(self.block, matrix, len(rows))
        if fits.any():
            self.decode(shape, matrix, rows)
        return fits

    def decode(self, shape: RowTemplate, digits: np.ndarray, rows: Ints) -> None:
        """Decode rows of a shape."""
        every = len(rows) == len(self._begins)
        shape.decode(self.block, digits, len(rows), self._into, None if every else rows)
        for column in shape.blank:
            gap = self.gaps[column]
            if gap is None:
                gap = self.gaps[column] = np.zeros(len(self._begins), bool)
            gap[rows] = True
