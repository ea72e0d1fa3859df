"""Diversity of logged sample grids: image arrays in, measures out. No decoding, no files.

A collapsed generator shows it in its samples first: the tiles of one grid look alike. Sources: Arora &
Zhang 2017 ("Do GANs actually learn the distribution?", duplicates in a batch bound the support), and the
pairwise distances that MS-SSIM and LPIPS diversity average.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from gan_tui.logs.model import Floats
from gan_tui.samples.grid_layout import Grid, Levels, RowSource

MAX_TILES = 256
"""Larger grids are subsampled, since the number of pairs grows with the square."""
TILE_PIXELS = 32
"""Tiles are shrunk to about this many pixels a side: diversity does not depend on fine detail."""
DUPLICATE_DISTANCE = 0.15
"""Two tiles closer than this share of the distance of unrelated tiles are near duplicates."""
BLANK_VARIANCE = 1e-5
"""Variance (of 0..1 pixels) below which a tile is blank."""


class Diversity(Struct, frozen=True):
    """Measures of one grid of samples."""

    tiles: int
    diversity: float
    """Spread between the tiles over the contrast within them, 0..1; 0 if all tiles are equal."""
    duplicates: float
    """Share of the tiles with a near duplicate in the grid, 0..1."""
    roughness: float
    """Squared difference of neighbouring pixels over the contrast: 1 for white noise, 0 for flat tiles."""
    contrast: float
    """Mean variance within the tiles, of pixels in 0..1."""


def cut_tiles(image: RowSource, grid: Grid) -> Floats:
    """Cut an image into shrunk tiles: levels 0..1, shape (tiles, height, width, channels)."""
    tiles = []
    for row in range(grid.rows):
        top = grid.top + row * grid.pitch_y
        band = image[top : top + grid.height]
        lefts = [grid.left + column * grid.pitch_x for column in range(grid.columns)]
        tiles += [shrink(band[:, left : left + grid.width]) for left in lefts]
    return np.stack(tiles)


def shrink(tile: Levels) -> Floats:
    """Average a tile down to about TILE_PIXELS a side: levels 0..1, shape (height, width, channels)."""
    height, width, channels = tile.shape
    factor = max(1, min(height, width) // TILE_PIXELS)
    height, width = height // factor, width // factor
    cut = tile[: height * factor, : width * factor]
    sum_type = np.uint32 if tile.dtype == np.uint8 else np.float64
    rows = cut.reshape(height, factor, width * factor * channels).sum(axis=1, dtype=sum_type)
    sums = rows.reshape(height, width, factor, channels).sum(axis=2)
    white = 255.0 if tile.dtype == np.uint8 else 1.0
    levels: Floats = sums / (white * factor * factor)
    return levels


def measure(tiles: Floats) -> Diversity | None:
    """Measure how much the samples of one step differ.

    Args:
        tiles: Levels 0..1, shape (tiles, height, width, channels), shrunk.

    Returns:
        The measures, or None for fewer than four tiles.
    """
    if len(tiles) > MAX_TILES:
        tiles = tiles[np.linspace(0, len(tiles) - 1, MAX_TILES).astype(np.int64)]
    if len(tiles) < 4:
        return None
    flat = tiles.reshape(len(tiles), -1)
    between = float(flat.var(axis=0).mean())
    within = tiles.var(axis=(1, 2)).mean(axis=1)
    contrast = float(within.mean())
    spread = np.sqrt(between / (between + contrast)) if between + contrast > BLANK_VARIANCE else 0.0
    return Diversity(
        len(tiles), float(spread), _duplicate_share(flat, contrast), _roughness(tiles, contrast), contrast
    )


def _duplicate_share(flat: Floats, contrast: float) -> float:
    """Return the share of the tiles whose nearest neighbour is a near duplicate."""
    squares = (flat**2).sum(axis=1)
    distance = np.maximum(squares[:, None] + squares[None, :] - 2 * flat @ flat.T, 0) / flat.shape[1]
    np.fill_diagonal(distance, np.inf)
    nearest = np.sqrt(distance.min(axis=1))
    # Two unrelated images of this contrast lie about sqrt(2 * contrast) apart.
    return float((nearest < DUPLICATE_DISTANCE * np.sqrt(2 * contrast + BLANK_VARIANCE)).mean())


def _roughness(tiles: Floats, contrast: float) -> float:
    if contrast < BLANK_VARIANCE:
        return 0.0
    down = (np.diff(tiles, axis=1) ** 2).mean()
    across = (np.diff(tiles, axis=2) ** 2).mean()
    return float((down + across) / (4 * contrast))


class Centroid(Struct, frozen=True):
    """The mean tile of one grid, small enough to keep."""

    tile: Floats
    """Shape (height, width, channels), shrunk."""
    sampling_variance: float
    """Variance of the mean that comes from the random draw of samples alone."""


def centroid(tiles: Floats) -> Centroid:
    """Return the mean of shrunk tiles of shape (tiles, height, width, channels)."""
    return Centroid(tiles.mean(axis=0), float(tiles.var(axis=0).mean()) / len(tiles))


def centroid_shift(before: Centroid, after: Centroid) -> float:
    """Return how far the centroid moved between two grids, in units of the shift expected by chance.

    Independent grids of a generator that no longer changes give about 1; a fixed noise input gives less.

    Returns:
        The ratio, at most 100; 0 if nothing moved, NaN if the tile size changed.
    """
    if before.tile.shape != after.tile.shape:
        return float("nan")
    squared_shift = float(((after.tile - before.tile) ** 2).mean())
    if squared_shift < BLANK_VARIANCE:
        return 0.0
    expected = before.sampling_variance + after.sampling_variance + 1e-12
    return float(min(100.0, np.sqrt(squared_shift / expected)))
