"""Diversity of logged sample grids: pictures as arrays in, plain measures out. No decoding, no files.

A generator that has collapsed shows it in its samples before anything else: the tiles of one grid
look alike. Sources: Arora & Zhang 2017 ("Do GANs actually learn the distribution?", duplicates in a
batch bound the support), and the pairwise distances that MS-SSIM and LPIPS diversity average.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gan_tui.logs.points import Floats

SMALLEST_TILE = 6
"""Pixels; below that nothing can be told of a tile."""
MOST_TILES = 256
"""Pairwise distances grow with the square: more tiles than this are thinned."""
TILE_PIXELS = 32
"""Tiles are shrunk to about this many pixels a side: diversity is not in the fine grain."""
DUPLICATE = 0.15
"""Two tiles are near duplicates below this share of the distance of two unrelated ones."""
PADDING_RIPPLE = 0.02
"""Mean deviation (of 0..1 levels) up to which a line of pixels counts as padding."""
MOST_PADDING = 16
WHITE_ENERGY = 1e-5
"""Variance (of 0..1 pixels) below which a tile is blank."""


@dataclass(frozen=True, slots=True)
class Grid:
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


@dataclass(frozen=True, slots=True)
class Diversity:
    """What one grid of samples shows."""

    tiles: int
    diversity: float
    """Spread between the tiles over the contrast within them, 0..1; 0 where all tiles are the same."""
    duplicates: float
    """Share of the tiles that have a near duplicate in the grid, 0..1."""
    roughness: float
    """Energy between neighbouring pixels over the contrast: 1 is white noise, 0 is flat."""
    contrast: float
    """Variance within the tiles, of pixels in 0..1."""


def find_grid(pictures: Sequence[Floats]) -> Grid | None:
    """The tiles of a run's sample grids, from the pictures alone.

    Args:
        pictures: Grids of one run, grey levels 0..1, all of shape (height, width). A few are enough;
            one collapsed grid alone can be ambiguous, several settle it.

    Returns:
        The layout (torchvision's `make_grid`: a frame of padding around every tile; or padding
        between tiles only; or tiles that touch), or None where the pictures are no grids.
    """
    stack = np.stack(pictures)
    ys = _axis_layouts(stack)
    xs = _axis_layouts(stack.transpose(0, 2, 1))
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


def _axis_layouts(stack: Floats) -> list[tuple[int, int, int, int]]:
    """Possible (start, tile, pitch, count) along the rows of pictures of shape (n, size, other)."""
    levels = stack.mean(axis=2)
    # JPEG ripples a little on the padding beside a tile.
    uniform = (np.abs(stack - levels[:, :, None]).mean(axis=2) < PADDING_RIPPLE).all(axis=0)
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
    return found + _touching_layouts(stack)


def _touching_layouts(stack: Floats) -> list[tuple[int, int, int, int]]:
    """Layouts without padding: the picture changes more across the seams than within the tiles."""
    change = np.abs(np.diff(stack, axis=1)).mean(axis=(0, 2))
    size = stack.shape[1]
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


def tiles_of(picture: Floats, grid: Grid) -> Floats:
    """The tiles of a picture.

    Args:
        picture: Levels 0..1, shape (height, width) or (height, width, channels).
        grid: The layout.

    Returns:
        Shape (tiles, height, width, channels).
    """
    levels = picture if picture.ndim == 3 else picture[:, :, None]
    tiles = [
        levels[y : y + grid.height, x : x + grid.width]
        for y in range(grid.top, grid.top + grid.rows * grid.pitch_y, grid.pitch_y)
        for x in range(grid.left, grid.left + grid.columns * grid.pitch_x, grid.pitch_x)
    ]
    return np.stack(tiles)


def measure(tiles: Floats) -> Diversity | None:
    """How much the samples of one step differ.

    Args:
        tiles: Levels 0..1, shape (tiles, height, width, channels).

    Returns:
        The measures; None for fewer than four tiles.
    """
    if len(tiles) > MOST_TILES:
        tiles = tiles[np.linspace(0, len(tiles) - 1, MOST_TILES).astype(np.int64)]
    if len(tiles) < 4:
        return None
    tiles = _shrink(tiles)
    flat = tiles.reshape(len(tiles), -1)
    between = float(flat.var(axis=0).mean())
    within = tiles.var(axis=(1, 2)).mean(axis=1)
    contrast = float(within.mean())
    spread = np.sqrt(between / (between + contrast)) if between + contrast > WHITE_ENERGY else 0.0
    return Diversity(
        len(tiles), float(spread), _duplicates(flat, contrast), _roughness(tiles, contrast), contrast
    )


def _shrink(tiles: Floats) -> Floats:
    """Tiles averaged down to about TILE_PIXELS a side."""
    factor = max(1, min(tiles.shape[1], tiles.shape[2]) // TILE_PIXELS)
    if factor == 1:
        return tiles
    count, height, width, channels = tiles.shape
    height, width = height // factor, width // factor
    cut = tiles[:, : height * factor, : width * factor]
    shrunk: Floats = cut.reshape(count, height, factor, width, factor, channels).mean(axis=(2, 4))
    return shrunk


def _duplicates(flat: Floats, contrast: float) -> float:
    """Share of the tiles whose nearest neighbour is a near duplicate."""
    squares = (flat**2).sum(axis=1)
    distance = np.maximum(squares[:, None] + squares[None, :] - 2 * flat @ flat.T, 0) / flat.shape[1]
    np.fill_diagonal(distance, np.inf)
    nearest = np.sqrt(distance.min(axis=1))
    # Two unrelated pictures of this contrast lie about sqrt(2 * contrast) apart.
    return float((nearest < DUPLICATE * np.sqrt(2 * contrast + WHITE_ENERGY)).mean())


def _roughness(tiles: Floats, contrast: float) -> float:
    if contrast < WHITE_ENERGY:
        return 0.0
    down = (np.diff(tiles, axis=1) ** 2).mean()
    across = (np.diff(tiles, axis=2) ** 2).mean()
    return float((down + across) / (4 * contrast))


@dataclass(frozen=True, slots=True)
class Average:
    """The average sample of one grid, small enough to keep."""

    tile: Floats
    """Shape (height, width, channels), shrunk."""
    chance: float
    """Variance of the average that the draw of samples alone gives."""


def average(tiles: Floats) -> Average:
    """The average of tiles of shape (tiles, height, width, channels)."""
    small = _shrink(tiles)
    return Average(small.mean(axis=0), float(small.var(axis=0).mean()) / len(small))


def travel(before: Average, after: Average) -> float:
    """How far the average sample moved between two grids, in units of what chance alone moves it.

    Independent grids of a generator at rest give about 1; a fixed noise input gives less.

    Returns:
        The ratio, at most 100; 0 where nothing moved, NaN where the tiles changed their size.
    """
    if before.tile.shape != after.tile.shape:
        return float("nan")
    moved = float(((after.tile - before.tile) ** 2).mean())
    if moved < WHITE_ENERGY:
        return 0.0
    return float(min(100.0, np.sqrt(moved / (before.chance + after.chance + 1e-12))))
