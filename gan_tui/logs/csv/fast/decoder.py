"""The entry of the fast path: blocks of whole rows of one table to numbers."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Set as AbstractSet

import numpy as np

from gan_tui.logs.csv.dialect import Dialect
from gan_tui.logs.csv.fast.buffer import BEFORE, ScratchBuffer, borrow_buffer, return_buffer
from gan_tui.logs.csv.fast.decimals import ColumnReader
from gan_tui.logs.csv.fast.row_batches import RowBatches
from gan_tui.logs.csv.fast.tokenizer import TokenizedRows, Tokenizer, find_line_ends
from gan_tui.logs.model import Floats, Ints, Mask

__all__ = ["MAX_BLOCK_BYTES", "BlockDecoder", "TokenizedRows"]

MAX_BLOCK_BYTES = 1 << 22
"""Longest block that can be decoded."""


class BlockDecoder:
    """Decodes blocks of whole rows: all that other packages need of `csv.fast`.

    There are two ways. `load_rows` and then `decode_batches` decode rows that are written alike together;
    `split` and then `read_column` decode the cells of a column. The last block is kept until `release`.

    Args:
        dialect: How the table is written.
        columns: The columns that are read.
        counters: Those of them that count.
    """

    def __init__(self, dialect: Dialect, columns: Collection[int], counters: Collection[int]) -> None:
        self._tokenizer = Tokenizer(dialect.delimiter, len(dialect.names))
        self._readers = [ColumnReader() for _ in dialect.names]
        self._batches = RowBatches(dialect, columns, counters)
        self._scratch: ScratchBuffer | None = None
        self._edges: Ints = np.empty(0, np.int64)

    @property
    def _buffer(self) -> ScratchBuffer:
        if self._scratch is None:
            self._scratch = borrow_buffer(MAX_BLOCK_BYTES)
        return self._scratch

    def release(self) -> None:
        """Free the block's memory: thousands of logs may be open, and each needs it only for a moment."""
        if self._scratch is not None:
            return_buffer(self._scratch)
            self._scratch = None

    def is_batch_likely(self, row: bytes) -> bool:
        """Return whether a block that begins with `row`, line end included, is worth `decode_batches`."""
        return self._batches.is_worth(row)

    def batches_failed(self) -> None:
        """Make `is_batch_likely` return False for the next blocks."""
        self._batches.failed()

    def load_rows(self, data: bytes, begin: int, end: int) -> Ints:
        """Load whole rows; returns where each begins in `data` and the last one ends, shape (n + 1,)."""
        with memoryview(data) as view:
            ends = find_line_ends(self._buffer.fill(view[begin:end]))
        self._edges = np.empty(len(ends) + 1, np.int64)
        self._edges[0] = BEFORE
        np.add(ends, BEFORE + 1, out=self._edges[1:])
        return self._edges + (begin - BEFORE)

    def decode_batches(self, into: Floats, blank: AbstractSet[int]) -> tuple[list[Mask | None], Ints]:
        """Decode the rows of the block that are written like many others.

        Args:
            into: Where the values go, shape (columns, n); NaN where a cell is blank.
            blank: Columns that must be blank in these rows.

        Returns:
            For each column a mask of the blank cells, None for none; and the rows that are not decoded,
            ascending.
        """
        begins = self._edges[:-1]
        return self._batches.decode(self._buffer, begins, self._edges[1:] - begins, into, blank)

    def split(self, data: bytes, begin: int, end: int) -> TokenizedRows:
        """Load whole rows and find their cells."""
        return self._tokenizer.split(self._buffer, data, begin, end)

    def read_column(self, column: int, starts: Ints, ends: Ints) -> tuple[Floats, Mask | None]:
        """Read the cells of a column.

        Args:
            column: Its index.
            starts: Where each cell begins in the block, shape (n,), as `split` returns them.
            ends: Where each ends, shape (n,), beyond the start: blank cells are not read here.

        Returns:
            Values, shape (n,), and a mask of the cells that have to be read as text (None for none).
        """
        return self._readers[column].read(self._buffer, starts, ends)
