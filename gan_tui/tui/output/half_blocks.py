"""Images as cells: half blocks in colour, or shades of one colour."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gan_tui.charts.canvas import StyledLine
from gan_tui.tui.theme.palette import TWO_COLOURS

Pixels = NDArray[np.uint8]
"""Red, green, blue, shape (rows, columns, 3)."""

SHADES = " ░▒▓█"
ASCII_SHADES = " .:-=+*#%@"
LUMINANCE = np.array([0.299, 0.587, 0.114])


def half_blocks(pixels: Pixels) -> list[StyledLine]:
    """Draw two pixels in each cell, one above the other.

    Args:
        pixels: The image. An odd last row is drawn in both halves of its cells.

    Returns:
        One line for each row of cells; neighbours of the same colours form one run.
    """
    if len(pixels) % 2:
        pixels = np.concatenate([pixels, pixels[-1:]])
    # 32 levels for each colour: more are hardly distinguishable, and cost bytes.
    levels = (pixels & 0xF8).astype(np.int64)
    packed = levels @ np.array([65536, 256, 1])
    lines = []
    for upper, lower in zip(packed[0::2], packed[1::2], strict=True):
        cuts = np.flatnonzero((np.diff(upper) != 0) | (np.diff(lower) != 0)) + 1
        edges = [0, *cuts.tolist(), len(upper)]
        styles = [f"{TWO_COLOURS}{upper[a]:06x}:{lower[a]:06x}" for a in edges[:-1]]
        lines.append([("▀" * (b - a), style) for (a, b), style in zip(pairwise(edges), styles, strict=True)])
    return lines


def shaded(pixels: Pixels, *, ascii_only: bool, dark: bool) -> list[StyledLine]:
    """Draw a pair of pixels in each cell, as a shade of the foreground colour.

    Args:
        pixels: The image.
        ascii_only: Draw with letters instead of blocks.
        dark: Whether the background is dark and the foreground light.
    """
    if len(pixels) % 2:
        pixels = np.concatenate([pixels, pixels[-1:]])
    grey = (pixels @ LUMINANCE).reshape(len(pixels) // 2, 2, -1).mean(axis=1) / 255
    ramp = np.array(list(ASCII_SHADES if ascii_only else SHADES))
    strength = grey if dark else 1 - grey
    shades = ramp[np.minimum((strength * len(ramp)).astype(np.int64), len(ramp) - 1)]
    return [[("".join(row), "plot")] for row in shades]
