"""When a run is judged: moments that depend only on how many points have been seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gan_tui.logs.model import Ints
from gan_tui.run.piecewise import PiecewiseArray

PER_OCTAVE = 16
"""Checkpoints while the number of points doubles: a badge lags by 3-6 % of the run, and a run of
10 M points has some 350 checkpoints."""
FIRST = 16
"""Points of all losses together before the first look."""
FEW = 1 << 15
"""So many points are sorted in less time than a search among them takes."""


def counts(after: int, upto: int) -> Iterator[int]:
    """The counts of points in (after, upto] at which a run is judged, ascending.

    Multiples of 2 ** (floor(log2 n) - 4): every point at first, then ever wider apart.
    """
    n = next_count(after)
    while n <= upto:
        yield n
        n = next_count(n)


def next_count(after: int) -> int:
    """The first count of points above `after` at which a run is judged."""
    n = max(after, FIRST - 1)
    stride = _stride(n + 1)
    return (n // stride + 1) * stride


def _stride(n: int) -> int:
    return 1 << max(0, n.bit_length() - PER_OCTAVE.bit_length())


def steps_of_counts(steps: Sequence[Ints | PiecewiseArray], wanted: Sequence[int]) -> Ints:
    """The first step at which the curves together have reached each count of points.

    Args:
        steps: The curves' steps, each ascending, shape (n_i,); at least max(wanted) points in all.
        wanted: Counts of at least 1, shape (k,).

    Returns:
        Shape (k,).
    """
    goal = np.asarray(wanted, dtype=np.int64)
    held = [s for s in steps if len(s)]
    if sum(map(len, held)) <= FEW:
        return np.sort(np.concatenate([s[:] for s in held]), kind="stable")[goal - 1]
    low = np.full(len(goal), min(int(s[0]) for s in held))
    high = np.full(len(goal), max(int(s[-1]) for s in held))
    while (low < high).any():
        middle = (low >> 1) + (high >> 1) + (low & high & 1)  # the sum of two steps may overflow
        reached = np.sum([np.searchsorted(s, middle, side="right") for s in held], axis=0) >= goal
        high, low = np.where(reached, middle, high), np.where(reached, low, np.minimum(middle + 1, high))
    return low
