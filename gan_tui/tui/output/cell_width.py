"""How many cells of the terminal characters take."""

from __future__ import annotations

import numpy as np
from rich.cells import cell_len


def spread(text: str) -> np.ndarray:
    """Characters by cell: a wide one takes a second cell, one without width none."""
    codes = np.zeros(cell_len(text), np.uint32)
    at = 0
    for char in text:
        size = cell_len(char)
        if size and at < len(codes):
            codes[at] = ord(char)
        at += size
    return codes


def _narrow() -> np.ndarray:
    """Which characters are known to take one cell: ASCII, box drawing, blocks, braille, a few marks."""
    known = np.zeros(0x2901, bool)
    for first, last in ((0x20, 0x7E), (0x2500, 0x25FC), (0x2800, 0x28FF)):
        known[first : last + 1] = True
    known[[ord(c) for c in "·×…←↑→↓≈±²µ✓✗"]] = True
    return known


_NARROW = _narrow()


def all_narrow(codes: np.ndarray) -> bool:
    """Whether each character, given by its code, is known to take one cell."""
    return bool(_NARROW[np.minimum(codes, len(_NARROW) - 1)].all())
