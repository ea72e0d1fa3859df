"""Whole numbers over powers of ten, rounded bit for bit as `float` rounds what is written.

A mantissa below 2**53 and a power of ten up to 10**22 are exact, so one division rounds right (Clinger
1990); longer mantissas, as Python's repr writes them, get the remainder of that division added.
"""

from __future__ import annotations

import numpy as np

from gan_tui.logs.csv.fast.buffer import Mask, Words
from gan_tui.logs.model import Floats, Ints

MOST_POWER = 22
"""The largest exact power of ten."""
POWERS = np.array([10.0**n for n in range(MOST_POWER + 1)])
_EXACT = 2**53
_SPLIT = 134217729.0  # 2**27 + 1


def over_powers(mantissa: Words, power: Ints, bad: Mask) -> Floats:
    """The mantissa over 10**power, rounded as `float` does; what cannot be sure of that is marked bad."""
    signed = mantissa.view(np.int64)
    values = signed.astype(np.float64)
    low = power.min() if len(power) else 0
    high = power.max() if len(power) else 0
    if low < 0 or high > MOST_POWER:
        out = (power < -MOST_POWER) | (power > MOST_POWER) | ((power < 0) & (signed > _EXACT))
        bad |= out
        up = np.flatnonzero((power < 0) & ~out)
        raised = values[up] * POWERS[-power[up]]
        power = np.clip(power, 0, MOST_POWER)
        result = divided(signed, values, power, bad)
        result[up] = raised
        return result
    return divided(signed, values, power, bad)


def divided(mantissa: Ints, rounded: Floats, power: Ints, bad: Mask) -> Floats:
    """The mantissa, `rounded` to floats, over 10**power, which is 0 to `MOST_POWER`; see `over_powers`."""
    divisor: Floats = POWERS.take(power)
    quotient: Floats = rounded / divisor
    long = mantissa > _EXACT
    count = np.count_nonzero(long)
    if 3 * count > len(long):  # it does no harm to the others
        quotient, unsure = _correct(mantissa, rounded, quotient, divisor)
        bad |= unsure
    elif count:
        rows = np.flatnonzero(long)
        quotient[rows], unsure = _correct(mantissa[rows], rounded[rows], quotient[rows], divisor[rows])
        bad[rows] |= unsure
    return quotient


def _correct(mantissa: Ints, rounded: Floats, quotient: Floats, divisor: Floats) -> tuple[Floats, Mask]:
    """The quotient with its remainder added, and a mask of those that could still round either way.

    The product quotient * divisor is had exactly as a sum of two floats (Dekker 1971), and so is the
    remainder; only the last quotient is rounded, by far less than what the mask allows for.
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
    """Each number as a sum of two with half its bits, whose products are exact (Veltkamp 1968)."""
    high = numbers * _SPLIT
    high -= high - numbers
    return high, numbers - high
