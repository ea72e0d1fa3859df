"""The shape of a row: where its digits stand, so that rows of one shape are decoded by the thousand.

Rows that are written alike differ in their digits only. Side by side they are a matrix of bytes, in which
each digit of a cell is worth the same in all rows. Eight characters at a time are weighed within one machine
word: digits to pairs, pairs to fours, fours to eights, each with one multiplication and one shift, and what
is no digit of the cell weighs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gan_tui.logs.csv.dialect import BLANKS, Dialect
from gan_tui.logs.csv.fast.buffer import Bytes, Mask, Scalar, ScratchBuffer, Words
from gan_tui.logs.csv.fast.rounding import MOST_POWER
from gan_tui.logs.model import Floats, Ints

LONGEST = 2048
"""A longer row, in bytes, has no shape."""
MOST_DIGITS = 16
"""A cell with more digits may not be a whole number below 2**53 without its point."""

_TOGETHER = 16
"""So many rows are compared by one inner loop of numpy's."""
_WEIGHED = 128
"""So many words are weighed by one inner loop of numpy's."""
_ZERO, _NINE = ord("0"), 9
_SAFE_FIRST = 8
"""Sixteen digits are below 2**53 where the first one is at most this."""
_MIX = 0x9E3779B97F4A7C15


class _Weights(NamedTuple):
    """What up to eight characters of a cell are worth."""

    place: int
    """Offset of the word in the row, in bytes."""
    pairs: list[int]
    """For each of the four pairs of characters in a word the factor that adds it up."""
    fours: list[int]
    """For the two pairs of pairs."""
    eight: int
    scale: int
    """What the sum is worth in the cell: a power of ten."""


class _Cell(NamedTuple):
    """One number of a row."""

    column: int
    words: list[_Weights]
    """From the last characters to the first; none for a blank cell."""
    divisor: float
    negative: bool


class RowTemplate:
    """What rows of one shape have in common.

    Args:
        row: One of them, with its line end.
        cells: Where the cell of each column begins and ends in it; a blank one ends where it begins.
        read: The columns that are read.
    """

    def __init__(self, row: bytes, cells: Sequence[tuple[int, int]], read: Collection[int]) -> None:
        self.size = len(row)
        self.width = _up(len(row))
        """Bytes that a row takes in a matrix: whole words."""
        fixed = np.zeros(self.width, np.uint8)
        fixed[: len(row)] = np.frombuffer(row, np.uint8)
        free = np.zeros(self.width, np.uint8)
        free[len(row) :] = 255
        for begin, end in cells:
            digits = [k for k in range(begin, end) if row[k : k + 1].isdigit()]
            fixed[digits] = _ZERO
            free[digits] = _NINE
            if len(digits) == MOST_DIGITS:
                free[digits[0]] = _SAFE_FIRST
        self._fixed = np.tile(fixed, _TOGETHER)
        self._free = np.tile(free, _TOGETHER)
        every = [_cell(row, column, *cells[column]) for column in read]
        self.blank = frozenset(cell.column for cell in every if not cell.words)
        """Columns whose cell is blank."""
        self._cells = [cell for cell in every if cell.words]
        # First the last word of each cell, then all others, each with the cell that it is added to.
        self._others = [(k, word) for k, cell in enumerate(self._cells) for word in cell.words[1:]]
        self._words = [cell.words[0] for cell in self._cells] + [word for _, word in self._others]
        self._pairs = _repeated([word.pairs for word in self._words], np.uint16)
        self._fours = _repeated([word.fours for word in self._words], np.uint32)
        self._eights = np.array([[word.eight] for word in self._words], np.uint64)
        self._divisors = np.array([[cell.divisor] for cell in self._cells])
        self.kind = int(kinds(np.frombuffer(bytes(fixed), np.uint8), 1, self.size)[0])

    def misfits(self, block: ScratchBuffer, matrix: Bytes, rows: int) -> Mask | None:
        """Which rows are of another shape: a mask of shape (rows,), None where none is.

        Args:
            block: Has memory for the moment.
            matrix: Rows in whole words, as `side_by_side` gives them. Digits become 0 to 9 in it.
            rows: How many are meant.
        """
        beyond = block.scratch("beyond", len(matrix), np.bool_)
        together = matrix.reshape(-1, _TOGETHER * self.width)
        np.bitwise_xor(together, self._fixed, out=together)
        np.greater(together, self._free, out=beyond.reshape(together.shape))
        if not beyond.any():
            return None
        words = beyond.view(np.uint64).reshape(-1, self.width // 8)[:rows]
        found = words[:, 0].copy()
        for k in range(1, words.shape[1]):
            found |= words[:, k]
        other = found != 0
        return other if other.any() else None

    def decode(self, block: ScratchBuffer, digits: Bytes, rows: int, into: Floats, at: Ints | None) -> None:
        """Write the numbers of rows into columns.

        Args:
            block: Has memory for the moment.
            digits: The rows, as `misfits` leaves them.
            rows: How many are meant.
            into: Columns by rows, shape (columns, n).
            at: Which of those rows they are, shape (rows,); None for the first ones.
        """
        there = slice(rows) if at is None else at
        for blank in self.blank:
            into[blank][there] = np.nan
        found = self._sums(block, digits, rows).view(np.int64)
        values = block.scratch("values", found.size, np.float64).reshape(found.shape)
        np.divide(found, self._divisors, out=values)
        for cell, column in zip(self._cells, values, strict=True):
            if cell.negative:
                np.negative(column, out=column)
            into[cell.column][there] = column[:rows]

    def _sums(self, block: ScratchBuffer, digits: Bytes, rows: int) -> Words:
        """The digits of each cell as whole numbers, shape (cells, at least `rows`)."""
        room = -(-rows // _WEIGHED) * _WEIGHED
        count = len(self._words)
        words = block.scratch("words", count * room, np.uint64).reshape(count, room)
        for word, weights in zip(words, self._words, strict=True):
            word[:rows] = np.ndarray((rows,), "<u8", digits.data, weights.place, (self.width,))
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


def side_by_side(block: ScratchBuffer, begins: Ints, size: int) -> Bytes:
    """Rows of a block as a matrix of bytes, each filled up to whole words by what stands behind it.

    Args:
        block: The bytes.
        begins: Where the rows begin in it, shape (n,).
        size: Their length, the same for all.
    """
    width = _up(size)
    every = np.ndarray((len(block.bytes) - width + 1,), f"V{width}", block.bytes.data, 0, (1,))
    odd = -len(begins) % _TOGETHER
    if odd:
        begins = np.concatenate((begins, np.repeat(begins[-1:], odd)))
    return every[begins].view(np.uint8)


def kinds(matrix: Bytes, rows: int, size: int) -> Words:
    """A number for each row that tells where its digits stand, shape (rows,).

    Rows of one shape have the same; others may, by chance.
    """
    width = _up(size)
    other = ((matrix ^ np.uint8(_ZERO)) > _NINE).view(np.uint64).reshape(-1, width // 8)[:rows]
    last = np.uint64((1 << (8 * (size - (width - 8)))) - 1)
    found = other[:, -1] & last
    for k in range(width // 8 - 1):
        found *= np.uint64(_MIX)
        found += other[:, k]
    found *= np.uint64(_MIX)
    return found


def row_template(
    row: bytes, dialect: Dialect, read: Collection[int], counters: Collection[int]
) -> RowTemplate | None:
    """The shape of a row, or None where it has none: something in it is no plain number.

    Args:
        row: The row with its line end.
        dialect: How the table is written.
        read: The columns that are read.
        counters: Those of them that count, in which a comma is no decimal one.
    """
    found = _LINE.fullmatch(row) if len(row) <= LONGEST else None
    cells = None if found is None else _plain_cells(found[1], dialect)
    if cells is None:
        return None
    for column, (begin, end) in enumerate(cells):
        text = row[begin:end]
        if len(_NO_DIGIT.sub(b"", text)) > MOST_DIGITS or len(text) - 1 - _point(text) > MOST_POWER:
            return None
        if b"," in text and column in counters:
            return None
    if all(cells[column][0] == cells[column][1] for column in read):
        return None
    return RowTemplate(row, cells, read)


def _plain_cells(line: bytes, dialect: Dialect) -> list[tuple[int, int]] | None:
    """Where each cell of a line stands without the blanks around it; None where one holds no number."""
    cells = []
    if dialect.delimiter == BLANKS:
        for found in _APART.finditer(line):
            if _NUMBER.fullmatch(found[0]) is None:
                return None
            cells.append(found.span())
    else:
        place = 0
        for text in line.split(dialect.delimiter):
            inner = text.strip(b" ")
            if inner and _NUMBER.fullmatch(inner) is None:
                return None
            begin = place + len(text) - len(text.lstrip(b" ")) if inner else place
            cells.append((begin, begin + len(inner)))
            place += len(text) + 1
    return cells if len(cells) == len(dialect.names) else None


_LINE = re.compile(rb"([^\r\n]*)\r?\n")
_NUMBER = re.compile(rb"-?(?:\d+(?:[.,]\d*)?|[.,]\d+)")
_APART = re.compile(rb"[^ \t]+")
_NO_DIGIT = re.compile(rb"\D+")


def _point(text: bytes) -> int:
    """Where the decimal point or comma of a number stands; its last character where it has none."""
    place = max(text.find(b"."), text.find(b","))
    return place if place >= 0 else len(text) - 1


def _cell(row: bytes, column: int, begin: int, end: int) -> _Cell:
    """What each character of a cell is worth."""
    text = row[begin:end]
    words = []
    stop, behind = end, 0
    while stop > begin:
        place = max(0, stop - 8)
        digit = [max(begin, place) <= k < stop and row[k : k + 1].isdigit() for k in range(place, place + 8)]
        words.append(_weights(place, digit, behind))
        behind += sum(digit)
        stop = place if stop > 8 else 0
    decimals = len(text) - 1 - _point(text) if text else 0
    return _Cell(column, words, 10.0**decimals, text.startswith(b"-"))


def _weights(place: int, digit: list[bool], behind: int) -> _Weights:
    """How eight characters add up, of which some are digits, with so many digits behind them."""
    count = [digit[k] + digit[k + 1] for k in range(0, 8, 2)]
    # In a word of two halves a factor of (left << half | right) leaves left * first + right * second
    # in the upper one; the first half is the lower one.
    pairs = [
        (10**second * first) << 8 | second for first, second in zip(digit[::2], digit[1::2], strict=True)
    ]
    fours = [10 ** count[1] << 16 | 1, 10 ** count[3] << 16 | 1]
    eight = 10 ** (count[2] + count[3]) << 32 | 1
    return _Weights(place, pairs, fours, eight, 10**behind)


def _repeated(factors: list[list[int]], kind: type[Scalar]) -> NDArray[Scalar]:
    """Factors for the parts of words, as often as one inner loop takes words, shape (words, 1, parts)."""
    return np.tile(np.array(factors, kind), _WEIGHED)[:, None, :]


def _up(size: int) -> int:
    """The least multiple of eight that holds `size`."""
    return -(-size // 8) * 8
