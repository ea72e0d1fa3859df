"""The screen's characters in pure ASCII, cell for cell."""

from __future__ import annotations

from rich.cells import cell_len

from gan_tui.charts.canvas import ASCII_CHART_SYMBOLS, BRAILLES
from gan_tui.terminal.text_style import ASCII_SYMBOLS, SYMBOLS

_CHART_SYMBOLS = BRAILLES.symbols
_TRANSLATED = ("nan", "positive_infinity", "negative_infinity", "restart_line", "restart")
_TABLE = {
    **{SYMBOLS[badge]: ASCII_SYMBOLS[badge] for badge in SYMBOLS},
    **dict(zip(_CHART_SYMBOLS.markers, ASCII_CHART_SYMBOLS.markers, strict=True)),
    **{getattr(_CHART_SYMBOLS, n): getattr(ASCII_CHART_SYMBOLS, n) for n in _TRANSLATED},
    **dict.fromkeys("┐┘┌└├┤┬┴┼╭╮╰╯", "+"),
    **dict(zip("─━┄▬╳│▌", "-=.ox|>", strict=True)),
    **dict(zip("↑↓←→▶‖•·⠒", "^v<>>=*-.", strict=True)),
}


def fold(text: str) -> str:
    """Return `text` in ASCII, as wide as before; characters without an equivalent become question marks."""
    if text.isascii():
        return text
    return "".join(c if c.isascii() else _TABLE.get(c) or "?" * cell_len(c) for c in text)
