"""How many cells of the terminal characters take."""

from __future__ import annotations

import numpy as np
from rich.cells import cell_len


def code_points(text: str) -> np.ndarray:
    """Return the code point of each cell: 0 in the second cell of a wide character.

    Characters without width are left out.
    """
    codes = np.zeros(cell_len(text), np.uint32)
    at = 0
    for char in text:
        size = cell_len(char)
        if size and at < len(codes):
            codes[at] = ord(char)
        at += size
    return codes


def _narrow() -> np.ndarray:
    """Return, by code point, which characters take one cell: ASCII, box drawing, blocks, braille, others."""
    known = np.zeros(0x2901, bool)
    for first, last in ((0x20, 0x7E), (0x2500, 0x25FC), (0x2800, 0x28FF)):
        known[first : last + 1] = True
    known[[ord(c) for c in "·×…←↑→↓≈±²µ✓✗"]] = True
    return known


_NARROW = _narrow()


def all_narrow(codes: np.ndarray) -> bool:
    """Return whether every code point is known to take one cell."""
    return bool(_NARROW[np.minimum(codes, len(_NARROW) - 1)].all())
