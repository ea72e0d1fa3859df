"""The main screen: header, badge, charts, runs, keys."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.geometry import Size

from gan_tui.charts.xaxis import XMode
from gan_tui.monitoring.snapshot import RunState, Snapshot, Status
from gan_tui.tui import key_bindings
from gan_tui.tui.messages import KeyClicked
from gan_tui.tui.output.graphics_protocols import Graphics, Overlay
from gan_tui.tui.screens.actions.charts import ChartActions
from gan_tui.tui.screens.actions.export import ExportActions
from gan_tui.tui.screens.actions.jumps import JumpActions
from gan_tui.tui.screens.actions.replay import ReplayActions
from gan_tui.tui.screens.actions.runs import RunActions
from gan_tui.tui.screens.actions.samples import SampleActions
from gan_tui.tui.screens.base import MainScreenBase
from gan_tui.tui.screens.pages import faults_page, findings_page, help_page
from gan_tui.tui.state.derived_charts import Formula, Operation
from gan_tui.tui.state.displayed import DisplayState
from gan_tui.tui.state.run_list import RunListState
from gan_tui.tui.state.run_order import RunOrder
from gan_tui.tui.state.saved_view import SavedView
from gan_tui.tui.state.view import ViewState
from gan_tui.tui.widgets.badge import BadgePanel
from gan_tui.tui.widgets.chart_panel import ChartPanel
from gan_tui.tui.widgets.findings_panel import FindingsPanel
from gan_tui.tui.widgets.header import HeaderBar
from gan_tui.tui.widgets.hint import Hint
from gan_tui.tui.widgets.key_bar import KeyBar
from gan_tui.tui.widgets.line_widget import LineWidget
from gan_tui.tui.widgets.run_list import RunList
from gan_tui.tui.widgets.samples import SamplesPanel
from gan_tui.tui.widgets.scrubber import Scrubber

WIDTHS = [
    (0, "-sliver"),
    (24, "-tiny"),
    (60, "-narrow"),
    (76, "-normal"),
    (110, "-medium"),
    (150, "-wide"),
]
HEIGHTS = [
    (0, "-line"),
    (5, "-low"),
    (14, "-short"),
    (28, "-middle"),
    (50, "-tall"),
]
"""Minimum columns and rows for each style class of the screen; app.tcss lays the parts out by them."""
CLASSES = ("-runs", "-table", "-comparing", "-findings", "-waiting")
"""Style classes that tell which parts are shown."""
WAITING_TEXT_DELAY = 0.4
"""Seconds before the screen says what it waits for: mostly the first logs are found sooner."""


class MainScreen(
    ExportActions, SampleActions, RunActions, ChartActions, JumpActions, ReplayActions, MainScreenBase
):
    """Tells each widget what to show when the state changes; the widgets repaint what differs.

    Args:
        view: How the charts are viewed at first, if no view was saved.
        snapshot: What there is to show already.
        saved: How these logs were viewed last.
        graphics: How the terminal shows images; None where it does not.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*key_bindings.bindings()]
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = WIDTHS
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = HEIGHTS

    def __init__(
        self,
        view: ViewState,
        snapshot: Snapshot | None = None,
        saved: SavedView | None = None,
        graphics: Graphics | None = None,
    ) -> None:
        saved = saved or SavedView(hint_dismissed=True)
        super().__init__(_restored(view, saved), RunListState(order=_order(saved.run_order)))
        self.set_silently(snapshot=snapshot or Snapshot())
        self._graphics = graphics
        self.ready = False
        """Whether the widgets exist."""
        self._updated_for: Size | None = None
        self._panes = {"runs": saved.runs_pane, "findings": saved.findings_pane}
        self._hint_dismissed = saved.hint_dismissed
        self._shown_parts: tuple[bool, ...] = ()
        self._footer_state: tuple[object, ...] = ()
        self._chart_state: tuple[object, ...] = ()

    @property
    def saved_view(self) -> SavedView:
        """How these logs are viewed, to be saved for the next start."""
        view = self.view
        return SavedView(
            runs_pane=self._panes["runs"],
            findings_pane=self._panes["findings"],
            smoothing=None if view.adaptive_smoothing else view.smoothing,
            x_axis=str(view.mode),
            log_y=view.log_y,
            run_order=str(self.run_list.order),
            pinned=tuple(sorted(view.pinned)),
            derived=tuple((str(f.operation), f.first, f.second) for f in view.derived),
            hint_dismissed=self._hint_dismissed,
        )

    @property
    def overlay(self) -> Overlay | None:
        """The image to show over the text; None where cells are drawn, or nothing is."""
        return self._samples_panel.overlay

    def compose(self) -> ComposeResult:
        """Yield the parts from top to bottom."""
        # Kept as attributes: a query for each frame takes longer than most widgets take to update.
        self._header, self._list, self._badge, self._board = (
            HeaderBar(),
            RunList(),
            BadgePanel(),
            ChartPanel(),
        )
        self._samples_panel = SamplesPanel(self._graphics)
        self._findings_panel, self._scrubber, self._hint, self._keys = (
            FindingsPanel(),
            Scrubber(),
            Hint(),
            KeyBar(),
        )
        yield self._header
        with Horizontal(id="body"):
            yield self._list
            with Vertical(id="main"):
                yield self._badge
                yield self._board
            yield self._samples_panel
            yield self._findings_panel
        yield self._scrubber
        yield self._hint
        yield self._keys

    def on_mount(self) -> None:
        """Show the first snapshot at once, even an empty one."""
        self.ready = True
        self._hint.display = not self._hint_dismissed
        for table, cells in ((WIDTHS, self.app.size.width), (HEIGHTS, self.app.size.height)):
            # As Textual does at the first resize, but before anything is laid out and drawn.
            self.add_class(next(name for least, name in reversed(table) if cells >= least))
        self.update()
        self.set_timer(WAITING_TEXT_DELAY, self._board.show_waiting)

    def on_resize(self) -> None:
        """Adjust the width of the list of runs."""
        if self.app.size != self._updated_for:
            self.update()

    def on_key(self, event: events.Key) -> None:
        """Remove the message in the footer, and the hint for new users."""
        self.show_message("")
        if not self._hint_dismissed and event.key not in {"up", "down", "left", "right"}:
            self._hint_dismissed = True
            self._hint.display = False

    @on(KeyClicked)
    async def _key_pressed(self, message: KeyClicked) -> None:
        self.show_message("")
        await self.run_action(message.action)

    def update(self) -> None:
        """Update every part."""
        if not self.ready:
            return
        self._updated_for = self.app.size
        snapshot, run, view, run_list = self.snapshot, self.run_state, self.view, self.run_list
        several, points = len(snapshot.runs) > 1, run is not None and bool(run.series)
        table = several and run_list.table
        self._set_classes(several and (table or self._panes["runs"]), table, points=points)
        self._header.show(run, snapshot)
        self._badge.show(run, view.finding)
        self._findings_panel.show(run, view.finding)
        if several:
            self._list.show(self.runs, snapshot.runs, self.run_index, replace(run_list, table=table))
        self._update_charts(run)
        self.show_samples()
        self._scrubber.show(snapshot.replay, run)
        footer = (points, several, snapshot.replay is not None, view)
        if footer != self._footer_state:
            self._footer_state = footer
            self._keys.show(key_bindings.available(*footer[:3]), view)

    def _set_classes(self, runs: bool, table: bool, *, points: bool) -> None:
        """Set the style classes that tell which parts are shown."""
        parts = (runs, table, self.run_list.comparing, self._panes["findings"], not points)
        if parts != self._shown_parts:
            self._shown_parts = parts
            for add, name in zip(parts, CLASSES, strict=True):
                self.set_class(add, name)

    def _update_charts(self, run: RunState | None) -> None:
        """Draw the charts: now, or a little later if the run only has more points than before."""
        state: tuple[object, ...] = ()
        if run is not None and run.status is Status.LIVE and run.series and not self.run_list.comparing:
            roles = [s.role for s in run.series]
            state = (run.path, run.diagnosis.badge, run.objective, roles, self.view, self.snapshot.replay)
        grown = bool(state) and state == self._chart_state
        self._chart_state = state
        if grown:
            newest = run.last_step if run is not None and self.view.mode is XMode.STEP else None
            self._board.show_growth(self._current_display, self.snapshot, newest)
        else:
            self._board.show(self.displayed, self.snapshot)

    def _current_display(self) -> DisplayState | None:
        return self.displayed

    def restyle(self) -> None:
        """Redraw in the colours of a new theme."""
        self.view = replace(self.view, dashed=self.context.monochrome)
        for widget in self.query(LineWidget):
            widget.restyle()

    # -- keys: panes and pages ---------------------------------------------------------------------

    def action_pane(self, name: str) -> None:
        """Show or hide the list of runs, or the findings."""
        self._panes[name] = not self._panes[name]
        self.update()

    def action_show_findings(self) -> None:
        """Show every finding in full."""
        if self.run_state is not None:
            self.app.push_screen(findings_page(self.run_state))

    def action_faults(self) -> None:
        """Show what could not be read."""
        self.app.push_screen(faults_page(self.snapshot.runs, self.run_state))

    def action_help(self) -> None:
        """Show the keys and what the badges mean."""
        self.app.push_screen(help_page())

    def action_more(self) -> None:
        """Show the next keys in the footer."""
        self._keys.turn_page()

    def action_theme(self) -> None:
        """Switch to the next theme."""
        self.context.next_theme()

    def action_repaint(self) -> None:
        """Draw everything again, after something else has written on the terminal."""
        self.context.invalidate_screen()

    def action_suspend(self) -> None:
        """Suspend to the shell; `fg` returns."""
        self.app.action_suspend_process()

    def action_palette(self) -> None:
        """Search every command."""
        self.app.action_command_palette()

    async def action_quit(self) -> None:
        """End the program."""
        await self.app.action_quit()


def _restored(view: ViewState, saved: SavedView) -> ViewState:
    """Return the saved view, ignoring unknown values."""
    modes, operations = [str(mode) for mode in XMode], [str(o) for o in Operation]
    with_smoothing = view
    if saved.smoothing is not None:
        with_smoothing = replace(view, smoothing=saved.smoothing, adaptive_smoothing=False)
    return replace(
        with_smoothing,
        mode=XMode(saved.x_axis) if saved.x_axis in modes else XMode.STEP,
        log_y=saved.log_y,
        pinned=frozenset(saved.pinned),
        derived=tuple(Formula(Operation(o), a, b) for o, a, b in saved.derived if o in operations),
    )


def _order(name: str) -> RunOrder:
    return RunOrder(name) if name in [str(order) for order in RunOrder] else RunOrder.NAME
