"""The badges a run has had, as a strip under its charts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gan_tui.charts.canvas import StyledLine
from gan_tui.charts.xaxis import Clocks, XMode, XRange
from gan_tui.diagnosis.result import Badge, Moment
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
"""Each badge has a line of its own, for eyes and terminals without colour."""


def timeline(
    run: RunState, x: XRange, width: int, clocks: Clocks, *, cursor: float | None = None
) -> StyledLine:
    """The strip: each cell in the badge that held at its right end, with the word where there is room."""
    badges = _badges(run, x, width, clocks)
    runs: StyledLine = []
    begin = 0
    for end in range(1, width + 1):
        if end == width or badges[end] is not badges[begin]:
            runs += _span(badges[begin], end - begin)
            begin = end
    return runs if cursor is None else _crossed(runs, x, width, cursor)


def _span(badge: Badge | None, width: int) -> StyledLine:
    if badge is None:
        return [(" " * width, "plot")]
    style = f"state-{badge}"
    for word in (f"{SYMBOLS[badge]} {badge.label} ", f"{SYMBOLS[badge]} {badge} ", f"{SYMBOLS[badge]} "):
        if len(word) + 2 <= width:
            return [(FILLS[badge] + " " + word + FILLS[badge] * (width - len(word) - 2), style)]
    return [((SYMBOLS[badge] if width == 1 else FILLS[badge] * width), style)]


def _crossed(runs: StyledLine, x: XRange, width: int, cursor: float) -> StyledLine:
    """The strip with the crosshair on it."""
    column = min(width - 1, int(x.share(cursor) * width))
    if not 0 <= column < width:
        return runs
    out: StyledLine = []
    at = 0
    for text, style in runs:
        if at <= column < at + len(text):
            here = column - at
            out += [(text[:here], style), ("│", "cursor"), (text[here + 1 :], style)]
        else:
            out.append((text, style))
        at += len(text)
    return [(text, style) for text, style in out if text]


def _badges(run: RunState, x: XRange, width: int, clocks: Clocks) -> list[Badge | None]:
    """The badge of each cell; None where the run has not been, or not yet."""
    places, last = moments(run, x.mode, clocks)
    if not places:
        return [None] * width
    bounds = x.bounds(width)
    ends = bounds[1:].copy()
    ends[-1] = np.nextafter(ends[-1], np.inf)
    numbers = np.searchsorted(places, ends, side="left") - 1
    numbers[bounds[:-1] > last] = -1
    timeline_of = run.diagnosis.timeline
    return [timeline_of[i].badge if i >= 0 else None for i in numbers.tolist()]


def moments(run: RunState, mode: XMode, clocks: Clocks) -> tuple[list[float], float]:
    """X of each change of badge, and of the run's last point."""
    steps = [m.step for m in run.diagnosis.timeline]
    last = run.last_step if run.last_step is not None else (steps[-1] if steps else 0)
    *at, end = x_of_steps((*steps, last), run, mode, clocks)
    return at, end


def badge_at(timeline_of: Sequence[Moment], step: float) -> Badge | None:
    """The badge that held at a step; None before the first."""
    held = [m.badge for m in timeline_of if m.step <= step]
    return held[-1] if held else None
