"""Find the layout of a sample grid from the image alone: arrays in, no files.

An image is examined line by line, at a few hundred pixels of each line: StyleGAN's grids have 32 megapixels,
and a monitor must not hold several of those in memory.
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


class RowSource(Protocol):
    """An image that gives rows on request: an array, or an image too large to copy."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Height, width, channels."""

    def __getitem__(self, rows: slice, /) -> Levels:
        """Return some rows, shape (rows, width, channels)."""


MIN_TILE = 6
"""Pixels a side; smaller tiles cannot be measured."""
MAX_PADDING_DEVIATION = 0.02
"""Mean deviation (of 0..1 levels) up to which a line of pixels counts as padding."""
MAX_PADDING = 16
MAX_LINE_PIXELS = 512
"""Longer lines are examined at this many evenly spread pixels."""
BAND_ROWS = 128
"""Rows that are read at once."""


class Grid(Struct, frozen=True):
    """How an image is divided into tiles, in pixels."""

    top: int
    left: int
    height: int
    """Height of a tile."""
    width: int
    pitch_y: int
    """Distance from the top of one tile to the top of the next."""
    pitch_x: int
    rows: int
    columns: int


class Lines(Struct, frozen=True):
    """The n lines of an image along one axis, in grey levels 0..1."""

    levels: Floats
    """Mean of each line, shape (n,)."""
    deviation: Floats
    """Mean absolute deviation from that mean within the line, shape (n,)."""
    difference: Floats
    """Mean absolute difference to the next line, shape (n - 1,)."""


class Profile(Struct, frozen=True):
    """The lines of an image along both axes, from which its layout is found."""

    rows: Lines
    columns: Lines


def profile(image: RowSource) -> Profile:
    """Return the lines of an image, in little memory even for a large one."""
    height, width = image.shape[:2]
    across = np.linspace(0, width - 1, min(width, MAX_LINE_PIXELS)).astype(np.intp)
    down = np.linspace(0, height - 1, min(height, MAX_LINE_PIXELS)).astype(np.intp)
    rows, columns = np.empty((height, len(across)), np.float32), np.empty((len(down), width), np.float32)
    for top in range(0, height, BAND_ROWS):
        band = image[top : top + BAND_ROWS]
        rows[top : top + BAND_ROWS] = _grey(band[:, across])
        first, last = np.searchsorted(down, [top, top + len(band)])
        columns[first:last] = _grey(band[down[first:last] - top])
    return Profile(_lines(rows), _lines(columns.T))


def _grey(levels: Levels) -> Floats:
    """Return the grey levels 0..1 of shape (height, width) for levels of shape (height, width, channels)."""
    return np.asarray(levels.mean(axis=2) / (255 if levels.dtype == np.uint8 else 1))


def _lines(grey: NDArray[np.float32]) -> Lines:
    levels = grey.mean(axis=1)
    deviation = np.abs(grey - levels[:, None]).mean(axis=1)
    difference = np.abs(np.diff(grey, axis=0)).mean(axis=1)
    return Lines(*(x.astype(np.float64) for x in (levels, deviation, difference)))


def find_grid(profiles: Sequence[Profile]) -> Grid | None:
    """Find the tiles of a run's sample grids from the images alone.

    Args:
        profiles: Grids of one run, all of one size. A few are enough. A single collapsed grid can be
            ambiguous; several resolve it.

    Returns:
        The layout, or None if the images are not grids. Three kinds are known: a frame of padding around
        every tile (torchvision's `make_grid`), padding between tiles only, and tiles that touch.
    """
    ys = _axis_layouts([profile.rows for profile in profiles])
    xs = _axis_layouts([profile.columns for profile in profiles])
    best: tuple[tuple[float, ...], Grid] | None = None
    for top, height, pitch_y, rows in ys:
        for left, width, pitch_x, columns in xs:
            if rows * columns < 4 or (pitch_y - height) != (pitch_x - width):
                continue
            # Prefer padding to bare seams, then square tiles, then the finest division that fits:
            # a coarser one treats several tiles as one.
            squareness = -abs(float(np.log(height / width)))
            rank = (float(pitch_y > height), round(squareness, 3), float(rows * columns))
            if best is None or rank > best[0]:
                best = rank, Grid(top, left, height, width, pitch_y, pitch_x, rows, columns)
    return None if best is None else best[1]


def _axis_layouts(images: Sequence[Lines]) -> list[tuple[int, int, int, int]]:
    """Return the possible (start, tile, pitch, count) along one axis of the images."""
    levels = np.stack([lines.levels for lines in images])
    # JPEG artefacts disturb the padding next to a tile a little.
    uniform = np.all([lines.deviation < MAX_PADDING_DEVIATION for lines in images], axis=0)
    size = len(uniform)
    layouts = []
    for count in range(1, size // MIN_TILE + 1):
        for frame, pads in ((True, count + 1), (False, count - 1)):
            for padding in range(1, 1 + min(MAX_PADDING, size // (2 * count))):
                tile, remainder = divmod(size - padding * pads, count)
                if remainder or tile < MIN_TILE:
                    continue
                start = padding if frame else 0
                lines = _padding_lines(start, tile, padding, count, size)
                if len(lines) and uniform[lines].all() and np.ptp(levels[:, lines], axis=1).max() < 0.05:
                    layouts.append((start, tile, tile + padding, count))
    return layouts + _touching_layouts(np.mean([lines.difference for lines in images], axis=0))


def _touching_layouts(difference: Floats) -> list[tuple[int, int, int, int]]:
    """Return layouts without padding: the image changes more across the seams than within the tiles."""
    size = len(difference) + 1
    layouts = []
    for count in range(2, size // MIN_TILE + 1):
        tile, remainder = divmod(size, count)
        if remainder:
            continue
        seams = np.arange(1, count) * tile - 1
        others = np.delete(difference, seams)
        across = difference[seams]
        if across.min() > 1.5 * np.median(others) and across.mean() > 2 * others.mean():
            layouts.append((0, tile, tile, count))
    return layouts


def _padding_lines(start: int, tile: int, padding: int, count: int, size: int) -> NDArray[np.int64]:
    """Return the indices of the lines that are padding in such a layout."""
    inside = np.zeros(size, dtype=bool)
    for index in range(count):
        begin = start + index * (tile + padding)
        inside[begin : begin + tile] = True
    return np.flatnonzero(~inside)
