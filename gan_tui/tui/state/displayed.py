"""What the charts show: fixed for one drawing."""

from __future__ import annotations

from msgspec import Struct

from gan_tui.charts.spec import Band, ChartOptions
from gan_tui.charts.xaxis import Clocks, XRange
from gan_tui.diagnosis.result import Finding
from gan_tui.monitoring.snapshot import RunState
from gan_tui.tui.state.chart_selection import ChartSelection
from gan_tui.tui.state.step_positions import places_of
from gan_tui.tui.state.view import ViewState


class DisplayState(Struct, frozen=True):
    """A run, or several as one, with its charts and the way they are looked at."""

    run: RunState
    plan: ChartSelection
    view: ViewState
    whole: XRange
    """All of the run along x."""
    last: float
    """X of the newest point."""
    compared: tuple[RunState, ...] = ()
    """The runs whose curves share the charts; empty where one run is shown."""

    @property
    def selected(self) -> int:
        """The selected chart."""
        return min(self.view.chart, max(0, len(self.plan.charts) - 1))

    @property
    def finding(self) -> Finding | None:
        """The finding whose steps stand out: the chosen one, else the first that speaks for the badge."""
        findings = self.run.diagnosis.findings
        if self.compared or not findings:
            return None
        chosen = self.view.finding
        if chosen is not None:
            return findings[min(chosen, len(findings) - 1)]
        return next((f for f in findings if f.badge is self.run.diagnosis.badge), None)

    def look(self, chart: int, clocks: Clocks) -> ChartOptions:
        """How a chart is drawn."""
        view = self.view
        asked = view.range
        return ChartOptions(
            x=view.shown(self.whole),
            smoothing=view.smoothing,
            gentle=view.gentle,
            log=view.log,
            whole=view.whole,
            cursor=view.cursor,
            glyphs=view.glyphs,
            dashed=view.dashed,
            bare=bool(self.compared),
            y=asked[1:] if asked is not None and asked[0] == self.plan.charts[chart].title else None,
            bands=self._bands(clocks),
        )

    def _bands(self, clocks: Clocks) -> tuple[Band, ...]:
        """The steps of the finding, and the zoom box that is being drawn."""
        bands = []
        finding, view = self.finding, self.view
        if finding is not None:
            steps = (finding.first_step, finding.last_step)
            low, high = places_of(steps, self.run, self.whole.mode, clocks)
            bands.append(Band(low, high, f"state-{finding.badge}", tinted=view.finding is not None))
        if view.box is not None and view.cursor is not None:
            ends = sorted((view.box, view.cursor))
            bands.append(Band(ends[0], ends[1], "cursor", tinted=True))
        return tuple(bands)
