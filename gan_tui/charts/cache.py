"""Intermediate results kept between drawings of a run: checked clocks, computed averages."""

from __future__ import annotations

import numpy as np
from msgspec import Struct, field

from gan_tui.charts.smoothing import smooth_at
from gan_tui.charts.xaxis import Clocks
from gan_tui.logs.model import Floats, Ints
from gan_tui.run.series_view import SeriesView

MAX_CURVES = 256
"""The most curves whose averages are kept."""


class ChartCache(Struct):
    """Cache of one run; contains nothing that could not be computed again."""

    clocks: Clocks = field(default_factory=Clocks)
    _averages: dict[tuple[str, int, float], tuple[Ints, Floats, Floats]] = field(default_factory=dict)
    """By series, segment and weight: the ends, the raw values there, and the averages."""

    def smooth(self, view: SeriesView, begin: int, ends: Ints, weight: float) -> Floats:
        """Return the same as `smoothing.smooth_at`, computing only new ends.

        For a run that grows within fixed columns, only the last end is new.
        """
        key = (view.name, begin, weight)
        cached_ends, cached_values, averages = self._averages.get(key, (ends[:0], np.empty(0), np.empty(0)))
        shared = min(len(cached_ends), len(ends))
        same = cached_ends[:shared] == ends[:shared]
        reused = shared if same.all() else int(np.argmin(same))
        values = view.values[ends - 1]
        # A rewritten log has other values at the same indices.
        if not np.array_equal(cached_values[:reused], values[:reused], equal_nan=True):
            reused = 0
        smoothed = np.concatenate([averages[:reused], smooth_at(view, begin, ends[reused:], weight)])
        if len(self._averages) > MAX_CURVES:
            self._averages.clear()
        self._averages[key] = (ends, values, smoothed)
        return smoothed
