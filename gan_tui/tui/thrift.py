"""Few bytes: of each frame only the cells that differ from what the terminal shows are sent.

Textual repaints a changed region from its widget's left edge on, with full colours for every run. Over
a slow line that is most of the traffic, so frames are compared with the last one here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from gan_tui.tui.plainchars import fold

Pen: TypeAlias = tuple[str, str, str]
"""SGR codes of attributes, foreground and background."""

NEAR = 6
"""Changes closer together than this are sent as one: moving the cursor costs as much."""
MANY = 400
"""Frames with more changed cells than this are sent smallest changes first."""
WIDE = 0
"""Stands in the second cell of a wide character."""


@dataclass(frozen=True, slots=True)
class _Change:
    """A piece of a line in which cells differ from what the terminal shows."""

    y: int
    x: int
    chars: np.ndarray
    styles: np.ndarray
    places: np.ndarray
    """Which cells of the piece differ."""


class Thrift:
    """Remembers what the terminal shows, and gives the shortest way from there to the next frame.

    Args:
        console: Knows how many colours the terminal has.
        ascii_only: Send nothing but ASCII.
    """

    def __init__(self, console: Console, *, ascii_only: bool = False) -> None:
        self._system = console._color_system or ColorSystem.TRUECOLOR  # noqa: SLF001 - as Textual does
        self._ascii = ascii_only
        self._chars = np.zeros((0, 0), np.uint32)
        self._styles = np.zeros((0, 0), np.int32)
        self._codes: list[Pen] = []
        self._numbers: dict[Style | None, int] = {}

    def forget(self) -> None:
        """Something else may have written on the terminal: send the next frame whole."""
        self._chars = np.zeros((0, 0), np.uint32)

    def lean(self, update: CompositorUpdate, width: int, height: int) -> str | None:
        """What has to be sent for an update; "" for nothing, None where only Textual knows."""
        if self._chars.shape != (height, width):
            if not isinstance(update, LayoutUpdate):
                return None
            # No character is 1, so every cell differs.
            self._chars = np.ones((height, width), np.uint32)
            self._styles = np.full((height, width), -1, np.int32)
        if isinstance(update, LayoutUpdate):
            pieces = self._of_layout(update, height)
        elif isinstance(update, ChopsUpdate):
            pieces = self._of_chops(update)
        else:
            return None
        changes = [c for y, x, strips in pieces if 0 <= y < height and (c := self._take(y, x, strips))]
        if sum(len(c.places) for c in changes) > MANY:
            # Over a slow line a large frame takes a while: small changes, the words, go first.
            changes.sort(key=lambda c: len(c.places))
        out: list[str] = []
        pen: Pen | None = None
        for change in changes:
            text, pen = self._line(change, pen)
            out.append(text)
        sent = "".join(out)
        return sent + "\x1b[0m" if sent else ""

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
        chars, styles = self._cells(strips)
        end = min(x + len(chars), self._chars.shape[1])
        chars, styles = chars[: end - x], styles[: end - x]
        places = np.flatnonzero((self._chars[y, x:end] != chars) | (self._styles[y, x:end] != styles))
        if not len(places):
            return None
        self._chars[y, x:end], self._styles[y, x:end] = chars, styles
        return _Change(y, x, chars, styles, places)

    def _line(self, change: _Change, pen: Pen | None) -> tuple[str, Pen | None]:
        """The escape sequences for what differs in a line, and the pen they leave."""
        places, chars = change.places, change.chars
        out: list[str] = []
        breaks = np.flatnonzero(np.diff(places) > NEAR)
        starts = places[np.append(0, breaks + 1)].tolist()
        stops = (places[np.append(breaks, len(places) - 1)] + 1).tolist()
        for start, stop in zip(starts, stops, strict=True):
            begin = start - 1 if start and chars[start] == WIDE else start
            out.append(f"\x1b[{change.y + 1};{change.x + begin + 1}H")
            text, pen = self._run(chars[begin:stop], change.styles[begin:stop], pen)
            out.append(text)
        return "".join(out), pen

    def _run(self, chars: np.ndarray, styles: np.ndarray, pen: Pen | None) -> tuple[str, Pen | None]:
        """Neighbouring cells as text, with the colours that change on the way."""
        out: list[str] = []
        cuts = (np.flatnonzero(np.diff(styles)) + 1).tolist()
        for a, b in zip([0, *cuts], [*cuts, len(chars)], strict=True):
            wanted = self._codes[int(styles[a])]
            step = _pen_change(pen, wanted)
            if step:
                out.append(step)
                pen = wanted
            out.append(chars[a:b][chars[a:b] != WIDE].astype("<u4").tobytes().decode("utf-32-le"))
        return "".join(out), pen

    def _cells(self, strips: list[Strip]) -> tuple[np.ndarray, np.ndarray]:
        """Characters and style numbers, one entry a cell."""
        chars: list[np.ndarray] = []
        styles: list[np.ndarray] = []
        for strip in strips:
            for text, style, control in strip:
                if control or not text:
                    continue
                shown = fold(text) if self._ascii and not text.isascii() else text
                codes = np.frombuffer(shown.encode("utf-32-le", "replace"), "<u4")
                width = len(shown) if shown.isascii() else cell_len(shown)
                if width != len(codes):
                    codes = _spread(shown, width)
                chars.append(codes)
                styles.append(np.full(len(codes), self._number(style), np.int32))
        if not chars:
            return np.zeros(0, np.uint32), np.zeros(0, np.int32)
        return np.concatenate(chars), np.concatenate(styles)

    def _number(self, style: Style | None) -> int:
        number = self._numbers.get(style)
        if number is None:
            number = self._numbers[style] = len(self._codes)
            self._codes.append(self._code(style))
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


def _spread(text: str, width: int) -> np.ndarray:
    """Characters by cell: a wide one takes a second cell, one without width none."""
    codes = np.zeros(width, np.uint32)
    at = 0
    for char in text:
        size = cell_len(char)
        if size and at < width:
            codes[at] = ord(char)
        at += size
    return codes
