"""Decodes whole columns of decimal numbers at once, bit for bit like `float`.

Cells that are not plain numbers, or where rounding is uncertain, are left to `float`.
"""

from __future__ import annotations

import numpy as np

from gan_tui.logs.csv.fast.buffer import ScratchBuffer, Words
from gan_tui.logs.csv.fast.long_decimals import MAX_WHOLE_DIGITS, is_long_decimal, read_long_decimals
from gan_tui.logs.csv.fast.packed_digits import ASCII_ZEROS, non_digits, sum_digits
from gan_tui.logs.csv.fast.rounding import POWERS, divide_by_powers
from gan_tui.logs.model import Floats, Ints, Mask

_MAX_DIGITS = 24
_SAMPLE = 64
_MIN_CELLS = 48
"""Cells for which numpy's calls pay off; `float` is faster for fewer."""
_MAX_FIXED_DECIMALS = 7


def _u(value: int) -> np.uint64:
    return np.uint64(value)


_DOTS = _u(0x2E2E2E2E2E2E2E2E ^ 0x3030303030303030)
_ONES, _HIGHS = _u(0x0101010101010101), _u(0x8080808080808080)
_BYTE, _SECOND, _NINE = _u(0xFF), _u(0xFF00), _u(9)
_MINUS = ord("-")
# Characters as they look once the digits have become 0 to 9.
_DOT, _MINUS_DIGIT, _PLUS_DIGIT = _u(ord(".") ^ 0x30), _u(_MINUS ^ 0x30), _u(ord("+") ^ 0x30)
_E_DIGIT, _E_CAPITAL = _u(ord("e") ^ 0x30), _u(ord("E") ^ 0x30)
_DOT_SECOND = _u((ord(".") ^ 0x30) << 8)


def _keep(skip: int) -> Words:
    """For each number of digits n: the mask of its digits in the word `skip` bytes from the end."""
    kept = [min(max(n - skip, 0), 8) for n in range(_MAX_DIGITS + 9)]
    return np.array([(0xFFFFFFFFFFFFFFFF << (64 - 8 * k)) & 0xFFFFFFFFFFFFFFFF for k in kept], np.uint64)


_LAST, _MIDDLE, _FIRST = _keep(0), _keep(8), _keep(16)
_UP = np.array([64 - 8 * n for n in range(9)], np.uint64)
_TENS = np.array([10**n if n <= 18 else 0 for n in range(_MAX_DIGITS + 9)], np.uint64)
# Whole part i and n decimals stay below 2**63 for i up to this.
_MAX_WHOLE = np.array([9 * 10 ** (18 - n) - 1 if n <= 18 else 0 for n in range(_MAX_DIGITS + 9)], np.uint64)
_MAX_ONE = np.minimum(_MAX_WHOLE, _NINE)
_MAX_FIRST = _u(900)


class ColumnReader:
    """Decodes the cells of one column; remembers from block to block how many decimals they have."""

    __slots__ = ("_decimals", "_signed", "_tries", "_wide")

    def __init__(self) -> None:
        self._decimals = -1  # unknown; or not fixed, when no tries are left
        self._signed = False
        self._wide = False
        self._tries = 4

    def read(self, buffer: ScratchBuffer, starts: Ints, ends: Ints) -> tuple[Floats, Mask | None]:
        """Read the cells of a block.

        Args:
            buffer: Contains the block.
            starts: Where each cell begins in the buffer, shape (n,).
            ends: Where each ends, shape (n,); beyond the start: blank cells are not read here.

        Returns:
            Values, shape (n,), and a mask of the cells that have to be read as text instead (None for
            none).
        """
        if not self._tries:
            return read_decimals(buffer, starts, ends)
        if self._decimals < 0:
            self._learn(buffer, int(starts[0]), int(ends[0]))
        if not 0 <= self._decimals <= _MAX_FIXED_DECIMALS:
            return read_decimals(buffer, starts, ends)
        values, left = _read_fixed(buffer, starts, ends, self._decimals, signed=self._signed, wide=self._wide)
        if left is None:
            return values, None
        at = np.flatnonzero(left)
        # If many are negative or long, the next block is read that way.
        self._signed |= bool((buffer.bytes[starts[at]] == _MINUS).any())
        if 8 * len(at) > len(starts):
            self._wide |= bool((ends[at] - starts[at] > 8).any())
        if len(at) <= _MIN_CELLS and 2 * len(at) < len(starts):
            return values, left
        if 2 * len(at) > len(starts):
            self._tries -= 1
            self._decimals = -1
            return read_decimals(buffer, starts, ends)
        values[at], refused = read_decimals(buffer, starts[at], ends[at])
        if refused is None:
            return values, None
        left[at] = refused
        return values, left

    def _learn(self, buffer: ScratchBuffer, start: int, end: int) -> None:
        cell = buffer.bytes[start:end].tobytes()
        self._decimals = len(cell) - 1 - cell.find(b".") if b"." in cell else 0
        self._signed = cell.startswith(b"-")


def _read_fixed(
    buffer: ScratchBuffer, starts: Ints, ends: Ints, decimals: int, *, signed: bool, wide: bool
) -> tuple[Floats, Mask | None]:
    """Read cells of at most eight characters (16 if wide) with a fixed number of decimals.

    Returns:
        Values, and a mask of all other cells (None for none).
    """
    lengths = ends - starts
    negative = None
    if signed:
        negative = buffer.bytes[starts] == _MINUS
        lengths -= negative
    most, least = (16 if wide else 8), (decimals + 2 if decimals else 1)
    shortest, longest = int(lengths.min()), int(lengths.max())
    bad: Mask | None = None
    if longest > most or shortest < least:
        # Nothing before the point, no point at all, or too long: rare, so read the other way.
        bad = lengths > most
        bad |= lengths < least
        np.clip(lengths, 0, most, out=lengths)
        shortest, longest = 0, most
    word = buffer.words[ends - 8]
    # In a fitting cell digits are 0 to 9 now, and the point is 0.
    dot = 8 * (7 - decimals)
    word ^= ASCII_ZEROS ^ (_DOT << _u(dot)) if decimals else ASCII_ZEROS
    if shortest < 8:
        word &= _LAST[longest] if shortest == longest else _LAST[lengths]
    wrong = non_digits(word)
    if decimals:
        wrong |= word & (_BYTE << _u(dot))
        before = word & _u((1 << dot) - 1)
        before <<= _u(8)
        word &= _u((0xFFFFFFFFFFFFFFFF << (dot + 8)) & 0xFFFFFFFFFFFFFFFF)
        word |= before
    whole = sum_digits(word)
    if longest > 8:
        word = buffer.words[ends - 16]
        word ^= ASCII_ZEROS
        word &= _MIDDLE[longest] if shortest == longest else _MIDDLE[lengths]
        wrong |= non_digits(word)
        word = sum_digits(word)
        word *= _u(10**7 if decimals else 10**8)
        whole += word
    values = whole.astype(np.float64)
    if decimals:
        values /= POWERS[decimals]
    if negative is not None:
        np.negative(values, out=values, where=negative)
    if wrong.any():
        bad = wrong != 0 if bad is None else bad | (wrong != 0)
    return values, bad


def read_decimals(buffer: ScratchBuffer, starts: Ints, ends: Ints) -> tuple[Floats, Mask | None]:
    """Read any plain decimals: signs, up to 24 digits, exponents of two digits; returns as `ColumnReader`."""
    cells = buffer.first_words(starts, 3)
    head = cells[:, 0] ^ ASCII_ZEROS
    negative = head & _BYTE == _MINUS_DIGIT
    signed = bool(negative.any())
    if signed:
        starts = starts + negative
        cells = buffer.first_words(starts, 3)
        head = cells[:, 0] ^ ASCII_ZEROS
    values, bad = _read_long(buffer, starts, cells, head, ends - starts)
    left = np.flatnonzero(bad)
    if len(left) == len(starts):
        values, bad = _read_any(buffer, head, starts, ends)
    elif len(left) > _MIN_CELLS:
        values[left], bad[left] = _read_any(buffer, head[left], starts[left], ends[left])
    if signed:
        np.negative(values, out=values, where=negative)
    return values, bad if bad.any() else None


def _read_long(
    buffer: ScratchBuffer, starts: Ints, cells: Words, head: Words, lengths: Ints
) -> tuple[Floats, Mask]:
    """Read unsigned decimals, those with equal digits before the point together; and mask all others."""
    values = np.empty(len(head))
    bad = np.ones(len(head), bool)
    left = len(head)
    some = slice(None, None, len(head) // _SAMPLE + 1)
    for whole in range(1, MAX_WHOLE_DIGITS + 1):
        if not (is_long_decimal(head[some], whole) & (lengths[some] > whole)).any():
            continue  # too few to read together
        is_long = is_long_decimal(head, whole)
        if left < len(head):
            is_long &= bad
        count = int(np.count_nonzero(is_long))
        if count == len(head):
            values, refused = read_long_decimals(cells, head.copy(), lengths, whole)
            return values, np.zeros(count, bool) if refused is None else refused
        if count > _MIN_CELLS:
            at = np.flatnonzero(is_long)
            long_cells = buffer.first_words(starts[at], 3)  # faster than rows of `cells`
            values[at], refused = read_long_decimals(long_cells, head[at], lengths[at], whole)
            bad[at] = False if refused is None else refused
            left -= count
        if left <= _MIN_CELLS:
            break
    return values, bad


def _read_any(buffer: ScratchBuffer, head: Words, starts: Ints, ends: Ints) -> tuple[Floats, Mask]:
    """Read unsigned decimals with the point within the first eight characters, or without one."""
    words = buffer.words
    tail = words[ends - 8]
    tail ^= ASCII_ZEROS
    ends, tail, exponents, refused = _take_exponents(words, ends, tail)
    length = ends - starts
    whole, decimals, power = _find_dots(head, length)
    bad = (whole + decimals < 1) | (length < 1) | (decimals > _MAX_DIGITS)
    if refused is not None:
        bad |= refused
    np.clip(decimals, 0, _MAX_DIGITS, out=decimals)
    np.clip(whole, 0, 8, out=whole)
    mantissa = _mantissa(words, ends, head, tail, whole, decimals, bad)
    if exponents is not None:
        power -= exponents
    return divide_by_powers(mantissa, power, bad), bad


def _find_dots(head: Words, length: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the digits before and after the point, and the power of ten to divide by.

    A number without a point counts as all decimals over 10**0. A point beyond the first eight
    characters is not found, and is then treated as a bad digit.
    """
    hit = head ^ _DOTS
    hit = (hit - _ONES) & ~hit & _HIGHS
    hit &= ~hit + _u(1)  # the lowest, which is never a false one
    # The exponent of a float is the position of its highest bit: 7, 15, ... here.
    position = ((hit.astype(np.float64).view(np.int64) >> 52) - 1023) >> 3
    none = (position < 0) | (position >= length)
    whole = np.where(none, 0, position)
    decimals = length - whole - 1
    decimals += none
    return whole, decimals, np.where(none, 0, decimals)


def _take_exponents(words: Words, ends: Ints, tail: Words) -> tuple[Ints, Words, Ints | None, Mask | None]:
    """Cut exponents such as `e-05` off: returns new ends and tails, exponents, and a mask of false ones."""
    letter = (tail >> _u(32)) & _BYTE
    rows = np.flatnonzero((letter == _E_DIGIT) | (letter == _E_CAPITAL))
    if not len(rows):
        return ends, tail, None, None
    last = tail[rows]
    sign = (last >> _u(40)) & _BYTE
    tens, ones = (last >> _u(48)) & _BYTE, last >> _u(56)
    minus = sign == _MINUS_DIGIT
    false = ~(minus | (sign == _PLUS_DIGIT)) | (tens > _NINE) | (ones > _NINE)
    size = (tens * _u(10) + ones).astype(np.int64)
    exponents = np.zeros(len(ends), np.int64)
    exponents[rows] = np.where(minus, -size, size)
    refused = np.zeros(len(ends), bool)
    refused[rows] = false
    ends = ends.copy()
    ends[rows] -= 4
    tail[rows] = words[ends[rows] - 8] ^ ASCII_ZEROS
    return ends, tail, exponents, refused


def _mantissa(
    words: Words, ends: Ints, head: Words, tail: Words, whole: Ints, decimals: Ints, bad: Mask
) -> Words:
    """Return all digits as one integer below 2**63; longer ones and other characters are marked bad."""
    tail &= _LAST[decimals]
    wrong = non_digits(tail)
    result = sum_digits(tail)
    longest = int(decimals.max()) if len(decimals) else 0
    if longest > 8:
        middle = words[ends - 16]
        middle ^= ASCII_ZEROS
        middle &= _MIDDLE[decimals]
        wrong |= non_digits(middle)
        middle = sum_digits(middle)
        middle *= _u(10**8)
        result += middle
    if longest > 16:
        _add_first(words, ends, decimals, result, wrong, bad)
    if whole.any():
        head <<= _UP[whole]
        wrong |= non_digits(head)
        head = sum_digits(head)
        bad |= head > _MAX_WHOLE[decimals]
        head *= _TENS[decimals]
        result += head
    bad |= wrong != 0
    return result


def _add_first(words: Words, ends: Ints, decimals: Ints, mantissa: Words, wrong: Words, bad: Mask) -> None:
    """Add the digits before the last sixteen decimals, if they fit into 63 bits."""
    rows = np.flatnonzero(decimals > 16)
    first = words[ends[rows] - 24] ^ ASCII_ZEROS
    first &= _FIRST[decimals[rows]]
    wrong[rows] |= non_digits(first)
    first = sum_digits(first)
    bad[rows] |= first >= _MAX_FIRST
    mantissa[rows] += first * _u(10**16)
