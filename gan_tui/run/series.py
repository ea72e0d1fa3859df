"""One named curve: growable columns, its restarts, and a min/max pyramid so that no spike is lost."""

from __future__ import annotations

import math
import mmap
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from msgspec import Struct

from gan_tui.logs.points import Column, Floats, Ints, Stored, joined

FAN_OUT = 32
"""Points (or blocks) that one pyramid block summarises; measured best of 8..128 for 10 M points."""
SHORT = 1 << 13
"""A series with fewer points is reduced as it is when a chart asks: of a thousand runs a few are drawn."""


MAPPED_BYTES = 1 << 20
"""Arrays of so many bytes are kept out of the allocator's hands."""
LARGE_BYTES = 4 << 20
"""So many bytes are worth large pages, of 2 MB with Linux."""
_ALIGNED = 64


def _pages(size: int) -> mmap.mmap:
    """So many bytes on pages of their own, on large ones where they are many and the system has them.

    A page costs as much to be had as what is written into it; a large one, that holds 512 of them, ten times
    less than those.
    """
    try:
        pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except OSError as error:
        raise MemoryError(size) from error
    advice = getattr(mmap, "MADV_HUGEPAGE", None)
    if advice is not None and size >= LARGE_BYTES:
        with suppress(OSError):  # a kernel without them
            pages.madvise(advice)
    return pages


class SharedRoom:
    """Room for arrays that are filled side by side and left together, as those of the series of a large log.

    Args:
        size: In bytes.
    """

    def __init__(self, size: int) -> None:
        self._pages = _pages(size)
        self._size = size
        self._taken = 0

    def take(self, count: int, dtype: np.dtype[np.generic]) -> np.ndarray | None:
        """An empty array, shape (count,), or None where there is not so much room left."""
        begin = self._taken
        end = begin + count * dtype.itemsize
        if end > self._size:
            return None
        self._taken = -(-end // _ALIGNED) * _ALIGNED
        return np.frombuffer(self._pages, dtype, count, begin)


def _room(count: int, dtype: np.dtype[np.generic]) -> np.ndarray:
    """An empty array, shape (count,); a large one on pages of its own, which go back to the system with it.

    What the allocator lends out it may keep: it learns from each large array given back to take the next
    one from its heap, where small ones soon lie between, and a run that grew for weeks would hold the room
    of all its earlier arrays.
    """
    size = count * dtype.itemsize
    if size < MAPPED_BYTES:
        return np.empty(count, dtype)
    return np.frombuffer(_pages(size), dtype, count)


class Growable:
    """An append-only array that doubles.

    A view handed out stays valid and unchanged: growing moves to a new buffer, and what lies below
    the length at the time of the view is never written again.
    """

    __slots__ = ("_buffer", "length")

    def __init__(self, dtype: type[np.generic]) -> None:
        self._buffer = np.empty(0, dtype)
        self.length = 0
        """As `len` says; of a watched run it is asked dozens of times a frame."""

    def __len__(self) -> int:
        return self.length

    def extend(self, values: np.ndarray, ahead: int = 0, shared: SharedRoom | None = None) -> None:
        """Append `values`, shape (k,).

        Args:
            values: What to append.
            ahead: So many more are about to come. Room that is not written to costs no memory.
            shared: Room to take if more is needed, as long as there is enough.
        """
        need = self.length + len(values)
        if need > len(self._buffer):
            # The first big piece is taken as the whole log: no slack until something is appended.
            grown = max(need, len(self._buffer) * 3 // 2, 64) if self.length and not ahead else need
            room = grown + ahead
            dtype = self._buffer.dtype
            taken = None if shared is None else shared.take(room, dtype)
            buffer = _room(room, dtype) if taken is None else taken
            buffer[: self.length] = self._buffer[: self.length]
            self._buffer = buffer
        self._buffer[self.length : need] = values
        self.length = need

    def append(self, value: np.generic) -> None:
        """Append one value; makes room for more."""
        if self.length == len(self._buffer):
            self.extend(np.array([value]))
            return
        self._buffer[self.length] = value
        self.length += 1

    def goes_on(self, place: int, value: np.generic) -> bool:
        """Have `value` at a place, where it is not below the one before; says whether it is there now.

        The place is one that is held, or the next one; it is not the first.
        """
        if value < self._buffer[place - 1]:
            return False
        if self.length == place:
            self.append(value)
            return True
        return bool(self._buffer[place] == value)

    @classmethod
    def holding(cls, values: np.ndarray) -> Growable:
        """One that begins with `values`, shape (n,), which nobody else writes to: they are not copied."""
        held = cls(values.dtype.type)
        held._buffer, held.length = values, len(values)
        return held

    def upto(self, count: int) -> Growable:
        """Another one, which begins with a copy of the first `count` values."""
        other = Growable(self._buffer.dtype.type)
        other.extend(self._buffer[: min(count, self.length)])
        return other

    def view(self) -> np.ndarray:
        """What is held so far, read-only, shape (n,)."""
        view = self._buffer[: self.length]
        view.flags.writeable = False
        return view


class Pyramid:
    """Min and max of blocks of 32, 32**2, ... values, non-finite ones left out; none of SHORT series.

    A block without a finite value is NaN in both. Appending a value costs about a microsecond.
    """

    __slots__ = ("_blocks", "_levels", "levels")

    def __init__(self) -> None:
        self._levels: list[tuple[Growable, Growable]] = []
        self.levels: tuple[tuple[Floats, Floats], ...] = ()
        """(mins, maxs) of every level, finest first, read-only."""
        self._blocks = 0

    def extend(self, values: Floats) -> None:
        """Bring the levels up to date with `values`, all values of the series so far, shape (n,)."""
        if len(values) < SHORT or len(values) // FAN_OUT == self._blocks:
            return
        self._blocks = len(values) // FAN_OUT
        lows, highs = values, values
        level = 0
        while len(lows) >= FAN_OUT:
            if level == len(self._levels):
                self._levels.append((Growable(np.float64), Growable(np.float64)))
            low, high = self._levels[level]
            begin, end = len(low) * FAN_OUT, len(lows) // FAN_OUT * FAN_OUT
            if end > begin:
                new_lows, new_highs = lows[begin:end], highs[begin:end]
                if level == 0:
                    finite = np.isfinite(new_lows)
                    if not finite.all():
                        new_lows = new_highs = np.where(finite, new_lows, np.nan)
                low.extend(_of_blocks(np.fmin, new_lows))
                high.extend(_of_blocks(np.fmax, new_highs))
            lows, highs = low.view(), high.view()
            level += 1
        self.levels = tuple((low.view(), high.view()) for low, high in self._levels)


class SeriesView(Struct, frozen=True, eq=False):
    """A series as it stood at one moment: read-only arrays that nothing changes any more.

    Two views are equal only if they are the same one: comparing millions of points is nobody's wish.
    """

    name: str
    steps: Ints
    """Shape (n,); sorted within each segment."""
    values: Floats
    """Shape (n,)."""
    wall_times: Floats | None
    """Seconds since the Unix epoch, shape (n,), or None where the log has no clock."""
    segments: tuple[int, ...]
    """Index at which each segment begins; (0,) without a restart, () without a point."""
    nonfinite: Ints
    """Indices of NaN and infinite values, ascending."""
    levels: tuple[tuple[Floats, Floats], ...]
    """The min/max pyramid, finest level first."""

    def __len__(self) -> int:
        return len(self.values)

    def segment_bounds(self) -> list[tuple[int, int]]:
        """[begin, end) index pairs of the segments."""
        ends = (*self.segments[1:], len(self))
        return list(zip(self.segments, ends, strict=True))

    def envelope(self, edges: Ints) -> tuple[Floats, Floats]:
        """Min and max of the finite values between consecutive indices.

        Every value counts in exactly one column, so no spike is lost. On long series an edge may
        move by one pyramid block, at most a quarter of a column.

        Args:
            edges: Ascending indices into the series, shape (columns + 1,).

        Returns:
            Two arrays of shape (columns,); NaN where a column has no finite value.
        """
        begin, end = int(edges[0]), int(edges[-1])
        columns = len(edges) - 1
        level, size = -1, 1
        while level + 1 < len(self.levels) and (end - begin) >= size * FAN_OUT * 4 * columns:
            level, size = level + 1, size * FAN_OUT
        if level < 0:
            part = self.values[begin:end]
            if len(self.nonfinite) and not np.isfinite(part).all():
                part = np.where(np.isfinite(part), part, np.nan)
            return _reduce(part, part, edges - begin)
        lows, highs = self.levels[level]
        # What lies beyond the last whole block, and before the first, is reduced from the points.
        first, last = -(-begin // size), min(end // size, len(lows))
        inner = np.clip(edges // size, first, last)
        low, high = _reduce(lows[first:last], highs[first:last], inner - first)
        _widen(low, high, 0, self.values[begin : first * size])
        _widen(low, high, columns - 1, self.values[last * size : end])
        return low, high


def _of_blocks(least: np.ufunc, values: Floats) -> Floats:
    """`least` of each block of `FAN_OUT` values."""
    # By halves: numpy reduces short rows at a third of this speed.
    size = FAN_OUT
    while size > 1:
        values = least(values[0::2], values[1::2])
        size //= 2
    return values


def _reduce(lows: Floats, highs: Floats, edges: Ints) -> tuple[Floats, Floats]:
    """fmin/fmax of lows/highs between consecutive edges; NaN for an empty column."""
    low = np.full(len(edges) - 1, np.nan)
    high = low.copy()
    filled = edges[1:] > edges[:-1]
    if filled.any():
        starts = edges[:-1][filled]
        stop = int(edges[-1])
        low[filled] = np.fmin.reduceat(lows[:stop], starts)
        high[filled] = np.fmax.reduceat(highs[:stop], starts)
    return low, high


def _widen(low: Floats, high: Floats, column: int, values: Floats) -> None:
    finite = values[np.isfinite(values)]
    if len(finite):
        low[column] = np.fmin(low[column], finite.min())
        high[column] = np.fmax(high[column], finite.max())


_MOST_BEHIND = 64
"""So many columns are kept singly behind points that are still to be read."""


class Series:
    """Everything known of one named curve. Append-only; `view` freezes it.

    Args:
        name: The series' name as the log writes it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.waiting: list[Stored] = []
        """Pieces of the log whose points are still to be read, in its order."""
        self._behind: list[Column] = []
        self._unread = 0
        self.held_steps = Growable(np.int64)
        """The steps, and maybe more: series that go together hold the same ones."""
        self._values = Growable(np.float64)
        self._wall_times: Growable | None = None
        self._nonfinite = Growable(np.int64)
        self.segments: list[int] = []
        """Index at which each segment begins."""
        self._pyramid = Pyramid()
        self._view: SeriesView | None = None

    def __len__(self) -> int:
        return self._values.length + self._unread

    def defer(self, piece: Stored) -> None:
        """Take note of points that follow and that are read from their log when they are asked for."""
        if self._behind:
            self.settle()
        self.waiting.append(piece)
        self._unread += piece.series[self.name].points
        self._view = None

    def settle(self, read: Column | None = None) -> None:
        """Read what is still to be read.

        Args:
            read: The points that are `waiting`, where they were read together with others'.

        Raises:
            LogUnreadableError: The log is no longer there, or no longer what it was.
        """
        if not self.waiting:
            return
        columns = self.waiting[0].load(self.waiting[1:], [self.name]).columns if read is None else (read,)
        behind = self._behind
        self.waiting, self._behind, self._unread = [], [], 0
        for column in (*columns, *behind):
            if self._values.length or not len(column):
                self.extend(column)
            else:
                self._adopt(column)

    def _adopt(self, column: Column) -> None:
        """Take the first points without a copy, from a column made for this series."""
        self._note_values(column.values, 0)
        self._note_segments(column.steps, 0)
        self.held_steps, self._values = Growable.holding(column.steps), Growable.holding(column.values)
        self._wall_times = None if column.wall_times is None else Growable.holding(column.wall_times)
        self._view = None

    def extend(
        self,
        column: Column,
        ahead: float = 0.0,
        partners: Sequence[Series] = (),
        fellow: Series | None = None,
        shared: SharedRoom | None = None,
    ) -> None:
        """Append the points of `column`. A step that goes back begins a new segment.

        Args:
            column: The new points.
            ahead: About so many times as many more are still to come, where that can be told.
            partners: Series that may have the same steps: as long as they go together, they are held once.
            fellow: One that has just taken the same array of steps. If it had the same ones before, nothing
                of them has to be looked at.
            shared: Room for the first points.
        """
        if self.waiting:
            self._wait_behind(column)
            return
        count = len(column.steps)
        if count == 1 and self._follow(column):
            return
        more = int(count * ahead)
        if not count:
            return
        begin = self._values.length
        if fellow is not None and not self._goes_with(fellow, count):
            fellow = None
        self._note_values(column.values, begin)
        if fellow is None:
            self._note_segments(column.steps, begin)
            self._extend_steps(column.steps, more, partners, shared)
        else:
            self.held_steps = fellow.held_steps
            self.segments.extend(fellow.segments[len(self.segments) :])
        if column.wall_times is not None and self._wall_times is None:
            self._wall_times = Growable(np.float64)
            self._wall_times.extend(np.full(begin, np.nan))
        if self._wall_times is not None:
            walls = column.wall_times
            self._wall_times.extend(np.full(count, np.nan) if walls is None else walls, more, shared)
        self._values.extend(column.values, more, shared)
        self._view = None

    def _goes_with(self, fellow: Series, count: int) -> bool:
        """Whether `fellow`, with `count` points more, had the same steps before them."""
        if fellow.waiting or len(fellow) != len(self) + count:
            return False
        return not len(self) or fellow.held_steps is self.held_steps

    def _follow(self, column: Column) -> bool:
        """Append a single point as a run that is watched gives them; False where there is more to it."""
        held, value, walls = self._values.length, column.values[0], column.wall_times
        own = self._wall_times
        if not held or not math.isfinite(value) or (walls is None) != (own is None):
            return False
        if not self.held_steps.goes_on(held, column.steps[0]):
            return False
        if walls is not None and own is not None:
            own.append(walls[0])
        self._values.append(value)
        self._view = None
        return True

    def _wait_behind(self, column: Column) -> None:
        if len(column):
            self._behind.append(column)
            self._unread += len(column)
            self._view = None
        if len(self._behind) > _MOST_BEHIND:
            self._behind = [joined(self._behind)]

    def _extend_steps(
        self, steps: Ints, more: int, partners: Sequence[Series], shared: SharedRoom | None
    ) -> None:
        """Append to the steps; series that go together hold the same ones, and the first one appends."""
        held = self._values.length
        holders = (self.held_steps,) if held else tuple(other.held_steps for other in partners)
        for holder in holders:
            known = holder.view()[held : held + len(steps)]
            if (len(known) or held) and np.array_equal(known, steps[: len(known)]):
                holder.extend(steps[len(known) :], more, shared)
                self.held_steps = holder
                return
        alone = Growable(np.int64)
        if held:
            alone.extend(self.held_steps.view()[:held], len(steps) + more)
        alone.extend(steps, more, shared)
        self.held_steps = alone

    def _note_values(self, values: Floats, begin: int) -> None:
        """Note which of new values are not finite."""
        with np.errstate(over="ignore", invalid="ignore"):
            total = np.add.reduce(values)
        if not np.isfinite(total):  # a sum takes a fourth of the time, and is finite only if they are
            bad = np.flatnonzero(~np.isfinite(values))
            if len(bad):
                self._nonfinite.extend(bad + begin)

    def _note_segments(self, steps: Ints, begin: int) -> None:
        if not begin or steps[0] < self.held_steps.view()[begin - 1]:
            self.segments.append(begin)
        back = np.flatnonzero(steps[1:] < steps[:-1])
        self.segments.extend((back + (begin + 1)).tolist())

    def view(self) -> SeriesView:
        """The series as it stands now, frozen; costs microseconds, unless points are still to be read.

        Raises:
            LogUnreadableError: There are such points, and their log is gone or no longer what it was.
        """
        if self.waiting:
            self.settle()
        if self._view is None:
            values = self._values.view()
            self._pyramid.extend(values)
            self._view = SeriesView(
                self.name,
                self.held_steps.view()[: len(values)],
                values,
                None if self._wall_times is None else self._wall_times.view(),
                tuple(self.segments),
                self._nonfinite.view(),
                self._pyramid.levels,
            )
        return self._view
