"""Samples of one step scaled for the screen.

Decoding needs the extra `samples` (Pillow); it happens only for images that are displayed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct

from gan_tui.samples.decoding import ImageRows, open_image
from gan_tui.samples.files import SampleImage
from gan_tui.samples.grid_layout import find_grid, profile

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_TILE = 8
"""Pixels across below which a tile cannot be told apart from its neighbours."""
GREY = 96
"""Grey level behind transparent images and between tiles."""


class Thumbnail(Struct, frozen=True):
    """A step's samples as one small image."""

    pixels: NDArray[np.uint8]
    """Red, green, blue, shape (rows, columns, 3)."""
    visible_tiles: int = 0
    """Tiles in the thumbnail, or 0 if all fit or the layout is unknown."""
    total_tiles: int = 0
    """Tiles of the whole grid; 0 likewise."""


def thumbnail(images: Sequence[SampleImage], width: int, height: int) -> Thumbnail:
    """Return the samples of a step as one image, as large as fits.

    If the tiles of a grid would become too small to be told apart, the thumbnail shows as many whole tiles
    as fit, from the upper left corner.

    Args:
        images: One grid, or one image a sample; the latter are placed side by side.
        width: Maximum width in pixels.
        height: Maximum height in pixels.

    Raises:
        ImportError: The extra `samples` is not installed.
        ValueError: An image is damaged, is not an image, or declares more than 34 megapixels.
    """
    from PIL import Image  # noqa: PLC0415 - an extra, and slow to load

    if len(images) == 1:
        image, visible, total = _legible_part(_rgb(images[0], width, height), width, height)
        return Thumbnail(np.asarray(_scaled(image, width, height)), visible, total)
    columns = max(1, min(len(images), round((len(images) * width / max(1, height)) ** 0.5)))
    rows = -(-len(images) // columns)
    across, down = max(1, (width + 1) // columns - 1), max(1, (height + 1) // rows - 1)
    sheet = Image.new("RGB", (columns * (across + 1) - 1, rows * (down + 1) - 1), (GREY, GREY, GREY))
    for number, source in enumerate(images):
        tile = _scaled(_rgb(source, across, down), across, down)
        sheet.paste(tile, ((number % columns) * (across + 1), (number // columns) * (down + 1)))
    return Thumbnail(np.asarray(sheet))


def _legible_part(image: Any, width: int, height: int) -> tuple[Any, int, int]:  # noqa: ANN401 - Pillow's
    """Return the part of a grid whose tiles can be told apart, its number of tiles, and the total."""
    scale = min(width / image.width, height / image.height)
    if scale >= 1:
        return image, 0, 0
    grid = find_grid([profile(ImageRows(image))])
    if grid is None:
        return image, 0, 0
    # A tile needs this many pixels, or all that it has.
    across, down = min(grid.width, MIN_TILE), min(grid.height, MIN_TILE)
    if scale * grid.width >= across and scale * grid.height >= down:
        return image, 0, 0
    min_scale = max(across / grid.width, down / grid.height)
    columns = min(grid.columns, max(1, int(width / (grid.pitch_x * min_scale))))
    rows = min(grid.rows, max(1, int(height / (grid.pitch_y * min_scale))))
    right = grid.left + (columns - 1) * grid.pitch_x + grid.width
    bottom = grid.top + (rows - 1) * grid.pitch_y + grid.height
    return image.crop((grid.left, grid.top, right, bottom)), rows * columns, grid.rows * grid.columns


def _rgb(source: SampleImage, width: int, height: int) -> Any:  # noqa: ANN401 - Pillow's, an extra
    """Decode an image to RGB, no larger than needed if its format allows that."""
    with open_image(source, (width, height)) as image:
        if not image.has_transparency_data:
            image.load()  # a large image is not copied
            return image if image.mode == "RGB" else image.convert("RGB")
        from PIL import Image  # noqa: PLC0415

        background = Image.new("RGBA", image.size, (GREY, GREY, GREY, 255))
        return Image.alpha_composite(background, image.convert("RGBA")).convert("RGB")


def _scaled(image: Any, width: int, height: int) -> Any:  # noqa: ANN401 - Pillow's, an extra
    """Scale an image to fit: averaged if it shrinks, by a whole factor if it grows."""
    from PIL import Image  # noqa: PLC0415

    scale = min(width / image.width, height / image.height)
    if scale >= 2:
        factor = int(scale)
        return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
    if scale >= 1:
        return image
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(size, Image.Resampling.BOX, reducing_gap=3.0)
