"""Logged sample grids, decoded and measured: the series `samples/...` of a run.

Needs the extra `samples` (Pillow). Decoding is bounded and never on the path of the curves.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gan_tui.diagnosis.samples import (
    Average,
    Diversity,
    Grid,
    average,
    find_grid,
    measure,
    tiles_of,
    travel,
)
from gan_tui.logs.pictures import Picture
from gan_tui.logs.points import Column, Fault, Floats

MOST_PIXELS = 32_000_000
"""A picture that declares more is not decoded."""
MOST_PICTURES = 400
"""Of a longer row of pictures so many are measured, evenly spread, the newest among them."""
LAYOUT_FROM = 6
"""The grid's layout is read off so many pictures: one collapsed grid alone can be ambiguous."""
SERIES = ("samples/diversity", "samples/duplicates", "samples/roughness", "samples/travel")


class PillowMissingError(ImportError):
    """The extra `samples` is not installed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one step's samples show."""

    step: int
    diversity: Diversity
    travel: float
    """From the grid before, in units of chance; NaN for the first."""


def decode(picture: Picture) -> Floats:
    """The picture's levels.

    Args:
        picture: PNG or JPEG, in a file or in memory.

    Returns:
        Levels 0..1, shape (height, width, channels), one or three channels.

    Raises:
        PillowMissingError: The extra `samples` is not installed.
        ValueError: It is damaged, no picture, or declares more than 32 megapixels.
    """
    try:
        from PIL import Image  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        raise PillowMissingError from error
    Image.MAX_IMAGE_PIXELS = None  # our own limit below comes before anything is decoded
    try:
        with Image.open(io.BytesIO(picture.data) if picture.data else picture.path) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS:
                too_large = f"the picture declares {width:,} x {height:,} pixels, more than 32 megapixels"
                raise ValueError(too_large)  # noqa: TRY301 - beside the other reasons
            grey = opened.mode in ("1", "L", "I", "I;16", "F")
            levels = np.asarray(opened.convert("L" if grey else "RGB"), dtype=np.float64) / 255
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(f"not a picture that can be read ({type(error).__name__})") from error
    return levels[:, :, None] if levels.ndim == 2 else levels


class Gallery:
    """The sample pictures of one run, measured as they come. Belongs to one thread."""

    def __init__(self) -> None:
        self.pictures: dict[int, list[Picture]] = {}
        self.faults: list[Fault] = []
        self._seen: dict[int, tuple[Diversity, Average] | None] = {}
        self._grid: Grid | None = None
        self._shape: tuple[int, ...] | None = None

    def add(self, pictures: Sequence[Picture]) -> bool:
        """Take in pictures; says whether any is new."""
        new = False
        for picture in pictures:
            held = self.pictures.setdefault(picture.step, [])
            if not any(h.path == picture.path and h.data == picture.data for h in held):
                held.append(picture)
                self._seen.pop(picture.step, None)
                new = True
        return new

    @property
    def waiting(self) -> list[int]:
        """Steps whose pictures are not yet measured, newest first."""
        steps = sorted(self.pictures)
        if len(steps) > MOST_PICTURES:
            picks = np.linspace(0, len(steps) - 1, MOST_PICTURES).astype(np.int64)
            steps = [steps[i] for i in picks]
        return [step for step in reversed(steps) if step not in self._seen]

    def work(self, go_on: Callable[[], bool] = lambda: True) -> bool:
        """Measure what waits, newest first, while `go_on()` says so; says whether anything was."""
        worked = False
        for step in self.waiting:
            if not go_on():
                break
            worked = True
            tiles = self._tiles_of(step)
            found = None if tiles is None else measure(tiles)
            self._seen[step] = None if tiles is None or found is None else (found, average(tiles))
        return worked

    def _tiles_of(self, step: int) -> Floats | None:
        pictures = self.pictures[step]
        try:
            if len(pictures) >= 4:
                # One picture a sample, as TF2's image summary writes them.
                levels = [decode(p) for p in pictures]
                same = [each for each in levels if each.shape == levels[0].shape]
                return np.stack(same)
            picture = decode(pictures[0])
        except ValueError as error:
            self.faults.append(Fault(0, 0, str(error), pictures[0].path or pictures[0].group))
            return None
        if picture.shape != self._shape:
            self._shape, self._grid = picture.shape, self._layout(picture)
        return None if self._grid is None else tiles_of(picture, self._grid)

    def _layout(self, picture: Floats) -> Grid | None:
        """The layout that holds for this picture and a few others of its size."""
        others = []
        steps = sorted(self.pictures)
        for step in steps[:: max(1, len(steps) // LAYOUT_FROM)][:LAYOUT_FROM]:
            try:
                other = decode(self.pictures[step][0])
            except ValueError:
                continue
            if other.shape == picture.shape:
                others.append(other.mean(axis=2))
        return find_grid([picture.mean(axis=2), *others])

    def seen(self) -> list[Seen]:
        """What has been measured so far, in order of the steps."""
        row = []
        before: Average | None = None
        for step in sorted(self._seen):
            held = self._seen[step]
            if held is None:
                continue
            diversity, mean = held
            row.append(Seen(step, diversity, float("nan") if before is None else travel(before, mean)))
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
