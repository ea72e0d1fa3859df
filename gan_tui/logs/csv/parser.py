"""Tables: CSV, TSV and their relatives, read row by row where they are odd, by blocks where they are not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from gan_tui.logs.csv.column_store import Cells
from gan_tui.logs.csv.dialect import (
    Dialect,
    choose,
    choose_alone,
    from_comment,
    row_end,
)
from gan_tui.logs.csv.fast.buffer import BEFORE, ScratchBuffer, give_back, take_block
from gan_tui.logs.csv.fast.tokenizer import TokenizedRows, Tokenizer, line_ends
from gan_tui.logs.csv.table import Table
from gan_tui.logs.model import Batch, Buffer, Ints, join
from gan_tui.logs.parsing.byte_order_mark import MarkedBytes
from gan_tui.logs.parsing.fault_log import FaultLog

MAX_LINE_BYTES = 4 * 1024 * 1024
"""A longer line is passed over with a fault, so that memory stays bounded."""
MAX_EARLY = 8
"""So many lines are kept until two of them show how the table is written."""

_LARGE = 1 << 16
_LEAST_BULK = 4096
_BLOCK_ROWS = 24_000
"""Measured: fewer pay too many calls for each, more leave the core's own cache."""
_BLOCK_BYTES = (1 << 18, 1 << 22)
_LEAST_RUN = 48
"""Fewer rows than this are taken one by one: numpy's calls would cost more."""

_LINE_END = re.compile(rb"[\r\n\0]")
_NULS = re.compile(rb"\0+")
_LF, _CR = b"\n\r"


class DelimitedParser:
    """Reads a table as it grows.

    Any delimiter (comma, semicolon, tab, bar, runs of blanks), decimal commas where the delimiter is
    none, quotes, with or without a header, sparse rows. A cell that is blank or NA gives no point; `nan`
    and `inf` are points. A header that comes again begins the row numbers anew; another header begins
    other columns. A column that never holds a number is no series.

    What is not shown but reported: text where a column holds numbers, rows with more cells than columns,
    rows that are cut or hold no number, blocks of NUL, lines beyond `MAX_LINE_BYTES`.
    """

    def __init__(self) -> None:
        self._marked = MarkedBytes()
        self._pending = bytearray()
        self._offset = 0  # of the first pending byte in the log
        self._open = False  # the pending bytes hold a line end, within quotes
        self._long = 0  # bytes of a line that is passed over
        self._nuls = 0  # bytes of a block of NUL, with the row that it cut
        self._torn = False
        self._early: list[tuple[int, bytes]] = []
        self._comment = b""
        self._faults = FaultLog()
        self._table: Table | None = None
        self._tokenizer: Tokenizer | None = None
        self._block_bytes = _BLOCK_BYTES[0]
        self._ahead = 0  # bytes at hand behind those that are looked at
        self._given: list[Batch] = []

    @property
    def axis(self) -> str:
        """What a step counts; "" until the table has shown its columns."""
        return "" if self._table is None else self._table.axis.kind

    def feed(self, data: Buffer) -> Batch:
        """Take the next bytes of the log and give every point they complete."""
        if len(data) < _LARGE:
            self._take_next(bytes(data))
            return self._give()
        with memoryview(data) as given, given.cast("B") as piece:
            place = 0
            while place < len(piece):  # block by block: what was copied last is in the core's cache still
                end = min(len(piece), place + max(_LARGE, self._block_bytes - len(self._pending)))
                self._ahead = len(piece) - end
                if self._pending and self._marked.plain and not self._long and not self._open:
                    block = b"".join((self._pending, piece[place:end]))
                    self._pending.clear()
                    self._take(block)
                else:
                    self._take_next(bytes(piece[place:end]))
                place = end
        return self._give()

    def _take_next(self, data: bytes) -> None:
        """Take bytes as they are in the log, a byte order mark included."""
        skipped = self._marked.skipped
        data = self._marked.feed(data)
        self._offset += self._marked.skipped - skipped
        self._take(data)

    def finish(self) -> Batch:
        """Take an unfinished last line as a row."""
        self._take(self._marked.finish())
        if self._pending:
            buffer = bytes(self._pending)
            self._pending.clear()
            self._rows(buffer, len(buffer), final=True)
        if self._long:
            self._pass_over(self._offset, self._long)
        self._end_nuls()
        self._finish_early()
        self._faults.finish()
        return self._give()

    def _give(self) -> Batch:
        if self._table is not None:
            self._given.append(self._table.give())
        given, self._given = self._given, []
        return join([*given, Batch(faults=self._faults.take())])

    # -- bytes to rows -----------------------------------------------------------------------------------

    def _take(self, data: bytes) -> None:
        if self._long:
            found = _LINE_END.search(data)
            self._long += len(data) if found is None else found.start()
            if found is None:
                return
            self._pass_over(self._offset, self._long)
            self._offset += self._long
            self._long = 0
            data = data[found.start() :]
        end = _after_last_line_end(data)
        if not end and not self._open:
            self._hold(data)
            return
        buffer = bytes(self._pending) + data if self._pending else data
        end = len(buffer) if self._open else end + len(self._pending)
        self._pending.clear()
        used = self._rows(buffer, end, final=False)
        self._offset += used
        self._open = used < end and _LINE_END.search(buffer, used) is not None
        self._hold(buffer[used:])

    def _hold(self, rest: bytes) -> None:
        """Keep the bytes of a line that has not ended, up to a bound."""
        self._pending += rest
        if len(self._pending) > MAX_LINE_BYTES and not self._open:
            self._long = len(self._pending)
            self._pending.clear()

    def _rows(self, buffer: bytes, end: int, *, final: bool) -> int:
        """Read rows up to `end`; returns where the first one begins that has not ended."""
        place = 0
        block: ScratchBuffer | None = None
        while place < end:
            if self._table is not None and end - place >= _LEAST_BULK and not self._nuls and not self._torn:
                block = block or take_block(_BLOCK_BYTES[1])
                reached = self._bulk(buffer, place, end, block)
                if reached > place:
                    place = reached
                    continue
            reached = self._row(buffer, place, end, final=final)
            if reached < 0:
                break
            place = reached
        if block is not None:
            give_back(block)
        return place

    def _row(self, buffer: bytes, place: int, end: int, *, final: bool) -> int:
        """Read one row; returns where the next begins, or -1 where more bytes must come."""
        if self._nuls and buffer[place]:
            self._end_nuls()
            self._torn = True
        found = _LINE_END.search(buffer, place, end)
        if found is None and not final:
            return -1
        stop = end if found is None else found.start()
        if stop - place > MAX_LINE_BYTES:
            self._pass_over(self._offset + place, stop - place)
            return stop
        line = buffer[place:stop]
        if b'"' in line and stop < end:
            delimiter = b"" if self._table is None else self._table.dialect.delimiter
            stop = row_end(buffer, place, stop, end, delimiter, final=final)
            if stop < 0:
                return -1
            line = buffer[place:stop]
        if stop < end and not buffer[stop]:
            return self._nul_block(buffer, place, stop, end)
        self._line(line, self._offset + place)
        if stop + 1 < end and buffer[stop] == _CR and buffer[stop + 1] == _LF:
            stop += 1
        return min(stop + 1, end)

    def _nul_block(self, buffer: bytes, place: int, stop: int, end: int) -> int:
        """Pass over a block of NUL and the row that it cuts off."""
        found = _NULS.match(buffer, stop, end)
        assert found is not None
        if not self._nuls:
            self._nuls_from = self._offset + place
        self._nuls += found.end() - place
        return found.end()

    def _end_nuls(self) -> None:
        if self._nuls:
            self._faults.add(self._nuls_from, self._nuls, "block of NUL bytes")
            self._nuls = 0

    def _pass_over(self, offset: int, size: int) -> None:
        self._faults.add(offset, size, f"line longer than {MAX_LINE_BYTES:,} bytes")

    # -- rows to a table ---------------------------------------------------------------------------------

    def _line(self, line: bytes, offset: int) -> None:
        torn, self._torn = self._torn, False
        bare = line.strip()
        if not bare:
            return
        if bare.startswith(b"#"):
            if self._table is None:
                self._comment = bare
            elif bare == self._table.dialect.header:
                self._table.take(bare, offset)
            return
        if self._table is not None:
            self._hand(self._table, line, offset, torn=torn)
        else:
            self._early.append((offset, line))
            self._try_early()

    def _hand(self, table: Table, line: bytes, offset: int, *, torn: bool = False) -> None:
        other = table.take(line, offset, torn=torn)
        if other is not None:
            self._given.append(table.give())
            self._begin(other, table)

    def _begin(self, dialect: Dialect, before: Table | None = None) -> None:
        self._table = Table(dialect, self._faults, before)
        self._tokenizer = Tokenizer(dialect.delimiter, self._table.width)

    def _try_early(self) -> None:
        """Tell the dialect from the first lines, the last of them being new."""
        found = choose([line for _, line in self._early]) if len(self._early) > 1 else None
        if found is not None:
            self._settle(*found)
        elif len(self._early) > MAX_EARLY:
            offset, line = self._early.pop(0)
            self._faults.add(offset, len(line), "no row of a table")

    def _settle(self, first: int, dialect: Dialect) -> None:
        """Begin the table with the early line `first`; those before it are no rows."""
        early, self._early = self._early, []
        for offset, line in early[:first]:
            self._faults.add(offset, len(line), "no row of a table")
        if self._comment:
            dialect = from_comment(self._comment, dialect)
        self._begin(dialect)
        for offset, line in early[first + (dialect.header == early[first][1]) :]:
            assert self._table is not None
            self._hand(self._table, line, offset)

    def _finish_early(self) -> None:
        """Read the first lines of a log that has no more of them."""
        if len(self._early) == 1 and (dialect := choose_alone(self._early[0][1])):
            self._settle(0, dialect)
        elif len(self._early) > 1:
            for offset, line in self._early:
                self._faults.add(offset, len(line), "no row of a table")
        self._early = []

    # -- blocks ------------------------------------------------------------------------------------------

    def _bulk(self, buffer: bytes, place: int, end: int, block: ScratchBuffer) -> int:
        """Read whole lines at once; returns how far it came, `place` where it could not."""
        table, tokenizer = self._table, self._tokenizer
        assert table is not None
        assert tokenizer is not None
        cut = buffer.rfind(b"\n", place, min(place + self._block_bytes, end)) + 1
        if cut <= place:
            return place
        if table.header_can_pass and buffer.find(table.dialect.header.strip(), place, cut) >= 0:
            return self._by_row(buffer, place, cut, end)
        first = buffer[place : buffer.index(b"\n", place) + 1]
        if table.expects_shapes(first) and self._shaped(table, tokenizer, block, buffer, place, cut, end):
            return cut
        rows = tokenizer.split(block, buffer, place, cut)
        count = len(rows.begins)
        row_bytes = self._measure(cut - place, count)
        if len(rows.irregular) * 8 > count:
            return self._by_row(buffer, place, cut, end)
        self._make_room(table, end - place, row_bytes)
        # Where each row begins in the buffer, and where the last one ends.
        lines = np.append(rows.begins + (place - BEFORE), cut)
        row = 0
        for stop in (*rows.irregular.tolist(), count):
            for begin, until, cells in self._runs(table, block, buffer, place, rows, row, stop):
                if cells is not None:
                    table.extend(cells, begin - row, until - row)
                    continue
                reached = self._by_row(buffer, int(lines[begin]), int(lines[until]), end)
                if reached != lines[until] or self._table is not table:
                    return self._by_row(buffer, reached, cut, end)
            row = stop + 1
        return cut

    def _measure(self, size: int, rows: int) -> float:
        """Bytes of a row, as a block shows them: the next block is chosen by them."""
        row_bytes = size / rows
        self._block_bytes = min(max(int(row_bytes * _BLOCK_ROWS), _BLOCK_BYTES[0]), _BLOCK_BYTES[1])
        return row_bytes

    def _make_room(self, table: Table, size: int, row_bytes: float) -> None:
        if not table.has_room:
            table.make_room(int((size + self._ahead) / row_bytes * 1.02) + 1)

    def _shaped(
        self,
        table: Table,
        tokenizer: Tokenizer,
        block: ScratchBuffer,
        buffer: bytes,
        place: int,
        cut: int,
        end: int,
    ) -> bool:
        """Read whole lines by the shapes of their rows; says whether they were."""
        with memoryview(buffer) as whole:
            ends = line_ends(block.fill(whole[place:cut]))
        ends += BEFORE + 1
        begins = np.empty(len(ends), np.int64)
        begins[0] = BEFORE
        begins[1:] = ends[:-1]
        self._make_room(table, end - place, self._measure(cut - place, len(ends)))
        shift = place - BEFORE

        def others(left: Ints) -> Cells | None:
            spans = zip((begins[left] + shift).tolist(), (ends[left] + shift).tolist(), strict=True)
            lines = b"".join([buffer[a:b] for a, b in spans])
            rows = tokenizer.split(block, lines, 0, len(lines))
            if len(rows.irregular):
                return None
            return table.decode(block, lines, 0, rows.starts, rows.ends)

        return table.take_shaped(block, begins, ends - begins, others)

    def _runs(
        self,
        table: Table,
        block: ScratchBuffer,
        buffer: bytes,
        place: int,
        rows: TokenizedRows,
        row: int,
        stop: int,
    ) -> Iterator[tuple[int, int, Cells | None]]:
        """Rows from `row` on to take decoded, or by hand (None), up to and with the irregular row `stop`."""
        until = min(stop + 1, len(rows.begins))
        if stop - row < _LEAST_RUN:
            yield row, until, None
            return
        cells = table.decode(block, buffer, place, rows.starts[row:stop], rows.ends[row:stop])
        odd = [] if cells.by_hand is None else (np.flatnonzero(cells.by_hand) + row).tolist()
        if len(odd) * 8 > stop - row:
            yield row, until, None
            return
        for by_hand in odd:
            if row < by_hand:
                yield row, by_hand, cells
            yield by_hand, by_hand + 1, None
            row = by_hand + 1
        if row < stop:
            yield row, stop, cells
        if stop < until:
            yield stop, until, None

    def _by_row(self, buffer: bytes, place: int, until: int, end: int) -> int:
        """Read rows one by one from `place` to `until`, or as far as they have ended."""
        while place < until:
            reached = self._row(buffer, place, end, final=False)
            if reached < 0:
                break
            place = reached
        return place


def _after_last_line_end(data: bytes) -> int:
    """Where the last line that has ended is over; 0 for none."""
    end = data.rfind(b"\n") + 1
    return max(end, data.rfind(b"\r", end) + 1, data.rfind(b"\0", end) + 1)
