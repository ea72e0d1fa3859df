"""Replay: old logs over the same path as live ones, handed out as a clock says."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import assert_never

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from gan_tui.config.settings import Settings, settings_of_run
from gan_tui.config.state import save_role_of_run
from gan_tui.diagnosis.result import Moment
from gan_tui.errors import LogNotFoundError
from gan_tui.logs.discovery.finder import find_runs
from gan_tui.logs.discovery.sources import RunSource
from gan_tui.logs.files.opening import open_file
from gan_tui.logs.files.tail import with_path
from gan_tui.logs.formats.registry import HEAD_BYTES, Format, by_name, detect
from gan_tui.logs.model import Batch, CarriesImages, Column, LoggedImage, Parser, join
from gan_tui.monitoring.run_reader import adapt
from gan_tui.monitoring.run_tracker import RunTracker
from gan_tui.monitoring.snapshot import ReplayState, Snapshot, Status
from gan_tui.monitoring.source import (
    Faster,
    GoLive,
    Pause,
    ReplayControl,
    SeekStep,
    Slower,
    Source,
    Step,
)
from gan_tui.run.run import Run
from gan_tui.samples.decoding import PillowMissingError
from gan_tui.samples.files import SampleImage, choose_sample_group, find_sample_images
from gan_tui.samples.measuring import SampleMeasurer
from gan_tui.samples.store import SampleStore

PIECES = 2_000
"""A log is handed out in about so many pieces: more than a chart has columns."""
SAMPLES_SECONDS = 5.0
"""Sample grids are measured before a replay begins, newest first, for so long at most."""
BLOCK_BYTES = 8 << 20
PIECE_BYTES = 8
"""A short log is handed out row by row: no row is shorter than about this."""
WHOLE_SECONDS = 30.0
"""Without --speed a log is replayed in so many seconds, however long it took."""
STEPS_PER_SECOND = 10.0
"""The pace at which a log without a clock is taken to have been written."""
FASTEST, SLOWEST = 1e7, 0.01


class _Piece(Struct, frozen=True):
    """One stretch of a log with the moment at which it was written."""

    at: float
    """Seconds since the first point, by the log's clock or by its steps."""
    step: int
    log: str
    axis: str
    batch: Batch


class _Recording:
    """The recorded pieces of one run, in the order in which they were written."""

    def __init__(self, source: RunSource, format: Format | None) -> None:  # noqa: A002
        self.source = source
        self.pieces: list[_Piece] = []
        self._images: dict[str, list[SampleImage]] = {}
        self.pictures: list[SampleImage] = []
        recorded = [self._record(source, i, format) for i in range(len(source.logs))]
        self.pieces = sorted((p for pieces in recorded for p in pieces), key=lambda p: p.at)
        self.moments = [p.at for p in self.pieces]
        self.measured = self._measure()

    def _take_image(self, image: LoggedImage) -> None:
        self._images.setdefault(image.tag, []).append(SampleImage(image.tag, image.step, data=image.encoded))

    def _measure(self) -> tuple[Column, ...]:
        """What the run's sample grids show, all of them; nothing without the extra `samples`."""
        folders = {str(Path(log.path).parent) for log in self.source.logs}
        beside = [p for folder in sorted(folders) for p in find_sample_images(folder)]
        measurer = SampleMeasurer()
        self.pictures = choose_sample_group(self._images) or beside
        measurer.add(self.pictures)
        self._images.clear()
        try:
            measurer.measure_pending(SAMPLES_SECONDS)
        except PillowMissingError:
            return ()
        return measurer.columns()

    def measured_until(self, step: int) -> list[Column]:
        """What had been seen of the samples when `step` was the newest."""
        cut = []
        for column in self.measured:
            end = int(np.searchsorted(column.steps, step, side="right"))
            if end:
                cut.append(Column(column.name, column.steps[:end], column.values[:end]))
        return cut

    def _record(self, source: RunSource, index: int, format: Format | None) -> list[_Piece]:  # noqa: A002
        log = source.logs[index]
        format = format or _format_of(log.path)  # noqa: A001
        if format is None:
            return []
        parser = format.make_parser(log.path)
        if isinstance(parser, CarriesImages):
            parser.show_images(self._take_image)
        pieces: list[_Piece] = []
        at, step, gap, start = 0.0, 0, 1, None
        for given in _fed(parser, Path(log.path)):
            batch = adapt(with_path(given, log.path), log)
            if batch.columns:
                lead = max(batch.columns, key=len)
                newest = int(lead.steps[-1])
                clock = None if lead.wall_times is None else float(lead.wall_times[-1])
                if clock is not None and np.isfinite(clock):
                    start = clock if start is None else start
                    at = max(at, clock - start)
                else:
                    # A restart takes as long as the row before it did.
                    gap = newest - step if newest >= step else gap
                    at += gap / STEPS_PER_SECOND
                step = newest
            pieces.append(_Piece(at, step, log.owner or log.path, parser.axis, batch))
        return pieces


def _fed(parser: Parser, path: Path) -> Iterator[Batch]:
    """What the parser makes of the file, cut into about PIECES pieces."""
    size = max(PIECE_BYTES, path.stat().st_size // PIECES)
    with open_file(path) as file:
        while block := memoryview(file.read(max(size, BLOCK_BYTES)) or b""):
            for begin in range(0, len(block), size):
                if batch := parser.feed(block[begin : begin + size]):
                    yield batch
    if batch := parser.finish():
        yield batch


def _format_of(path: str) -> Format | None:
    with open_file(path) as file:
        return detect(file.read(HEAD_BYTES) or b"", path)


class _Player:
    """Plays one tape into a run of its own."""

    def __init__(self, tape: _Recording, settings: Settings) -> None:
        self.tape = tape
        self._settings = settings
        self._begin()

    def _begin(self) -> None:
        source = self.tape.source
        held = settings_of_run(self._settings, source.path, [log.path for log in source.logs])
        self.observer = RunTracker(Run(source.name, source.path, held.roles), held)
        self.played = 0

    def correct(self, name: str, role: str) -> None:
        """Take a person's word for the role of a series, "" for what its name tells."""
        self.observer.correct(name, role)

    def play(self, until: float) -> bool:
        """Hand out everything up to the moment `until`; says whether anything changed."""
        target = bisect_right(self.tape.moments, until)
        if target == self.played:
            return False
        if target < self.played:
            self._begin()
        self._add(self.tape.pieces[self.played : target])
        self.played = target
        if target:
            self.observer.run.measure(self.tape.measured_until(self.tape.pieces[target - 1].step))
        done = target == len(self.tape.pieces)
        self.observer.status = Status.ENDED if done else Status.LIVE
        return True

    def timeline(self) -> tuple[Moment, ...]:
        """Every change of badge from the first point to the last, however far has been played."""
        whole = _Player(self.tape, self._settings)
        whole.play(self.tape.moments[-1])
        return whole.observer.state().diagnosis.timeline

    def _add(self, pieces: Sequence[_Piece]) -> None:
        run = self.observer.run
        for log in dict.fromkeys(p.log for p in pieces):
            run.add(join([p.batch for p in pieces if p.log == log]), log)
        for piece in pieces:
            run.counted_by(piece.log, piece.axis)


class Replay(Source):
    """A source of snapshots that plays logs again.

    `turn`, `wait` and `close` belong to one thread; the controls may be called from another.

    Args:
        paths: As for the monitor.
        speed: Multiple of the pace at which the run was logged (its wall times, else 10 steps a
            second); None plays the whole in `whole_seconds`.
        start_step: Where to begin.
        whole_seconds: How long a replay takes without a speed.
        settings: As for the monitor.
        now: The clock, seconds; monotonic.

    Raises:
        LogNotFoundError: Nothing under `paths` can be replayed.
    """

    def __init__(
        self,
        paths: Sequence[str | Path],
        *,
        speed: float | None = None,
        start_step: int | None = None,
        whole_seconds: float = WHOLE_SECONDS,
        settings: Settings | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._paths = [str(p) for p in paths]
        chosen = settings or Settings()
        format = by_name(chosen.format) if chosen.format else None  # noqa: A001
        discovery = find_runs(self._paths, format=format)
        tapes = [_Recording(source, format) for source in discovery.runs]
        tapes = [t for t in tapes if any(p.batch.columns for p in t.pieces)]
        if not tapes:
            raise LogNotFoundError(
                f"nothing to replay in {', '.join(self._paths)}",
                "Name a log with points in it, or a folder that holds one",
            )
        self._samples = SampleStore()
        for tape in tapes:
            self._samples.add(tape.source.path, tape.pictures)
            tape.pictures = []
        self._players = [_Player(t, chosen) for t in tapes]
        self._sizes = _sizes_of(tapes)
        self._length = max(t.moments[-1] for t in tapes)
        self._longest = max(tapes, key=lambda t: t.moments[-1])
        self._now = now
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._corrections: deque[tuple[str, str, str]] = deque()
        self._speed = speed or max(self._length / whole_seconds, SLOWEST)
        self._position = 0.0
        self._since = now()
        self._paused = False
        self._dirty = True
        self._shown = False
        self._timelines: dict[str, tuple[Moment, ...]] = {}
        if start_step is not None:
            self._position = self._moment_of(start_step)

    # -- the source of snapshots -------------------------------------------------------------------

    def turn(self) -> Snapshot | None:
        """Hand out what the clock says; a snapshot, or None when nothing changed."""
        with self._lock:
            position, dirty = self._advance(), self._dirty
            self._dirty = False
        if self._shown and not self._timelines:
            # Once there is something to look at, and before it goes on: what is to come.
            self._timelines = {p.tape.source.path: p.timeline() for p in self._players}
            dirty = True
        changed = [player.play(position) for player in self._players]
        while self._corrections:
            path, name, role = self._corrections.popleft()
            for player in self._players:
                if player.tape.source.path == path:
                    player.correct(name, role)
                    self._timelines = {}
                    dirty = True
        if not dirty and not any(changed):
            return None
        self._shown = True
        return self._snapshot(position)

    def wait(self, timeout: float) -> bool:
        """Sleep `timeout` seconds, or until a control is used; says whether one was."""
        used = self._woken.wait(timeout)
        self._woken.clear()
        return used

    def close(self) -> None:
        """Wake whoever waits."""
        self._woken.set()

    @property
    def finished(self) -> bool:
        """Whether everything has been handed out."""
        return all(p.played == len(p.tape.pieces) for p in self._players)

    def up_to_date(self) -> bool:
        """Whether the logs are as they were when they were read."""
        return self._sizes == _sizes_of([p.tape for p in self._players])

    # -- from any thread ---------------------------------------------------------------------------

    @property
    def samples(self) -> SampleStore:
        """The sample images that can be shown."""
        return self._samples

    def control(self, command: ReplayControl) -> None:
        """Set the clock. `GoLive` does nothing here: see `LiveReplay`."""
        with self._lock:
            self._advance()
            match command:
                case Pause():
                    self._paused = not self._paused
                    if not self._paused and self._position >= self._length:
                        self._position = 0.0
                case Faster():
                    self._speed = min(FASTEST, self._speed * 2)
                case Slower():
                    self._speed = max(SLOWEST, self._speed / 2)
                case Step(count):
                    self._paused = True
                    moments = self._longest.moments
                    index = bisect_right(moments, self._position) - 1 + count
                    self._position = moments[min(max(index, 0), len(moments) - 1)]
                case SeekStep(step):
                    self._position = self._moment_of(step)
                case GoLive():
                    pass
                case _:
                    assert_never(command)
            self._dirty = True
        self._woken.set()

    def correct(self, run: str, name: str, role: str) -> str:
        """As the monitor's."""
        self._corrections.append((run, name, role))
        self._woken.set()
        tape = next((p.tape for p in self._players if p.tape.source.path == run), None)
        return save_role_of_run(run, [log.path for log in tape.source.logs] if tape else [], name, role)

    # -- inside ------------------------------------------------------------------------------------

    def _advance(self) -> float:
        now = self._now()
        if not self._paused:
            self._position = min(self._length, self._position + (now - self._since) * self._speed)
        self._since = now
        return self._position

    def _moment_of(self, step: int) -> float:
        return next((p.at for p in self._longest.pieces if p.step >= step), self._length)

    def _snapshot(self, position: float) -> Snapshot:
        runs = tuple(player.observer.state() for player in self._players)
        pieces = self._longest.pieces
        here = max(0, bisect_right(self._longest.moments, position) - 1)
        state = ReplayState(
            pieces[here].step, pieces[0].step, pieces[-1].step, self._paused, self._speed, self._timelines
        )
        runs = tuple(replace(run, last_point_at=None) for run in runs)
        return Snapshot(runs, ", ".join(self._paths), time.time(), state)


def _sizes_of(tapes: Sequence[_Recording]) -> list[tuple[int, int] | None]:
    """Size and time of change of every log; None for one that is gone."""
    sizes: list[tuple[int, int] | None] = []
    for log in (log for tape in tapes for log in tape.source.logs):
        try:
            found = Path(log.path).stat()
        except OSError:
            sizes.append(None)
        else:
            sizes.append((found.st_size, found.st_mtime_ns))
    return sizes
