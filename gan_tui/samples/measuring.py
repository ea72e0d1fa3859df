"""Measure the sample grids of a run: images to the series `samples/...`.

Needs the extra `samples` (Pillow). Decoding is bounded and never delays the curves.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from gan_tui.logs.model import Column, Fault, Floats
from gan_tui.samples.decoding import ImageRows, open_image
from gan_tui.samples.diversity import (
    Centroid,
    Diversity,
    centroid,
    centroid_shift,
    cut_tiles,
    measure,
    shrink,
)
from gan_tui.samples.files import SampleImage
from gan_tui.samples.grid_layout import Grid, Profile, find_grid, profile

MAX_STEPS = 400
"""About the most steps measured in a run, evenly spread; the newest are measured as well."""
MAX_TOTAL_PIXELS = 256_000_000
"""About the most pixels decoded in a run: of large images fewer are measured."""
NEWEST = 4
"""The newest steps are always measured."""
RECENT_SECONDS = 30.0
"""An unreadable file changed within this time may still be being written."""
LAYOUT_IMAGES = 6
"""Other images examined to find the grid layout: a single collapsed grid can be ambiguous."""
LARGE_LAYOUT_IMAGES = 2
"""The same for large images."""
LARGE_PIXELS = 4_000_000
"""Images with more pixels take long to decode."""
MAX_LAYOUTS = 8
"""Images of many different sizes are not samples of one run: a folder of photographs is given up soon."""
SERIES = ("samples/diversity", "samples/duplicates", "samples/roughness", "samples/centroid_shift")


class SampleMeasures(Struct, frozen=True):
    """Measures of one step's samples."""

    step: int
    diversity: Diversity
    centroid_shift: float
    """Shift from the previous grid, in units of chance; NaN for the first."""


class SampleMeasurer:
    """The sample images of one run, measured as they arrive. Belongs to one thread.

    Args:
        retry_recent: Retry an unreadable file that may still be being written, instead of reporting a fault.
    """

    def __init__(self, *, retry_recent: bool = False) -> None:
        self.images: dict[int, list[SampleImage]] = {}
        self.faults: list[Fault] = []
        self._retry_recent = retry_recent
        self._unfinished: set[int] = set()
        """Steps whose image files may still be being written."""
        self._measured: dict[int, tuple[Diversity, Centroid] | None] = {}
        self._grid: Grid | None = None
        self._shape: tuple[int, ...] | None = None
        self._layouts_tried = 0

    def add(self, images: Sequence[SampleImage]) -> bool:
        """Add images; return whether anything is left to measure."""
        changed = bool(self._unfinished)
        self._unfinished.clear()
        for image in images:
            same_step = self.images.setdefault(image.step, [])
            # Images within a log are given once, image files again with each search of the folder.
            if not image.path or image not in same_step:
                same_step.append(image)
                self._measured.pop(image.step, None)
                changed = True
        return changed

    @property
    def pending(self) -> list[int]:
        """Steps whose images are not measured yet, newest first."""
        done = self._measured.keys() | self._unfinished
        return [step for step in reversed(self._selected_steps()) if step not in done]

    def _selected_steps(self) -> list[int]:
        """Return the steps to measure: a bounded number that changes little as more arrive."""
        steps = sorted(self.images)
        pixels = 1 if self._shape is None else self._shape[0] * self._shape[1]
        limit = max(2 * NEWEST, min(MAX_STEPS, MAX_TOTAL_PIXELS // pixels))
        stride = 1
        while len(steps) > limit * stride:
            stride *= 2
        older = steps[: max(0, len(steps) - NEWEST)]
        return [*older[::stride], *steps[len(older) :]]

    def measure_pending(self, seconds: float = float("inf")) -> None:
        """Measure pending steps, newest first, for about this many seconds."""
        deadline = time.monotonic() + seconds
        for step in self.pending:
            if time.monotonic() > deadline:
                break
            tiles = self._tiles_of(step)
            diversity = None if tiles is None else measure(tiles)
            if step in self._unfinished:
                continue
            self._release_data(step)
            self._measured[step] = (
                None if tiles is None or diversity is None else (diversity, centroid(tiles))
            )

    def _release_data(self, step: int) -> None:
        """Free the bytes of a measured image; the first few are kept to find the layout."""
        if step not in sorted(self.images)[:LAYOUT_IMAGES]:
            self.images[step] = [replace(image, data=b"") for image in self.images[step]]

    def _tiles_of(self, step: int) -> Floats | None:
        images = self.images[step]
        try:
            if len(images) >= 4:
                # One image a sample, as TF2's image summary writes them.
                tiles = [_shrunk_image(image) for image in images]
                return np.stack([tile for tile in tiles if tile.shape == tiles[0].shape])
            with open_image(images[0]) as image:
                shape = ImageRows(image).shape
            if shape != self._shape and self._layouts_tried < MAX_LAYOUTS:
                grid = self._find_layout(step, shape)
                self._layouts_tried += 1
                self._shape, self._grid = shape, grid
            if shape != self._shape or self._grid is None:
                return None
            with open_image(images[0]) as image:
                return cut_tiles(ImageRows(image), self._grid)
        except ValueError as error:
            if self._retry_recent and _is_recent(images):
                self._unfinished.add(step)
            else:
                self.faults.append(Fault(0, 0, str(error), images[0].path or images[0].group))
            return None

    def _find_layout(self, step: int, shape: tuple[int, ...]) -> Grid | None:
        """Find the layout that fits the image of a step and a few others of the same shape.

        Raises:
            ValueError: The image of the step cannot be decoded.
        """
        profiles = [_profile(self.images[step][0])]
        count = LARGE_LAYOUT_IMAGES if shape[0] * shape[1] > LARGE_PIXELS else LAYOUT_IMAGES
        for other in [other for other in sorted(self.images) if other != step][:count]:
            with suppress(ValueError):
                profiles.append(_profile(self.images[other][0], shape))
        return find_grid(profiles)

    def measures(self) -> list[SampleMeasures]:
        """Return all measures so far, in order of the steps."""
        measures = []
        previous: Centroid | None = None
        for step in sorted(self._measured):
            measured = self._measured[step]
            if measured is None:
                continue
            diversity, current = measured
            shift = float("nan") if previous is None else centroid_shift(previous, current)
            measures.append(SampleMeasures(step, diversity, shift))
            previous = current
        return measures

    def columns(self) -> tuple[Column, ...]:
        """Return the measures as series."""
        measures = self.measures()
        if not measures:
            return ()
        steps = np.array([m.step for m in measures], dtype=np.int64)
        values = np.array(
            [
                [m.diversity.diversity, m.diversity.duplicates, m.diversity.roughness, m.centroid_shift]
                for m in measures
            ]
        )
        return tuple(Column(name, steps, values[:, i].copy()) for i, name in enumerate(SERIES))


def _profile(source: SampleImage, shape: tuple[int, ...] | None = None) -> Profile:
    """Return the profile of an image; one of another shape than `shape` is not decoded.

    Raises:
        ValueError: The image cannot be decoded, or has another shape.
    """
    with open_image(source) as image:
        rows = ImageRows(image)
        if shape is not None and rows.shape != shape:
            raise ValueError(shape)
        return profile(rows)


def _shrunk_image(source: SampleImage) -> Floats:
    with open_image(source) as image:
        return shrink(ImageRows(image)[:])


def _is_recent(images: Sequence[SampleImage]) -> bool:
    """Return whether one of the image files was changed a moment ago."""
    try:
        files = [Path(image.path) for image in images if image.path and not image.size]
        return any(time.time() - file.stat().st_mtime < RECENT_SECONDS for file in files)
    except OSError:
        return False
