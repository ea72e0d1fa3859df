"""Coverage to cells: braille dots, quadrant blocks or plain ASCII, layer upon layer."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gan_tui.charts.rasterize import Coverage

StyledLine: TypeAlias = list[tuple[str, str]]
"""One line of text as (text, style name) runs, left to right."""

BRAILLE = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bit of each dot in U+2800 + bits, by row and column of the dot."""
_UTF_32 = "utf-32-le" if np.dtype("<U1").isnative else "utf-32-be"
"""How numpy holds characters."""
_BLANK = np.uint32(ord(" "))
QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""By bits: 1 upper left, 2 upper right, 4 lower left, 8 lower right."""


class Marks(Struct, frozen=True):
    """The characters that stand for something other than a curve."""

    nan: str = "×"
    up: str = "▲"
    down: str = "▼"
    over: str = "↑"
    under: str = "↓"
    side: str = "│"
    tick: str = "┤"
    corner: str = "└"
    floor: str = "─"
    foot: str = "┴"
    cursor: str = "│"
    restart: str = "╎"
    again: str = "↺"
    heavy: str = "━"
    edge: str = "┊"
    points: tuple[str, ...] = ("●", "◆", "■", "▲", "○", "◇", "□", "△")
    """Stand for the curves of a chart, in order."""


ASCII_MARKS = Marks(
    "x",
    "^",
    "v",
    "*",
    "*",
    "|",
    "+",
    "+",
    "-",
    "+",
    "|",
    ":",
    "R",
    "=",
    ":",
    ("o", "#", "@", "%", "&", "=", "$", "a"),
)


class Glyphs(Struct, frozen=True):
    """What cells are made of."""

    name: str
    across: int
    """Dots in a cell's width."""
    down: int
    """Dots in a cell's height."""
    inks: tuple[str, ...]
    """For each ink the characters by bits; the bits are those of `weights`."""
    weights: tuple[tuple[int, ...], ...]
    """Bit of each dot, by row and column within a cell."""
    marks: Marks


BRAILLES = Glyphs(
    "braille",
    2,
    4,
    ("".join(chr(0x2800 + bits) for bits in range(256)).replace("\u2800", " "),),
    BRAILLE,
    Marks(),
)
BLOCKS = Glyphs("block", 2, 2, (QUADRANTS,), ((1, 2), (4, 8)), Marks())
ASCII = Glyphs("ascii", 1, 3, (" '-!.|:|", " `~%,#;#", ' "=$_$$$'), ((1,), (2,), (4,)), ASCII_MARKS)
GLYPHS = {g.name: g for g in (BRAILLES, BLOCKS, ASCII)}


class Canvas:
    """A rectangle of cells, each one character in one named style. Later strokes cover earlier ones."""

    __slots__ = ("_numbers", "chars", "glyphs", "height", "names", "styles", "width")

    def __init__(self, width: int, height: int, glyphs: Glyphs = BRAILLES) -> None:
        self.width = width
        self.height = height
        self.glyphs = glyphs
        self.chars: NDArray[np.str_] = np.full((height, width), " ", "<U1")
        self.styles: NDArray[np.uint8] = np.zeros((height, width), np.uint8)
        self.names = ["plot"]
        self._numbers = {"plot": 0}

    def style(self, name: str) -> int:
        """The number that stands for a style's name in `styles`."""
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self.names)
            self.names.append(name)
        return number

    def put(self, row: int, column: int, text: str, style: str) -> None:
        """Write text, cut at the edges; characters are one cell wide."""
        if not 0 <= row < self.height:
            return
        number = self.style(style)
        for offset, char in enumerate(text):
            if 0 <= column + offset < self.width:
                self.chars[row, column + offset] = char
                self.styles[row, column + offset] = number

    def stroke(
        self,
        area: Area,
        cover: Coverage,
        style: str,
        ink: int = 0,
        dash: tuple[int, int] = (1, 1),
        beside: Collection[str] = (),
    ) -> None:
        """Draw a line's coverage, one entry for each column of dots of `area`.

        Args:
            area: The cells drawn on.
            cover: What the line covers.
            style: Name of its style.
            ink: Which characters, where the glyphs have several sets.
            dash: How many columns of dots of how many are drawn.
            beside: Styles of lines that this one does not hide: where they share cells, they take
                turns, so that both are seen.
        """
        glyphs = self.glyphs
        top, bottom = area.dot(np.array((cover.high, cover.low)), glyphs).astype(np.int16)
        on, of = dash
        if on < of:
            bottom[np.arange(len(bottom)) % of >= on] = -1
        begin = max(0, int(top.min()) // glyphs.down)
        end = min(area.height, int(bottom.max()) // glyphs.down + 1)
        if begin >= end:
            return
        codes = _cells(glyphs, ink % len(glyphs.inks)).take(_spans(top, bottom, begin, end, glyphs))
        rows, columns = slice(area.top + begin, area.top + end), area.slices[1]
        cells = codes != _BLANK
        styles = self.styles[rows, columns]
        if beside:
            known = np.zeros(256, bool)
            known[[self.style(name) for name in beside]] = True
            held = known.take(styles)
            held &= np.arange(area.width) % 4 < 2
            cells &= ~held
        # As numbers: characters are copied one by one.
        np.copyto(self.chars.view("<u4")[rows, columns], codes, where=cells)
        np.copyto(styles, np.uint8(self.style(style)), where=cells)

    def tint(self, rows: slice, columns: slice, suffix: str) -> None:
        """Give cells the style named like theirs with `suffix` behind."""
        held = self.styles[rows, columns]
        for number in sorted(set(held.ravel().tolist())):
            held[held == number] = self.style(self.names[number] + suffix)

    def level(self, area: Area, position: float, style: str) -> None:
        """Draw a dashed horizontal line at a share of the height, within `area` only."""
        if not 0 <= position <= 1:
            return
        height = np.full(area.width * self.glyphs.across, position)
        self.stroke(area, Coverage(height, height), style, dash=(2, 4) if self.glyphs.across > 1 else (1, 2))

    def blank(self, row: int, column: int, width: int) -> bool:
        """Whether nothing is drawn on `width` cells."""
        return bool((self.chars[row, column : column + width] == " ").all())

    def row(self, y: int) -> StyledLine:
        """One line as runs of one style each; the same list as before where the line is the same."""
        return _runs(self.chars[y].tobytes(), self.styles[y].tobytes(), tuple(self.names))

    def rows(self) -> list[StyledLine]:
        """Every line, as `row`."""
        names, chars, styles = tuple(self.names), self.chars.tobytes(), self.styles.tobytes()
        width = self.width
        size = width * self.chars.itemsize
        return [
            _runs(chars[y * size : (y + 1) * size], styles[y * width : (y + 1) * width], names)
            for y in range(self.height)
        ]

    def plain(self) -> str:
        """The characters alone, as lines."""
        return "\n".join("".join(line).rstrip() for line in self.chars.tolist())


def _spans(
    top: NDArray[np.int16], bottom: NDArray[np.int16], begin: int, end: int, glyphs: Glyphs
) -> NDArray[np.int16]:
    """Which dots are drawn in the cells of the rows begin .. end - 1, as a number that `_cells` knows.

    Cell by cell, from which dot to which: dot by dot this took most of a drawing's time.

    Args:
        top: First row of dots drawn in each column of dots.
        bottom: The last one, likewise.
        begin: First row of cells.
        end: Row after the last.
        glyphs: What cells are made of.
    """
    down = np.int16(glyphs.down)
    first = np.arange(begin, end, dtype=np.int16)[:, None] * down
    spans, ends = top - first, (bottom + np.int16(1)) - first
    for part in (spans, ends):
        np.maximum(part, 0, out=part)
        np.minimum(part, down, out=part)
    spans *= down + np.int16(1)
    spans += ends
    if glyphs.across == 1:
        return spans
    return spans[:, 0::2] * (down + np.int16(1)) ** 2 + spans[:, 1::2]


@lru_cache(16)
def _cells(glyphs: Glyphs, ink: int) -> NDArray[np.uint32]:
    """The characters by the number of their dots: of each column of dots, first * (n + 1) + end."""
    edges = range(glyphs.down + 1)
    columns = list(zip(*glyphs.weights, strict=True))
    bits = [0]
    for column in columns:
        spans = [sum(column[begin:end]) for begin in edges for end in edges]
        bits = [before | more for before in bits for more in spans]
    return np.array([ord(glyphs.inks[ink][of_cell]) for of_cell in bits], np.uint32)


@lru_cache(1024)
def _runs(chars: bytes, styles: bytes, names: tuple[str, ...]) -> StyledLine:
    """The runs of a line. While a run grows most lines stay what they were."""
    text, numbers = chars.decode(_UTF_32), np.frombuffer(styles, np.uint8)
    cuts = (numbers[1:] != numbers[:-1]).nonzero()[0] + 1
    borders = [0, *cuts.tolist(), len(numbers)]
    return [(text[a:b], names[styles[a]]) for a, b in pairwise(borders) if b > a]


class Area(Struct, frozen=True):
    """The cells of a canvas on which curves are drawn."""

    left: int
    top: int
    width: int
    height: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of the canvas."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def dot(self, positions: NDArray[np.float64], glyphs: Glyphs) -> NDArray[np.int64]:
        """Row of dots, 0 at the top, of shares of the height; -9 and far below where none is drawn."""
        dots = self.height * glyphs.down
        rows = np.minimum(np.maximum(np.rint((1 - positions) * (dots - 1)), -9), dots + 9)
        return np.where(np.isnan(rows), -9, rows).astype(np.int64)

    def row(self, position: float) -> int:
        """Row of cells of the canvas at a share of the height."""
        return self.top + min(self.height - 1, max(0, int((1 - position) * (self.height - 1) + 0.5)))
