"""Which runs are polled when: those whose logs changed, and some of the others in every round."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

POLL_COUNT = 64
"""Up to this many runs are all polled in every round."""
ROUND_SECONDS = 10
"""With more runs, each is polled once within this time, and when one of its logs changes."""
STAT_SECONDS = 1.0
"""How often some runs are polled without a change: inotify misses changes on NFS, SSHFS and overflow."""


class PollSchedule:
    """Knows which runs may have changed since they were polled. Belongs to one thread.

    Avoids calling stat on every run each frame when only a few are active.
    """

    def __init__(self) -> None:
        self._runs: dict[str, None] = {}
        self._runs_of_log: dict[str, set[str]] = {}
        self._pending: set[str] = set()
        self._round_began_at = float("-inf")
        self._positions: dict[str, int] = {}

    def add(self, run: str, logs: Iterable[str]) -> None:
        """Add a run, or more logs of a known one.

        Args:
            run: Its path.
            logs: Paths of its logs; symbolic links are resolved, as in the paths that the watcher reports.
        """
        self._runs[run] = None
        for log in logs:
            self._runs_of_log.setdefault(os.path.realpath(log), set()).add(run)

    def runs_to_poll(self, now: float, changed_paths: frozenset[str] | None) -> set[str]:
        """Return the runs to poll now; each is returned until it is `polled`.

        Args:
            now: Monotonic seconds.
            changed_paths: The files reported as changed; None if any may have changed.
        """
        if changed_paths is None or len(self._runs) <= POLL_COUNT:
            self._pending.update(self._runs)
        else:
            self._pending.update(run for path in changed_paths for run in self._runs_of_log.get(path, ()))
        if now - self._round_began_at >= STAT_SECONDS:
            self._round_began_at = now
            self._pending.update(self.take_turns("stat", -(-len(self._runs) // ROUND_SECONDS)))
        return self._pending

    def polled(self, run: str) -> None:
        """Mark a run as polled."""
        self._pending.discard(run)

    def take_turns(self, purpose: str, count: int = POLL_COUNT) -> Sequence[str]:
        """Return the next `count` runs in a cycle over all of them; all if there are no more.

        Args:
            purpose: Each purpose has a cycle of its own.
            count: How many runs.
        """
        runs = list(self._runs)
        if len(runs) <= count:
            return runs
        begin = self._positions.get(purpose, 0) % len(runs)
        self._positions[purpose] = begin + count
        return (runs + runs)[begin : begin + count]
