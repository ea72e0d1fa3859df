"""Pictures as cells: half blocks in colour, shades of ink where there is none."""

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
    """Two pixels a cell, one above the other.

    Args:
        pixels: What is drawn; an odd last row has nothing under it.

    Returns:
        A line a row of cells, neighbours of the same colours in one run.
    """
    if len(pixels) % 2:
        pixels = np.concatenate([pixels, pixels[-1:]])
    # Thirty-two levels a colour: more can hardly be told apart, and cost bytes.
    levels = (pixels & 0xF8).astype(np.int64)
    packed = levels @ np.array([65536, 256, 1])
    lines = []
    for upper, lower in zip(packed[0::2], packed[1::2], strict=True):
        cuts = np.flatnonzero((np.diff(upper) != 0) | (np.diff(lower) != 0)) + 1
        edges = [0, *cuts.tolist(), len(upper)]
        lines.append(
            [("▀" * (b - a), f"{TWO_COLOURS}{upper[a]:06x}:{lower[a]:06x}") for a, b in pairwise(edges)]
        )
    return lines


def shaded(pixels: Pixels, *, ascii_only: bool, dark: bool) -> list[StyledLine]:
    """A pair of pixels a cell, as a shade of ink.

    Args:
        pixels: What is drawn.
        ascii_only: Draw with letters instead of blocks.
        dark: The paper is dark, so ink is light.
    """
    if len(pixels) % 2:
        pixels = np.concatenate([pixels, pixels[-1:]])
    grey = (pixels @ LUMINANCE).reshape(len(pixels) // 2, 2, -1).mean(axis=1) / 255
    ramp = np.array(list(ASCII_SHADES if ascii_only else SHADES))
    ink = grey if dark else 1 - grey
    picked = ramp[np.minimum((ink * len(ramp)).astype(np.int64), len(ramp) - 1)]
    return [[("".join(row), "plot")] for row in picked]
