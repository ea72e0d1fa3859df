"""At which point counts a run is diagnosed: the checkpoints depend on nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gan_tui.logs.model import Ints
from gan_tui.run.piecewise import PiecewiseArray

PER_OCTAVE = 16
"""Checkpoints while the number of points doubles: a badge lags by 3 to 6 % of the run, and a run of
10 M points has about 350 checkpoints."""
FIRST = 16
"""Points of all losses together at the first checkpoint."""
MAX_SORTED = 1 << 15
"""Up to this many points, sorting them is faster than a binary search."""


def checkpoints(after: int, upto: int) -> Iterator[int]:
    """Yield the point counts in (after, upto] at which a run is diagnosed, ascending.

    They are multiples of 2 ** (floor(log2 n) - 4): every point at first, then increasingly far apart.
    """
    count = next_checkpoint(after)
    while count <= upto:
        yield count
        count = next_checkpoint(count)


def next_checkpoint(after: int) -> int:
    """Return the first point count above `after` at which a run is diagnosed."""
    count = max(after, FIRST - 1)
    stride = _stride(count + 1)
    return (count // stride + 1) * stride


def _stride(count: int) -> int:
    return 1 << max(0, count.bit_length() - PER_OCTAVE.bit_length())


def steps_of_counts(steps: Sequence[Ints | PiecewiseArray], counts: Sequence[int]) -> Ints:
    """Return the first step at which the curves together have each number of points.

    Args:
        steps: The curves' steps, each ascending, shape (n_i,); at least max(counts) points in all.
        counts: Numbers of points, at least 1, shape (k,).

    Returns:
        Shape (k,).
    """
    goal = np.asarray(counts, dtype=np.int64)
    curves = [curve for curve in steps if len(curve)]
    if sum(map(len, curves)) <= MAX_SORTED:
        return np.sort(np.concatenate([curve[:] for curve in curves]), kind="stable")[goal - 1]
    low = np.full(len(goal), min(int(curve[0]) for curve in curves))
    high = np.full(len(goal), max(int(curve[-1]) for curve in curves))
    while (low < high).any():
        middle = (low >> 1) + (high >> 1) + (low & high & 1)  # (low + high) may overflow
        reached = np.sum([np.searchsorted(c, middle, side="right") for c in curves], axis=0) >= goal
        high, low = np.where(reached, middle, high), np.where(reached, low, np.minimum(middle + 1, high))
    return low
