"""Long decimals such as 1.0298020839691162, as Python prints them, rounded bit for bit as `float` rounds.

Twenty characters hold seven, eight and four digits once the point is taken out; 24 hold eight at last. Each
of the three numbers is multiplied by its power of ten in two parts, the first so short that the product is
exact: what is lost when the products are added is known (Dekker 1971) but for a share of the small parts, and
where that share could decide which way to round, the cell is left to `float`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gan_tui.logs.csv.fast.buffer import Mask, Words
from gan_tui.logs.csv.fast.packed_digits import HIGHS, ZEROS, over_nine, weigh, weigh_fours
from gan_tui.logs.model import Floats, Ints

if TYPE_CHECKING:
    from fractions import Fraction

LONGEST = 24
"""Characters of a number, without its sign, that are read here."""
_SHORT = 20
MOST_WHOLE = 6
"""Most digits before the point; with one more the first power would be 1, and have no second part."""
_UNSURE = 2.0**-44
_DOT = ord(".") ^ 0x30
_FOUR_ZEROS = np.uint32(0x30303030)


class Scales(NamedTuple):
    """What the three numbers are worth, by how many digits stand before the point."""

    first: float
    """Of the first seven digits, cut to 29 bits: times a number below 10**7 it is exact."""
    first_rest: float
    second: float
    """Of the next eight, cut to 26 bits: times a number below 10**8 it is exact."""
    second_rest: float
    last: float
    """Of the last four; ..."""
    last_of_eight: float
    """... or eight."""


def _cut(value: Fraction, bits: int) -> Fraction:
    """The most of `value`, at most 1, that has so many bits."""
    from fractions import Fraction  # noqa: PLC0415 - most logs have no such decimals

    shift = bits
    while value * 2**shift < 2 ** (bits - 1):
        shift += 1
    return Fraction(int(value * 2**shift), 2**shift)


@cache
def scales_of(whole: int) -> Scales:
    """The scales of numbers with so many digits before the point, 0 to `MOST_WHOLE`."""
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
    """For each length: the mask of its characters among `size` that stand behind `skip` others."""
    return [(1 << (8 * min(max(length - skip, 0), size))) - 1 for length in range(LONGEST + 1)]


_OF_FIRST, _OF_SECOND = np.array(_keep(0, 8), np.uint64), np.array(_keep(8, 8), np.uint64)
_OF_LAST, _OF_LAST_EIGHT = np.array(_keep(16, 4), np.uint32), np.array(_keep(16, 8), np.uint64)


def is_long_decimal(head: Words, whole: int) -> Mask:
    """Whether the point stands behind so many characters of the eight of each word, digits being 0 to 9."""
    found: Mask = head & np.uint64(0xFF << (8 * whole)) == np.uint64(_DOT << (8 * whole))
    return found


def read_long_decimals(cells: Words, first: Words, lengths: Ints, whole: int) -> tuple[Floats, Mask | None]:
    """Unsigned decimals with the point behind the same number of characters.

    Args:
        cells: The first 24 characters of each cell and what stands behind it, shape (n, 3).
        first: The first eight of them, digits being 0 to 9, shape (n,). Used up.
        lengths: Their lengths, shape (n,).
        whole: How many characters stand before the point, 0 to `MOST_WHOLE`.

    Returns:
        Values, shape (n,), and a mask of the cells that are to be read in another way (None for none).
    """
    shortest, longest = int(lengths.min()), int(lengths.max())
    bad: Mask | None = None
    if longest > LONGEST or shortest < whole + 1 + (not whole):
        bad = (lengths > LONGEST) | (lengths < whole + 1 + (not whole))
    second = cells[:, 1] ^ ZEROS
    scales = scales_of(whole)
    last: np.ndarray
    if longest <= _SHORT:
        last = cells.view(np.uint32)[:, 4] ^ _FOUR_ZEROS
        last &= _OF_LAST.take(lengths, mode="clip")
    else:
        last = cells[:, 2] ^ ZEROS
        last &= _OF_LAST_EIGHT.take(lengths, mode="clip")
        scales = scales._replace(last=scales.last_of_eight)
    if shortest < 16:
        second &= _OF_SECOND.take(lengths, mode="clip")
    if shortest < 8:
        first &= _OF_FIRST.take(lengths, mode="clip")
    # The point is taken out by what stands before it.
    before = first & np.uint64((1 << (8 * whole)) - 1)
    before <<= np.uint64(8)
    first &= np.uint64(0xFFFFFFFFFFFFFFFF << (8 * whole + 8) & 0xFFFFFFFFFFFFFFFF)
    first |= before
    wrong, wrong_last = over_nine(first), over_nine(last)
    wrong |= over_nine(second)
    if (int(np.bitwise_or.reduce(wrong)) | int(np.bitwise_or.reduce(wrong_last))) & HIGHS:
        odd: Mask = (wrong | wrong_last) & np.uint64(HIGHS) != 0
        bad = odd if bad is None else bad | odd
    # Signed ones, of which machines make floats faster.
    three = (
        weigh(first).view(np.int64).astype(np.float64),
        weigh(second).view(np.int64).astype(np.float64),
        (weigh(last).view(np.int64) if longest > _SHORT else weigh_fours(last).view(np.int32)).astype(float),
    )
    values, unsure = _sum(*three, scales)
    if unsure.any():
        bad = unsure if bad is None else bad | unsure
    return values, bad


def _sum(first: Floats, second: Floats, last: Floats, scales: Scales) -> tuple[Floats, Mask]:
    """The three numbers by their scales, and a mask of the sums that could still round either way.

    The arguments are used up.
    """
    small = first * scales.first_rest
    first *= scales.first
    last *= scales.last
    small += last
    np.multiply(second, scales.second_rest, out=last)
    small += last
    second *= scales.second
    # The first product is not below the second, or it is 0: so what the sum loses is exact.
    total = first + second
    np.subtract(total, first, out=first)
    second -= first
    second += small
    small *= _UNSURE
    np.add(second, small, out=last)
    second -= small
    last += total
    total += second
    return total, total != last
