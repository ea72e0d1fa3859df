"""The table below a chart: the values of every curve at the cursor, or the legend of compared runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from msgspec import Struct

from gan_tui.charts.canvas import Glyphs, StyledLine
from gan_tui.charts.number_format import LATEST_MOMENT, duration, label
from gan_tui.charts.spec import CursorReading
from gan_tui.monitoring.snapshot import RunState
from gan_tui.run.series_view import SeriesView
from gan_tui.sanitize import clean
from gan_tui.terminal.text_style import SYMBOLS
from gan_tui.tui.lines import formatting

MIN_CHART_HEIGHT = 9
"""Lines left to the chart; a table that does not fit below is left out or cut."""
MIN_TABLE_WIDTH = 48


class ValueColumn(Struct, frozen=True):
    """A column of the table."""

    title: str
    width: int
    min_screen_width: int = 0
    """The column is left out on narrower screens."""


COLUMNS = (
    ValueColumn("smoothed", 10),
    ValueColumn("raw", 12),
    ValueColumn("step", 12),
    ValueColumn("relative", 10, 62),
    ValueColumn("wall time", 21, 84),
)
MIN_WIDTH_ALL_COMPARISON_COLUMNS = 90
BADGE_WIDTH, NARROW_BADGE_WIDTH = 34, 22


def value_table(
    readings: Sequence[CursorReading], run: RunState, glyphs: Glyphs, width: int, height: int
) -> list[StyledLine]:
    """Return smoothed and raw value, step, relative and wall time of every curve of a chart.

    Args:
        readings: The values of the curves at the cursor, or at their end.
        run: The run of the curves; relative time counts from its first point.
        glyphs: The character set, for the symbols of the curves.
        width: Cells across.
        height: Cells down for table and chart. There is no table if too little is left for the chart.
    """
    if height - len(readings) - 1 < MIN_CHART_HEIGHT or width < MIN_TABLE_WIDTH:
        return []
    start = _start_time(run)
    columns = [column for column in COLUMNS if width >= column.min_screen_width]
    name_width = width - sum(column.width for column in columns) - 2
    head = formatting.fit("  series", name_width)
    head += "".join(formatting.fit(column.title, column.width, right=True) for column in columns)
    lines: list[StyledLine] = [[(formatting.fit(head, width), "soft")]]
    for reading in readings:
        curve = reading.curve
        series_name = clean(curve.view.name, 40)
        name = series_name if curve.label in {"", series_name} else f"{curve.label}  {series_name}"
        values = _values(reading, start)
        cells = "".join(
            formatting.fit(value, column.width, right=True)
            for value, column in zip(values, COLUMNS, strict=True)
            if width >= column.min_screen_width
        )
        lines.append(
            [
                (f"{_marker(reading, glyphs)} ", curve.style),
                (formatting.fit(name, name_width - 2), "plot"),
                (cells, "plot"),
                ("  ", "plot"),
            ]
        )
    return lines


def comparison_table(
    readings: Sequence[CursorReading], runs: Sequence[RunState], glyphs: Glyphs, width: int, height: int
) -> list[StyledLine]:
    """Return the legend of runs that share a chart: symbol, name, badge, values and step of each."""
    reading_by_run = {reading.curve.index: reading for reading in readings}
    lines: list[StyledLine] = []
    is_wide = width >= MIN_WIDTH_ALL_COMPARISON_COLUMNS
    for number, run in enumerate(runs):
        reading = reading_by_run.get(number)
        symbol = "  " if reading is None else f"{_marker(reading, glyphs)} "
        style = "plot" if reading is None else reading.curve.style
        badge = run.diagnosis.badge
        since = run.diagnosis.since_step
        badge_text = f"{SYMBOLS[badge]} {badge.label}"
        if since is not None and is_wide:
            badge_text += f" since {since:,}"
        values = ("-", "-", "-") if reading is None else _values(reading, None)[:3]
        cells_of = list(zip(values, COLUMNS, strict=False))
        cells = "".join(
            formatting.fit(value, column.width, right=True)
            for value, column in (cells_of if is_wide else cells_of[::2])
        )
        badge_width = BADGE_WIDTH if is_wide else NARROW_BADGE_WIDTH
        name_width = max(8, width - badge_width - len(cells) - 4)
        lines.append(
            formatting.fit_line(
                [
                    (symbol, style),
                    (formatting.fit(clean(run.name, 60), name_width - 1) + " ", "plot"),
                    (formatting.fit(badge_text, badge_width), f"state-{badge}"),
                    (cells, "plot"),
                ],
                width,
            )
        )
    return lines[: max(0, height - MIN_CHART_HEIGHT)]


def _marker(reading: CursorReading, glyphs: Glyphs) -> str:
    markers = glyphs.symbols.markers
    return markers[reading.curve.index % len(markers)]


def _values(reading: CursorReading, start: float | None) -> tuple[str, str, str, str, str]:
    """Return smoothed and raw value, step, relative and wall time as text."""
    view, index = reading.curve.view, reading.index
    if index < 0:
        return ("-",) * 5
    wall_time = np.nan if view.wall_times is None else float(view.wall_times[index])
    relative = duration(wall_time - start) if start is not None and np.isfinite(wall_time) else "-"
    return (
        label(float(f"{reading.smooth:.6g}")),
        _raw_value(reading.raw),
        f"{int(view.steps[index]):,}",
        relative,
        local_time(wall_time),
    )


def _raw_value(value: float) -> str:
    """Return a logged value with as many digits as fit."""
    return f"{value:.6g}" if np.isfinite(value) else label(value)


def local_time(wall_time: float) -> str:
    """Return date and time in the local time zone; "-" if the time is unknown."""
    if not 0 <= wall_time <= LATEST_MOMENT:
        return "-"
    return f"{datetime.fromtimestamp(wall_time, UTC).astimezone():%Y-%m-%d %H:%M:%S}"


def _start_time(run: RunState) -> float | None:
    """Return the Unix time of the run's first point."""
    times = [time for s in run.series if (time := _first_wall_time(s.view)) is not None]
    return min(times, default=None)


def _first_wall_time(view: SeriesView) -> float | None:
    wall_times = view.wall_times
    if wall_times is None or not len(wall_times) or not np.isfinite(wall_times[0]):
        return None
    return float(wall_times[0])
