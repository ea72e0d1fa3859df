"""Where runs are judged: here, or in a second process while many wait for their first badge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from gan_tui.monitoring.run_reader import RunReader
from gan_tui.monitoring.run_tracker import states
from gan_tui.process import cpu_count

if TYPE_CHECKING:
    from gan_tui.monitoring.diagnosis_worker import DiagnosisBatch, DiagnosisWorker, Request, Result

TOGETHER = 16
"""So many runs are judged at once: a third of the time of one by one; for more, too much memory."""
MANY = 48
"""From so many runs without a badge on, a second process is worth its start."""
MOST_POINTS = 200_000
"""A run with more is not handed over: its points would be held twice."""


class DiagnosisScheduler:
    """Has runs judged. Belongs to one thread."""

    def __init__(self) -> None:
        self.degraded = ""
        """Why some changes do not wake; said of every run."""
        self.dirty = False
        """Whether any run has been judged since this was last set to False."""
        self._jury: DiagnosisWorker | None = None
        self._alone = False
        """Whether everything is judged here."""
        self._away: dict[DiagnosisBatch, list[RunReader]] = {}

    @property
    def busy(self) -> bool:
        """Whether runs are being judged elsewhere."""
        return bool(self._away)

    def judge(self, some: Iterable[RunReader], most: int | None) -> None:
        """Judge runs here and now; one that is away is judged once more when it comes back.

        Args:
            some: The runs.
            most: So many checkpoints of each at most: the rest is `unfinished`.
        """
        here = []
        for watched in some:
            watched.again = watched.away
            if not watched.away:
                watched.say_where(self.degraded)
                here.append(watched)
        for watched, state in zip(here, states([w.observer for w in here], most), strict=True):
            watched.state = state
            self.dirty = True

    def share(self, some: Sequence[RunReader], waiting: int) -> Sequence[RunReader]:
        """Hand runs over to the second process, where it has nothing to do.

        Args:
            some: Runs that have to be judged.
            waiting: How many there are in all without a badge.

        Returns:
            Those that are to be judged here.
        """
        if self._jury is None and waiting >= MANY and not self._alone and cpu_count() > 1:
            self._summon()
        jury = self._jury
        if jury is None or not jury.free:
            return some
        asks: list[Request] = []
        sent = []
        for watched in some:
            ask = watched.observer.asks
            if sum(len(curve) for pair in ask[1] for curve in pair.curves.values()) <= MOST_POINTS:
                asks.append(ask)
                sent.append(watched)
                watched.away = True
        if sent:
            self._away[jury.submit(asks)] = sent
        return [watched for watched in some if not watched.away]

    def _summon(self) -> None:
        from gan_tui.monitoring.diagnosis_worker import DiagnosisWorker  # noqa: PLC0415 - most of the time there are few runs

        try:
            self._jury = DiagnosisWorker()
        except (OSError, RuntimeError):  # no more processes or threads for this user, as on login nodes
            self._alone = True

    def take(self, *, more: bool) -> list[str]:
        """Take back what was judged elsewhere.

        Args:
            more: Whether other runs still wait for a badge; where none does the second process ends.

        Returns:
            The paths of the runs that came back.
        """
        jury = self._jury
        if jury is None:
            return []
        came: list[str] = []
        for batch in jury.results():
            runs = self._away.pop(batch)
            answers: Sequence[Result | None] = batch.answers or [None] * len(runs)
            for watched, (sent, _), answer in zip(runs, batch.asks, answers, strict=True):
                watched.away = False
                came.append(watched.source.path)
                if answer is not None and watched.observer.take_back(sent, answer[0]):
                    watched.say_where(self.degraded)
                    watched.state = watched.observer.stands(*answer[1:])
                    self.dirty = True
        if not more and not self._away:
            self.close()
        return came

    def wait(self, timeout: float) -> None:
        """Sleep until something comes back, at most `timeout` seconds."""
        jury = self._jury
        if jury is not None:
            jury.wait(timeout)

    def close(self) -> None:
        """End the second process, if there is one; from any thread."""
        jury, self._jury = self._jury, None
        if jury is not None:
            jury.close()
