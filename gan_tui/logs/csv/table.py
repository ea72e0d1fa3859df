"""One table of a log: what its columns hold, which of them are series, and where its rows stand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gan_tui.logs.csv.column_store import Cells, ColumnStore, Holds, SpecialCell
from gan_tui.logs.csv.dialect import MAX_COLUMNS, Dialect, column_names, is_header, is_junk, span
from gan_tui.logs.csv.fast.buffer import BEFORE, Mask, ScratchBuffer
from gan_tui.logs.csv.fast.decimals import ColumnReader
from gan_tui.logs.csv.fast.row_batches import RowBatches
from gan_tui.logs.csv.missing_cells import Blanks, ValidityMask
from gan_tui.logs.csv.special_cells import SpecialCells, with_commas
from gan_tui.logs.model import Batch, Column, Floats, Ints, join
from gan_tui.logs.parsing.fault_log import FaultLog
from gan_tui.logs.parsing.numbers import TOO_LARGE, is_too_large, number
from gan_tui.logs.parsing.step_axis import StepAxis

_NAN = float("nan")
_UNMEASURED = frozenset((b"NA", b"N/A", b"n/a", b"na", b"#N/A", b"<NA>"))
"""Words that only stand where numbers are to come: they make a column a series without a point yet."""
_MAX_DELIMITERS = 8 * MAX_COLUMNS


class Table:
    """Takes the rows of one table and gives points.

    Args:
        dialect: How the table is written, and its columns.
        faults: Where to note what cannot be read.
        before: The table that stood above it in the same log.
    """

    def __init__(self, dialect: Dialect, faults: FaultLog, before: Table | None = None) -> None:
        self.dialect = dialect
        self.width = len(dialect.names)
        self.axis = StepAxis(dialect.names)
        self._faults = faults
        self._header = dialect.header.strip()
        self._counters = {k for k, name in enumerate(dialect.names) if name in self.axis.reads}
        idle = self.axis.consumed - self.axis.reads
        self._read = [k for k, name in enumerate(dialect.names) if name not in idle]
        known = {} if before is None else before.known
        self._holds = [known.get(name, Holds.NOTHING) for name in dialect.names]
        self._told: set[str] = set() if before is None else before.told
        self._unsettled = [k for k in self._read if self._holds[k] is not Holds.NUMBERS]
        self._store = ColumnStore(self.width)
        self._news: list[str] = []  # series to give without a point
        self._done: list[Batch] = []
        self._readers = [ColumnReader() for _ in range(self.width)]
        self._odd = SpecialCells(self._counters, decimal_comma=dialect.decimal_comma)
        self._blanks = Blanks()
        self._too_large: list[int] = []
        """Columns of the last row in which a double holds no such number."""
        self._groups = RowBatches(dialect, self._read, self._counters)

    @property
    def known(self) -> dict[str, Holds]:
        """What each column has shown to hold."""
        return dict(zip(self.dialect.names, self._holds, strict=True))

    @property
    def told(self) -> set[str]:
        """Columns that were given as series without a point."""
        return self._told

    @property
    def header_can_pass(self) -> bool:
        """Whether the header, met again, could pass for a row of numbers (pandas' 0, 1, 2)."""
        return any(number(name) is not None for name in self.dialect.names)

    @property
    def has_room(self) -> bool:
        """Whether room was made since points were last given."""
        return self._store.has_room

    def make_room(self, rows: int) -> None:
        """Make room for so many more rows, as the bytes at hand let expect."""
        self._store.make_room(rows)

    def give(self) -> Batch:
        """The points of the rows taken since the last call."""
        self._close()
        done, self._done = self._done, []
        return join(done)

    def _close(self) -> None:
        """Turn the rows taken so far into points."""
        rows = self._store.rows
        if not rows:
            return
        names = self.dialect.names
        cells = {names[k]: self._store.column(k)[0] for k in self._counters}
        steps = self.axis.steps(cells, rows)
        walls = self.axis.wall_times(cells, rows)
        columns = []
        presence = ValidityMask(steps, walls)
        news, self._news = self._news, []
        for k in self._read:
            if self._holds[k] is not Holds.NUMBERS or names[k] in self.axis.consumed:
                if names[k] in news:
                    columns.append(Column(names[k], np.empty(0, np.int64), np.empty(0)))
                continue
            values, there = self._store.column(k)
            if there is None:
                columns.append(Column(names[k], steps, values, walls))
            else:
                found = presence.of(there)
                if len(found.at):
                    columns.append(Column(names[k], found.steps, values[found.at], found.walls))
        self._done.append(Batch(tuple(columns)))
        self._store = ColumnStore(self.width)

    # -- one row -----------------------------------------------------------------------------------------

    def take(self, line: bytes, offset: int, *, torn: bool = False) -> Dialect | None:
        """Take one row.

        Args:
            line: Its bytes without the line end.
            offset: Where it begins in the log.
            torn: Bytes before it are lost, so it counts only if it is as long as the others.

        Returns:
            The dialect of the table that begins here, where the row is another header; else None.
        """
        if self._header and line.strip() == self._header:
            self._close()
            self.axis.restart()
            return None
        if line.count(self.dialect.delimiter) > _MAX_DELIMITERS:
            self._faults.add(offset, len(line), "more cells than the table has columns")
            return None
        cells = self.dialect.split(line)
        self._too_large.clear()
        values, gaps, words = self._values(cells, underscores=b"_" in line)
        false = [k for k in words if self._holds[k] is Holds.NUMBERS]
        if words and len(words) + len(gaps) == sum(k < len(cells) for k in self._read):
            if is_header(cells, self.dialect):
                return Dialect(self.dialect.delimiter, column_names(cells), line)
            if false:
                self._faults.add(offset, len(line), "no row of the table")
                return None
        if len(cells) > self.width and any(cells[self.width :]):
            self._faults.add(offset, len(line), "more cells than the table has columns")
            return None
        # Among letters by chance there are digits by chance.
        if (len(cells) < self.width and (false or torn)) or (false and is_junk(line)):
            self._faults.add(offset, len(line), "row that is cut or damaged")
            return None
        if false or self._too_large:
            self._say_of_cells(line, offset, false)
        if self._unsettled:
            self._settle(cells, values, gaps, words)
        self._store.add(values, [*gaps, *words, *range(len(cells), self.width)])
        return None

    def _say_of_cells(self, line: bytes, offset: int, false: list[int]) -> None:
        """Say which cells of a row could not be read."""
        said = [(k, f"text where {self.dialect.names[k]!r} holds numbers") for k in false]
        for k, reason in (*said, *((k, TOO_LARGE) for k in self._too_large)):
            begin, end = span(line, self.dialect.delimiter, k)
            self._faults.add(offset + begin, end - begin, reason)

    def _values(self, cells: list[bytes], *, underscores: bool) -> tuple[list[float], list[int], list[int]]:
        """Values of a row, the columns whose cell is missing, and those that hold words."""
        values = [_NAN] * self.width
        gaps: list[int] = []
        words: list[int] = []
        for k in self._read:
            if k >= len(cells):
                break
            cell = cells[k]
            try:
                if underscores:
                    raise ValueError  # noqa: TRY301 - float() takes 1_000
                values[k] = value = float(cell)
                if is_too_large(value, cell):
                    raise ValueError  # noqa: TRY301 - as odd as a word
            except ValueError:
                odd = self._odd.judge(cell, k)
                if odd is SpecialCell.MISSING:
                    gaps.append(k)
                elif odd is SpecialCell.TOO_LARGE:
                    gaps.append(k)
                    self._too_large.append(k)
                    values[k] = _NAN
                elif odd is SpecialCell.WORDS:
                    words.append(k)
                else:
                    values[k] = odd
        return values, gaps, words

    def _settle(self, cells: list[bytes], values: list[float], gaps: list[int], words: list[int]) -> None:
        """Note what a row shows its columns to hold. A NaN among words is a word."""
        for k in self._unsettled[:]:
            if k >= len(cells):
                break
            if k in words:
                self._set(k, Holds.WORDS)
            elif k not in gaps:
                if self._holds[k] is Holds.WORDS and not np.isfinite(values[k]):
                    gaps.append(k)
                else:
                    self._set(k, Holds.NUMBERS)
            elif cells[k] in _UNMEASURED:
                self._tell(k)

    def _set(self, column: int, holds: Holds) -> None:
        self._holds[column] = holds
        if holds is Holds.NUMBERS:
            self._unsettled.remove(column)

    def _tell(self, column: int) -> None:
        """Give a series that has no point yet, once."""
        name = self.dialect.names[column]
        if self._is_untold(column):
            self._told.add(name)
            self._news.append(name)

    def _is_untold(self, column: int) -> bool:
        name = self.dialect.names[column]
        told = name in self._told or name in self.axis.consumed
        return self._holds[column] is Holds.NOTHING and not told

    # -- many rows ---------------------------------------------------------------------------------------

    def expects_shapes(self, row: bytes) -> bool:
        """Whether `take_shaped` is worth a try for a block that begins with `row`, line end included."""
        return self._groups.is_worth(row)

    def take_shaped(
        self, block: ScratchBuffer, begins: Ints, sizes: Ints, others: Callable[[Ints], Cells | None]
    ) -> bool:
        """Take whole rows by their shapes.

        Args:
            block: The rows.
            begins: Where each begins in the block, shape (n,).
            sizes: Their lengths in bytes, line ends included, shape (n,).
            others: Decodes the rows that have no shape; None where one is to be taken by hand.

        Returns:
            False where nothing was taken.
        """
        into = self._store.room(len(begins))
        gaps, left = self._groups.decode(block, begins, sizes, into, frozenset(self._unsettled))
        if len(left):
            cells = others(left)
            if cells is None or cells.by_hand is not None or cells.settled or cells.unmeasured:
                self._groups.failed()
                return False
            for k, (values, missing) in enumerate(zip(cells.values, cells.gaps, strict=True)):
                into[k, left] = values
                if missing is not None:
                    gap = gaps[k]
                    if gap is None:
                        gap = gaps[k] = np.zeros(len(begins), bool)
                    gap[left[missing]] = True
        self._store.fill(len(begins), gaps)
        return True

    def decode(self, block: ScratchBuffer, buffer: bytes, place: int, starts: Ints, ends: Ints) -> Cells:
        """Read the cells of rows that are written as rows should be; they are not taken yet.

        Args:
            block: The bytes, decimal commas turned into points.
            buffer: The bytes as they are in the log.
            place: Where in them the block begins.
            starts: Where each cell begins in the block, shape (n, width).
            ends: Where each one ends, shape (n, width).
        """
        rows = len(starts)
        values: list[Floats] = [np.full(rows, _NAN)] * self.width
        gaps: list[Mask | None] = [None] * self.width
        found = Cells(values, gaps, None, [], [])
        by_hand = np.zeros(rows, bool)
        self._too_large.clear()
        empty: Mask | None = np.ones(rows, bool)
        for k in self._read:
            begin, end = np.ascontiguousarray(starts[:, k]), np.ascontiguousarray(ends[:, k])
            values[k], gap, words, unmeasured = self._column(k, block, buffer, begin, end, place - BEFORE)
            if self._too_large:  # a row has to say so
                by_hand[:] = True
                break
            if words is not None and self._holds[k] is Holds.NUMBERS:
                by_hand |= words
            gaps[k] = words if gap is None else gap if words is None else gap | words
            if self._holds[k] is not Holds.NUMBERS and not self._settles(found, k, words, unmeasured):
                by_hand[:] = True
                break
            if empty is not None:
                missing = gaps[k]
                empty = None if missing is None else empty & missing
        if empty is not None:
            by_hand |= empty
        if by_hand.any():
            if found.settled or found.unmeasured:
                by_hand[:] = True
            return Cells(values, gaps, by_hand, [], [])
        return found

    def extend(self, cells: Cells, begin: int, end: int) -> None:
        """Take the decoded rows from `begin` up to `end`, none of which is to be taken by hand."""
        for k in cells.unmeasured:
            self._tell(k)
        for k, holds in cells.settled:
            if self._holds[k] is not holds:
                self._set(k, holds)
        if begin == 0 and end == len(cells.values[0]):
            self._store.extend(cells.values, cells.gaps)
            return
        self._store.extend(
            [v[begin:end] for v in cells.values], [None if g is None else g[begin:end] for g in cells.gaps]
        )

    def _settles(self, found: Cells, k: int, words: Mask | None, unmeasured: bool) -> bool:
        """Note what many cells of a column show it to hold; False where they must be taken in turn."""
        gap = found.gaps[k]
        if gap is None or not gap.all():
            found.settled.append((k, Holds.NUMBERS))
            return words is None and self._holds[k] is Holds.NOTHING
        if words is not None and self._holds[k] is Holds.NOTHING:
            found.settled.append((k, Holds.WORDS))
            return not unmeasured
        if unmeasured and self._is_untold(k):
            found.unmeasured.append(k)
        return True

    def _column(
        self, k: int, block: ScratchBuffer, buffer: bytes, starts: Ints, ends: Ints, shift: int
    ) -> tuple[Floats, Mask | None, Mask | None, bool]:
        """Values of a column, its missing cells, its words, and whether a cell says "not measured"."""
        rows = len(starts)
        blank = ends <= starts
        gap: Mask | None = None
        there: Ints | None
        if blank.any():
            gap, there = self._blanks.others(blank)
            values = np.full(rows, _NAN)
            if not len(there):
                return values, gap, None, False
            values[there], odd = self._readers[k].read(block, starts[there], ends[there])
        else:
            there = None
            values, odd = self._readers[k].read(block, starts, ends)
        if k in self._counters and self.dialect.decimal_comma:
            # In the block a comma is a decimal point; among counts it sets thousands apart.
            begin, end = (starts, ends) if there is None else (starts[there], ends[there])
            odd = with_commas(buffer, begin + shift, end + shift, odd)
        if odd is None:
            return values, gap, None, False
        at = np.flatnonzero(odd) if there is None else there[odd]
        return self._odd_cells(k, buffer, starts[at] + shift, ends[at] + shift, at, values, gap)

    def _odd_cells(
        self, k: int, buffer: bytes, starts: Ints, ends: Ints, at: Ints, values: Floats, gap: Mask | None
    ) -> tuple[Floats, Mask | None, Mask | None, bool]:
        """Read the cells `at` as text; the rest as `_column`."""
        missing: list[int] = []
        words: list[int] = []
        unmeasured = False
        for row, begin, end in zip(at.tolist(), starts.tolist(), ends.tolist(), strict=True):
            cell = buffer[begin:end]
            found = self._odd.read(cell, k)
            if found is SpecialCell.MISSING:
                missing.append(row)
                unmeasured = unmeasured or cell in _UNMEASURED
                values[row] = _NAN
            elif found is SpecialCell.WORDS:
                words.append(row)
                values[row] = _NAN
            elif found is SpecialCell.TOO_LARGE:
                self._too_large.append(k)
                values[row] = _NAN
            else:
                values[row] = found
        return values, _mask(missing, len(values), gap), _mask(words, len(values), None), unmeasured


def _mask(rows: list[int], size: int, mask: Mask | None) -> Mask | None:
    """`mask` with these rows added."""
    if not rows:
        return mask
    mask = np.zeros(size, bool) if mask is None else mask.copy()
    mask[rows] = True
    return mask
