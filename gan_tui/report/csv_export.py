"""Series as CSV, to take along into a spreadsheet or a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct

from gan_tui.logs.model import Floats, Ints
from gan_tui.run.series_view import SeriesView
from gan_tui.sanitize import clean

ROWS = 20_000
"""Rows made at a time."""
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
"""A cell that begins so is run as a formula by spreadsheets."""
NAME_LENGTH = 200


class Exported(Struct, frozen=True):
    """The points of one series that are written."""

    view: SeriesView
    chosen: Ints
    """Indices of the points, ascending."""


def cell(text: str) -> str:
    """A name of a log as a cell of a table: one harmless line that no spreadsheet runs as a formula."""
    shown = clean(text, NAME_LENGTH)
    if shown.lstrip(" ").startswith(FORMULA) or text.startswith(FORMULA):
        shown = "'" + shown
    if any(c in shown for c in ',"\n\r;') or shown != shown.strip():
        shown = '"' + shown.replace('"', '""') + '"'
    return shown


def csv(series: Sequence[Exported], axis: str = "step") -> Iterator[str]:
    """A table with a row a step and a column a series, in pieces of text.

    After a restart the steps go back and begin again below, as they do in logs: nothing is merged
    across it. A step that a series logs twice gets two rows. What a series has no value for is blank.

    Args:
        series: What is written, in the order of the columns.
        axis: What a step counts, the first column's name.

    Returns:
        CSV text, UTF-8 once encoded, lines ending in a newline; values as `repr` gives them, so that
        reading them gives the same numbers. A column `wall_time` (Unix seconds) comes last where the
        log has a clock.
    """
    clocked = any(s.view.wall_times is not None for s in series)
    names = [cell(axis), *(cell(s.view.name) for s in series), *(["wall_time"] if clocked else [])]
    yield ",".join(names) + "\n"
    parts = [_segments(s) for s in series]
    for number in range(max(map(len, parts), default=0)):
        held = [p[number] if number < len(p) else np.empty(0, np.int64) for p in parts]
        yield from _rows(series, held, clocked=clocked)


def _segments(series: Exported) -> list[Ints]:
    """The chosen points by segment; a segment of which none is chosen is still counted."""
    edges = np.searchsorted(series.chosen, series.view.segments[1:])
    return list(np.split(series.chosen, edges))


def _rows(series: Sequence[Exported], held: Sequence[Ints], *, clocked: bool) -> Iterator[str]:
    """One segment of every series, joined on the step."""
    keys = [_keyed(s.view.steps[at]) for s, at in zip(series, held, strict=True)]
    first = keys[0]
    if all(len(k) == len(first) and np.array_equal(k, first) for k in keys[1:]):
        rows = first
    else:
        rows = np.unique(np.concatenate(keys), axis=0)
    places = [_places(rows, k) for k in keys]
    for begin in range(0, len(rows), ROWS):
        steps = rows[begin : begin + ROWS, 0].tolist()
        columns = [[str(step) for step in steps]]
        walls = np.full(len(steps), np.nan)
        for each, at, place in zip(series, held, places, strict=True):
            low, high = np.searchsorted(place, [begin, begin + len(steps)])
            cells = [""] * len(steps)
            points = at[low:high]
            for row, value in zip((place[low:high] - begin).tolist(), each.view.values[points], strict=True):
                cells[row] = repr(float(value))
            columns.append(cells)
            _take_clock(walls, place[low:high] - begin, each.view.wall_times, points)
        if clocked:
            columns.append([repr(w) if w == w else "" for w in walls.tolist()])  # noqa: PLR0124 - not NaN
        yield "".join(",".join(row) + "\n" for row in zip(*columns, strict=True))


def _keyed(steps: Ints) -> Ints:
    """Steps with a count of how often each has come before, shape (n, 2): a key for each point."""
    if not len(steps):
        return np.empty((0, 2), np.int64)
    before = np.arange(len(steps)) - np.searchsorted(steps, steps, side="left")
    return np.column_stack([steps, before])


def _places(rows: Ints, keys: Ints) -> Ints:
    """Which row each key is."""
    if len(rows) == len(keys):
        return np.arange(len(rows))
    # Both are sorted by step, then count: rows of one step follow each other.
    return np.searchsorted(rows[:, 0], keys[:, 0], side="left") + keys[:, 1]


def _take_clock(walls: Floats, rows: Ints, clock: Floats | None, points: Ints) -> None:
    """Fill in the wall times that no series before has told."""
    if clock is None or not len(rows):
        return
    missing = np.isnan(walls[rows])
    walls[rows[missing]] = clock[points[missing]]
