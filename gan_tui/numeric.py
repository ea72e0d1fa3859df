"""Functions of numpy in a form that does not import numpy.ma, which takes a tenth of the start time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `np.median` along the last axis, shape (..., n), n > 0, to (...,); NaN if a value is NaN."""
    count = values.shape[-1]
    upper = count // 2
    lower = upper - 1 + count % 2
    # NaN is sorted to the end.
    ordered = np.partition(values, sorted({lower, upper, count - 1}), axis=-1)
    middle = ordered[..., upper] if lower == upper else (ordered[..., lower] + ordered[..., upper]) / 2
    return np.where(np.isnan(ordered[..., -1]), np.nan, middle)


def distinct(ascending: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return `np.unique` of ascending values, shape (n,) to (at most n,)."""
    first = np.ones(len(ascending), dtype=bool)
    first[1:] = ascending[1:] != ascending[:-1]
    return ascending[first]
