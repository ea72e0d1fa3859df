"""The logged sample pictures of all runs, to be looked at: kept small, decoded only when asked for.

Decoding needs the extra `samples` (Pillow); nothing here is on the path of the curves.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct

from gan_tui.samples.decoding import Rows, opened
from gan_tui.samples.files import SampleImage
from gan_tui.samples.grid_layout import find_grid, profile

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_TILE = 8
"""A tile of fewer pixels across cannot be told from its neighbours."""
MOST_TILES = 64
"""Of a step with more pictures, one a sample, so many are shown."""
HELD_BYTES = 32 << 20
"""Encoded pictures that logs carry are held up to so many bytes a run; then every second step goes."""
HELD_STEPS = 10_000
"""Of a run with pictures of more steps every second one is let go."""

GREY = 96
"""The level behind transparent pictures and between tiles."""


class SampleStore:
    """Which sample pictures there are, by run and step. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[str, dict[int, list[SampleImage]]] = {}
        self._sizes: dict[str, int] = {}
        self._steps: dict[str, tuple[int, ...]] = {}

    def add(self, run: str, pictures: Iterable[SampleImage]) -> None:
        """Take in pictures of a run; those already known cost little."""
        with self._lock:
            held = self._runs.setdefault(run, {})
            known, size = len(held), self._sizes.get(run, 0)
            for picture in pictures:
                row = held.setdefault(picture.step, [])
                if picture.path and picture in row:
                    continue
                if len(row) < MOST_TILES:
                    row.append(picture)
                    size += len(picture.data)
            while (size > HELD_BYTES or len(held) > HELD_STEPS) and len(held) > 1:
                for step in sorted(held)[-2::-2]:  # the newest stays
                    size -= sum(len(p.data) for p in held.pop(step))
            self._sizes[run] = size
            if len(held) != known or run not in self._steps:
                self._steps[run] = tuple(sorted(held))

    def steps(self, run: str) -> tuple[int, ...]:
        """Steps with pictures, ascending."""
        with self._lock:
            return self._steps.get(run, ())

    def pictures(self, run: str, step: int) -> tuple[SampleImage, ...]:
        """The pictures of one step; none where it has none."""
        with self._lock:
            return tuple(self._runs.get(run, {}).get(step, ()))


def nearest(steps: Sequence[int], step: float) -> int | None:
    """Place in `steps` of the one closest to `step`, the earlier where two are; None without any."""
    if not steps:
        return None
    at = bisect_left(steps, step)
    if at == len(steps) or (at and step - steps[at - 1] <= steps[at] - step):
        return at - 1
    return at


class Thumbnail(Struct, frozen=True):
    """A step's samples as one small picture."""

    pixels: NDArray[np.uint8]
    """Red, green, blue, shape (rows, columns, 3)."""
    shown: int = 0
    """How many of the samples, where not all fit; 0 where all do, or nobody can tell."""
    of: int = 0


def thumbnail(pictures: Sequence[SampleImage], width: int, height: int) -> Thumbnail:
    """One picture of a step's samples, as large as fits.

    A grid whose tiles would become too small to be told apart is shown in part: as many whole tiles
    from its upper left corner as can be.

    Args:
        pictures: One grid, or one picture a sample, which are put side by side.
        width: Pixels across, at most.
        height: Pixels down, at most.

    Raises:
        ImportError: The extra `samples` is not installed.
        ValueError: A picture is damaged, none at all, or declares more than 34 megapixels.
    """
    from PIL import Image  # noqa: PLC0415 - an extra, and slow to load

    if len(pictures) == 1:
        image, shown, of = _part(_coloured(pictures[0], width, height), width, height)
        return Thumbnail(np.asarray(_fitted(image, width, height)), shown, of)
    columns = max(1, min(len(pictures), round((len(pictures) * width / max(1, height)) ** 0.5)))
    rows = -(-len(pictures) // columns)
    across, down = max(1, (width + 1) // columns - 1), max(1, (height + 1) // rows - 1)
    sheet = Image.new("RGB", (columns * (across + 1) - 1, rows * (down + 1) - 1), (GREY, GREY, GREY))
    for number, picture in enumerate(pictures):
        tile = _fitted(_coloured(picture, across, down), across, down)
        sheet.paste(tile, ((number % columns) * (across + 1), (number // columns) * (down + 1)))
    return Thumbnail(np.asarray(sheet))


def _part(image: Any, width: int, height: int) -> tuple[Any, int, int]:  # noqa: ANN401 - Pillow's, an extra
    """The part of a grid whose tiles can be told apart, how many tiles that is, and of how many."""
    share = min(width / image.width, height / image.height)
    if share >= 1:
        return image, 0, 0
    grid = find_grid([profile(Rows(image))])
    if grid is None:
        return image, 0, 0
    # A tile is shown with so many pixels at least, or with all that it has.
    across, down = min(grid.width, LEAST_TILE), min(grid.height, LEAST_TILE)
    if share * grid.width >= across and share * grid.height >= down:
        return image, 0, 0
    wanted = max(across / grid.width, down / grid.height)
    columns = min(grid.columns, max(1, int(width / (grid.pitch_x * wanted))))
    rows = min(grid.rows, max(1, int(height / (grid.pitch_y * wanted))))
    right = grid.left + (columns - 1) * grid.pitch_x + grid.width
    bottom = grid.top + (rows - 1) * grid.pitch_y + grid.height
    return image.crop((grid.left, grid.top, right, bottom)), rows * columns, grid.rows * grid.columns


def _coloured(picture: SampleImage, width: int, height: int) -> Any:  # noqa: ANN401 - Pillow's, an extra
    """The decoded picture in RGB, no larger than need be where its format allows."""
    with opened(picture, (width, height)) as image:
        if not image.has_transparency_data:
            image.load()  # a large one is not copied
            return image if image.mode == "RGB" else image.convert("RGB")
        from PIL import Image  # noqa: PLC0415

        paper = Image.new("RGBA", image.size, (GREY, GREY, GREY, 255))
        return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")


def _fitted(image: Any, width: int, height: int) -> Any:  # noqa: ANN401 - Pillow's, an extra
    """The image scaled to fit: averaged where it is made smaller, in whole blocks where larger."""
    from PIL import Image  # noqa: PLC0415

    share = min(width / image.width, height / image.height)
    if share >= 2:
        times = int(share)
        return image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
    if share >= 1:
        return image
    size = max(1, round(image.width * share)), max(1, round(image.height * share))
    return image.resize(size, Image.Resampling.BOX, reducing_gap=3.0)
