"""The screen's characters in pure ASCII, cell for cell."""

from __future__ import annotations

from rich.cells import cell_len

from gan_tui.charts.canvas import ASCII_MARKS, BRAILLES
from gan_tui.terminal.text_style import ASCII_SYMBOLS, SYMBOLS

_MARKS = BRAILLES.marks
_TABLE = {
    **{SYMBOLS[badge]: ASCII_SYMBOLS[badge] for badge in SYMBOLS},
    **dict(zip(_MARKS.points, ASCII_MARKS.points, strict=True)),
    **{getattr(_MARKS, n): getattr(ASCII_MARKS, n) for n in ("nan", "up", "down", "restart", "again")},
    **dict.fromkeys("┐┘┌└├┤┬┴┼╭╮╰╯", "+"),
    **dict(zip("─━┄▬╳│▌", "-=.ox|>", strict=True)),
    **dict(zip("↑↓←→▶‖•·⠒", "^v<>>=*-.", strict=True)),
}


def fold(text: str) -> str:
    """`text` in ASCII, as wide as it was: what has no likeness becomes question marks."""
    if text.isascii():
        return text
    return "".join(c if c.isascii() else _TABLE.get(c) or "?" * cell_len(c) for c in text)
