"""The list of every series of a run: its role, who set it, and whether it is charted."""

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

ROLE_WIDTH, SOURCE_WIDTH = 17, 10
"""Width of two columns, in cells."""


class SeriesChoice(Struct, frozen=True):
    """What has a chart of its own."""

    pinned: frozenset[str] = frozenset()
    """Names of series."""
    derived: tuple[Formula, ...] = ()
    """Ratios and differences of two series each."""

    def toggled(self, name: str) -> SeriesChoice:
        """Return the choice with a series added, or removed."""
        return replace(self, pinned=self.pinned ^ {name})

    def with_formula(self, formula: Formula) -> SeriesChoice:
        """Return the choice with a formula added."""
        return self if formula in self.derived else replace(self, derived=(*self.derived, formula))

    def without(self, number: int) -> SeriesChoice:
        """Return the choice with a formula removed."""
        return replace(self, derived=(*self.derived[:number], *self.derived[number + 1 :]))


class SeriesList(LineWidget, can_focus=True):
    """One line for each series and formula; the chosen ones get a chart of their own.

    Args:
        run: The run whose series are listed.
        choice: What is chosen at first.
    """

    def __init__(self, run: RunState, choice: SeriesChoice) -> None:
        super().__init__(id="page")
        self.choice = choice
        self._selected = 0
        self._top = 0
        self._formula_start: tuple[Operation, str] | None = None
        self.show(run)

    def show(self, run: RunState) -> None:
        """List the series of a newer state of the run."""
        self._series = run.series
        self._notes = [f"x axis: {formatting.step_source(run)}"]
        if run.empty:
            self._notes.append("without a value: " + ", ".join(clean(name, 40) for name in run.empty[:20]))
        self.move(0)

    @property
    def selected(self) -> SeriesState | None:
        """The selected series; None if a formula is selected."""
        return self._series[self._selected] if self._selected < len(self._series) else None

    @property
    def _count(self) -> int:
        return len(self._series) + len(self.choice.derived)

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """Return a heading, the lines around the selected one, and notes."""
        below = self._below(width)
        lines_left = max(1, height - 1 - len(below))
        top = min(self._top, self._selected, self._count - lines_left)
        self._top = max(0, top, self._selected - lines_left + 1)
        head = formatting.fit("    series", name_width(width) + 4)
        head += "role".ljust(ROLE_WIDTH) + "set".ljust(SOURCE_WIDTH) + "points".rjust(8) + "last".rjust(9)
        lines: list[StyledLine] = [[(formatting.fit(head, width), "soft")]]
        for number in range(self._top, min(self._count, self._top + lines_left)):
            chosen = number == self._selected
            if number < len(self._series):
                series = self._series[number]
                pinned = series.name in self.choice.pinned
                lines.append(series_line(series, width, pinned=pinned, chosen=chosen))
            else:
                formula = self.choice.derived[number - len(self._series)]
                text = formatting.fit(f"[x] {formula.title}  ({formula.operation})", width)
                lines.append([(text, "selected" if chosen else "plot")])
        return lines + below

    def _below(self, width: int) -> list[StyledLine]:
        lines: list[StyledLine] = [[(formatting.fit(f"    {text}", width), "soft")] for text in self._notes]
        if self._formula_start is not None:
            operation, first = self._formula_start
            sign = operation.symbol
            text = f"  {clean(first, 30)} {sign} ...: go to the second series, press {sign}"
            lines.append([(formatting.fit(text, width), "warning")])
        return [[("", "plot")], *lines]

    def move(self, by: int) -> None:
        """Select another line."""
        self._selected = max(0, min(self._selected + by, self._count - 1))
        self.redraw()

    def toggle(self) -> None:
        """Add the selected series, or remove it; remove the selected formula."""
        series = self.selected
        if series is not None:
            self.choice = self.choice.toggled(series.name)
        else:
            self.choice = self.choice.without(self._selected - len(self._series))
        self.move(0)

    def combine(self, operation: Operation) -> None:
        """Start a formula with the selected series, or complete it."""
        series = self.selected
        if series is None:
            return
        if self._formula_start is None or self._formula_start[0] is not operation:
            self._formula_start = (operation, series.name)
        else:
            self.choice = self.choice.with_formula(Formula(operation, self._formula_start[1], series.name))
            self._formula_start = None
        self.redraw()

    def cancel_formula(self) -> bool:
        """Drop an incomplete formula; return whether there was one."""
        started, self._formula_start = self._formula_start, None
        self.redraw()
        return started is not None


def name_width(width: int) -> int:
    """Return the cells for the name of a series in a line of `width` cells."""
    return max(8, width - 4 - ROLE_WIDTH - SOURCE_WIDTH - 17)


def series_line(series: SeriesState, width: int, *, pinned: bool, chosen: bool) -> StyledLine:
    """Return the line of a series in `width` cells."""
    view = series.view
    role = series.role or "-"
    if series.pair is not None:
        role += f" {clean(series.pair, 8)}"
    name = clean(series.name, 200)
    last = label(float(view.values[-1])) if len(view) else ""
    style = "selected" if chosen else "plot"
    box = "[x] " if pinned else "[ ] "
    name_cells = name_width(width)
    by_user = series.role_source == "user"
    source = "computed" if series.derived else "by hand" if by_user else "inferred" if series.role else ""
    tail = formatting.fit(role, ROLE_WIDTH - 1) + " " + formatting.fit(source, SOURCE_WIDTH)
    tail += whole_number(len(view)).rjust(8) + last.rjust(9)
    strong = style if chosen or not by_user else "strong"
    return [
        (box, style),
        (formatting.fit(name, name_cells), strong),
        (formatting.fit(tail, width - 4 - name_cells), strong),
    ]


class SeriesPicker(ModalScreen[SeriesChoice | None]):
    """Returns what is to be charted, or None for no change.

    Args:
        run: The run whose series are listed.
        choice: What is chosen at first.
        source: Takes the corrected role of a series.
        listeners: Called with each new snapshot; this screen adds itself while it is open.
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
        listeners: list[Callable[[Snapshot], object]],
    ) -> None:
        super().__init__()
        self._source = source
        self._listeners = listeners
        self._run = run
        self._choice = choice

    def compose(self) -> ComposeResult:
        """Yield the frame with the list in it."""
        with Container(id="frame") as frame:
            frame.border_title = "Series"
            frame.border_subtitle = "Space pins, / ratio, - difference, r role, Enter charts them, Esc closes"
            yield SeriesList(self._run, self._choice)

    def on_mount(self) -> None:
        """Update with the run, so that a correction is shown as soon as it takes effect."""
        self._listeners.append(self._update)

    def on_unmount(self) -> None:
        """Stop the updates."""
        self._listeners.remove(self._update)

    def _update(self, snapshot: Snapshot) -> None:
        run = next((r for r in snapshot.runs if r.path == self._run.path and r.series), None)
        if run is not None:
            self._run = run
            self.query_one(SeriesList).show(run)

    def action_role(self) -> None:
        """Open the list of roles for the selected series."""
        series = self.query_one(SeriesList).selected
        if series is None or series.derived:
            self.notify("This series is computed from others: correct their roles instead.", markup=False)
            return
        self.app.push_screen(RolePicker(series), partial(self._set_role, series.name))

    def _set_role(self, name: str, role: str | None) -> None:
        if role is not None:
            self._source.correct(self._run.path, name, role)

    def action_move(self, by: int) -> None:
        """Select another line."""
        self.query_one(SeriesList).move(by)

    def action_choose(self) -> None:
        """Add the selected line, or remove it."""
        self.query_one(SeriesList).toggle()

    def action_combine(self, operation: str) -> None:
        """Chart the ratio or difference of two series."""
        self.query_one(SeriesList).combine(Operation(operation))

    def action_accept(self) -> None:
        """Chart what is chosen."""
        self.dismiss(self.query_one(SeriesList).choice)

    def action_cancel(self) -> None:
        """Cancel a formula, or close without a change."""
        if not self.query_one(SeriesList).cancel_formula():
            self.dismiss(None)

    def restyle(self) -> None:
        """Redraw in the colours of a new theme."""
        self.query_one(SeriesList).restyle()
