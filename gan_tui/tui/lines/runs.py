"""Runs as lines: narrow ones beside the charts, a table with every column where the screen is theirs."""

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

SPARK_WIDTH = 10
STEP_WIDTH = 7
NARROW = 26
"""Columns for a name of fourteen characters, the sign and the step; beside a sparkline for any name."""
MEDIUM = 110
"""Screens at least so wide have room for sparklines beside the charts."""
WITH_SPARK = 34
"""Lists at least so wide have room for a sparkline."""
LEAST_NAME, MOST_NAME = 12, 44


def wanted_width(runs: Sequence[RunState], screen: int) -> int:
    """Columns for the list on a screen of `screen` columns."""
    if screen < MEDIUM:
        return NARROW
    longest = max((_shown_length(run.name) for run in runs), default=0)
    return min(max(WITH_SPARK + 1, longest + NARROW), screen * 2 // 5)


@lru_cache(1 << 14)
def _shown_length(name: str) -> int:
    return len(clean(name, 40))


class Sparks(Struct, frozen=True):
    """D's and G's losses of a run as lines of characters; empty where there are none."""

    d: str = ""
    g: str = ""


class TableColumn(Struct, frozen=True):
    """A column of the table."""

    title: str
    width: int
    runs: Callable[[RunState, Sparks, float], StyledLine]
    """What stands in it: text and style; from a run, its sparklines and the time."""
    need: int
    """The larger, the earlier it gives way where there is no room."""
    right: bool = False


def _since(run: RunState, sparks: Sparks, now: float) -> StyledLine:
    del sparks, now
    since = run.diagnosis.since_step
    return [("" if since is None else short_step(since), "plot")]


def _step(run: RunState, sparks: Sparks, now: float) -> StyledLine:
    del sparks, now
    return [(step_words(run), "strong")]


def _badge(run: RunState, sparks: Sparks, now: float) -> StyledLine:
    del sparks, now
    badge = run.diagnosis.badge
    return [(badge.label, f"state-{badge}")]


def _rate(run: RunState, sparks: Sparks, now: float) -> StyledLine:
    del sparks, now
    return [(formatting.rate(run), "soft")]


def _age(run: RunState, sparks: Sparks, now: float) -> StyledLine:
    del sparks
    if run.status is Status.MISSING:
        return [("log is gone", "warning")]
    if run.last_point_at is None:
        return [(formatting.status(run) if run.status is Status.ENDED else "", "soft")]
    return [(formatting.age(now - run.last_point_at), "soft")]


def _d(run: RunState, sparks: Sparks, now: float) -> StyledLine:
    del run, now
    return [(sparks.d, "d")]


def _g(run: RunState, sparks: Sparks, now: float) -> StyledLine:
    del run, now
    return [(sparks.g, "g")]


def _faults(run: RunState, sparks: Sparks, now: float) -> StyledLine:
    del sparks, now
    return [(f"{len(run.faults):,}" if run.faults else "", "warning")]


COLUMNS = (
    TableColumn("badge", 18, _badge, 0),
    TableColumn("since", 8, _since, 3, right=True),
    TableColumn("step", 8, _step, 1, right=True),
    TableColumn("rate", 14, _rate, 6, right=True),
    TableColumn("last point", 11, _age, 2, right=True),
    TableColumn("D", SPARK_WIDTH + 4, _d, 4),
    TableColumn("G", SPARK_WIDTH + 4, _g, 5),
    TableColumn("faults", 6, _faults, 7, right=True),
)
GAP = "  "


def table_columns(width: int, longest: int) -> tuple[tuple[TableColumn, ...], int]:
    """The columns that fit beside the names, and how wide the names are.

    Args:
        width: Cells across.
        longest: Of the names.
    """
    held = list(COLUMNS)
    wanted = min(max(longest, LEAST_NAME), MOST_NAME)
    while held:
        room = width - 5 - sum(len(GAP) + c.width for c in held)
        if room >= min(wanted, LEAST_NAME + 2):
            return tuple(held), min(room, wanted)
        held.remove(max(held, key=lambda c: c.need))
    return (), max(1, width - 5)


def table_head(width: int, longest: int) -> StyledLine:
    """The titles of the table's columns."""
    columns, name = table_columns(width, longest)
    text = "     " + formatting.fit("run", name)
    for column in columns:
        text += GAP + formatting.fit(column.title, column.width, right=column.right)
    return formatting.cut_runs([(text, "soft")], width)


def table_line(
    run: RunState, width: int, longest: int, sparks: Sparks, now: float, *, chosen: bool, marked: bool
) -> StyledLine:
    """One run with every column that fits."""
    columns, name = table_columns(width, longest)
    runs: StyledLine = [
        *_lead(run, chosen=chosen, marked=marked),
        (formatting.fit(clean(run.name, 80), name), "strong" if chosen else "plot"),
    ]
    for column in columns:
        runs.append((GAP, "plot"))
        [(text, style)] = column.runs(run, sparks, now)
        runs.append((formatting.fit(text, column.width, right=column.right), style))
    return formatting.cut_runs(_lit(runs) if chosen else runs, width, "chosen" if chosen else "plot")


def _lit(runs: StyledLine) -> StyledLine:
    """A chosen line: what is not coloured by itself stands out."""
    return [
        (text, "chosen" if style in {"plot", "strong", "soft"} else style + "@chosen") for text, style in runs
    ]


def _lead(run: RunState, *, chosen: bool, marked: bool) -> StyledLine:
    badge = run.diagnosis.badge
    edge = ("▌", f"state-{badge}") if chosen else (" ", "plot")
    return [edge, ("■ " if marked else "  ", "a"), (f"{SYMBOLS[badge]} ", f"state-{badge}")]


def run_line(run: RunState, width: int, spark: str, *, chosen: bool, marked: bool = False) -> StyledLine:
    """One run in `width` cells, beside the charts."""
    badge = run.diagnosis.badge
    tail: StyledLine = [(formatting.fit(step_words(run), STEP_WIDTH, right=True), "soft")]
    if width >= WITH_SPARK:
        tail += [(" ", "plot"), (formatting.fit(spark, SPARK_WIDTH), "d")]
    if run.status is Status.MISSING:
        tail.append(("!", "warning"))
    else:
        tail.append((" ", "plot"))
    room = width - formatting.width_of(tail) - 4
    edge = ("■", "a") if marked else ("▌", f"state-{badge}") if chosen else (" ", "plot")
    name = formatting.fit(clean(run.name, 80), max(1, room))
    line: StyledLine = [
        edge,
        (f"{SYMBOLS[badge]} ", f"state-{badge}"),
        (name + " ", "strong" if chosen else "plot"),
        *tail,
    ]
    return formatting.cut_runs(_lit(line) if chosen else line, width)


def step_words(run: RunState) -> str:
    """The last step, short; how much has been read while the log is read for the first time."""
    if run.status is Status.READING and run.progress < 1:
        return f"{min(99, int(run.progress * 100))} %"
    return "" if run.last_step is None else short_step(run.last_step)


def short_step(step: int) -> str:
    """A step in at most seven characters."""
    text = f"{step:,}"
    return text if len(text) <= STEP_WIDTH else whole_number(step)


def loss_of(run: RunState, roles: Sequence[str]) -> SeriesView | None:
    """The first series that has one of these roles."""
    return next((s.view for role in roles for s in run.series if s.role == role), None)


def sparkline(view: SeriesView, glyphs: Glyphs, width: int = SPARK_WIDTH) -> str:
    """A series since its last restart as a line of `width` characters."""
    if not len(view):
        return ""
    begin, end = view.segments[-1], len(view)
    first, last = float(view.steps[begin]), float(view.steps[-1])
    bounds = np.linspace(first, max(last, first + 1), width * glyphs.across + 1)
    segment = SegmentColumns.of(view, view.steps, begin, end, bounds)
    cover = raw_coverage(segment, fitted_scale(*view.envelope(segment.borders)))
    canvas = Canvas(width, 1, glyphs)
    canvas.stroke(Area(0, 0, width, 1), cover, "d")
    return "".join(canvas.chars[0].tolist())
