"""The charts of the selected run, with the timeline of its badges under the first of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from textual import events

from gan_tui.charts.chart import draw
from gan_tui.charts.labels import label
from gan_tui.charts.memory import Memory
from gan_tui.charts.raster import Marks, Runs
from gan_tui.charts.spec import ChartSpec, Drawing, Look, Reading, plot_area
from gan_tui.charts.xaxis import XMode, XRange
from gan_tui.snapshot import RunState, Snapshot
from gan_tui.text import clean
from gan_tui.tui import words
from gan_tui.tui.messages import CursorPlaced, Zoomed
from gan_tui.tui.plan import Plan
from gan_tui.tui.tiles import Tile, tiles
from gan_tui.tui.view import View
from gan_tui.tui.widgets.lines import Lines
from gan_tui.tui.widgets.timeline import timeline
from gan_tui.tui.widgets.waiting import waiting_lines

RUNS_KEPT = 64
"""Of so many runs it is kept what makes drawing them again cheap."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the board shows: fixed for one drawing."""

    run: RunState
    plan: Plan
    view: View
    whole: XRange
    """All of the run along x."""
    last: float
    """X of the newest point."""


class Board(Lines):
    """Charts and timeline; says where the mouse points."""

    DEFAULT_CSS = "Board { height: 1fr; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__(id="board")
        self._memories: dict[str, Memory] = {}
        self._shown: Shown | None = None
        self._snapshot = Snapshot()
        self._tiles: list[Tile] = []
        self._silent = True

    def speak(self) -> None:
        """Say from now on what is waited for."""
        self._silent = False
        self.redraw()

    def show(self, shown: Shown | None, snapshot: Snapshot) -> None:
        """Draw this from now on; None while there is nothing to draw."""
        self._shown, self._snapshot = shown, snapshot
        self.redraw()

    def compose_lines(self, width: int, height: int) -> list[Runs]:
        """Every chart that fits, or what is waited for."""
        if self._shown is None:
            if self._silent and not self._snapshot.at:
                return []
            return waiting_lines(self._snapshot, width, height)
        lines, self._tiles = board_lines(self._shown, width, height, self.memory_of(self._shown.run))
        return lines

    def memory_of(self, run: RunState) -> Memory:
        """What is kept of a run between drawings."""
        if len(self._memories) > RUNS_KEPT:
            self._memories.clear()
        return self._memories.setdefault(run.path, Memory())

    @property
    def charts_shown(self) -> list[int]:
        """Which charts of the plan are on the screen."""
        return [tile.chart for tile in self._tiles]

    @property
    def per_column(self) -> float:
        """Units of x in one cell of the plot."""
        shown = self._shown
        if shown is None:
            return 1.0
        return shown.view.shown(shown.whole).width / plot_area(max(8, self.size.width), 4).width

    def _x_at(self, column: int, row: int) -> float | None:
        """X under a cell, None where no chart is."""
        shown = self._shown
        for tile in self._tiles:
            area = plot_area(tile.width, tile.height - 1)
            inside = tile.left + area.left <= column < tile.left + tile.width
            if shown is not None and inside and tile.top <= row < tile.top + tile.height + 1:
                share = (column - tile.left - area.left + 0.5) / area.width
                return shown.view.shown(shown.whole).at(share)
        return None

    def on_click(self, event: events.Click) -> None:
        """Put the cursor under the mouse."""
        x = self._x_at(event.x, event.y)
        if x is not None:
            self.post_message(CursorPlaced(x))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel zooms around the mouse."""
        self.post_message(Zoomed(0.5, self._x_at(event.x, event.y)))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel zooms around the mouse."""
        self.post_message(Zoomed(2.0, self._x_at(event.x, event.y)))


def board_lines(shown: Shown, width: int, height: int, memory: Memory) -> tuple[list[Runs], list[Tile]]:
    """All lines of a board of exactly `width` x `height` cells, and where the charts lie on it."""
    view, plan = shown.view, shown.plan
    strip = 1 if height >= 5 else 0
    selected = min(view.chart, max(0, len(plan.charts) - 1))
    laid = tiles(width, height - strip, plan.unasked, len(plan.charts), selected, full=view.full)
    rows: dict[int, list[tuple[int, list[Runs]]]] = {}
    for tile in laid:
        lines = _chart_lines(shown, tile, memory, selected=tile.chart == selected and len(laid) > 1)
        rows.setdefault(tile.top, []).append((tile.left, lines))
    out: list[Runs] = []
    for number, top in enumerate(sorted(rows)):
        out += _beside(rows[top], width)
        if number == 0 and strip:
            out.append(_strip_line(shown, width, memory))
    moved = [replace(t, top=t.top + strip) if t.top else t for t in laid]
    return out[:height], moved


def _beside(charts: list[tuple[int, list[Runs]]], width: int) -> list[Runs]:
    """Lines of charts that stand side by side."""
    if len(charts) == 1 and charts[0][0] == 0:
        return charts[0][1]
    out: list[Runs] = []
    for y in range(max(len(lines) for _, lines in charts)):
        runs: Runs = []
        for left, lines in charts:
            gap = left - words.width_of(runs)
            runs += [*([(" " * gap, "plot")] if gap > 0 else []), *lines[y]]
        out.append(words.cut_runs(runs, width))
    return out


def _strip_line(shown: Shown, width: int, memory: Memory) -> Runs:
    left = plot_area(width, 4).left
    x = shown.view.shown(shown.whole)
    strip = timeline(shown.run, x, width - left, memory.clocks, cursor=shown.view.cursor)
    return [(words.fit("badge ", left, right=True), "label"), *strip]


def _chart_lines(shown: Shown, tile: Tile, memory: Memory, *, selected: bool) -> list[Runs]:
    """A chart with its title line."""
    view = shown.view
    spec = shown.plan.charts[tile.chart]
    look = Look(
        x=view.shown(shown.whole),
        smoothing=view.smoothing,
        gentle=view.gentle,
        log=view.log,
        whole=view.whole,
        cursor=view.cursor,
        glyphs=view.glyphs,
        dashed=view.dashed,
    )
    drawing = draw(spec, look, max(8, tile.width), max(2, tile.height - 1), memory)
    canvas = drawing.canvas
    head = _title(shown, spec, drawing, tile, selected=selected)
    rows = [canvas.row(y) for y in range(canvas.height)]
    return [head, *(rows if canvas.width == tile.width else [words.cut_runs(r, tile.width) for r in rows])]


def _title(shown: Shown, spec: ChartSpec, drawing: Drawing, tile: Tile, *, selected: bool) -> Runs:
    """The title with the legend: values at the cursor, or the newest."""
    left: Runs = [("─ ", "rule"), (spec.title + " ", "title-on" if selected else "title")]
    remarks = _remarks(shown, drawing, shown.view.glyphs.marks, first=not tile.top and not tile.left)
    width = tile.width
    where = _cursor_words(shown)
    room = width - min(8, words.width_of(left)) - 1
    # What matters least goes first where there is no room: names, raw values, remarks, the place.
    for named, raw, more, place in ((1, 1, 1, 1), (0, 1, 1, 1), (0, 0, 1, 1), (0, 0, 0, 1), (0, 0, 0, 0)):
        right: Runs = [(" ", "rule")]
        for text, style in [*(remarks if more else []), *(where if place else [])]:
            right += [(text, style), ("  ", "rule")]
        for reading in drawing.readings:
            right += _legend(reading, shown.view, named=bool(named), raw=bool(raw))
        if words.width_of(right) <= room:
            break
    return words.spread(left, right, width, "rule", "─")


def _cursor_words(shown: Shown) -> Runs:
    if shown.view.cursor is None:
        return []
    x = shown.view.shown(shown.whole)
    return [(f"{_unit(shown)} {x.words(shown.view.cursor)}", "cursor")]


def _unit(shown: Shown) -> str:
    return words.axis(shown.run) if shown.whole.mode is XMode.STEP else "at"


def _legend(reading: Reading, view: View, *, named: bool, raw: bool) -> Runs:
    """Mark, name and value of one curve."""
    curve = reading.curve
    marks = view.glyphs.marks
    name = curve.label
    own = clean(curve.view.name, 24)
    if named and name and own != name:
        name = f"{name} {own}"
    runs: Runs = [(marks.points[curve.ink % len(marks.points)] + " ", curve.style)]
    if name:
        runs.append((name + " ", "soft"))
    return [*runs, (_value(reading, view, raw=raw), curve.style), ("  ", "rule")]


def _value(reading: Reading, view: View, *, raw: bool) -> str:
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


def _remarks(shown: Shown, drawing: Drawing, marks: Marks, *, first: bool) -> Runs:
    """What the cells of a chart cannot say."""
    notes = drawing.notes
    said: Runs = []
    if notes.over is not None:
        said.append((f"{marks.over} up to {label(notes.over)}", "warning"))
    if notes.under is not None:
        said.append((f"{marks.under} down to {label(notes.under)}", "warning"))
    if notes.nonfinite:
        said.append((f"{marks.nan} {notes.nonfinite:,} not finite", "nonfinite"))
    if notes.restarts:
        said.append((f"{marks.again} {words.count(notes.restarts, 'restart')}", "soft"))
    if notes.hidden:
        said.append((f"{notes.hidden:,} older segments not drawn", "soft"))
    if notes.clockless or (first and shown.whole.mode is not shown.view.mode):
        said.append(("no clock in this log", "soft"))
    if shown.view.log:
        said.append((str(drawing.scale.kind), "soft"))
    return said
