"""How a person looks at the runs: smoothing, axes, zoom, cursor. Frozen; each key gives the next one."""

from __future__ import annotations

import math

from msgspec import Struct, field
from msgspec.structs import replace

from gan_tui.charts.canvas import BRAILLES, Glyphs
from gan_tui.charts.scale import YScale
from gan_tui.charts.smoothing import WEIGHTS
from gan_tui.charts.spec import SEGMENTS_DRAWN
from gan_tui.charts.xaxis import Clocks, XMode, XRange, grown, panned, zoomed
from gan_tui.monitoring.snapshot import ReplayState, RunState, Status
from gan_tui.run.series_view import SeriesView
from gan_tui.tui.state.derived_charts import Formula

DEFAULT_SMOOTHING = 0.9
FOLLOW_STEPS = 8
"""A zoomed view that follows a growing run moves on by so many parts of its width at a time."""


class ViewState(Struct, frozen=True):
    """What is chosen on the screen; the same for every run."""

    smoothing: float = DEFAULT_SMOOTHING
    gentle: bool = True
    """Nobody asked for a certain smoothing: short curves are smoothed less."""
    log: bool = False
    whole: bool = False
    """Show every spike in full, at the cost of the rest."""
    mode: XMode = XMode.STEP
    window: tuple[float, float] | None = None
    """What of x is shown, in Unix seconds or steps; None for all."""
    cursor: float | None = None
    chart: int = 0
    """Which of the run's charts is selected."""
    full: bool = False
    """The selected chart alone."""
    pinned: frozenset[str] = frozenset()
    """Series that a person asked for."""
    derived: tuple[Formula, ...] = ()
    """Charts of two series each that a person asked for."""
    finding: int | None = None
    """The chosen finding, by its place among the run's; None for none."""
    box: float | None = None
    """X of the corner at which a zoom box was begun."""
    range: tuple[str, float, float] | None = None
    """Title of a chart, and the values that it shows from bottom to top; None for what fits."""
    glyphs: Glyphs = field(default=BRAILLES)
    dashed: bool = False

    def smoother(self, by: int) -> ViewState:
        """The next stronger (or weaker) smoothing."""
        at = min(range(len(WEIGHTS)), key=lambda i: abs(WEIGHTS[i] - self.smoothing))
        return replace(self, smoothing=WEIGHTS[min(max(at + by, 0), len(WEIGHTS) - 1)], gentle=False)

    def next_mode(self) -> ViewState:
        """X as the next of steps, relative and wall time; a zoom does not carry over."""
        return replace(self, mode=self.mode.following, window=None, cursor=None)

    def zoom(self, factor: float, whole: XRange, *, at: float | None = None) -> ViewState:
        """Show `factor` times as much, around the cursor, `at`, or the right end of what is shown."""
        shown = self.shown(whole)
        anchor = at if at is not None else self.cursor
        if anchor is None or not shown.low <= anchor <= shown.high:
            anchor = (shown.low + shown.high) / 2
        window = zoomed(shown, factor, anchor, whole)
        return replace(self, window=None if window.width >= whole.width else (window.low, window.high))

    def pan(self, share: float, whole: XRange) -> ViewState:
        """Move what is shown by a share of its width."""
        if self.window is None:
            return self
        window = panned(self.shown(whole), share, whole)
        return replace(self, window=(window.low, window.high))

    def shown(self, whole: XRange) -> XRange:
        """The part of `whole` that is looked at."""
        if self.window is None:
            return whole
        low, high = self.window
        low, high = max(low, whole.low), min(high, whole.high)
        return replace(whole, low=low, high=high) if high > low else whole

    def move_cursor(self, columns: int, per_column: float, whole: XRange, last: float) -> ViewState:
        """The cursor so many columns on; at first it is put on `last`, the newest point."""
        shown = self.shown(whole)
        if self.cursor is None:
            return replace(self, cursor=min(max(last, shown.low), shown.high))
        cursor = self.cursor + columns * per_column
        return replace(self, cursor=min(max(cursor, shown.low), shown.high))

    def placed(self, x: float, whole: XRange) -> ViewState:
        """The cursor at `x`; what is shown moves so far that it is seen, with some room around."""
        view = replace(self, cursor=x)
        if view.window is None:
            return view
        low, high = view.window
        room = (high - low) / 8
        if low <= x <= high:
            return view
        shift = x - room - low if x < low else x + room - high
        window = panned(view.shown(whole), shift / (high - low), whole)
        return replace(view, window=(window.low, window.high))

    def boxed(self, one: float, other: float, whole: XRange) -> ViewState:
        """Show what lies between two places of x, and end the box."""
        low, high = max(whole.low, min(one, other)), min(whole.high, max(one, other))
        if not high > low:
            return replace(self, box=None)
        within = zoomed(replace(whole, low=low, high=high), 1.0, (low + high) / 2, whole)
        return replace(self, window=(within.low, within.high), box=None)

    def stretched(self, factor: float, title: str, scale: YScale, around: float) -> ViewState:
        """A chart's values zoomed by a factor around a share of its height.

        Args:
            factor: How much more to show; below 1 for less.
            title: Whose values.
            scale: As it is drawn now.
            around: The share of the height that stays where it is, 0 at the bottom.
        """
        low, high = (around + (edge - around) * factor for edge in (0.0, 1.0))
        bottom, top = scale.at(low), scale.at(high)
        if not (math.isfinite(bottom) and math.isfinite(top) and top > bottom):
            return self
        return replace(self, range=(title, bottom, top))

    def followed(self, before: float, last: float) -> ViewState:
        """The zoomed window moved on where the newest point has just run out of it at the right.

        Args:
            before: x of the newest point until now.
            last: x of the newest point.
        """
        if self.window is None or not before <= self.window[1] < last:
            return self
        low, high = self.window
        part = (high - low) / FOLLOW_STEPS
        shift = math.ceil((last - high) / part) * part
        return replace(self, window=(low + shift, high + shift))


def whole_range(
    run: RunState, mode: XMode, clocks: Clocks, replay: ReplayState | None = None
) -> tuple[XRange, float]:
    """All of a run along x, with headroom while it grows, and where its newest point lies.

    Args:
        run: The run.
        mode: What x means; a run whose log has no clock is shown by steps all the same.
        clocks: Kept between calls.
        replay: A replay knows where its run will end.
    """
    extents = [e for s in run.series if (e := extent(s.view, mode, clocks)) is not None]
    if not extents and mode is not XMode.STEP:
        return whole_range(run, XMode.STEP, clocks, replay)
    if not extents:
        return XRange(), 0.0
    first, last = min(e[0] for e in extents), max(e[1] for e in extents)
    begin, end = first, last
    if replay is not None and mode is XMode.STEP:
        begin, end = min(first, replay.first_step), max(last, replay.last_step)
    growing = run.status in {Status.LIVE, Status.READING} and replay is None
    return XRange(*grown(begin, end, growing=growing), mode, first), last


def extent(view: SeriesView, mode: XMode, clocks: Clocks) -> tuple[float, float] | None:
    """First and last x of a series, over its newest segments."""
    places = clocks.places(view, mode)
    if places is None or not len(places):
        return None
    bounds = view.segment_bounds()[-SEGMENTS_DRAWN:]
    return min(float(places[b]) for b, _ in bounds), max(float(places[e - 1]) for _, e in bounds)
