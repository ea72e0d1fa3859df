"""Runs as lines: short ones next to the charts, or a table with every column on the whole screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from msgspec import Struct

from gan_tui.charts.canvas import Area, Canvas, Glyphs, StyledLine
from gan_tui.charts.number_format import whole_number
from gan_tui.charts.rasterize import SegmentColumns, raw_coverage
from gan_tui.charts.scale import fitted_scale
from gan_tui.monitoring.snapshot import RunState, Status
from gan_tui.run.series_view import SeriesView
from gan_tui.sanitize import clean
from gan_tui.terminal.text_style import SYMBOLS
from gan_tui.tui.lines import formatting

SPARKLINE_WIDTH = 10
STEP_WIDTH = 7
NARROW_LIST_WIDTH = 26
"""Width without the sparkline and with a name of 14 characters; longer names need more."""
MIN_SCREEN_WITH_SPARKLINES = 110
"""Narrower screens have no sparklines next to the charts."""
MIN_LIST_WITH_SPARKLINES = 34
MIN_NAME_WIDTH, MAX_NAME_WIDTH = 12, 44


def list_width(runs: Sequence[RunState], screen: int) -> int:
    """Return the width of the list next to the charts, on a screen of `screen` columns."""
    if screen < MIN_SCREEN_WITH_SPARKLINES:
        return NARROW_LIST_WIDTH
    longest = max((_name_length(run.name) for run in runs), default=0)
    return min(max(MIN_LIST_WITH_SPARKLINES + 1, longest + NARROW_LIST_WIDTH), screen * 2 // 5)


@lru_cache(1 << 14)
def _name_length(name: str) -> int:
    return len(clean(name, 40))


class Sparklines(Struct, frozen=True):
    """D's and G's losses of a run, each as characters in one line; empty if the run has none."""

    d: str = ""
    g: str = ""


class TableColumn(Struct, frozen=True):
    """A column of the table."""

    title: str
    width: int
    cell: Callable[[RunState, Sparklines, float], tuple[str, str]]
    """Returns text and style, given a run, its sparklines and the Unix time."""
    rank: int
    """Columns with the highest rank are left out first."""
    right: bool = False
    """Aligned at the right."""


def _since(run: RunState, sparklines: Sparklines, now: float) -> tuple[str, str]:
    del sparklines, now
    since = run.diagnosis.since_step
    return ("" if since is None else short_step(since), "plot")


def _step(run: RunState, sparklines: Sparklines, now: float) -> tuple[str, str]:
    del sparklines, now
    return (step_text(run), "strong")


def _badge(run: RunState, sparklines: Sparklines, now: float) -> tuple[str, str]:
    del sparklines, now
    badge = run.diagnosis.badge
    return (badge.label, f"state-{badge}")


def _rate(run: RunState, sparklines: Sparklines, now: float) -> tuple[str, str]:
    del sparklines, now
    return (formatting.rate(run), "soft")


def _age(run: RunState, sparklines: Sparklines, now: float) -> tuple[str, str]:
    del sparklines
    if run.status is Status.MISSING:
        return ("log is gone", "warning")
    if run.last_point_at is None:
        return (formatting.status_text(run) if run.status is Status.ENDED else "", "soft")
    return (formatting.age(now - run.last_point_at), "soft")


def _d(run: RunState, sparklines: Sparklines, now: float) -> tuple[str, str]:
    del run, now
    return (sparklines.d, "d")


def _g(run: RunState, sparklines: Sparklines, now: float) -> tuple[str, str]:
    del run, now
    return (sparklines.g, "g")


def _faults(run: RunState, sparklines: Sparklines, now: float) -> tuple[str, str]:
    del sparklines, now
    return (f"{len(run.faults):,}" if run.faults else "", "warning")


TABLE_SPARKLINE_WIDTH = SPARKLINE_WIDTH + 4
COLUMNS = (
    TableColumn("badge", 18, _badge, 0),
    TableColumn("since", 8, _since, 3, right=True),
    TableColumn("step", 8, _step, 1, right=True),
    TableColumn("rate", 14, _rate, 6, right=True),
    TableColumn("last point", 11, _age, 2, right=True),
    TableColumn("D", TABLE_SPARKLINE_WIDTH, _d, 4),
    TableColumn("G", TABLE_SPARKLINE_WIDTH, _g, 5),
    TableColumn("faults", 6, _faults, 7, right=True),
)
GAP = "  "
LEAD_WIDTH = 5
"""Cells before the name: edge, mark and badge symbol."""


def table_columns(width: int, longest: int) -> tuple[tuple[TableColumn, ...], int]:
    """Return the columns that fit next to the names, and the width of the names.

    Args:
        width: Cells across.
        longest: Length of the longest name.
    """
    columns = list(COLUMNS)
    wanted = min(max(longest, MIN_NAME_WIDTH), MAX_NAME_WIDTH)
    while columns:
        available = width - LEAD_WIDTH - sum(len(GAP) + c.width for c in columns)
        if available >= min(wanted, MIN_NAME_WIDTH + 2):
            return tuple(columns), min(available, wanted)
        columns.remove(max(columns, key=lambda c: c.rank))
    return (), max(1, width - LEAD_WIDTH)


def table_head(width: int, longest: int) -> StyledLine:
    """Return the titles of the columns."""
    columns, name_width = table_columns(width, longest)
    text = " " * LEAD_WIDTH + formatting.fit("run", name_width)
    for column in columns:
        text += GAP + formatting.fit(column.title, column.width, right=column.right)
    return formatting.fit_line([(text, "soft")], width)


def table_line(
    run: RunState,
    width: int,
    longest: int,
    sparklines: Sparklines,
    now: float,
    *,
    is_selected: bool,
    is_marked: bool,
) -> StyledLine:
    """Return one run with every column that fits."""
    columns, name_width = table_columns(width, longest)
    badge = run.diagnosis.badge
    line: StyledLine = [
        ("▌", f"state-{badge}") if is_selected else (" ", "plot"),
        ("■ " if is_marked else "  ", "a"),
        (f"{SYMBOLS[badge]} ", f"state-{badge}"),
        (formatting.fit(clean(run.name, 80), name_width), "strong" if is_selected else "plot"),
    ]
    for column in columns:
        text, style = column.cell(run, sparklines, now)
        line += [(GAP, "plot"), (formatting.fit(text, column.width, right=column.right), style)]
    padding = "selected" if is_selected else "plot"
    return formatting.fit_line(_highlight(line) if is_selected else line, width, padding)


def _highlight(line: StyledLine) -> StyledLine:
    """Highlight the selected line, keeping the colours in it."""
    return [
        (text, "selected" if style in {"plot", "strong", "soft"} else style + "@selected")
        for text, style in line
    ]


def run_line(
    run: RunState, width: int, sparkline: str, *, is_selected: bool, is_marked: bool = False
) -> StyledLine:
    """Return one run in `width` cells, for the list next to the charts."""
    badge = run.diagnosis.badge
    tail: StyledLine = [(formatting.fit(step_text(run), STEP_WIDTH, right=True), "soft")]
    if width >= MIN_LIST_WITH_SPARKLINES:
        tail += [(" ", "plot"), (formatting.fit(sparkline, SPARKLINE_WIDTH), "d")]
    tail.append(("!", "warning") if run.status is Status.MISSING else (" ", "plot"))
    name_width = max(1, width - formatting.line_width(tail) - 4)
    edge = ("■", "a") if is_marked else ("▌", f"state-{badge}") if is_selected else (" ", "plot")
    line: StyledLine = [
        edge,
        (f"{SYMBOLS[badge]} ", f"state-{badge}"),
        (formatting.fit(clean(run.name, 80), name_width) + " ", "strong" if is_selected else "plot"),
        *tail,
    ]
    return formatting.fit_line(_highlight(line) if is_selected else line, width)


def step_text(run: RunState) -> str:
    """Return the last step in short; while the log is read for the first time, how much has been read."""
    if run.status is Status.READING and run.progress < 1:
        return formatting.percent_read(run)
    return "" if run.last_step is None else short_step(run.last_step)


def short_step(step: int) -> str:
    """Return a step in at most seven characters."""
    text = f"{step:,}"
    return text if len(text) <= STEP_WIDTH else whole_number(step)


def series_with_role(run: RunState, roles: Sequence[str]) -> SeriesView | None:
    """Return the first series that has one of these roles, the first role preferred."""
    return next((s.view for role in roles for s in run.series if s.role == role), None)


def sparkline(view: SeriesView, glyphs: Glyphs, width: int = SPARKLINE_WIDTH) -> str:
    """Return a series since its last restart as one line of `width` characters."""
    if not len(view):
        return ""
    begin, end = view.segments[-1], len(view)
    first, last = float(view.steps[begin]), float(view.steps[-1])
    bounds = np.linspace(first, max(last, first + 1), width * glyphs.across + 1)
    segment = SegmentColumns.of(view, view.steps, begin, end, bounds)
    coverage = raw_coverage(segment, fitted_scale(*view.envelope(segment.borders)))
    canvas = Canvas(width, 1, glyphs)
    canvas.stroke(Area(0, 0, width, 1), coverage, "d")
    return "".join(canvas.chars[0].tolist())
