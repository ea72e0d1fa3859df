"""One chart: curves, levels and marks of a frozen run, as cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gan_tui.charts.annotations import (
    draw_axes,
    draw_bands,
    draw_clipped,
    draw_cursor,
    draw_markers,
    draw_nonfinite,
    draw_restarts,
)
from gan_tui.charts.cache import ChartCache
from gan_tui.charts.canvas import Area, Canvas
from gan_tui.charts.rasterize import Coverage, Stretch, raw_coverage, smooth_coverage
from gan_tui.charts.scale import YScale, exactly, fit
from gan_tui.charts.smoothing import smooth_at
from gan_tui.charts.spec import (
    DASHES,
    MANY_ROWS,
    PLAYERS,
    SEGMENTS_DRAWN,
    ChartCurve,
    ChartOptions,
    ChartSpec,
    CursorReading,
    Drawing,
    Notes,
    Part,
    ReferenceLine,
    plot_area,
)
from gan_tui.charts.xaxis import Clocks
from gan_tui.logs.model import Floats


def draw(
    spec: ChartSpec, look: ChartOptions, width: int, height: int, memory: ChartCache | None = None
) -> Drawing:
    """Draw a chart.

    Args:
        spec: What it shows.
        look: How, and which part of x.
        width: Cells across, y labels included; at least 8.
        height: Cells down, x axis included; at least 2.
        memory: Kept between drawings of the same run.
    """
    memory = memory or ChartCache()
    clocks = memory.clocks
    canvas = Canvas(width, height, look.glyphs)
    area = plot_area(width, height)
    bounds = look.x.bounds(area.width * look.glyphs.across)
    parts, notes = _parts(spec, look, bounds, clocks)
    scale = _scale(spec, look, [p.stretch for p in parts])
    heights = [p.stretch.heights(scale) for p in parts]
    _draw_lines(canvas, area, look, spec, parts, heights, scale, memory)
    over, under = draw_clipped(canvas, area, parts, heights)
    nonfinite = draw_nonfinite(canvas, area, parts)
    restarts = draw_restarts(canvas, area, look, parts)
    readings = tuple(read(c, look, clocks) for c in spec.curves)
    draw_cursor(canvas, area, look, readings, scale, clocks)
    draw_axes(canvas, area, look, scale)
    draw_bands(canvas, area, look)
    notes = Notes(over, under, nonfinite, restarts, notes.hidden, notes.clockless)
    return Drawing(canvas, area, scale, readings, notes)


def read(curve: ChartCurve, look: ChartOptions, clocks: Clocks) -> CursorReading:
    """A curve's value at the cursor (the last point not beyond it), or at its end without one."""
    view = curve.view
    places = clocks.places(view, look.x.mode)
    if places is None or not len(view):
        return CursorReading(curve, -1)
    begin, end = view.segments[-1], len(view)
    index = end - 1
    if look.cursor is not None:
        for begin, end in reversed(view.segment_bounds()[-SEGMENTS_DRAWN:]):
            index = begin + int(np.searchsorted(places[begin:end], look.cursor, side="right")) - 1
            if index >= begin:
                break
        else:
            return CursorReading(curve, -1)
    raw = float(view.values[index])
    smooth = raw
    weight = look.weight(view)
    if weight:
        smooth = float(smooth_at(view, begin, np.array([index + 1]), weight)[0])
    return CursorReading(curve, index, raw, smooth)


# -- from series to columns ----------------------------------------------------------------------------


def _parts(spec: ChartSpec, look: ChartOptions, bounds: Floats, clocks: Clocks) -> tuple[list[Part], Notes]:
    """Every segment within the range, older ones first, so that newer ones are drawn over them."""
    parts, hidden, clockless = [], 0, 0
    for curve in spec.curves:
        if not len(curve.view):
            continue
        places = clocks.places(curve.view, look.x.mode)
        if places is None:
            clockless += 1
            continue
        segments = curve.view.segment_bounds()
        hidden += max(0, len(segments) - SEGMENTS_DRAWN)
        for begin, end in segments[-SEGMENTS_DRAWN:]:
            if float(places[begin]) > bounds[-1] or float(places[end - 1]) < bounds[0]:
                continue
            stretch = Stretch.of(curve.view, places, begin, end, bounds)
            parts.append(Part(curve, stretch, end == len(curve.view)))
    parts.sort(key=lambda p: p.newest)
    return parts, Notes(hidden=hidden, clockless=clockless)


def _scale(spec: ChartSpec, look: ChartOptions, shown: Sequence[Stretch]) -> YScale:
    """The scale of what is shown, widened a little where that brings a level into view."""
    if look.y is not None:
        return exactly(*look.y, log=look.log)
    lows = np.concatenate([s.low for s in shown] or [np.empty(0)])
    highs = np.concatenate([s.high for s in shown] or [np.empty(0)])
    scale = fit(lows, highs, log=look.log, whole=look.whole)
    if not spec.levels:
        return scale
    levels = np.array([level.value for level in spec.levels])
    near = np.abs(scale.position(levels) - 0.5) < 1.5
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
    look: ChartOptions,
    spec: ChartSpec,
    parts: Sequence[Part],
    heights: Sequence[Floats],
    scale: YScale,
    memory: ChartCache,
) -> None:
    """Levels and curves; smoothed curves lie over the levels, levels over raw curves behind them."""
    levels = [(level, float(scale.position(np.array([level.value]))[0])) for level in spec.levels]
    levels = [(level, min(1.0, max(0.0, p))) for level, p in levels if -0.01 <= p <= 1.01]
    for part, extent in zip(parts, heights, strict=True):
        if look.weight(part.curve.view) and not look.bare:
            cover = raw_coverage(part.stretch, scale, extent)
            _stroke(canvas, area, look, part, cover, raw=True)
    for level, position in levels:
        canvas.level(area, position, level.style)
    for part, extent in zip(parts, heights, strict=True):
        weight = look.weight(part.curve.view)
        cover = (
            smooth_coverage(part.stretch, scale, weight, memory)
            if weight
            else raw_coverage(part.stretch, scale, extent)
        )
        _stroke(canvas, area, look, part, cover, raw=False)
        if part.newest and len(spec.curves) > 1:
            draw_markers(canvas, area, part.curve, cover)
    for level, position in levels:
        _label_level(canvas, area, level, area.row(position))


def _stroke(
    canvas: Canvas, area: Area, look: ChartOptions, part: Part, cover: Coverage, *, raw: bool
) -> None:
    dash = DASHES[part.curve.ink % len(DASHES)] if look.dashed and not raw else (1, 1)
    canvas.stroke(area, cover, _style(part, raw=raw), part.curve.ink, dash, _beside(part, raw=raw))


def _beside(part: Part, *, raw: bool) -> list[str]:
    """Styles of the other curves' lines of the same rank."""
    suffix = "-raw" if raw else ""
    return [name + suffix for name in PLAYERS if name != part.curve.style] if part.newest else []


def _label_level(canvas: Canvas, area: Area, level: ReferenceLine, row: int) -> None:
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


def _style(part: Part, *, raw: bool) -> str:
    if not part.newest:
        return f"{part.curve.style}-old"
    return f"{part.curve.style}-raw" if raw else part.curve.style
