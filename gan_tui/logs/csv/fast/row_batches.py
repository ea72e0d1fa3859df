"""Decodes whole blocks of a table in batches of rows that fit the same template."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Set as AbstractSet

import numpy as np

from gan_tui.logs.csv.dialect import Dialect
from gan_tui.logs.csv.fast.buffer import ScratchBuffer
from gan_tui.logs.csv.fast.row_templates import (
    MAX_LENGTH,
    RowTemplate,
    pattern_hashes,
    row_template,
    stack_rows,
)
from gan_tui.logs.model import Floats, Ints, Mask

_MIN_ROWS = 96
"""Rows of a batch: for fewer, numpy's calls cost more than reading the cells by column."""
_MAX_TEMPLATES = 256
_MAX_NEW_TEMPLATES = 8
"""Templates made from one block."""
_MATRIX_BYTES = 3 << 18
_MAX_PAUSE = 256


class RowBatches:
    """The templates of one table's rows, and the rows that fit them.

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
        """The templates of each row length, first the one that most rows fitted last."""
        self._template_count = 0
        self._new = 0
        self._pause = self._blocks_to_skip = 0

    def is_worth(self, row: bytes) -> bool:
        """Return whether a block that begins with `row` is likely to need few templates."""
        if self._blocks_to_skip:
            self._blocks_to_skip -= 1
            return False
        if self._by_size.get(len(row)) or self._learn(row) is not None:
            return True
        self.failed()
        return False

    def failed(self) -> None:
        """Skip blocks after one that was not worth it: twice as many as the last time."""
        self._blocks_to_skip = self._pause = min(2 * self._pause + 1, _MAX_PAUSE)

    def decode(
        self, buffer: ScratchBuffer, begins: Ints, sizes: Ints, into: Floats, undecided: AbstractSet[int]
    ) -> tuple[list[Mask | None], Ints]:
        """Decode the rows of a block that fit a template.

        Args:
            buffer: Contains the rows.
            begins: Where each begins in the buffer, shape (n,).
            sizes: Their lengths in bytes, line endings included, shape (n,).
            into: Where the values go, shape (columns, n); NaN where a cell is blank.
            undecided: Columns that are not known to contain numbers: they must be blank.

        Returns:
            For each column a mask of the blank cells, None for none; and the rows that are left,
            ascending.
        """
        self._new = 0
        block = _Block(buffer, begins, into, undecided)
        sizes = np.minimum(sizes, MAX_LENGTH + 1)
        counts = np.bincount(sizes)
        for size in np.flatnonzero(counts).tolist():
            count = int(counts[size])
            rows = np.arange(count) if count == len(sizes) else np.flatnonzero(sizes == size)
            if count < _MIN_ROWS or size > MAX_LENGTH:
                block.left.append(rows)
                continue
            batch = max(_MIN_ROWS, _MATRIX_BYTES // max(size, 8 * len(into)))
            for first in range(0, count, batch):
                self._decode_size(block, size, rows[first : first + batch])
        left = np.sort(np.concatenate(block.left)) if block.left else np.empty(0, np.int64)
        if 2 * len(left) > len(sizes):
            self.failed()
        else:
            self._pause = 0
        return block.missing, left

    def _decode_size(self, block: _Block, size: int, rows: Ints) -> None:
        """Decode rows of one length."""
        known = self._by_size.get(size)
        if known and block.can_decode(known[0]):
            # Most often all rows fit the last template.
            matrix = block.matrix(rows, size)
            if known[0].find_misfits(block.buffer, matrix, len(rows)) is None:
                block.decode(known[0], matrix, rows)
                return
        hashes = pattern_hashes(block.matrix(rows, size), len(rows), size)
        is_left = np.ones(len(rows), bool)
        most = 0
        for template in (known or [])[:]:
            candidates = np.flatnonzero(is_left & (hashes == template.pattern_hash))
            if len(candidates) >= _MIN_ROWS and block.can_decode(template):
                is_left[candidates[block.decode_fitting(template, rows[candidates])]] = False
                if len(candidates) > most and known is not None:
                    most = len(candidates)
                    known.remove(template)
                    known.insert(0, template)
        while np.count_nonzero(is_left) >= _MIN_ROWS and self._new < _MAX_NEW_TEMPLATES:
            first = int(is_left.argmax())
            candidates = np.flatnonzero(is_left & (hashes == hashes[first]))
            new = self._learn(block.row(rows[first], size)) if len(candidates) >= _MIN_ROWS else None
            if new is not None and block.can_decode(new):
                fits = block.decode_fitting(new, rows[candidates])
                is_left[candidates[fits]] = False
                if fits[0]:
                    continue  # other rows with the same hash may need a template of their own
                candidates = candidates[~fits]
            block.left.append(rows[candidates])
            is_left[candidates] = False
        block.left.append(rows[is_left])

    def _learn(self, row: bytes) -> RowTemplate | None:
        template = row_template(row, self._dialect, self._read, self._counters)
        if template is not None:
            self._new += 1
            self._template_count += 1
            if self._template_count > _MAX_TEMPLATES:
                self._by_size.clear()
                self._template_count = 1
            self._by_size.setdefault(template.size, []).append(template)
        return template


class _Block:
    """The rows of one block while they are decoded into columns."""

    def __init__(
        self, buffer: ScratchBuffer, begins: Ints, into: Floats, undecided: AbstractSet[int]
    ) -> None:
        self.buffer = buffer
        self.missing: list[Mask | None] = [None] * len(into)
        self.left: list[Ints] = []
        self._begins = begins
        self._into = into
        self._undecided = undecided

    def row(self, row: int, size: int) -> bytes:
        """Return one row, with its line ending."""
        begin = self._begins[row]
        return self.buffer.bytes[begin : begin + size].tobytes()

    def matrix(self, rows: Ints, size: int) -> np.ndarray:
        """Return rows of one length as a matrix."""
        return stack_rows(self.buffer, self._begins[rows], size)

    def can_decode(self, template: RowTemplate) -> bool:
        """Return whether rows of this template can be decoded: undecided columns are blank in it."""
        return template.blank >= self._undecided

    def decode_fitting(self, template: RowTemplate, rows: Ints) -> Mask:
        """Decode the rows that fit a template; returns a mask of them."""
        matrix = self.matrix(rows, template.size)
        misfits = template.find_misfits(self.buffer, matrix, len(rows))
        fits = np.ones(len(rows), bool) if misfits is None else ~misfits
        if misfits is not None and fits.any():
            rows = rows[fits]
            matrix = self.matrix(rows, template.size)
            template.find_misfits(self.buffer, matrix, len(rows))
        if fits.any():
            self.decode(template, matrix, rows)
        return fits

    def decode(self, template: RowTemplate, digits: np.ndarray, rows: Ints) -> None:
        """Decode rows that fit a template."""
        is_whole = len(rows) == len(self._begins)
        template.decode(self.buffer, digits, len(rows), self._into, None if is_whole else rows)
        for column in template.blank:
            mask = self.missing[column]
            if mask is None:
                mask = self.missing[column] = np.zeros(len(self._begins), bool)
            mask[rows] = True
