"""The bar of a replay, as one line."""

from __future__ import annotations

from gan_tui.charts.canvas import StyledLine
from gan_tui.charts.number_format import label
from gan_tui.charts.spec import plot_area
from gan_tui.monitoring.snapshot import ReplayState, RunState
from gan_tui.terminal.text_style import SYMBOLS
from gan_tui.tui.lines import formatting
from gan_tui.tui.lines.timeline import badge_at


def scrubber(replay: ReplayState, run: RunState | None, width: int) -> tuple[StyledLine, tuple[int, int]]:
    """The line, and where its bar begins and how long it is.

    What has been played is a thick line, what is to come a thin one, both in the colours of the badges;
    each change of the badge stands on it as the new badge's sign.
    """
    head = " ● LIVE " if replay.live else f" {'‖' if replay.paused else '▶'} {speed(replay.speed)} "
    axis = "step" if run is None else formatting.axis(run)
    tail = f" {axis} {replay.step:,} of {replay.last_step:,} "
    if width < 60 or replay.live:
        tail = f" {replay.step:,} "
    left = max(len(head), plot_area(width, 4).left)
    size = width - left - len(tail)
    if size < 8:
        return formatting.spread([(head, "bar-strong")], [(tail, "bar")], width, "bar"), (0, 0)
    span = max(1, replay.last_step - replay.first_step)
    at = round((replay.step - replay.first_step) / span * (size - 1))
    runs: StyledLine = [(formatting.fit(head, left), "bar-strong")]
    played = run.diagnosis.timeline if run is not None else ()
    whole = replay.timelines.get(run.path, played) if run is not None else ()
    signs = {round((m.step - replay.first_step) / span * (size - 1)): m.badge for m in whole[1:]}
    for cell in range(size):
        badge = badge_at(whole, replay.first_step + (cell + 0.5) / size * span)
        style = "bar-soft" if badge is None else f"bar-{badge}"
        if cell == at:
            runs.append(("●", "bar-strong"))
        elif cell in signs:
            runs.append((SYMBOLS[signs[cell]], f"bar-{signs[cell]}"))
        else:
            runs.append(("─" if cell > at else "━", style))
    return formatting.joined([*runs, (tail, "bar")]), (left, size)


def speed(multiple: float) -> str:
    """How many times as fast: 8x, 0.5x, 1.2kx."""
    return f"{label(float(f'{multiple:.2g}'))}x"
