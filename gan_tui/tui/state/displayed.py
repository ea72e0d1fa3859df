"""Everything that one drawing of the charts needs, frozen."""

from __future__ import annotations

from msgspec import Struct

from gan_tui.charts.spec import Band, ChartOptions
from gan_tui.charts.xaxis import Clocks, XRange
from gan_tui.diagnosis.result import Finding
from gan_tui.monitoring.snapshot import RunState
from gan_tui.tui.state.chart_selection import ChartSelection
from gan_tui.tui.state.step_positions import x_of_steps
from gan_tui.tui.state.view import ViewState


class DisplayState(Struct, frozen=True):
    """A run, or several runs combined, with its charts and the view of them."""

    run: RunState
    selection: ChartSelection
    view: ViewState
    full_range: XRange
    """The whole run along x."""
    last_x: float
    """X of the newest point."""
    compared_runs: tuple[RunState, ...] = ()
    """The runs whose curves share the charts; empty if one run is shown."""

    @property
    def selected_chart(self) -> int:
        """Index of the selected chart."""
        return min(self.view.chart, max(0, len(self.selection.charts) - 1))

    @property
    def visible_range(self) -> XRange:
        """The part of the run along x that is on the screen."""
        return self.view.visible_range(self.full_range)

    @property
    def highlighted_finding(self) -> Finding | None:
        """The selected finding, otherwise the first one that supports the badge."""
        findings = self.run.diagnosis.findings
        if self.compared_runs or not findings:
            return None
        selected = self.view.finding
        if selected is not None:
            return findings[min(selected, len(findings) - 1)]
        return next((f for f in findings if f.badge is self.run.diagnosis.badge), None)

    def chart_options(self, chart: int, clocks: Clocks) -> ChartOptions:
        """Return how a chart is drawn."""
        view = self.view
        y_range = view.y_range
        return ChartOptions(
            x=self.visible_range,
            smoothing=view.smoothing,
            adaptive=view.adaptive_smoothing,
            log=view.log_y,
            full_range=view.all_spikes,
            cursor=view.cursor,
            glyphs=view.glyphs,
            dashed=view.dashed,
            hide_raw=bool(self.compared_runs),
            y=y_range[1:]
            if y_range is not None and y_range[0] == self.selection.charts[chart].title
            else None,
            bands=self._bands(clocks),
        )

    def _bands(self, clocks: Clocks) -> tuple[Band, ...]:
        """Return the steps of the highlighted finding, and the zoom box while it is drawn."""
        bands = []
        finding, view = self.highlighted_finding, self.view
        if finding is not None:
            steps = (finding.first_step, finding.last_step)
            low, high = x_of_steps(steps, self.run, self.full_range.mode, clocks)
            bands.append(Band(low, high, f"state-{finding.badge}", tinted=view.finding is not None))
        if view.box_start is not None and view.cursor is not None:
            low, high = sorted((view.box_start, view.cursor))
            bands.append(Band(low, high, "cursor", tinted=True))
        return tuple(bands)
