"""Keys of the charts: selection, smoothing, axes, cursor and zoom."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace
from textual import on

from gan_tui.charts.chart import read
from gan_tui.tui.messages import BoxDrawn, ChartSelected, CursorPlaced, Zoomed
from gan_tui.tui.screens.base import MainScreenBase
from gan_tui.tui.screens.series_picker import SeriesChoice, SeriesPicker
from gan_tui.tui.state.displayed import DisplayState
from gan_tui.tui.state.view import ViewState
from gan_tui.tui.widgets.chart_panel import ChartPanel


class ChartActions(MainScreenBase):
    """Part of the main screen: how the charts are viewed."""

    def action_chart(self, by: int) -> None:
        """Select another chart."""
        self.change_view(
            lambda v, d: replace(v, chart=(d.selected_chart + by) % max(1, len(d.selection.charts)))
        )

    def action_full_size(self) -> None:
        """Show the selected chart alone, or all charts again; leave the table of runs."""
        if self.run_list.table:
            self.run_list = replace(self.run_list, table=False)
        else:
            self.view = replace(self.view, full_size=not self.view.full_size)

    def action_smooth(self, by: int) -> None:
        """Smooth more or less; 0 turns smoothing off."""
        raw = replace(self.view, smoothing=0.0, adaptive_smoothing=False)
        self.view = self.view.change_smoothing(by) if by else raw

    def action_log_y(self) -> None:
        """Switch between logarithmic and linear y axes."""
        self.view = replace(self.view, log_y=not self.view.log_y)

    def action_all_spikes(self) -> None:
        """Switch between the range of every spike and that of the body of the data."""
        self.view = replace(self.view, all_spikes=not self.view.all_spikes, y_range=None)

    def action_x_axis(self) -> None:
        """Show x as steps, relative time or wall time."""
        self.view = self.view.next_mode()

    def action_series(self) -> None:
        """Choose the series that are charted."""
        run = self.run_state
        if run is not None and run.series and not self.run_list.comparing:
            choice = SeriesChoice(self.view.pinned, self.view.derived)
            picker = SeriesPicker(run, choice, self.context.source, self.snapshot_listeners)
            self.app.push_screen(picker, self._apply_choice)

    def _apply_choice(self, choice: SeriesChoice | None) -> None:
        if choice is not None:
            self.view = replace(self.view, pinned=choice.pinned, derived=choice.derived, chart=0)

    @on(ChartSelected)
    def _chart_selected(self, message: ChartSelected) -> None:
        self.view = replace(self.view, chart=message.chart)

    # -- cursor and zoom ---------------------------------------------------------------------------

    def action_cursor(self, columns: int) -> None:
        """Move the cursor of all charts."""
        per_column = self.query_one(ChartPanel).x_per_column
        self.change_view(lambda v, d: v.move_cursor(columns, per_column, d.full_range, d.last_x))

    def action_edge(self, end: int) -> None:
        """Place the cursor at the left edge, or at the newest point."""
        if end:
            self.change_view(lambda v, d: v.place_cursor(d.last_x, d.full_range))
        else:
            self.change_view(lambda v, d: replace(v, cursor=d.visible_range.low))

    def action_zoom(self, factor: float) -> None:
        """Show less of x, or more."""
        self.change_view(lambda v, d: v.zoom(factor, d.full_range))

    def action_pan(self, share: float) -> None:
        """Move the visible range of x."""
        self.change_view(lambda v, d: v.pan(share, d.full_range))

    def action_zoom_y(self, factor: float) -> None:
        """Show less of the selected chart's values, or more."""
        self.change_view(lambda v, d: self._zoom_y(v, d, factor))

    def _zoom_y(self, view: ViewState, displayed: DisplayState, factor: float) -> ViewState:
        """Zoom around the value at the cursor, otherwise around the middle."""
        scale = self.query_one(ChartPanel).scale_of(displayed.selected_chart)
        if scale is None or not displayed.selection.charts:
            return view
        spec, clocks = displayed.selection.charts[displayed.selected_chart], self.clocks(displayed.run)
        center = 0.5
        if view.cursor is not None:
            options = displayed.chart_options(displayed.selected_chart, clocks)
            share = float(scale.position(np.array([read(spec.curves[0], options, clocks).smooth]))[0])
            center = share if 0 <= share <= 1 else 0.5
        return view.zoom_y(factor, spec.title, scale, center)

    def action_box(self) -> None:
        """Start a zoom box at the cursor, or zoom into it."""
        if self.view.box_start is None:
            self.change_view(_start_box)
        else:
            self.change_view(lambda v, d: v.zoom_to_box(v.box_start or 0.0, _cursor_x(v, d), d.full_range))

    def action_reset(self) -> None:
        """Show the whole run again."""
        self.view = replace(self.view, window=None, y_range=None, box_start=None)

    def action_back(self) -> None:
        """Undo one thing: box, cursor, finding, full size, zoom, comparison, table, filter."""
        view, run_list = self.view, self.run_list
        if view.box_start is not None:
            self.view = replace(view, box_start=None)
        elif view.cursor is not None or view.finding is not None:
            self.view = replace(view, cursor=None, finding=None)
        elif view.full_size:
            self.view = replace(view, full_size=False)
        elif view.window is not None or view.y_range is not None:
            self.action_reset()
        elif run_list.comparing or run_list.table:
            self.run_list = replace(run_list, comparing=False, table=False)
        elif run_list.filter.text:
            self.run_list = run_list.with_filter("")

    @on(CursorPlaced)
    def _cursor_placed(self, message: CursorPlaced) -> None:
        self.view = replace(self.view, cursor=message.x, box_start=None)

    @on(Zoomed)
    def _zoomed(self, message: Zoomed) -> None:
        self.change_view(lambda v, d: v.zoom(message.factor, d.full_range, at=message.x))

    @on(BoxDrawn)
    def _box_drawn(self, message: BoxDrawn) -> None:
        if not message.done:
            self.view = replace(self.view, chart=message.chart, box_start=message.begin, cursor=message.end)
            return
        scale = self.query_one(ChartPanel).scale_of(message.chart)
        self.change_view(
            lambda v, d: replace(v.zoom_to_box(message.begin, message.end, d.full_range), cursor=None)
        )
        if message.heights is not None and scale is not None:
            low, high = message.heights
            bottom, top = scale.at(low), scale.at(high)
            self.change_view(
                lambda v, d: replace(v, y_range=(d.selection.charts[message.chart].title, bottom, top))
            )


def _start_box(view: ViewState, displayed: DisplayState) -> ViewState:
    moved = view.move_cursor(0, 1.0, displayed.full_range, displayed.last_x)
    return replace(moved, box_start=_cursor_x(view, displayed))


def _cursor_x(view: ViewState, displayed: DisplayState) -> float:
    return displayed.last_x if view.cursor is None else view.cursor
