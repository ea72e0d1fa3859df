"""Logged pictures, decoded: bounded, by no decoder but those of PNG and JPEG, and every failure a ValueError.

Needs the extra `samples` (Pillow), which is slow to load: it is loaded when the first picture is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan_tui.samples.files import SampleImage, bytes_of

MOST_PIXELS = 34_000_000
"""A picture that declares more is not decoded. The largest that are common are StyleGAN's, of 7680 x 4320."""
_DEEP = ("I", "I;16", "I;16B", "I;16L", "F")


class PillowMissingError(ImportError):
    """The extra `samples` is not installed."""


@contextmanager
def opened(picture: SampleImage, size: tuple[int, int] | None = None) -> Iterator[Any]:
    """The picture as Pillow's image, of 8 bits a channel.

    Args:
        picture: PNG or JPEG, in a file or in memory.
        size: Pixels across and down that are enough, for formats that can be decoded smaller.

    Raises:
        PillowMissingError: The extra `samples` is not installed.
        ValueError: It is damaged, no picture, or declares more than 34 megapixels.
    """
    try:
        from PIL import Image  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        raise PillowMissingError from error
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # our own comes before anything is decoded
    try:
        # By its ending anything may come: an EPS would be handed to Ghostscript.
        with bytes_of(picture) as file, Image.open(file, formats=("PNG", "JPEG")) as image:
            if image.width * image.height > MOST_PIXELS:
                too_large = (
                    f"the picture declares {image.width:,} x {image.height:,} pixels, more than 34 megapixels"
                )
                raise ValueError(too_large)  # noqa: TRY301 - beside the other reasons
            if size is not None:
                image.draft("RGB", size)
            yield Image.fromarray(_of_bytes(image)) if image.mode in _DEEP else image
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(f"not a picture that can be read ({type(error).__name__})") from error
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _of_bytes(image: Any) -> NDArray[np.uint8]:  # noqa: ANN401 - Pillow's, an extra
    """Levels of sixteen bits and more as bytes: Pillow would clip them at 255."""
    levels = np.asarray(image, dtype=np.float32)
    top = max(1.0, 65535.0 if levels.max(initial=0) > 255 else 255.0)
    return (levels.clip(0, top) * (255 / top)).astype(np.uint8)


class Rows:
    """An image of Pillow's as an array of levels, of which rows are taken out: the whole is not copied.

    Args:
        image: Open, and for as long as rows are taken.
    """

    def __init__(self, image: Any) -> None:  # noqa: ANN401 - Pillow's, an extra
        self._image = image
        self._mode = "L" if image.mode in ("1", "L") else "RGB"
        self.shape = (image.height, image.width, len(self._mode))
        """Height, width, channels: one or three of these."""

    def __getitem__(self, rows: slice) -> NDArray[np.uint8]:
        """Some rows, shape (rows, width, channels)."""
        top, bottom, _ = rows.indices(self.shape[0])
        part = self._image.crop((0, top, self.shape[1], bottom))
        levels = np.asarray(part if part.mode == self._mode else part.convert(self._mode))
        return levels.reshape(-1, *self.shape[1:])
