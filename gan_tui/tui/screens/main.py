"""The one screen that people look at: header, badge, charts, runs, keys."""

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
from gan_tui.tui.messages import KeyPressed
from gan_tui.tui.output.graphics_protocols import Graphics, Overlay
from gan_tui.tui.screens.actions.charts import ChartActions
from gan_tui.tui.screens.actions.export import ExportActions
from gan_tui.tui.screens.actions.jumps import JumpActions
from gan_tui.tui.screens.actions.replay import ReplayActions
from gan_tui.tui.screens.actions.runs import RunActions
from gan_tui.tui.screens.actions.samples import SampleActions
from gan_tui.tui.screens.base import MainScreenBase
from gan_tui.tui.screens.pages import faults_page, help_page, reasons_page
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
"""From so many columns and rows on the screen has this class; app.tcss says what that means."""
CLASSES = ("-runs", "-table", "-comparing", "-reasons", "-waiting")
"""Say which parts there are."""
PATIENCE = 0.4
"""Seconds for which nothing is said while the first logs are looked for: mostly they are there at once."""


class MainScreen(
    ExportActions, SampleActions, RunActions, ChartActions, JumpActions, ReplayActions, MainScreenBase
):
    """Holds what is looked at and how; each widget is told what to show, and repaints what changed.

    Args:
        view: How the charts are shown at first, where nothing is remembered.
        snapshot: What there is to show already.
        remembered: How these logs were looked at last.
        graphics: How the terminal shows images; None where it does not.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*key_bindings.bindings()]
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = WIDTHS
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = HEIGHTS

    def __init__(
        self,
        view: ViewState,
        snapshot: Snapshot | None = None,
        remembered: SavedView | None = None,
        graphics: Graphics | None = None,
    ) -> None:
        held = remembered or SavedView(hint_dismissed=True)
        super().__init__(_viewed(view, held), RunListState(order=_order(held.run_order)))
        self.set_silently(snapshot=snapshot or Snapshot())
        self._graphics = graphics
        self.ready = False
        """Whether there are widgets that can be told what to show."""
        self._updated_for: Size | None = None
        self._panes = {"runs": held.runs_pane, "reasons": held.findings_pane}
        self._hint_dismissed = held.hint_dismissed
        self._parts_known: tuple[bool, ...] = ()
        self._footer: tuple[object, ...] = ()
        self._charted: tuple[object, ...] = ()

    @property
    def remembered(self) -> SavedView:
        """How these logs are looked at, for the next time."""
        view = self.view
        return SavedView(
            runs_pane=self._panes["runs"],
            findings_pane=self._panes["reasons"],
            smoothing=None if view.adaptive_smoothing else view.smoothing,
            x_axis=str(view.mode),
            log_y=view.log_y,
            run_order=str(self.listing.order),
            pinned=tuple(sorted(view.pinned)),
            derived=tuple((str(f.operation), f.first, f.second) for f in view.derived),
            hint_dismissed=self._hint_dismissed,
        )

    @property
    def overlay(self) -> Overlay | None:
        """The image to show over the text; None where cells are drawn, or nothing is."""
        return self._samples_panel.overlay

    def compose(self) -> ComposeResult:
        """The parts, from top to bottom."""
        # Held: looking one up anew for each frame takes longer than most of them take to say what they show.
        self._header, self._list, self._badge, self._board = (
            HeaderBar(),
            RunList(),
            BadgePanel(),
            ChartPanel(),
        )
        self._samples_panel = SamplesPanel(self._graphics)
        self._why, self._scrubber, self._hint, self._keys = FindingsPanel(), Scrubber(), Hint(), KeyBar()
        yield self._header
        with Horizontal(id="body"):
            yield self._list
            with Vertical(id="main"):
                yield self._badge
                yield self._board
            yield self._samples_panel
            yield self._why
        yield self._scrubber
        yield self._hint
        yield self._keys

    def on_mount(self) -> None:
        """Show at once what there is, be it nothing."""
        self.ready = True
        self._hint.display = not self._hint_dismissed
        for table, cells in ((WIDTHS, self.app.size.width), (HEIGHTS, self.app.size.height)):
            # As Textual does with the first resize, but before anything is laid out and drawn.
            self.add_class(next(name for least, name in reversed(table) if cells >= least))
        self.update()
        self.set_timer(PATIENCE, self._board.show_waiting)

    def on_resize(self) -> None:
        """The list of runs is as wide as the screen lets it."""
        if self.app.size != self._updated_for:
            self.update()

    def on_key(self, event: events.Key) -> None:
        """Whatever was said has been read; a newcomer has found the keys."""
        self.say("")
        if not self._hint_dismissed and event.key not in {"up", "down", "left", "right"}:
            self._hint_dismissed = True
            self._hint.display = False

    @on(KeyPressed)
    async def _key_pressed(self, message: KeyPressed) -> None:
        self.say("")
        await self.run_action(message.action)

    def update(self) -> None:
        """Tell every part what it shows."""
        if not self.ready:
            return
        self._updated_for = self.app.size
        snapshot, run, view, listing = self.snapshot, self.run_state, self.view, self.listing
        several, points = len(snapshot.runs) > 1, run is not None and bool(run.series)
        table = several and listing.table
        self._classify(several and (table or self._panes["runs"]), table, points=points)
        self._header.show(run, snapshot)
        self._badge.show(run, view.finding)
        self._why.show(run, view.finding)
        if several:
            self._list.show(self.runs, snapshot.runs, self.number, replace(listing, table=table))
        self._update_board(run)
        self.show_samples()
        self._scrubber.show(snapshot.replay, run)
        footer = (points, several, snapshot.replay is not None, view)
        if footer != self._footer:
            self._footer = footer
            self._keys.show(key_bindings.holding(*footer[:3]), view)

    def _classify(self, runs: bool, table: bool, *, points: bool) -> None:
        """Have the style sheet know which parts there are."""
        held = (runs, table, self.listing.comparing, self._panes["reasons"], not points)
        if held != self._parts_known:
            self._parts_known = held
            for add, name in zip(held, CLASSES, strict=True):
                self.set_class(add, name)

    def _update_board(self, run: RunState | None) -> None:
        """Have the charts drawn: at once, or before long where a run has merely more points."""
        charted: tuple[object, ...] = ()
        if run is not None and run.status is Status.LIVE and run.series and not self.listing.comparing:
            roles = [s.role for s in run.series]
            charted = (run.path, run.diagnosis.badge, run.objective, roles, self.view, self.snapshot.replay)
        grown = bool(charted) and charted == self._charted
        self._charted = charted
        if grown:
            newest = run.last_step if run is not None and self.view.mode is XMode.STEP else None
            self._board.show_growth(self._shown_now, self.snapshot, newest)
        else:
            self._board.show(self.shown, self.snapshot)

    def _shown_now(self) -> DisplayState | None:
        return self.shown

    def restyle(self) -> None:
        """The theme changed."""
        self.view = replace(self.view, dashed=self.context.monochrome)
        for lines in self.query(LineWidget):
            lines.restyle()

    # -- keys: panes and pages ---------------------------------------------------------------------

    def action_pane(self, name: str) -> None:
        """Show or hide the list of runs, or the reasons."""
        self._panes[name] = not self._panes[name]
        self.update()

    def action_reasons(self) -> None:
        """Every finding in full."""
        if self.run_state is not None:
            self.app.push_screen(reasons_page(self.run_state))

    def action_faults(self) -> None:
        """What could not be read."""
        self.app.push_screen(faults_page(self.snapshot.runs, self.run_state))

    def action_help(self) -> None:
        """Keys and badges."""
        self.app.push_screen(help_page())

    def action_more(self) -> None:
        """The footer's next keys."""
        self._keys.turn_page()

    def action_theme(self) -> None:
        """The next theme."""
        self.context.next_theme()

    def action_repaint(self) -> None:
        """Draw everything again, for a terminal that something else has written on."""
        self.context.invalidate_screen()

    def action_suspend(self) -> None:
        """Give the terminal back to the shell; `fg` comes back."""
        self.app.action_suspend_process()

    def action_palette(self) -> None:
        """Search every command."""
        self.app.action_command_palette()

    async def action_quit(self) -> None:
        """End the program."""
        await self.app.action_quit()


def _viewed(view: ViewState, held: SavedView) -> ViewState:
    """The view that is remembered; what is not understood is left away."""
    modes, operations = [str(mode) for mode in XMode], [str(o) for o in Operation]
    smoothed = view
    if held.smoothing is not None:
        smoothed = replace(view, smoothing=held.smoothing, adaptive_smoothing=False)
    return replace(
        smoothed,
        mode=XMode(held.x_axis) if held.x_axis in modes else XMode.STEP,
        log_y=held.log_y,
        pinned=frozenset(held.pinned),
        derived=tuple(Formula(Operation(o), a, b) for o, a, b in held.derived if o in operations),
    )


def _order(name: str) -> RunOrder:
    return RunOrder(name) if name in [str(order) for order in RunOrder] else RunOrder.NAME
