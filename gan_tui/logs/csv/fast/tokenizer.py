"""Finds where the cells of many rows begin and end, for a whole block of bytes at once."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from gan_tui.logs.csv.dialect import BLANKS
from gan_tui.logs.csv.fast.buffer import BEFORE, Bytes, ScratchBuffer
from gan_tui.logs.model import Ints

_LF, _CR, _COMMA, _TAB, _SPACE = b"\n\r,\t "
_BELOW_DIGITS = 45
"""Delimiters, blanks, quotes, parentheses, `+` and `#` are below it; digits, `-` and `.` are not."""
_MAX_BLANKS = 16

_SPECIALS = np.zeros(256, bool)
_SPECIALS[list(b'"([#\0')] = True
_SPECIALS_AMONG_BLANKS = _SPECIALS.copy()
_SPECIALS_AMONG_BLANKS[list(b"\x0b\x0c")] = True


class TokenizedRows(Struct, frozen=True):
    """The rows of a block."""

    starts: Ints
    """Where each cell begins, shape (n, width); meaningless for irregular rows."""
    ends: Ints
    """Where it ends, shape (n, width)."""
    begins: Ints
    """Where each row begins, shape (n,)."""
    irregular: Ints
    """Rows that have to be split one by one."""
    shift: int = 0
    """Add it to the positions above to get those in the log's bytes."""


_SEVEN_TO_NONE = np.uint64(0x0001020304050607)


def find_line_ends(block: Bytes) -> Ints:
    """Return the positions of line feeds, shape (n,); much faster than a search byte by byte."""
    hits = block == _LF
    whole = len(block) // 8 * 8
    words = hits[:whole].view(np.uint64)
    at = np.flatnonzero(words != 0)
    words = words[at]
    if len(at) and (words & (words - np.uint64(1))).any():  # two within eight bytes
        return np.flatnonzero(hits)
    # The highest byte of the product is the position of the one byte that is set.
    words *= _SEVEN_TO_NONE
    words >>= np.uint64(56)
    at <<= 3
    at += words.view(np.int64)
    return at if whole == len(block) else np.concatenate((at, np.flatnonzero(hits[whole:]) + whole))


class Tokenizer:
    """Splits blocks of whole lines that are written alike.

    Args:
        delimiter: The delimiter of the table.
        width: Number of cells in a row.
    """

    def __init__(self, delimiter: bytes, width: int) -> None:
        self._blanks = delimiter == BLANKS
        self._delimiter = _TAB if delimiter == b"\t" else _COMMA
        self._width = width
        self._plain = True
        # Decimal commas become points; delimiters become a character below the digits.
        table = bytearray(range(256))
        if delimiter != b",":
            table[_COMMA] = ord(".")
            if not self._blanks and delimiter != b"\t":
                table[delimiter[0]] = _COMMA
        self._table = bytes(table) if table != bytes(range(256)) else None
        self._patterns: dict[int, Bytes] = {}

    def split(self, buffer: ScratchBuffer, data: bytes, begin: int, end: int) -> TokenizedRows:
        """Load whole lines into the buffer, ready to be decoded, and find their cells.

        Args:
            buffer: Where to load them.
            data: Contains the lines.
            begin: Where the first begins.
            end: Where the last one ends, its line ending included.
        """
        rows = self._split(buffer, data, begin, end)
        return replace(rows, shift=begin - BEFORE)

    def _split(self, buffer: ScratchBuffer, data: bytes, begin: int, end: int) -> TokenizedRows:
        if self._table is None:
            block = buffer.fill(memoryview(data)[begin:end])
        else:
            block = buffer.fill(data[begin:end].translate(self._table))
        if self._blanks:
            return self._split_blanks(block)
        if self._plain and data.find(b"[", begin, end) < 0:
            marks = np.flatnonzero(block < _BELOW_DIGITS)
            rows = self._regular(block, marks)
            if rows is not None:
                return rows
            rows = self._mixed(block, marks, block[marks])
            self._plain = len(rows.irregular) * 8 < len(rows.begins)
            if self._plain:
                return rows
        marks = np.flatnonzero((block == self._delimiter) | (block == _LF))
        rows = self._mixed(block, marks, block[marks])
        return _trimmed(block, self._without_specials(block, rows))

    def _regular(self, block: Bytes, marks: Ints) -> TokenizedRows | None:
        """Return the rows if all have exactly the expected marks."""
        width = self._width
        end_of_line = (_CR, _LF) if len(block) > 1 and block[-2] == _CR else (_LF,)
        each = width - 1 + len(end_of_line)
        count, rest = divmod(len(marks), each)
        if rest or not count:
            return None
        pattern = self._patterns.get(each)
        if pattern is None or len(pattern) < len(marks):
            row = [self._delimiter] * (width - 1) + list(end_of_line)
            pattern = self._patterns[each] = np.tile(np.array(row, np.uint8), count)
        if not np.array_equal(block[marks], pattern[: len(marks)]):
            return None
        marks += BEFORE
        grid = marks.reshape(count, each)
        if each > width and (grid[:, width] - grid[:, width - 1] != 1).any():
            return None
        begins = np.empty(len(marks), np.int64)
        begins[0] = BEFORE
        begins[1:] = marks[:-1]
        begins[1:] += 1
        starts = begins.reshape(count, each)
        return TokenizedRows(starts[:, :width], grid[:, :width], starts[:, 0], np.empty(0, np.int64))

    def _mixed(self, block: Bytes, marks: Ints, signs: Bytes) -> TokenizedRows:
        """Return rows of which some have other marks."""
        width = self._width
        lines = np.flatnonzero(signs == _LF)
        marks = marks + BEFORE
        stops = marks[lines]
        begins = np.concatenate(([BEFORE], stops[:-1] + 1))
        foreign = (signs != self._delimiter) & (signs != _LF)
        # A carriage return right before the line end belongs to it.
        crlf = block[stops - BEFORE - 1] == _CR
        crlf &= stops > begins
        marked = np.zeros(len(lines), bool)
        marked[lines > 0] = signs[lines[lines > 0] - 1] == _CR
        marked &= crlf
        foreign[lines[marked] - 1] = False
        counts = np.diff(lines, prepend=-1) - marked
        foreign_count = np.concatenate(([0], np.cumsum(foreign)))
        before = np.concatenate(([0], lines[:-1] + 1))
        good = (counts == width) & (foreign_count[lines + 1] == foreign_count[before])
        # Cells end at the last marks of their row.
        last = lines - marked
        indexes = np.clip(last[:, None] + np.arange(1 - width, 1), 0, None)
        ends = marks[indexes]
        ends[:, -1] = stops - crlf
        starts = np.empty_like(ends)
        starts[:, 0] = begins
        starts[:, 1:] = ends[:, :-1] + 1
        bad = np.flatnonzero(~good)
        starts[bad] = ends[bad] = begins[bad, None]
        return TokenizedRows(starts, ends, begins, bad)

    def _without_specials(self, block: Bytes, rows: TokenizedRows) -> TokenizedRows:
        """Mark rows with quotes, brackets, comments, NULs or stray carriage returns as irregular."""
        specials = _SPECIALS_AMONG_BLANKS if self._blanks else _SPECIALS
        at = np.flatnonzero(specials[block])
        returns = np.flatnonzero(block == _CR)
        if len(returns):
            at = np.concatenate((at, returns[block[returns + 1] != _LF]))
        if not len(at):
            return rows
        marked = np.zeros(len(rows.begins), bool)
        marked[rows.irregular] = True
        marked[np.searchsorted(rows.begins, at + BEFORE, "right") - 1] = True
        return TokenizedRows(rows.starts, rows.ends, rows.begins, np.flatnonzero(marked))

    def _split_blanks(self, block: Bytes) -> TokenizedRows:
        """Return rows whose cells are separated by runs of blanks."""
        is_blank = (block == _SPACE) | (block == _TAB) | (block == _LF) | (block == _CR)
        change = np.flatnonzero(is_blank[1:] != is_blank[:-1]) + (BEFORE + 1)
        if not is_blank[0]:
            change = np.concatenate(([BEFORE], change))
        starts, ends = change[0::2], change[1::2]
        stops = np.flatnonzero(block == _LF) + BEFORE
        begins = np.concatenate(([BEFORE], stops[:-1] + 1))
        cells_before = np.searchsorted(starts, stops)
        counts = np.diff(cells_before, prepend=0)
        good = counts == self._width
        indexes = np.clip(cells_before[:, None] + np.arange(-self._width, 0), 0, max(len(starts) - 1, 0))
        if not len(starts):
            return TokenizedRows(indexes[:0], indexes[:0], begins, np.arange(len(begins)))
        rows = TokenizedRows(starts[indexes], ends[indexes], begins, np.flatnonzero(~good))
        return self._without_specials(block, rows)


def _trimmed(block: Bytes, rows: TokenizedRows) -> TokenizedRows:
    """Return the rows without the spaces around their cells."""
    starts, ends = rows.starts, rows.ends
    irregular = rows.irregular
    for _ in range(_MAX_BLANKS):
        lead = (block[starts - BEFORE] == _SPACE) & (starts < ends)
        trail = (block[ends - BEFORE - 1] == _SPACE) & (starts < ends - lead)
        if not lead.any() and not trail.any():
            return TokenizedRows(starts, ends, rows.begins, irregular)
        starts = starts + lead
        ends = ends - trail
    wide = ((block[starts - BEFORE] == _SPACE) | (block[ends - BEFORE - 1] == _SPACE)).any(axis=1)
    return TokenizedRows(starts, ends, rows.begins, np.union1d(irregular, np.flatnonzero(wide)))
