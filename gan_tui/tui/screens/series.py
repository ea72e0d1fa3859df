"""The list of every series of a run: what each is taken for, who says so, and whether it is charted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import ModalScreen

from gan_tui.charts.labels import label, whole_number
from gan_tui.charts.raster import Runs
from gan_tui.snapshot import RunState, SeriesState, Snapshot
from gan_tui.text import clean
from gan_tui.tui import words
from gan_tui.tui.screens.roles import ROLE_WORDS, RolePicker
from gan_tui.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from gan_tui.tui.app import GanTuiApp


ROLE, TOLD = 17, 10
"""Cells of two columns."""


class SeriesList(Lines, can_focus=True):
    """One line a series; the chosen ones get a chart of their own."""

    def __init__(self, run: RunState, pinned: frozenset[str]) -> None:
        super().__init__(id="page")
        self.pinned = pinned
        self._at = 0
        self._top = 0
        self.show(run)

    def show(self, run: RunState) -> None:
        """List the series as they are now."""
        self._series = run.series
        self._empty = ", ".join(clean(name, 40) for name in run.empty[:20])
        self.move(0)

    @property
    def selected(self) -> SeriesState:
        """The series that the keys speak of."""
        return self._series[self._at]

    def compose_lines(self, width: int, height: int) -> list[Runs]:
        """A head, then the lines around the selected one."""
        lines_left = max(1, height - (3 if self._empty else 1))
        top = min(self._top, self._at, len(self._series) - lines_left)
        self._top = max(0, top, self._at - lines_left + 1)
        head = words.fit("    series", name_room(width) + 4)
        head += "role".ljust(ROLE) + "set".ljust(TOLD) + "points".rjust(8) + "last".rjust(9)
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
        self.pinned = self.pinned ^ {self.selected.name}
        self.redraw()


def name_room(width: int) -> int:
    """Cells for the name of a series, in a line of `width`."""
    return max(8, width - 4 - ROLE - TOLD - 17)


def series_line(series: SeriesState, width: int, *, pinned: bool, chosen: bool) -> Runs:
    """A series in `width` cells."""
    view = series.view
    role = series.role or "-"
    if series.pair is not None:
        role += f" {clean(series.pair, 8)}"
    name = clean(series.name, 200)
    last = label(float(view.values[-1])) if len(view) else ""
    style = "chosen" if chosen else "plot"
    box = "[x] " if pinned else "[ ] "
    room = name_room(width)
    told = "computed" if series.derived else "by hand" if series.said else "inferred" if series.role else ""
    tail = words.fit(role, ROLE - 1) + " " + words.fit(told, TOLD)
    tail += whole_number(len(view)).rjust(8) + last.rjust(9)
    strong = style if chosen or not series.said else "strong"
    return [(box, style), (words.fit(name, room), strong), (words.fit(tail, width - 4 - room), strong)]


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
        Binding("r", "role", "Correct the role", show=False),
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
            frame.border_subtitle = "Space chooses, Enter charts them, r corrects a role, Esc closes"
            yield SeriesList(self._run, self._pinned)

    def on_mount(self) -> None:
        """Follow the run: a correction is seen as soon as it holds."""
        self.watch(self.gan.main, "snapshot", self._follow, init=False)

    def _follow(self, snapshot: Snapshot) -> None:
        run = next((r for r in snapshot.runs if r.path == self._run.path and r.series), None)
        if run is not None:
            self._run = run
            self.query_one(SeriesList).show(run)

    @property
    def gan(self) -> GanTuiApp:
        """The app, as what it is."""
        return cast("GanTuiApp", self.app)

    def action_role(self) -> None:
        """Ask what the selected series is."""
        series = self.query_one(SeriesList).selected
        if series.derived:
            self.notify("It is computed from others: correct those.", markup=False)
            return
        self.app.push_screen(RolePicker(series), partial(self._corrected, series.name))

    def _corrected(self, name: str, role: str | None) -> None:
        if role is None:
            return
        problem = self.gan.source.correct(self._run.path, name, role)
        what = f"{clean(name, 40)}: {ROLE_WORDS.get(role, role)}"
        if problem:
            self.notify(f"{what}, for now. It could not be kept: {problem}", severity="error", markup=False)
        else:
            self.notify(f"{what}, now and at the next start", markup=False)

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
