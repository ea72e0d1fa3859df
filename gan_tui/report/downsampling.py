"""Series reduced to the minimum and maximum of each column, so that no spike is lost."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from gan_tui.logs.model import Floats
from gan_tui.run.restarts import current_slices
from gan_tui.run.series_view import SeriesView

MAX_PARTS = 200
"""Maximum parts of a series; the newest are kept."""


class Part(Struct, frozen=True):
    """A part of a series without a restart in it, downsampled to n columns."""

    steps: Floats
    """The first step of each column, shape (n,)."""
    low: Floats
    """The minimum of its finite values; NaN if there are none."""
    high: Floats
    """The maximum, likewise."""
    is_current: bool
    """False for values that were overwritten after a restart."""


def downsample(view: SeriesView, columns: int) -> list[Part]:
    """Return the parts of a series, in the order in which they were written.

    Args:
        view: The series.
        columns: The approximate number of columns of all parts together.
    """
    if not len(view):
        return []
    current = {begin: end for begin, end in current_slices(view) if end > begin}
    slices: list[tuple[int, int, bool]] = []
    for begin, end in view.segment_bounds():
        stop = current.get(begin, begin)
        slices += [(begin, stop, True)] if stop > begin else []
        # One point more, so that the line of overwritten values starts where the curves part.
        slices += [(max(begin, stop - 1), end, False)] if stop < end else []
    total = len(view)
    return [
        _part(view, begin, end, max(2, round(columns * (end - begin) / total)), is_current=is_current)
        for begin, end, is_current in slices[-MAX_PARTS:]
    ]


def _part(view: SeriesView, begin: int, end: int, columns: int, *, is_current: bool) -> Part:
    edges = np.unique(np.linspace(begin, end, min(columns, end - begin) + 1).astype(np.int64))
    low, high = view.envelope(edges)
    return Part(view.steps[edges[:-1]].astype(np.float64), low, high, is_current)
