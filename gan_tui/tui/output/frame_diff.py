"""Few bytes: of each frame only the cells that differ from what the terminal shows are sent.

Textual repaints a changed region from its widget's left edge on, with full colours for every run. Over
a slow line that is most of the traffic, so frames are compared with the last one here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from msgspec import Struct
from rich.console import Console
from rich.style import Style
from textual.strip import Strip

from gan_tui.tui.output import textual_private
from gan_tui.tui.output.ascii_fallback import fold
from gan_tui.tui.output.cell_width import all_narrow, spread
from gan_tui.tui.output.textual_private import ChopsUpdate, CompositorUpdate, LayoutUpdate

Pen: TypeAlias = tuple[str, str, str]
"""SGR codes of attributes, foreground and background."""
PatchLine: TypeAlias = tuple[int, int, int, Sequence[tuple[str, int]], int]
"""Row, first column, cells across, runs of text and style number, number of what fills the rest."""

NEAR = 8
"""So many bytes of what is there already are sent again between two changes: moving on costs as much."""
ASCII_END = 128
MANY = 400
"""Frames with more changed cells than this are sent smallest changes first."""
MOVE = 14
"""Bytes that moving to a piece and changing the colour take, about."""
SPACE = 32
MOST_STYLES = 20_000
"""Text has a few dozen styles; pictures bring ever new ones."""
WIDE_CHAR = "\0"
"""Stands in the second cell of a wide character."""


class _Change(Struct, frozen=True):
    """A piece of a line in which cells differ from what the terminal shows."""

    y: int
    x: int
    chars: np.ndarray
    styles: np.ndarray
    places: np.ndarray
    """Which cells of the piece differ."""


class _Piece(NamedTuple):
    """Neighbouring cells of one style that have to be sent."""

    y: int
    x: int
    text: str
    cells: int
    style: int


def _is_cheap(text: str, styles: Sequence[int], style: int) -> bool:
    """Whether the cells between two pieces of a style take fewer bytes than moving the cursor over them."""
    if styles.count(style) < len(text):
        return False
    return len(text) <= NEAR if text.isascii() else sum(1 if c.isascii() else 3 for c in text) <= NEAR


class FrameDiff:
    """Remembers what the terminal shows, and gives the shortest way from there to the next frame.

    Args:
        console: Knows how many colours the terminal has.
        ascii_only: Send nothing but ASCII.
    """

    def __init__(self, console: Console, *, ascii_only: bool = False) -> None:
        self._system = textual_private.colour_system(console)
        self._ascii = ascii_only
        self._chars = np.zeros((0, 0), np.uint32)
        self._styles = np.zeros((0, 0), np.int32)
        self._codes: list[Pen] = []
        self._pens: dict[Pen, int] = {}
        self.style_generation = 0
        """Counts how often the numbers of styles have begun anew."""
        self._numbers: dict[Style | None, int] = {}
        self._wanted_chars = self._chars
        self._wanted_styles = self._styles
        self._pending: dict[int, int] = {}
        """Rows that the terminal does not show yet as they should be, and when they were changed last."""
        self._turns = 0
        self.budget: int | None = None
        """Bytes that may be sent at once; what goes beyond is owed. None for as many as there are."""
        self._pen: Pen | None = None
        """What the terminal writes with; None where something else may have set it."""

    def invalidate(self) -> None:
        """Something else may have written on the terminal: send the next frame whole."""
        self._pen = None
        self._chars = np.zeros((0, 0), np.uint32)
        self._pending.clear()

    def reset_styles(self) -> bool:
        """Begin the numbers of styles anew where there are very many; all that is known is then forgotten."""
        if len(self._numbers) < MOST_STYLES:
            return False
        self._codes, self._pens, self._numbers = [], {}, {}
        self.style_generation += 1
        self.invalidate()
        return True

    def encode(self, update: CompositorUpdate, width: int, height: int) -> str | None:
        """What has to be sent for an update; "" for nothing, None where only Textual knows."""
        if self._chars.shape != (height, width):
            if not isinstance(update, LayoutUpdate):
                return None
            # No character is 1, so every cell differs.
            self._chars = np.ones((height, width), np.uint32)
            self._styles = np.full((height, width), -1, np.int32)
            self._wanted_chars, self._wanted_styles = self._chars.copy(), self._styles.copy()
            self._pending.clear()
        if isinstance(update, LayoutUpdate):
            pieces = self._of_layout(update, height)
        elif isinstance(update, ChopsUpdate):
            pieces = self._of_chops(update)
        else:
            return None
        return self._sent(
            [c for y, x, strips in pieces if 0 <= y < height and (c := self._take(y, x, strips))]
        )

    def encode_lines(self, lines: Iterable[PatchLine]) -> str | None:
        """What has to be sent for lines that have changed, as `encode`; None before the first whole frame.

        Args:
            lines: Each as row, first column, cells across, and its runs of text and style number; what
                the runs leave free is filled with the last of the line's numbers.
        """
        height, right = self._chars.shape
        blocks: dict[tuple[int, int], list[PatchLine]] = {}
        for line in lines:
            y, x, width, _, _ = line
            if y >= height or x + width > right:
                return None
            blocks.setdefault((x, width), []).append(line)
        changes: list[_Change] = []
        for (x, width), block in blocks.items():
            changes += self._take_block(x, width, block)
        return self._sent(changes)

    def _take_block(self, x: int, width: int, lines: Sequence[PatchLine]) -> Iterator[_Change]:
        """Take over lines of one place and width, all of them together; gives those that differ."""
        chars, styles = self._of_block(width, lines)
        rows, part = [line[0] for line in lines], slice(x, x + width)
        at = slice(rows[0], rows[0] + 1) if len(rows) == 1 else rows
        differ = (self._chars[at, part] != chars) | (self._styles[at, part] != styles)
        self._wanted_chars[at, part], self._wanted_styles[at, part] = chars, styles
        if self.budget is None and not self._pending:
            self._chars[at, part], self._styles[at, part] = chars, styles
        for number, y in enumerate(rows):
            places = differ[number].nonzero()[0]
            if len(places):
                yield _Change(y, x, chars[number], styles[number], places)

    def _of_block(self, width: int, lines: Sequence[PatchLine]) -> tuple[np.ndarray, np.ndarray]:
        """Characters and style numbers of lines of one width, each of shape (lines, width)."""
        shape = len(lines), width
        runs: list[tuple[str, int]] = []
        even = True
        for _, _, _, some, _ in lines:
            size = 0
            for text, _ in some:
                size += len(text)
            even = even and size == width
            runs += some
        if even:
            chars, styles = self._of_runs(runs)
            if len(chars) == len(lines) * width:  # no character is wide, or without width
                return chars.reshape(shape), styles.reshape(shape)
        chars, styles = np.full(shape, SPACE, np.uint32), np.zeros(shape, np.int32)
        for number, (_, _, _, some, filling) in enumerate(lines):
            own, numbers = self._of_runs(some)
            size = min(len(own), width)
            chars[number, :size] = own[:size]
            styles[number, :size], styles[number, size:] = numbers[:size], filling
        return chars, styles

    @property
    def pending(self) -> bool:
        """Whether the terminal does not show everything yet."""
        return bool(self._pending)

    def encode_pending(self) -> str:
        """As much of what is owed as there is room for: what changed last first, and of that the words."""
        rows = sorted(self._pending, key=self._urgency)
        out: list[_Piece] = []
        left = self.budget
        for y in rows:
            places = self._differing(y)
            change = _Change(y, 0, self._wanted_chars[y], self._wanted_styles[y], places)
            for piece in self._pieces(change) if len(places) else ():
                if left is not None:
                    left -= len(piece.text.encode("utf-8", "replace")) + MOVE
                    if left < 0:
                        return self._drawn(out)
                out.append(piece)
            del self._pending[y]
        return self._drawn(out)

    def _urgency(self, y: int) -> tuple[int, bool, int]:
        """A row's place among those owed: the newest first, words before curves, small changes first."""
        places = self._differing(y)
        chars = self._wanted_chars[y, places]
        words = np.count_nonzero((chars > SPACE) & (chars < ASCII_END)) * 2 >= len(places)
        return -self._pending[y], not words, len(places)

    def _differing(self, y: int) -> np.ndarray:
        shown, wanted = self._chars[y], self._wanted_chars[y]
        return np.flatnonzero((shown != wanted) | (self._styles[y] != self._wanted_styles[y]))

    def _drawn(self, pieces: Sequence[_Piece]) -> str:
        """The bytes for some pieces, which the terminal shows from now on."""
        for y, x, _, cells, _ in pieces:
            part = slice(x, x + cells)
            self._chars[y, part] = self._wanted_chars[y, part]
            self._styles[y, part] = self._wanted_styles[y, part]
        return self._written(pieces)

    def _sent(self, changes: list[_Change]) -> str:
        if self.budget is not None or self._pending:
            self._turns += 1
            self._pending.update(dict.fromkeys((c.y for c in changes), self._turns))
            return self.encode_pending()
        many = sum(len(c.places) for c in changes) > MANY
        if many:
            # Over a slow line a large frame takes a while: small changes, the words, go first.
            changes.sort(key=lambda c: len(c.places))
        pieces = [piece for change in changes for piece in self._pieces(change)]
        if not many:
            # A colour costs twice what going back to a line does: what looks alike goes together, and
            # what looks as the last thing sent goes first.
            near = self._nearness({piece.style for piece in pieces})
            pieces.sort(key=lambda piece: near[piece.style])
        return self._written(pieces)

    def _written(self, pieces: Iterable[_Piece]) -> str:
        out: list[str] = []
        row, column = -1, -1
        for y, x, text, cells, style in pieces:
            if (y, x) != (row, column):
                out.append(f"\x1b[{y + 1};{x + 1}H")
            wanted = self._codes[style]
            out.append(_pen_change(self._pen, wanted))
            self._pen = wanted
            out.append(text)
            row, column = y, x + cells
        return "".join(out)

    def _nearness(self, styles: Iterable[int]) -> dict[int, tuple[bool, bool, int]]:
        """By style number: whether it is another pen than the present one, another paper, and itself."""
        pen = self._pen or ("", "", "")
        return {
            number: (code != pen, (code[0], code[2]) != (pen[0], pen[2]), number)
            for number, code in ((n, self._codes[n]) for n in styles)
        }

    @staticmethod
    def _of_layout(update: LayoutUpdate, height: int) -> Iterable[tuple[int, int, list[Strip]]]:
        for y, line in enumerate(update.strips, update.region.y):
            if y < height:
                yield y, update.region.x, list(line)

    @staticmethod
    def _of_chops(update: ChopsUpdate) -> Iterable[tuple[int, int, list[Strip]]]:
        for y, x1, x2 in update.spans:
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if strip is not None and x < x2 and end > x1:
                    yield y, x, [strip.crop(0, end - x)]

    def _take(self, y: int, x: int, strips: list[Strip]) -> _Change | None:
        """Take over a piece of a line; what differs, None where nothing does."""
        return self._take_cells(y, x, *self._cells(strips))

    def _take_cells(self, y: int, x: int, chars: np.ndarray, styles: np.ndarray) -> _Change | None:
        """Take over cells of a line; what differs, None where nothing does."""
        height, width = self._chars.shape
        if y >= height or x >= width:
            return None  # laid out for the size that the terminal had before
        end = min(x + len(chars), width)
        chars, styles = chars[: end - x], styles[: end - x]
        places = ((self._chars[y, x:end] != chars) | (self._styles[y, x:end] != styles)).nonzero()[0]
        self._wanted_chars[y, x:end], self._wanted_styles[y, x:end] = chars, styles
        if not len(places):
            return None
        if self.budget is None and not self._pending:
            self._chars[y, x:end], self._styles[y, x:end] = chars, styles
        return _Change(y, x, chars, styles, places)

    @staticmethod
    def _pieces(change: _Change) -> Iterator[_Piece]:
        """What differs in a line, as pieces of one style each."""
        # In plain lists: lines are short, and mostly few of their cells differ.
        text = change.chars.astype("<u4", copy=False).tobytes().decode("utf-32-le")
        styles, places = change.styles.tolist(), change.places.tolist()
        wide = WIDE_CHAR in text
        if wide:
            # The second cell of a wide character is drawn by the first.
            places = sorted({max(at - 1, 0) if text[at] == WIDE_CHAR else at for at in places})
        start = end = places[0]
        style = styles[start]
        for at in [*places, len(text) + 2 * NEAR]:
            number = styles[at] if at < len(text) else -1
            near = number == style and at - end <= NEAR
            if near and (at == end or _is_cheap(text[end:at], styles[end:at], style)):
                end = at + 1
                continue
            if end > start:
                if wide and text[end : end + 1] == WIDE_CHAR:
                    end += 1
                part = text[start:end]
                told = part.replace(WIDE_CHAR, "") if wide else part
                yield _Piece(change.y, change.x + start, told, end - start, style)
            start, end, style = at, at + 1, number

    def _cells(self, strips: list[Strip]) -> tuple[np.ndarray, np.ndarray]:
        """Characters and style numbers, one entry a cell."""
        number = self.style_number
        return self._of_runs(
            [
                (text, number(style))
                for strip in strips
                for text, style, control in strip
                if text and not control
            ]
        )

    def _of_runs(self, runs: Sequence[tuple[str, int]]) -> tuple[np.ndarray, np.ndarray]:
        """Characters and style numbers of runs of text, one entry a cell."""
        if self._ascii:
            runs = [(fold(text), number) for text, number in runs]
        whole = "".join([text for text, _ in runs])
        chars = np.frombuffer(whole.encode("utf-32-le", "replace"), "<u4")
        numbers = [number for _, number in runs]
        lengths = [len(text) for text, _ in runs]
        if not whole.isascii() and not all_narrow(chars):
            pieces = [spread(text) for text, _ in runs]
            chars = np.concatenate(pieces)
            lengths = [len(piece) for piece in pieces]
        return chars, np.array(numbers, np.int32).repeat(lengths)

    def style_number(self, style: Style | None) -> int:
        """What stands for a style here: the same for all that look alike."""
        number = self._numbers.get(style)
        if number is None:
            code = self._code(style)
            number = self._numbers[style] = self._pens.setdefault(code, len(self._codes))
            if number == len(self._codes):
                self._codes.append(code)
        return number

    def _code(self, style: Style | None) -> Pen:
        """Attributes, foreground and background of a style as SGR codes."""
        if style is None:
            return "0", "39", "49"
        bare = Strip.render_ansi(style.without_color, self._system)
        ink = paper = ""
        if style.color is not None:
            ink = ";".join(style.color.downgrade(self._system).get_ansi_codes())
        if style.bgcolor is not None:
            paper = ";".join(style.bgcolor.downgrade(self._system).get_ansi_codes(foreground=False))
        return f"0;{bare}" if bare else "0", ink or "39", paper or "49"


def _pen_change(pen: Pen | None, wanted: Pen) -> str:
    """The shortest sequence from one set of codes to the next; "" where nothing changes."""
    if pen == wanted:
        return ""
    attributes, ink, paper = wanted
    if pen is not None and pen[0] == attributes:
        parts = [new for new, old in ((ink, pen[1]), (paper, pen[2])) if new != old]
    else:
        parts = [attributes, *(code for code, plain in ((ink, "39"), (paper, "49")) if code != plain)]
    return f"\x1b[{';'.join(parts)}m"
