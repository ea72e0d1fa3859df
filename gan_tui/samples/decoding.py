"""Decode logged images: bounded in size, PNG and JPEG only, every failure a ValueError.

Needs the extra `samples` (Pillow). Pillow is slow to import, so it is loaded with the first image.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan_tui.samples.files import SampleImage, open_image_bytes

MAX_PIXELS = 34_000_000
"""Larger images are not decoded. The largest common ones are StyleGAN's, of 7680 x 4320 pixels."""
_DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "F")


class PillowMissingError(ImportError):
    """The extra `samples` is not installed."""


@contextmanager
def open_image(source: SampleImage, size: tuple[int, int] | None = None) -> Iterator[Any]:
    """Open an image as a Pillow image of 8 bits a channel.

    Args:
        source: PNG or JPEG, in a file or in memory.
        size: Width and height in pixels that are enough, for formats that can be decoded smaller.

    Raises:
        PillowMissingError: The extra `samples` is not installed.
        ValueError: The image is damaged, is not an image, or declares more than 34 megapixels.
    """
    try:
        from PIL import Image  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        raise PillowMissingError from error
    # MAX_PIXELS is checked before anything is decoded; Pillow's own limit would only warn.
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        # The suffix proves nothing: without `formats`, an EPS file would be handed to Ghostscript.
        with open_image_bytes(source) as file, Image.open(file, formats=("PNG", "JPEG")) as image:
            if image.width * image.height > MAX_PIXELS:
                too_large = (
                    f"the image declares {image.width:,} x {image.height:,} pixels, more than 34 megapixels"
                )
                raise ValueError(too_large)  # noqa: TRY301 - handled with the other failures below
            if size is not None:
                image.draft("RGB", size)
            yield Image.fromarray(_to_bytes(image)) if image.mode in _DEEP_MODES else image
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(f"not an image that can be read ({type(error).__name__})") from error
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _to_bytes(image: Any) -> NDArray[np.uint8]:  # noqa: ANN401 - Pillow's, an extra
    """Scale levels of 16 bits and more to bytes: Pillow would clip them at 255."""
    levels = np.asarray(image, dtype=np.float32)
    top = max(1.0, 65535.0 if levels.max(initial=0) > 255 else 255.0)
    return (levels.clip(0, top) * (255 / top)).astype(np.uint8)


class ImageRows:
    """Rows of a Pillow image as arrays, without a copy of the whole image.

    Args:
        image: Pillow image that stays open while rows are read.
    """

    def __init__(self, image: Any) -> None:  # noqa: ANN401 - Pillow's, an extra
        self._image = image
        self._mode = "L" if image.mode in ("1", "L") else "RGB"
        self.shape = (image.height, image.width, len(self._mode))
        """Height, width and number of channels (one or three)."""

    def __getitem__(self, rows: slice) -> NDArray[np.uint8]:
        """Return some rows, shape (rows, width, channels)."""
        top, bottom, _ = rows.indices(self.shape[0])
        part = self._image.crop((0, top, self.shape[1], bottom))
        levels = np.asarray(part if part.mode == self._mode else part.convert(self._mode))
        return levels.reshape(-1, *self.shape[1:])
