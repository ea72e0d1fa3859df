"""Draw one chart: curves, reference lines and annotations of a frozen run, as cells."""

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
from gan_tui.charts.rasterize import Coverage, SegmentColumns, raw_coverage, smooth_coverage
from gan_tui.charts.scale import YScale, fitted_scale, fixed_scale
from gan_tui.charts.smoothing import smooth_at
from gan_tui.charts.spec import (
    CURVE_STYLES,
    DASHES,
    MIN_LABEL_ROWS,
    SEGMENTS_DRAWN,
    ChartCurve,
    ChartOptions,
    ChartSpec,
    CursorReading,
    CurveSegment,
    Drawing,
    Notes,
    ReferenceLine,
    plot_area,
)
from gan_tui.charts.xaxis import Clocks
from gan_tui.logs.model import Floats


def draw(
    spec: ChartSpec, options: ChartOptions, width: int, height: int, cache: ChartCache | None = None
) -> Drawing:
    """Draw a chart.

    Args:
        spec: What the chart shows.
        options: How it is drawn, and which range of x.
        width: Cells across, y labels included; at least 8.
        height: Cells down, x axis included; at least 2.
        cache: Kept between drawings of the same run.
    """
    cache = cache or ChartCache()
    clocks = cache.clocks
    canvas = Canvas(width, height, options.glyphs)
    area = plot_area(width, height)
    bounds = options.x.bounds(area.width * options.glyphs.across)
    segments, notes = _segments(spec, options, bounds, clocks)
    scale = _scale(spec, options, [s.columns for s in segments])
    heights = [s.columns.heights(scale) for s in segments]
    _draw_lines(canvas, area, options, spec, segments, heights, scale, cache)
    above, below = draw_clipped(canvas, area, segments, heights)
    nonfinite = draw_nonfinite(canvas, area, segments)
    restarts = draw_restarts(canvas, area, options, segments)
    readings = tuple(read(c, options, clocks) for c in spec.curves)
    draw_cursor(canvas, area, options, readings, scale, clocks)
    draw_axes(canvas, area, options, scale)
    draw_bands(canvas, area, options)
    notes = Notes(above, below, nonfinite, restarts, notes.hidden_segments, notes.curves_without_clock)
    return Drawing(canvas, area, scale, readings, notes)


def read(curve: ChartCurve, options: ChartOptions, clocks: Clocks) -> CursorReading:
    """Return a curve's value at the cursor (the last point not beyond it), or at its end without one."""
    view = curve.view
    x_values = clocks.x_values(view, options.x.mode)
    if x_values is None or not len(view):
        return CursorReading(curve, -1)
    begin, end = view.segments[-1], len(view)
    index = end - 1
    if options.cursor is not None:
        for begin, end in reversed(view.segment_bounds()[-SEGMENTS_DRAWN:]):
            index = begin + int(np.searchsorted(x_values[begin:end], options.cursor, side="right")) - 1
            if index >= begin:
                break
        else:
            return CursorReading(curve, -1)
    raw = float(view.values[index])
    smooth = raw
    weight = options.weight(view)
    if weight:
        smooth = float(smooth_at(view, begin, np.array([index + 1]), weight)[0])
    return CursorReading(curve, index, raw, smooth)


# -- from series to columns ----------------------------------------------------------------------------


def _segments(
    spec: ChartSpec, options: ChartOptions, bounds: Floats, clocks: Clocks
) -> tuple[list[CurveSegment], Notes]:
    """Return every segment within the range, older ones first, so that newer ones cover them."""
    segments, hidden, without_clock = [], 0, 0
    for curve in spec.curves:
        if not len(curve.view):
            continue
        x_values = clocks.x_values(curve.view, options.x.mode)
        if x_values is None:
            without_clock += 1
            continue
        index_bounds = curve.view.segment_bounds()
        hidden += max(0, len(index_bounds) - SEGMENTS_DRAWN)
        for begin, end in index_bounds[-SEGMENTS_DRAWN:]:
            if float(x_values[begin]) > bounds[-1] or float(x_values[end - 1]) < bounds[0]:
                continue
            columns = SegmentColumns.of(curve.view, x_values, begin, end, bounds)
            segments.append(CurveSegment(curve, columns, end == len(curve.view)))
    segments.sort(key=lambda s: s.is_newest)
    return segments, Notes(hidden_segments=hidden, curves_without_clock=without_clock)


def _scale(spec: ChartSpec, options: ChartOptions, segments: Sequence[SegmentColumns]) -> YScale:
    """Return the scale of the segments, widened a little if that includes a reference line."""
    if options.y is not None:
        return fixed_scale(*options.y, log=options.log)
    lows = np.concatenate([s.low for s in segments] or [np.empty(0)])
    highs = np.concatenate([s.high for s in segments] or [np.empty(0)])
    scale = fitted_scale(lows, highs, log=options.log, full_range=options.full_range)
    if not spec.reference_lines:
        return scale
    references = np.array([line.value for line in spec.reference_lines])
    near = np.abs(scale.position(references) - 0.5) < 1.5
    if near.any() and (np.abs(scale.position(references[near]) - 0.5) > 0.5).any():
        # Given twice, so that a reference line outside does not count as an outlier.
        bottom, top = scale.at(0.0), scale.at(1.0)
        clipped = np.clip(np.concatenate([lows, highs]), bottom, top)
        lows, highs = np.append(clipped, references[near]), np.append(clipped, references[near])
        scale = fitted_scale(lows, highs, log=options.log, full_range=True)
    return scale


# -- strokes -------------------------------------------------------------------------------------------


def _draw_lines(
    canvas: Canvas,
    area: Area,
    options: ChartOptions,
    spec: ChartSpec,
    segments: Sequence[CurveSegment],
    heights: Sequence[Floats],
    scale: YScale,
    cache: ChartCache,
) -> None:
    """Draw curves and reference lines: raw curves behind the lines, smoothed curves on top of them."""
    positions = [(line, float(scale.position(np.array([line.value]))[0])) for line in spec.reference_lines]
    visible = [(line, min(1.0, max(0.0, p))) for line, p in positions if -0.01 <= p <= 1.01]
    for segment, extent in zip(segments, heights, strict=True):
        if options.weight(segment.curve.view) and not options.hide_raw:
            cover = raw_coverage(segment.columns, scale, extent)
            _stroke(canvas, area, options, segment, cover, raw=True)
    for line, position in visible:
        canvas.horizontal_line(area, position, line.style)
    for segment, extent in zip(segments, heights, strict=True):
        weight = options.weight(segment.curve.view)
        cover = (
            smooth_coverage(segment.columns, scale, weight, cache)
            if weight
            else raw_coverage(segment.columns, scale, extent)
        )
        _stroke(canvas, area, options, segment, cover, raw=False)
        if segment.is_newest and len(spec.curves) > 1:
            draw_markers(canvas, area, segment.curve, cover)
    for line, position in visible:
        _label_reference_line(canvas, area, line, area.row(position))


def _stroke(
    canvas: Canvas, area: Area, options: ChartOptions, segment: CurveSegment, cover: Coverage, *, raw: bool
) -> None:
    index = segment.curve.index
    dash = DASHES[index % len(DASHES)] if options.dashed and not raw else (1, 1)
    canvas.stroke(area, cover, _style(segment, raw=raw), index, dash, _other_styles(segment, raw=raw))


def _other_styles(segment: CurveSegment, *, raw: bool) -> list[str]:
    """Return the styles of the other curves' lines of the same kind (raw or smoothed)."""
    suffix = "-raw" if raw else ""
    return (
        [name + suffix for name in CURVE_STYLES if name != segment.curve.style] if segment.is_newest else []
    )


def _label_reference_line(canvas: Canvas, area: Area, line: ReferenceLine, row: int) -> None:
    """Write the label above or below the line, if there are free cells."""
    width = len(line.label) + 2
    if area.height < MIN_LABEL_ROWS or width > area.width // 2:
        return
    right = area.left + area.width - width
    for column in (right, area.left + 1):
        for label_row in (row - 1, row + 1):
            if area.top <= label_row < area.top + area.height and canvas.is_blank(label_row, column, width):
                canvas.put(label_row, column + 1, line.label, line.style)
                return


def _style(segment: CurveSegment, *, raw: bool) -> str:
    if not segment.is_newest:
        return f"{segment.curve.style}-old"
    return f"{segment.curve.style}-raw" if raw else segment.curve.style
