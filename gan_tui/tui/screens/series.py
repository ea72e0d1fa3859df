"""The list of every series of a run: what each is taken for, and whether it is charted."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import ModalScreen

from gan_tui.charts.labels import label, whole_number
from gan_tui.charts.raster import Runs
from gan_tui.snapshot import RunState, SeriesState
from gan_tui.text import clean
from gan_tui.tui import words
from gan_tui.tui.widgets.lines import Lines


class SeriesList(Lines, can_focus=True):
    """One line a series; the chosen ones get a chart of their own."""

    def __init__(self, run: RunState, pinned: frozenset[str]) -> None:
        super().__init__(id="page")
        self._series = run.series
        self._empty = ", ".join(clean(name, 40) for name in run.empty[:20])
        self.pinned = pinned
        self._at = 0
        self._top = 0

    def compose_lines(self, width: int, height: int) -> list[Runs]:
        """A head, then the lines around the selected one."""
        lines_left = max(1, height - (3 if self._empty else 1))
        top = min(self._top, self._at, len(self._series) - lines_left)
        self._top = max(0, top, self._at - lines_left + 1)
        room = max(12, width - 33)
        head = words.fit("    series", room) + "role".ljust(16) + "points".rjust(8) + "last".rjust(9)
        lines: list[Runs] = [[(words.fit(head, width), "soft")]]
        for number, series in enumerate(self._series[self._top : self._top + lines_left], self._top):
            chosen = number == self._at
            lines.append(series_line(series, width, pinned=series.name in self.pinned, chosen=chosen))
        if self._empty:
            lines.append([("", "plot")])
            lines.append([(words.fit(f"    without a value: {self._empty}", width), "soft")])
        return lines

    def move(self, by: int) -> None:
        """Select another line."""
        self._at = min(max(self._at + by, 0), len(self._series) - 1)
        self.redraw()

    def toggle(self) -> None:
        """Chart the selected series by itself, or no longer."""
        self.pinned = self.pinned ^ {self._series[self._at].name}
        self.redraw()


def series_line(series: SeriesState, width: int, *, pinned: bool, chosen: bool) -> Runs:
    """A series in `width` cells."""
    view = series.view
    role = series.role or "-"
    if series.pair is not None:
        role += f" {clean(series.pair, 8)}"
    name = clean(series.name, 200) + (" (computed)" if series.derived else "")
    last = label(float(view.values[-1])) if len(view) else ""
    style = "chosen" if chosen else "plot"
    box = "[x] " if pinned else "[ ] "
    room = max(8, width - 4 - 33)
    tail = words.fit(role, 16) + whole_number(len(view)).rjust(8) + last.rjust(9)
    return [(box, style), (words.fit(name, room), style), (words.fit(tail, width - 4 - room), style)]


class SeriesChooser(ModalScreen[frozenset[str] | None]):
    """Gives the names of the series that are to be charted, or None for no change.

    Args:
        run: Whose series.
        pinned: Those chosen so far.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,c", "cancel", "Close", show=False),
        Binding("enter", "accept", "Chart them", show=False),
        Binding("space,x", "choose", "Choose", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("pagedown", "move(10)", "Page down", show=False),
        Binding("pageup", "move(-10)", "Page up", show=False),
    ]

    def __init__(self, run: RunState, pinned: frozenset[str]) -> None:
        super().__init__()
        self._run = run
        self._pinned = pinned

    def compose(self) -> ComposeResult:
        """The frame with the list in it."""
        with Container(id="frame") as frame:
            frame.border_title = "Series"
            frame.border_subtitle = "Space chooses, Enter charts them, Esc closes"
            yield SeriesList(self._run, self._pinned)

    def action_move(self, by: int) -> None:
        """Select another line."""
        self.query_one(SeriesList).move(by)

    def action_choose(self) -> None:
        """Choose the series, or no longer."""
        self.query_one(SeriesList).toggle()

    def action_accept(self) -> None:
        """Chart what is chosen."""
        self.dismiss(self.query_one(SeriesList).pinned)

    def action_cancel(self) -> None:
        """Leave everything as it was."""
        self.dismiss(None)

    def restyle(self) -> None:
        """The theme changed."""
        self.query_one(SeriesList).restyle()
