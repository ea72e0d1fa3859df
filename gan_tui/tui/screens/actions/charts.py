"""The keys of the charts: which, how smooth, which axes, cursor and zoom."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace
from textual import on

from gan_tui.charts.chart import read
from gan_tui.tui.messages import BoxDrawn, ChartChosen, CursorPlaced, Zoomed
from gan_tui.tui.screens.base import MainScreenBase
from gan_tui.tui.screens.series_picker import SeriesChoice, SeriesPicker
from gan_tui.tui.state.displayed import DisplayState
from gan_tui.tui.state.view import ViewState
from gan_tui.tui.widgets.chart_panel import ChartPanel


class ChartActions(MainScreenBase):
    """Part of the main screen: how its charts are looked at."""

    def action_chart(self, by: int) -> None:
        """Select another chart."""
        self.look(lambda v, s: replace(v, chart=(s.selected_chart + by) % max(1, len(s.selection.charts))))

    def action_full(self) -> None:
        """The selected chart alone, or all again; from the table of runs to the charts."""
        if self.listing.table:
            self.listing = replace(self.listing, table=False)
        else:
            self.view = replace(self.view, full_size=not self.view.full_size)

    def action_smooth(self, by: int) -> None:
        """More or less smoothing, or none."""
        raw = replace(self.view, smoothing=0.0, adaptive_smoothing=False)
        self.view = self.view.change_smoothing(by) if by else raw

    def action_log(self) -> None:
        """Logarithmic y axes, or linear ones."""
        self.view = replace(self.view, log_y=not self.view.log_y)

    def action_whole(self) -> None:
        """Every spike in full, or the body of the data."""
        self.view = replace(self.view, all_spikes=not self.view.all_spikes, y_range=None)

    def action_mode(self) -> None:
        """X as steps, relative or wall time."""
        self.view = self.view.next_mode()

    def action_series(self) -> None:
        """Choose which series are charted."""
        run = self.run_state
        if run is not None and run.series and not self.listing.comparing:
            choice = SeriesChoice(self.view.pinned, self.view.derived)
            picker = SeriesPicker(run, choice, self.context.source, self.followers)
            self.app.push_screen(picker, self._chosen)

    def _chosen(self, choice: SeriesChoice | None) -> None:
        if choice is not None:
            self.view = replace(self.view, pinned=choice.pinned, derived=choice.derived, chart=0)

    @on(ChartChosen)
    def _chart_chosen(self, message: ChartChosen) -> None:
        self.view = replace(self.view, chart=message.chart)

    # -- cursor and zoom ---------------------------------------------------------------------------

    def action_cursor(self, columns: int) -> None:
        """Move the cursor of all charts."""
        per_column = self.query_one(ChartPanel).x_per_column
        self.look(lambda v, s: v.move_cursor(columns, per_column, s.full_range, s.last_x))

    def action_edge(self, end: int) -> None:
        """The cursor to the first place that is shown, or to the newest point."""
        if end:
            self.look(lambda v, s: v.place_cursor(s.last_x, s.full_range))
        else:
            self.look(lambda v, s: replace(v, cursor=s.visible_range.low))

    def action_zoom(self, factor: float) -> None:
        """Show less of x, or more."""
        self.look(lambda v, s: v.zoom(factor, s.full_range))

    def action_pan(self, share: float) -> None:
        """Move what is shown of x."""
        self.look(lambda v, s: v.pan(share, s.full_range))

    def action_stretch(self, factor: float) -> None:
        """Show less of the selected chart's values, or more."""
        self.look(lambda v, s: self._stretched(v, s, factor))

    def _stretched(self, view: ViewState, shown: DisplayState, factor: float) -> ViewState:
        """Around the value at the cursor, else around the middle."""
        scale = self.query_one(ChartPanel).scale_of(shown.selected_chart)
        if scale is None or not shown.selection.charts:
            return view
        spec, clocks = shown.selection.charts[shown.selected_chart], self.clocks(shown.run)
        around = 0.5
        if view.cursor is not None:
            reading = read(spec.curves[0], shown.chart_options(shown.selected_chart, clocks), clocks)
            share = float(scale.position(np.array([reading.smooth]))[0])
            around = share if 0 <= share <= 1 else 0.5
        return view.zoom_y(factor, spec.title, scale, around)

    def action_box(self) -> None:
        """Begin a zoom box at the cursor, or zoom into it."""
        if self.view.box_start is None:
            self.look(
                lambda v, s: replace(v.move_cursor(0, 1.0, s.full_range, s.last_x), box_start=_cursor(v, s))
            )
        else:
            self.look(lambda v, s: v.zoom_to_box(v.box_start or 0.0, _cursor(v, s), s.full_range))

    def action_reset(self) -> None:
        """The whole run again."""
        self.view = replace(self.view, window=None, y_range=None, box_start=None)

    def action_back(self) -> None:
        """Take away one thing: box, cursor, finding, full size, zoom, comparison, table, filter."""
        view, listing = self.view, self.listing
        if view.box_start is not None:
            self.view = replace(view, box_start=None)
        elif view.cursor is not None or view.finding is not None:
            self.view = replace(view, cursor=None, finding=None)
        elif view.full_size:
            self.view = replace(view, full_size=False)
        elif view.window is not None or view.y_range is not None:
            self.action_reset()
        elif listing.comparing or listing.table:
            self.listing = replace(listing, comparing=False, table=False)
        elif listing.filter.text:
            self.listing = listing.with_filter("")

    @on(CursorPlaced)
    def _cursor_placed(self, message: CursorPlaced) -> None:
        self.view = replace(self.view, cursor=message.x, box_start=None)

    @on(Zoomed)
    def _zoomed(self, message: Zoomed) -> None:
        self.look(lambda v, s: v.zoom(message.factor, s.full_range, at=message.x))

    @on(BoxDrawn)
    def _box_drawn(self, message: BoxDrawn) -> None:
        if not message.done:
            self.view = replace(self.view, chart=message.chart, box_start=message.begin, cursor=message.end)
            return
        scale = self.query_one(ChartPanel).scale_of(message.chart)
        self.look(lambda v, s: replace(v.zoom_to_box(message.begin, message.end, s.full_range), cursor=None))
        if message.heights is not None and scale is not None:
            low, high = message.heights
            bottom, top = scale.at(low), scale.at(high)
            self.look(lambda v, s: replace(v, y_range=(s.selection.charts[message.chart].title, bottom, top)))


def _cursor(view: ViewState, shown: DisplayState) -> float:
    return shown.last_x if view.cursor is None else view.cursor
