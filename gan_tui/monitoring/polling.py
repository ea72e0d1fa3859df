"""Which of many runs are looked at when: those that were written, and of the rest some in every round."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

LOOKED_AT = 64
"""So many runs are all looked at in every round."""
ROUND_SECONDS = 10
"""Where there are more, each is looked at once in so many seconds, and when its log is said to change."""
STAT_SECONDS = 1.0
"""A round of stat catches what inotify misses (NFS, SSHFS, overflow)."""


class PollSchedule:
    """Knows which runs may have changed since they were looked at. Belongs to one thread.

    A thousand runs of which one trains are not looked at a thousand at a time, four times a second.
    """

    def __init__(self) -> None:
        self._runs: dict[str, None] = {}
        self._runs_of: dict[str, set[str]] = {}
        self._unseen: set[str] = set()
        self._begun_at = float("-inf")
        self._turns: dict[str, int] = {}

    def add(self, run: str, logs: Iterable[str]) -> None:
        """Take in a run, or more logs of one.

        Args:
            run: Its path.
            logs: Paths of its logs; links are resolved, as in what is told of them.
        """
        self._runs[run] = None
        for log in logs:
            self._runs_of.setdefault(os.path.realpath(log), set()).add(run)

    def due(self, now: float, news: frozenset[str] | None) -> set[str]:
        """The runs to be looked at now; each stays due until `seen`.

        Args:
            now: Monotonic seconds.
            news: The files that are said to have changed, None for any of them.
        """
        if news is None or len(self._runs) <= LOOKED_AT:
            self._unseen.update(self._runs)
        else:
            self._unseen.update(run for path in news for run in self._runs_of.get(path, ()))
        if now - self._begun_at >= STAT_SECONDS:
            self._begun_at = now
            self._unseen.update(self.share("stat", -(-len(self._runs) // ROUND_SECONDS)))
        return self._unseen

    def seen(self, run: str) -> None:
        """A run has been looked at."""
        self._unseen.discard(run)

    def share(self, what: str, count: int = LOOKED_AT) -> Sequence[str]:
        """The next so many runs, so that each has its turn.

        Args:
            what: For what; each has turns of its own.
            count: How many; all of them where there are no more.
        """
        every = list(self._runs)
        if len(every) <= count:
            return every
        begin = self._turns.get(what, 0) % len(every)
        self._turns[what] = begin + count
        return (every + every)[begin : begin + count]
