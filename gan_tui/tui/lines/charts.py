"""The charts panel as lines: tiled charts, the timeline of badges, and the table of values."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from gan_tui.charts.cache import ChartCache
from gan_tui.charts.canvas import ChartSymbols, StyledLine
from gan_tui.charts.chart import draw, read
from gan_tui.charts.number_format import label
from gan_tui.charts.scale import YScale
from gan_tui.charts.spec import ChartSpec, CursorReading, Drawing, plot_area
from gan_tui.charts.xaxis import XMode
from gan_tui.sanitize import clean
from gan_tui.tui.lines import formatting
from gan_tui.tui.lines.tiling import Tile, tile_charts
from gan_tui.tui.lines.timeline import badge_timeline
from gan_tui.tui.lines.value_table import comparison_table, value_table
from gan_tui.tui.state.displayed import DisplayState
from gan_tui.tui.state.view import ViewState

MIN_HEIGHT_WITH_TIMELINE = 5


class ChartLayout(Struct, frozen=True):
    """The charts panel as it was drawn."""

    lines: list[StyledLine]
    tiles: list[Tile]
    """The places of the charts on the panel, titles included."""
    scales: dict[int, YScale]
    """The y axis of each visible chart."""


class _TitleParts(Struct, frozen=True):
    """What the title line of a chart contains besides the title and the values."""

    names: bool
    raw_values: bool
    notes: bool
    cursor: bool


_TITLE_VARIANTS = (
    _TitleParts(True, True, True, True),
    _TitleParts(False, True, True, True),
    _TitleParts(False, False, True, True),
    _TitleParts(False, False, False, True),
    _TitleParts(False, False, False, False),
)
"""The first variant that fits is used."""


def chart_panel_lines(display: DisplayState, width: int, height: int, cache: ChartCache) -> ChartLayout:
    """Draw the charts panel in exactly `width` x `height` cells."""
    selection, selected = display.selection, display.selected_chart
    timeline_height = 1 if height >= MIN_HEIGHT_WITH_TIMELINE and not display.compared_runs else 0
    table = _table(display, width, height - timeline_height, cache)
    charts_height = height - timeline_height - len(table)
    tiles = tile_charts(
        width,
        charts_height,
        selection.default_count,
        len(selection.charts),
        selected,
        full_size=display.view.full_size,
    )
    rows: dict[int, list[tuple[int, list[StyledLine]]]] = {}
    scales: dict[int, YScale] = {}
    for tile in tiles:
        is_selected = tile.chart == selected and len(tiles) > 1
        chart, scales[tile.chart] = _chart_lines(display, tile, cache, is_selected=is_selected)
        rows.setdefault(tile.top, []).append((tile.left, chart))
    lines: list[StyledLine] = []
    for number, top in enumerate(sorted(rows)):
        lines += _side_by_side(rows[top], width)
        if number == 0 and timeline_height:
            lines.append(_timeline_line(display, width, cache))
    placed = [replace(t, top=t.top + timeline_height) if t.top else t for t in tiles]
    return ChartLayout([*lines[: height - len(table)], *table], placed, scales)


def _table(display: DisplayState, width: int, height: int, cache: ChartCache) -> list[StyledLine]:
    """Return the table below the charts: values of a full-size chart, or the legend of compared runs."""
    if not display.selection.charts or not (display.view.full_size or display.compared_runs):
        return []
    spec, glyphs = display.selection.charts[display.selected_chart], display.view.glyphs
    options = display.chart_options(display.selected_chart, cache.clocks)
    readings = [read(curve, options, cache.clocks) for curve in spec.curves]
    if display.compared_runs:
        return comparison_table(readings, display.compared_runs, glyphs, width, height)
    return value_table(readings, display.run, glyphs, width, height)


def _side_by_side(charts: list[tuple[int, list[StyledLine]]], width: int) -> list[StyledLine]:
    """Join the lines of charts in one row, given with their left edges."""
    if len(charts) == 1 and charts[0][0] == 0:
        return charts[0][1]
    rows: list[StyledLine] = []
    for y in range(max(len(lines) for _, lines in charts)):
        row: StyledLine = []
        for left, lines in charts:
            gap = left - formatting.line_width(row)
            row += [*([(" " * gap, "plot")] if gap > 0 else []), *lines[y]]
        rows.append(formatting.fit_line(row, width))
    return rows


def _timeline_line(display: DisplayState, width: int, cache: ChartCache) -> StyledLine:
    left = plot_area(width, 4).left
    x = display.visible_range
    timeline = badge_timeline(display.run, x, width - left, cache.clocks, cursor=display.view.cursor)
    return [(formatting.fit("badge ", left, right=True), "label"), *timeline]


def _chart_lines(
    display: DisplayState, tile: Tile, cache: ChartCache, *, is_selected: bool
) -> tuple[list[StyledLine], YScale]:
    """Return a chart with its title line, and its y axis."""
    spec = display.selection.charts[tile.chart]
    options = display.chart_options(tile.chart, cache.clocks)
    drawing = draw(spec, options, max(8, tile.width), max(2, tile.height - 1), cache)
    title = _title_line(display, spec, drawing, tile, is_selected=is_selected)
    rows = drawing.canvas.rows()
    if drawing.canvas.width != tile.width:
        rows = [formatting.fit_line(row, tile.width) for row in rows]
    return [title, *rows], drawing.scale


def _title_line(
    display: DisplayState, spec: ChartSpec, drawing: Drawing, tile: Tile, *, is_selected: bool
) -> StyledLine:
    """Return the title with the legend: the values at the cursor, or the newest ones."""
    title: StyledLine = [("─ ", "rule"), (spec.title + " ", "title-selected" if is_selected else "title")]
    is_first = not tile.top and not tile.left
    notes = _notes(display, drawing, display.view.glyphs.symbols, is_first=is_first)
    cursor = _cursor_position(display)
    width = tile.width
    max_width = width - min(8, formatting.line_width(title)) - 1
    # The names of compared runs are in the table below.
    with_labels = not display.compared_runs
    for parts in _TITLE_VARIANTS:
        legend: StyledLine = [(" ", "rule")]
        for span in [*(notes if parts.notes else []), *(cursor if parts.cursor else [])]:
            legend += [span, ("  ", "rule")]
        for reading in drawing.readings:
            legend += _legend(reading, display.view, parts, with_labels=with_labels)
        if formatting.line_width(legend) <= max_width:
            break
    if display.compared_runs and formatting.line_width(legend) > max_width:
        legend = [(" ", "rule")]  # the values are in the table
    return formatting.justify(title, legend, width, "rule", "─")


def _cursor_position(display: DisplayState) -> StyledLine:
    if display.view.cursor is None:
        return []
    unit = formatting.step_unit(display.run) if display.full_range.mode is XMode.STEP else "at"
    return [(f"{unit} {display.visible_range.format(display.view.cursor)}", "cursor")]


def _legend(reading: CursorReading, view: ViewState, parts: _TitleParts, *, with_labels: bool) -> StyledLine:
    """Return the symbol, name and value of one curve."""
    curve = reading.curve
    markers = view.glyphs.symbols.markers
    name = curve.label
    series_name = clean(curve.view.name, 24)
    if parts.names and name and series_name != name:
        name = f"{name} {series_name}"
    line: StyledLine = [(markers[curve.index % len(markers)] + " ", curve.style)]
    if name and with_labels:
        line.append((name + " ", "soft"))
    return [*line, (_value_text(reading, view, raw=parts.raw_values), curve.style), ("  ", "rule")]


def _value_text(reading: CursorReading, view: ViewState, *, raw: bool) -> str:
    """Return the smoothed value, as the line shows it, and at the cursor the raw one."""
    if reading.index < 0:
        return "-"
    smooth = _short_number(reading.smooth if np.isfinite(reading.raw) else reading.raw)
    if view.cursor is None or not view.smoothing or not raw:
        return smooth
    return f"{_short_number(reading.smooth).rstrip()} (raw {_short_number(reading.raw).rstrip()})"


def _short_number(value: float) -> str:
    """Return a number with three digits: further ones are noise, and cost bytes on a slow connection.

    It is padded, so that the text after it keeps its place.
    """
    if value != 0 and 0.001 <= abs(value) < 1e4:
        return f"{value:#.3g}".rstrip(".").ljust(5)
    return label(float(f"{value:.3g}")).ljust(5)


def _notes(display: DisplayState, drawing: Drawing, symbols: ChartSymbols, *, is_first: bool) -> StyledLine:
    """Return what the cells of a chart cannot show, such as values outside its range."""
    notes = drawing.notes
    spans: StyledLine = []
    if notes.above is not None:
        spans.append((f"{symbols.above_range} up to {label(notes.above)}", "warning"))
    if notes.below is not None:
        spans.append((f"{symbols.below_range} down to {label(notes.below)}", "warning"))
    if notes.nonfinite:
        spans.append((f"{symbols.nan} {notes.nonfinite:,} not finite", "nonfinite"))
    if notes.restarts:
        spans.append((f"{symbols.restart} {formatting.count_noun(notes.restarts, 'restart')}", "soft"))
    if notes.hidden_segments:
        spans.append((f"{notes.hidden_segments:,} older segments not drawn", "soft"))
    if notes.curves_without_clock or (is_first and display.full_range.mode is not display.view.mode):
        spans.append(("no times in this log", "soft"))
    if display.view.log_y:
        spans.append((str(drawing.scale.kind), "soft"))
    if is_first and display.view.box_start is not None:
        spans.append(("zoom box: d zooms in, Esc cancels", "warning"))
    return spans
