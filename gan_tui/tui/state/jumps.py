"""Places on the charts that are worth a look: restarts, spikes, changes of badge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from gan_tui.charts.spec import SEGMENTS_DRAWN, ChartSpec
from gan_tui.charts.xaxis import Clocks, Places, XMode
from gan_tui.logs.model import Floats
from gan_tui.run.series_view import SeriesView

COLUMNS = 2_000
"""A curve is looked through in so many pieces; of each its extremes count."""
REACH = 6.0
"""A spike stands out of the middle half of the pieces around it by so many times its width."""
AROUND = 32
"""So many pieces to each side are looked at."""
LEAST = 0.02
"""A curve that hardly moves has no spikes below this share of its size."""
NEAR = 1e-10


def following(stops: Iterable[float], cursor: float | None, by: int) -> float | None:
    """The next stop beyond the cursor, in the direction of `by`; None where there is none.

    Without a cursor the search begins before the first stop, or after the last.
    """
    ordered = sorted(set(stops))
    if not ordered:
        return None
    if cursor is None:
        return ordered[0] if by > 0 else ordered[-1]
    least = max(abs(cursor), 1.0) * NEAR
    if by > 0:
        return next((s for s in ordered if s > cursor + least), None)
    return next((s for s in reversed(ordered) if s < cursor - least), None)


def restarts(spec: ChartSpec, mode: XMode, clocks: Clocks) -> list[float]:
    """X at which a chart's curves were begun again."""
    out: list[float] = []
    for curve in spec.curves:
        places = clocks.places(curve.view, mode)
        if places is not None:
            out += [float(places[b]) for b in curve.view.segments[1:][-SEGMENTS_DRAWN:]]
    return out


def spikes(spec: ChartSpec, mode: XMode, clocks: Clocks) -> list[float]:
    """X of the points of a chart that stand out of what lies around them, or are not finite."""
    out: list[float] = []
    for curve in spec.curves:
        places = clocks.places(curve.view, mode)
        if places is None or not len(curve.view):
            continue
        for begin, end in curve.view.segment_bounds()[-SEGMENTS_DRAWN:]:
            out += _of_segment(curve.view, places, begin, end)
    return out


def _of_segment(view: SeriesView, places: Places, begin: int, end: int) -> list[float]:
    columns = max(1, min(COLUMNS, end - begin))
    edges = np.linspace(begin, end, columns + 1).astype(np.int64)
    low, high = view.envelope(edges)
    held = np.flatnonzero(_out(high, 1) | _out(low, -1))
    some = view.values[begin : end : max(1, (end - begin) // COLUMNS)]
    some = some[np.isfinite(some)]
    middle = float(np.median(some)) if len(some) else 0.0
    found = []
    for first, last in _neighbours(held):
        part = view.values[edges[first] : edges[last + 1]]
        far = np.where(np.isfinite(part), np.abs(part - middle), -1.0)
        found.append(int(edges[first]) + int(far.argmax()))
    inside = view.nonfinite[(view.nonfinite >= begin) & (view.nonfinite < end)]
    # Of a stretch that is not finite the first point counts.
    starts = inside[np.append(True, np.diff(inside) > 1)] if len(inside) else inside
    return [float(places[i]) for i in (*found, *starts.tolist())]


def _out(edge: Floats, sign: int) -> np.ndarray:
    """Pieces whose extreme lies far outside the middle half of those around."""
    values = edge * sign
    finite = np.isfinite(values)
    out = np.zeros(len(values), bool)
    if finite.sum() < 8:
        return out
    places = np.flatnonzero(finite)
    known = values[places]
    size = min(2 * AROUND, len(known))
    around = np.lib.stride_tricks.sliding_window_view(known, size)[:: max(1, AROUND // 4)]
    lower, middle, upper = np.quantile(around, [0.25, 0.5, 0.75], axis=1, method="nearest")
    with np.errstate(over="ignore"):
        limits = upper + REACH * np.maximum(upper - lower, LEAST * np.abs(middle))
    # Each piece is held against the window whose middle is nearest.
    nearest = (np.arange(len(known)) - size // 2) // max(1, AROUND // 4)
    out[places] = known > limits[np.clip(nearest, 0, len(limits) - 1)]
    return out


def _neighbours(held: np.ndarray) -> Sequence[tuple[int, int]]:
    """First and last of each stretch of pieces that lie beside each other."""
    if not len(held):
        return []
    cuts = np.flatnonzero(np.diff(held) > 1)
    firsts, lasts = held[np.append(0, cuts + 1)], held[np.append(cuts, len(held) - 1)]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))
