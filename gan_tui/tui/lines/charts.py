"""The board's lines: charts in their places, the timeline of badges, tables of readings."""

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
from gan_tui.tui.lines.tiling import Tile, tiles
from gan_tui.tui.lines.timeline import timeline
from gan_tui.tui.lines.value_table import compared_table, readings_table
from gan_tui.tui.state.displayed import DisplayState
from gan_tui.tui.state.view import ViewState


class ChartLayout(Struct, frozen=True):
    """A board that has been drawn."""

    lines: list[StyledLine]
    tiles: list[Tile]
    """Where the charts lie on it, titles included."""
    scales: dict[int, YScale]
    """The y axis of each chart that is seen."""


def board_lines(shown: DisplayState, width: int, height: int, memory: ChartCache) -> ChartLayout:
    """All lines of a board of exactly `width` x `height` cells, and where the charts lie on it."""
    plan, selected = shown.selection, shown.selected_chart
    strip = 1 if height >= 5 and not shown.compared_runs else 0
    table = _table(shown, width, height - strip, memory)
    room = height - strip - len(table)
    laid = tiles(width, room, plan.default_count, len(plan.charts), selected, full=shown.view.full_size)
    rows: dict[int, list[tuple[int, list[StyledLine]]]] = {}
    scales: dict[int, YScale] = {}
    for tile in laid:
        lines, scales[tile.chart] = _chart_lines(
            shown, tile, memory, selected=tile.chart == selected and len(laid) > 1
        )
        rows.setdefault(tile.top, []).append((tile.left, lines))
    out: list[StyledLine] = []
    for number, top in enumerate(sorted(rows)):
        out += _beside(rows[top], width)
        if number == 0 and strip:
            out.append(_strip_line(shown, width, memory))
    moved = [replace(t, top=t.top + strip) if t.top else t for t in laid]
    return ChartLayout([*out[: height - len(table)], *table], moved, scales)


def _table(shown: DisplayState, width: int, height: int, memory: ChartCache) -> list[StyledLine]:
    """What stands under the charts: of one chart alone its readings, of several runs the legend."""
    if not shown.selection.charts or not (shown.view.full_size or shown.compared_runs):
        return []
    spec, glyphs = shown.selection.charts[shown.selected_chart], shown.view.glyphs
    look = shown.chart_options(shown.selected_chart, memory.clocks)
    readings = [read(curve, look, memory.clocks) for curve in spec.curves]
    if shown.compared_runs:
        return compared_table(readings, shown.compared_runs, glyphs, width, height)
    return readings_table(readings, shown.run, glyphs, width, height)


def _beside(charts: list[tuple[int, list[StyledLine]]], width: int) -> list[StyledLine]:
    """Lines of charts that stand side by side."""
    if len(charts) == 1 and charts[0][0] == 0:
        return charts[0][1]
    out: list[StyledLine] = []
    for y in range(max(len(lines) for _, lines in charts)):
        runs: StyledLine = []
        for left, lines in charts:
            gap = left - formatting.width_of(runs)
            runs += [*([(" " * gap, "plot")] if gap > 0 else []), *lines[y]]
        out.append(formatting.cut_runs(runs, width))
    return out


def _strip_line(shown: DisplayState, width: int, memory: ChartCache) -> StyledLine:
    left = plot_area(width, 4).left
    x = shown.visible_range
    strip = timeline(shown.run, x, width - left, memory.clocks, cursor=shown.view.cursor)
    return [(formatting.fit("badge ", left, right=True), "label"), *strip]


def _chart_lines(
    shown: DisplayState, tile: Tile, memory: ChartCache, *, selected: bool
) -> tuple[list[StyledLine], YScale]:
    """A chart with its title line, and its y axis."""
    spec = shown.selection.charts[tile.chart]
    look = shown.chart_options(tile.chart, memory.clocks)
    drawing = draw(spec, look, max(8, tile.width), max(2, tile.height - 1), memory)
    canvas = drawing.canvas
    head = _title(shown, spec, drawing, tile, selected=selected)
    rows = canvas.rows()
    if canvas.width != tile.width:
        rows = [formatting.cut_runs(row, tile.width) for row in rows]
    return [head, *rows], drawing.scale


def _title(
    shown: DisplayState, spec: ChartSpec, drawing: Drawing, tile: Tile, *, selected: bool
) -> StyledLine:
    """The title with the legend: values at the cursor, or the newest."""
    left: StyledLine = [("─ ", "rule"), (spec.title + " ", "title-on" if selected else "title")]
    remarks = _remarks(shown, drawing, shown.view.glyphs.symbols, first=not tile.top and not tile.left)
    width = tile.width
    where = _cursor_words(shown)
    room = width - min(8, formatting.width_of(left)) - 1
    # What matters least goes first where there is no room: names, raw values, remarks, the place.
    for named, raw, more, place in ((1, 1, 1, 1), (0, 1, 1, 1), (0, 0, 1, 1), (0, 0, 0, 1), (0, 0, 0, 0)):
        right: StyledLine = [(" ", "rule")]
        for text, style in [*(remarks if more else []), *(where if place else [])]:
            right += [(text, style), ("  ", "rule")]
        for reading in drawing.readings:
            # Of several runs the table below has the names.
            right += _legend(
                reading, shown.view, named=bool(named), raw=bool(raw), bare=bool(shown.compared_runs)
            )
        if formatting.width_of(right) <= room:
            break
    if shown.compared_runs and formatting.width_of(right) > room:
        right = [(" ", "rule")]  # the table has the values
    return formatting.spread(left, right, width, "rule", "─")


def _cursor_words(shown: DisplayState) -> StyledLine:
    if shown.view.cursor is None:
        return []
    x = shown.visible_range
    return [(f"{_unit(shown)} {x.format(shown.view.cursor)}", "cursor")]


def _unit(shown: DisplayState) -> str:
    return formatting.axis(shown.run) if shown.full_range.mode is XMode.STEP else "at"


def _legend(
    reading: CursorReading, view: ViewState, *, named: bool, raw: bool, bare: bool = False
) -> StyledLine:
    """Mark, name and value of one curve."""
    curve = reading.curve
    marks = view.glyphs.symbols
    name = curve.label
    own = clean(curve.view.name, 24)
    if named and name and own != name:
        name = f"{name} {own}"
    runs: StyledLine = [(marks.markers[curve.index % len(marks.markers)] + " ", curve.style)]
    if name and not bare:
        runs.append((name + " ", "soft"))
    return [*runs, (_value(reading, view, raw=raw), curve.style), ("  ", "rule")]


def _value(reading: CursorReading, view: ViewState, *, raw: bool) -> str:
    """The smoothed value, which is what the line shows; beside it the raw one at the cursor."""
    if reading.index < 0:
        return "-"
    smooth = _short(reading.smooth if np.isfinite(reading.raw) else reading.raw)
    if view.cursor is None or not view.smoothing or not raw:
        return smooth
    return f"{_short(reading.smooth).rstrip()} (raw {_short(reading.raw).rstrip()})"


def _short(value: float) -> str:
    """Three digits: what changes behind them is noise, and costs bytes on a slow line.

    Padded, so that what stands beside it stays where it is.
    """
    if value != 0 and 0.001 <= abs(value) < 1e4:
        return f"{value:#.3g}".rstrip(".").ljust(5)
    return label(float(f"{value:.3g}")).ljust(5)


def _remarks(shown: DisplayState, drawing: Drawing, marks: ChartSymbols, *, first: bool) -> StyledLine:
    """What the cells of a chart cannot say."""
    notes = drawing.notes
    said: StyledLine = []
    if notes.above is not None:
        said.append((f"{marks.above_range} up to {label(notes.above)}", "warning"))
    if notes.below is not None:
        said.append((f"{marks.below_range} down to {label(notes.below)}", "warning"))
    if notes.nonfinite:
        said.append((f"{marks.nan} {notes.nonfinite:,} not finite", "nonfinite"))
    if notes.restarts:
        said.append((f"{marks.restart} {formatting.count(notes.restarts, 'restart')}", "soft"))
    if notes.hidden_segments:
        said.append((f"{notes.hidden_segments:,} older segments not drawn", "soft"))
    if notes.curves_without_clock or (first and shown.full_range.mode is not shown.view.mode):
        said.append(("no clock in this log", "soft"))
    if shown.view.log_y:
        said.append((str(drawing.scale.kind), "soft"))
    if first and shown.view.box_start is not None:
        said.append(("box: d zooms into it, Esc ends it", "warning"))
    return said
