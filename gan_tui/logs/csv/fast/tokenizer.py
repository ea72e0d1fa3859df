"""Where the cells of many rows begin and end, found for a whole block of bytes at once."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from gan_tui.logs.csv.dialect import BLANKS
from gan_tui.logs.csv.fast.buffer import BEFORE, Bytes, ScratchBuffer
from gan_tui.logs.model import Ints

_LF, _CR, _COMMA, _TAB, _SPACE = b"\n\r,\t "
_BELOW_DIGITS = 45
"""Delimiters, blanks, quotes, parentheses, plus and comment signs are below it; digits, `-` and `.` not."""
_MOST_BLANKS = 16

_SPECIALS = np.zeros(256, bool)
_SPECIALS[list(b'"([#\0')] = True
_SPECIALS_AMONG_BLANKS = _SPECIALS.copy()
_SPECIALS_AMONG_BLANKS[list(b"\x0b\x0c")] = True


class TokenizedRows(Struct, frozen=True):
    """The rows of a block."""

    starts: Ints
    """Where each cell begins, shape (n, width); of rows that are irregular, nothing of use."""
    ends: Ints
    """Where it ends, shape (n, width)."""
    begins: Ints
    """Where each row begins, shape (n,)."""
    irregular: Ints
    """Rows that have to be split one by one."""


_SEVEN_TO_NONE = np.uint64(0x0001020304050607)


def line_ends(held: Bytes) -> Ints:
    """Where the line feeds stand, shape (n,). Faster by far than a search byte by byte."""
    hits = held == _LF
    whole = len(held) // 8 * 8
    words = hits[:whole].view(np.uint64)
    at = np.flatnonzero(words != 0)
    words = words[at]
    if len(at) and (words & (words - np.uint64(1))).any():  # two within eight bytes
        return np.flatnonzero(hits)
    # The product has the place of the one byte that is set in its highest byte.
    words *= _SEVEN_TO_NONE
    words >>= np.uint64(56)
    at <<= 3
    at += words.view(np.int64)
    return at if whole == len(held) else np.concatenate((at, np.flatnonzero(hits[whole:]) + whole))


class Tokenizer:
    """Splits blocks of whole lines that are all written alike.

    Args:
        delimiter: The delimiter of the table.
        width: How many cells a row has.
    """

    def __init__(self, delimiter: bytes, width: int) -> None:
        self._blanks = delimiter == BLANKS
        self._delimiter = _TAB if delimiter == b"\t" else _COMMA
        self._width = width
        self._plain = True
        # Decimal commas become points; what delimits is moved below the digits.
        table = bytearray(range(256))
        if delimiter != b",":
            table[_COMMA] = ord(".")
            if not self._blanks and delimiter != b"\t":
                table[delimiter[0]] = _COMMA
        self._table = bytes(table) if table != bytes(range(256)) else None
        self._patterns: dict[int, Bytes] = {}

    def split(self, block: ScratchBuffer, buffer: bytes, begin: int, end: int) -> TokenizedRows:
        """Put whole lines of a log into the block, ready to be decoded, and tell where their cells are.

        Args:
            block: Where to put them.
            buffer: Holds the lines.
            begin: Where the first begins.
            end: Where the last one is over, a line end included.
        """
        if self._table is None:
            held = block.fill(memoryview(buffer)[begin:end])
        else:
            held = block.fill(buffer[begin:end].translate(self._table))
        if self._blanks:
            return self._split_blanks(held)
        if self._plain and buffer.find(b"[", begin, end) < 0:
            marks = np.flatnonzero(held < _BELOW_DIGITS)
            rows = self._regular(held, marks)
            if rows is not None:
                return rows
            rows = self._mixed(held, marks, held[marks])
            self._plain = len(rows.irregular) * 8 < len(rows.begins)
            if self._plain:
                return rows
        marks = np.flatnonzero((held == self._delimiter) | (held == _LF))
        rows = self._mixed(held, marks, held[marks])
        return _trimmed(held, self._without_specials(held, rows))

    def _regular(self, held: Bytes, marks: Ints) -> TokenizedRows | None:
        """Rows all of which have just the marks that they should."""
        width = self._width
        end_of_line = (_CR, _LF) if len(held) > 1 and held[-2] == _CR else (_LF,)
        each = width - 1 + len(end_of_line)
        count, rest = divmod(len(marks), each)
        if rest or not count:
            return None
        pattern = self._patterns.get(each)
        if pattern is None or len(pattern) < len(marks):
            row = [self._delimiter] * (width - 1) + list(end_of_line)
            pattern = self._patterns[each] = np.tile(np.array(row, np.uint8), count)
        if not np.array_equal(held[marks], pattern[: len(marks)]):
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

    def _mixed(self, held: Bytes, marks: Ints, kinds: Bytes) -> TokenizedRows:
        """Rows some of which have other marks."""
        width = self._width
        lines = np.flatnonzero(kinds == _LF)
        marks = marks + BEFORE
        stops = marks[lines]
        begins = np.concatenate(([BEFORE], stops[:-1] + 1))
        foreign = (kinds != self._delimiter) & (kinds != _LF)
        # A carriage return right before the line end belongs to it.
        crlf = held[stops - BEFORE - 1] == _CR
        crlf &= stops > begins
        marked = np.zeros(len(lines), bool)
        marked[lines > 0] = kinds[lines[lines > 0] - 1] == _CR
        marked &= crlf
        foreign[lines[marked] - 1] = False
        counts = np.diff(lines, prepend=-1) - marked
        strange = np.concatenate(([0], np.cumsum(foreign)))
        before = np.concatenate(([0], lines[:-1] + 1))
        good = (counts == width) & (strange[lines + 1] == strange[before])
        # Cells end at the last marks of their row.
        last = lines - marked
        places = np.clip(last[:, None] + np.arange(1 - width, 1), 0, None)
        ends = marks[places]
        ends[:, -1] = stops - crlf
        starts = np.empty_like(ends)
        starts[:, 0] = begins
        starts[:, 1:] = ends[:, :-1] + 1
        bad = np.flatnonzero(~good)
        starts[bad] = ends[bad] = begins[bad, None]
        return TokenizedRows(starts, ends, begins, bad)

    def _without_specials(self, held: Bytes, rows: TokenizedRows) -> TokenizedRows:
        """The rows with those irregular that hold quotes, brackets, comments, NULs or stray returns."""
        specials = _SPECIALS_AMONG_BLANKS if self._blanks else _SPECIALS
        at = np.flatnonzero(specials[held])
        returns = np.flatnonzero(held == _CR)
        if len(returns):
            at = np.concatenate((at, returns[held[returns + 1] != _LF]))
        if not len(at):
            return rows
        marked = np.zeros(len(rows.begins), bool)
        marked[rows.irregular] = True
        marked[np.searchsorted(rows.begins, at + BEFORE, "right") - 1] = True
        return TokenizedRows(rows.starts, rows.ends, rows.begins, np.flatnonzero(marked))

    def _split_blanks(self, held: Bytes) -> TokenizedRows:
        """Rows whose cells stand apart by runs of blanks."""
        apart = (held == _SPACE) | (held == _TAB) | (held == _LF) | (held == _CR)
        change = np.flatnonzero(apart[1:] != apart[:-1]) + (BEFORE + 1)
        if not apart[0]:
            change = np.concatenate(([BEFORE], change))
        starts, ends = change[0::2], change[1::2]
        stops = np.flatnonzero(held == _LF) + BEFORE
        begins = np.concatenate(([BEFORE], stops[:-1] + 1))
        reached = np.searchsorted(starts, stops)
        counts = np.diff(reached, prepend=0)
        good = counts == self._width
        places = np.clip(reached[:, None] + np.arange(-self._width, 0), 0, max(len(starts) - 1, 0))
        if not len(starts):
            return TokenizedRows(places[:0], places[:0], begins, np.arange(len(begins)))
        rows = TokenizedRows(starts[places], ends[places], begins, np.flatnonzero(~good))
        return self._without_specials(held, rows)


def _trimmed(held: Bytes, rows: TokenizedRows) -> TokenizedRows:
    """The rows with the spaces around their cells left out."""
    starts, ends = rows.starts, rows.ends
    irregular = rows.irregular
    for _ in range(_MOST_BLANKS):
        lead = (held[starts - BEFORE] == _SPACE) & (starts < ends)
        trail = (held[ends - BEFORE - 1] == _SPACE) & (starts < ends - lead)
        if not lead.any() and not trail.any():
            return TokenizedRows(starts, ends, rows.begins, irregular)
        starts = starts + lead
        ends = ends - trail
    wide = ((held[starts - BEFORE] == _SPACE) | (held[ends - BEFORE - 1] == _SPACE)).any(axis=1)
    return TokenizedRows(starts, ends, rows.begins, np.union1d(irregular, np.flatnonzero(wide)))
