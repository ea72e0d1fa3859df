"""Series as CSV, for a spreadsheet or a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct

from gan_tui.logs.model import Floats, Ints
from gan_tui.run.series_view import SeriesView
from gan_tui.sanitize import clean

ROWS_PER_CHUNK = 20_000
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
"""Spreadsheets run a cell that starts with one of these as a formula."""
MAX_NAME = 200


class ExportedSeries(Struct, frozen=True):
    """The points of one series to export."""

    view: SeriesView
    indices: Ints
    """Indices of the points, ascending."""


def csv_cell(name: str) -> str:
    """Return a name from a log as a cell: one harmless line that no spreadsheet runs as a formula."""
    text = clean(name, MAX_NAME)
    if text.lstrip(" ").startswith(FORMULA_STARTS) or name.startswith(FORMULA_STARTS):
        text = "'" + text
    if any(c in text for c in ',"\n\r;') or text != text.strip():
        text = '"' + text.replace('"', '""') + '"'
    return text


def csv_chunks(series: Sequence[ExportedSeries], axis: str = "step") -> Iterator[str]:
    """Yield a table with a row for each step and a column for each series, in chunks of text.

    After a restart the steps go back and continue below, as in the log: nothing is merged across it. A step
    that a series logs twice gets two rows. A missing value is blank.

    Args:
        series: What is exported, in the order of the columns.
        axis: What a step counts: the name of the first column.

    Returns:
        CSV text, to be encoded as UTF-8, with lines that end in a newline. Values are written as `repr`
        does, so that reading them gives the same numbers. The last column is `wall_time` (Unix seconds) if
        the log has times.
    """
    has_clock = any(s.view.wall_times is not None for s in series)
    names = [csv_cell(axis), *(csv_cell(s.view.name) for s in series), *(["wall_time"] if has_clock else [])]
    yield ",".join(names) + "\n"
    segments = [_segments(s) for s in series]
    for number in range(max(map(len, segments), default=0)):
        indices = [own[number] if number < len(own) else np.empty(0, np.int64) for own in segments]
        yield from _row_chunks(series, indices, has_clock=has_clock)


def _segments(series: ExportedSeries) -> list[Ints]:
    """Return the indices by segment; a segment without any is included."""
    edges = np.searchsorted(series.indices, series.view.segments[1:])
    return list(np.split(series.indices, edges))


def _row_chunks(
    series: Sequence[ExportedSeries], indices: Sequence[Ints], *, has_clock: bool
) -> Iterator[str]:
    """Yield one segment of every series, joined on the step."""
    keys = [_keys(s.view.steps[own]) for s, own in zip(series, indices, strict=True)]
    first = keys[0]
    if all(len(k) == len(first) and np.array_equal(k, first) for k in keys[1:]):
        rows = first
    else:
        rows = np.unique(np.concatenate(keys), axis=0)
    rows_of_points = [_find_rows(rows, k) for k in keys]
    for begin in range(0, len(rows), ROWS_PER_CHUNK):
        steps = rows[begin : begin + ROWS_PER_CHUNK, 0].tolist()
        columns = [[str(step) for step in steps]]
        walls = np.full(len(steps), np.nan)
        for each, own, at in zip(series, indices, rows_of_points, strict=True):
            low, high = np.searchsorted(at, [begin, begin + len(steps)])
            cells = [""] * len(steps)
            points = own[low:high]
            for row, value in zip((at[low:high] - begin).tolist(), each.view.values[points], strict=True):
                cells[row] = repr(float(value))
            columns.append(cells)
            _fill_wall_times(walls, at[low:high] - begin, each.view.wall_times, points)
        if has_clock:
            columns.append([repr(w) if w == w else "" for w in walls.tolist()])  # noqa: PLR0124 - not NaN
        yield "".join(",".join(row) + "\n" for row in zip(*columns, strict=True))


def _keys(steps: Ints) -> Ints:
    """Return each step with the number of earlier points at it, shape (n, 2): a unique key of each point."""
    if not len(steps):
        return np.empty((0, 2), np.int64)
    repeats = np.arange(len(steps)) - np.searchsorted(steps, steps, side="left")
    return np.column_stack([steps, repeats])


def _find_rows(rows: Ints, keys: Ints) -> Ints:
    """Return the row of each key."""
    if len(rows) == len(keys):
        return np.arange(len(rows))
    # Both are sorted by step, then by repeat: rows of one step are consecutive.
    return np.searchsorted(rows[:, 0], keys[:, 0], side="left") + keys[:, 1]


def _fill_wall_times(walls: Floats, rows: Ints, clock: Floats | None, points: Ints) -> None:
    """Set the wall times that no earlier series has set."""
    if clock is None or not len(rows):
        return
    missing = np.isnan(walls[rows])
    walls[rows[missing]] = clock[points[missing]]
