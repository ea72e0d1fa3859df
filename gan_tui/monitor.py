"""Runs under the given paths, read as they grow: the live source of snapshots."""

from __future__ import annotations

import math
import os
import select
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

import numpy as np

from gan_tui.errors import PassedOverError, UsageError
from gan_tui.logs.discover import Finder
from gan_tui.logs.formats import by_name
from gan_tui.logs.names import NAMELESS, metric_name
from gan_tui.logs.pictures import Picture, best_group, find_pictures
from gan_tui.logs.pipe import PipeTail
from gan_tui.logs.place import PIECE_BYTES
from gan_tui.logs.points import Batch, Column, Fault, LoggedImage
from gan_tui.logs.sources import Discovery, LogSource, RunSource
from gan_tui.logs.tail import Tail, TailResult
from gan_tui.observer import Observer, states
from gan_tui.rounds import STAT_SECONDS, Rounds
from gan_tui.run.run import Run
from gan_tui.settings import PIPE, Settings, keep, settings_of_run
from gan_tui.snapshot import RunState, Snapshot, Status

if TYPE_CHECKING:
    from gan_tui.gallery import GalleryWorker
    from gan_tui.logs.watch import Waker
    from gan_tui.samplebook import SampleBook

IMAGES_HELD = 1_000
"""Pictures of one tag that wait to be measured; beyond it every second step is let go."""
TURN_BYTES = 32 << 20
TURN_SECONDS = 0.25
"""One turn reads at most so much, then lets the screen have its turn."""
TOGETHER = 16
"""So many runs are judged at once: a third of the time of one by one; for more, too much memory."""
CHECKPOINTS = 192
"""So many of each run are judged in a turn at most: the points of a long run are shown before their badge."""
FIRST_BYTES = 64 << 10
"""So much of a log is read at first; from then on what takes the time that a turn may last."""
_LARGE = 64 << 10
"""So much read at once tells how many points the rest of a log may hold."""
PATIENCE_SECONDS = 10.0
"""So long a search for new logs waits for what is still to be read."""
DISCOVER_SECONDS = 2.0
"""How often a watched folder is searched for new logs, beside what wakes it."""
SEARCH_SHARE = 0.01
"""Of the time, at most, that is spent on searching."""


@dataclass
class _Watched:
    """One run with the tails of its logs."""

    source: RunSource
    observer: Observer
    tails: list[tuple[LogSource, Tail | PipeTail]] = field(default_factory=list)
    state: RunState | None = None
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    images: dict[str, list[Picture]] = field(default_factory=dict)
    """Pictures that the logs carry, by tag, since they were last handed on."""
    image_tag: str = ""
    more: bool = True
    pieces: dict[str, int] = field(default_factory=dict)
    """How many bytes of each log are read at once: as many as take the time that a turn may last."""

    @property
    def unfinished(self) -> bool:
        """Whether there is more to read or to judge, though nothing changes any more."""
        return self.more or self.state is None or self.observer.behind

    def take_image(self, path: str, image: LoggedImage) -> None:
        """Note a picture that the log at `path` carries; of very many those of every second step."""
        held = self.images.setdefault(image.tag, [])
        held.append(Picture(image.tag, image.step, path, b"", image.offset, image.size))
        if len(held) > IMAGES_HELD:
            kept = set(sorted({p.step for p in held})[::-2])
            held[:] = [p for p in held if p.step in kept] if len(kept) > 1 else held[-1:]


class Monitor:
    """Finds, reads and judges the runs under some paths. Belongs to one thread.

    Args:
        paths: Files, run folders, or folders of runs.
        settings: What a person has chosen: format, roles, objective, what is left out.
        until_step: Take no point beyond this step.
        watch: Follow the files; without it they are read once.
        pipe: File descriptor that the path "-" stands for.
        store: Leave the points of large logs in them until a series is asked for.
    """

    def __init__(
        self,
        paths: Sequence[str | Path],
        *,
        settings: Settings | None = None,
        until_step: int | None = None,
        watch: bool = True,
        pipe: int = 0,
        store: bool = False,
    ) -> None:
        self._paths = [str(p) for p in paths if str(p) != PIPE]
        self._pipe = pipe if PIPE in map(str, paths) else None
        self._settings = settings or Settings()
        self._format = by_name(self._settings.format) if self._settings.format else None
        self._corrections: SimpleQueue[tuple[str, str, str]] = SimpleQueue()
        self._until_step = until_step
        self._watched: dict[str, _Watched] = {}
        self._discovered_at = -np.inf
        self._pending = True
        self._next = ""
        """The run that comes first in the next turn, by its path."""
        self._dirty = True
        self._watching = watch
        self._store = store and until_step is None
        self._samples: GalleryWorker | None = None
        self._looked = False
        self._search_pause = 0.0
        self._rounds = Rounds()
        self._folders: Counter[str] = Counter()
        """How many runs have logs in each folder."""
        self.book: SampleBook | None = None
        """The sample pictures to be looked at; None while there are none."""
        self._finder = Finder(self._paths, format=self._format)
        # What was there at the start may go and come back: only the first search is strict.
        self.discovery = self._find(strict=True)
        self._waker: Waker | None = None
        self._closed = False
        self._take_in(self.discovery)

    # -- the source of snapshots -------------------------------------------------------------------

    def turn(self) -> Snapshot | None:
        """Read a bounded amount; a snapshot, or None when nothing changed."""
        now = time.monotonic()
        news = None if self._waker is None else self._waker.news()
        # While much is to be read the search for more waits, but not for ever.
        busy = self._pending and now - self._discovered_at < PATIENCE_SECONDS
        if self._watching and not busy:
            self._search(now, soon=self._waker is not None and news is None)
        deadline, budget = time.monotonic() + TURN_SECONDS, TURN_BYTES
        self._pending = False
        due = self._rounds.due(now, news)
        waiting = [w for path, w in self._watched.items() if path in due or w.unfinished]
        # Those who waited last time come first: nobody starves.
        first = next((i for i, w in enumerate(waiting) if w.source.path == self._next), 0)
        changed: list[_Watched] = []
        for served, watched in enumerate(waiting[first:] + waiting[:first]):
            if served and (budget <= 0 or len(changed) >= TOGETHER or time.monotonic() > deadline):
                self._pending = True
                self._next = watched.source.path
                break
            spent, news_of_it = self._read(watched, budget, until=deadline)
            budget -= spent
            if news_of_it or watched.state is None or watched.observer.behind:
                changed.append(watched)
        self._judge(changed, CHECKPOINTS)
        self._pending = self._pending or any(w.unfinished for w in self._watched.values())
        self._take_corrections()
        self._take_samples()
        if not self._dirty:
            return None
        self._dirty = False
        return self.snapshot()

    def _search(self, now: float, *, soon: bool) -> None:
        """Look for new logs and for sample pictures, where that is due; `soon` where a folder changed."""
        pause = DISCOVER_SECONDS if soon else max(DISCOVER_SECONDS, self._search_pause)
        due = now - self._discovered_at > pause
        if not due and self._looked:
            return
        self._looked = True
        if due:
            self._take_in(self._find())
            # Searching thousands of folders takes a while: it may not become what the program does.
            self._search_pause = (time.monotonic() - now) / SEARCH_SHARE
        for path in self._rounds.share("pictures"):
            self._look_at(path, self._pictures(self._watched[path]))

    def wait(self, timeout: float) -> bool:
        """Sleep until something changed on disk, at most `timeout` seconds, or not while reading.

        Returns:
            Whether there is something to read, as far as is known: not every change makes itself known.
        """
        if self._pending:
            return True
        if self._pipe is not None:
            return self._wait_for_pipe(min(timeout, STAT_SECONDS))
        if self._waker is not None:
            return self._waker.wait(min(timeout, STAT_SECONDS))
        if self._watching and self._paths and not self._closed:
            self._watch()
            return True
        time.sleep(timeout)
        return False

    def close(self) -> None:
        """Stop watching; from any thread."""
        self._closed = True
        if self._samples is not None:
            self._samples.close()
        if self._waker is not None:
            self._waker.close()

    def _watch(self) -> None:
        """Ask to be woken from now on: what is there is read first, and looked at again after this."""
        from gan_tui.logs.watch import Waker  # noqa: PLC0415 - not loaded before the first chart

        waker = self._waker = Waker(self._paths)
        if self._closed:  # in the meantime, by another thread
            waker.close()
        if waker.degraded:
            self._judge(list(self._watched.values()), CHECKPOINTS)

    def snapshot(self) -> Snapshot:
        """Every run as it stands."""
        states = tuple(w.state for w in self._watched.values() if w.state is not None)
        found = len(self._watched)
        return Snapshot(states, waiting_for=", ".join(self._paths), at=time.time(), found=found)

    @property
    def ended(self) -> bool:
        """Whether nothing more can come: only standard input was read, and it is closed."""
        tails = [tail for watched in self._watched.values() for _, tail in watched.tails]
        return (
            not self._paths and not self._pending and all(isinstance(t, PipeTail) and t.ended for t in tails)
        )

    @property
    def runs(self) -> list[Run]:
        """The stores of the runs found."""
        return [w.observer.run for w in self._watched.values()]

    def read_all(self) -> Snapshot:
        """Read every log to its end, the unfinished last line included, and judge the runs."""
        self.read_to_the_end()
        every = list(self._watched.values())
        for begin in range(0, len(every), TOGETHER):
            self._judge(every[begin : begin + TOGETHER], None)
        return self.snapshot()

    def read_to_the_end(self) -> None:
        """Read every log to its end, the unfinished last line included, and judge nothing."""
        for watched in self._watched.values():
            watched.more = True
            while watched.more or self._waits_for_end(watched):
                self._read(watched, TURN_BYTES)
            for log, tail in watched.tails:
                watched.observer.run.add(self._cut(adapt(tail.finish(), log)), _owner(log))
                watched.observer.run.counted_by(_owner(log), tail.axis)
            watched.observer.status = Status.ENDED
            watched.observer.run.measure_later(partial(self._look_at_samples, watched))

    def _waits_for_end(self, watched: _Watched) -> bool:
        """Whether a pipe of the run is still open; sleeps until something comes through it."""
        if not any(isinstance(tail, PipeTail) and not tail.ended for _, tail in watched.tails):
            return False
        self._wait_for_pipe(STAT_SECONDS)
        return True

    # -- samples -----------------------------------------------------------------------------------

    def _look_at_samples(self, watched: _Watched) -> None:
        """Find and measure the sample pictures of a run that was read to its end."""
        watched.observer.look_at_samples(self._pictures(watched))

    def _pictures(self, watched: _Watched) -> list[Picture]:
        """The sample pictures of one run: beside its logs, and those its logs carry."""
        if not watched.image_tag:
            best = best_group(watched.images)
            watched.image_tag = best[0].group if best else ""
        if watched.image_tag:
            carried = watched.images.pop(watched.image_tag, [])
            watched.images.clear()
            return carried
        # A folder that several runs share does not tell whose its pictures are.
        alone = sorted(f for f in _folders(watched) if self._folders[f] == 1)
        return [p for folder in alone for p in find_pictures(folder)]

    def correct(self, run: str, name: str, role: str) -> str:
        """Take a person's word for the role of a series, now and for the next time; from any thread.

        Args:
            run: The run's path.
            name: The series' name.
            role: A word of ROLES, "none" for none of them, "" for what the name tells.

        Returns:
            Why it could not be kept for the next time, "" where it was.
        """
        self._corrections.put((run, name, role))
        if self._waker is not None:
            self._waker.wake()
        watched = self._watched.get(run)
        return keep(run, [log.path for log in watched.source.logs] if watched else [], name, role)

    def _take_corrections(self) -> None:
        while not self._corrections.empty():
            path, name, role = self._corrections.get()
            watched = self._watched.get(path)
            if watched is not None:
                watched.observer.correct(name, role)
                self._judge([watched], CHECKPOINTS)

    def _look_at(self, run: str, pictures: Sequence[Picture]) -> None:
        """Keep sample pictures to be looked at, and have them measured, on a thread of their own."""
        if not pictures:
            return
        if self.book is None:
            from gan_tui.samplebook import SampleBook  # noqa: PLC0415 - most runs log no pictures

            self.book = SampleBook()
        self.book.add(run, pictures)
        if self._samples is None:
            from gan_tui.gallery import GalleryWorker  # noqa: PLC0415 - most runs log no pictures

            self._samples = GalleryWorker()
        self._samples.submit(run, pictures)

    def _take_samples(self) -> None:
        if self._samples is None:
            return
        for path, (columns, faults) in self._samples.results().items():
            watched = self._watched.get(path)
            if watched is not None:
                watched.observer.run.measure(columns)
                watched.observer.run.add(Batch((), faults))
                self._judge([watched], CHECKPOINTS)

    # -- what there is to read ---------------------------------------------------------------------

    def _find(self, *, strict: bool = False) -> Discovery:
        found = self._finder.find(strict=strict) if self._paths else Discovery()
        if self._pipe is None:
            return found
        piped = RunSource("standard input", PIPE, (LogSource(PIPE),))
        return replace(found, runs=(piped, *found.runs))

    def _tail(self, log: LogSource, on_image: Callable[[str, LoggedImage], None]) -> Tail | PipeTail:
        if log.path == PIPE and self._pipe is not None:
            return PipeTail(self._pipe, self._format)
        return Tail(log.path, self._format, partial(on_image, log.path), store=self._store and not log.prefix)

    def _wait_for_pipe(self, timeout: float) -> bool:
        """Sleep until bytes come through the pipe, and say whether any did; a closed one has no more."""
        ended = any(t.ended for w in self._watched.values() for _, t in w.tails if isinstance(t, PipeTail))
        try:
            return bool(
                select.select([] if ended or self._pipe is None else [self._pipe], [], [], timeout)[0]
            )
        except (OSError, ValueError):
            time.sleep(timeout)
            return False

    # -- one run -----------------------------------------------------------------------------------

    def _take_in(self, discovery: Discovery) -> None:
        self.discovery = discovery
        self._discovered_at = time.monotonic()
        for source in discovery.runs:
            watched = self._watched.get(source.path)
            if watched is None:
                watched = self._watched[source.path] = self._begun(source)
            before = _folders(watched)
            self._take_in_logs(watched, source.logs)
            self._folders.update(_folders(watched) - before)
            self._rounds.add(source.path, [log.path for log in source.logs])
        if self._watching:
            self._take_in_oddities(discovery)

    def _take_in_oddities(self, discovery: Discovery) -> None:
        """Say of each run what was passed over in its folder; what lies in none, of the first."""
        said: dict[str, list[Fault]] = {path: [] for path in self._watched}
        for problem in discovery.problems:
            if said and isinstance(problem, PassedOverError):
                holding = (path for path in said if problem.path.startswith(path + os.sep))
                run = max(holding, key=len, default=next(iter(said)))
                said[run].append(Fault(0, 0, problem.reason, problem.path))
        for path, faults in said.items():
            watched = self._watched[path]
            if watched.observer.passed_over != tuple(faults):
                watched.observer.passed_over = tuple(faults)
                if watched.state is not None:
                    self._judge([watched], CHECKPOINTS)

    def _begun(self, source: RunSource) -> _Watched:
        """A run that was found, with the settings that hold for it."""
        note = ""
        try:
            held = settings_of_run(self._settings, source.path, [log.path for log in source.logs])
        except UsageError as error:
            if not self._watched:
                raise
            held, note = self._settings, f"{error}: not used"  # what came later must not end the monitor
        observer = Observer(Run(source.name, source.path, held.roles), held)
        observer.note = note
        return _Watched(source, observer)

    def _take_in_logs(self, watched: _Watched, logs: Sequence[LogSource]) -> None:
        """Follow new logs of a run, all in the order in which they were begun."""
        known = {log.path: tail for log, tail in watched.tails}
        new = [log for log in logs if log.path not in known]
        if not new:
            return
        gone = [(log, tail) for log, tail in watched.tails if log.path not in {log.path for log in logs}]
        tails = [(log, known.get(log.path) or self._tail(log, watched.take_image)) for log in logs]
        watched.tails = [*gone, *tails]
        watched.more = self._pending = True
        for log in new:
            if _owner(log) in {_owner(other) for other in logs[logs.index(log) + 1 :]}:
                # A piece from before what has been read: its points come first.
                self._start_over(watched, _owner(log))

    def _read(self, watched: _Watched, budget: int, until: float = math.inf) -> tuple[int, bool]:
        """Read up to `budget` bytes of one run's logs, but not much longer than `until`.

        Returns:
            How many bytes were read, and whether they changed the run.
        """
        spent, changed, watched.more = 0, False, False
        self._rounds.seen(watched.source.path)
        for log, tail in list(watched.tails):
            while spent < budget:
                begin = time.monotonic()
                piece = PIECE_BYTES if until == math.inf else watched.pieces.get(log.path, FIRST_BYTES)
                result = tail.poll(min(piece, budget - spent))
                spent += result.read
                now = time.monotonic()
                if result.read >= FIRST_BYTES // 2:
                    watched.pieces[log.path] = _next_piece(result.read, now - begin)
                if result.reset and self._start_over(watched, _owner(log)):
                    changed = watched.more = True
                    break
                changed |= self._take(watched, log, tail, result)
                if not result.more:
                    break
                if now > until:
                    budget = 0
            else:
                watched.more = True
        return spent, changed

    def _start_over(self, watched: _Watched, owner: str) -> bool:
        """A log was written anew: what it gave no longer holds.

        Returns:
            Whether it is one of several pieces, which are all read again in their order.
        """
        watched.observer.forget(owner)
        pieces = [tail for log, tail in watched.tails if _owner(log) == owner]
        if len(pieces) == 1:
            return False
        for tail in pieces:
            if isinstance(tail, Tail):
                tail.rewind()
        return True

    def _take(self, watched: _Watched, log: LogSource, tail: Tail | PipeTail, result: TailResult) -> bool:
        run = watched.observer.run
        batch = self._cut(adapt(result.batch, log))
        if batch:
            run.add(batch, _owner(log), _ahead(tail.offset, result))
            run.counted_by(_owner(log), tail.axis)
        gone = log.path in watched.missing
        if result.missing != gone:
            (watched.missing.add if result.missing else watched.missing.discard)(log.path)
        watched.sizes[log.path] = (tail.offset, result.size)
        if result.changed_at is not None:
            watched.observer.changed_at = result.changed_at
        return bool(batch) or result.reset or result.missing != gone

    def _cut(self, batch: Batch) -> Batch:
        return batch if self._until_step is None else until(batch, self._until_step)

    def _judge(self, some: Sequence[_Watched], most: int | None) -> None:
        """Judge runs that have changed, up to so many checkpoints of each: the rest is `unfinished`."""
        for watched in some:
            self._say_where(watched)
        for watched, state in zip(some, states([w.observer for w in some], most), strict=True):
            watched.state = state
            self._dirty = True

    def _say_where(self, watched: _Watched) -> None:
        """Say how far the reading of a run has come."""
        observer = watched.observer
        read = sum(offset for offset, _ in watched.sizes.values())
        size = sum(size for _, size in watched.sizes.values())
        observer.progress = min(1.0, read / size) if size else 1.0
        if observer.status is not Status.ENDED:
            observer.status = self._status(watched)
        if self._waker is not None and not observer.note:
            observer.note = self._waker.degraded

    @staticmethod
    def _status(watched: _Watched) -> Status:
        if watched.tails and len(watched.missing) == len(watched.tails):
            return Status.MISSING
        if watched.more:
            return Status.READING
        return Status.LIVE if any(map(len, watched.observer.run.series.values())) else Status.WAITING


def _next_piece(read: int, seconds: float) -> int:
    """How much of a log to read at once, so that it takes about the time that a turn may last."""
    return int(min(max(read * TURN_SECONDS / max(seconds, 1e-4), FIRST_BYTES // 4), PIECE_BYTES))


def _folders(watched: _Watched) -> set[str]:
    """The folders that the logs of a run lie in."""
    return {os.path.dirname(log.path) or os.curdir for log, _ in watched.tails if log.path != PIPE}  # noqa: PTH120


def adapt(batch: Batch, log: LogSource) -> Batch:
    """The batch as the run sees it: where a folder or a file stands for a metric, its name leads."""
    if not log.prefix and not any(c.name.lower() == "value" for c in batch.columns):
        return batch
    return replace(batch, columns=tuple(replace(c, name=_told(c.name, log)) for c in batch.columns))


def _told(name: str, log: LogSource) -> str:
    """The name under which a run shows a series of one of its logs."""
    if not log.prefix:
        return metric_name(log.path) if name.lower() == "value" else name
    return log.prefix if name in NAMELESS or name == log.prefix else f"{log.prefix}/{name}"


def _owner(log: LogSource) -> str:
    """Which log a series belongs to: the event files of one folder are one log in pieces."""
    return log.owner or log.path


def _ahead(offset: int, result: TailResult) -> float:
    """How many times as much of a log is still to come as was read of it now, and a little more."""
    return 1.02 * max(0, result.size - offset) / result.read if result.read >= _LARGE else 0.0


def until(batch: Batch, step: int) -> Batch:
    """The points of `batch` up to and including `step`."""
    columns = []
    for column in batch.columns:
        keep = column.steps <= step
        if keep.any():
            walls = None if column.wall_times is None else column.wall_times[keep]
            columns.append(Column(column.name, column.steps[keep], column.values[keep], walls))
    return replace(batch, columns=tuple(columns))
