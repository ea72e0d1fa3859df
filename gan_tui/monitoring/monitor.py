"""The live source of snapshots: finds runs under paths, reads them as they grow, and diagnoses them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from gan_tui.config.paths import STANDARD_INPUT
from gan_tui.config.settings import Settings
from gan_tui.errors import PassedOverError
from gan_tui.logs.discovery.finder import Finder
from gan_tui.logs.discovery.sources import Discovery, RunSource
from gan_tui.logs.formats.registry import by_name
from gan_tui.logs.model import Fault
from gan_tui.monitoring.corrections import Corrections
from gan_tui.monitoring.diagnosis_scheduler import BATCH_RUNS, DiagnosisScheduler
from gan_tui.monitoring.polling import STAT_SECONDS, PollSchedule
from gan_tui.monitoring.run_reader import PIPED_RUN, RunReader, shared_folders, wait_for_pipe
from gan_tui.monitoring.run_tracker import RunTracker, tracker_for
from gan_tui.monitoring.snapshot import Snapshot
from gan_tui.monitoring.source import ReplayControl, Source
from gan_tui.process import cpu_count

if TYPE_CHECKING:
    from pathlib import Path

    from gan_tui.logs.files.watcher import FileWatcher
    from gan_tui.samples.files import SampleImage
    from gan_tui.samples.store import SampleStore
    from gan_tui.samples.worker import SampleWorker

TURN_BYTES = 32 << 20
TURN_SECONDS = 0.25
"""The most that one turn reads, so that the screen gets its turn."""
CHECKPOINTS = 192
"""The most checkpoints diagnosed per run and turn, so that a long run is drawn before its badge is known."""
FIRST_BYTES = 4 << 20
"""The most that the first turn reads on a single core, where it delays the first frame."""
MAX_SEARCH_WAIT = 10.0
"""The longest time that a search for new logs waits while there is much to read, seconds."""
DISCOVER_SECONDS = 2.0
"""How often a watched folder is searched for new logs if no change is reported."""
SEARCH_SHARE = 0.0025
"""The largest share of the time that is spent searching."""


class _WatchedRun(Struct, eq=False):
    """One run that is watched."""

    reader: RunReader
    tracker: RunTracker
    note: str
    """A hint for the user about the run's settings; "" if there is none."""
    skipped: tuple[Fault, ...] = ()
    """Files next to the logs that are never opened."""

    @property
    def path(self) -> str:
        """The run's path."""
        return self.reader.source.path

    @property
    def is_unfinished(self) -> bool:
        """Whether there is more to read or to diagnose, even if nothing changes any more."""
        return not self.tracker.in_worker and (self.reader.more or self.tracker.needs_diagnosis)


class Monitor(Source):
    """Finds, reads and diagnoses the runs under some paths. Belongs to one thread.

    Args:
        paths: Logs, run folders, or folders of runs; "-" is a pipe.
        settings: The settings for all runs.
        pipe: File descriptor of that pipe.
        corrections: Queue of corrected roles; a new one if None.

    Raises:
        LogNotFoundError: One of the paths does not exist.
        LogUnreadableError: No run is found, and a path cannot be opened or is not a log.
        UsageError: The settings file of the first run cannot be understood.
    """

    def __init__(
        self,
        paths: Sequence[str | Path],
        *,
        settings: Settings | None = None,
        pipe: int = 0,
        corrections: Corrections | None = None,
    ) -> None:
        names = list(map(str, paths))
        self._paths = [name for name in names if name != STANDARD_INPUT]
        self._pipe = pipe if STANDARD_INPUT in names else None
        self._settings = settings or Settings()
        self._format = by_name(self._settings.format) if self._settings.format else None
        self._corrections = corrections or Corrections()
        self._runs: dict[str, _WatchedRun] = {}
        self._unfinished: set[str] = set()
        """Runs that may have unread data. Idle runs are not polled."""
        self._schedule = PollSchedule()
        self._scheduler = DiagnosisScheduler()
        self._pending = True
        """Whether the next turn has something to do even if nothing changes."""
        self._changed = True
        """Whether a snapshot is due."""
        self._budget = FIRST_BYTES if cpu_count() == 1 else TURN_BYTES
        """The most bytes that the next turn reads."""
        self._next_run = ""
        """Path of the run that comes first in the next turn."""
        self._sample_worker: SampleWorker | None = None
        self._sample_store: SampleStore | None = None
        self._watcher: FileWatcher | None = None
        self._closed = False
        self._finder = Finder(self._paths, format=self._format)
        self._discovered_at = -np.inf
        self._has_searched = False
        self._search_pause = 0.0
        # What existed at the start may vanish and come back: only the first search is strict.
        self._add_runs(self._find(strict=True))

    # -- on the reading thread ---------------------------------------------------------------------

    def turn(self) -> Snapshot | None:
        """Read a bounded amount; return a snapshot, or None if nothing changed."""
        now = time.monotonic()
        self._collect_diagnoses()
        changed_paths = None if self._watcher is None else self._watcher.changed_paths()
        # While there is much to read, the search for more waits, but not forever.
        if not self._pending or now - self._discovered_at >= MAX_SEARCH_WAIT:
            self._search(now, soon=self._watcher is not None and changed_paths is None)
        polled = self._schedule.runs_to_poll(now, changed_paths) | {
            path for path in self._unfinished if self._runs[path].is_unfinished
        }
        self._diagnose_shared(self._read([run for path, run in self._runs.items() if path in polled]))
        self._apply_corrections()
        self._collect_samples()
        self._unfinished = {path for path in self._unfinished | polled if self._runs[path].is_unfinished}
        self._pending = self._pending or bool(self._unfinished)
        if not self._changed:
            return None
        self._changed = False
        return self.snapshot()

    def _read(self, runs: Sequence[_WatchedRun]) -> list[_WatchedRun]:
        """Read from runs within the limits of a turn; return those to diagnose."""
        deadline, budget = time.monotonic() + TURN_SECONDS, self._budget
        self._budget, self._pending = TURN_BYTES, False
        waiting = [run for run in runs if not run.tracker.in_worker]
        # The runs that had to wait last time come first.
        first = next((i for i, run in enumerate(waiting) if run.path == self._next_run), 0)
        changed: list[_WatchedRun] = []
        for number, run in enumerate(waiting[first:] + waiting[:first]):
            if number and (budget <= 0 or len(changed) >= BATCH_RUNS or time.monotonic() > deadline):
                self._pending = True
                self._next_run = run.path
                break
            self._schedule.polled(run.path)
            spent, has_changed = run.reader.read(budget, until=deadline)
            budget -= spent
            if has_changed or run.tracker.needs_diagnosis:
                changed.append(run)
        return changed

    def _search(self, now: float, *, soon: bool) -> None:
        """Search for new logs and sample images if it is time; `soon` if a folder has changed."""
        pause = DISCOVER_SECONDS if soon else max(DISCOVER_SECONDS, self._search_pause)
        is_due = now - self._discovered_at > pause
        if not is_due and self._has_searched:
            return
        self._has_searched = True
        if is_due:
            self._add_runs(self._find())
            # Searching thousands of folders takes a while and must not dominate the program's work.
            self._search_pause = (time.monotonic() - now) / SEARCH_SHARE
        shared = shared_folders(run.reader.folders for run in self._runs.values())
        for path in self._schedule.take_turns("samples"):
            self._submit_images(path, self._runs[path].reader.sample_images(shared))

    def wait(self, timeout: float) -> bool:
        """Sleep until something changes, at most `timeout` seconds.

        Returns:
            Whether there may be something to do. Not every change is reported by the system.
        """
        if self._pending:
            return True
        if self._scheduler.is_busy:
            self._scheduler.wait(min(timeout, STAT_SECONDS))
            return True
        if self._pipe is not None and any(run.reader.pipe_open for run in self._runs.values()):
            return wait_for_pipe(self._pipe, min(timeout, STAT_SECONDS))
        if self._watcher is not None:
            return self._watcher.wait(min(timeout, STAT_SECONDS))
        if self._paths and not self._closed:
            self._start_watcher()
            return True
        time.sleep(timeout)
        return False

    def _start_watcher(self) -> None:
        """Start to watch files: what exists is read first, and polled again after this."""
        from gan_tui.logs.files.watcher import FileWatcher  # noqa: PLC0415 - not loaded before the first chart

        watcher = self._watcher = FileWatcher(self._paths)
        if self._closed:  # in the meantime, by another thread
            watcher.close()
        if watcher.degraded:
            self._diagnose(self._runs.values())

    def snapshot(self) -> Snapshot:
        """Return the state of every run."""
        states = tuple(r.tracker.state for r in self._runs.values() if r.tracker.state is not None)
        return Snapshot(
            states,
            waiting_for=", ".join(self._paths),
            at=time.time(),
            found=len(self._runs),
            corrections=self._corrections.applied,
        )

    @property
    def ended(self) -> bool:
        """Whether nothing more can come: only standard input was read, and it is closed."""
        closed = all(run.reader.only_closed_pipes for run in self._runs.values())
        return not self._paths and not self._pending and closed

    # -- from any thread ---------------------------------------------------------------------------

    def close(self) -> None:
        """Release all resources and wake a thread that waits."""
        self._closed = True
        self._scheduler.close()
        if self._sample_worker is not None:
            self._sample_worker.close()
        if self._watcher is not None:
            self._watcher.close()

    def control(self, command: ReplayControl) -> None:
        """Do nothing: live logs have no clock, and the screen offers no replay controls for them."""

    @property
    def samples(self) -> SampleStore | None:
        """The sample images that can be shown; None if none were found so far."""
        return self._sample_store

    def correct(self, run: str, name: str, role: str) -> None:
        """Queue a correction; see `Source.correct`."""
        self._corrections.add(run, name, role)
        if self._watcher is not None:
            self._watcher.wake()

    def _apply_corrections(self) -> None:
        before = self._corrections.applied
        trackers = {path: run.tracker for path, run in self._runs.items()}
        corrected = self._corrections.apply(trackers, self._logs_of)
        self._diagnose(self._runs[tracker.run.path] for tracker in corrected)
        self._changed |= self._corrections.applied is not before

    def _logs_of(self, run: str) -> list[str]:
        return [log.path for log in self._runs[run].reader.source.logs]

    # -- diagnosis ---------------------------------------------------------------------------------

    def _diagnose_shared(self, runs: Sequence[_WatchedRun]) -> None:
        """Diagnose runs here or in the worker process."""
        for run in runs:
            self._update_progress(run)
        here = self._scheduler.share([run.tracker for run in runs], len(self._unfinished))
        self._diagnose(self._runs[tracker.run.path] for tracker in here)

    def _diagnose(self, runs: Iterable[_WatchedRun]) -> None:
        """Diagnose runs that have changed, a long one only as far as one turn allows."""
        runs = list(runs)
        for run in runs:
            self._update_progress(run)
        self._changed |= self._scheduler.diagnose([run.tracker for run in runs], CHECKPOINTS)
        self._unfinished.update(run.path for run in runs)

    def _collect_diagnoses(self) -> None:
        returned = self._scheduler.collect(more=self._pending)
        self._changed |= bool(returned)
        self._unfinished.update(tracker.run.path for tracker in returned)

    def _update_progress(self, run: _WatchedRun) -> None:
        degraded = "" if self._watcher is None else self._watcher.degraded
        run.tracker.progress = replace(run.reader.progress, note=run.note or degraded, skipped=run.skipped)

    # -- samples -----------------------------------------------------------------------------------

    def _submit_images(self, run: str, images: Sequence[SampleImage]) -> None:
        """Offer sample images to the screen, and have them measured on a thread of their own."""
        if not images:
            return
        if self._sample_store is None or self._sample_worker is None:
            # Most runs log no images.
            from gan_tui.samples.store import SampleStore  # noqa: PLC0415
            from gan_tui.samples.worker import SampleWorker  # noqa: PLC0415

            self._sample_store, self._sample_worker = SampleStore(), SampleWorker()
        self._sample_store.add(run, images)
        self._sample_worker.submit(run, images)

    def _collect_samples(self) -> None:
        if self._sample_worker is None:
            return
        for path, (columns, faults) in self._sample_worker.results().items():
            run = self._runs.get(path)
            if run is not None:
                run.tracker.on_measured(columns, faults)
                self._diagnose([run])

    # -- discovery ---------------------------------------------------------------------------------

    def _find(self, *, strict: bool = False) -> Discovery:
        discovery = self._finder.find(strict=strict) if self._paths else Discovery()
        if self._pipe is None:
            return discovery
        return replace(discovery, runs=(PIPED_RUN, *discovery.runs))

    def _add_runs(self, discovery: Discovery) -> None:
        self._discovered_at = time.monotonic()
        for source in discovery.runs:
            run = self._runs.get(source.path)
            if run is None:
                run = self._runs[source.path] = self._new_run(source)
            if run.reader.follow(source.logs):
                self._unfinished.add(source.path)
                self._pending = True
            self._schedule.add(source.path, [log.path for log in source.logs])
        self._update_skipped(discovery)

    def _new_run(self, source: RunSource) -> _WatchedRun:
        # A run that is found later must not end the monitor.
        tracker = tracker_for(source, self._settings, strict=not self._runs)
        reader = RunReader(source, tracker, format=self._format, pipe=self._pipe)
        return _WatchedRun(reader, tracker, tracker.progress.note)

    def _update_skipped(self, discovery: Discovery) -> None:
        """Tell each run which files in its folder were skipped; the first run gets those of no run."""
        skipped: dict[str, list[Fault]] = {path: [] for path in self._runs}
        for problem in discovery.problems:
            if skipped and isinstance(problem, PassedOverError):
                containing = (path for path in skipped if problem.path.startswith(path + os.sep))
                path = max(containing, key=len, default=next(iter(skipped)))
                skipped[path].append(Fault(0, 0, problem.reason, problem.path))
        for path, faults in skipped.items():
            run = self._runs[path]
            if run.skipped != tuple(faults):
                run.skipped = tuple(faults)
                if run.tracker.state is not None:
                    self._diagnose([run])
