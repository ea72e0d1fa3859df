"""The table under a chart: what every curve says at the cursor, and of several runs how each stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from gan_tui.charts.canvas import Glyphs, StyledLine
from gan_tui.charts.number_format import LATEST_MOMENT, duration, label
from gan_tui.charts.spec import CursorReading
from gan_tui.monitoring.snapshot import RunState
from gan_tui.run.series_view import SeriesView
from gan_tui.sanitize import clean
from gan_tui.terminal.text_style import SYMBOLS
from gan_tui.tui.lines import formatting

LEAST_CHART = 9
"""A chart keeps so many lines at least; what the table needs beyond is left out."""
COLUMNS = (
    ("smoothed", 10, 0),
    ("raw", 12, 0),
    ("step", 12, 0),
    ("relative", 10, 62),
    ("wall time", 21, 84),
)
"""Of the table: title, width, and the screen width from which on it is there."""
BADGE_WIDTH = 34


def readings_table(
    readings: Sequence[CursorReading], run: RunState, glyphs: Glyphs, width: int, height: int
) -> list[StyledLine]:
    """Raw and smoothed value, step, relative and wall time of every curve of a chart.

    Args:
        readings: What the curves say at the cursor, or at their end.
        run: Whose curves; relative time counts from its first point.
        glyphs: Whose marks stand before the names.
        width: Cells across.
        height: Cells down, of which the chart needs its part: without room there is no table.
    """
    if height - len(readings) - 1 < LEAST_CHART or width < 48:
        return []
    origin = _origin(run)
    shown = [(title, size) for title, size, least in COLUMNS if width >= least]
    room = width - sum(size for _, size in shown) - 2
    head = formatting.fit("  series", room) + "".join(formatting.fit(t, s, right=True) for t, s in shown)
    lines: list[StyledLine] = [[(formatting.fit(head, width), "soft")]]
    for reading in readings:
        curve = reading.curve
        values = dict(zip((c[0] for c in COLUMNS), _values(reading, origin), strict=True))
        own = clean(curve.view.name, 40)
        name = own if curve.label in {"", own} else f"{curve.label}  {own}"
        cells = "".join(formatting.fit(values[t], s, right=True) for t, s in shown)
        lines.append(
            [
                (f"{_mark(reading, glyphs)} ", curve.style),
                (formatting.fit(name, room - 2), "plot"),
                (cells, "plot"),
                ("  ", "plot"),
            ]
        )
    return lines


def compared_table(
    readings: Sequence[CursorReading], runs: Sequence[RunState], glyphs: Glyphs, width: int, height: int
) -> list[StyledLine]:
    """The legend of runs that share a chart: mark, name, badge, value and step of each."""
    by_number = {reading.curve.index: reading for reading in readings}
    lines: list[StyledLine] = []
    wide = width >= 90
    for number, run in enumerate(runs):
        reading = by_number.get(number)
        mark = "  " if reading is None else f"{_mark(reading, glyphs)} "
        style = "plot" if reading is None else reading.curve.style
        badge = run.diagnosis.badge
        since = run.diagnosis.since_step
        word = f"{SYMBOLS[badge]} {badge.label}" + (f" since {since:,}" if since is not None and wide else "")
        values = ("-", "-", "-") if reading is None else _values(reading, None)[:3]
        held = [(v, s) for v, (_, s, _) in zip(values, COLUMNS, strict=False)]
        cells = "".join(formatting.fit(v, s, right=True) for v, s in (held if wide else held[::2]))
        badge_width = BADGE_WIDTH if wide else 22
        room = max(8, width - badge_width - len(cells) - 4)
        lines.append(
            formatting.cut_runs(
                [
                    (mark, style),
                    (formatting.fit(clean(run.name, 60), room - 1) + " ", "plot"),
                    (formatting.fit(word, badge_width), f"state-{badge}"),
                    (cells, "plot"),
                ],
                width,
            )
        )
    kept = max(0, height - LEAST_CHART)
    return lines[:kept]


def _mark(reading: CursorReading, glyphs: Glyphs) -> str:
    points = glyphs.symbols.markers
    return points[reading.curve.index % len(points)]


def _values(reading: CursorReading, origin: float | None) -> tuple[str, str, str, str, str]:
    """Smoothed, raw, step, relative and wall time in words."""
    view, index = reading.curve.view, reading.index
    if index < 0:
        return ("-",) * 5
    wall = np.nan if view.wall_times is None else float(view.wall_times[index])
    relative = duration(wall - origin) if origin is not None and np.isfinite(wall) else "-"
    return (
        label(float(f"{reading.smooth:.6g}")),
        _exact(reading.raw),
        f"{int(view.steps[index]):,}",
        relative,
        wall_words(wall),
    )


def _exact(value: float) -> str:
    """As many digits as fit: it is what stands in the log."""
    text = f"{value:.6g}"
    return text if np.isfinite(value) else label(value)


def wall_words(wall: float) -> str:
    """A moment in full on the local clock; "-" where there is none."""
    if not 0 <= wall <= LATEST_MOMENT:
        return "-"
    return f"{datetime.fromtimestamp(wall, UTC).astimezone():%Y-%m-%d %H:%M:%S}"


def _origin(run: RunState) -> float | None:
    """Unix time of the run's first point."""
    firsts = [first for s in run.series if (first := _first(s.view)) is not None]
    return min(firsts, default=None)


def _first(view: SeriesView) -> float | None:
    walls = view.wall_times
    if walls is None or not len(walls) or not np.isfinite(walls[0]):
        return None
    return float(walls[0])
