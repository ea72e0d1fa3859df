"""Runs under the given paths, read as they grow: the live source of snapshots."""

from __future__ import annotations

import os
import select
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from gan_tui.config.paths import STANDARD_INPUT
from gan_tui.config.settings import Settings, settings_of_run
from gan_tui.config.state import save_role_of_run
from gan_tui.errors import PassedOverError, UsageError
from gan_tui.logs.discovery.finder import Finder
from gan_tui.logs.discovery.sources import Discovery, LogSource, RunSource
from gan_tui.logs.files.pipe import PipeTail
from gan_tui.logs.files.tail import Tail
from gan_tui.logs.formats.registry import by_name
from gan_tui.logs.model import Batch, Fault, LoggedImage
from gan_tui.monitoring.diagnosis_scheduler import TOGETHER, DiagnosisScheduler
from gan_tui.monitoring.polling import STAT_SECONDS, PollSchedule
from gan_tui.monitoring.run_reader import RunReader
from gan_tui.monitoring.run_tracker import RunTracker
from gan_tui.monitoring.snapshot import Snapshot
from gan_tui.monitoring.source import ReplayControl, Source
from gan_tui.process import cpu_count
from gan_tui.run.run import Run
from gan_tui.samples.files import SampleImage

if TYPE_CHECKING:
    from pathlib import Path

    from gan_tui.logs.files.watcher import FileWatcher
    from gan_tui.samples.store import SampleStore
    from gan_tui.samples.worker import SampleWorker

TURN_BYTES = 32 << 20
TURN_SECONDS = 0.25
"""One turn reads at most so much, then lets the screen have its turn."""
CHECKPOINTS = 192
"""So many of each run are judged in a turn at most: the points of a long run are shown before their badge."""
FIRST_BYTES = 4 << 20
"""On a single core the first turn reads so much only: what is read before the first frame delays it."""
PATIENCE_SECONDS = 10.0
"""So long a search for new logs waits for what is still to be read."""
DISCOVER_SECONDS = 2.0
"""How often a watched folder is searched for new logs, beside what wakes it."""
SEARCH_SHARE = 0.0025
"""Of the time, at most, that is spent on searching."""


class Monitor(Source):
    """Finds, reads and judges the runs under some paths. Belongs to one thread.

    Args:
        paths: Files, run folders, or folders of runs.
        settings: What a person has chosen: format, roles, objective, what is left out.
        until_step: Take no point beyond this step.
        watch: Follow the files; without it they are read once.
        pipe: File descriptor that the path "-" stands for.
    """

    def __init__(
        self,
        paths: Sequence[str | Path],
        *,
        settings: Settings | None = None,
        until_step: int | None = None,
        watch: bool = True,
        pipe: int = 0,
    ) -> None:
        self._paths = [str(p) for p in paths if str(p) != STANDARD_INPUT]
        self._pipe = pipe if STANDARD_INPUT in map(str, paths) else None
        self._settings = settings or Settings()
        self._format = by_name(self._settings.format) if self._settings.format else None
        self._corrections: deque[tuple[str, str, str]] = deque()
        self._until_step = until_step
        self._watched: dict[str, RunReader] = {}
        self._open: set[str] = set()
        """Runs that may be `unfinished`: of a thousand at rest none is asked."""
        self._discovered_at = -np.inf
        self._pending = True
        self._budget = FIRST_BYTES if watch and cpu_count() == 1 else TURN_BYTES
        """So many bytes the next turn reads at most."""
        self._next = ""
        """The run that comes first in the next turn, by its path."""
        self._judging = DiagnosisScheduler()
        self._judging.dirty = True
        self._watching = watch
        self._samples: SampleWorker | None = None
        self._looked = False
        self._search_pause = 0.0
        self._rounds = PollSchedule()
        self._folders: Counter[str] = Counter()
        """How many runs have logs in each folder."""
        self._sample_store: SampleStore | None = None
        self._finder = Finder(self._paths, format=self._format)
        # What was there at the start may go and come back: only the first search is strict.
        self.discovery = self._find(strict=True)
        self._waker: FileWatcher | None = None
        self._closed = False
        self._take_in(self.discovery)

    # -- the source of snapshots -------------------------------------------------------------------

    def turn(self) -> Snapshot | None:
        """Read a bounded amount; a snapshot, or None when nothing changed."""
        now = time.monotonic()
        self._open.update(self._judging.take(more=self._pending))
        news = None
        if self._waker is not None:
            news, self._judging.degraded = self._waker.changed_paths(), self._waker.degraded
        # While much is to be read the search for more waits, but not for ever.
        busy = self._pending and now - self._discovered_at < PATIENCE_SECONDS
        if self._watching and not busy:
            self._search(now, soon=self._waker is not None and news is None)
        deadline, budget = time.monotonic() + TURN_SECONDS, self._budget
        self._budget = TURN_BYTES
        self._pending = False
        due = self._rounds.due(now, news) | {path for path in self._open if self._watched[path].unfinished}
        waiting = [w for path, w in self._watched.items() if path in due and not w.away]
        # Those who waited last time come first: nobody starves.
        first = next((i for i, w in enumerate(waiting) if w.source.path == self._next), 0)
        changed: list[RunReader] = []
        for served, watched in enumerate(waiting[first:] + waiting[:first]):
            if served and (budget <= 0 or len(changed) >= TOGETHER or time.monotonic() > deadline):
                self._pending = True
                self._next = watched.source.path
                break
            self._rounds.seen(watched.source.path)
            spent, news_of_it = watched.read(budget, until=deadline)
            budget -= spent
            if news_of_it or watched.unjudged:
                changed.append(watched)
        self._judge(self._judging.share(changed, len(self._open)))
        self._take_corrections()
        self._take_samples()
        self._open = {path for path in self._open | due if self._watched[path].unfinished}
        self._pending = self._pending or bool(self._open)
        if not self._judging.dirty:
            return None
        self._judging.dirty = False
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
        if self._judging.busy:
            self._judging.wait(min(timeout, STAT_SECONDS))
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
        self._judging.close()
        if self._samples is not None:
            self._samples.close()
        if self._waker is not None:
            self._waker.close()

    def _watch(self) -> None:
        """Ask to be woken from now on: what is there is read first, and looked at again after this."""
        from gan_tui.logs.files.watcher import FileWatcher  # noqa: PLC0415 - not loaded before the first chart

        waker = self._waker = FileWatcher(self._paths)
        if self._closed:  # in the meantime, by another thread
            waker.close()
        if waker.degraded:
            self._judging.degraded = waker.degraded
            self._judge(self._watched.values())

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
            some = every[begin : begin + TOGETHER]
            self._judging.judge(self._judging.share(some, len(every)), None)
            self._judging.take(more=True)
        while self._judging.busy:
            self._judging.wait(STAT_SECONDS)
            self._judging.take(more=True)
        self._judging.close()
        # What was lost on the way is judged here.
        self._judging.judge([w for w in every if w.state is None], None)
        return self.snapshot()

    def read_to_the_end(self) -> None:
        """Read every log to its end, the unfinished last line included, and judge nothing."""
        for watched in self._watched.values():
            watched.more = True
            while watched.more or self._waits_for_end(watched):
                watched.read(TURN_BYTES)
            watched.end()
            watched.observer.run.measure_later(partial(self._look_at_samples, watched))

    def _waits_for_end(self, watched: RunReader) -> bool:
        """Whether a pipe of the run is still open; sleeps until something comes through it."""
        if not watched.piped:
            return False
        self._wait_for_pipe(STAT_SECONDS)
        return True

    def control(self, command: ReplayControl) -> None:
        """Do nothing: live logs have no clock, and the screen offers no replay controls for them."""

    # -- samples -----------------------------------------------------------------------------------

    @property
    def samples(self) -> SampleStore | None:
        """The sample images that can be shown; None if none were found so far."""
        return self._sample_store

    def _look_at_samples(self, watched: RunReader) -> None:
        """Find and measure the sample pictures of a run that was read to its end."""
        watched.observer.look_at_samples(self._pictures(watched))

    def _pictures(self, watched: RunReader) -> list[SampleImage]:
        """The sample pictures of one run: beside its logs, and those its logs carry."""
        return watched.pictures(lambda folder: self._folders[folder] == 1)

    def correct(self, run: str, name: str, role: str) -> str:
        """Take a person's word for the role of a series, now and for the next time; from any thread.

        Args:
            run: The run's path.
            name: The series' name.
            role: A word of ROLES, "none" for none of them, "" for what the name tells.

        Returns:
            Why it could not be kept for the next time, "" where it was.
        """
        self._corrections.append((run, name, role))
        if self._waker is not None:
            self._waker.wake()
        watched = self._watched.get(run)
        return save_role_of_run(run, [log.path for log in watched.source.logs] if watched else [], name, role)

    def _take_corrections(self) -> None:
        while self._corrections:
            path, name, role = self._corrections.popleft()
            watched = self._watched.get(path)
            if watched is not None:
                watched.observer.correct(name, role)
                self._judge([watched])

    def _look_at(self, run: str, pictures: Sequence[SampleImage]) -> None:
        """Keep sample pictures to be looked at, and have them measured, on a thread of their own."""
        if not pictures:
            return
        if self._sample_store is None:
            from gan_tui.samples.store import SampleStore  # noqa: PLC0415 - most runs log no pictures

            self._sample_store = SampleStore()
        self._sample_store.add(run, pictures)
        if self._samples is None:
            from gan_tui.samples.worker import SampleWorker  # noqa: PLC0415 - most runs log no pictures

            self._samples = SampleWorker()
        self._samples.submit(run, pictures)

    def _take_samples(self) -> None:
        if self._samples is None:
            return
        for path, (columns, faults) in self._samples.results().items():
            watched = self._watched.get(path)
            if watched is not None:
                watched.observer.run.measure(columns)
                watched.observer.run.add(Batch((), faults))
                self._judge([watched])

    # -- what there is to read ---------------------------------------------------------------------

    def _find(self, *, strict: bool = False) -> Discovery:
        found = self._finder.find(strict=strict) if self._paths else Discovery()
        if self._pipe is None:
            return found
        piped = RunSource("standard input", STANDARD_INPUT, (LogSource(STANDARD_INPUT),))
        return replace(found, runs=(piped, *found.runs))

    def _tail(self, log: LogSource, on_image: Callable[[str, LoggedImage], None]) -> Tail | PipeTail:
        if log.path == STANDARD_INPUT and self._pipe is not None:
            return PipeTail(self._pipe, self._format)
        return Tail(log.path, self._format, partial(on_image, log.path))

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
            before = watched.folders
            begin = partial(self._tail, on_image=watched.take_image)
            if watched.follow(source.logs, begin):
                self._open.add(source.path)
                self._pending = True
            self._folders.update(watched.folders - before)
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
                    self._judge([watched])

    def _begun(self, source: RunSource) -> RunReader:
        """A run that was found, with the settings that hold for it."""
        note = ""
        try:
            held = settings_of_run(self._settings, source.path, [log.path for log in source.logs])
        except UsageError as error:
            if not self._watched:
                raise
            held, note = self._settings, f"{error}: not used"  # what came later must not end the monitor
        observer = RunTracker(Run(source.name, source.path, held.roles), held)
        observer.note = note
        return RunReader(source, observer, self._until_step)

    def _judge(self, some: Iterable[RunReader]) -> None:
        """Judge runs that have changed, but of a long one no more than is due in a turn."""
        some = list(some)
        self._judging.judge(some, CHECKPOINTS)
        self._open.update(watched.source.path for watched in some)
