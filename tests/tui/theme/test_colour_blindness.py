"""The palettes as vision with colour blindness."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from gan_tui.diagnosis.result import Badge
from gan_tui.tui.theme.palette import PALETTES

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
VISION = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = TO_XYZ @ np.ones(3)
STYLES = ["dark", "light"]


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(colour: str, vision: np.ndarray) -> np.ndarray:
    """Return CIE L*a*b* of a colour, after the matrix of a kind of vision."""
    ratio = TO_XYZ @ np.clip(vision @ linear(colour), 0, 1) / WHITE
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("name", STYLES)
def test_d_and_g_differ_in_brightness_and_in_colour(name: str, vision: str) -> None:
    d, g = (lab(PALETTES[name][key], VISION[vision]) for key in "dg")
    assert abs(d[0] - g[0]) >= 6, "lightness"
    assert np.linalg.norm(d - g) >= 40, "overall; 10 is a clear difference"


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("name", STYLES)
def test_raw_curves_recede_behind_smoothed_ones(name: str, vision: str) -> None:
    background = lab(PALETTES[name]["background"], VISION[vision])[0]
    for key in "dgabc":
        line, raw = (abs(lab(PALETTES[name][k], VISION[vision])[0] - background) for k in (key, f"{key}-raw"))
        assert raw < 0.75 * line


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("name", STYLES)
def test_no_two_badges_or_curves_look_the_same(name: str, vision: str) -> None:
    palette, kind = PALETTES[name], VISION[vision]
    for keys in ([str(b) for b in Badge], list("dgabc")):
        near = {
            (one, other): float(np.linalg.norm(lab(palette[one], kind) - lab(palette[other], kind)))
            for one, other in combinations(keys, 2)
        }
        assert min(near.values()) >= 8, (min(near, key=lambda pair: near[pair]), min(near.values()))
