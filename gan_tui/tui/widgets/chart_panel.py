"""The charts of the selected run, with the timeline of its badges; says where the mouse points."""

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
from gan_tui.tui.messages import BoxDrawn, ChartChosen, CursorPlaced, Zoomed
from gan_tui.tui.state.displayed import DisplayState
from gan_tui.tui.widgets.line_widget import LineWidget

RUNS_KEPT = 64
"""Of so many runs it is kept what makes drawing them again cheap."""
SHARE = 0.003
"""Of a core, for drawing curves anew while nothing but the run changes: it trains beside us."""
NEXT_STATE = 0.25
"""Seconds within which a run that grows gives its next state."""
LONGEST_REST = 2.0 - NEXT_STATE
"""Seconds for which a slow machine may leave curves as they are."""
STILL = 1.5
"""So many seconds longer they rest while no new column of dots is reached: hardly a dot would change."""
LEAST_BOX = 2, 3
"""A box of fewer columns is a click; one of fewer rows zooms x alone."""


class ChartPanel(LineWidget):
    """Charts and timeline; a click reads, the wheel zooms, a box drawn with the mouse is zoomed into."""

    DEFAULT_CSS = "ChartPanel { height: 1fr; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__(id="board")
        self._memories: dict[str, ChartCache] = {}
        self._shown: DisplayState | None = None
        self._snapshot = Snapshot()
        self._laid = ChartLayout([], [], {})
        self._silent = True
        self._rests_until = 0.0
        self._next_column = math.inf
        """X from which on a column of dots is drawn that was empty."""
        self._later: TimerHandle | None = None
        self._grown: Callable[[], DisplayState | None] | None = None
        """Gives what is to be drawn next, where that is not what is shown."""
        self._pressed: tuple[int, int] | None = None

    def speak(self) -> None:
        """Say from now on what is waited for."""
        self._silent = False
        self.redraw()

    def show(self, shown: DisplayState | None, snapshot: Snapshot) -> None:
        """Draw this from now on; None while there is nothing to draw."""
        self._shown, self._snapshot, self._grown = shown, snapshot, None
        if self.display:
            self.redraw()

    def grow(
        self, shown: Callable[[], DisplayState | None], snapshot: Snapshot, newest: float | None
    ) -> None:
        """Draw what has merely more points than before, only as often as `SHARE` of a core allows.

        What is left out is made up for, so the newest state is always shown in the end.

        Args:
            shown: Gives what is to be drawn, once it is to be drawn.
            snapshot: What it is of.
            newest: X of its newest point; None where that would have to be looked for.
        """
        self._grown, self._snapshot = shown, snapshot
        moved = newest is None or newest >= self._next_column
        due = self._rests_until + (0.0 if moved else STILL)
        left = due - time.monotonic() if self.context.takes_frames else 0.0
        if left <= 0:
            if self.display:
                self.redraw()
        elif self._later is None or self._later.when() > due + NEXT_STATE:
            self._rest()
            # The next state comes before that, mostly, and one frame takes both.
            self._later = self.context.later(left + NEXT_STATE, self._redraw_later)

    def redraw(self) -> None:
        """Make the lines anew, and see what that costs."""
        self._rest()
        begun = time.thread_time()
        super().redraw()
        self._rests_until = time.monotonic() + min((time.thread_time() - begun) / SHARE, LONGEST_REST)

    def _rest(self) -> None:
        """Draw nothing later."""
        if self._later is not None:
            self._later.cancel()
            self._later = None

    def _redraw_later(self) -> None:
        self._later = None
        if self.display:
            self.redraw()

    @property
    def _newest(self) -> DisplayState | None:
        """What is to be drawn, as it is now."""
        if self._grown is not None:
            self._shown, self._grown = self._grown(), None
        return self._shown

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """Every chart that fits, or what is waited for."""
        shown = self._newest
        if shown is None:
            if self._silent and not self._snapshot.at:
                return []
            return waiting_lines(self._snapshot, width, height)
        self._laid = chart_panel_lines(shown, width, height, self.memory_of(shown.run))
        self._next_column = _next_column(shown, width)
        return self._laid.lines

    def memory_of(self, run: RunState) -> ChartCache:
        """What is kept of a run between drawings."""
        if len(self._memories) > RUNS_KEPT:
            self._memories.clear()
        return self._memories.setdefault(run.path, ChartCache())

    @property
    def charts_shown(self) -> list[int]:
        """Which charts of the plan are on the screen."""
        return [tile.chart for tile in self._laid.tiles]

    @property
    def per_column(self) -> float:
        """Units of x in one cell of the selected chart's plot."""
        shown = self._shown
        if shown is None:
            return 1.0
        tile = next((t for t in self._laid.tiles if t.chart == shown.selected_chart), None)
        width = self.size.width if tile is None else tile.width
        return shown.visible_range.width / plot_area(max(8, width), 4).width

    def scale_of(self, chart: int) -> YScale | None:
        """The y axis of a chart, as it was drawn last; None where it is not seen."""
        return self._laid.scales.get(chart)

    # -- mouse -------------------------------------------------------------------------------------

    def _tile_at(self, column: int, row: int) -> Tile | None:
        for tile in self._laid.tiles:
            inside = tile.left <= column < tile.left + tile.width
            if self._shown is not None and inside and tile.top <= row < tile.top + tile.height + 1:
                return tile
        return None

    def _x_at(self, column: int, row: int, tile: Tile | None = None) -> float | None:
        """X under a cell, None where no chart is; of a given chart the nearest x that it shows."""
        shown = self._shown
        at = tile or self._tile_at(column, row)
        if shown is None or at is None:
            return None
        area = plot_area(at.width, at.height - 1)
        place = column - at.left - area.left
        if tile is None and place < 0:
            return None
        share = min(1.0, max(0.0, (place + 0.5) / area.width))
        return shown.visible_range.at(share)

    def _height_at(self, tile: Tile, row: int) -> float:
        """Share of a chart's height at a row of cells."""
        area = plot_area(tile.width, tile.height - 1)
        return min(1.0, max(0.0, 1 - (row - tile.top - 1) / max(1, area.height - 1)))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A box may begin here."""
        if event.button == 1 and self._x_at(event.x, event.y) is not None:
            self._pressed = (event.x, event.y)
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The box is shown while it is drawn."""
        if self._pressed is not None and abs(event.x - self._pressed[0]) >= LEAST_BOX[0]:
            self._draw_box(event.x, event.y, done=False)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Zoom into the box; without one, put the cursor under the mouse and select the chart."""
        if self._pressed is None:
            return
        self.release_mouse()
        begun = self._pressed
        if abs(event.x - begun[0]) >= LEAST_BOX[0]:
            self._draw_box(event.x, event.y, done=True)
        else:
            x, tile = self._x_at(*begun), self._tile_at(*begun)
            if x is not None and tile is not None:
                self.post_message(ChartChosen(tile.chart))
                self.post_message(CursorPlaced(x))
        self._pressed = None

    def _draw_box(self, column: int, row: int, *, done: bool) -> None:
        assert self._pressed is not None
        tile = self._tile_at(*self._pressed)
        if tile is None:
            return
        begin, end = self._x_at(*self._pressed, tile), self._x_at(column, row, tile)
        heights: tuple[float, float] | None = None
        if done and abs(row - self._pressed[1]) >= LEAST_BOX[1]:
            bottom, top = sorted(self._height_at(tile, r) for r in (row, self._pressed[1]))
            heights = (bottom, top)
        if begin is not None and end is not None:
            self.post_message(BoxDrawn(tile.chart, begin, end, heights, done=done))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel zooms around the mouse."""
        self.post_message(Zoomed(0.5, self._x_at(event.x, event.y)))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel zooms around the mouse."""
        self.post_message(Zoomed(2.0, self._x_at(event.x, event.y)))


def _next_column(shown: DisplayState, width: int) -> float:
    """X where the column of dots ends that holds the newest point, in a chart as wide as the board.

    Infinite where that point is not seen: what is shown stays as it is.
    """
    x = shown.visible_range
    if shown.last_x > x.high:
        return math.inf
    columns = plot_area(width, 4).width * shown.view.glyphs.across
    return x.at((math.floor(x.share(shown.last_x) * columns) + 1) / columns)
