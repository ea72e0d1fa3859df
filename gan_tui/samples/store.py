"""The logged sample images of all runs, by run and step: encoded, and bounded in memory."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from gan_tui.samples.files import SampleImage

MAX_TILES = 64
"""The most images kept of a step that logs one image a sample."""
MAX_BYTES = 32 << 20
"""Encoded images kept in memory for each run; beyond that every second step is dropped."""
MAX_STEPS = 10_000
"""Steps with images kept for each run; beyond that every second step is dropped."""


class SampleStore:
    """Sample images by run and step. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[str, dict[int, list[SampleImage]]] = {}
        self._sizes: dict[str, int] = {}
        self._steps: dict[str, tuple[int, ...]] = {}

    def add(self, run: str, images: Iterable[SampleImage]) -> None:
        """Add images of a run; images already known cost little."""
        with self._lock:
            by_step = self._runs.setdefault(run, {})
            step_count, size = len(by_step), self._sizes.get(run, 0)
            for image in images:
                same_step = by_step.setdefault(image.step, [])
                if image.path and image in same_step:
                    continue
                if len(same_step) < MAX_TILES:
                    same_step.append(image)
                    size += len(image.data)
            while (size > MAX_BYTES or len(by_step) > MAX_STEPS) and len(by_step) > 1:
                for step in sorted(by_step)[-2::-2]:  # the newest is kept
                    size -= sum(len(image.data) for image in by_step.pop(step))
            self._sizes[run] = size
            if len(by_step) != step_count or run not in self._steps:
                self._steps[run] = tuple(sorted(by_step))

    def steps(self, run: str) -> tuple[int, ...]:
        """Return the steps with images, ascending."""
        with self._lock:
            return self._steps.get(run, ())

    def images(self, run: str, step: int) -> tuple[SampleImage, ...]:
        """Return the images of one step; empty if it has none."""
        with self._lock:
            return tuple(self._runs.get(run, {}).get(step, ()))


def nearest(steps: Sequence[int], step: float) -> int | None:
    """Return the index in `steps` closest to `step`, the earlier of two; None if `steps` is empty."""
    if not steps:
        return None
    at = bisect_left(steps, step)
    if at == len(steps) or (at and step - steps[at - 1] <= steps[at] - step):
        return at - 1
    return at
