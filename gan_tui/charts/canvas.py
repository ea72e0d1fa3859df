"""Draw coverage as cells: braille dots, quadrant blocks or plain ASCII, in layers."""

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
"""One line of text as (text, style name) spans, left to right."""

BRAILLE = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bit of each dot in U+2800 + bits, by row and column of the dot."""
_UTF_32 = "utf-32-le" if np.dtype("<U1").isnative else "utf-32-be"
"""The encoding of characters in numpy arrays."""
_BLANK = np.uint32(ord(" "))
QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""By bits: 1 upper left, 2 upper right, 4 lower left, 8 lower right."""


class ChartSymbols(Struct, frozen=True):
    """Characters for everything that is not a curve."""

    nan: str = "×"
    positive_infinity: str = "▲"
    negative_infinity: str = "▼"
    above_range: str = "↑"
    below_range: str = "↓"
    y_axis: str = "│"
    y_tick: str = "┤"
    corner: str = "└"
    x_axis: str = "─"
    x_tick: str = "┴"
    cursor: str = "│"
    restart_line: str = "╎"
    restart: str = "↺"
    band_axis: str = "━"
    band_edge: str = "┊"
    markers: tuple[str, ...] = ("●", "◆", "■", "▲", "○", "◇", "□", "△")
    """Markers of the curves of a chart, in order."""


ASCII_CHART_SYMBOLS = ChartSymbols(
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
    """The characters that cells are drawn with."""

    name: str
    across: int
    """Dots in a cell's width."""
    down: int
    """Dots in a cell's height."""
    charsets: tuple[str, ...]
    """Alternative sets of characters, each indexed by the sum of `dot_bits`."""
    dot_bits: tuple[tuple[int, ...], ...]
    """Bit of each dot, by row and column within a cell."""
    symbols: ChartSymbols


BRAILLES = Glyphs(
    "braille",
    2,
    4,
    ("".join(chr(0x2800 + bits) for bits in range(256)).replace("\u2800", " "),),
    BRAILLE,
    ChartSymbols(),
)
BLOCKS = Glyphs("block", 2, 2, (QUADRANTS,), ((1, 2), (4, 8)), ChartSymbols())
ASCII = Glyphs("ascii", 1, 3, (" '-!.|:|", " `~%,#;#", ' "=$_$$$'), ((1,), (2,), (4,)), ASCII_CHART_SYMBOLS)
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
        """Return the number of a style name, as stored in `styles`."""
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self.names)
            self.names.append(name)
        return number

    def put(self, row: int, column: int, text: str, style: str) -> None:
        """Write text, cut at the edges; each character is one cell wide."""
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
        charset: int = 0,
        dash: tuple[int, int] = (1, 1),
        interleave_with: Collection[str] = (),
    ) -> None:
        """Draw the coverage of a line, with one entry for each column of dots of `area`.

        Args:
            area: The cells drawn on.
            cover: The coverage of the line.
            style: Name of its style.
            charset: Which characters, for glyphs with several sets.
            dash: Draw this many (first) columns of dots out of this many (second).
            interleave_with: Styles of lines that this one does not hide: in shared cells the lines
                alternate, so that both remain visible.
        """
        glyphs = self.glyphs
        top, bottom = area.dot(np.array((cover.high, cover.low)), glyphs).astype(np.int16)
        drawn, period = dash
        if drawn < period:
            bottom[np.arange(len(bottom)) % period >= drawn] = -1
        begin = max(0, int(top.min()) // glyphs.down)
        end = min(area.height, int(bottom.max()) // glyphs.down + 1)
        if begin >= end:
            return
        codes = _cells(glyphs, charset % len(glyphs.charsets)).take(_spans(top, bottom, begin, end, glyphs))
        rows, columns = slice(area.top + begin, area.top + end), area.slices[1]
        cells = codes != _BLANK
        styles = self.styles[rows, columns]
        if interleave_with:
            is_other = np.zeros(256, bool)
            is_other[[self.style(name) for name in interleave_with]] = True
            kept = is_other.take(styles)
            kept &= np.arange(area.width) % 4 < 2
            cells &= ~kept
        # Copied as numbers: numpy copies characters one by one.
        np.copyto(self.chars.view("<u4")[rows, columns], codes, where=cells)
        np.copyto(styles, np.uint8(self.style(style)), where=cells)

    def tint(self, rows: slice, columns: slice, suffix: str) -> None:
        """Append `suffix` to the style names of cells."""
        styles = self.styles[rows, columns]
        for number in sorted(set(styles.ravel().tolist())):
            styles[styles == number] = self.style(self.names[number] + suffix)

    def horizontal_line(self, area: Area, position: float, style: str) -> None:
        """Draw a dashed horizontal line at a relative height of `area`."""
        if not 0 <= position <= 1:
            return
        height = np.full(area.width * self.glyphs.across, position)
        self.stroke(area, Coverage(height, height), style, dash=(2, 4) if self.glyphs.across > 1 else (1, 2))

    def is_blank(self, row: int, column: int, width: int) -> bool:
        """Return whether `width` cells are empty."""
        return bool((self.chars[row, column : column + width] == " ").all())

    def row(self, y: int) -> StyledLine:
        """Return one line as spans of one style each; an unchanged line is the same list object."""
        return _line_spans(self.chars[y].tobytes(), self.styles[y].tobytes(), tuple(self.names))

    def rows(self) -> list[StyledLine]:
        """Return all lines, each as `row` does."""
        names, chars, styles = tuple(self.names), self.chars.tobytes(), self.styles.tobytes()
        width = self.width
        size = width * self.chars.itemsize
        return [
            _line_spans(chars[y * size : (y + 1) * size], styles[y * width : (y + 1) * width], names)
            for y in range(self.height)
        ]

    def plain(self) -> str:
        """Return the characters without styles, as lines."""
        return "\n".join("".join(line).rstrip() for line in self.chars.tolist())


def _spans(
    top: NDArray[np.int16], bottom: NDArray[np.int16], begin: int, end: int, glyphs: Glyphs
) -> NDArray[np.int16]:
    """Return which dots are drawn in the cells of the rows begin .. end - 1, as indices into `_cells`.

    Each index encodes the first and last dot of each column of dots in a cell. Handling single dots took
    most of a drawing's time.

    Args:
        top: First row of dots drawn in each column of dots.
        bottom: Last row of dots drawn in each column of dots.
        begin: First row of cells.
        end: Row after the last.
        glyphs: The characters that cells are drawn with.
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
def _cells(glyphs: Glyphs, charset: int) -> NDArray[np.uint32]:
    """Return the characters by index: for each column of dots in a cell, first * (n + 1) + end."""
    borders = range(glyphs.down + 1)
    columns = list(zip(*glyphs.dot_bits, strict=True))
    bits = [0]
    for column in columns:
        spans = [sum(column[begin:end]) for begin in borders for end in borders]
        bits = [left | right for left in bits for right in spans]
    return np.array([ord(glyphs.charsets[charset][pattern]) for pattern in bits], np.uint32)


@lru_cache(1024)
def _line_spans(chars: bytes, styles: bytes, names: tuple[str, ...]) -> StyledLine:
    """Return the spans of a line; cached, since most lines of a growing run do not change."""
    text, numbers = chars.decode(_UTF_32), np.frombuffer(styles, np.uint8)
    cuts = (numbers[1:] != numbers[:-1]).nonzero()[0] + 1
    borders = [0, *cuts.tolist(), len(numbers)]
    return [(text[a:b], names[styles[a]]) for a, b in pairwise(borders) if b > a]


class Area(Struct, frozen=True):
    """The cells of a canvas in which curves are drawn."""

    left: int
    top: int
    width: int
    height: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of the canvas."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def dot(self, positions: NDArray[np.float64], glyphs: Glyphs) -> NDArray[np.int64]:
        """Return the dot row for each relative height, 0 at the top; -9 marks points outside the plot."""
        dots = self.height * glyphs.down
        rows = np.minimum(np.maximum(np.rint((1 - positions) * (dots - 1)), -9), dots + 9)
        return np.where(np.isnan(rows), -9, rows).astype(np.int64)

    def row(self, position: float) -> int:
        """Return the row of cells at a relative height."""
        return self.top + min(self.height - 1, max(0, int((1 - position) * (self.height - 1) + 0.5)))
