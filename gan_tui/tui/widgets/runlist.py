"""The list of runs: badge, step and a sparkline of D's loss, one line each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from textual import events

from gan_tui.charts.coverage import Stretch, raw_coverage
from gan_tui.charts.labels import whole_number
from gan_tui.charts.raster import Area, Canvas, Glyphs, Runs
from gan_tui.charts.scale import fit
from gan_tui.report.text import SYMBOLS
from gan_tui.run.series import SeriesView
from gan_tui.snapshot import RunState, Status
from gan_tui.text import clean
from gan_tui.tui import words
from gan_tui.tui.messages import RunChosen
from gan_tui.tui.widgets.lines import Lines

SPARK_WIDTH = 10
STEP_WIDTH = 7
NARROW = 26
"""Columns for a name of fourteen characters, the sign and the step; beside a sparkline for any name."""
MEDIUM = 110
"""Screens at least so wide have room for sparklines."""
WITH_SPARK = 34
"""Lists at least so wide have room for a sparkline."""


class RunList(Lines):
    """Every run on a line; only the lines in view are made."""

    DEFAULT_CSS = "RunList { width: 38; }"

    def __init__(self) -> None:
        super().__init__(id="runs")
        self._runs: Sequence[RunState] = ()
        self._selected = 0
        self._top = 0
        self._sparks: dict[str, tuple[int, str]] = {}

    def show(self, runs: Sequence[RunState], selected: int) -> None:
        """List these runs, in as many columns as their names need."""
        self._runs, self._selected = runs, selected
        wanted = wanted_width(runs, self.app.size.width)
        if self.styles.width is None or self.styles.width.value != wanted:
            self.styles.width = wanted
        self.redraw()

    def compose_lines(self, width: int, height: int) -> list[Runs]:
        """A title, then the runs around the selected one."""
        room = max(1, height - 1)
        self._top = min(max(self._top, self._selected - room + 1, 0), self._selected)
        self._top = max(0, min(self._top, len(self._runs) - room))
        inner = width - 1
        title: Runs = [("─ ", "rule"), ("runs ", "title-on")]
        place = [(f" {self._selected + 1}/{len(self._runs)} ", "soft")]
        lines = [[*words.spread(title, place, inner, "rule", "─"), ("┐", "rule")]]
        shown = self._runs[self._top : self._top + room]
        for number, run in enumerate(shown, self._top):
            chosen = number == self._selected
            lines.append([*run_line(run, inner, self._spark(run), chosen=chosen), ("│", "rule")])
        blank: Runs = [(" " * inner, "plot"), ("│", "rule")]
        return lines + [blank] * (height - len(lines))

    def _spark(self, run: RunState) -> str:
        view = _main(run)
        if view is None:
            return ""
        known = self._sparks.get(run.path)
        if known is None or known[0] != len(view):
            known = self._sparks[run.path] = (len(view), sparkline(view, self.gan.glyphs))
        return known[1]

    def on_click(self, event: events.Click) -> None:
        """Choose the run under the mouse."""
        number = self._top + event.y - 1
        if event.y > 0 and number < len(self._runs):
            self.post_message(RunChosen(number))

    def on_mouse_scroll_down(self) -> None:
        """The wheel moves through the runs."""
        self.post_message(RunChosen(min(len(self._runs) - 1, self._selected + 1)))

    def on_mouse_scroll_up(self) -> None:
        """The wheel moves through the runs."""
        self.post_message(RunChosen(max(0, self._selected - 1)))


def wanted_width(runs: Sequence[RunState], screen: int) -> int:
    """Columns for the list on a screen of `screen` columns."""
    if screen < MEDIUM:
        return NARROW
    longest = max((len(clean(run.name, 40)) for run in runs), default=0)
    return min(max(WITH_SPARK + 1, longest + NARROW), screen * 2 // 5)


def run_line(run: RunState, width: int, spark: str, *, chosen: bool) -> Runs:
    """One run in `width` cells."""
    badge = run.diagnosis.badge
    step = "" if run.last_step is None else f"{run.last_step:,}"
    if run.last_step is not None and len(step) > STEP_WIDTH:
        step = whole_number(run.last_step)
    if run.status is Status.READING:
        step = f"{min(99, int(run.progress * 100))} %"
    tail: Runs = [(words.fit(step, STEP_WIDTH, right=True), "soft")]
    if width >= WITH_SPARK:
        tail += [(" ", "plot"), (words.fit(spark, SPARK_WIDTH), "d")]
    if run.status is Status.MISSING:
        tail.append(("!", "warning"))
    else:
        tail.append((" ", "plot"))
    room = width - words.width_of(tail) - 4
    mark = ("▌", f"state-{badge}") if chosen else (" ", "plot")
    name = words.fit(clean(run.name, 80), max(1, room))
    return words.cut_runs(
        [mark, (f"{SYMBOLS[badge]} ", f"state-{badge}"), (name + " ", "strong" if chosen else "plot"), *tail],
        width,
    )


def _main(run: RunState) -> SeriesView | None:
    """D's loss, or what stands for it."""
    for role in ("d_loss", "g_loss"):
        for series in run.series:
            if series.role == role:
                return series.view
    return run.series[0].view if run.series else None


def sparkline(view: SeriesView, glyphs: Glyphs, width: int = SPARK_WIDTH) -> str:
    """A series since its last restart as a line of `width` characters."""
    begin, end = view.segments[-1], len(view)
    first, last = float(view.steps[begin]), float(view.steps[-1])
    bounds = np.linspace(first, max(last, first + 1), width * glyphs.across + 1)
    stretch = Stretch.of(view, view.steps, begin, end, bounds)
    cover = raw_coverage(stretch, fit(*view.envelope(stretch.edges)))
    canvas = Canvas(width, 1, glyphs)
    canvas.stroke(Area(0, 0, width, 1), cover, "d")
    return "".join(canvas.chars[0].tolist())
