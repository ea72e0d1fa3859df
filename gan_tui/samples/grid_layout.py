"""How a picture of many samples is divided, from the picture alone: plain arrays in, no files.

A picture is looked at line by line, each line at a few hundred of its pixels: StyleGAN lays its samples
out on 32 megapixels, and a monitor has no room for several of those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gan_tui.logs.model import Floats

Levels = NDArray[np.uint8] | Floats
"""Bytes, or levels 0..1."""


class Picture(Protocol):
    """A picture of which rows can be taken out: an array, or an image that is larger than one should be."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Height, width, channels."""

    def __getitem__(self, rows: slice, /) -> Levels:
        """Some rows, shape (rows, width, channels)."""


SMALLEST_TILE = 6
"""Pixels; below that nothing can be told of a tile."""
PADDING_RIPPLE = 0.02
"""Mean deviation (of 0..1 levels) up to which a line of pixels counts as padding."""
MOST_PADDING = 16
LINE_PIXELS = 512
"""Of a longer line so many pixels are looked at, evenly spread."""
BAND = 128
"""Rows that are taken out at once."""


class Grid(Struct, frozen=True):
    """How a picture is divided into tiles, in pixels."""

    top: int
    left: int
    height: int
    """Of a tile."""
    width: int
    pitch_y: int
    """From one tile's top to the next one's."""
    pitch_x: int
    rows: int
    columns: int


class Lines(Struct, frozen=True):
    """The n lines of a picture along one axis, in grey levels 0..1."""

    levels: Floats
    """Mean of each line, shape (n,)."""
    ripple: Floats
    """Mean deviation from it within the line, shape (n,)."""
    change: Floats
    """Mean difference to the next line, shape (n - 1,)."""


class Profile(Struct, frozen=True):
    """What the layout of a picture is told from."""

    rows: Lines
    columns: Lines


def profile(picture: Picture) -> Profile:
    """The lines of a picture, in little memory however large it is."""
    height, width = picture.shape[:2]
    across = np.linspace(0, width - 1, min(width, LINE_PIXELS)).astype(np.intp)
    down = np.linspace(0, height - 1, min(height, LINE_PIXELS)).astype(np.intp)
    rows, columns = np.empty((height, len(across)), np.float32), np.empty((len(down), width), np.float32)
    for top in range(0, height, BAND):
        band = picture[top : top + BAND]
        rows[top : top + BAND] = _grey(band[:, across])
        first, last = np.searchsorted(down, [top, top + len(band)])
        columns[first:last] = _grey(band[down[first:last] - top])
    return Profile(_lines(rows), _lines(columns.T))


def _grey(levels: Levels) -> Floats:
    """Grey levels 0..1 of shape (height, width, channels): (height, width)."""
    return np.asarray(levels.mean(axis=2) / (255 if levels.dtype == np.uint8 else 1))


def _lines(grey: NDArray[np.float32]) -> Lines:
    levels = grey.mean(axis=1)
    ripple = np.abs(grey - levels[:, None]).mean(axis=1)
    return Lines(
        *(x.astype(np.float64) for x in (levels, ripple, np.abs(np.diff(grey, axis=0)).mean(axis=1)))
    )


def find_grid(profiles: Sequence[Profile]) -> Grid | None:
    """The tiles of a run's sample grids, from the pictures alone.

    Args:
        profiles: Of grids of one run, all of one size. A few are enough; one collapsed grid alone can be
            ambiguous, several settle it.

    Returns:
        The layout (torchvision's `make_grid`: a frame of padding around every tile; or padding
        between tiles only; or tiles that touch), or None where the pictures are no grids.
    """
    ys = _axis_layouts([profile.rows for profile in profiles])
    xs = _axis_layouts([profile.columns for profile in profiles])
    best: tuple[tuple[float, ...], Grid] | None = None
    for top, height, pitch_y, rows in ys:
        for left, width, pitch_x, columns in xs:
            if rows * columns < 4 or (pitch_y - height) != (pitch_x - width):
                continue
            # Padding before mere seams, square tiles before others, then the finest division that
            # the lines allow: a coarser one only takes several tiles for one.
            squareness = -abs(float(np.log(height / width)))
            rank = (float(pitch_y > height), round(squareness, 3), float(rows * columns))
            if best is None or rank > best[0]:
                best = rank, Grid(top, left, height, width, pitch_y, pitch_x, rows, columns)
    return None if best is None else best[1]


def _axis_layouts(pictures: Sequence[Lines]) -> list[tuple[int, int, int, int]]:
    """Possible (start, tile, pitch, count) along one axis of the pictures."""
    levels = np.stack([lines.levels for lines in pictures])
    # JPEG ripples a little on the padding beside a tile.
    uniform = np.all([lines.ripple < PADDING_RIPPLE for lines in pictures], axis=0)
    size = len(uniform)
    found = []
    for count in range(1, size // SMALLEST_TILE + 1):
        for frame, pads in ((True, count + 1), (False, count - 1)):
            for padding in range(1, 1 + min(MOST_PADDING, size // (2 * count))):
                tile, rest = divmod(size - padding * pads, count)
                if rest or tile < SMALLEST_TILE:
                    continue
                start = padding if frame else 0
                lines = _padding_lines(start, tile, padding, count, size)
                if len(lines) and uniform[lines].all() and np.ptp(levels[:, lines], axis=1).max() < 0.05:
                    found.append((start, tile, tile + padding, count))
    return found + _touching_layouts(np.mean([lines.change for lines in pictures], axis=0))


def _touching_layouts(change: Floats) -> list[tuple[int, int, int, int]]:
    """Layouts without padding: the picture changes more across the seams than within the tiles."""
    size = len(change) + 1
    found = []
    for count in range(2, size // SMALLEST_TILE + 1):
        tile, rest = divmod(size, count)
        if rest:
            continue
        seams = np.arange(1, count) * tile - 1
        others = np.delete(change, seams)
        if change[seams].min() > 1.5 * np.median(others) and change[seams].mean() > 2 * others.mean():
            found.append((0, tile, tile, count))
    return found


def _padding_lines(start: int, tile: int, padding: int, count: int, size: int) -> NDArray[np.int64]:
    """Indices of the rows that are padding in such a layout."""
    inside = np.zeros(size, dtype=bool)
    for index in range(count):
        begin = start + index * (tile + padding)
        inside[begin : begin + tile] = True
    return np.flatnonzero(~inside)
