"""A worker process that diagnoses runs: the badges of a thousand runs are there in about half the time.

It exists only while many runs wait for their first badge. It gets curves and diagnosers, and returns the
updated diagnosers with their results, which are the same as if they had been computed here.
"""

from __future__ import annotations

import gc
import io
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager, redirect_stderr, suppress
from multiprocessing import resource_tracker
from typing import Any

from gan_tui.diagnosis.result import Diagnosis
from gan_tui.diagnosis.run_diagnoser import RunDiagnoser, update_all
from gan_tui.run.objective.objective import Objective
from gan_tui.run.pair import Curve, PlayerPair

Request = tuple[RunDiagnoser, Sequence[PlayerPair]]
Result = tuple[RunDiagnoser, Diagnosis, Objective]
"""The diagnoser after the diagnosis, and what it returned."""

MAX_BATCHES = 2
"""Batches in the worker process: one is diagnosed, and the next one is there when that is done."""
NICENESS = 5
"""The worker process leaves the core to other processes, such as the training."""


class DiagnosisBatch:
    """Requests that were submitted together. They must not be changed until the batch is done."""

    def __init__(self, requests: Sequence[Request], future: Future[bytes]) -> None:
        self.requests = requests
        self._future = future

    @property
    def done(self) -> bool:
        """Whether the results are there, or are lost."""
        return self._future.done()

    def results(self) -> list[Result] | None:
        """Return the results of a batch that is done, None if the process ended before."""
        if self._future.cancelled() or self._future.exception() is not None:
            return None
        results: list[Result] = _CurveUnpickler(self._future.result(), _curves(self.requests)).load()
        return results


class DiagnosisWorker:
    """The worker process. Belongs to one thread, except for `close`.

    Raises:
        OSError: No process can be started.
        RuntimeError: No thread can be started.
    """

    def __init__(self) -> None:
        # The program has threads: its process must not be forked.
        context = multiprocessing.get_context("spawn")
        _start_resource_tracker()
        self._executor = ProcessPoolExecutor(1, context, _initialize)
        self._batches: list[Future[bytes]] = []
        try:
            with _interrupts_blocked():  # Ctrl-C is for this process, which ends the other one
                self._pid = self._executor.submit(os.getpid)
        except BaseException:
            self._executor.shutdown(wait=False)
            raise

    @property
    def is_free(self) -> bool:
        """Whether it takes another batch now."""
        if not self._pid.done() or self._pid.exception() is not None:
            return False
        self._batches = [batch for batch in self._batches if not batch.done()]
        return len(self._batches) < MAX_BATCHES

    def submit(self, requests: Sequence[Request]) -> DiagnosisBatch:
        """Send requests to the worker process.

        Raises:
            RuntimeError: The process has ended.
        """
        # Pickled here: the executor's thread would pickle curves while they grow.
        future = self._executor.submit(_diagnose, pickle.dumps(requests, pickle.HIGHEST_PROTOCOL))
        self._batches.append(future)
        return DiagnosisBatch(requests, future)

    def wait(self, timeout: float) -> None:
        """Sleep until a batch is done, at most `timeout` seconds."""
        wait(self._batches, timeout, return_when="FIRST_COMPLETED")

    def close(self) -> None:
        """End the process; batches in it are lost."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        if self._pid.done() and not self._pid.cancelled() and self._pid.exception() is None:
            with suppress(OSError):
                os.kill(self._pid.result(), signal.SIGKILL)


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Block Ctrl-C in this thread, and in a process that is started meanwhile."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _start_resource_tracker() -> None:
    """Start the process in which Python keeps track of semaphores.

    It needs the program's own stderr, since that of a screen has no descriptor to pass on. It cleans up
    without a warning if this program is killed.
    """
    quiet = "ignore:resource_tracker"
    sys.warnoptions.append(quiet)
    try:
        with redirect_stderr(sys.__stderr__):
            resource_tracker.ensure_running()
    finally:
        sys.warnoptions.remove(quiet)


# -- in the worker process ---------------------------------------------------------------------------


def _initialize() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):
        os.setsid()  # signals of the terminal are for the parent, which ends this process
    with suppress(OSError):
        os.nice(NICENESS)
    gc.disable()  # the process lives for seconds
    # The terminal belongs to the screen.
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):
        os.dup2(null, descriptor)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _diagnose(pickled: bytes) -> bytes:
    """Diagnose a batch; return the pickled results without the curves, which the caller has."""
    requests: Sequence[Request] = pickle.loads(pickled)  # noqa: S301 - from the process that started this one
    results = [
        (diagnoser, *result) for (diagnoser, _), result in zip(requests, update_all(requests), strict=True)
    ]
    file = io.BytesIO()
    _CurvePickler(file, _curves(requests)).dump(results)
    return file.getvalue()


# -- pickling without curves -------------------------------------------------------------------------


def _curves(requests: Sequence[Request]) -> list[Curve]:
    return [curve for _, pairs in requests for pair in pairs for curve in pair.curves.values()]


class _CurvePickler(pickle.Pickler):
    """Replaces the curves of the requests by their number."""

    def __init__(self, file: io.BytesIO, curves: Sequence[Curve]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._numbers = {id(curve): number for number, curve in enumerate(curves)}

    def persistent_id(self, obj: Any) -> int | None:  # noqa: ANN401 - as in the base class
        """Return the number of a curve of the requests, None for any other object."""
        return self._numbers.get(id(obj)) if type(obj) is Curve else None


class _CurveUnpickler(pickle.Unpickler):
    """Reads what `_CurvePickler` wrote, with the curves of the same requests."""

    def __init__(self, pickled: bytes, curves: Sequence[Curve]) -> None:
        super().__init__(io.BytesIO(pickled))
        self._curves = curves

    def persistent_load(self, pid: Any) -> Curve:  # noqa: ANN401 - as in the base class
        """Return the curve with this number."""
        return self._curves[int(pid)]
