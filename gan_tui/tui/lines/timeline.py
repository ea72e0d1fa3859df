"""The badges that a run has had, as one line aligned with the x axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gan_tui.charts.canvas import StyledLine
from gan_tui.charts.xaxis import Clocks, XMode, XRange
from gan_tui.diagnosis.result import Badge, BadgeChange
from gan_tui.monitoring.snapshot import RunState
from gan_tui.terminal.text_style import SYMBOLS
from gan_tui.tui.state.step_positions import x_of_steps

FILLS = {
    Badge.WARMING_UP: "┄",
    Badge.CONVERGING: "━",
    Badge.OSCILLATING: "≈",
    Badge.COLLAPSE: "▬",
    Badge.DIVERGED: "╳",
}
"""Each badge has a character of its own, so that the timeline can be read without colour."""


def badge_timeline(
    run: RunState, x: XRange, width: int, clocks: Clocks, *, cursor: float | None = None
) -> StyledLine:
    """Return one cell per column in the badge at its right end, with the badges' names if they fit."""
    badges = _badge_of_each_cell(run, x, width, clocks)
    line: StyledLine = []
    begin = 0
    for end in range(1, width + 1):
        if end == width or badges[end] is not badges[begin]:
            line += _span(badges[begin], end - begin)
            begin = end
    return line if cursor is None else _with_cursor(line, x, width, cursor)


def _span(badge: Badge | None, width: int) -> StyledLine:
    if badge is None:
        return [(" " * width, "plot")]
    style = f"state-{badge}"
    for text in (f"{SYMBOLS[badge]} {badge.label} ", f"{SYMBOLS[badge]} {badge} ", f"{SYMBOLS[badge]} "):
        if len(text) + 2 <= width:
            return [(FILLS[badge] + " " + text + FILLS[badge] * (width - len(text) - 2), style)]
    return [((SYMBOLS[badge] if width == 1 else FILLS[badge] * width), style)]


def _with_cursor(line: StyledLine, x: XRange, width: int, cursor: float) -> StyledLine:
    """Draw the cursor over the timeline."""
    column = min(width - 1, int(x.share(cursor) * width))
    if not 0 <= column < width:
        return line
    spans: StyledLine = []
    begin = 0
    for text, style in line:
        if begin <= column < begin + len(text):
            index = column - begin
            spans += [(text[:index], style), ("│", "cursor"), (text[index + 1 :], style)]
        else:
            spans.append((text, style))
        begin += len(text)
    return [(text, style) for text, style in spans if text]


def _badge_of_each_cell(run: RunState, x: XRange, width: int, clocks: Clocks) -> list[Badge | None]:
    """Return the badge of each cell; None before the first badge and after the last point."""
    positions, last = badge_changes(run, x.mode, clocks)
    if not positions:
        return [None] * width
    bounds = x.bounds(width)
    ends = bounds[1:].copy()
    ends[-1] = np.nextafter(ends[-1], np.inf)
    indices = np.searchsorted(positions, ends, side="left") - 1
    indices[bounds[:-1] > last] = -1
    timeline = run.diagnosis.timeline
    return [timeline[i].badge if i >= 0 else None for i in indices.tolist()]


def badge_changes(run: RunState, mode: XMode, clocks: Clocks) -> tuple[list[float], float]:
    """Return x of each change of the badge, and of the last point."""
    steps = [moment.step for moment in run.diagnosis.timeline]
    last = run.last_step if run.last_step is not None else (steps[-1] if steps else 0)
    *positions, last_x = x_of_steps((*steps, last), run, mode, clocks)
    return positions, last_x


def badge_at(timeline: Sequence[BadgeChange], step: float) -> Badge | None:
    """Return the badge at a step; None before the first."""
    badges = [moment.badge for moment in timeline if moment.step <= step]
    return badges[-1] if badges else None
