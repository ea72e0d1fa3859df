"""One chart: curves, levels and marks of a frozen run, as cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from gan_tui.charts.coverage import Coverage, raw_coverage, smooth_coverage
from gan_tui.charts.raster import BRAILLES, Area, Canvas, Glyphs
from gan_tui.charts.scale import Scale, fit
from gan_tui.charts.smoothing import smooth_at
from gan_tui.charts.xaxis import Clocks, Places, XRange, cut
from gan_tui.logs.points import Floats, Ints
from gan_tui.run.series import SeriesView

SEGMENTS_DRAWN = 64
"""Of a log that restarts more often, the newest segments are drawn; the rest is said, not shown."""
GUTTER, NARROW_GUTTER = 8, 6
NARROW = 60
"""Charts narrower than this spare columns beside the y axis."""
MANY_ROWS = 5
"""Lower charts have no room for the names of levels."""
DASHES = ((1, 1), (3, 4), (1, 2), (2, 6))
"""How many columns of dots of how many a curve fills where colour does not tell curves apart."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A series to be drawn, and how."""

    view: SeriesView
    label: str
    style: str
    """Style name; the dimmed raw curve is `style`-raw, segments before a restart `style`-old."""
    ink: int = 0
    """Which of the glyphs' inks, and which mark."""


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal line with a name: where the game balances."""

    value: float
    label: str
    style: str = "level"


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """What a chart shows."""

    title: str
    curves: tuple[Curve, ...]
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """How charts are shown: the same for all charts on a screen."""

    x: XRange = field(default_factory=XRange)
    smoothing: float = 0.0
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


@dataclass(frozen=True, slots=True)
class Reading:
    """What a curve says at the cursor, or at its end."""

    curve: Curve
    index: int
    """Of the point that is read; -1 where there is none."""
    raw: float = np.nan
    smooth: float = np.nan


@dataclass(frozen=True, slots=True)
class Notes:
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


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as cells, and what the cells cannot say."""

    canvas: Canvas
    area: Area
    scale: Scale
    readings: tuple[Reading, ...]
    notes: Notes


@dataclass(frozen=True, slots=True)
class _Part:
    """One segment of one curve, cut into the columns of the chart."""

    curve: Curve
    number: int
    """Of the curve in the chart."""
    places: Places
    begin: int
    end: int
    edges: Ints
    newest: bool


def plot_area(width: int, height: int) -> Area:
    """Where on a chart of so many cells the curves go; a row below is for the x axis."""
    left = GUTTER if width >= NARROW else min(NARROW_GUTTER, width - 1)
    return Area(left, 0, max(1, width - left), max(1, height - 1))


def draw(spec: ChartSpec, look: Look, width: int, height: int, clocks: Clocks | None = None) -> Drawing:
    """Draw a chart.

    Args:
        spec: What it shows.
        look: How, and which part of x.
        width: Cells across, y labels included; at least 8.
        height: Cells down, x axis included; at least 2.
        clocks: Kept between calls where x is time: remembers which clocks run straight.
    """
    clocks = clocks or Clocks()
    canvas = Canvas(width, height, look.glyphs)
    area = plot_area(width, height)
    bounds = look.x.bounds(area.width * look.glyphs.across)
    parts, notes = _parts(spec, look, bounds, clocks)
    shown = [p.curve.view.envelope(p.edges) for p in parts]
    scale = _scale(spec, look, shown)
    _draw_lines(canvas, area, look, spec, parts, bounds, scale)
    over, under = _draw_clipped(canvas, area, parts, shown, scale)
    nonfinite = _draw_nonfinite(canvas, area, parts)
    restarts = _draw_restarts(canvas, area, look, parts)
    readings = tuple(read(c, look, clocks) for c in spec.curves)
    _draw_cursor(canvas, area, look, readings, scale, clocks)
    _draw_axes(canvas, area, look, scale)
    notes = Notes(over, under, nonfinite, restarts, notes.hidden, notes.clockless)
    return Drawing(canvas, area, scale, readings, notes)


def read(curve: Curve, look: Look, clocks: Clocks) -> Reading:
    """A curve's value at the cursor (the last point not beyond it), or at its end without one."""
    view = curve.view
    places = clocks.places(view, look.x.mode)
    if places is None or not len(view):
        return Reading(curve, -1)
    begin, end = view.segments[-1], len(view)
    index = end - 1
    if look.cursor is not None:
        for begin, end in reversed(view.segment_bounds()[-SEGMENTS_DRAWN:]):
            index = begin + int(np.searchsorted(places[begin:end], look.cursor, side="right")) - 1
            if index >= begin:
                break
        else:
            return Reading(curve, -1)
    raw = float(view.values[index])
    smooth = raw
    if look.smoothing:
        smooth = float(smooth_at(view, begin, np.array([index + 1]), look.smoothing)[0])
    return Reading(curve, index, raw, smooth)


# -- from series to columns ----------------------------------------------------------------------------


def _parts(spec: ChartSpec, look: Look, bounds: Floats, clocks: Clocks) -> tuple[list[_Part], Notes]:
    """Every segment within the range, older ones first, so that newer ones are drawn over them."""
    parts, hidden, clockless = [], 0, 0
    for number, curve in enumerate(spec.curves):
        places = clocks.places(curve.view, look.x.mode)
        if places is None:
            clockless += 1
            continue
        segments = curve.view.segment_bounds()
        hidden += max(0, len(segments) - SEGMENTS_DRAWN)
        for begin, end in segments[-SEGMENTS_DRAWN:]:
            if float(places[begin]) > bounds[-1] or float(places[end - 1]) < bounds[0]:
                continue
            edges = cut(places, begin, end, bounds)
            parts.append(_Part(curve, number, places, begin, end, edges, end == len(curve.view)))
    parts.sort(key=lambda p: p.newest)
    return parts, Notes(hidden=hidden, clockless=clockless)


def _scale(spec: ChartSpec, look: Look, shown: Sequence[tuple[Floats, Floats]]) -> Scale:
    """The scale of what is shown, widened a little where that brings a level into view."""
    lows = np.concatenate([low for low, _ in shown] or [np.empty(0)])
    highs = np.concatenate([high for _, high in shown] or [np.empty(0)])
    scale = fit(lows, highs, log=look.log, whole=look.whole)
    levels = np.array([level.value for level in spec.levels])
    near = np.abs(scale.position(levels) - 0.5) < 1.0
    if near.any() and (np.abs(scale.position(levels[near]) - 0.5) > 0.5).any():
        # Twice, so that a level outside does not count as a value far out.
        bottom, top = scale.at(0.0), scale.at(1.0)
        held = np.clip(np.concatenate([lows, highs]), bottom, top)
        lows, highs = np.append(held, levels[near]), np.append(held, levels[near])
        scale = fit(lows, highs, log=look.log, whole=True)
    return scale


# -- strokes -------------------------------------------------------------------------------------------


def _draw_lines(
    canvas: Canvas,
    area: Area,
    look: Look,
    spec: ChartSpec,
    parts: Sequence[_Part],
    bounds: Floats,
    scale: Scale,
) -> None:
    """Levels and curves; smoothed curves lie over the levels, levels over raw curves behind them."""
    levels = [(level, float(scale.position(np.array([level.value]))[0])) for level in spec.levels]
    levels = [(level, min(1.0, max(0.0, p))) for level, p in levels if -0.01 <= p <= 1.01]
    if not look.smoothing:
        for level, position in levels:
            canvas.level(area, position, level.style)
    for part in parts:
        cover = raw_coverage(part.curve.view, part.places, part.edges, part.begin, part.end, bounds, scale)
        _stroke(canvas, area, look, part, cover, raw=bool(look.smoothing))
    if look.smoothing:
        for level, position in levels:
            canvas.level(area, position, level.style)
        for part in parts:
            cover = smooth_coverage(
                part.curve.view,
                part.places,
                part.edges,
                part.begin,
                part.end,
                bounds,
                scale,
                look.smoothing,
            )
            _stroke(canvas, area, look, part, cover, raw=False)
    for level, position in levels:
        _label_level(canvas, area, level, area.row(position))


def _stroke(canvas: Canvas, area: Area, look: Look, part: _Part, cover: Coverage, *, raw: bool) -> None:
    dash = DASHES[part.curve.ink % len(DASHES)] if look.dashed and not raw else (1, 1)
    canvas.stroke(area, cover, _style(part, raw=raw), part.curve.ink, dash)


def _label_level(canvas: Canvas, area: Area, level: Level, row: int) -> None:
    """Write the level's name beside its line, where nothing else is; nowhere where nothing is free."""
    room = len(level.label) + 2
    if area.height < MANY_ROWS or room > area.width // 2:
        return
    right = area.left + area.width - room
    for column in (right, area.left + 1):
        for beside in (row - 1, row + 1):
            if area.top <= beside < area.top + area.height and canvas.blank(beside, column, room):
                canvas.put(beside, column + 1, level.label, level.style)
                return


def _style(part: _Part, *, raw: bool) -> str:
    if not part.newest:
        return f"{part.curve.style}-old"
    return f"{part.curve.style}-raw" if raw else part.curve.style


def _draw_clipped(
    canvas: Canvas,
    area: Area,
    parts: Sequence[_Part],
    shown: Sequence[tuple[Floats, Floats]],
    scale: Scale,
) -> tuple[float | None, float | None]:
    """Mark the columns whose values lie outside; gives the furthest on each side."""
    marks, across = canvas.glyphs.marks, canvas.glyphs.across
    over: float | None = None
    under: float | None = None
    for part, (low, high) in zip(parts, shown, strict=True):
        above = np.flatnonzero(scale.position(high) > 1 + 1e-9)
        below = np.flatnonzero(scale.position(low) < -1e-9)
        for column in np.unique(above // across):
            canvas.put(area.top, area.left + int(column), marks.over, part.curve.style)
        for column in np.unique(below // across):
            canvas.put(area.top + area.height - 1, area.left + int(column), marks.under, part.curve.style)
        if len(above):
            over = max(float(high[above].max()), -np.inf if over is None else over)
        if len(below):
            under = min(float(low[below].min()), np.inf if under is None else under)
    return over, under


def _draw_nonfinite(canvas: Canvas, area: Area, parts: Sequence[_Part]) -> int:
    marks, across = canvas.glyphs.marks, canvas.glyphs.across
    count = 0
    bottom = area.top + area.height - 1
    for part in parts:
        bad = part.curve.view.nonfinite
        if not len(bad):
            continue
        borders = np.searchsorted(bad, part.edges[::across])
        count += int(borders[-1] - borders[0])
        for cell in np.flatnonzero(borders[1:] > borders[:-1]).tolist():
            # A run may be all NaN: a few points of a column tell which kinds it holds.
            some = bad[borders[cell] : borders[cell + 1]]
            values = part.curve.view.values[some[:: max(1, len(some) // 64)]]
            if (values == np.inf).any():
                canvas.put(area.top, area.left + cell, marks.up, "nonfinite")
            if (values == -np.inf).any():
                canvas.put(bottom, area.left + cell, marks.down, "nonfinite")
            if np.isnan(values).any():
                canvas.put(bottom, area.left + cell, marks.nan, "nonfinite")
    return count


def _draw_restarts(canvas: Canvas, area: Area, look: Look, parts: Sequence[_Part]) -> int:
    """A faint line where a segment begins that is not the first."""
    begun = {(p.curve.view.name, p.begin): float(p.places[p.begin]) for p in parts if p.begin}
    columns = {column for x in begun.values() if 0 <= (column := _column(area, look, x)) < area.width}
    for column in columns:
        for row in range(area.top, area.top + area.height):
            if canvas.chars[row, area.left + column] == " ":
                canvas.put(row, area.left + column, canvas.glyphs.marks.restart, "restart")
        canvas.put(area.top, area.left + column, canvas.glyphs.marks.again, "restart")
    return len(columns)


def _column(area: Area, look: Look, x: float) -> int:
    """Cell of the plot that x falls into; the right border belongs to the last cell."""
    share = look.x.share(x)
    return area.width - 1 if share == 1 else int(np.floor(share * area.width))


def _draw_cursor(
    canvas: Canvas,
    area: Area,
    look: Look,
    readings: Sequence[Reading],
    scale: Scale,
    clocks: Clocks,
) -> None:
    """The crosshair with a mark on each curve; without one, a mark at each curve's end."""
    column = -1
    if look.cursor is not None:
        column = _column(area, look, look.cursor)
        if not 0 <= column < area.width:
            return
        for row in range(area.top, area.top + area.height):
            if canvas.chars[row, area.left + column] == " ":
                canvas.put(row, area.left + column, canvas.glyphs.marks.cursor, "cursor")
    for reading in readings:
        position = float(scale.position(np.array([reading.smooth]))[0])
        if reading.index < 0 or not 0 <= position <= 1:
            continue
        at = column
        if look.cursor is None:
            places = clocks.places(reading.curve.view, look.x.mode)
            at = -1 if places is None else _column(area, look, float(places[reading.index]))
        if 0 <= at < area.width:
            mark = canvas.glyphs.marks.points[reading.curve.ink % len(canvas.glyphs.marks.points)]
            canvas.put(area.row(position), area.left + at, mark, reading.curve.style)


def _draw_axes(canvas: Canvas, area: Area, look: Look, scale: Scale) -> None:
    marks = canvas.glyphs.marks
    axis = area.left - 1
    if axis >= 0:
        for row in range(area.top, area.top + area.height):
            canvas.put(row, axis, marks.side, "axis")
        for row, text in _y_labels(area, scale):
            canvas.put(row, axis, marks.tick, "axis")
            canvas.put(row, max(0, axis - len(text)), text, "label")
    floor = area.top + area.height
    canvas.put(floor, max(0, axis), marks.corner + marks.floor * area.width, "axis")
    if not look.ticks:
        return
    free = axis + 1
    for tick in look.x.ticks(max(1, area.width // 14)):
        column = area.left + min(area.width - 1, max(0, int(tick.position * area.width)))
        if column < free or column + 1 + len(tick.label) > area.left + area.width:
            continue
        canvas.put(floor, column, marks.foot, "axis")
        canvas.put(floor, column + 1, tick.label, "label")
        free = column + len(tick.label) + 2


def _y_labels(area: Area, scale: Scale) -> Iterator[tuple[int, str]]:
    """Labels with room between them, bottom first."""
    last: int | None = None
    for tick in scale.ticks(max(2, area.height // 3)):
        row = area.row(tick.position)
        if last is None or row < last:
            yield row, tick.label
            last = row
