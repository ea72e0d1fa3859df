"""The bar of a replay, as one line."""

from __future__ import annotations

from gan_tui.charts.canvas import StyledLine
from gan_tui.charts.number_format import label
from gan_tui.charts.spec import plot_area
from gan_tui.monitoring.snapshot import ReplayState, RunState
from gan_tui.terminal.text_style import SYMBOLS
from gan_tui.tui.lines import formatting
from gan_tui.tui.lines.timeline import badge_at

MIN_WIDTH_WITH_LAST_STEP = 60
MIN_TRACK_WIDTH = 8


def scrubber_line(
    replay: ReplayState, run: RunState | None, width: int
) -> tuple[StyledLine, tuple[int, int]]:
    """Return the scrubber, with the first cell and the width of its track; (0, 0) if no track fits.

    The track is thick up to the position and thin after it, in the colours of the badges. Each change of
    the badge is marked by the symbol of the new badge.
    """
    head = " ● LIVE " if replay.live else f" {'‖' if replay.paused else '▶'} {speed_text(replay.speed)} "
    unit = "step" if run is None else formatting.step_unit(run)
    tail = f" {unit} {replay.step:,} of {replay.last_step:,} "
    if width < MIN_WIDTH_WITH_LAST_STEP or replay.live:
        tail = f" {replay.step:,} "
    left = max(len(head), plot_area(width, 4).left)
    track_width = width - left - len(tail)
    if track_width < MIN_TRACK_WIDTH:
        return formatting.justify([(head, "bar-strong")], [(tail, "bar")], width, "bar"), (0, 0)
    span = max(1, replay.last_step - replay.first_step)

    def cell_of(step: int) -> int:
        return round((step - replay.first_step) / span * (track_width - 1))

    position = cell_of(replay.step)
    timeline = replay.timelines.get(run.path, run.diagnosis.timeline) if run is not None else ()
    changes = {cell_of(change.step): change.badge for change in timeline[1:]}
    line: StyledLine = [(formatting.fit(head, left), "bar-strong")]
    for cell in range(track_width):
        badge = badge_at(timeline, replay.first_step + (cell + 0.5) / track_width * span)
        style = "bar-soft" if badge is None else f"bar-{badge}"
        if cell == position:
            line.append(("●", "bar-strong"))
        elif cell in changes:
            line.append((SYMBOLS[changes[cell]], f"bar-{changes[cell]}"))
        else:
            line.append(("─" if cell > position else "━", style))
    return formatting.merge_spans([*line, (tail, "bar")]), (left, track_width)


def speed_text(multiple: float) -> str:
    """Return the speed relative to the training: 8x, 0.5x, 1.2kx."""
    return f"{label(float(f'{multiple:.2g}'))}x"
