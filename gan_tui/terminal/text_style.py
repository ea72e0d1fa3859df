"""How text output is styled: ANSI colours, badge symbols and their ASCII forms."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

SYMBOLS = {
    "warming-up": "…",
    "converging": "✓",
    "oscillating": "≈",
    "collapse": "◉",
    "diverged": "✗",
}
"""Symbol by the badge's string value, so that this module need not import diagnosis."""
ASCII_SYMBOLS = {
    "warming-up": ".",
    "converging": "+",
    "oscillating": "~",
    "collapse": "o",
    "diverged": "x",
}
COLOURS = {
    "warming-up": "36",
    "converging": "32",
    "oscillating": "33",
    "collapse": "35",
    "diverged": "31",
}
"""ANSI colour codes by badge."""


class Labelled(Protocol):
    """A badge: a string with a label."""

    @property
    def label(self) -> str:
        """The words on the screen."""
        ...


class TextStyle(Struct, frozen=True):
    """What the output supports: colour, characters and width."""

    colour: bool = False
    """ANSI colours; off when piped, under NO_COLOR and TERM=dumb."""
    unicode: bool = True
    """Whether the encoding has more than ASCII characters."""
    width: int = 80
    """Columns."""

    def paint(self, text: str, code: str) -> str:
        """Wrap `text` in an ANSI colour, if colours are on."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def badge(self, badge: Labelled) -> str:
        """Return symbol and label of a badge."""
        symbol = (SYMBOLS if self.unicode else ASCII_SYMBOLS)[str(badge)]
        return self.paint(f"{symbol} {badge.label}", f"1;{COLOURS[str(badge)]}")

    def plain(self, text: str) -> str:
        """Replace the characters of `text` that the encoding lacks."""
        return text if self.unicode else text.encode("ascii", "replace").decode()
