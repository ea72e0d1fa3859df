"""Pictures as cells."""

from __future__ import annotations

import numpy as np

from gan_tui.tui.output.half_blocks import half_blocks, shaded


def test_a_cell_holds_two_pixels_and_equal_neighbours_form_one_run() -> None:
    pixels = np.zeros((4, 3, 3), np.uint8)
    pixels[0, :, 0] = 252
    pixels[1, 2, 1] = 252
    assert half_blocks(pixels) == [
        [("▀▀", "rgb:f80000:000000"), ("▀", "rgb:f80000:00f800")],
        [("▀▀▀", "rgb:000000:000000")],
    ]


def test_an_odd_last_row_is_drawn() -> None:
    assert half_blocks(np.full((3, 1, 3), 255, np.uint8))[1] == [("▀", "rgb:f8f8f8:f8f8f8")]


def test_shades_depend_on_the_background() -> None:
    pixels = np.zeros((2, 3, 3), np.uint8)
    pixels[:, 1] = 128
    pixels[:, 2] = 255
    assert shaded(pixels, ascii_only=False, dark=True) == [[(" ▒█", "plot")]]
    assert shaded(pixels, ascii_only=False, dark=False) == [[("█▒ ", "plot")]]
    assert shaded(pixels, ascii_only=True, dark=True) == [[(" +@", "plot")]]
