"""The data sets: points of mixtures, and images with the class of each.

Fashion-MNIST is Debian's `dataset-fashion-mnist`, letters are drawn from the fonts that are installed, emoji
from `fonts-noto-color-emoji`. What takes long to draw is kept as one file in the folder `cache`.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps
from sklearn.datasets import load_digits

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Whole = NDArray[np.int64]

FASHION = Path("/usr/share/datasets/fashion-mnist")
FONTS = Path("/usr/share/fonts")
EMOJI_FONT = FONTS / "truetype/noto/NotoColorEmoji.ttf"
LETTER_SIZE, EMOJI_SIZE = 16, 20
"""Pixels a side."""
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LETTER_VARIANTS = 3
EMOJI_IMAGES_A_CLASS = 700
NO_LETTERS = re.compile(
    r"emoji|symbol|symbola|dingbat|d050000l|math|icon|initial|braille|keys|cups", re.IGNORECASE
)
"""Fonts whose capitals are no letters, or not to be read."""
EMOJI_CLASSES: dict[str, tuple[int, ...]] = {
    "faces": tuple(range(0x1F600, 0x1F638)),
    "cats": tuple(range(0x1F638, 0x1F641)),
    "hearts": (
        0x2764,
        0x1F9E1,
        0x1F49B,
        0x1F49A,
        0x1F499,
        0x1F49C,
        0x1F90E,
        0x1F5A4,
        0x1F496,
        0x1F497,
        0x1F493,
    ),
    "clocks": tuple(range(0x1F550, 0x1F568)),
    "moons": tuple(range(0x1F311, 0x1F319)),
    "balls": (0x26BD, 0x1F3C0, 0x26BE, 0x1F94E, 0x1F3BE, 0x1F3D0, 0x1F3B1),
    "discs": (0x1F534, 0x1F7E0, 0x1F7E1, 0x1F7E2, 0x1F535, 0x1F7E3, 0x1F7E4, 0x26AB),
    "squares": (*range(0x1F7E5, 0x1F7EC), 0x2B1B),
    "fruit": tuple(range(0x1F347, 0x1F354)),
    "flowers": tuple(range(0x1F337, 0x1F33D)),
    "trees": (0x1F332, 0x1F333, 0x1F334, 0x1F335, 0x1F384),
    "cars": (0x1F690, 0x1F691, 0x1F692, 0x1F693, 0x1F695, 0x1F697, 0x1F699, 0x1F69A, 0x1F69B, 0x1F68C),
    "animals": tuple(range(0x1F42D, 0x1F43D)),
    "books": tuple(range(0x1F4D5, 0x1F4DA)),
    "hands": (*range(0x1F446, 0x1F44D), 0x1F44D, 0x1F44E),
    "zodiac": tuple(range(0x2648, 0x2654)),
}
"""Sixteen classes of emoji, by code point."""


class Mixture(Struct, frozen=True):
    """Gaussians of one width in the plane."""

    centres: Floats
    """Shape (modes, 2)."""
    width: float
    """Standard deviation of each."""
    spacing: float
    """Distance of neighbouring centres."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one sample."""
        return (2,)

    @property
    def kinds(self) -> int:
        """Number of modes."""
        return len(self.centres)

    def batch(self, size: int, generator: np.random.Generator) -> Floats:
        """Return points, shape (size, 2)."""
        centres = self.centres[generator.integers(self.kinds, size=size)]
        return (centres + self.width * generator.standard_normal((size, 2))).astype(np.float32)


class Images(Struct, frozen=True):
    """Images with their classes."""

    pixels: Bytes
    """Shape (n, channels, height, width)."""
    classes: Whole
    """Shape (n,)."""
    kinds: int
    """Number of classes."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one sample."""
        return self.pixels.shape[1:]

    def few(self, count: int, generator: np.random.Generator) -> Images:
        """Return some of the images."""
        chosen = generator.permutation(len(self.pixels))[:count]
        return Images(self.pixels[chosen], self.classes[chosen], self.kinds)

    def batch(self, size: int, generator: np.random.Generator) -> Floats:
        """Return images between -1 and 1, shape (size, channels, height, width)."""
        return scaled(self.pixels[generator.integers(len(self.pixels), size=size)])


DataSet = Mixture | Images


def scaled(pixels: Bytes) -> Floats:
    """Return bytes as numbers between -1 and 1."""
    return pixels.astype(np.float32) / np.float32(127.5) - np.float32(1)


def as_bytes(samples: Floats) -> Bytes:
    """Return samples between -1 and 1 as bytes; what is not finite becomes black or white."""
    with np.errstate(all="ignore"):
        return ((np.nan_to_num(samples) + 1) * 127.5).clip(0, 255).astype(np.uint8)


def load(name: str, cache: Path) -> DataSet:
    """Return a data set by its name.

    Args:
        name: One of `settings.DATA_SETS`.
        cache: Folder for drawn letters and emoji.
    """
    if name == "ring":
        angles = np.arange(8) * np.pi / 4
        centres = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        return Mixture(centres.astype(np.float32), 0.05, 2 * 0.765)
    if name == "grid":
        line = np.linspace(-2, 2, 5)
        centres = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
        return Mixture(centres.astype(np.float32), 0.05, 1.0)
    if name == "digits":
        pixels, classes = load_digits(return_X_y=True)
        images = (pixels * 255 / 16).round().astype(np.uint8).reshape(-1, 1, 8, 8)
        return Images(images, classes.astype(np.int64), 10)
    if name == "fashion":
        return _fashion()
    if name == "fashion16":
        return _smaller(_fashion(), 16)
    return _drawn(name, cache)


def _fashion() -> Images:
    def read(name: str, header: int) -> Bytes:
        with gzip.open(FASHION / f"train-{name}-ubyte.gz") as file:
            return np.frombuffer(file.read(), np.uint8, offset=header)

    pixels = read("images-idx3", 16).reshape(-1, 1, 28, 28)
    return Images(pixels, read("labels-idx1", 8).astype(np.int64), 10)


def _smaller(images: Images, side: int) -> Images:
    """Return images of another size, which train in a third of the time."""
    size = (side, side)
    pixels = [
        np.asarray(Image.fromarray(image[0]).resize(size, Image.Resampling.BOX)) for image in images.pixels
    ]
    return Images(np.stack(pixels)[:, None], images.classes, images.kinds)


def _drawn(name: str, cache: Path) -> Images:
    kinds = {"letters": len(ALPHABET), "emoji": len(EMOJI_CLASSES)}[name]
    stored = cache / f"{name}.npz"
    if not stored.exists():
        pairs = list(_letters() if name == "letters" else _emoji())
        cache.mkdir(parents=True, exist_ok=True)
        pixels = np.stack([pixels for pixels, _ in pairs])
        np.savez_compressed(stored, pixels=pixels, classes=np.array([kind for _, kind in pairs]))
    with np.load(stored) as arrays:
        return Images(arrays["pixels"], arrays["classes"], kinds)


# -- letters ---------------------------------------------------------------------------------------------


def _letters() -> Iterator[tuple[Bytes, int]]:
    """Draw the capitals of each installed font that has them, turned and shifted a little."""
    generator = np.random.default_rng(26)
    for path in sorted(FONTS.rglob("*.[to]tf")):
        if NO_LETTERS.search(path.stem):
            continue
        try:
            glyphs = [_glyph(ImageFont.truetype(path, 56), letter) for letter in ALPHABET]
        except (OSError, ValueError):
            continue  # not a font that can be drawn, or one with blank capitals
        if len({glyph.tobytes() for glyph in glyphs}) < len(ALPHABET):
            continue  # the same box for each letter: the font has no capitals
        for kind, glyph in enumerate(glyphs):
            for _ in range(LETTER_VARIANTS):
                yield _placed(glyph, LETTER_SIZE, generator)[None], kind


def _glyph(font: ImageFont.FreeTypeFont, letter: str) -> Image.Image:
    canvas = Image.new("L", (160, 160))
    ImageDraw.Draw(canvas).text((80, 80), letter, 255, font, anchor="mm")
    box = canvas.getbbox()
    if box is None:
        raise ValueError("a blank letter")
    return canvas.crop(box)


def _placed(glyph: Image.Image, size: int, generator: np.random.Generator) -> Bytes:
    """Return a letter in a square of `size` pixels, about four fifths of its height."""
    turned = glyph.rotate(generator.uniform(-8, 8), Image.Resampling.BICUBIC, expand=True)
    side = 4 * size
    scale = side * generator.uniform(0.72, 0.86) / max(turned.size)
    width, height = (max(1, round(scale * length)) for length in turned.size)
    large = Image.new("L", (side, side))
    left, top = (side - width) / 2, (side - height) / 2
    shift = generator.uniform(-2, 2, size=2)
    large.paste(
        turned.resize((width, height), Image.Resampling.BICUBIC), (int(left + shift[0]), int(top + shift[1]))
    )
    return np.asarray(large.resize((size, size), Image.Resampling.BOX))


# -- emoji -----------------------------------------------------------------------------------------------

BITMAP_SIZE = 109
"""The one size that the font's pictures have."""


def _emoji() -> Iterator[tuple[Bytes, int]]:
    """Draw emoji on white, each many times: turned, mirrored, and with other colours."""
    generator = np.random.default_rng(16)
    font = ImageFont.truetype(EMOJI_FONT, BITMAP_SIZE)
    for kind, codes in enumerate(EMOJI_CLASSES.values()):
        pictures = [_picture(font, chr(code)) for code in codes]
        for number in range(EMOJI_IMAGES_A_CLASS):
            yield _varied(pictures[number % len(pictures)], generator), kind


def _picture(font: ImageFont.FreeTypeFont, character: str) -> Image.Image:
    canvas = Image.new("RGBA", (160, 160), (255, 255, 255, 0))
    ImageDraw.Draw(canvas).text((12, 12), character, font=font, embedded_color=True)
    return canvas.crop(canvas.getbbox())


def _varied(picture: Image.Image, generator: np.random.Generator) -> Bytes:
    if generator.random() < 0.5:
        picture = ImageOps.mirror(picture)
    turned = picture.rotate(generator.uniform(-12, 12), Image.Resampling.BICUBIC, expand=True)
    side = 4 * EMOJI_SIZE
    scale = side * generator.uniform(0.8, 0.98) / max(turned.size)
    width, height = (max(1, round(scale * length)) for length in turned.size)
    turned = turned.resize((width, height), Image.Resampling.BICUBIC)
    large = Image.new("RGB", (side, side), "white")
    shift = generator.uniform(-2, 2, size=2)
    place = int((side - width) / 2 + shift[0]), int((side - height) / 2 + shift[1])
    large.paste(turned, place, turned)
    large = ImageEnhance.Color(large).enhance(generator.uniform(0.7, 1.3))
    large = ImageEnhance.Brightness(large).enhance(generator.uniform(0.85, 1.0))
    small = np.asarray(large.resize((EMOJI_SIZE, EMOJI_SIZE), Image.Resampling.BOX))
    return small.transpose(2, 0, 1)
