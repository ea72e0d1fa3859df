"""The difference between two frames: only cells that differ from what the terminal shows are sent.

Textual repaints a changed region from its widget's left edge, with full colours for every run of text.
On a slow line that is most of the traffic, so frames are compared with the previous one here.
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
from gan_tui.tui.output.cell_width import all_narrow, code_points
from gan_tui.tui.output.textual_private import ChopsUpdate, CompositorUpdate, LayoutUpdate

SgrStyle: TypeAlias = tuple[str, str, str]
"""SGR codes of attributes, foreground and background."""
ChangedLine: TypeAlias = tuple[int, int, int, Sequence[tuple[str, int]], int]
"""Row, first column, width in cells, runs of text and style number, style number of the cells after them."""

MAX_GAP = 8
"""Unchanged bytes between two changes that are sent again, because moving the cursor costs as many."""
ASCII_END = 128
LARGE_FRAME = 400
"""Frames with more changed cells than this are sent smallest changes first."""
MOVE_BYTES = 14
"""Approximate bytes to move the cursor to a segment and change the style."""
SPACE = 32
MAX_STYLES = 20_000
"""Text has a few dozen styles; every image brings new ones."""
WIDE_CHAR = "\0"
"""Placeholder in the second cell of a wide character."""


class _Change(Struct, frozen=True):
    """Part of a row, with cells that differ from what the terminal shows."""

    y: int
    x: int
    chars: np.ndarray
    """Code point of each cell, shape (cells,)."""
    styles: np.ndarray
    """Style number of each cell, shape (cells,)."""
    changed: np.ndarray
    """Indices of the cells that differ."""


class _Segment(NamedTuple):
    """Adjacent cells of one style that have to be sent."""

    y: int
    x: int
    text: str
    cells: int
    style: int


def _is_cheap(text: str, styles: Sequence[int], style: int) -> bool:
    """Return whether sending the cells between two segments takes fewer bytes than moving over them."""
    if styles.count(style) < len(text):
        return False
    return len(text) <= MAX_GAP if text.isascii() else sum(1 if c.isascii() else 3 for c in text) <= MAX_GAP


class FrameDiff:
    """Knows what the terminal shows, and encodes the shortest way from there to the next frame.

    Args:
        console: Knows how many colours the terminal has.
        ascii_only: Send nothing but ASCII.
    """

    def __init__(self, console: Console, *, ascii_only: bool = False) -> None:
        self._system = textual_private.colour_system(console)
        self._ascii = ascii_only
        self._chars = np.zeros((0, 0), np.uint32)
        self._styles = np.zeros((0, 0), np.int32)
        self._codes: list[SgrStyle] = []
        self._code_numbers: dict[SgrStyle, int] = {}
        self.style_generation = 0
        """Number of times that style numbers have started at 0 again."""
        self._numbers: dict[Style | None, int] = {}
        self._wanted_chars = self._chars
        self._wanted_styles = self._styles
        self._pending: dict[int, int] = {}
        """Rows that the terminal does not show correctly yet, and the turn of their last change."""
        self._turns = 0
        self.budget: int | None = None
        """Bytes that may be sent at once; rows beyond it are pending. None for no limit."""
        self._active: SgrStyle | None = None
        """Style that the terminal writes with; None if something else may have set it."""

    def invalidate(self) -> None:
        """Send the next frame whole: something else may have written on the terminal."""
        self._active = None
        self._chars = np.zeros((0, 0), np.uint32)
        self._pending.clear()

    def reset_styles(self) -> bool:
        """Number the styles from 0 again if there are very many, and invalidate; return whether it did."""
        if len(self._numbers) < MAX_STYLES:
            return False
        self._codes, self._code_numbers, self._numbers = [], {}, {}
        self.style_generation += 1
        self.invalidate()
        return True

    def encode(self, update: CompositorUpdate, width: int, height: int) -> str | None:
        """Return what to send for an update; "" for nothing, None if only Textual can encode it.

        Args:
            update: Textual's frame, or part of one.
            width: Columns of the terminal.
            height: Rows of the terminal.
        """
        if self._chars.shape != (height, width):
            if not isinstance(update, LayoutUpdate):
                return None
            # No character has code point 1, so every cell differs.
            self._chars = np.ones((height, width), np.uint32)
            self._styles = np.full((height, width), -1, np.int32)
            self._wanted_chars, self._wanted_styles = self._chars.copy(), self._styles.copy()
            self._pending.clear()
        if isinstance(update, LayoutUpdate):
            parts = self._layout_parts(update, height)
        elif isinstance(update, ChopsUpdate):
            parts = self._chops_parts(update)
        else:
            return None
        return self._encode_changes(
            [c for y, x, strips in parts if 0 <= y < height and (c := self._apply(y, x, strips))]
        )

    def encode_lines(self, lines: Iterable[ChangedLine]) -> str | None:
        """Return what to send for changed lines, as `encode`; None before the first whole frame.

        Args:
            lines: The lines that may have changed.
        """
        height, right = self._chars.shape
        blocks: dict[tuple[int, int], list[ChangedLine]] = {}
        for line in lines:
            y, x, width, _, _ = line
            if y >= height or x + width > right:
                return None
            blocks.setdefault((x, width), []).append(line)
        changes: list[_Change] = []
        for (x, width), block in blocks.items():
            changes += self._apply_block(x, width, block)
        return self._encode_changes(changes)

    def _apply_block(self, x: int, width: int, lines: Sequence[ChangedLine]) -> Iterator[_Change]:
        """Apply lines with the same first column and width together; yield those that differ."""
        chars, styles = self._block_cells(width, lines)
        rows, columns = [line[0] for line in lines], slice(x, x + width)
        at = slice(rows[0], rows[0] + 1) if len(rows) == 1 else rows
        differ = (self._chars[at, columns] != chars) | (self._styles[at, columns] != styles)
        self._wanted_chars[at, columns], self._wanted_styles[at, columns] = chars, styles
        if self.budget is None and not self._pending:
            self._chars[at, columns], self._styles[at, columns] = chars, styles
        for number, y in enumerate(rows):
            changed = differ[number].nonzero()[0]
            if len(changed):
                yield _Change(y, x, chars[number], styles[number], changed)

    def _block_cells(self, width: int, lines: Sequence[ChangedLine]) -> tuple[np.ndarray, np.ndarray]:
        """Return code points and style numbers of lines of one width, each of shape (lines, width)."""
        shape = len(lines), width
        all_runs: list[tuple[str, int]] = []
        full = True
        for _, _, _, runs, _ in lines:
            size = 0
            for text, _ in runs:
                size += len(text)
            full = full and size == width
            all_runs += runs
        if full:
            chars, styles = self._run_cells(all_runs)
            if len(chars) == len(lines) * width:  # no character is wide, or without width
                return chars.reshape(shape), styles.reshape(shape)
        chars, styles = np.full(shape, SPACE, np.uint32), np.zeros(shape, np.int32)
        for number, (_, _, _, runs, filling) in enumerate(lines):
            line_chars, line_styles = self._run_cells(runs)
            size = min(len(line_chars), width)
            chars[number, :size] = line_chars[:size]
            styles[number, :size], styles[number, size:] = line_styles[:size], filling
        return chars, styles

    @property
    def pending(self) -> bool:
        """Whether the terminal does not show everything yet."""
        return bool(self._pending)

    def encode_pending(self) -> str:
        """Return as much of the pending rows as the budget allows, most urgent first."""
        rows = sorted(self._pending, key=self._urgency)
        out: list[_Segment] = []
        left = self.budget
        for y in rows:
            changed = self._differing(y)
            change = _Change(y, 0, self._wanted_chars[y], self._wanted_styles[y], changed)
            for segment in self._segments(change) if len(changed) else ():
                if left is not None:
                    left -= len(segment.text.encode("utf-8", "replace")) + MOVE_BYTES
                    if left < 0:
                        return self._encode_shown(out)
                out.append(segment)
            del self._pending[y]
        return self._encode_shown(out)

    def _urgency(self, y: int) -> tuple[int, bool, int]:
        """Return a pending row's sort key: newest change first, text before curves, small changes first."""
        changed = self._differing(y)
        chars = self._wanted_chars[y, changed]
        is_text = np.count_nonzero((chars > SPACE) & (chars < ASCII_END)) * 2 >= len(changed)
        return -self._pending[y], not is_text, len(changed)

    def _differing(self, y: int) -> np.ndarray:
        shown, wanted = self._chars[y], self._wanted_chars[y]
        return np.flatnonzero((shown != wanted) | (self._styles[y] != self._wanted_styles[y]))

    def _encode_shown(self, segments: Sequence[_Segment]) -> str:
        """Return the text for some segments, and note that the terminal shows them."""
        for y, x, _, cells, _ in segments:
            columns = slice(x, x + cells)
            self._chars[y, columns] = self._wanted_chars[y, columns]
            self._styles[y, columns] = self._wanted_styles[y, columns]
        return self._encode_segments(segments)

    def _encode_changes(self, changes: list[_Change]) -> str:
        if self.budget is not None or self._pending:
            self._turns += 1
            self._pending.update(dict.fromkeys((c.y for c in changes), self._turns))
            return self.encode_pending()
        large = sum(len(c.changed) for c in changes) > LARGE_FRAME
        if large:
            # On a slow line a large frame takes a while: small changes, mostly text, come first.
            changes.sort(key=lambda c: len(c.changed))
        segments = [segment for change in changes for segment in self._segments(change)]
        if not large:
            # A change of colour costs twice as much as a cursor move: segments of one style are sent
            # together, those of the active style first.
            order = self._style_order({segment.style for segment in segments})
            segments.sort(key=lambda segment: order[segment.style])
        return self._encode_segments(segments)

    def _encode_segments(self, segments: Iterable[_Segment]) -> str:
        out: list[str] = []
        row, column = -1, -1
        for y, x, text, cells, style in segments:
            if (y, x) != (row, column):
                out.append(f"\x1b[{y + 1};{x + 1}H")
            wanted = self._codes[style]
            out.append(_style_change(self._active, wanted))
            self._active = wanted
            out.append(text)
            row, column = y, x + cells
        return "".join(out)

    def _style_order(self, styles: Iterable[int]) -> dict[int, tuple[bool, bool, int]]:
        """Return a sort key for each style number: the active style, then those of its background."""
        active = self._active or ("", "", "")
        return {
            number: (code != active, (code[0], code[2]) != (active[0], active[2]), number)
            for number, code in ((n, self._codes[n]) for n in styles)
        }

    @staticmethod
    def _layout_parts(update: LayoutUpdate, height: int) -> Iterable[tuple[int, int, list[Strip]]]:
        for y, line in enumerate(update.strips, update.region.y):
            if y < height:
                yield y, update.region.x, list(line)

    @staticmethod
    def _chops_parts(update: ChopsUpdate) -> Iterable[tuple[int, int, list[Strip]]]:
        for y, x1, x2 in update.spans:
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if strip is not None and x < x2 and end > x1:
                    yield y, x, [strip.crop(0, end - x)]

    def _apply(self, y: int, x: int, strips: list[Strip]) -> _Change | None:
        """Apply part of a row; return what differs, None if nothing does."""
        return self._apply_cells(y, x, *self._strip_cells(strips))

    def _apply_cells(self, y: int, x: int, chars: np.ndarray, styles: np.ndarray) -> _Change | None:
        """Apply cells of a row; return what differs, None if nothing does."""
        height, width = self._chars.shape
        if y >= height or x >= width:
            return None  # laid out for the terminal's previous size
        end = min(x + len(chars), width)
        chars, styles = chars[: end - x], styles[: end - x]
        changed = ((self._chars[y, x:end] != chars) | (self._styles[y, x:end] != styles)).nonzero()[0]
        self._wanted_chars[y, x:end], self._wanted_styles[y, x:end] = chars, styles
        if not len(changed):
            return None
        if self.budget is None and not self._pending:
            self._chars[y, x:end], self._styles[y, x:end] = chars, styles
        return _Change(y, x, chars, styles, changed)

    @staticmethod
    def _segments(change: _Change) -> Iterator[_Segment]:
        """Yield what differs in a row, in segments of one style each."""
        # Lists instead of arrays: rows are short, and mostly few of their cells differ.
        text = change.chars.astype("<u4", copy=False).tobytes().decode("utf-32-le")
        styles, changed = change.styles.tolist(), change.changed.tolist()
        wide = WIDE_CHAR in text
        if wide:
            # The second cell of a wide character is drawn by the first.
            changed = sorted({max(at - 1, 0) if text[at] == WIDE_CHAR else at for at in changed})
        start = end = changed[0]
        style = styles[start]
        for at in [*changed, len(text) + 2 * MAX_GAP]:
            number = styles[at] if at < len(text) else -1
            near = number == style and at - end <= MAX_GAP
            if near and (at == end or _is_cheap(text[end:at], styles[end:at], style)):
                end = at + 1
                continue
            if end > start:
                if wide and text[end : end + 1] == WIDE_CHAR:
                    end += 1
                part = text[start:end]
                printed = part.replace(WIDE_CHAR, "") if wide else part
                yield _Segment(change.y, change.x + start, printed, end - start, style)
            start, end, style = at, at + 1, number

    def _strip_cells(self, strips: list[Strip]) -> tuple[np.ndarray, np.ndarray]:
        """Return code points and style numbers of Textual's strips, one entry for each cell."""
        number = self.style_number
        return self._run_cells(
            [
                (text, number(style))
                for strip in strips
                for text, style, control in strip
                if text and not control
            ]
        )

    def _run_cells(self, runs: Sequence[tuple[str, int]]) -> tuple[np.ndarray, np.ndarray]:
        """Return code points and style numbers of runs of text, one entry for each cell."""
        if self._ascii:
            runs = [(fold(text), number) for text, number in runs]
        joined = "".join([text for text, _ in runs])
        chars = np.frombuffer(joined.encode("utf-32-le", "replace"), "<u4")
        numbers = [number for _, number in runs]
        lengths = [len(text) for text, _ in runs]
        if not joined.isascii() and not all_narrow(chars):
            cells = [code_points(text) for text, _ in runs]
            chars = np.concatenate(cells)
            lengths = [len(run) for run in cells]
        return chars, np.array(numbers, np.int32).repeat(lengths)

    def style_number(self, style: Style | None) -> int:
        """Return the number of a style, the same for all styles that look alike."""
        number = self._numbers.get(style)
        if number is None:
            code = self._sgr_style(style)
            number = self._numbers[style] = self._code_numbers.setdefault(code, len(self._codes))
            if number == len(self._codes):
                self._codes.append(code)
        return number

    def _sgr_style(self, style: Style | None) -> SgrStyle:
        """Return a style as SGR codes."""
        if style is None:
            return "0", "39", "49"
        attributes = Strip.render_ansi(style.without_color, self._system)
        foreground = background = ""
        if style.color is not None:
            foreground = ";".join(style.color.downgrade(self._system).get_ansi_codes())
        if style.bgcolor is not None:
            background = ";".join(style.bgcolor.downgrade(self._system).get_ansi_codes(foreground=False))
        return f"0;{attributes}" if attributes else "0", foreground or "39", background or "49"


def _style_change(active: SgrStyle | None, wanted: SgrStyle) -> str:
    """Return the shortest sequence from one style to another; "" if they are the same."""
    if active == wanted:
        return ""
    attributes, foreground, background = wanted
    if active is not None and active[0] == attributes:
        codes = [new for new, old in ((foreground, active[1]), (background, active[2])) if new != old]
    else:
        codes = [attributes, *(c for c, default in ((foreground, "39"), (background, "49")) if c != default)]
    return f"\x1b[{';'.join(codes)}m"
