"""The list of every series of a run: what each is taken for, who says so, and whether it is charted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import ModalScreen

from gan_tui.charts.canvas import StyledLine
from gan_tui.charts.number_format import label, whole_number
from gan_tui.monitoring.snapshot import RunState, SeriesState, Snapshot
from gan_tui.monitoring.source import Source
from gan_tui.sanitize import clean
from gan_tui.tui.lines import formatting
from gan_tui.tui.screens.role_picker import RolePicker
from gan_tui.tui.state.derived_charts import Formula, Operation
from gan_tui.tui.widgets.line_widget import LineWidget

ROLE, TOLD = 17, 10
"""Cells of two columns."""


class SeriesChoice(Struct, frozen=True):
    """What gets a chart of its own."""

    pinned: frozenset[str] = frozenset()
    """Names of series."""
    derived: tuple[Formula, ...] = ()
    """Ratios and differences of two series each."""

    def toggled(self, name: str) -> SeriesChoice:
        """A series charted, or no longer."""
        return replace(self, pinned=self.pinned ^ {name})

    def with_formula(self, formula: Formula) -> SeriesChoice:
        """A formula charted."""
        return self if formula in self.derived else replace(self, derived=(*self.derived, formula))

    def without(self, number: int) -> SeriesChoice:
        """A formula no longer charted."""
        return replace(self, derived=(*self.derived[:number], *self.derived[number + 1 :]))


class SeriesList(LineWidget, can_focus=True):
    """One line a series; the chosen ones get a chart of their own."""

    def __init__(self, run: RunState, choice: SeriesChoice) -> None:
        super().__init__(id="page")
        self.choice = choice
        self._at = 0
        self._top = 0
        self._begun: tuple[Operation, str] | None = None
        self.show(run)

    def show(self, run: RunState) -> None:
        """List the series as they are now."""
        self._series = run.series
        self._said = [f"x axis: {formatting.step_source(run)}"]
        if run.empty:
            self._said.append("without a value: " + ", ".join(clean(name, 40) for name in run.empty[:20]))
        self.move(0)

    @property
    def selected(self) -> SeriesState | None:
        """The series that the keys speak of; None where that is a formula."""
        return self._series[self._at] if self._at < len(self._series) else None

    @property
    def _count(self) -> int:
        return len(self._series) + len(self.choice.derived)

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """A head, then the lines around the selected one."""
        below = self._below(width)
        lines_left = max(1, height - 1 - len(below))
        top = min(self._top, self._at, self._count - lines_left)
        self._top = max(0, top, self._at - lines_left + 1)
        head = formatting.fit("    series", name_room(width) + 4)
        head += "role".ljust(ROLE) + "set".ljust(TOLD) + "points".rjust(8) + "last".rjust(9)
        lines: list[StyledLine] = [[(formatting.fit(head, width), "soft")]]
        for number in range(self._top, min(self._count, self._top + lines_left)):
            chosen = number == self._at
            if number < len(self._series):
                series = self._series[number]
                pinned = series.name in self.choice.pinned
                lines.append(series_line(series, width, pinned=pinned, chosen=chosen))
            else:
                formula = self.choice.derived[number - len(self._series)]
                text = formatting.fit(f"[x] {formula.title}  ({formula.operation})", width)
                lines.append([(text, "chosen" if chosen else "plot")])
        return lines + below

    def _below(self, width: int) -> list[StyledLine]:
        said: list[StyledLine] = [[(formatting.fit(f"    {text}", width), "soft")] for text in self._said]
        if self._begun is not None:
            operation, first = self._begun
            sign = operation.symbol
            text = f"  {clean(first, 30)} {sign} ...: go to the second series, press {sign}"
            said.append([(formatting.fit(text, width), "warning")])
        return [[("", "plot")], *said]

    def move(self, by: int) -> None:
        """Select another line."""
        self._at = max(0, min(self._at + by, self._count - 1))
        self.redraw()

    def toggle(self) -> None:
        """Chart the selected series by itself, or no longer; a formula goes."""
        series = self.selected
        if series is not None:
            self.choice = self.choice.toggled(series.name)
        else:
            self.choice = self.choice.without(self._at - len(self._series))
        self.move(0)

    def combine(self, operation: Operation) -> None:
        """Begin a formula with the selected series, or end it with it."""
        series = self.selected
        if series is None:
            return
        if self._begun is None or self._begun[0] is not operation:
            self._begun = (operation, series.name)
        else:
            self.choice = self.choice.with_formula(Formula(operation, self._begun[1], series.name))
            self._begun = None
        self.redraw()

    def drop_begun(self) -> bool:
        """Forget a formula that has only its first half; says whether there was one."""
        begun, self._begun = self._begun, None
        self.redraw()
        return begun is not None


def name_room(width: int) -> int:
    """Cells for the name of a series, in a line of `width`."""
    return max(8, width - 4 - ROLE - TOLD - 17)


def series_line(series: SeriesState, width: int, *, pinned: bool, chosen: bool) -> StyledLine:
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
    by_user = series.role_source == "user"
    told = "computed" if series.derived else "by hand" if by_user else "inferred" if series.role else ""
    tail = formatting.fit(role, ROLE - 1) + " " + formatting.fit(told, TOLD)
    tail += whole_number(len(view)).rjust(8) + last.rjust(9)
    strong = style if chosen or not by_user else "strong"
    return [
        (box, style),
        (formatting.fit(name, room), strong),
        (formatting.fit(tail, width - 4 - room), strong),
    ]


class SeriesPicker(ModalScreen[SeriesChoice | None]):
    """Gives what is to be charted, or None for no change.

    Args:
        run: Whose series.
        choice: What was chosen so far.
        source: Told of a role that is corrected.
        followers: Called with each new snapshot while this screen is open.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,c", "cancel", "Close", show=False),
        Binding("enter", "accept", "Chart them", show=False),
        Binding("space,x", "choose", "Choose", show=False),
        Binding("slash", "combine('ratio')", "Ratio", show=False),
        Binding("minus", "combine('difference')", "Difference", show=False),
        Binding("r", "role", "Correct the role", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("pagedown", "move(10)", "Page down", show=False),
        Binding("pageup", "move(-10)", "Page up", show=False),
    ]

    def __init__(
        self,
        run: RunState,
        choice: SeriesChoice,
        source: Source,
        followers: list[Callable[[Snapshot], object]],
    ) -> None:
        super().__init__()
        self._source = source
        self._followers = followers
        self._run = run
        self._choice = choice

    def compose(self) -> ComposeResult:
        """The frame with the list in it."""
        with Container(id="frame") as frame:
            frame.border_title = "Series"
            frame.border_subtitle = "Space pins, / ratio, - difference, r role, Enter charts them, Esc closes"
            yield SeriesList(self._run, self._choice)

    def on_mount(self) -> None:
        """Follow the run: a correction is seen as soon as it holds."""
        self._followers.append(self._follow)

    def on_unmount(self) -> None:
        """Follow it no more."""
        self._followers.remove(self._follow)

    def _follow(self, snapshot: Snapshot) -> None:
        run = next((r for r in snapshot.runs if r.path == self._run.path and r.series), None)
        if run is not None:
            self._run = run
            self.query_one(SeriesList).show(run)

    def action_role(self) -> None:
        """Ask what the selected series is."""
        series = self.query_one(SeriesList).selected
        if series is None or series.derived:
            self.notify("It is computed from others: correct those.", markup=False)
            return
        self.app.push_screen(RolePicker(series), partial(self._corrected, series.name))

    def _corrected(self, name: str, role: str | None) -> None:
        if role is not None:
            self._source.correct(self._run.path, name, role)

    def action_move(self, by: int) -> None:
        """Select another line."""
        self.query_one(SeriesList).move(by)

    def action_choose(self) -> None:
        """Choose the series, or no longer."""
        self.query_one(SeriesList).toggle()

    def action_combine(self, operation: str) -> None:
        """Ratio or difference of two series."""
        self.query_one(SeriesList).combine(Operation(operation))

    def action_accept(self) -> None:
        """Chart what is chosen."""
        self.dismiss(self.query_one(SeriesList).choice)

    def action_cancel(self) -> None:
        """Leave everything as it was."""
        if not self.query_one(SeriesList).drop_begun():
            self.dismiss(None)

    def restyle(self) -> None:
        """The theme changed."""
        self.query_one(SeriesList).restyle()
