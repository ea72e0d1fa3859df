"""Row templates: rows that differ only in their digits are stacked to a matrix of bytes and decoded together.

A digit then has the same weight in all rows. Eight characters are summed up in one 64-bit word: digits to
pairs, pairs to fours, fours to eight; characters that are not digits have weight 0.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gan_tui.logs.csv.dialect import BLANKS, Dialect
from gan_tui.logs.csv.fast.buffer import Bytes, Scalar, ScratchBuffer, Words
from gan_tui.logs.csv.fast.rounding import MAX_POWER
from gan_tui.logs.model import Floats, Ints, Mask

MAX_LENGTH = 2048
"""Longest row with a template, in bytes."""
MAX_DIGITS = 16
"""Digits of a cell: with more, it may not be an integer below 2**53 without its point."""

_ROWS_PER_LOOP = 16
"""Rows compared by one inner loop of numpy."""
_WORDS_PER_LOOP = 128
"""Words summed up by one inner loop of numpy."""
_ZERO, _NINE = ord("0"), 9
_SAFE_FIRST = 8
"""Sixteen digits are below 2**53 where the first one is at most this."""
_MIX = 0x9E3779B97F4A7C15


class _Weights(NamedTuple):
    """The weights of up to eight characters of a cell."""

    position: int
    """Offset of the word in the row, in bytes."""
    pairs: list[int]
    """The factor that adds up each of the four pairs of characters."""
    fours: list[int]
    """Likewise for the two pairs of pairs."""
    eight: int
    scale: int
    """The weight of the sum in the cell, a power of ten."""


class _Cell(NamedTuple):
    """One number of a row."""

    column: int
    words: list[_Weights]
    """From the last characters to the first; none for a blank cell."""
    divisor: float
    negative: bool


class RowTemplate:
    """What rows that differ only in their digits have in common.

    Args:
        row: One of them, with its line end.
        cells: Where the cell of each column begins and ends in it; a blank one ends where it begins.
        read: The columns that are read.
    """

    def __init__(self, row: bytes, cells: Sequence[tuple[int, int]], read: Collection[int]) -> None:
        self.size = len(row)
        self.width = _round_up(len(row))
        """Bytes of a row in a matrix: whole words."""
        fixed = np.zeros(self.width, np.uint8)
        fixed[: len(row)] = np.frombuffer(row, np.uint8)
        tolerance = np.zeros(self.width, np.uint8)
        tolerance[len(row) :] = 255
        for begin, end in cells:
            digits = [k for k in range(begin, end) if row[k : k + 1].isdigit()]
            fixed[digits] = _ZERO
            tolerance[digits] = _NINE
            if len(digits) == MAX_DIGITS:
                tolerance[digits[0]] = _SAFE_FIRST
        self._fixed = np.tile(fixed, _ROWS_PER_LOOP)
        self._tolerance = np.tile(tolerance, _ROWS_PER_LOOP)
        all_cells = [_cell(row, column, *cells[column]) for column in read]
        self.blank = frozenset(cell.column for cell in all_cells if not cell.words)
        """Columns whose cell is blank."""
        self._cells = [cell for cell in all_cells if cell.words]
        # The last word of each cell, then all others, each with the cell that it is added to.
        self._others = [(k, word) for k, cell in enumerate(self._cells) for word in cell.words[1:]]
        self._words = [cell.words[0] for cell in self._cells] + [word for _, word in self._others]
        self._pairs = _repeated([word.pairs for word in self._words], np.uint16)
        self._fours = _repeated([word.fours for word in self._words], np.uint32)
        self._eights = np.array([[word.eight] for word in self._words], np.uint64)
        self._divisors = np.array([[cell.divisor] for cell in self._cells])
        self.pattern_hash = int(pattern_hashes(np.frombuffer(bytes(fixed), np.uint8), 1, self.size)[0])

    def find_misfits(self, buffer: ScratchBuffer, matrix: Bytes, rows: int) -> Mask | None:
        """Return a mask, shape (rows,), of the rows that do not fit the template; None if all do.

        Args:
            buffer: Provides temporary memory.
            matrix: Rows in whole words, as `stack_rows` returns them. Its digits become 0 to 9.
            rows: Number of rows.
        """
        beyond = buffer.scratch("beyond", len(matrix), np.bool_)
        together = matrix.reshape(-1, _ROWS_PER_LOOP * self.width)
        np.bitwise_xor(together, self._fixed, out=together)
        np.greater(together, self._tolerance, out=beyond.reshape(together.shape))
        if not beyond.any():
            return None
        words = beyond.view(np.uint64).reshape(-1, self.width // 8)[:rows]
        combined = words[:, 0].copy()
        for k in range(1, words.shape[1]):
            combined |= words[:, k]
        misfits = combined != 0
        return misfits if misfits.any() else None

    def decode(self, buffer: ScratchBuffer, digits: Bytes, rows: int, into: Floats, at: Ints | None) -> None:
        """Write the numbers of rows into columns.

        Args:
            buffer: Provides temporary memory.
            digits: The rows, as `find_misfits` leaves them.
            rows: Number of rows.
            into: Columns by rows, shape (columns, n).
            at: Indexes of these rows, shape (rows,); None for the first ones.
        """
        target = slice(rows) if at is None else at
        for blank in self.blank:
            into[blank][target] = np.nan
        sums = self._sums(buffer, digits, rows).view(np.int64)
        values = buffer.scratch("values", sums.size, np.float64).reshape(sums.shape)
        np.divide(sums, self._divisors, out=values)
        for cell, column in zip(self._cells, values, strict=True):
            if cell.negative:
                np.negative(column, out=column)
            into[cell.column][target] = column[:rows]

    def _sums(self, buffer: ScratchBuffer, digits: Bytes, rows: int) -> Words:
        """Return the digits of each cell as an integer, shape (cells, at least `rows`)."""
        padded = -(-rows // _WORDS_PER_LOOP) * _WORDS_PER_LOOP
        count = len(self._words)
        words = buffer.scratch("words", count * padded, np.uint64).reshape(count, padded)
        for word, weights in zip(words, self._words, strict=True):
            word[:rows] = np.ndarray((rows,), "<u8", digits.data, weights.position, (self.width,))
        pairs = words.view(np.uint16).reshape(count, -1, self._pairs.shape[2])
        pairs *= self._pairs
        pairs >>= np.uint16(8)
        fours = words.view(np.uint32).reshape(count, -1, self._fours.shape[2])
        fours *= self._fours
        fours >>= np.uint32(16)
        words *= self._eights
        words >>= np.uint64(32)
        cells = len(self._cells)
        for further, (cell, weights) in zip(words[cells:], self._others, strict=True):
            np.multiply(further, np.uint64(weights.scale), out=further)
            words[cell] += further
        return words[:cells]


def stack_rows(buffer: ScratchBuffer, begins: Ints, size: int) -> Bytes:
    """Return rows as a matrix of bytes, each padded to whole words with the bytes after it.

    Args:
        buffer: Contains the rows.
        begins: Where they begin in it, shape (n,).
        size: Their length, the same for all.
    """
    width = _round_up(size)
    rows_at = np.ndarray((len(buffer.bytes) - width + 1,), f"V{width}", buffer.bytes.data, 0, (1,))
    padding = -len(begins) % _ROWS_PER_LOOP
    if padding:
        begins = np.concatenate((begins, np.repeat(begins[-1:], padding)))
    return rows_at[begins].view(np.uint8)


def pattern_hashes(matrix: Bytes, rows: int, size: int) -> Words:
    """Return a hash of the positions of the digits in each row, shape (rows,).

    It is the same for rows that fit the same template.
    """
    width = _round_up(size)
    is_fixed = ((matrix ^ np.uint8(_ZERO)) > _NINE).view(np.uint64).reshape(-1, width // 8)[:rows]
    last = np.uint64((1 << (8 * (size - (width - 8)))) - 1)
    hashes = is_fixed[:, -1] & last
    for k in range(width // 8 - 1):
        hashes *= np.uint64(_MIX)
        hashes += is_fixed[:, k]
    hashes *= np.uint64(_MIX)
    return hashes


def row_template(
    row: bytes, dialect: Dialect, read: Collection[int], counters: Collection[int]
) -> RowTemplate | None:
    """Return the template of a row, or None if it contains anything but plain numbers.

    Args:
        row: The row with its line ending.
        dialect: How the table is written.
        read: The columns that are read.
        counters: Those of them that count, in which a comma is not a decimal one.
    """
    match = _LINE.fullmatch(row) if len(row) <= MAX_LENGTH else None
    cells = None if match is None else _plain_cells(match[1], dialect)
    if cells is None:
        return None
    for column, (begin, end) in enumerate(cells):
        text = row[begin:end]
        if len(_NON_DIGITS.sub(b"", text)) > MAX_DIGITS or len(text) - 1 - _point(text) > MAX_POWER:
            return None
        if b"," in text and column in counters:
            return None
    if all(cells[column][0] == cells[column][1] for column in read):
        return None
    return RowTemplate(row, cells, read)


def _plain_cells(line: bytes, dialect: Dialect) -> list[tuple[int, int]] | None:
    """Return where each cell begins and ends, without blanks around it; None if one is not a number."""
    cells = []
    if dialect.delimiter == BLANKS:
        for match in _NOT_BLANK.finditer(line):
            if _NUMBER.fullmatch(match[0]) is None:
                return None
            cells.append(match.span())
    else:
        position = 0
        for text in line.split(dialect.delimiter):
            inner = text.strip(b" ")
            if inner and _NUMBER.fullmatch(inner) is None:
                return None
            begin = position + len(text) - len(text.lstrip(b" ")) if inner else position
            cells.append((begin, begin + len(inner)))
            position += len(text) + 1
    return cells if len(cells) == len(dialect.names) else None


_LINE = re.compile(rb"([^\r\n]*)\r?\n")
_NUMBER = re.compile(rb"-?(?:\d+(?:[.,]\d*)?|[.,]\d+)")
_NOT_BLANK = re.compile(rb"[^ \t]+")
_NON_DIGITS = re.compile(rb"\D+")


def _point(text: bytes) -> int:
    """Return the index of the decimal point or comma of a number, or of its last character."""
    position = max(text.find(b"."), text.find(b","))
    return position if position >= 0 else len(text) - 1


def _cell(row: bytes, column: int, begin: int, end: int) -> _Cell:
    """Return the weights of the characters of a cell."""
    text = row[begin:end]
    words = []
    stop, behind = end, 0
    while stop > begin:
        position = max(0, stop - 8)
        digit = [
            max(begin, position) <= k < stop and row[k : k + 1].isdigit()
            for k in range(position, position + 8)
        ]
        words.append(_word_weights(position, digit, behind))
        behind += sum(digit)
        stop = position if stop > 8 else 0
    decimals = len(text) - 1 - _point(text) if text else 0
    return _Cell(column, words, 10.0**decimals, text.startswith(b"-"))


def _word_weights(position: int, digit: list[bool], behind: int) -> _Weights:
    """Return the weights of eight characters, some of them digits, with `behind` digits after them."""
    count = [digit[k] + digit[k + 1] for k in range(0, 8, 2)]
    # Multiplying two halves by (left << half | right) leaves left * first + right * second in the
    # upper one; the first half is the lower one.
    pairs = [
        (10**second * first) << 8 | second for first, second in zip(digit[::2], digit[1::2], strict=True)
    ]
    fours = [10 ** count[1] << 16 | 1, 10 ** count[3] << 16 | 1]
    eight = 10 ** (count[2] + count[3]) << 32 | 1
    return _Weights(position, pairs, fours, eight, 10**behind)


def _repeated(factors: list[list[int]], kind: type[Scalar]) -> NDArray[Scalar]:
    """Repeat the factors of words for one inner loop of numpy, shape (words, 1, parts)."""
    return np.tile(np.array(factors, kind), _WORDS_PER_LOOP)[:, None, :]


def _round_up(size: int) -> int:
    """Round up to a multiple of eight."""
    return -(-size // 8) * 8
