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
from gan_tui.logs.console.vocabulary import STAMP
from gan_tui.logs.model import Batch, Buffer, Column, Fault
from gan_tui.logs.parsing.fault_log import FaultLog
from gan_tui.logs.parsing.line_splitter import Line, LineSplitter
from gan_tui.logs.parsing.metric_words import sounds_like_metric
from gan_tui.logs.parsing.numbers import TOO_LARGE
from gan_tui.logs.parsing.step_merging import StepMerger

MAX_SERIES = 10_000
"""More names than this are no metrics; what comes after them is passed over."""
MAX_PENDING = 10_000
STAMP_WITHIN = 80
"""A time stamp stands at the head of a line."""

_OPTIONS = re.compile(r"-{5} ?(?:Options|Arguments|Config|End) ?-{5}")


class _Row:
    """One line with what stands in it."""

    __slots__ = ("number", "place", "serial", "step", "wall")

    def __init__(self, place: LinePosition | None, number: int, serial: int, wall: float) -> None:
        self.place = place
        self.number = number
        self.serial = serial
        self.wall = wall
        self.step = 0


class TextLinesParser:
    """Reads printed lines: those that hold named numbers give points, all others nothing.

    A name beside a counter (`Epoch 3`, `[100/938]`) gives its point at once. A name in a line without
    one could be a setting or a word of a sentence: it gives its points from its second time on, those of
    the first included. Their step is the one that the lines above say, or the number of the row where
    nothing counts. A progress bar that is drawn again at the same place is one point, its last.
    """

    def __init__(self) -> None:
        self._lines = LineSplitter()
        self._faults = FaultLog()
        self._tables = PrintedTables()
        self._reader = LineReader()
        self._position = Position()
        self._repeats = RepeatedEpochs()
        self._stepping = StepMerger()
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
        if self._repeats.count is not None and not self._position.fine:
            return "row"
        return self._stepping.axis or ("row" if self._any_by_row else "")

    def feed(self, data: Buffer) -> Batch:
        """Take the next bytes; gives the points of the lines that they complete."""
        return self._read(self._lines.feed(data))

    def finish(self) -> Batch:
        """No more bytes: the last line and the last bar count as they stand."""
        return self._read(self._lines.finish(), last=True)

    def _read(self, lines: list[Line | Fault], *, last: bool = False) -> Batch:
        for line in lines:
            if isinstance(line, Fault):
                self._faults.add(line.offset, line.bytes, line.reason)
            else:
                self._line = line.offset, len(line.data)
                self._take_line(line.text)
        if last:
            self._take_bar()
            self._faults.finish()
        return Batch(self._columns(), self._faults.take())

    # -- from lines to rows ----------------------------------------------------------------------------

    def _take_line(self, text: str) -> None:
        options = _OPTIONS.search(text) if "-----" in text else None
        if options:
            self._in_options = "End" not in options.group()
        reading = None if self._in_options else self._tables.read(text) or self._reader.read(text)
        if reading is None:
            return
        if self._bar is not None and reading.bar and reading.counters == self._bar[0].counters:
            drawn = {p.name: p for p in self._bar[0].pairs}
            drawn.update((p.name, p) for p in reading.pairs)
            reading.pairs = list(drawn.values())
            self._bar = (reading, text)
            return
        self._take_bar()
        if reading.bar and reading.pairs:
            self._bar = (reading, text)
        else:
            self._take(reading, text)

    def _take_bar(self) -> None:
        if self._bar is not None:
            bar, self._bar = self._bar, None
            self._take(*bar)

    def _take(self, reading: ParsedLine, text: str) -> None:
        place = self._position.place(reading)
        if place and place.names == ("epoch",) and reading.pairs and not self._position.fine:
            place = self._repeats.place(place, {p.name for p in reading.pairs})
        if place is None:
            if not self._row_names.isdisjoint(p.name for p in reading.pairs):
                self._row_names.clear()
                self._number += 1
            self._row_names.update(p.name for p in reading.pairs)
        row = _Row(place, self._number, self._position.serial, _wall_time(text))
        self._rows.append(row)
        for pair in reading.pairs:
            self._take_pair(pair, row)

    def _take_pair(self, pair: Pair, row: _Row) -> None:
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
        at_once = row.place is not None and (pair.sure or metric)
        if at_once or len(waiting) >= (2 if pair.sure or metric else 3):
            self._know(name, waiting)
        else:
            self._pending[name] = waiting
            if len(self._pending) > MAX_PENDING:
                del self._pending[next(iter(self._pending))]

    def _know(self, name: str, waiting: list[tuple[_Row, float]]) -> None:
        """A name has proved to be a series: from now on its points count, and those that waited."""
        if len(self._known) >= MAX_SERIES:
            self._faults.add(*self._line, f"more than {MAX_SERIES:,} names: further ones are left aside")
            return
        self._known.add(name)
        # Twice under one heading: only the row can tell the two apart.
        first, last = waiting[0][0], waiting[-1][0]
        self._by_row[name] = last.place is None and first.serial == last.serial
        self._any_by_row = self._any_by_row or self._by_row[name]
        self._points += [(name, row, value) for row, value in waiting]

    # -- from rows to columns --------------------------------------------------------------------------

    def _columns(self) -> tuple[Column, ...]:
        self._place_rows()
        points, self._points = self._points, []
        by_name: dict[str, tuple[list[int], list[float], list[float]]] = {}
        for name, row, value in points:
            found = by_name.get(name)
            if found is None:
                found = by_name[name] = ([], [], [])
            found[0].append(row.number if row.place is None and self._by_row[name] else row.step)
            found[1].append(value)
            found[2].append(row.wall)
        return tuple(
            Column(name, np.array(steps, np.int64), np.array(values), _walls(walls))
            for name, (steps, values, walls) in by_name.items()
        )

    def _place_rows(self) -> None:
        """Give the rows read since the last call their steps."""
        rows, self._rows = self._rows, []
        for kind, group in groupby(rows, key=_kind):
            alike = list(group)
            if kind is None:
                for row in alike:
                    row.step = row.number if self._stepping.last is None else self._stepping.last
                continue
            names, total = kind
            cells = np.array([row.place.cells for row in alike if row.place is not None])
            columns = {name: cells[:, i] for i, name in enumerate(names)}
            steps, _, _ = self._stepping.place(names, columns, len(alike), total)
            for row, step in zip(alike, steps.tolist(), strict=True):
                row.step = step


def _kind(row: _Row) -> tuple[tuple[str, ...], int | None] | None:
    return None if row.place is None else (row.place.names, row.place.total)


def _walls(walls: list[float]) -> np.ndarray | None:
    found = np.array(walls)
    return None if np.isnan(found).all() else found


def _wall_time(text: str) -> float:
    """The time stamp at the head of a line as Unix time, read as local time; NaN where there is none."""
    stamp = STAMP.search(text, 0, STAMP_WITHIN)
    if stamp is None:
        return np.nan
    year, month, day, hour, minute, second = (int(g) for g in stamp.groups()[:6])
    try:
        whole = datetime(year, month, day, hour, minute, second).timestamp()  # noqa: DTZ001 - it is local
    except (ValueError, OverflowError):
        return np.nan
    return whole + float(f"0.{stamp[7] or 0}")
