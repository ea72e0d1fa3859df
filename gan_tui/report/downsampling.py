"""Series made small enough to be drawn: the lowest and the highest value of each stretch, none left out."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from gan_tui.logs.model import Floats
from gan_tui.run.restarts import current_slices
from gan_tui.run.series_view import SeriesView

MOST_PIECES = 200
"""Of a run that was begun again more often, the newest pieces are drawn."""


class Piece(Struct, frozen=True):
    """A stretch of a series without a restart in it."""

    steps: Floats
    """Where each column begins, shape (n,)."""
    low: Floats
    """Its lowest finite value; NaN where it has none."""
    high: Floats
    stands: bool
    """False for what was written before a restart and then written anew."""


def thinned(view: SeriesView, columns: int) -> list[Piece]:
    """The pieces of a series, in the order in which they were written.

    Args:
        view: The series.
        columns: How many columns all pieces have together, about.
    """
    if not len(view):
        return []
    standing = {begin: end for begin, end in current_slices(view) if end > begin}
    cuts: list[tuple[int, int, bool]] = []
    for begin, end in view.segment_bounds():
        stop = standing.get(begin, begin)
        cuts += [(begin, stop, True)] if stop > begin else []
        # One point more, so that the line of what was given up begins where it parts.
        cuts += [(max(begin, stop - 1), end, False)] if stop < end else []
    total = len(view)
    return [
        _piece(view, begin, end, max(2, round(columns * (end - begin) / total)), stands=stands)
        for begin, end, stands in cuts[-MOST_PIECES:]
    ]


def _piece(view: SeriesView, begin: int, end: int, columns: int, *, stands: bool) -> Piece:
    edges = np.unique(np.linspace(begin, end, min(columns, end - begin) + 1).astype(np.int64))
    low, high = view.envelope(edges)
    return Piece(view.steps[edges[:-1]].astype(np.float64), low, high, stands)
