"""Input and output of a drawing as plain frozen values."""

from __future__ import annotations

import numpy as np
from msgspec import Struct, field

from gan_tui.charts.canvas import BRAILLES, Area, Canvas, Glyphs
from gan_tui.charts.rasterize import SegmentColumns
from gan_tui.charts.scale import YScale
from gan_tui.charts.smoothing import adapted_weight
from gan_tui.charts.xaxis import XRange
from gan_tui.run.series_view import SeriesView

SEGMENTS_DRAWN = 64
"""The most segments drawn of a log with many restarts; older ones are only counted."""
LABEL_WIDTH, NARROW_LABEL_WIDTH = 8, 6
"""Columns for the labels of the y axis."""
NARROW_CHART = 60
"""Charts narrower than this have narrow labels."""
CURVE_STYLES = ("d", "g", "a", "b", "c")
"""The style names of curves."""
MIN_LABEL_ROWS = 5
"""Charts with fewer rows do not label reference lines."""
DASHES = ((1, 1), (3, 4), (1, 2), (2, 6))
"""Dash patterns that distinguish curves without colour: columns of dots drawn, and period."""


class ChartCurve(Struct, frozen=True):
    """A series to draw, and how."""

    view: SeriesView
    label: str
    style: str
    """Style name. The dimmed raw curve has `style`-raw, segments before a restart have `style`-old."""
    index: int = 0
    """Position among the curves of the chart; selects character set, marker and dash pattern."""


class ReferenceLine(Struct, frozen=True):
    """A labelled horizontal line, such as the loss at equilibrium."""

    value: float
    label: str
    style: str = "level"


class ChartSpec(Struct, frozen=True):
    """What a chart shows."""

    title: str
    curves: tuple[ChartCurve, ...]
    reference_lines: tuple[ReferenceLine, ...] = ()


class Band(Struct, frozen=True):
    """A highlighted range of x: the steps of a finding, or a selection with the mouse."""

    low: float
    high: float
    style: str
    """Style of its part of the x axis and of its left edge."""
    tinted: bool = False
    """Whether its cells have a tinted background."""


class ChartOptions(Struct, frozen=True):
    """How charts are drawn; the same for all charts of a screen."""

    x: XRange = field(default_factory=XRange)
    smoothing: float = 0.0
    adaptive: bool = False
    """Smooth short curves less."""
    log: bool = False
    full_range: bool = False
    """Include every spike in the range of y."""
    cursor: float | None = None
    """x at which values are read."""
    glyphs: Glyphs = BRAILLES
    dashed: bool = False
    """Distinguish curves by dashes, since there is no colour."""
    ticks: bool = True
    """Label the x axis; of stacked charts only the lowest is labelled."""
    hide_raw: bool = False
    """Do not draw raw curves behind smoothed ones, if there are many curves."""
    y: tuple[float, float] | None = None
    """The range of values chosen by the user, if any."""
    bands: tuple[Band, ...] = ()
    """Highlighted ranges of x."""

    def weight(self, view: SeriesView) -> float:
        """Return the smoothing weight of a curve."""
        return adapted_weight(self.smoothing, len(view)) if self.adaptive else self.smoothing


class CursorReading(Struct, frozen=True):
    """The value of a curve at the cursor, or at its end."""

    curve: ChartCurve
    index: int
    """Index of the point; -1 if there is none."""
    raw: float = np.nan
    smooth: float = np.nan


class Notes(Struct, frozen=True):
    """What the cells of a chart do not show."""

    above: float | None = None
    """Largest value above the range of y."""
    below: float | None = None
    """Smallest value below it."""
    nonfinite: int = 0
    """Number of NaN and infinite points within the range of x."""
    restarts: int = 0
    hidden_segments: int = 0
    """Number of segments that are not drawn."""
    curves_without_clock: int = 0
    """Number of curves without wall times, which cannot be drawn over time."""


class Drawing(Struct, frozen=True):
    """A chart as cells, with its readings and notes."""

    canvas: Canvas
    area: Area
    scale: YScale
    readings: tuple[CursorReading, ...]
    notes: Notes


class CurveSegment(Struct, frozen=True):
    """One segment of one curve."""

    curve: ChartCurve
    columns: SegmentColumns
    is_newest: bool


def plot_area(width: int, height: int) -> Area:
    """Return the cells for the curves of a chart of this size; the row below is for the x axis."""
    left = LABEL_WIDTH if width >= NARROW_CHART else min(NARROW_LABEL_WIDTH, width - 1)
    return Area(left, 0, max(1, width - left), max(1, height - 1))
