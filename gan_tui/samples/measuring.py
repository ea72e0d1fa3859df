"""Logged sample grids, decoded and measured: the series `samples/...` of a run.

Needs the extra `samples` (Pillow). Decoding is bounded and never on the path of the curves.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from gan_tui.logs.model import Column, Fault, Floats
from gan_tui.logs.scratch import give_back_memory
from gan_tui.samples.decoding import PillowMissingError, Rows, opened
from gan_tui.samples.diversity import (
    Average,
    Diversity,
    average,
    measure,
    shrunk,
    tiles_of,
    travel,
)
from gan_tui.samples.files import SampleImage
from gan_tui.samples.grid_layout import Grid, Profile, find_grid, profile

MOST_PICTURES = 400
"""Of a longer row of pictures about so many are measured, evenly spread, and the newest besides."""
MOST_PIXELS = 256_000_000
"""Of large pictures fewer are measured: about so many pixels in all."""
NEWEST = 4
YOUNG_SECONDS = 30.0
"""A file that was changed so lately and cannot be read may not be written to its end yet."""
WORK_SHARE = 0.25
"""Of the time, for pictures that take long to decode: a training runs beside us."""
LAYOUT_FROM, LARGE_FROM = 6, 2
"""The grid's layout is read off so many others, too: one collapsed grid alone can be ambiguous."""
MOST_LAYOUTS = 8
"""Pictures of ever other sizes are no samples of one run: a folder of photographs is soon left alone."""
LARGE = 4_000_000
"""Pixels of a picture that takes a while to decode, of which fewer have to do."""
RESULT_SECONDS = 0.5
"""How often what is measured so far is handed on."""
SERIES = ("samples/diversity", "samples/duplicates", "samples/roughness", "samples/travel")


class SampleMeasures(Struct, frozen=True):
    """What one step's samples show."""

    step: int
    diversity: Diversity
    travel: float
    """From the grid before, in units of chance; NaN for the first."""


class SampleMeasurer:
    """The sample pictures of one run, measured as they come. Belongs to one thread.

    Args:
        patient: Look once more at a file that cannot be read and may still be written; else it is a fault.
    """

    def __init__(self, *, patient: bool = False) -> None:
        self.pictures: dict[int, list[SampleImage]] = {}
        self.faults: list[Fault] = []
        self._patient = patient
        self._unfinished: set[int] = set()
        """Steps whose pictures may not be written to their end yet."""
        self._seen: dict[int, tuple[Diversity, Average] | None] = {}
        self._grid: Grid | None = None
        self._shape: tuple[int, ...] | None = None
        self._layouts = 0

    def add(self, pictures: Sequence[SampleImage]) -> bool:
        """Take in pictures; says whether there is anything to measure."""
        new = bool(self._unfinished)
        self._unfinished.clear()
        for picture in pictures:
            held = self.pictures.setdefault(picture.step, [])
            # A picture of a log is handed in once; one in a file each time the folder is searched.
            if not picture.path or picture not in held:
                held.append(picture)
                self._seen.pop(picture.step, None)
                new = True
        return new

    @property
    def waiting(self) -> list[int]:
        """Steps whose pictures are not yet measured, newest first."""
        done = self._seen.keys() | self._unfinished
        return [step for step in reversed(self._chosen()) if step not in done]

    def _chosen(self) -> list[int]:
        """The steps that are measured: few enough, and as more come, hardly any others."""
        steps = sorted(self.pictures)
        pixels = 1 if self._shape is None else self._shape[0] * self._shape[1]
        most = max(2 * NEWEST, min(MOST_PICTURES, MOST_PIXELS // pixels))
        stride = 1
        while len(steps) > most * stride:
            stride *= 2
        older = steps[: max(0, len(steps) - NEWEST)]
        return [*older[::stride], *steps[len(older) :]]

    def work(self, seconds: float = float("inf")) -> None:
        """Measure what waits, newest first, for about so many seconds."""
        until = time.monotonic() + seconds
        for step in self.waiting:
            if time.monotonic() > until:
                break
            tiles = self._tiles_of(step)
            found = None if tiles is None else measure(tiles)
            if step in self._unfinished:
                continue
            self._forget_data(step)
            self._seen[step] = None if tiles is None or found is None else (found, average(tiles))

    def _forget_data(self, step: int) -> None:
        """Let go of the bytes of a measured picture; the first few stay, to read the layout off."""
        if step not in sorted(self.pictures)[:LAYOUT_FROM]:
            self.pictures[step] = [replace(p, data=b"") for p in self.pictures[step]]

    def _tiles_of(self, step: int) -> Floats | None:
        pictures = self.pictures[step]
        try:
            if len(pictures) >= 4:
                # One picture a sample, as TF2's image summary writes them.
                tiles = [_shrunk(p) for p in pictures]
                return np.stack([tile for tile in tiles if tile.shape == tiles[0].shape])
            with opened(pictures[0]) as image:
                shape = Rows(image).shape
            if shape != self._shape and self._layouts < MOST_LAYOUTS:
                grid = self._layout(step, shape)
                self._layouts += 1
                self._shape, self._grid = shape, grid
            if shape != self._shape or self._grid is None:
                return None
            with opened(pictures[0]) as image:
                return tiles_of(Rows(image), self._grid)
        except ValueError as error:
            if self._patient and _is_young(pictures):
                self._unfinished.add(step)
            else:
                self.faults.append(Fault(0, 0, str(error), pictures[0].path or pictures[0].group))
            return None

    def _layout(self, of: int, shape: tuple[int, ...]) -> Grid | None:
        """The layout that holds for the picture of a step and a few others of its size.

        Raises:
            ValueError: The picture cannot be decoded.
        """
        profiles = [_profile(self.pictures[of][0])]
        few = LARGE_FROM if shape[0] * shape[1] > LARGE else LAYOUT_FROM
        for step in [step for step in sorted(self.pictures) if step != of][:few]:
            with suppress(ValueError):
                profiles.append(_profile(self.pictures[step][0], shape))
        return find_grid(profiles)

    def seen(self) -> list[SampleMeasures]:
        """What has been measured so far, in order of the steps."""
        row = []
        before: Average | None = None
        for step in sorted(self._seen):
            held = self._seen[step]
            if held is None:
                continue
            diversity, mean = held
            row.append(
                SampleMeasures(step, diversity, float("nan") if before is None else travel(before, mean))
            )
            before = mean
        return row

    def columns(self) -> tuple[Column, ...]:
        """The measures as series."""
        row = self.seen()
        if not row:
            return ()
        steps = np.array([s.step for s in row], dtype=np.int64)
        measures = np.array(
            [[s.diversity.diversity, s.diversity.duplicates, s.diversity.roughness, s.travel] for s in row]
        )
        return tuple(Column(name, steps, measures[:, i].copy()) for i, name in enumerate(SERIES))


def _profile(picture: SampleImage, shape: tuple[int, ...] | None = None) -> Profile:
    """What the layout of a picture is told from; of one of another shape nothing is decoded.

    Raises:
        ValueError: It cannot be decoded, or has not that shape.
    """
    with opened(picture) as image:
        rows = Rows(image)
        if shape is not None and rows.shape != shape:
            raise ValueError(shape)
        return profile(rows)


def _shrunk(picture: SampleImage) -> Floats:
    with opened(picture) as image:
        return shrunk(Rows(image)[:])


def _is_young(pictures: Sequence[SampleImage]) -> bool:
    """Whether a file among them was changed a moment ago."""
    try:
        files = [Path(p.path) for p in pictures if p.path and not p.size]
        return any(time.time() - file.stat().st_mtime < YOUNG_SECONDS for file in files)
    except OSError:
        return False


class SampleWorker:
    """Measures the sample grids of all runs on a thread of its own, so that curves never wait."""

    def __init__(self) -> None:
        self.missing_pillow = False
        self._galleries: dict[str, SampleMeasurer] = {}
        self._incoming: dict[str, list[SampleImage]] = {}
        self._measured: dict[str, tuple[tuple[Column, ...], tuple[Fault, ...]]] = {}
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def submit(self, run: str, pictures: Sequence[SampleImage]) -> None:
        """Hand in pictures of a run; those already known cost nothing."""
        if not pictures or self.missing_pillow:
            return
        with self._lock:
            self._incoming.setdefault(run, []).extend(pictures)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="gan-tui samples", daemon=True)
            self._thread.start()
        self._woken.set()

    def results(self) -> dict[str, tuple[tuple[Column, ...], tuple[Fault, ...]]]:
        """What has been measured since the last call: by run, the whole curves and new faults."""
        with self._lock:
            measured, self._measured = self._measured, {}
        return measured

    def close(self) -> None:
        """Stop after the picture in hand."""
        self._ended.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(5)

    def _work(self) -> None:
        while not self._ended.is_set():
            self._woken.wait()
            self._woken.clear()
            with self._lock:
                incoming, self._incoming = self._incoming, {}
            for run, pictures in incoming.items():
                gallery = self._galleries.setdefault(run, SampleMeasurer(patient=True))
                if gallery.add(pictures) and not self._measure(run, gallery):
                    return

    def _measure(self, run: str, gallery: SampleMeasurer) -> bool:
        """Measure what waits, giving results as they come; False where there is no Pillow."""
        try:
            while gallery.waiting and not self._ended.is_set():
                begun = time.thread_time()
                gallery.work(RESULT_SECONDS)
                taken = time.thread_time() - begun
                faults, gallery.faults = tuple(gallery.faults), []
                with self._lock:
                    earlier = self._measured.get(run, ((), ()))[1]
                    self._measured[run] = (gallery.columns(), earlier + faults)
                if taken > RESULT_SECONDS:
                    give_back_memory()
                if gallery.waiting:
                    self._ended.wait(taken * (1 / WORK_SHARE - 1))
        except PillowMissingError:
            self.missing_pillow = True
            return False
        return True
