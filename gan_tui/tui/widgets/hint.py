"""One line for those who are here for the first time; any key takes it away for good."""

from __future__ import annotations

from gan_tui.charts.canvas import StyledLine
from gan_tui.tui.lines import formatting
from gan_tui.tui.widgets.line_widget import LineWidget

HINTS = (
    "New here?  b says why the badge is what it is · n shows the steps on the chart · ? every key · q quits",
    "New here?  b says why the badge · n shows where · ? has every key · q quits",
    "New here?  b why · ? keys · q quit",
)
"""The longest that fits is shown."""


class Hint(LineWidget):
    """A word of welcome above the keys."""

    DEFAULT_CSS = "Hint { height: 1; display: none; }"

    def __init__(self) -> None:
        super().__init__(id="hint")

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """The line."""
        del height
        text = next((hint for hint in HINTS if len(hint) + 2 <= width), HINTS[-1])
        return [formatting.fit_line([(f" {text}", "hint")], width, "hint")]
