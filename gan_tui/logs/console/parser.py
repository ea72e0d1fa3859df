"""Lines that training scripts print: loss_log.txt, console logs, progress bars."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import groupby

import numpy as np

from gan_tui.logs.console.grammar import Pair, ParsedLine, TooLarge
from gan_tui.logs.console.line_templates import LineReader
from gan_tui.logs.console.position import LinePosition, Position, RepeatedEpochs
from gan_tui.logs.console.tables import PrintedTables
from gan_tui.logs.console.vocabulary import TIMESTAMP
from gan_tui.logs.model import Batch, Buffer, Column, Fault
from gan_tui.logs.parsing.fault_log import FaultLog
from gan_tui.logs.parsing.line_splitter import Line, LineSplitter
from gan_tui.logs.parsing.metric_words import sounds_like_metric
from gan_tui.logs.parsing.numbers import TOO_LARGE
from gan_tui.logs.parsing.step_merging import StepMerger

MAX_SERIES = 10_000
"""More names than this are no metrics; further ones are ignored with a fault."""
MAX_PENDING = 10_000
"""Names that wait to be repeated."""
MAX_TIMESTAMP_OFFSET = 80
"""A timestamp is at the beginning of a line."""

_OPTIONS = re.compile(r"-{5} ?(?:Options|Arguments|Config|End) ?-{5}")


class _Row:
    """The position of one line with values."""

    __slots__ = ("number", "position", "serial", "step", "wall")

    def __init__(self, position: LinePosition | None, number: int, serial: int, wall: float) -> None:
        self.position = position
        self.number = number
        self.serial = serial
        self.wall = wall
        self.step = 0


class TextLinesParser:
    """Reads printed lines: those that hold named numbers give points, all others nothing.

    A name next to a counter (`Epoch 3`, `[100/938]`) gives its point at once. A name in a line without a
    counter could be a setting or a word of a sentence: once it is repeated, it gives all its points. Their
    step is that of the lines above, or the row number if nothing counts. A progress bar that is redrawn
    at the same position is one point, its last.
    """

    def __init__(self) -> None:
        self._lines = LineSplitter()
        self._faults = FaultLog()
        self._tables = PrintedTables()
        self._reader = LineReader()
        self._position = Position()
        self._repeats = RepeatedEpochs()
        self._merger = StepMerger()
        self._rows: list[_Row] = []
        self._points: list[tuple[str, _Row, float]] = []
        self._by_row: dict[str, bool] = {}
        self._known: set[str] = set()
        self._pending: dict[str, list[tuple[_Row, float]]] = {}
        self._bar: tuple[ParsedLine, str] | None = None
        self._row_names: set[str] = set()
        self._number = 0
        self._line = 0, 0
        self._in_options = False
        self._any_by_row = False

    @property
    def axis(self) -> str:
        """What a step counts; "" until it is known."""
        if self._repeats.count is not None and not self._position.is_fine:
            return "row"
        return self._merger.axis or ("row" if self._any_by_row else "")

    def feed(self, data: Buffer) -> Batch:
        """Read the next bytes; returns the points of the lines that they complete."""
        return self._read(self._lines.feed(data))

    def finish(self) -> Batch:
        """Read the last line, which may lack its ending, and the last bar."""
        return self._read(self._lines.finish(), last=True)

    def _read(self, lines: list[Line | Fault], *, last: bool = False) -> Batch:
        for line in lines:
            if isinstance(line, Fault):
                self._faults.add(line.offset, line.bytes, line.reason)
            else:
                self._line = line.offset, len(line.data)
                self._add_line(line.text)
        if last:
            self._finish_bar()
            self._faults.finish()
        return Batch(self._columns(), self._faults.take())

    # -- Lines to rows ---------------------------------------------------------------------------------

    def _add_line(self, text: str) -> None:
        options = _OPTIONS.search(text) if "-----" in text else None
        if options:
            self._in_options = "End" not in options.group()
        parsed = None if self._in_options else self._tables.read(text) or self._reader.read(text)
        if parsed is None:
            return
        if self._bar is not None and parsed.bar and parsed.counters == self._bar[0].counters:
            redrawn = {p.name: p for p in self._bar[0].pairs}
            redrawn.update((p.name, p) for p in parsed.pairs)
            parsed.pairs = list(redrawn.values())
            self._bar = (parsed, text)
            return
        self._finish_bar()
        if parsed.bar and parsed.pairs:
            self._bar = (parsed, text)
        else:
            self._add_row(parsed, text)

    def _finish_bar(self) -> None:
        if self._bar is not None:
            bar, self._bar = self._bar, None
            self._add_row(*bar)

    def _add_row(self, parsed: ParsedLine, text: str) -> None:
        position = self._position.of_line(parsed)
        if position and position.names == ("epoch",) and parsed.pairs and not self._position.is_fine:
            position = self._repeats.renumber(position, {p.name for p in parsed.pairs})
        if position is None:
            if not self._row_names.isdisjoint(p.name for p in parsed.pairs):
                self._row_names.clear()
                self._number += 1
            self._row_names.update(p.name for p in parsed.pairs)
        row = _Row(position, self._number, self._position.serial, _wall_time(text))
        self._rows.append(row)
        for pair in parsed.pairs:
            self._add_pair(pair, row)

    def _add_pair(self, pair: Pair, row: _Row) -> None:
        name = pair.name
        if isinstance(pair.value, TooLarge):
            self._faults.add(*self._line, TOO_LARGE)
            return
        if name in self._known:
            self._points.append((name, row, pair.value))
            return
        metric = sounds_like_metric(name)
        waiting = self._pending.pop(name, [])
        waiting.append((row, pair.value))
        at_once = row.position is not None and (pair.sure or metric)
        if at_once or len(waiting) >= (2 if pair.sure or metric else 3):
            self._accept(name, waiting)
        else:
            self._pending[name] = waiting
            if len(self._pending) > MAX_PENDING:
                del self._pending[next(iter(self._pending))]

    def _accept(self, name: str, waiting: list[tuple[_Row, float]]) -> None:
        """Accept a name as a series, with the points that were waiting for it."""
        if len(self._known) >= MAX_SERIES:
            self._faults.add(*self._line, f"more than {MAX_SERIES:,} names: further ones are ignored")
            return
        self._known.add(name)
        # Twice under one heading: only the row number distinguishes the two.
        first, last = waiting[0][0], waiting[-1][0]
        self._by_row[name] = last.position is None and first.serial == last.serial
        self._any_by_row = self._any_by_row or self._by_row[name]
        self._points += [(name, row, value) for row, value in waiting]

    # -- Rows to columns -------------------------------------------------------------------------------

    def _columns(self) -> tuple[Column, ...]:
        self._set_steps()
        points, self._points = self._points, []
        by_name: dict[str, tuple[list[int], list[float], list[float]]] = {}
        for name, row, value in points:
            lists = by_name.get(name)
            if lists is None:
                lists = by_name[name] = ([], [], [])
            lists[0].append(row.number if row.position is None and self._by_row[name] else row.step)
            lists[1].append(value)
            lists[2].append(row.wall)
        return tuple(
            Column(name, np.array(steps, np.int64), np.array(values), _walls(walls))
            for name, (steps, values, walls) in by_name.items()
        )

    def _set_steps(self) -> None:
        """Set the steps of the rows since the last call."""
        rows, self._rows = self._rows, []
        for kind, group in groupby(rows, key=_kind):
            members = list(group)
            if kind is None:
                for row in members:
                    row.step = row.number if self._merger.last is None else self._merger.last
                continue
            names, total = kind
            cells = np.array([row.position.cells for row in members if row.position is not None])
            columns = {name: cells[:, i] for i, name in enumerate(names)}
            steps, _, _ = self._merger.add_rows(names, columns, len(members), total)
            for row, step in zip(members, steps.tolist(), strict=True):
                row.step = step


def _kind(row: _Row) -> tuple[tuple[str, ...], int | None] | None:
    return None if row.position is None else (row.position.names, row.position.total)


def _walls(walls: list[float]) -> np.ndarray | None:
    times = np.array(walls)
    return None if np.isnan(times).all() else times


def _wall_time(text: str) -> float:
    """Return the timestamp of a line as Unix time, read as local time; NaN if there is none."""
    stamp = TIMESTAMP.search(text, 0, MAX_TIMESTAMP_OFFSET)
    if stamp is None:
        return np.nan
    year, month, day, hour, minute, second = (int(g) for g in stamp.groups()[:6])
    try:
        whole = datetime(year, month, day, hour, minute, second).timestamp()  # noqa: DTZ001 - local time
    except (ValueError, OverflowError):
        return np.nan
    return whole + float(f"0.{stamp[7] or 0}")
