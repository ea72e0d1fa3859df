"""Divide integers by powers of ten, rounded bit for bit like `float`.

Mantissas below 2**53 need one division (Clinger 1990); longer ones get its remainder added.
"""

from __future__ import annotations

import numpy as np

from gan_tui.logs.csv.fast.buffer import Words
from gan_tui.logs.model import Floats, Ints, Mask

MAX_POWER = 22
"""The largest exact power of ten."""
POWERS = np.array([10.0**n for n in range(MAX_POWER + 1)])
_MAX_EXACT = 2**53
_SPLIT = 134217729.0  # 2**27 + 1


def divide_by_powers(mantissa: Words, power: Ints, bad: Mask) -> Floats:
    """Return mantissa / 10**power, rounded like `float`; where that is not certain, `bad` is set."""
    signed = mantissa.view(np.int64)
    values = signed.astype(np.float64)
    low = power.min() if len(power) else 0
    high = power.max() if len(power) else 0
    if low < 0 or high > MAX_POWER:
        out = (power < -MAX_POWER) | (power > MAX_POWER) | ((power < 0) & (signed > _MAX_EXACT))
        bad |= out
        up = np.flatnonzero((power < 0) & ~out)
        raised = values[up] * POWERS[-power[up]]
        power = np.clip(power, 0, MAX_POWER)
        result = _divide(signed, values, power, bad)
        result[up] = raised
        return result
    return _divide(signed, values, power, bad)


def _divide(mantissa: Ints, rounded: Floats, power: Ints, bad: Mask) -> Floats:
    """Divide the mantissa, `rounded` to floats, by 10**power with powers of 0 to `MAX_POWER`."""
    divisor: Floats = POWERS.take(power)
    quotient: Floats = rounded / divisor
    long = mantissa > _MAX_EXACT
    count = np.count_nonzero(long)
    if 3 * count > len(long):  # harmless for the others
        quotient, unsure = _correct(mantissa, rounded, quotient, divisor)
        bad |= unsure
    elif count:
        rows = np.flatnonzero(long)
        quotient[rows], unsure = _correct(mantissa[rows], rounded[rows], quotient[rows], divisor[rows])
        bad[rows] |= unsure
    return quotient


def _correct(mantissa: Ints, rounded: Floats, quotient: Floats, divisor: Floats) -> tuple[Floats, Mask]:
    """Return the quotient with its remainder added, and a mask of those that could round either way.

    The product quotient * divisor is exact as a sum of two floats (Dekker 1971), and so is the
    remainder. Only the last quotient is rounded, by far less than the mask allows for.
    """
    lost = (mantissa - rounded.astype(np.int64)).astype(np.float64)
    big, small = _halves(quotient)
    high, low = _halves(divisor)
    product = quotient * divisor
    error = big * high
    error -= product
    big *= low
    error += big
    high *= small
    error += high
    low *= small
    error += low
    rounded = rounded - product
    rounded -= error
    rounded += lost
    rounded /= divisor
    slack = rounded * 2.0**-40
    values = quotient + (rounded + slack)
    return values, values != quotient + (rounded - slack)


def _halves(numbers: Floats) -> tuple[Floats, Floats]:
    """Split each number into a sum of two with half its bits, whose products are exact (Veltkamp 1968)."""
    high = numbers * _SPLIT
    high -= high - numbers
    return high, numbers - high
