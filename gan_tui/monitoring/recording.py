"""A recording: what a `RunReader` read of one run, with the time at which each point was logged."""

from __future__ import annotations

import math
import os
from collections.abc import Container, Iterator
from itertools import pairwise

import numpy as np
from msgspec import Struct

from gan_tui.logs.discovery.sources import RunSource
from gan_tui.logs.formats.registry import Format
from gan_tui.logs.model import Batch, Column, Fault, Floats, Ints, join_columns
from gan_tui.monitoring.run_reader import BatchListener, RunReader
from gan_tui.monitoring.run_tracker import SAMPLES_NOTE
from gan_tui.samples.decoding import PillowMissingError
from gan_tui.samples.measuring import SampleMeasurer

READS = 64
"""About how many times a log is read from: the order within a batch is known less exactly."""
MIN_READ_BYTES, MAX_READ_BYTES = 4 << 10, 4 << 20
SAMPLES_SECONDS = 5.0
"""The longest time that measuring sample images may delay a replay."""
STEPS_PER_SECOND = 10.0
"""The pace assumed for a log without a clock."""
MAX_MOMENTS = 2_000
"""Moments of a recording that can be stepped through: more than a chart has columns."""


class Track(Struct):
    """One series of a recording: the points of a column, each with its time."""

    log: str
    name: str
    columns: list[Column]
    times: list[Floats]
    """Seconds since the beginning of the recording, ascending, one array for each column."""

    def between(self, begin: float, end: float) -> Column | None:
        """Return the points after `begin` and up to `end`, None if there are none.

        A series that has no points at all is returned from the beginning, since the log names it.
        """
        [column], [times] = self.columns, self.times
        first, last = np.searchsorted(times, [begin, end], side="right")
        if first == last and (len(column) or begin > -math.inf):
            return None
        walls = None if column.wall_times is None else column.wall_times[first:last]
        return Column(column.name, column.steps[first:last], column.values[first:last], walls)

    def join(self) -> None:
        """Make one column of all."""
        self.columns, self.times = [join_columns(self.columns)], [np.concatenate(self.times)]


class Recording(BatchListener):
    """Everything that was logged of one run, in order of its time.

    Times follow the log's own clock. A log without one is assumed to have been written at
    `STEPS_PER_SECOND`.

    Args:
        source: The run as it was found.
        format: Format of every log; detected from the content if None.
        shared_folders: Folders that contain logs of several runs.
    """

    def __init__(
        self,
        source: RunSource,
        *,
        format: Format | None = None,  # noqa: A002 - the option's name
        shared_folders: Container[str] = (),
    ) -> None:
        self.source = source
        self.axes: dict[str, str] = {}
        """What a step counts, by log."""
        self._tracks: dict[str, Track] = {}
        self._clocks: dict[str, _Clock] = {}
        self._faults: list[tuple[float, str, Fault]] = []
        self._files = self._file_stamps()
        reader = RunReader(source, self, format=format)
        reader.follow(source.logs)
        size = sum(stamp[0] for stamp in self._files if stamp is not None)
        budget = min(max(size // READS, MIN_READ_BYTES), MAX_READ_BYTES)
        while reader.more:
            reader.read(budget)
        reader.finish()
        for track in self._tracks.values():
            track.join()
        self.times, self.steps = self._newest_steps()
        """Every time at which something was logged, and the newest step at that time."""
        self.end = float(max([*self.times[-1:], *(at for at, _, _ in self._faults)], default=0.0))
        self.images = reader.sample_images(shared_folders)
        self.samples_note = ""
        self._sample_columns: tuple[Column, ...] = ()
        self.sample_faults: tuple[Fault, ...] = ()
        self._measure_samples()

    # -- recording ---------------------------------------------------------------------------------

    def on_batch(self, log: str, batch: Batch, axis: str, growth: float = 0.0) -> None:  # noqa: ARG002
        """Record new points and faults of a log."""
        if axis:
            self.axes[log] = axis
        clock = self._clocks.setdefault(log, _Clock())
        for column, times in zip(batch.columns, clock.times_of(batch.columns), strict=True):
            track = self._tracks.setdefault(column.name, Track(log, column.name, [], []))
            # As in a run, a series that two logs contain is taken from the first.
            if track.log == log:
                track.columns.append(column)
                track.times.append(times)
        self._faults += [(clock.now, log, fault) for fault in batch.faults]

    def on_rewritten(self, log: str) -> None:
        """Forget everything that was read of a log, and every fault."""
        self._tracks = {name: track for name, track in self._tracks.items() if track.log != log}
        self._clocks.pop(log, None)
        self.axes.pop(log, None)
        self._faults.clear()

    def _newest_steps(self) -> tuple[Floats, Ints]:
        clocks = [clock for clock in self._clocks.values() if clock.times]
        if not clocks:
            return np.empty(0), np.empty(0, dtype=np.int64)
        times = np.concatenate([part for clock in clocks for part in clock.times])
        steps = np.concatenate([part for clock in clocks for part in clock.steps])
        order = np.argsort(times, kind="stable")
        times, steps = times[order], steps[order]
        last = np.append(np.diff(times) > 0, True)
        return times[last], steps[last]

    def _measure_samples(self) -> None:
        if not self.images:
            return
        measurer = SampleMeasurer()
        measurer.add(self.images)
        try:
            measurer.measure_pending(SAMPLES_SECONDS)
        except PillowMissingError:
            self.samples_note = SAMPLES_NOTE.format(len(self.images))
        else:
            self._sample_columns, self.sample_faults = measurer.columns(), tuple(measurer.faults)

    def _file_stamps(self) -> list[tuple[int, int] | None]:
        stamps: list[tuple[int, int] | None] = []
        for log in self.source.logs:
            try:
                facts = os.stat(log.path)  # noqa: PTH116 - as logs are read
            except OSError:
                stamps.append(None)
            else:
                stamps.append((facts.st_size, facts.st_mtime_ns))
        return stamps

    # -- playing -----------------------------------------------------------------------------------

    @property
    def has_points(self) -> bool:
        """Whether there is anything to play."""
        return len(self.times) > 0

    @property
    def up_to_date(self) -> bool:
        """Whether the logs are as they were when they were read."""
        return self._files == self._file_stamps()

    def batches(self, begin: float, end: float) -> Iterator[tuple[str, Batch]]:
        """Yield what each log gave after `begin` and up to `end`, in the order in which logs are read."""
        for log in self._clocks:
            parts = [track.between(begin, end) for track in self._tracks.values() if track.log == log]
            columns = tuple(column for column in parts if column is not None)
            faults = tuple(f for at, source, f in self._faults if source == log and begin < at <= end)
            if columns or faults:
                yield log, Batch(columns, faults)

    def step_at(self, at: float) -> int:
        """Return the newest step at a time; the first step before anything was logged."""
        return int(self.steps[max(0, int(np.searchsorted(self.times, at, side="right")) - 1)])

    def time_of_step(self, step: int) -> float:
        """Return when a step was first reached; the end if it never was."""
        reached = self.steps >= step
        return float(self.times[np.argmax(reached)]) if reached.any() else self.end

    def moment_after(self, at: float, count: int) -> float:
        """Return the time that is `count` moments after `at`, or before it if negative.

        In a long recording a moment is more than one row, so that there are about `MAX_MOMENTS`.
        """
        stride = -(-len(self.times) // MAX_MOMENTS)
        index = int(np.searchsorted(self.times, at, side="right")) - 1 + count * stride
        return float(self.times[min(max(index, 0), len(self.times) - 1)])

    def sample_columns(self, at: float) -> tuple[Column, ...]:
        """Return the measures of the sample images that had been logged at a time."""
        if at >= self.end:
            return self._sample_columns
        step = self.step_at(at)
        ends = [int(np.searchsorted(column.steps, step, side="right")) for column in self._sample_columns]
        return tuple(
            Column(column.name, column.steps[:end], column.values[:end])
            for column, end in zip(self._sample_columns, ends, strict=True)
            if end
        )


class _Clock:
    """Gives the points of one log their times."""

    def __init__(self) -> None:
        self.now = 0.0
        """Time of the newest point."""
        self.times: list[Floats] = []
        self.steps: list[Ints] = []
        """Steps of the longest series of each batch, with their times."""
        self._start: float | None = None
        """The log's own clock at its first point, seconds since the Unix epoch."""
        self._step: int | None = None
        self._gap = 1
        """Steps between the last two rows."""

    def times_of(self, columns: tuple[Column, ...]) -> list[Floats]:
        """Return the times of the next points, one ascending array for each column."""
        lead = max(columns, key=len, default=None)
        if lead is None or not len(lead):
            return [np.empty(0) for _ in columns]
        now = self.now
        lead_times = self._times(lead)
        times = [
            lead_times
            if column is lead or np.array_equal(column.steps, lead.steps)
            else np.maximum.accumulate(np.maximum(now, self._times_along(column, lead, lead_times)))
            for column in columns
        ]
        self.times.append(lead_times)
        self.steps.append(lead.steps)
        self.now = float(max(part[-1] for part in times if len(part)))
        return times

    def _times(self, column: Column) -> Floats:
        """Return times by the log's own clock, or by the steps if it has none."""
        by_clock = self._by_clock(column)
        if by_clock is not None:
            times = np.maximum.accumulate(np.maximum(self.now, by_clock))
        else:
            steps = column.steps
            gaps = np.diff(steps, prepend=steps[0] if self._step is None else self._step)
            # A restart takes as long as the row before it did.
            rows = np.maximum.accumulate(np.where(gaps >= 0, np.arange(len(gaps)), -1))
            gaps = np.where(rows >= 0, gaps[rows], self._gap)
            self._gap = int(gaps[-1])
            times = self.now + np.cumsum(gaps) / STEPS_PER_SECOND
        self._step = int(column.steps[-1])
        return times

    def _by_clock(self, column: Column) -> Floats | None:
        """Return seconds since the first point, -inf where the clock is missing; None without a clock."""
        if column.wall_times is None:
            return None
        is_known = np.isfinite(column.wall_times)
        if not is_known.any():
            return None
        if self._start is None:
            self._start = float(column.wall_times[np.argmax(is_known)])
        return np.where(is_known, column.wall_times - self._start, -math.inf)

    def _times_along(self, column: Column, lead: Column, lead_times: Floats) -> Floats:
        """Return the times of a column whose rows are not those of the longest column.

        Without a clock a point has the time of the first row that reached its step, after as many restarts.
        """
        by_clock = self._by_clock(column)
        if by_clock is not None or not len(column):
            return np.empty(0) if by_clock is None else by_clock
        times = np.empty(len(column))
        # A repeated step is a restart, unless the rows repeat steps as well.
        repeats = bool((np.diff(lead.steps) == 0).any())
        lead_bounds, bounds = _segments(lead.steps), _segments(column.steps, repeats=repeats)
        for number, (begin, end) in enumerate(bounds):
            first, last = lead_bounds[min(number, len(lead_bounds) - 1)]
            rows = first + np.searchsorted(lead.steps[first:last], column.steps[begin:end])
            times[begin:end] = lead_times[np.minimum(rows, last - 1)]
        return times


def _segments(steps: Ints, *, repeats: bool = True) -> list[tuple[int, int]]:
    """Return begin and end of the stretches in which steps increase, or repeat if they may."""
    gaps = np.diff(steps)
    cuts = [0, *(np.flatnonzero((gaps < 0) if repeats else (gaps <= 0)) + 1).tolist(), len(steps)]
    return list(pairwise(cuts))
