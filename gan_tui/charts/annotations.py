"""Everything on a chart except its curves: axes, cursor, restarts, gaps, markers and bands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from gan_tui.charts.canvas import Area, Canvas, Glyphs
from gan_tui.charts.rasterize import Coverage
from gan_tui.charts.scale import YScale
from gan_tui.charts.spec import ChartCurve, ChartOptions, CursorReading, CurveSegment
from gan_tui.charts.xaxis import Clocks, XRange
from gan_tui.logs.model import Floats
from gan_tui.numeric import distinct

BAND_COLUMNS = 4
"""Tinted backgrounds begin and end at multiples of this many cells; the x axis below is exact."""
MARKER_SPACING, MARKER_OFFSET = 28, 9
"""Cells between two markers of a curve, and between the markers of one curve and the next."""
TINTED_SUFFIX = "@band"
"""Suffix of the styles with a tinted background."""


def draw_clipped(
    canvas: Canvas,
    area: Area,
    segments: Sequence[CurveSegment],
    heights: Sequence[Floats],
) -> tuple[float | None, float | None]:
    """Mark the columns with values outside the range; return the largest above and the smallest below.

    Args:
        canvas: The canvas to draw on.
        area: Its plot.
        segments: The curves drawn.
        heights: Relative heights of the smallest and largest value of each segment's columns, each of
            shape (2, columns).
    """
    symbols, across = canvas.glyphs.symbols, canvas.glyphs.across
    largest: float | None = None
    smallest: float | None = None
    for segment, (bottom, top) in zip(segments, heights, strict=True):
        above, below = (top > 1 + 1e-9).nonzero()[0], (bottom < -1e-9).nonzero()[0]
        if not len(above) and not len(below):
            continue
        low, high, style = segment.columns.low, segment.columns.high, segment.curve.style
        for column in distinct(above // across):
            canvas.put(area.top, area.left + int(column), symbols.above_range, style)
        for column in distinct(below // across):
            canvas.put(area.top + area.height - 1, area.left + int(column), symbols.below_range, style)
        if len(above):
            largest = max(float(high[above].max()), -np.inf if largest is None else largest)
        if len(below):
            smallest = min(float(low[below].min()), np.inf if smallest is None else smallest)
    return largest, smallest


def draw_nonfinite(canvas: Canvas, area: Area, segments: Sequence[CurveSegment]) -> int:
    """Mark the columns with NaN or infinite points; return the number of such points."""
    symbols, across = canvas.glyphs.symbols, canvas.glyphs.across
    count = 0
    bottom = area.top + area.height - 1
    for segment in segments:
        nonfinite = segment.curve.view.nonfinite
        if not len(nonfinite):
            continue
        borders = np.searchsorted(nonfinite, segment.columns.borders[::across])
        count += int(borders[-1] - borders[0])
        for cell in np.flatnonzero(borders[1:] > borders[:-1]).tolist():
            # A run may be all NaN: a few points of a column show which kinds it contains.
            indices = nonfinite[borders[cell] : borders[cell + 1]]
            values = segment.curve.view.values[indices[:: max(1, len(indices) // 64)]]
            if (values == np.inf).any():
                canvas.put(area.top, area.left + cell, symbols.positive_infinity, "nonfinite")
            if (values == -np.inf).any():
                canvas.put(bottom, area.left + cell, symbols.negative_infinity, "nonfinite")
            if np.isnan(values).any():
                canvas.put(bottom, area.left + cell, symbols.nan, "nonfinite")
    return count


def draw_restarts(canvas: Canvas, area: Area, options: ChartOptions, segments: Sequence[CurveSegment]) -> int:
    """Draw a faint line at the start of each segment but the first; return the number of lines."""
    starts = [float(s.columns.x_values[s.columns.begin]) for s in segments if s.columns.begin]
    columns = {column for x in starts if 0 <= (column := _column(area, options, x)) < area.width}
    for column in columns:
        for row in range(area.top, area.top + area.height):
            if canvas.chars[row, area.left + column] == " ":
                canvas.put(row, area.left + column, canvas.glyphs.symbols.restart_line, "restart")
        canvas.put(area.top, area.left + column, canvas.glyphs.symbols.restart, "restart")
    return len(columns)


def _column(area: Area, options: ChartOptions, x: float) -> int:
    """Return the column of cells for x; the right border belongs to the last column."""
    share = options.x.share(x)
    return area.width - 1 if share == 1 else int(np.floor(share * area.width))


def draw_cursor(
    canvas: Canvas,
    area: Area,
    options: ChartOptions,
    readings: Sequence[CursorReading],
    scale: YScale,
    clocks: Clocks,
) -> None:
    """Draw the crosshair with a marker on each curve; without a cursor, a marker at each curve's end."""
    if options.cursor is not None:
        column = _column(area, options, options.cursor)
        if not 0 <= column < area.width:
            return
        for row in range(area.top, area.top + area.height):
            if canvas.chars[row, area.left + column] == " ":
                canvas.put(row, area.left + column, canvas.glyphs.symbols.cursor, "cursor")
    for reading in readings:
        x_values = clocks.x_values(reading.curve.view, options.x.mode)
        position = float(scale.position(np.array([reading.smooth]))[0])
        if reading.index < 0 or x_values is None or not 0 <= position <= 1:
            continue
        column = _column(area, options, float(x_values[reading.index]))
        if 0 <= column < area.width:
            markers = canvas.glyphs.symbols.markers
            marker = markers[reading.curve.index % len(markers)]
            canvas.put(area.row(position), area.left + column, marker, reading.curve.style)


def draw_axes(canvas: Canvas, area: Area, options: ChartOptions, scale: YScale) -> None:
    """Draw the y axis with its labels, and the x axis with labels set into its line."""
    axes = _axes(canvas.width, canvas.height, canvas.glyphs, area, options.x, scale, options.ticks)
    bottom, left = area.top + area.height, area.left
    numbers = np.array([canvas.style(name) for name in axes.names], np.uint8)
    for part in ((slice(None), slice(0, left)), (slice(bottom, bottom + 1), slice(left, None))):
        canvas.chars[part] = axes.chars[part]
        canvas.styles[part] = numbers[axes.styles[part]]


@lru_cache(64)
def _axes(
    width: int, height: int, glyphs: Glyphs, area: Area, x: XRange, scale: YScale, ticks: bool
) -> Canvas:
    """Return a canvas with only the axes; cached, since they rarely change while a run grows."""
    canvas = Canvas(width, height, glyphs)
    symbols = glyphs.symbols
    axis = area.left - 1
    if axis >= 0:
        for row in range(area.top, area.top + area.height):
            canvas.put(row, axis, symbols.y_axis, "axis")
        for row, text in _y_labels(area, scale):
            canvas.put(row, axis, symbols.y_tick, "axis")
            canvas.put(row, max(0, axis - len(text)), text, "label")
    bottom = area.top + area.height
    canvas.put(bottom, max(0, axis), symbols.corner + symbols.x_axis * area.width, "axis")
    next_free = axis + 1
    for tick in x.ticks(max(1, area.width // 14)) if ticks else ():
        column = area.left + min(area.width - 1, max(0, int(tick.position * area.width)))
        if column < next_free or column + 1 + len(tick.label) > area.left + area.width:
            continue
        canvas.put(bottom, column, symbols.x_tick, "axis")
        canvas.put(bottom, column + 1, tick.label, "label")
        next_free = column + len(tick.label) + 2
    return canvas


def _y_labels(area: Area, scale: YScale) -> Iterator[tuple[int, str]]:
    """Yield rows and labels, bottom first, at most one for each row."""
    last: int | None = None
    for tick in scale.ticks(max(2, round(area.height / 2.6))):
        row = area.row(tick.position)
        if last is None or row < last:
            yield row, tick.label
            last = row


def draw_markers(canvas: Canvas, area: Area, curve: ChartCurve, cover: Coverage) -> None:
    """Draw the curve's marker at regular distances, which identifies the curve without colour."""
    across, markers = canvas.glyphs.across, canvas.glyphs.symbols.markers
    marker = markers[curve.index % len(markers)]
    first = (MARKER_OFFSET * (curve.index + 1)) % MARKER_SPACING
    for column in range(first, area.width - MARKER_OFFSET // 2, MARKER_SPACING):
        dot_column = column * across
        position = (cover.low[dot_column] + cover.high[dot_column]) / 2
        if 0 <= position <= 1:
            canvas.put(area.row(float(position)), area.left + column, marker, curve.style)


def draw_bands(canvas: Canvas, area: Area, options: ChartOptions) -> None:
    """Draw the bands: a heavy x axis, with an edge at their start or a tinted background."""
    symbols = canvas.glyphs.symbols
    bottom = area.top + area.height
    for band in options.bands:
        first, last = _column(area, options, band.low), _column(area, options, band.high)
        if last < 0 or first >= area.width or band.high < band.low:
            continue
        columns = range(max(0, first), min(area.width - 1, last) + 1)
        for column in columns:
            if canvas.chars[bottom, area.left + column] == symbols.x_axis:
                canvas.put(bottom, area.left + column, symbols.band_axis, band.style)
        if first >= 0 and not band.tinted:
            for row in range(area.top, bottom):
                if canvas.chars[row, area.left + first] == " ":
                    canvas.put(row, area.left + first, symbols.band_edge, band.style)
        if band.tinted:
            # Bands move while a run grows. The background follows in steps, since each changed cell is sent.
            begin = columns.start - columns.start % BAND_COLUMNS
            end = min(area.width, -(-columns.stop // BAND_COLUMNS) * BAND_COLUMNS)
            canvas.tint(slice(area.top, bottom), slice(area.left + begin, area.left + end), TINTED_SUFFIX)
