"""What is worth keeping from one drawing of a run to the next: clocks looked through, averages made."""

from __future__ import annotations

import numpy as np
from msgspec import Struct, field

from gan_tui.charts.smoothing import smooth_at
from gan_tui.charts.xaxis import Clocks
from gan_tui.logs.model import Floats, Ints
from gan_tui.run.series_view import SeriesView

MOST = 256
"""Averages of so many curves are kept."""


class ChartCache(Struct):
    """Belongs to one run; holds nothing that could not be computed again."""

    clocks: Clocks = field(default_factory=Clocks)
    _averages: dict[tuple[str, int, float], tuple[Ints, Floats, Floats]] = field(default_factory=dict)
    """By series, segment and weight: the ends, the raw values there, and the averages."""

    def smooth(self, view: SeriesView, begin: int, ends: Ints, weight: float) -> Floats:
        """As `smoothing.smooth_at`, computing only the ends that are new.

        While a run grows within fixed columns that is the last one.
        """
        key = (view.name, begin, weight)
        known, raw, averages = self._averages.get(key, (ends[:0], np.empty(0), np.empty(0)))
        shared = min(len(known), len(ends))
        same = known[:shared] == ends[:shared]
        kept = shared if same.all() else int(np.argmin(same))
        here = view.values[ends - 1]
        # A log written anew has other values at the same places.
        if not np.array_equal(raw[:kept], here[:kept], equal_nan=True):
            kept = 0
        fresh = smooth_at(view, begin, ends[kept:], weight)
        out = np.concatenate([averages[:kept], fresh])
        if len(self._averages) > MOST:
            self._averages.clear()
        self._averages[key] = (ends, here, out)
        return out
