"""Suggestions, on the page of reasons: shown on request only."""

from __future__ import annotations

from gan_tui.charts.canvas import StyledLine
from gan_tui.diagnosis.suggestions import LOOK
from gan_tui.monitoring.snapshot import RunState
from gan_tui.report.wording import SUGGESTIONS_TITLE, suggestions_of
from gan_tui.tui.lines import formatting


def advice_lines(run: RunState, width: int) -> list[StyledLine]:
    """A title, the plain advice, and at most three remedies, each with its source."""
    lines: list[StyledLine] = [[("", "plot")], [(SUGGESTIONS_TITLE, "strong")]]
    for remedy in (LOOK, *(r for _, r in suggestions_of(run))):
        for text, style in ((remedy.text, "plot"), (remedy.source, "soft")):
            rows = formatting.wrapped(text, max(10, width - 2), 20)
            lead = "• " if style == "plot" else "  "
            lines += [[((lead if i == 0 else "  ") + row, style)] for i, row in enumerate(rows)]
    return lines
