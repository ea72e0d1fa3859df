"""The replay's line: whether it plays, how fast, and where it stands on the timeline of badges."""

from __future__ import annotations

from textual import events

from gan_tui.charts.canvas import StyledLine
from gan_tui.charts.number_format import label
from gan_tui.charts.spec import plot_area
from gan_tui.monitoring.snapshot import ReplayState, RunState
from gan_tui.terminal.text_style import SYMBOLS
from gan_tui.tui.lines import formatting
from gan_tui.tui.lines.timeline import badge_at
from gan_tui.tui.messages import Sought
from gan_tui.tui.widgets.line_widget import LineWidget


class Scrubber(LineWidget):
    """One line; a click seeks."""

    DEFAULT_CSS = "Scrubber { height: 1; }"

    def __init__(self) -> None:
        super().__init__(id="scrubber")
        self._replay: ReplayState | None = None
        self._run: RunState | None = None
        self._bar = (0, 1)
        self._hidden = False

    def show(self, replay: ReplayState | None, run: RunState | None) -> None:
        """Show where this replay stands."""
        if replay is None and self._hidden:
            return
        self._hidden = replay is None
        self.display = not self._hidden
        self._replay, self._run = replay, run
        if replay is not None:
            self.redraw()

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """The line."""
        del height
        if self._replay is None:
            return []
        line, self._bar = scrubber(self._replay, self._run, width)
        return [line]

    def on_click(self, event: events.Click) -> None:
        """Seek to where the mouse points."""
        left, size = self._bar
        if left <= event.x < left + size:
            self.post_message(Sought((event.x - left) / max(1, size - 1)))


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
