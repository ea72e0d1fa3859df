"""Whole columns of decimal numbers from their bytes at once, bit for bit what `float` gives.

Eight digits at a time are weighed within one machine word, and the whole is divided by a power of ten as
`rounding` does. Where that could round either way, or where a cell is no plain number, the cell is left to
`float`.
"""

from __future__ import annotations

import numpy as np

from gan_tui.logs.csv.fast.buffer import Mask, ScratchBuffer, Words
from gan_tui.logs.csv.fast.long_decimals import MOST_WHOLE, is_long_decimal, read_long_decimals
from gan_tui.logs.csv.fast.packed_digits import ZEROS, no_digits, weigh
from gan_tui.logs.csv.fast.rounding import POWERS, over_powers
from gan_tui.logs.model import Floats, Ints

_MOST_DIGITS = 24
_SAMPLE = 64
_FEW = 48
"""For so few cells `float` is faster than a round of numpy's calls."""
_MOST_FIXED = 7


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
    """For each number of digits n: the mask of those in the word that ends `skip` bytes before the end."""
    kept = [min(max(n - skip, 0), 8) for n in range(_MOST_DIGITS + 9)]
    return np.array([(0xFFFFFFFFFFFFFFFF << (64 - 8 * k)) & 0xFFFFFFFFFFFFFFFF for k in kept], np.uint64)


_LAST, _MIDDLE, _FIRST = _keep(0), _keep(8), _keep(16)
_UP = np.array([64 - 8 * n for n in range(9)], np.uint64)
_TENS = np.array([10**n if n <= 18 else 0 for n in range(_MOST_DIGITS + 9)], np.uint64)
# Whole part i and n decimals stay below 2**63 for i up to this.
_MOST_WHOLE = np.array([9 * 10 ** (18 - n) - 1 if n <= 18 else 0 for n in range(_MOST_DIGITS + 9)], np.uint64)
_MOST_ONE = np.minimum(_MOST_WHOLE, _NINE)
_MOST_FIRST = _u(900)


class ColumnReader:
    """Decodes the cells of one column; remembers how many decimals they have from block to block."""

    __slots__ = ("_decimals", "_signed", "_tries", "_wide")

    def __init__(self) -> None:
        self._decimals = -1  # unknown; or not fixed, when no tries are left
        self._signed = False
        self._wide = False
        self._tries = 4

    def read(self, block: ScratchBuffer, starts: Ints, ends: Ints) -> tuple[Floats, Mask | None]:
        """The numbers in the cells of a block.

        Args:
            block: The bytes.
            starts: Where each cell begins in the block, shape (n,).
            ends: Where each ends, shape (n,); beyond the start, for blank cells are not read here.

        Returns:
            Values, shape (n,), and a mask of the cells that are to be read as text instead (None for
            none).
        """
        if not self._tries:
            return read_decimals(block, starts, ends)
        if self._decimals < 0:
            self._learn(block, int(starts[0]), int(ends[0]))
        if not 0 <= self._decimals <= _MOST_FIXED:
            return read_decimals(block, starts, ends)
        values, rest = _read_fixed(block, starts, ends, self._decimals, signed=self._signed, wide=self._wide)
        if rest is None:
            return values, None
        at = np.flatnonzero(rest)
        # Where many are negative or long, the next block is read so.
        self._signed |= bool((block.bytes[starts[at]] == _MINUS).any())
        if 8 * len(at) > len(starts):
            self._wide |= bool((ends[at] - starts[at] > 8).any())
        if len(at) <= _FEW and 2 * len(at) < len(starts):
            return values, rest
        if 2 * len(at) > len(starts):
            self._tries -= 1
            self._decimals = -1
            return read_decimals(block, starts, ends)
        values[at], odd = read_decimals(block, starts[at], ends[at])
        if odd is None:
            return values, None
        rest[at] = odd
        return values, rest

    def _learn(self, block: ScratchBuffer, start: int, end: int) -> None:
        cell = block.bytes[start:end].tobytes()
        self._decimals = len(cell) - 1 - cell.find(b".") if b"." in cell else 0
        self._signed = cell.startswith(b"-")


def _read_fixed(
    block: ScratchBuffer, starts: Ints, ends: Ints, decimals: int, *, signed: bool, wide: bool
) -> tuple[Floats, Mask | None]:
    """Cells of at most eight characters (16 if wide) with so many decimals; and a mask of all others."""
    lengths = ends - starts
    negative = None
    if signed:
        negative = block.bytes[starts] == _MINUS
        lengths -= negative
    most, least = (16 if wide else 8), (decimals + 2 if decimals else 1)
    shortest, longest = int(lengths.min()), int(lengths.max())
    bad: Mask | None = None
    if longest > most or shortest < least:
        # Nothing before the dot, or no dot at all, or too long: rare enough to be read the other way.
        bad = lengths > most
        bad |= lengths < least
        np.clip(lengths, 0, most, out=lengths)
        shortest, longest = 0, most
    word = block.words[ends - 8]
    # Where all is well digits are 0 to 9 now, and the dot is 0.
    dot = 8 * (7 - decimals)
    word ^= ZEROS ^ (_DOT << _u(dot)) if decimals else ZEROS
    if shortest < 8:
        word &= _LAST[longest] if shortest == longest else _LAST[lengths]
    wrong = no_digits(word)
    if decimals:
        wrong |= word & (_BYTE << _u(dot))
        before = word & _u((1 << dot) - 1)
        before <<= _u(8)
        word &= _u((0xFFFFFFFFFFFFFFFF << (dot + 8)) & 0xFFFFFFFFFFFFFFFF)
        word |= before
    whole = weigh(word)
    if longest > 8:
        word = block.words[ends - 16]
        word ^= ZEROS
        word &= _MIDDLE[longest] if shortest == longest else _MIDDLE[lengths]
        wrong |= no_digits(word)
        word = weigh(word)
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


def read_decimals(block: ScratchBuffer, starts: Ints, ends: Ints) -> tuple[Floats, Mask | None]:
    """Any plain decimals: signs, up to 24 digits, exponents of two digits; the mask as above."""
    cells = block.first_words(starts, 3)
    head = cells[:, 0] ^ ZEROS
    negative = head & _BYTE == _MINUS_DIGIT
    signed = bool(negative.any())
    if signed:
        starts = starts + negative
        cells = block.first_words(starts, 3)
        head = cells[:, 0] ^ ZEROS
    values, bad = _read_dotted(block, starts, cells, head, ends - starts)
    rest = np.flatnonzero(bad)
    if len(rest) == len(starts):
        values, bad = _read_any(block, head, starts, ends)
    elif len(rest) > _FEW:
        values[rest], bad[rest] = _read_any(block, head[rest], starts[rest], ends[rest])
    if signed:
        np.negative(values, out=values, where=negative)
    return values, bad if bad.any() else None


def _read_dotted(
    block: ScratchBuffer, starts: Ints, cells: Words, head: Words, lengths: Ints
) -> tuple[Floats, Mask]:
    """Unsigned decimals, those with as many digits before the point together; a mask of all others."""
    values = np.empty(len(head))
    bad = np.ones(len(head), bool)
    left = len(head)
    some = slice(None, None, len(head) // _SAMPLE + 1)
    for whole in range(1, MOST_WHOLE + 1):
        if not (is_long_decimal(head[some], whole) & (lengths[some] > whole)).any():
            continue  # too few to be read together
        dotted = is_long_decimal(head, whole)
        if left < len(head):
            dotted &= bad
        count = int(np.count_nonzero(dotted))
        if count == len(head):
            values, odd = read_long_decimals(cells, head.copy(), lengths, whole)
            return values, np.zeros(count, bool) if odd is None else odd
        if count > _FEW:
            at = np.flatnonzero(dotted)
            those = block.first_words(starts[at], 3)  # faster than rows of `cells`
            values[at], odd = read_long_decimals(those, head[at], lengths[at], whole)
            bad[at] = False if odd is None else odd
            left -= count
        if left <= _FEW:
            break
    return values, bad


def _read_any(block: ScratchBuffer, head: Words, starts: Ints, ends: Ints) -> tuple[Floats, Mask]:
    """Unsigned decimals with the dot anywhere in the first eight characters, or without."""
    words = block.words
    tail = words[ends - 8]
    tail ^= ZEROS
    ends, tail, exponents, odd = _take_exponents(words, ends, tail)
    length = ends - starts
    whole, decimals, power = _find_dots(head, length)
    bad = (whole + decimals < 1) | (length < 1) | (decimals > _MOST_DIGITS)
    if odd is not None:
        bad |= odd
    np.clip(decimals, 0, _MOST_DIGITS, out=decimals)
    np.clip(whole, 0, 8, out=whole)
    mantissa = _mantissa(words, ends, head, tail, whole, decimals, bad)
    if exponents is not None:
        power -= exponents
    return over_powers(mantissa, power, bad), bad


def _find_dots(head: Words, length: Ints) -> tuple[Ints, Ints, Ints]:
    """Digits before and behind the dot, and the power of ten to divide by.

    A number without a dot counts as all decimals over 10**0. A dot beyond the first eight characters is
    not found, and then taken for a bad digit.
    """
    hit = head ^ _DOTS
    hit = (hit - _ONES) & ~hit & _HIGHS
    hit &= ~hit + _u(1)  # the lowest, which is never a false one
    # The exponent of a float is the place of its highest bit: 7, 15, ... here.
    place = ((hit.astype(np.float64).view(np.int64) >> 52) - 1023) >> 3
    none = (place < 0) | (place >= length)
    whole = np.where(none, 0, place)
    decimals = length - whole - 1
    decimals += none
    return whole, decimals, np.where(none, 0, decimals)


def _take_exponents(words: Words, ends: Ints, tail: Words) -> tuple[Ints, Words, Ints | None, Mask | None]:
    """Take `e-05` off the cells that end so: new ends and tails, exponents, and a mask of false ones."""
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
    odd = np.zeros(len(ends), bool)
    odd[rows] = false
    ends = ends.copy()
    ends[rows] -= 4
    tail[rows] = words[ends[rows] - 8] ^ ZEROS
    return ends, tail, exponents, odd


def _mantissa(
    words: Words, ends: Ints, head: Words, tail: Words, whole: Ints, decimals: Ints, bad: Mask
) -> Words:
    """All digits as one integer below 2**63; what is longer, or no digit, is marked bad."""
    tail &= _LAST[decimals]
    wrong = no_digits(tail)
    result = weigh(tail)
    longest = int(decimals.max()) if len(decimals) else 0
    if longest > 8:
        middle = words[ends - 16]
        middle ^= ZEROS
        middle &= _MIDDLE[decimals]
        wrong |= no_digits(middle)
        middle = weigh(middle)
        middle *= _u(10**8)
        result += middle
    if longest > 16:
        _add_first(words, ends, decimals, result, wrong, bad)
    if whole.any():
        head <<= _UP[whole]
        wrong |= no_digits(head)
        head = weigh(head)
        bad |= head > _MOST_WHOLE[decimals]
        head *= _TENS[decimals]
        result += head
    bad |= wrong != 0
    return result


def _add_first(words: Words, ends: Ints, decimals: Ints, mantissa: Words, wrong: Words, bad: Mask) -> None:
    """Add what stands before the last sixteen decimals, where it leaves room in 63 bits."""
    rows = np.flatnonzero(decimals > 16)
    first = words[ends[rows] - 24] ^ ZEROS
    first &= _FIRST[decimals[rows]]
    wrong[rows] |= no_digits(first)
    first = weigh(first)
    bad[rows] |= first >= _MOST_FIRST
    mantissa[rows] += first * _u(10**16)
