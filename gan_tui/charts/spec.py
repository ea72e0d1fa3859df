"""What a chart shows and how: plain frozen values, made by whoever wants one drawn."""

from __future__ import annotations

import numpy as np
from msgspec import Struct, field

from gan_tui.charts.canvas import BRAILLES, Area, Canvas, Glyphs
from gan_tui.charts.rasterize import Stretch
from gan_tui.charts.scale import YScale
from gan_tui.charts.smoothing import gentle
from gan_tui.charts.xaxis import XRange
from gan_tui.run.series_view import SeriesView

SEGMENTS_DRAWN = 64
"""Of a log that restarts more often, the newest segments are drawn; the rest is said, not shown."""
GUTTER, NARROW_GUTTER = 8, 6
NARROW = 60
"""Charts narrower than this spare columns beside the y axis."""
PLAYERS = ("d", "g", "a", "b", "c")
"""Styles that curves have."""
MANY_ROWS = 5
"""Lower charts have no room for the names of levels."""
DASHES = ((1, 1), (3, 4), (1, 2), (2, 6))
"""How many columns of dots of how many a curve fills where colour does not tell curves apart."""


class ChartCurve(Struct, frozen=True):
    """A series to be drawn, and how."""

    view: SeriesView
    label: str
    style: str
    """Style name; the dimmed raw curve is `style`-raw, segments before a restart `style`-old."""
    ink: int = 0
    """Which of the glyphs' inks, and which mark."""


class ReferenceLine(Struct, frozen=True):
    """A horizontal line with a name: where the game balances."""

    value: float
    label: str
    style: str = "level"


class ChartSpec(Struct, frozen=True):
    """What a chart shows."""

    title: str
    curves: tuple[ChartCurve, ...]
    levels: tuple[ReferenceLine, ...] = ()


class Band(Struct, frozen=True):
    """A stretch of x that stands out: the steps a sentence speaks of, or what the mouse is drawn over."""

    low: float
    high: float
    style: str
    """Style of its part of the x axis, and of its left edge."""
    tinted: bool = False
    """Whether its cells have another paper."""


class ChartOptions(Struct, frozen=True):
    """How charts are shown: the same for all charts on a screen."""

    x: XRange = field(default_factory=XRange)
    smoothing: float = 0.0
    gentle: bool = False
    """Smooth short curves less."""
    log: bool = False
    whole: bool = False
    """Keep every spike within the range."""
    cursor: float | None = None
    """x at which values are read."""
    glyphs: Glyphs = BRAILLES
    dashed: bool = False
    """Tell curves apart by dashes: there is no colour."""
    ticks: bool = True
    """Label the x axis; charts above another leave that to the lowest."""
    bare: bool = False
    """Leave away raw curves behind smoothed ones: there are many curves."""
    y: tuple[float, float] | None = None
    """The range of values, where a person chose one."""
    bands: tuple[Band, ...] = ()
    """Stretches of x that stand out."""

    def weight(self, view: SeriesView) -> float:
        """How strongly a curve is smoothed."""
        return gentle(self.smoothing, len(view)) if self.gentle else self.smoothing


class CursorReading(Struct, frozen=True):
    """What a curve says at the cursor, or at its end."""

    curve: ChartCurve
    index: int
    """Of the point that is read; -1 where there is none."""
    raw: float = np.nan
    smooth: float = np.nan


class Notes(Struct, frozen=True):
    """What a chart has to say beside its curves."""

    over: float | None = None
    """Greatest value above the range."""
    under: float | None = None
    """Least value below it."""
    nonfinite: int = 0
    """NaN and infinite points within the range of x."""
    restarts: int = 0
    hidden: int = 0
    """Segments that are not drawn."""
    clockless: int = 0
    """Curves without a clock, which x as time cannot show."""


class Drawing(Struct, frozen=True):
    """A chart as cells, and what the cells cannot say."""

    canvas: Canvas
    area: Area
    scale: YScale
    readings: tuple[CursorReading, ...]
    notes: Notes


class Part(Struct, frozen=True):
    """One segment of one curve."""

    curve: ChartCurve
    stretch: Stretch
    newest: bool


def plot_area(width: int, height: int) -> Area:
    """Where on a chart of so many cells the curves go; a row below is for the x axis."""
    left = GUTTER if width >= NARROW else min(NARROW_GUTTER, width - 1)
    return Area(left, 0, max(1, width - left), max(1, height - 1))
