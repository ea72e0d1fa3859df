"""Where runs are diagnosed: here, or in a worker process while many wait for their first badge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from gan_tui.monitoring.run_tracker import RunTracker, update_trackers
from gan_tui.process import cpu_count

if TYPE_CHECKING:
    from gan_tui.monitoring.diagnosis_worker import DiagnosisBatch, DiagnosisWorker, Request, Result

BATCH_RUNS = 16
"""Runs that are diagnosed together: a third of the time of one by one; more need too much memory."""
MIN_RUNS = 48
"""Number of runs without a badge for which a worker process is worth its start."""
MAX_POINTS = 200_000
"""A run with more points is diagnosed here, since the worker process needs a copy of its points."""


class DiagnosisScheduler:
    """Has runs diagnosed. Belongs to one thread, except for `close`."""

    def __init__(self) -> None:
        self._worker: DiagnosisWorker | None = None
        self._has_failed = False
        """Whether a worker process could not be started, or has ended."""
        self._batches: list[tuple[DiagnosisBatch, list[RunTracker]]] = []

    @property
    def is_busy(self) -> bool:
        """Whether the worker process is diagnosing runs."""
        return bool(self._batches)

    def diagnose(self, trackers: Iterable[RunTracker], limit: int | None) -> bool:
        """Diagnose runs here; one that is in the worker process is diagnosed again when it is back.

        Args:
            trackers: The runs.
            limit: The most checkpoints of each.

        Returns:
            Whether any state is new.
        """
        here = []
        for tracker in trackers:
            tracker.outdated = tracker.in_worker
            if not tracker.in_worker:
                here.append(tracker)
        return bool(update_trackers(here, limit))

    def share(self, trackers: Sequence[RunTracker], waiting: int) -> Sequence[RunTracker]:
        """Send runs to the worker process if it is free; return those that remain to be diagnosed here.

        Args:
            trackers: The runs to diagnose.
            waiting: How many runs in all wait for their first badge.
        """
        if self._worker is None and waiting >= MIN_RUNS and not self._has_failed and cpu_count() > 1:
            self._start_worker()
        worker = self._worker
        if worker is None or not worker.is_free:
            return trackers
        requests: list[Request] = []
        sent = []
        for tracker in trackers:
            request = tracker.request
            if sum(len(curve) for pair in request[1] for curve in pair.curves.values()) <= MAX_POINTS:
                requests.append(request)
                sent.append(tracker)
        if not sent:
            return trackers
        try:
            self._batches.append((worker.submit(requests), sent))
        except RuntimeError:  # the process was killed
            self._has_failed = True
            self.close()
            return trackers
        for tracker in sent:
            tracker.in_worker = True
        return [tracker for tracker in trackers if not tracker.in_worker]

    def _start_worker(self) -> None:
        # Most of the time there are few runs.
        from gan_tui.monitoring.diagnosis_worker import DiagnosisWorker  # noqa: PLC0415

        try:
            self._worker = DiagnosisWorker()
        except (
            OSError,
            RuntimeError,
            ValueError,
        ):  # no more processes or threads for this user, as on login nodes
            self._has_failed = True

    def collect(self, *, more: bool) -> list[RunTracker]:
        """Take results from the worker process; return the runs that it no longer has.

        A run whose state is None was lost with the process, and one that changed meanwhile
        (`RunTracker.needs_diagnosis`) has to be diagnosed again.

        Args:
            more: Whether other runs still wait for their first badge; otherwise the worker process ends.
        """
        returned: list[RunTracker] = []
        for batch, trackers in [item for item in self._batches if item[0].done]:
            self._batches.remove((batch, trackers))
            results: Sequence[Result | None] = batch.results() or [None] * len(trackers)
            for tracker, (sent, _), result in zip(trackers, batch.requests, results, strict=True):
                tracker.in_worker = False
                returned.append(tracker)
                if result is None:
                    tracker.outdated = True
                elif tracker.accept(sent, result[0]):
                    tracker.set_state(*result[1:])
        if not more and not self._batches:
            self.close()
        return returned

    def wait(self, timeout: float) -> None:
        """Sleep until a result is there, at most `timeout` seconds."""
        worker = self._worker
        if worker is not None:
            worker.wait(timeout)

    def close(self) -> None:
        """End the worker process, if there is one; from any thread."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()
