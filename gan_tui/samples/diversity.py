"""Diversity of logged sample grids: pictures as arrays in, plain measures out. No decoding, no files.

A generator that has collapsed shows it in its samples before anything else: the tiles of one grid
look alike. Sources: Arora & Zhang 2017 ("Do GANs actually learn the distribution?", duplicates in a
batch bound the support), and the pairwise distances that MS-SSIM and LPIPS diversity average.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from gan_tui.logs.model import Floats
from gan_tui.samples.grid_layout import Grid, Levels, Picture

MOST_TILES = 256
"""Pairwise distances grow with the square: more tiles than this are thinned."""
TILE_PIXELS = 32
"""Tiles are shrunk to about this many pixels a side: diversity is not in the fine grain."""
DUPLICATE = 0.15
"""Two tiles are near duplicates below this share of the distance of two unrelated ones."""
WHITE_ENERGY = 1e-5
"""Variance (of 0..1 pixels) below which a tile is blank."""


class Diversity(Struct, frozen=True):
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


def tiles_of(picture: Picture, grid: Grid) -> Floats:
    """The tiles of a picture with a layout, shrunk: levels 0..1, shape (tiles, height, width, channels)."""
    tiles = []
    for row in range(grid.rows):
        top = grid.top + row * grid.pitch_y
        band = picture[top : top + grid.height]
        lefts = [grid.left + column * grid.pitch_x for column in range(grid.columns)]
        tiles += [shrunk(band[:, left : left + grid.width]) for left in lefts]
    return np.stack(tiles)


def shrunk(tile: Levels) -> Floats:
    """A tile averaged down to about TILE_PIXELS a side: levels 0..1, shape (height, width, channels)."""
    height, width, channels = tile.shape
    factor = max(1, min(height, width) // TILE_PIXELS)
    height, width = height // factor, width // factor
    cut = tile[: height * factor, : width * factor]
    wide = np.uint32 if tile.dtype == np.uint8 else np.float64
    rows = cut.reshape(height, factor, width * factor * channels).sum(axis=1, dtype=wide)
    sums = rows.reshape(height, width, factor, channels).sum(axis=2)
    whole = 255.0 if tile.dtype == np.uint8 else 1.0
    levels: Floats = sums / (whole * factor * factor)
    return levels


def measure(tiles: Floats) -> Diversity | None:
    """How much the samples of one step differ.

    Args:
        tiles: Levels 0..1, shape (tiles, height, width, channels), shrunk.

    Returns:
        The measures; None for fewer than four tiles.
    """
    if len(tiles) > MOST_TILES:
        tiles = tiles[np.linspace(0, len(tiles) - 1, MOST_TILES).astype(np.int64)]
    if len(tiles) < 4:
        return None
    flat = tiles.reshape(len(tiles), -1)
    between = float(flat.var(axis=0).mean())
    within = tiles.var(axis=(1, 2)).mean(axis=1)
    contrast = float(within.mean())
    spread = np.sqrt(between / (between + contrast)) if between + contrast > WHITE_ENERGY else 0.0
    return Diversity(
        len(tiles), float(spread), _duplicates(flat, contrast), _roughness(tiles, contrast), contrast
    )


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


class Average(Struct, frozen=True):
    """The average sample of one grid, small enough to keep."""

    tile: Floats
    """Shape (height, width, channels), shrunk."""
    chance: float
    """Variance of the average that the draw of samples alone gives."""


def average(tiles: Floats) -> Average:
    """The average of shrunk tiles of shape (tiles, height, width, channels)."""
    return Average(tiles.mean(axis=0), float(tiles.var(axis=0).mean()) / len(tiles))


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
