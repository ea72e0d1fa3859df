"""What stands on a chart beside its curves: edges, gaps, restarts, the cursor, the axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from gan_tui.charts.canvas import Area, Canvas, Glyphs
from gan_tui.charts.rasterize import Coverage
from gan_tui.charts.scale import YScale
from gan_tui.charts.spec import ChartCurve, ChartOptions, CursorReading, Part
from gan_tui.charts.xaxis import Clocks, XRange
from gan_tui.logs.model import Floats
from gan_tui.numeric import distinct


def draw_clipped(
    canvas: Canvas,
    area: Area,
    parts: Sequence[Part],
    heights: Sequence[Floats],
) -> tuple[float | None, float | None]:
    """Mark the columns whose values lie outside; gives the furthest on each side.

    Args:
        canvas: Drawn on.
        area: Its plot.
        parts: What is drawn.
        heights: Where the least and greatest values of each part's columns lie, shape (2, columns).
    """
    marks, across = canvas.glyphs.marks, canvas.glyphs.across
    over: float | None = None
    under: float | None = None
    for part, (bottom, top) in zip(parts, heights, strict=True):
        above, below = (top > 1 + 1e-9).nonzero()[0], (bottom < -1e-9).nonzero()[0]
        if not len(above) and not len(below):
            continue
        low, high = part.stretch.low, part.stretch.high
        for column in distinct(above // across):
            canvas.put(area.top, area.left + int(column), marks.over, part.curve.style)
        for column in distinct(below // across):
            canvas.put(area.top + area.height - 1, area.left + int(column), marks.under, part.curve.style)
        if len(above):
            over = max(float(high[above].max()), -np.inf if over is None else over)
        if len(below):
            under = min(float(low[below].min()), np.inf if under is None else under)
    return over, under


def draw_nonfinite(canvas: Canvas, area: Area, parts: Sequence[Part]) -> int:
    """Mark the columns that hold NaN or infinities; gives how many such points there are."""
    marks, across = canvas.glyphs.marks, canvas.glyphs.across
    count = 0
    bottom = area.top + area.height - 1
    for part in parts:
        bad = part.curve.view.nonfinite
        if not len(bad):
            continue
        borders = np.searchsorted(bad, part.stretch.edges[::across])
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


def draw_restarts(canvas: Canvas, area: Area, look: ChartOptions, parts: Sequence[Part]) -> int:
    """A faint line where a segment begins that is not the first."""
    begun = [float(p.stretch.places[p.stretch.begin]) for p in parts if p.stretch.begin]
    columns = {column for x in begun if 0 <= (column := _column(area, look, x)) < area.width}
    for column in columns:
        for row in range(area.top, area.top + area.height):
            if canvas.chars[row, area.left + column] == " ":
                canvas.put(row, area.left + column, canvas.glyphs.marks.restart, "restart")
        canvas.put(area.top, area.left + column, canvas.glyphs.marks.again, "restart")
    return len(columns)


def _column(area: Area, look: ChartOptions, x: float) -> int:
    """Cell of the plot that x falls into; the right border belongs to the last cell."""
    share = look.x.share(x)
    return area.width - 1 if share == 1 else int(np.floor(share * area.width))


def draw_cursor(
    canvas: Canvas,
    area: Area,
    look: ChartOptions,
    readings: Sequence[CursorReading],
    scale: YScale,
    clocks: Clocks,
) -> None:
    """The crosshair with a mark on each curve; without one, a mark at each curve's end."""
    if look.cursor is not None:
        column = _column(area, look, look.cursor)
        if not 0 <= column < area.width:
            return
        for row in range(area.top, area.top + area.height):
            if canvas.chars[row, area.left + column] == " ":
                canvas.put(row, area.left + column, canvas.glyphs.marks.cursor, "cursor")
    for reading in readings:
        places = clocks.places(reading.curve.view, look.x.mode)
        position = float(scale.position(np.array([reading.smooth]))[0])
        if reading.index < 0 or places is None or not 0 <= position <= 1:
            continue
        at = _column(area, look, float(places[reading.index]))
        if 0 <= at < area.width:
            mark = canvas.glyphs.marks.points[reading.curve.ink % len(canvas.glyphs.marks.points)]
            canvas.put(area.row(position), area.left + at, mark, reading.curve.style)


def draw_axes(canvas: Canvas, area: Area, look: ChartOptions, scale: YScale) -> None:
    """The y axis with its labels, and the x axis with labels set into its line."""
    drawn = _axes(canvas.width, canvas.height, canvas.glyphs, area, look.x, scale, look.ticks)
    floor, left = area.top + area.height, area.left
    numbers = np.array([canvas.style(name) for name in drawn.names], np.uint8)
    for part in ((slice(None), slice(0, left)), (slice(floor, floor + 1), slice(left, None))):
        canvas.chars[part] = drawn.chars[part]
        canvas.styles[part] = numbers[drawn.styles[part]]


@lru_cache(64)
def _axes(
    width: int, height: int, glyphs: Glyphs, area: Area, x: XRange, scale: YScale, ticks: bool
) -> Canvas:
    """The axes alone; while a run grows they stay what they are for a while."""
    canvas = Canvas(width, height, glyphs)
    marks = glyphs.marks
    axis = area.left - 1
    if axis >= 0:
        for row in range(area.top, area.top + area.height):
            canvas.put(row, axis, marks.side, "axis")
        for row, text in _y_labels(area, scale):
            canvas.put(row, axis, marks.tick, "axis")
            canvas.put(row, max(0, axis - len(text)), text, "label")
    floor = area.top + area.height
    canvas.put(floor, max(0, axis), marks.corner + marks.floor * area.width, "axis")
    free = axis + 1
    for tick in x.ticks(max(1, area.width // 14)) if ticks else ():
        column = area.left + min(area.width - 1, max(0, int(tick.position * area.width)))
        if column < free or column + 1 + len(tick.label) > area.left + area.width:
            continue
        canvas.put(floor, column, marks.foot, "axis")
        canvas.put(floor, column + 1, tick.label, "label")
        free = column + len(tick.label) + 2
    return canvas


def _y_labels(area: Area, scale: YScale) -> Iterator[tuple[int, str]]:
    """Labels with room between them, bottom first."""
    last: int | None = None
    for tick in scale.ticks(max(2, round(area.height / 2.6))):
        row = area.row(tick.position)
        if last is None or row < last:
            yield row, tick.label
            last = row


PAPER = 4
"""Cells by which the paper of a band begins and ends; the axis below it is exact."""
BEADS, APART = 28, 9
"""Cells between two marks of a curve, and between those of one curve and of the next."""


def draw_markers(canvas: Canvas, area: Area, curve: ChartCurve, cover: Coverage) -> None:
    """The curve's own mark on it, time and again: what tells it apart for those who see no colour."""
    across, marks = canvas.glyphs.across, canvas.glyphs.marks.points
    mark = marks[curve.ink % len(marks)]
    for column in range((APART * (curve.ink + 1)) % BEADS, area.width - APART // 2, BEADS):
        place = column * across
        position = (cover.low[place] + cover.high[place]) / 2
        if 0 <= position <= 1:
            canvas.put(area.row(float(position)), area.left + column, mark, curve.style)


TINTED = "@band"
"""Ends the names of styles on the paper of a band."""


def draw_bands(canvas: Canvas, area: Area, look: ChartOptions) -> None:
    """Stretches of x: heavy on the axis, with an edge where they begin; tinted ones on another paper."""
    marks = canvas.glyphs.marks
    floor = area.top + area.height
    for band in look.bands:
        first, last = _column(area, look, band.low), _column(area, look, band.high)
        if last < 0 or first >= area.width or band.high < band.low:
            continue
        shown = range(max(0, first), min(area.width - 1, last) + 1)
        for column in shown:
            if canvas.chars[floor, area.left + column] == marks.floor:
                canvas.put(floor, area.left + column, marks.heavy, band.style)
        if first >= 0 and not band.tinted:
            for row in range(area.top, floor):
                if canvas.chars[row, area.left + first] == " ":
                    canvas.put(row, area.left + first, marks.edge, band.style)
        if band.tinted:
            # While a run grows its bands move: the paper follows in steps, as every cell of it is sent anew.
            begin, end = shown.start - shown.start % PAPER, min(area.width, -(-shown.stop // PAPER) * PAPER)
            columns = slice(area.left + begin, area.left + end)
            canvas.tint(slice(area.top, floor), columns, TINTED)
