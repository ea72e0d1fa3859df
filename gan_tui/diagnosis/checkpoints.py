"""When a run is judged: moments that depend only on how many points have been seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gan_tui.logs.points import Ints

PER_OCTAVE = 32
"""Checkpoints while the number of points doubles: a badge lags by 2-3 % of the run, and a run of
10 M points has some 600 checkpoints."""
FIRST = 16
"""Points of all losses together before the first look."""


def counts(after: int, upto: int) -> Iterator[int]:
    """The counts of points in (after, upto] at which a run is judged, ascending.

    Multiples of 2 ** (floor(log2 n) - 5): every point at first, then ever wider apart.
    """
    n = max(after, FIRST - 1)
    while True:
        stride = _stride(n + 1)
        n = (n // stride + 1) * stride
        if n > upto:
            return
        yield n


def _stride(n: int) -> int:
    return 1 << max(0, n.bit_length() - PER_OCTAVE.bit_length())


def step_of_count(steps: Sequence[Ints], count: int) -> int:
    """The first step at which the curves together have reached `count` points.

    Args:
        steps: The curves' steps, each ascending, shape (n_i,); at least `count` points in all.
        count: At least 1.
    """
    low = min(int(s[0]) for s in steps if len(s))
    high = max(int(s[-1]) for s in steps if len(s))
    while low < high:
        middle = (low + high) // 2
        if sum(int(np.searchsorted(s, middle, side="right")) for s in steps) >= count:
            high = middle
        else:
            low = middle + 1
    return low
