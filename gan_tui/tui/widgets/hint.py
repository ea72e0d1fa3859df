"""One line for new users; any key dismisses it permanently."""

from __future__ import annotations

from gan_tui.charts.canvas import StyledLine
from gan_tui.tui.lines import formatting
from gan_tui.tui.widgets.line_widget import LineWidget

HINTS = (
    "New here?  b explains the badge · n shows the steps on the charts · ? lists every key · q quits",
    "New here?  b explains the badge · n shows where · ? lists every key · q quits",
    "New here?  b why · ? keys · q quit",
)
"""The longest that fits is used."""


class Hint(LineWidget):
    """A line above the keys."""

    DEFAULT_CSS = "Hint { height: 1; display: none; }"

    def __init__(self) -> None:
        super().__init__(id="hint")

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """Return the hint."""
        del height
        text = next((hint for hint in HINTS if len(hint) + 2 <= width), HINTS[-1])
        return [formatting.fit_line([(f" {text}", "hint")], width, "hint")]
