"""Tables: CSV, TSV and their relatives, read by blocks where rows are regular, else row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from gan_tui.logs.csv.column_store import Cells
from gan_tui.logs.csv.dialect import (
    LINE_END,
    Dialect,
    choose,
    choose_alone,
    from_comment,
    row_end,
)
from gan_tui.logs.csv.fast.decoder import MAX_BLOCK_BYTES, TokenizedRows
from gan_tui.logs.csv.table import Table
from gan_tui.logs.model import Batch, Buffer, join
from gan_tui.logs.parsing.byte_order_mark import MarkedBytes
from gan_tui.logs.parsing.fault_log import FaultLog

MAX_LINE_BYTES = 4 * 1024 * 1024
"""A longer line is skipped with a fault, so that memory stays bounded."""
MAX_HEAD_LINES = 8
"""Lines kept until two of them show how the table is written."""

_LARGE_FEED_BYTES = 1 << 16
_MIN_BLOCK_BYTES = 1 << 18
_MIN_BYTES_FOR_BLOCK = 4096
_BLOCK_ROWS = 24_000
"""Rows that a block aims at. With fewer, numpy's calls dominate; more leave the core's own cache."""
_MIN_BLOCK_ROWS = 48
"""Fewer rows than this are read one by one: numpy's calls would cost more."""

_NULS = re.compile(rb"\0+")
_LF, _CR = b"\n\r"


class DelimitedParser:
    """Reads a table as it grows.

    Any delimiter (comma, semicolon, tab, bar, runs of blanks), decimal commas if the delimiter is not a
    comma, quotes, with or without a header, sparse rows. A blank cell or NA gives no point; `nan` and
    `inf` are points. A repeated header restarts the row numbers; a different header starts other
    columns. A column that never contains a number is not a series.

    Reported as faults: text in a column of numbers, rows with more cells than columns, rows that are cut
    off or contain no number, blocks of NUL, lines beyond `MAX_LINE_BYTES`.
    """

    def __init__(self) -> None:
        self._marked = MarkedBytes()
        self._pending = bytearray()
        self._offset = 0  # of the first pending byte in the log
        self._in_quotes = False  # the pending bytes contain a line ending within quotes
        self._skipped = 0  # bytes of an overlong line so far
        self._nuls = 0  # bytes of a block of NUL, with the row that it cuts off
        self._nuls_offset = 0
        self._torn = False  # the next row follows a block of NUL
        self._head: list[tuple[int, bytes]] = []
        self._comment = b""
        self._faults = FaultLog()
        self._table: Table | None = None
        self._block_bytes = _MIN_BLOCK_BYTES
        self._bytes_ahead = 0  # available after those being read
        self._batches: list[Batch] = []

    @property
    def axis(self) -> str:
        """What a step counts; "" until the table has shown its columns."""
        return "" if self._table is None else self._table.axis.kind

    def feed(self, data: Buffer) -> Batch:
        """Read the next bytes of the log; returns the points that they complete."""
        if len(data) < _LARGE_FEED_BYTES:
            self._read_raw(bytes(data))
            return self._take()
        with memoryview(data) as view, view.cast("B") as piece:
            position = 0
            while position < len(piece):  # in blocks, so that what was just copied is still in the cache
                size = max(_LARGE_FEED_BYTES, self._block_bytes - len(self._pending))
                end = min(len(piece), position + size)
                self._bytes_ahead = len(piece) - end
                if self._pending and self._marked.plain and not self._skipped and not self._in_quotes:
                    block = b"".join((self._pending, piece[position:end]))
                    self._pending.clear()
                    self._read(block)
                else:
                    self._read_raw(bytes(piece[position:end]))
                position = end
        return self._take()

    def finish(self) -> Batch:
        """Read the last line, which may lack its ending."""
        self._read(self._marked.finish())
        if self._pending:
            data = bytes(self._pending)
            self._pending.clear()
            self._read_rows(data, len(data), final=True)
        if self._skipped:
            self._add_overlong(self._offset, self._skipped)
        self._end_nuls()
        self._finish_head()
        self._faults.finish()
        return self._take()

    def _take(self) -> Batch:
        if self._table is not None:
            self._batches.append(self._table.take())
        batches, self._batches = self._batches, []
        return join([*batches, Batch(faults=self._faults.take())])

    # -- Bytes to rows -----------------------------------------------------------------------------------

    def _read_raw(self, data: bytes) -> None:
        """Read bytes as they are in the log, a byte order mark included."""
        skipped = self._marked.skipped
        data = self._marked.feed(data)
        self._offset += self._marked.skipped - skipped
        self._read(data)

    def _read(self, data: bytes) -> None:
        if self._skipped:
            line_end = LINE_END.search(data)
            self._skipped += len(data) if line_end is None else line_end.start()
            if line_end is None:
                return
            self._add_overlong(self._offset, self._skipped)
            self._offset += self._skipped
            self._skipped = 0
            data = data[line_end.start() :]
        end = _after_last_line_end(data)
        if not end and not self._in_quotes:
            self._keep(data)
            return
        joined = bytes(self._pending) + data if self._pending else data
        end = len(joined) if self._in_quotes else end + len(self._pending)
        self._pending.clear()
        used = self._read_rows(joined, end, final=False)
        self._offset += used
        self._in_quotes = used < end and LINE_END.search(joined, used) is not None
        self._keep(joined[used:])

    def _keep(self, rest: bytes) -> None:
        """Keep the bytes of an unfinished line, up to a limit."""
        self._pending += rest
        if len(self._pending) > MAX_LINE_BYTES and not self._in_quotes:
            self._skipped = len(self._pending)
            self._pending.clear()

    def _read_rows(self, data: bytes, end: int, *, final: bool) -> int:
        """Read rows up to `end`; returns where the first unfinished one begins."""
        position = 0
        while position < end:
            table = self._table
            if (
                table is not None
                and end - position >= _MIN_BYTES_FOR_BLOCK
                and not self._nuls
                and not self._torn
            ):
                reached = self._read_block(table, data, position, end)
                if self._table is not table:
                    table.decoder.release()
                if reached > position:
                    position = reached
                    continue
            reached = self._read_row(data, position, end, final=final)
            if reached < 0:
                break
            position = reached
        if self._table is not None:
            self._table.decoder.release()
        return position

    def _read_row(self, data: bytes, position: int, end: int, *, final: bool) -> int:
        """Read one row; returns where the next begins, or -1 if more bytes are needed."""
        if self._nuls and data[position]:
            self._end_nuls()
            self._torn = True
        line_end = LINE_END.search(data, position, end)
        if line_end is None and not final:
            return -1
        stop = end if line_end is None else line_end.start()
        if stop - position > MAX_LINE_BYTES:
            self._add_overlong(self._offset + position, stop - position)
            return stop
        line = data[position:stop]
        if b'"' in line and stop < end:
            delimiter = b"" if self._table is None else self._table.dialect.delimiter
            stop = row_end(data, position, stop, end, delimiter, final=final)
            if stop < 0:
                return -1
            line = data[position:stop]
        if stop < end and not data[stop]:
            return self._skip_nuls(data, position, stop, end)
        self._add_line(line, self._offset + position)
        if stop + 1 < end and data[stop] == _CR and data[stop + 1] == _LF:
            stop += 1
        return min(stop + 1, end)

    def _skip_nuls(self, data: bytes, position: int, stop: int, end: int) -> int:
        """Skip a block of NUL and the row that it cuts off."""
        nuls = _NULS.match(data, stop, end)
        assert nuls is not None
        if not self._nuls:
            self._nuls_offset = self._offset + position
        self._nuls += nuls.end() - position
        return nuls.end()

    def _end_nuls(self) -> None:
        if self._nuls:
            self._faults.add(self._nuls_offset, self._nuls, "block of NUL bytes")
            self._nuls = 0

    def _add_overlong(self, offset: int, size: int) -> None:
        self._faults.add(offset, size, f"line longer than {MAX_LINE_BYTES:,} bytes")

    # -- Rows to a table ---------------------------------------------------------------------------------

    def _add_line(self, line: bytes, offset: int) -> None:
        torn, self._torn = self._torn, False
        stripped = line.strip()
        if not stripped:
            return
        if stripped.startswith(b"#"):
            if self._table is None:
                self._comment = stripped
            elif stripped == self._table.dialect.header:
                self._table.add_row(stripped, offset)
            return
        if self._table is not None:
            self._add_row(self._table, line, offset, torn=torn)
        else:
            self._head.append((offset, line))
            self._try_head()

    def _add_row(self, table: Table, line: bytes, offset: int, *, torn: bool = False) -> None:
        new_dialect = table.add_row(line, offset, torn=torn)
        if new_dialect is not None:
            self._batches.append(table.take())
            self._table = Table(new_dialect, self._faults, table)

    def _try_head(self) -> None:
        """Detect the dialect from the first lines, the last of which is new."""
        choice = choose([line for _, line in self._head]) if len(self._head) > 1 else None
        if choice is not None:
            self._begin_table(*choice)
        elif len(self._head) > MAX_HEAD_LINES:
            offset, line = self._head.pop(0)
            self._faults.add(offset, len(line), "not a row of a table")

    def _begin_table(self, first: int, dialect: Dialect) -> None:
        """Begin the table with the line `first` of the head; those before it are not rows."""
        head, self._head = self._head, []
        for offset, line in head[:first]:
            self._faults.add(offset, len(line), "not a row of a table")
        if self._comment:
            dialect = from_comment(self._comment, dialect)
        self._table = Table(dialect, self._faults)
        for offset, line in head[first + (dialect.header == head[first][1]) :]:
            self._add_row(self._table, line, offset)

    def _finish_head(self) -> None:
        """Read the first lines of a log that has no more of them."""
        if len(self._head) == 1 and (dialect := choose_alone(self._head[0][1])):
            self._begin_table(0, dialect)
        elif len(self._head) > 1:
            for offset, line in self._head:
                self._faults.add(offset, len(line), "not a row of a table")
        self._head = []

    # -- Blocks ------------------------------------------------------------------------------------------

    def _read_block(self, table: Table, data: bytes, position: int, end: int) -> int:
        """Read many rows at once; returns where the next one begins, `position` if nothing was read."""
        cut = data.rfind(b"\n", position, min(position + self._block_bytes, end)) + 1
        if cut <= position:
            return position
        if table.header_can_pass and data.find(table.dialect.header.strip(), position, cut) >= 0:
            return self._read_singly(data, position, cut, end)
        first = data[position : data.index(b"\n", position) + 1]
        if table.decoder.is_batch_likely(first):
            edges = table.decoder.load_rows(data, position, cut)
            self._adapt(table, cut - position, len(edges) - 1, end - position)
            if table.add_batches(data, edges):
                return cut
        tokenized = table.decoder.split(data, position, cut)
        count = len(tokenized.begins)
        if len(tokenized.irregular) * 8 > count:
            self._measure(cut - position, count)
            return self._read_singly(data, position, cut, end)
        self._adapt(table, cut - position, count, end - position)
        edges = np.append(tokenized.begins + tokenized.shift, cut)
        row = 0
        for stop in (*tokenized.irregular.tolist(), count):
            for begin, until, cells in _runs(table, data, tokenized, row, stop):
                if cells is not None:
                    table.add_cells(cells, begin - row, until - row)
                    continue
                reached = self._read_singly(data, int(edges[begin]), int(edges[until]), end)
                if reached != edges[until] or self._table is not table:
                    return self._read_singly(data, reached, cut, end)
            row = stop + 1
        return cut

    def _measure(self, size: int, rows: int) -> float:
        """Choose the size of the next block by the bytes of a row, which are returned."""
        row_bytes = size / rows
        self._block_bytes = min(max(int(row_bytes * _BLOCK_ROWS), _MIN_BLOCK_BYTES), MAX_BLOCK_BYTES)
        return row_bytes

    def _adapt(self, table: Table, size: int, rows: int, bytes_left: int) -> None:
        """Adapt the next block and the table's memory to the rows of this block."""
        row_bytes = self._measure(size, rows)
        if not table.has_reserve:
            table.reserve(int((bytes_left + self._bytes_ahead) / row_bytes * 1.02) + 1)

    def _read_singly(self, data: bytes, position: int, until: int, end: int) -> int:
        """Read rows one by one from `position` to `until`, or up to the first unfinished one."""
        while position < until:
            reached = self._read_row(data, position, end, final=False)
            if reached < 0:
                break
            position = reached
        return position


def _runs(
    table: Table, data: bytes, tokenized: TokenizedRows, row: int, stop: int
) -> Iterator[tuple[int, int, Cells | None]]:
    """Yield runs of rows from `row` to the irregular row `stop`: decoded, or None to be read one by one."""
    until = min(stop + 1, len(tokenized.begins))
    if stop - row < _MIN_BLOCK_ROWS:
        yield row, until, None
        return
    cells = table.decode(data, tokenized, row, stop)
    singles = [] if cells.by_hand is None else (np.flatnonzero(cells.by_hand) + row).tolist()
    if len(singles) * 8 > stop - row:
        yield row, until, None
        return
    for single in singles:
        if row < single:
            yield row, single, cells
        yield single, single + 1, None
        row = single + 1
    if row < stop:
        yield row, stop, cells
    if stop < until:
        yield stop, until, None


def _after_last_line_end(data: bytes) -> int:
    """Return where the last finished line ends; 0 if there is none."""
    end = data.rfind(b"\n") + 1
    return max(end, data.rfind(b"\r", end) + 1, data.rfind(b"\0", end) + 1)
