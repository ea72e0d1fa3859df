"""Roles corrected by the user: queued by any thread, applied and kept by the thread that reads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from gan_tui.config.state import save_role_of_run
from gan_tui.monitoring.run_tracker import RunTracker
from gan_tui.monitoring.snapshot import Correction


class Corrections:
    """The queue of corrections, and those already applied."""

    def __init__(self) -> None:
        self.applied: tuple[Correction, ...] = ()
        """Every correction that was applied so far, in order."""
        self._queue: deque[tuple[str, str, str]] = deque()

    def add(self, run: str, name: str, role: str) -> None:
        """Queue a correction; from any thread. See `Source.correct` for the arguments."""
        self._queue.append((run, name, role))

    def apply(
        self, trackers: Mapping[str, RunTracker], logs_of: Callable[[str], Sequence[str]]
    ) -> list[RunTracker]:
        """Apply what is queued and keep it for the next start; return the runs that were corrected.

        Args:
            trackers: All runs, by path.
            logs_of: Returns the paths of the logs of a run.
        """
        corrected: dict[str, RunTracker] = {}
        while self._queue:
            run, name, role = self._queue.popleft()
            tracker = trackers.get(run)
            if tracker is not None:
                tracker.correct(name, role)
                corrected[run] = tracker
            problem = save_role_of_run(run, logs_of(run) if tracker is not None else [], name, role)
            self.applied = (*self.applied, Correction(run, name, role, problem))
        return list(corrected.values())
