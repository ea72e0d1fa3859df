"""The thread that measures sample images, so that curves never wait for a decoder."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TypeAlias

from gan_tui.logs.model import Column, Fault
from gan_tui.samples.decoding import PillowMissingError
from gan_tui.samples.files import SampleImage
from gan_tui.samples.measuring import SampleMeasurer

CPU_SHARE = 0.25
"""Share of one core for images that take long to decode: the training may run on the same machine."""
RESULT_SECONDS = 0.5
"""How often intermediate results are published."""

Result: TypeAlias = tuple[tuple[Column, ...], tuple[Fault, ...]]
"""The whole series measured so far, and the new faults."""


class SampleWorker:
    """Measures the sample grids of all runs on a thread of its own."""

    def __init__(self) -> None:
        self.missing_pillow = False
        self._measurers: dict[str, SampleMeasurer] = {}
        self._submitted: dict[str, list[SampleImage]] = {}
        self._results: dict[str, Result] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def submit(self, run: str, images: Sequence[SampleImage]) -> None:
        """Queue images of a run for measuring; images already known are ignored."""
        if not images or self.missing_pillow:
            return
        with self._lock:
            self._submitted.setdefault(run, []).extend(images)
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._measure_until_stopped, name="gan-tui samples", daemon=True
            )
            self._thread.start()
        self._wake.set()

    def results(self) -> dict[str, Result]:
        """Return, by run, what has been measured since the last call."""
        with self._lock:
            results, self._results = self._results, {}
        return results

    def close(self) -> None:
        """Stop after the current image."""
        self._stopped.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(5)

    def _measure_until_stopped(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                submitted, self._submitted = self._submitted, {}
            for run, images in submitted.items():
                measurer = self._measurers.setdefault(run, SampleMeasurer(retry_recent=True))
                if measurer.add(images) and not self._measure(run, measurer):
                    return

    def _measure(self, run: str, measurer: SampleMeasurer) -> bool:
        """Measure pending images, publishing results on the way; False if Pillow is missing."""
        try:
            while measurer.pending and not self._stopped.is_set():
                start = time.thread_time()
                measurer.measure_pending(RESULT_SECONDS)
                cpu_seconds = time.thread_time() - start
                faults, measurer.faults = tuple(measurer.faults), []
                with self._lock:
                    earlier = self._results.get(run, ((), ()))[1]
                    self._results[run] = (measurer.columns(), earlier + faults)
                if measurer.pending:
                    self._stopped.wait(cpu_seconds * (1 / CPU_SHARE - 1))
        except PillowMissingError:
            self.missing_pillow = True
            return False
        return True
