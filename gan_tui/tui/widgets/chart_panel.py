"""The charts of the selected run with the timeline of its badges, and the mouse on them."""

from __future__ import annotations

import math
import time
from asyncio import TimerHandle
from collections.abc import Callable

from textual import events

from gan_tui.charts.cache import ChartCache
from gan_tui.charts.canvas import StyledLine
from gan_tui.charts.scale import YScale
from gan_tui.charts.spec import plot_area
from gan_tui.monitoring.snapshot import RunState, Snapshot
from gan_tui.tui.lines.charts import ChartLayout, chart_panel_lines
from gan_tui.tui.lines.tiling import Tile
from gan_tui.tui.lines.waiting import waiting_lines
from gan_tui.tui.messages import BoxDrawn, ChartSelected, CursorPlaced, Zoomed
from gan_tui.tui.state.displayed import DisplayState
from gan_tui.tui.widgets.line_widget import LineWidget

MAX_CACHED_RUNS = 64
"""Maximum number of runs for which drawing caches are kept."""
CPU_SHARE = 0.003
"""Share of a core for redrawing a run that only has more points: a training runs on the same machine."""
SNAPSHOT_INTERVAL = 0.25
"""Seconds between two snapshots of a growing run."""
MAX_PAUSE = 2.0 - SNAPSHOT_INTERVAL
"""Maximum seconds between two drawings, even if `CPU_SHARE` would require more."""
EXTRA_PAUSE = 1.5
"""Additional seconds until the newest point reaches a new column of dots: hardly a dot would change."""
MIN_BOX_COLUMNS, MIN_BOX_ROWS = 2, 3
"""A box of fewer columns is a click; a box of fewer rows zooms only x."""


class ChartPanel(LineWidget):
    """Charts and timeline. A click places the cursor, the wheel zooms, and dragging draws a zoom box."""

    DEFAULT_CSS = "ChartPanel { height: 1fr; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__(id="charts")
        self._caches: dict[str, ChartCache] = {}
        self._displayed: DisplayState | None = None
        self._snapshot = Snapshot()
        self._layout = ChartLayout([], [], {})
        self._hides_waiting = True
        self._pause_until = 0.0
        self._next_column = math.inf
        """X at which the next empty column of dots begins."""
        self._timer: TimerHandle | None = None
        self._pending: Callable[[], DisplayState | None] | None = None
        """Returns the state to be drawn next, if it is newer than the displayed one."""
        self._pressed: tuple[int, int] | None = None
        """The cell in which the mouse button was pressed."""

    def show_waiting(self) -> None:
        """From now on show what the screen is waiting for, if there is nothing to draw."""
        self._hides_waiting = False
        self.redraw()

    def show(self, display: DisplayState | None, snapshot: Snapshot) -> None:
        """Draw a state now; None if there is nothing to draw."""
        self._displayed, self._snapshot, self._pending = display, snapshot, None
        if self.display:
            self.redraw()

    def show_growth(
        self, display: Callable[[], DisplayState | None], snapshot: Snapshot, newest: float | None
    ) -> None:
        """Draw a state that only has more points, as often as `CPU_SHARE` allows.

        A state that is skipped is drawn later, so the newest one is always shown in the end.

        Args:
            display: Returns the state; called only when it is drawn.
            snapshot: The snapshot it is made of.
            newest: X of its newest point; None if it is expensive to find.
        """
        self._pending, self._snapshot = display, snapshot
        reaches_new_column = newest is None or newest >= self._next_column
        due = self._pause_until + (0.0 if reaches_new_column else EXTRA_PAUSE)
        delay = due - time.monotonic() if self.context.takes_frames else 0.0
        if delay <= 0:
            if self.display:
                self.redraw()
        elif self._timer is None or self._timer.when() > due + SNAPSHOT_INTERVAL:
            self._cancel_timer()
            # The next snapshot usually arrives before that, and one frame shows both.
            self._timer = self.context.later(delay + SNAPSHOT_INTERVAL, self._redraw_now)

    def redraw(self) -> None:
        """Redraw, and measure the CPU time for the pause that follows."""
        self._cancel_timer()
        start = time.thread_time()
        super().redraw()
        self._pause_until = time.monotonic() + min((time.thread_time() - start) / CPU_SHARE, MAX_PAUSE)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _redraw_now(self) -> None:
        self._timer = None
        if self.display:
            self.redraw()

    @property
    def _newest(self) -> DisplayState | None:
        """The state to be drawn."""
        if self._pending is not None:
            self._displayed, self._pending = self._pending(), None
        return self._displayed

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """Return every chart that fits, or what the screen is waiting for."""
        display = self._newest
        if display is None:
            if self._hides_waiting and not self._snapshot.at:
                return []
            return waiting_lines(self._snapshot, width, height)
        self._layout = chart_panel_lines(display, width, height, self.cache_of(display.run))
        self._next_column = _next_column(display, width)
        return self._layout.lines

    def cache_of(self, run: RunState) -> ChartCache:
        """Return the cached results of earlier drawings of a run."""
        if len(self._caches) > MAX_CACHED_RUNS:
            self._caches.clear()
        return self._caches.setdefault(run.path, ChartCache())

    @property
    def visible_charts(self) -> list[int]:
        """Indices of the charts on the screen."""
        return [tile.chart for tile in self._layout.tiles]

    @property
    def x_per_column(self) -> float:
        """Units of x in one cell of the selected chart."""
        display = self._displayed
        if display is None:
            return 1.0
        tile = next((t for t in self._layout.tiles if t.chart == display.selected_chart), None)
        width = self.size.width if tile is None else tile.width
        return display.visible_range.width / plot_area(max(8, width), 4).width

    def scale_of(self, chart: int) -> YScale | None:
        """Return the y axis of a chart as last drawn; None if it is not visible."""
        return self._layout.scales.get(chart)

    # -- mouse -------------------------------------------------------------------------------------

    def _tile_at(self, column: int, row: int) -> Tile | None:
        for tile in self._layout.tiles:
            inside = tile.left <= column < tile.left + tile.width
            if self._displayed is not None and inside and tile.top <= row < tile.top + tile.height + 1:
                return tile
        return None

    def _x_at(self, column: int, row: int, tile: Tile | None = None) -> float | None:
        """Return x at a cell, None outside the charts; for a given chart the nearest visible x."""
        display = self._displayed
        chart = tile or self._tile_at(column, row)
        if display is None or chart is None:
            return None
        area = plot_area(chart.width, chart.height - 1)
        plot_column = column - chart.left - area.left
        if tile is None and plot_column < 0:
            return None
        share = min(1.0, max(0.0, (plot_column + 0.5) / area.width))
        return display.visible_range.at(share)

    def _height_at(self, tile: Tile, row: int) -> float:
        """Return the share of a chart's height at a row of cells, 0 at the bottom."""
        area = plot_area(tile.width, tile.height - 1)
        return min(1.0, max(0.0, 1 - (row - tile.top - 1) / max(1, area.height - 1)))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Start a zoom box, or a click."""
        if event.button == 1 and self._x_at(event.x, event.y) is not None:
            self._pressed = (event.x, event.y)
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show the zoom box while it is drawn."""
        if self._pressed is not None and abs(event.x - self._pressed[0]) >= MIN_BOX_COLUMNS:
            self._draw_box(event.x, event.y, done=False)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Zoom into the box; after a click, place the cursor and select the chart."""
        if self._pressed is None:
            return
        self.release_mouse()
        if abs(event.x - self._pressed[0]) >= MIN_BOX_COLUMNS:
            self._draw_box(event.x, event.y, done=True)
        else:
            x, tile = self._x_at(*self._pressed), self._tile_at(*self._pressed)
            if x is not None and tile is not None:
                self.post_message(ChartSelected(tile.chart))
                self.post_message(CursorPlaced(x))
        self._pressed = None

    def _draw_box(self, column: int, row: int, *, done: bool) -> None:
        assert self._pressed is not None
        tile = self._tile_at(*self._pressed)
        if tile is None:
            return
        start, end = self._x_at(*self._pressed, tile), self._x_at(column, row, tile)
        heights: tuple[float, float] | None = None
        if done and abs(row - self._pressed[1]) >= MIN_BOX_ROWS:
            bottom, top = sorted(self._height_at(tile, r) for r in (row, self._pressed[1]))
            heights = (bottom, top)
        if start is not None and end is not None:
            self.post_message(BoxDrawn(tile.chart, start, end, heights, done=done))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Zoom in around the mouse."""
        self.post_message(Zoomed(0.5, self._x_at(event.x, event.y)))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Zoom out around the mouse."""
        self.post_message(Zoomed(2.0, self._x_at(event.x, event.y)))


def _next_column(display: DisplayState, width: int) -> float:
    """Return the right end of the column of dots that contains the newest point, in a chart of full width.

    It is infinite if that point is not visible: then more points change nothing.
    """
    x = display.visible_range
    if display.last_x > x.high:
        return math.inf
    columns = plot_area(width, 4).width * display.view.glyphs.across
    return x.at((math.floor(x.share(display.last_x) * columns) + 1) / columns)
