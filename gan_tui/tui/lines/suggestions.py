"""Suggestions for a run, as lines for the findings page."""

from __future__ import annotations

from gan_tui.charts.canvas import StyledLine
from gan_tui.diagnosis.suggestions import LOOK
from gan_tui.monitoring.snapshot import RunState
from gan_tui.report.wording import SUGGESTIONS_TITLE, suggestions_of
from gan_tui.tui.lines import formatting

MAX_LINES = 20
"""Of one suggestion or its source."""


def suggestion_lines(run: RunState, width: int) -> list[StyledLine]:
    """Return a title and the suggestions, each followed by its source."""
    lines: list[StyledLine] = [[("", "plot")], [(SUGGESTIONS_TITLE, "strong")]]
    for suggestion in (LOOK, *(s for _, s in suggestions_of(run))):
        for text, style, bullet in ((suggestion.text, "plot", "• "), (suggestion.source, "soft", "  ")):
            rows = formatting.wrap(text, max(10, width - 2), MAX_LINES)
            lines += [[((bullet if i == 0 else "  ") + row, style)] for i, row in enumerate(rows)]
    return lines
