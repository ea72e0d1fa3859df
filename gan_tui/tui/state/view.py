"""The view of the charts: smoothing, axes, zoom, cursor. Frozen; each key produces the next one."""

from __future__ import annotations

import math

from msgspec import Struct, field
from msgspec.structs import replace

from gan_tui.charts.canvas import BRAILLES, Glyphs
from gan_tui.charts.scale import YScale
from gan_tui.charts.smoothing import WEIGHTS
from gan_tui.charts.spec import SEGMENTS_DRAWN
from gan_tui.charts.xaxis import Clocks, XMode, XRange, panned, range_with_headroom, zoomed
from gan_tui.monitoring.snapshot import ReplayState, RunState, Status
from gan_tui.run.series_view import SeriesView
from gan_tui.tui.state.derived_charts import Formula

DEFAULT_SMOOTHING = 0.9
FOLLOW_STEPS = 8
"""A zoomed view follows a growing run in steps of this fraction of its width."""
CURSOR_MARGIN = 8
"""A cursor placed outside the zoomed view gets a margin of this fraction of the view's width."""


class ViewState(Struct, frozen=True):
    """What the user has chosen on the screen; the same for every run."""

    smoothing: float = DEFAULT_SMOOTHING
    adaptive_smoothing: bool = True
    """Smooth short curves less, until the user chooses a smoothing."""
    log_y: bool = False
    """Logarithmic y axes."""
    all_spikes: bool = False
    """Scale y so that every spike is visible, at the cost of the other values."""
    mode: XMode = XMode.STEP
    window: tuple[float, float] | None = None
    """The visible part of x, in steps or Unix seconds; None for all."""
    cursor: float | None = None
    """X of the cursor."""
    chart: int = 0
    """Index of the selected chart."""
    full_size: bool = False
    """Show the selected chart alone."""
    pinned: frozenset[str] = frozenset()
    """Series that the user gave a chart of their own."""
    derived: tuple[Formula, ...] = ()
    """Derived charts that the user created."""
    finding: int | None = None
    """Index of the selected finding of the run."""
    box_start: float | None = None
    """X of the corner at which a zoom box was started."""
    y_range: tuple[str, float, float] | None = None
    """Title of a chart, and its lowest and highest visible value; None for an automatic range."""
    glyphs: Glyphs = field(default=BRAILLES)
    dashed: bool = False
    """Distinguish curves by dashes, for screens without colour."""

    def change_smoothing(self, by: int) -> ViewState:
        """Return the view with the next stronger (or weaker) smoothing."""
        nearest = min(range(len(WEIGHTS)), key=lambda i: abs(WEIGHTS[i] - self.smoothing))
        weight = WEIGHTS[min(max(nearest + by, 0), len(WEIGHTS) - 1)]
        return replace(self, smoothing=weight, adaptive_smoothing=False)

    def next_mode(self) -> ViewState:
        """Return the view with x as the next of step, relative and wall time, without zoom and cursor."""
        return replace(self, mode=self.mode.next_mode, window=None, cursor=None)

    def zoom(self, factor: float, full_range: XRange, *, at: float | None = None) -> ViewState:
        """Show `factor` times as much of x, around `at`, the cursor, or the middle."""
        visible = self.visible_range(full_range)
        anchor = at if at is not None else self.cursor
        if anchor is None or not visible.low <= anchor <= visible.high:
            anchor = (visible.low + visible.high) / 2
        window = zoomed(visible, factor, anchor, full_range)
        is_full = window.width >= full_range.width
        return replace(self, window=None if is_full else (window.low, window.high))

    def pan(self, share: float, full_range: XRange) -> ViewState:
        """Move the visible part of x by a share of its width."""
        if self.window is None:
            return self
        window = panned(self.visible_range(full_range), share, full_range)
        return replace(self, window=(window.low, window.high))

    def visible_range(self, full_range: XRange) -> XRange:
        """Return the visible part of `full_range`."""
        if self.window is None:
            return full_range
        low, high = self.window
        low, high = max(low, full_range.low), min(high, full_range.high)
        return replace(full_range, low=low, high=high) if high > low else full_range

    def move_cursor(self, columns: int, per_column: float, full_range: XRange, last_x: float) -> ViewState:
        """Move the cursor by columns; without a cursor, place it on `last_x`, the newest point."""
        visible = self.visible_range(full_range)
        cursor = last_x if self.cursor is None else self.cursor + columns * per_column
        return replace(self, cursor=min(max(cursor, visible.low), visible.high))

    def place_cursor(self, x: float, full_range: XRange) -> ViewState:
        """Place the cursor at `x`, and pan so that it is visible with a margin around it."""
        view = replace(self, cursor=x)
        if view.window is None:
            return view
        low, high = view.window
        margin = (high - low) / CURSOR_MARGIN
        if low <= x <= high:
            return view
        shift = x - margin - low if x < low else x + margin - high
        window = panned(view.visible_range(full_range), shift / (high - low), full_range)
        return replace(view, window=(window.low, window.high))

    def zoom_to_box(self, start: float, end: float, full_range: XRange) -> ViewState:
        """Show the part of x between the two edges of a zoom box, and remove the box."""
        low, high = max(full_range.low, min(start, end)), min(full_range.high, max(start, end))
        if not high > low:
            return replace(self, box_start=None)
        window = zoomed(replace(full_range, low=low, high=high), 1.0, (low + high) / 2, full_range)
        return replace(self, window=(window.low, window.high), box_start=None)

    def zoom_y(self, factor: float, title: str, scale: YScale, center: float) -> ViewState:
        """Zoom the values of one chart.

        Args:
            factor: How much more to show; below 1 for less.
            title: The chart's title.
            scale: The chart's y axis as it is drawn now.
            center: The share of the height that keeps its value, 0 at the bottom.
        """
        low, high = (center + (edge - center) * factor for edge in (0.0, 1.0))
        bottom, top = scale.at(low), scale.at(high)
        if not (math.isfinite(bottom) and math.isfinite(top) and top > bottom):
            return self
        return replace(self, y_range=(title, bottom, top))

    def follow(self, previous: float, newest: float) -> ViewState:
        """Move the zoomed window if the newest point has just left it at the right.

        Args:
            previous: X of the point that was the newest before.
            newest: X of the newest point.
        """
        if self.window is None or not previous <= self.window[1] < newest:
            return self
        low, high = self.window
        step = (high - low) / FOLLOW_STEPS
        shift = math.ceil((newest - high) / step) * step
        return replace(self, window=(low + shift, high + shift))


def full_x_range(
    run: RunState, mode: XMode, clocks: Clocks, replay: ReplayState | None = None
) -> tuple[XRange, float]:
    """Return the range of a run along x, with headroom while it grows, and x of its newest point.

    Args:
        run: The run.
        mode: The meaning of x; a run whose log has no wall times is shown by step.
        clocks: The cached times of its series.
        replay: In a replay the end of the run is already known.
    """
    extents = [extent for s in run.series if (extent := x_extent(s.view, mode, clocks)) is not None]
    if not extents and mode is not XMode.STEP:
        return full_x_range(run, XMode.STEP, clocks, replay)
    if not extents:
        return XRange(), 0.0
    first, last = min(low for low, _ in extents), max(high for _, high in extents)
    begin, end = first, last
    if replay is not None and mode is XMode.STEP:
        begin, end = min(first, replay.first_step), max(last, replay.last_step)
    growing = run.status in {Status.LIVE, Status.READING} and replay is None
    return XRange(*range_with_headroom(begin, end, growing=growing), mode, first), last


def x_extent(view: SeriesView, mode: XMode, clocks: Clocks) -> tuple[float, float] | None:
    """Return the lowest and highest x of a series in its newest segments; None if there is no point."""
    positions = clocks.x_values(view, mode)
    if positions is None or not len(positions):
        return None
    bounds = view.segment_bounds()[-SEGMENTS_DRAWN:]
    return min(float(positions[b]) for b, _ in bounds), max(float(positions[e - 1]) for _, e in bounds)
