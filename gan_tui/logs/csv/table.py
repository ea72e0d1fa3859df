"""Rows of one table to points: what its columns contain, and which of them are series."""

from __future__ import annotations

import numpy as np

from gan_tui.logs.csv.column_store import Cells, ColumnStore, Contents, SpecialCell
from gan_tui.logs.csv.dialect import MAX_COLUMNS, Dialect, column_names, is_header, is_junk, span
from gan_tui.logs.csv.fast.decoder import BlockDecoder, TokenizedRows
from gan_tui.logs.csv.missing_cells import BlankPatterns, ValidityMask
from gan_tui.logs.csv.special_cells import SpecialCells, with_commas
from gan_tui.logs.model import Batch, Column, Floats, Ints, Mask, join
from gan_tui.logs.parsing.fault_log import FaultLog
from gan_tui.logs.parsing.numbers import TOO_LARGE, is_too_large, number
from gan_tui.logs.parsing.step_axis import StepAxis

_NAN = float("nan")
_UNMEASURED = frozenset((b"NA", b"N/A", b"n/a", b"na", b"#N/A", b"<NA>"))
"""Words for a value that is not measured yet: they make a column a series without a point."""
_MAX_DELIMITERS = 8 * MAX_COLUMNS


class Table:
    """Collects the rows of one table and returns points.

    Args:
        dialect: How the table is written, and its columns.
        faults: Where to note what cannot be read.
        previous: The table above it in the same log.
    """

    def __init__(self, dialect: Dialect, faults: FaultLog, previous: Table | None = None) -> None:
        self.dialect = dialect
        self.width = len(dialect.names)
        self.axis = StepAxis(dialect.names)
        self._faults = faults
        self._header = dialect.header.strip()
        self._counters = {k for k, name in enumerate(dialect.names) if name in self.axis.reads}
        unread = self.axis.consumed - self.axis.reads
        self._read = [k for k, name in enumerate(dialect.names) if name not in unread]
        self.decoder = BlockDecoder(dialect, self._read, self._counters)
        """Decodes blocks of rows of this table."""
        known = {} if previous is None else previous.contents
        self._contents = [known.get(name, Contents.UNKNOWN) for name in dialect.names]
        self._undecided = [k for k in self._read if self._contents[k] is not Contents.NUMBERS]
        self._announced: set[str] = set() if previous is None else previous.announced
        self._to_announce: list[str] = []
        self._store = ColumnStore(self.width)
        self._batches: list[Batch] = []
        self._special_cells = SpecialCells(self._counters, decimal_comma=dialect.decimal_comma)
        self._blank_patterns = BlankPatterns()
        self._too_large: list[int] = []
        """Columns of the last row whose number is too large for a double."""

    @property
    def contents(self) -> dict[str, Contents]:
        """What each column contains, as far as its rows have shown."""
        return dict(zip(self.dialect.names, self._contents, strict=True))

    @property
    def announced(self) -> set[str]:
        """Columns that were returned as series without a point."""
        return self._announced

    @property
    def header_can_pass(self) -> bool:
        """Whether the header, if repeated, could pass for a row of numbers (pandas' 0, 1, 2)."""
        return any(number(name) is not None for name in self.dialect.names)

    @property
    def has_reserve(self) -> bool:
        """Whether memory was reserved since points were last taken."""
        return self._store.has_reserve

    def reserve(self, rows: int) -> None:
        """Reserve memory for the rows that are expected from the bytes available."""
        self._store.reserve_more(rows)

    def take(self) -> Batch:
        """Return the points of the rows since the last call."""
        self._finish_rows()
        batches, self._batches = self._batches, []
        return join(batches)

    def _finish_rows(self) -> None:
        """Turn the rows so far into points."""
        rows = self._store.rows
        if not rows:
            return
        names = self.dialect.names
        cells = {names[k]: self._store.column(k)[0] for k in self._counters}
        steps = self.axis.steps(cells, rows)
        walls = self.axis.wall_times(cells, rows)
        columns = []
        validity = ValidityMask(steps, walls)
        to_announce, self._to_announce = self._to_announce, []
        for k in self._read:
            if self._contents[k] is not Contents.NUMBERS or names[k] in self.axis.consumed:
                if names[k] in to_announce:
                    columns.append(Column(names[k], np.empty(0, np.int64), np.empty(0)))
                continue
            values, valid = self._store.column(k)
            if valid is None:
                columns.append(Column(names[k], steps, values, walls))
            else:
                subset = validity.rows_of(valid)
                if len(subset.rows):
                    columns.append(Column(names[k], subset.steps, values[subset.rows], subset.walls))
        self._batches.append(Batch(tuple(columns)))
        self._store = ColumnStore(self.width)

    # -- One row -----------------------------------------------------------------------------------------

    def add_row(self, line: bytes, offset: int, *, torn: bool = False) -> Dialect | None:
        """Add one row.

        Args:
            line: Its bytes without the line ending.
            offset: Where it begins in the log.
            torn: Bytes before it are lost, so it counts only if it is as long as the others.

        Returns:
            The dialect of the table that begins here, if the row is another header; else None.
        """
        if self._header and line.strip() == self._header:
            self._finish_rows()
            self.axis.restart()
            return None
        if line.count(self.dialect.delimiter) > _MAX_DELIMITERS:
            self._faults.add(offset, len(line), "more cells than the table has columns")
            return None
        cells = self.dialect.split(line)
        self._too_large.clear()
        values, missing, texts = self._values(cells, underscores=b"_" in line)
        unexpected = [k for k in texts if self._contents[k] is Contents.NUMBERS]
        if texts and len(texts) + len(missing) == sum(k < len(cells) for k in self._read):
            if is_header(cells, self.dialect):
                return Dialect(self.dialect.delimiter, column_names(cells), line)
            if unexpected:
                self._faults.add(offset, len(line), "not a row of the table")
                return None
        if len(cells) > self.width and any(cells[self.width :]):
            self._faults.add(offset, len(line), "more cells than the table has columns")
            return None
        # Among random letters there are random digits.
        if (len(cells) < self.width and (unexpected or torn)) or (unexpected and is_junk(line)):
            self._faults.add(offset, len(line), "row that is cut or damaged")
            return None
        if unexpected or self._too_large:
            self._report_cells(line, offset, unexpected)
        if self._undecided:
            self._decide(cells, values, missing, texts)
        self._store.add(values, [*missing, *texts, *range(len(cells), self.width)])
        return None

    def _report_cells(self, line: bytes, offset: int, texts: list[int]) -> None:
        """Add a fault for each cell of a row that cannot be read."""
        reasons = [(k, f"text where {self.dialect.names[k]!r} holds numbers") for k in texts]
        for k, reason in (*reasons, *((k, TOO_LARGE) for k in self._too_large)):
            begin, end = span(line, self.dialect.delimiter, k)
            self._faults.add(offset + begin, end - begin, reason)

    def _values(self, cells: list[bytes], *, underscores: bool) -> tuple[list[float], list[int], list[int]]:
        """Return the values of a row, the columns whose cell is missing, and those whose cell is text."""
        values = [_NAN] * self.width
        missing: list[int] = []
        texts: list[int] = []
        for k in self._read:
            if k >= len(cells):
                break
            cell = cells[k]
            try:
                if underscores:
                    raise ValueError  # noqa: TRY301 - float() accepts 1_000
                values[k] = value = float(cell)
                if is_too_large(value, cell):
                    raise ValueError  # noqa: TRY301 - a special cell like a text
            except ValueError:
                special = self._special_cells.read_text(cell, k)
                if special is SpecialCell.MISSING:
                    missing.append(k)
                elif special is SpecialCell.TOO_LARGE:
                    missing.append(k)
                    self._too_large.append(k)
                    values[k] = _NAN
                elif special is SpecialCell.TEXT:
                    texts.append(k)
                else:
                    values[k] = special
        return values, missing, texts

    def _decide(self, cells: list[bytes], values: list[float], missing: list[int], texts: list[int]) -> None:
        """Note what a row shows its columns to contain. A NaN in a column of texts is a text."""
        for k in self._undecided[:]:
            if k >= len(cells):
                break
            if k in texts:
                self._set(k, Contents.TEXT)
            elif k not in missing:
                if self._contents[k] is Contents.TEXT and not np.isfinite(values[k]):
                    missing.append(k)
                else:
                    self._set(k, Contents.NUMBERS)
            elif cells[k] in _UNMEASURED:
                self._announce(k)

    def _set(self, column: int, contents: Contents) -> None:
        self._contents[column] = contents
        if contents is Contents.NUMBERS:
            self._undecided.remove(column)

    def _announce(self, column: int) -> None:
        """Return a series that has no point yet, once."""
        if self._is_unannounced(column):
            name = self.dialect.names[column]
            self._announced.add(name)
            self._to_announce.append(name)

    def _is_unannounced(self, column: int) -> bool:
        name = self.dialect.names[column]
        is_known = name in self._announced or name in self.axis.consumed
        return self._contents[column] is Contents.UNKNOWN and not is_known

    # -- Many rows ---------------------------------------------------------------------------------------

    def add_batches(self, data: bytes, edges: Ints) -> bool:
        """Add whole rows, those that are written alike together.

        Args:
            data: Bytes of the log.
            edges: Where each row begins in them and where the last one ends, as the decoder returned them.

        Returns:
            False if nothing was added.
        """
        rows = len(edges) - 1
        into = self._store.reserve(rows)
        missing, left = self.decoder.decode_batches(into, frozenset(self._undecided))
        if len(left):
            cells = self._decode_lines(data, edges, left)
            if cells is None or cells.by_hand is not None or cells.decided or cells.unmeasured:
                self.decoder.batches_failed()
                return False
            for k, (values, missing_left) in enumerate(zip(cells.values, cells.missing, strict=True)):
                into[k, left] = values
                if missing_left is not None:
                    mask = missing[k]
                    if mask is None:
                        mask = missing[k] = np.zeros(rows, bool)
                    mask[left[missing_left]] = True
        self._store.commit(rows, missing)
        return True

    def _decode_lines(self, data: bytes, edges: Ints, rows: Ints) -> Cells | None:
        """Decode some of the rows; None if one has to be split by itself."""
        spans = zip(edges[rows].tolist(), edges[rows + 1].tolist(), strict=True)
        lines = b"".join([data[begin:end] for begin, end in spans])
        tokenized = self.decoder.split(lines, 0, len(lines))
        if len(tokenized.irregular):
            return None
        return self.decode(lines, tokenized, 0, len(rows))

    def decode(self, data: bytes, tokenized: TokenizedRows, first: int, stop: int) -> Cells:
        """Decode rows that are written as rows should be, without adding them.

        Args:
            data: Bytes of the log.
            tokenized: The rows of a block, as the decoder returned them.
            first: The first row to decode.
            stop: The row after the last one.
        """
        rows = stop - first
        starts, ends = tokenized.starts[first:stop], tokenized.ends[first:stop]
        values: list[Floats] = [np.full(rows, _NAN)] * self.width
        missing: list[Mask | None] = [None] * self.width
        cells = Cells(values, missing, None, [], [])
        by_hand = np.zeros(rows, bool)
        self._too_large.clear()
        empty: Mask | None = np.ones(rows, bool)
        for k in self._read:
            begin, end = np.ascontiguousarray(starts[:, k]), np.ascontiguousarray(ends[:, k])
            values[k], blank, texts, unmeasured = self._column(k, data, begin, end, tokenized.shift)
            if self._too_large:  # reading row by row reports it
                by_hand[:] = True
                break
            if texts is not None and self._contents[k] is Contents.NUMBERS:
                by_hand |= texts
            mask = texts if blank is None else blank if texts is None else blank | texts
            missing[k] = mask
            if self._contents[k] is not Contents.NUMBERS and not self._decides(cells, k, texts, unmeasured):
                by_hand[:] = True
                break
            if empty is not None:
                empty = None if mask is None else empty & mask
        if empty is not None:
            by_hand |= empty
        if by_hand.any():
            if cells.decided or cells.unmeasured:
                by_hand[:] = True
            return Cells(values, missing, by_hand, [], [])
        return cells

    def add_cells(self, cells: Cells, begin: int, end: int) -> None:
        """Add the decoded rows from `begin` up to `end`, none of which has to be read by hand."""
        for k in cells.unmeasured:
            self._announce(k)
        for k, contents in cells.decided:
            if self._contents[k] is not contents:
                self._set(k, contents)
        if begin == 0 and end == len(cells.values[0]):
            self._store.extend(cells.values, cells.missing)
            return
        self._store.extend(
            [v[begin:end] for v in cells.values],
            [None if m is None else m[begin:end] for m in cells.missing],
        )

    def _decides(self, cells: Cells, k: int, texts: Mask | None, unmeasured: bool) -> bool:
        """Note what many cells show a column to contain; False if they have to be read in turn."""
        missing = cells.missing[k]
        if missing is None or not missing.all():
            cells.decided.append((k, Contents.NUMBERS))
            return texts is None and self._contents[k] is Contents.UNKNOWN
        if texts is not None and self._contents[k] is Contents.UNKNOWN:
            cells.decided.append((k, Contents.TEXT))
            return not unmeasured
        if unmeasured and self._is_unannounced(k):
            cells.unmeasured.append(k)
        return True

    def _column(
        self, k: int, data: bytes, starts: Ints, ends: Ints, shift: int
    ) -> tuple[Floats, Mask | None, Mask | None, bool]:
        """Read a column of a block.

        Returns:
            Its values, its missing cells, its texts, and whether a cell says "not measured".
        """
        blank = ends <= starts
        missing: Mask | None = None
        rows: Ints | None = None
        if blank.any():
            values = np.full(len(starts), _NAN)
            missing, rows = self._blank_patterns.find(blank)
            if not len(rows):
                return values, missing, None, False
            values[rows], special = self.decoder.read_column(k, starts[rows], ends[rows])
        else:
            values, special = self.decoder.read_column(k, starts, ends)
        if k in self._counters and self.dialect.decimal_comma:
            # In the block a comma is a decimal point; in a counter it separates thousands.
            begin, end = (starts, ends) if rows is None else (starts[rows], ends[rows])
            special = with_commas(data, begin + shift, end + shift, special)
        if special is None:
            return values, missing, None, False
        at = np.flatnonzero(special) if rows is None else rows[special]
        return self._read_special(k, data, starts[at] + shift, ends[at] + shift, at, values, missing)

    def _read_special(
        self, k: int, data: bytes, starts: Ints, ends: Ints, at: Ints, values: Floats, missing: Mask | None
    ) -> tuple[Floats, Mask | None, Mask | None, bool]:
        """Read the cells of the rows `at` as text; the rest as for `_column`."""
        missing_rows: list[int] = []
        text_rows: list[int] = []
        unmeasured = False
        for row, begin, end in zip(at.tolist(), starts.tolist(), ends.tolist(), strict=True):
            cell = data[begin:end]
            special = self._special_cells.read(cell, k)
            if special is SpecialCell.MISSING:
                missing_rows.append(row)
                unmeasured = unmeasured or cell in _UNMEASURED
                values[row] = _NAN
            elif special is SpecialCell.TEXT:
                text_rows.append(row)
                values[row] = _NAN
            elif special is SpecialCell.TOO_LARGE:
                self._too_large.append(k)
                values[row] = _NAN
            else:
                values[row] = special
        texts = _with_rows(None, text_rows, len(values))
        return values, _with_rows(missing, missing_rows, len(values)), texts, unmeasured


def _with_rows(mask: Mask | None, rows: list[int], size: int) -> Mask | None:
    """Return a mask with these rows set in addition."""
    if not rows:
        return mask
    mask = np.zeros(size, bool) if mask is None else mask.copy()
    mask[rows] = True
    return mask
