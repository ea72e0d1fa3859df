from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gan_tui.logs.points import Column
from gan_tui.run.series import Series, SeriesView

MakeView = Callable[..., SeriesView]


@pytest.fixture
def make_view() -> MakeView:
    def make(values: object, steps: object = None, walls: object = None, name: str = "d_loss") -> SeriesView:
        numbers = np.asarray(values, np.float64)
        places = np.arange(len(numbers)) if steps is None else np.asarray(steps, np.int64)
        series = Series(name)
        clock = None if walls is None else np.asarray(walls, np.float64)
        series.extend(Column(name, places.astype(np.int64), numbers, clock))
        return series.view()

    return make
