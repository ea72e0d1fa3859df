"""Where the points of an event file stand: told in one pass, and read later, series by series.

For large logs, of which only a few curves are looked at: ten million scalars of a run that repeats
itself leave an index of some kilobytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gan_tui.errors import LogUnreadableError
from gan_tui.logs.model import Batch, Buffer, Fault, Ints, Span
from gan_tui.logs.tensorboard.columns import ColumnBuilder, Placed, placed
from gan_tui.logs.tensorboard.fast.cycle_reader import CycleReader, Workspace
from gan_tui.logs.tensorboard.fast.record_templates import Template
from gan_tui.logs.tensorboard.sink import Runs

Read: TypeAlias = Callable[[int, int], Buffer]
"""Gives bytes of the log: offset and count to that many bytes, good until the next call."""

_PIECE = 4 << 20


class StaleIndexError(LogUnreadableError):
    """The log is no longer the one that the index tells of."""

    def __init__(self) -> None:
        super().__init__("the log has changed since it was opened", "Open it anew")


class EventIndex:
    """Which points a piece of an event file holds, and where.

    Args:
        series: What is known of each series.
        faults: What could not be read, in the order of the log.
        chunks: Where the points stand.
    """

    def __init__(
        self, series: Mapping[str, Span], faults: tuple[Fault, ...], chunks: tuple[_Chunk, ...]
    ) -> None:
        self.series = series
        self.faults = faults
        self.chunks = chunks

    @property
    def points(self) -> int:
        """How many points there are, all series together."""
        return sum(span.points for span in self.series.values())

    def load(
        self, read: Read, names: Iterable[str] | None = None, further: Iterable[EventIndex] = ()
    ) -> Batch:
        """Read the points of this index and of `further` ones; see `load`."""
        return load([self, *further], read, names)


def load(indexes: Iterable[EventIndex], read: Read, names: Iterable[str] | None = None) -> Batch:
    """Read the points that indexes tell of.

    Args:
        indexes: Of one log, in its order.
        read: Gives the log's bytes.
        names: The series wanted; None reads all.

    Returns:
        The points, the same that `EventParser` gives. No faults: the indexes have them.

    Raises:
        StaleIndexError: The bytes are not those that were indexed.
    """
    indexes = list(indexes)
    wanted = None if names is None else frozenset(names)
    totals: dict[str, int] = {}
    for index in indexes:
        for name, span in index.series.items():
            totals[name] = totals.get(name, 0) + span.points
    loader = _Loader(read, wanted, ColumnBuilder(totals))
    with np.errstate(invalid="ignore"):  # a signalling NaN is no reason for a warning
        for index in indexes:
            for chunk in index.chunks:
                chunk.load(loader)
    return loader.gather.batch()


def noted(scan: Callable[[Notes], None]) -> EventIndex:
    """The index of what `scan` finds."""
    notes = Notes()
    scan(notes)
    return notes.index()


class _Loader:
    """Reads what chunks ask for."""

    def __init__(self, read: Read, names: AbstractSet[str] | None, gather: ColumnBuilder) -> None:
        self._read = read
        self._names = names
        self._periods: dict[tuple[Template, ...], CycleReader] = {}
        self._workspace = Workspace()
        self.gather = gather

    def wants(self, name: str) -> bool:
        """Whether the series `name` is to be read."""
        return self._names is None or name in self._names

    def period(self, templates: tuple[Template, ...]) -> CycleReader:
        """The period of `templates` that reads only what is wanted."""
        period = self._periods.get(templates)
        if period is None:
            period = self._periods[templates] = CycleReader(templates, self._workspace, self._names)
        return period

    def bytes(self, offset: int, count: int) -> memoryview:
        """Bytes of the log."""
        data = memoryview(self._read(offset, count)).cast("B")
        if len(data) < count:
            raise StaleIndexError
        return data

    def check(self, period: CycleReader, data: memoryview, rows: int) -> None:
        """Raise `StaleIndexError` unless `rows` periods stand in `data`."""
        for begin in range(0, rows, period.block_rows):
            some = min(period.block_rows, rows - begin)
            if period.matches(data, begin * period.size, some) < some:
                raise StaleIndexError


class _Stretch(NamedTuple):
    """Periods that stand side by side, in one or more places."""

    templates: tuple[Template, ...]
    runs: Runs

    def load(self, loader: _Loader) -> None:
        period = loader.period(self.templates)
        if not period.slots:
            return
        most = max(1, _PIECE // period.size)
        for offset, count in self.runs:
            for begin in range(0, count, most):
                rows = min(most, count - begin)
                data = loader.bytes(offset + begin * period.size, rows * period.size)
                loader.check(period, data, rows)
                for first in range(0, rows, period.block_rows):
                    some = min(period.block_rows, rows - first)
                    loader.gather.stretch(period, data, first * period.size, [(0, some)], some)


class _Points(NamedTuple):
    """Points that were read singly; there are few of them."""

    batch: Batch

    def load(self, loader: _Loader) -> None:
        for column in self.batch.columns:
            if loader.wants(column.name):
                loader.gather.take(column)


class _Region(NamedTuple):
    """Records that come in no order."""

    begin: int
    kinds: list[tuple[Template, NDArray[np.uint32]]]
    """The records of each kind: their offsets behind `begin`."""
    singles: dict[str, Placed]
    """Points that were read singly."""

    def load(self, loader: _Loader) -> None:
        ordered = loader.gather.scatter()
        kinds = [(loader.period((template,)), places) for template, places in self.kinds]
        wanted = [(period, places.astype(np.int64)) for period, places in kinds if period.slots]
        if wanted:
            end = max(int(places[-1]) + period.size for period, places in wanted)
            data = loader.bytes(self.begin, end)
        for period, places in wanted:
            every = np.ndarray((len(data) - period.size + 1,), f"V{period.size}", data, 0, (1,))
            dense = every[places].view(np.uint8).data
            loader.check(period, dense, len(places))
            ordered.rows(period, dense, 0, places + self.begin)
        for name, points in self.singles.items():
            if loader.wants(name):
                ordered.take(name, points)
        ordered.close(0.0)


_Chunk: TypeAlias = _Stretch | _Points | _Region


class Notes:
    """Notes where points stand; a `Sink`."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.spans: dict[str, Span] = {}
        self.chunks: list[_Chunk] = []
        self._singles = ColumnBuilder()
        self._has_singles = False

    def settle(self) -> None:
        """Put the single points before what is noted next."""
        if self._has_singles:
            self.chunks.append(_Points(self._singles.batch()))
            self._singles, self._has_singles = ColumnBuilder(), False

    def index(self) -> EventIndex:
        """What was noted."""
        self.settle()
        self.faults.sort(key=lambda fault: fault.offset)
        return EventIndex(self.spans, tuple(self.faults), tuple(self.chunks))

    def count(self, name: str, span: Span) -> None:
        """Take account of further points of a series."""
        before = self.spans.get(name)
        self.spans[name] = span if before is None else before.then(span)

    def add(self, name: str, step: int, value: float, wall_time: float) -> None:
        """Take one point; see `Sink`."""
        self._singles.add(name, step, value, wall_time)
        self._has_singles = True
        self.count(name, Span(1, step, step))

    def stretch(self, period: CycleReader, data: memoryview, at: int, runs: Runs, _ahead: int) -> None:
        """Note where periods stand; see `Sink`."""
        self.settle()
        last = self.chunks[-1] if self.chunks else None
        if not (isinstance(last, _Stretch) and last.templates is period.templates):
            last = _Stretch(period.templates, [])
            self.chunks.append(last)
        for offset, count in runs:
            if last.runs and last.runs[-1][0] + last.runs[-1][1] * period.size == offset:
                last.runs[-1] = (last.runs[-1][0], last.runs[-1][1] + count)
            else:
                last.runs.append((offset, count))
        rows = sum(count for _, count in runs)
        for name, span in _spans(period, data, at, rows).items():
            self.count(name, span)

    def scatter(self) -> _RegionNotes:
        """What notes the records of a region; see `Sink`."""
        return _RegionNotes(self)


class _RegionNotes:
    """Notes where the records of a region stand, kind by kind; a `Scatter`."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._kinds: list[tuple[Template, Ints]] = []
        self._singles: dict[str, list[tuple[int, int, float, float]]] = {}
        self._spans: dict[str, list[tuple[int, int, Span]]] = {}

    def add(self, offset: int, name: str, step: int, value: float, wall_time: float) -> None:
        """Take one point; see `Scatter`."""
        self._singles.setdefault(name, []).append((offset, step, value, wall_time))
        self._spans.setdefault(name, []).append((offset, offset, Span(1, step, step)))

    def rows(self, period: CycleReader, dense: memoryview, begin: int, offsets: Ints) -> None:
        """Note records of one kind; see `Scatter`."""
        self._kinds.append((period.templates[0], offsets))
        for name, span in _spans(period, dense, begin * period.size, len(offsets)).items():
            self._spans.setdefault(name, []).append((int(offsets[0]), int(offsets[-1]), span))

    def close(self, _ahead: float) -> None:
        """Note the region; see `Scatter`."""
        if not self._spans:
            return
        self._notes.settle()
        begin = min(first for parts in self._spans.values() for first, _, _ in parts)
        kinds = [(template, (offsets - begin).astype(np.uint32)) for template, offsets in self._kinds]
        singles = {name: placed(points) for name, points in self._singles.items()}
        self._notes.chunks.append(_Region(begin, kinds, singles))
        for name, parts in self._spans.items():
            points = sum(span.points for _, _, span in parts)
            first = min(parts, key=lambda part: part[0])[2].first_step
            last = max(parts, key=lambda part: part[1])[2].last_step
            self._notes.count(name, Span(points, first, last))


def _spans(period: CycleReader, data: memoryview, at: int, rows: int) -> dict[str, Span]:
    """What `rows` periods at `at` say of each series."""
    out = {}
    end = at + (rows - 1) * period.size
    for name, slots in period.slots.items():
        first, last = slots[0][0], slots[-1][0]
        first_step = period.templates[first].step_in(data, at + period.offsets[first])
        last_step = period.templates[last].step_in(data, end + period.offsets[last])
        out[name] = Span(rows * len(slots), first_step, last_step)
    return out
