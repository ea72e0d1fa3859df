"""Long decimals such as 1.0298020839691162, as Python prints them, rounded bit for bit like `float`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gan_tui.logs.csv.fast.buffer import Words
from gan_tui.logs.csv.fast.packed_digits import (
    ASCII_ZEROS,
    HIGH_BITS,
    bytes_over_nine,
    sum_digits,
    sum_four_digits,
)
from gan_tui.logs.model import Floats, Ints, Mask

if TYPE_CHECKING:
    from fractions import Fraction

MAX_LENGTH = 24
"""Longest number, in characters without its sign."""
_SHORT = 20
MAX_WHOLE_DIGITS = 6
"""Digits before the point. With one more, the first power would be 1 and have no second part."""
_UNCERTAINTY = 2.0**-44
_DOT = ord(".") ^ 0x30
_FOUR_ZEROS = np.uint32(0x30303030)


class Scales(NamedTuple):
    """The powers of ten of the three parts of a number, for a number of digits before the point.

    Without the point, twenty characters contain seven, eight and four digits; 24 end with eight. Each
    part is multiplied by its power of ten in two pieces, the first so short that the product is exact.
    The error of adding the products is known (Dekker 1971), except for a fraction of the small pieces:
    where that could decide how to round, the cell is left to `float`.
    """

    first: float
    """For the first seven digits, cut to 29 bits: exact times a number below 10**7."""
    first_rest: float
    second: float
    """For the next eight, cut to 26 bits: exact times a number below 10**8."""
    second_rest: float
    last: float
    """For the last four; ..."""
    last_of_eight: float
    """... or eight."""


def _cut(value: Fraction, bits: int) -> Fraction:
    """Return the largest number with this many bits that does not exceed `value`, which is at most 1."""
    from fractions import Fraction  # noqa: PLC0415 - most logs have no such decimals

    shift = bits
    while value * 2**shift < 2 ** (bits - 1):
        shift += 1
    return Fraction(int(value * 2**shift), 2**shift)


@cache
def scales_of(whole: int) -> Scales:
    """Return the scales of numbers with `whole` digits before the point, 0 to `MAX_WHOLE_DIGITS`."""
    from fractions import Fraction  # noqa: PLC0415

    first = Fraction(10) ** (whole - 7)
    second = first / 10**8
    long, short = _cut(first, 29), _cut(second, 26)
    return Scales(
        float(long),
        float(first - long),
        float(short),
        float(second - short),
        float(second / 10**4),
        float(second / 10**8),
    )


def _keep(skip: int, size: int) -> list[int]:
    """Return for each length the mask of its characters among the `size` ones after the first `skip`."""
    return [(1 << (8 * min(max(length - skip, 0), size))) - 1 for length in range(MAX_LENGTH + 1)]


_OF_FIRST, _OF_SECOND = np.array(_keep(0, 8), np.uint64), np.array(_keep(8, 8), np.uint64)
_OF_LAST, _OF_LAST_EIGHT = np.array(_keep(16, 4), np.uint32), np.array(_keep(16, 8), np.uint64)


def is_long_decimal(head: Words, whole: int) -> Mask:
    """Return whether the point follows `whole` characters in each word, digits being 0 to 9."""
    is_long: Mask = head & np.uint64(0xFF << (8 * whole)) == np.uint64(_DOT << (8 * whole))
    return is_long


def read_long_decimals(cells: Words, first: Words, lengths: Ints, whole: int) -> tuple[Floats, Mask | None]:
    """Read unsigned decimals with the point after the same number of characters.

    Args:
        cells: The first 24 characters of each cell and of what follows, shape (n, 3).
        first: The first eight of them, digits being 0 to 9, shape (n,). Overwritten.
        lengths: Their lengths, shape (n,).
        whole: Number of characters before the point, 0 to `MAX_WHOLE_DIGITS`.

    Returns:
        Values, shape (n,), and a mask of the cells that have to be read in another way (None for none).
    """
    shortest, longest = int(lengths.min()), int(lengths.max())
    bad: Mask | None = None
    if longest > MAX_LENGTH or shortest < whole + 1 + (not whole):
        bad = (lengths > MAX_LENGTH) | (lengths < whole + 1 + (not whole))
    second = cells[:, 1] ^ ASCII_ZEROS
    scales = scales_of(whole)
    last: np.ndarray
    if longest <= _SHORT:
        last = cells.view(np.uint32)[:, 4] ^ _FOUR_ZEROS
        last &= _OF_LAST.take(lengths, mode="clip")
    else:
        last = cells[:, 2] ^ ASCII_ZEROS
        last &= _OF_LAST_EIGHT.take(lengths, mode="clip")
        scales = scales._replace(last=scales.last_of_eight)
    if shortest < 16:
        second &= _OF_SECOND.take(lengths, mode="clip")
    if shortest < 8:
        first &= _OF_FIRST.take(lengths, mode="clip")
    # Remove the point by shifting what is before it.
    before = first & np.uint64((1 << (8 * whole)) - 1)
    before <<= np.uint64(8)
    first &= np.uint64(0xFFFFFFFFFFFFFFFF << (8 * whole + 8) & 0xFFFFFFFFFFFFFFFF)
    first |= before
    wrong, wrong_last = bytes_over_nine(first), bytes_over_nine(last)
    wrong |= bytes_over_nine(second)
    if (int(np.bitwise_or.reduce(wrong)) | int(np.bitwise_or.reduce(wrong_last))) & HIGH_BITS:
        non_digit: Mask = (wrong | wrong_last) & np.uint64(HIGH_BITS) != 0
        bad = non_digit if bad is None else bad | non_digit
    last_part = sum_digits(last).view(np.int64) if longest > _SHORT else sum_four_digits(last).view(np.int32)
    # Signed integers, which convert to floats faster.
    parts = (
        sum_digits(first).view(np.int64).astype(np.float64),
        sum_digits(second).view(np.int64).astype(np.float64),
        last_part.astype(np.float64),
    )
    values, uncertain = _sum(*parts, scales)
    if uncertain.any():
        bad = uncertain if bad is None else bad | uncertain
    return values, bad


def _sum(first: Floats, second: Floats, last: Floats, scales: Scales) -> tuple[Floats, Mask]:
    """Return the sum of the scaled parts, and a mask of the sums that could round either way.

    Overwrites its arguments.
    """
    small = first * scales.first_rest
    first *= scales.first
    last *= scales.last
    small += last
    np.multiply(second, scales.second_rest, out=last)
    small += last
    second *= scales.second
    # The first product is not below the second, or it is 0: so the error of the sum is exact.
    total = first + second
    np.subtract(total, first, out=first)
    second -= first
    second += small
    small *= _UNCERTAINTY
    np.add(second, small, out=last)
    second -= small
    last += total
    total += second
    return total, total != last
