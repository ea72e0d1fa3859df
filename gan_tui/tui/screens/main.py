"""The one screen that people look at: header, badge, charts, runs, keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.reactive import var
from textual.screen import Screen

from gan_tui.snapshot import RunState, Snapshot
from gan_tui.tui import keys
from gan_tui.tui.messages import CursorPlaced, RunChosen, Sought, Zoomed
from gan_tui.tui.plan import Plan, plan
from gan_tui.tui.screens.along import TakesAlong
from gan_tui.tui.screens.gallery import ShowsSamples
from gan_tui.tui.screens.pages import faults_page, help_page, reasons_page
from gan_tui.tui.screens.series import SeriesChooser
from gan_tui.tui.view import View, whole_range
from gan_tui.tui.widgets.badge import BadgePanel
from gan_tui.tui.widgets.board import Board, Shown
from gan_tui.tui.widgets.footer import KeyBar
from gan_tui.tui.widgets.header import HeaderBar
from gan_tui.tui.widgets.lines import Lines
from gan_tui.tui.widgets.runlist import RunList
from gan_tui.tui.widgets.samples import SamplesPanel
from gan_tui.tui.widgets.scrubber import Scrubber

if TYPE_CHECKING:
    from gan_tui.tui.app import GanTuiApp


WIDTHS = [
    (0, "-sliver"),
    (24, "-tiny"),
    (60, "-narrow"),
    (76, "-normal"),
    (110, "-medium"),
    (150, "-wide"),
]
PATIENCE = 0.4
"""Seconds for which nothing is said while the first logs are looked for: mostly they are there at once."""
HEIGHTS = [
    (0, "-line"),
    (5, "-low"),
    (14, "-short"),
    (28, "-middle"),
    (50, "-tall"),
]
"""From so many columns and rows on the screen has this class; app.tcss says what that means."""


class MainScreen(TakesAlong, ShowsSamples, Screen[None]):
    """Holds what is looked at and how; each widget is told what to show, and repaints what changed.

    Args:
        view: How the charts are shown at first.
        snapshot: What there is to show already.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings()]
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = WIDTHS
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = HEIGHTS

    snapshot: var[Snapshot] = var(Snapshot(), init=False)
    """Everything there is to show."""
    view: var[View] = var(View(), init=False)
    """How it is shown."""
    path: var[str] = var("", init=False)
    """Path of the selected run."""

    def __init__(self, view: View, snapshot: Snapshot | None = None) -> None:
        super().__init__()
        self.set_reactive(MainScreen.view, view)
        self.set_reactive(MainScreen.snapshot, snapshot or Snapshot())
        self._ready = False
        self._updated_for: Size | None = None
        self._last: float | None = None
        self._plans: tuple[object, Plan] | None = None
        self._panes = {"runs": True, "reasons": True}

    def compose(self) -> ComposeResult:
        """The parts, from top to bottom."""
        yield HeaderBar()
        with Horizontal(id="body"):
            yield RunList()
            with Vertical(id="main"):
                yield BadgePanel()
                yield Board()
            yield SamplesPanel()
        yield Scrubber()
        yield KeyBar()

    def on_mount(self) -> None:
        """Show at once what there is, be it nothing."""
        self._ready = True
        for table, cells in ((WIDTHS, self.app.size.width), (HEIGHTS, self.app.size.height)):
            # As Textual does with the first resize, but before anything is laid out and drawn.
            self.add_class(next(name for least, name in reversed(table) if cells >= least))
        self._update()
        self.set_timer(PATIENCE, self.query_one(Board).speak)

    def on_resize(self) -> None:
        """The list of runs is as wide as the screen lets it."""
        if self.app.size != self._updated_for:
            self._update()

    # -- what is shown -----------------------------------------------------------------------------

    @property
    def gan(self) -> GanTuiApp:
        """The app, as what it is."""
        return cast("GanTuiApp", self.app)

    @property
    def run_state(self) -> RunState | None:
        """The selected run; the first where none is, None while there is none."""
        runs = self.snapshot.runs
        return runs[self.number] if runs else None

    @property
    def number(self) -> int:
        """The selected run's place in the list."""
        return next((i for i, r in enumerate(self.snapshot.runs) if r.path == self.path), 0)

    @property
    def shown(self) -> Shown | None:
        """What the board shows; None while there is no point."""
        run = self.run_state
        if run is None or not run.series:
            return None
        clocks = self.query_one(Board).memory_of(run).clocks
        whole, last = whole_range(run, self.view.mode, clocks, self.snapshot.replay)
        return Shown(run, plan(run, self.view.pinned), self.view, whole, last)

    def watch_snapshot(self) -> None:
        """Something new was read."""
        self._follow()
        self._update()

    def watch_view(self) -> None:
        """Something was looked at in another way."""
        self._update()

    def watch_path(self) -> None:
        """Another run was selected."""
        self._last = None
        self.set_reactive(MainScreen.view, replace(self.view, window=None, cursor=None, chart=0))
        self._update()

    def _follow(self) -> None:
        """A zoomed view goes along with a run that grows out of it."""
        run = self.run_state
        last = None if run is None or run.last_step is None else float(run.last_step)
        if self._last is not None and last is not None and self.view.mode == "step":
            self.set_reactive(MainScreen.view, self.view.followed(self._last, last))
        self._last = last

    def _update(self) -> None:
        if not self._ready:
            return
        self._updated_for = self.app.size
        snapshot, run = self.snapshot, self.run_state
        several = len(snapshot.runs) > 1
        self.query_one(HeaderBar).show(run, snapshot)
        self.query_one(BadgePanel).show(run)
        self.query_one(RunList).show(snapshot.runs, self.number)
        self.query_one(Board).show(self.shown, snapshot)
        self.show_samples()
        self.query_one(Scrubber).show(snapshot.replay, run)
        self.query_one(KeyBar).show(
            keys.holding(self.shown is not None, several, snapshot.replay is not None), self.view
        )
        self.set_class(several and self._panes["runs"], "-runs")
        self.set_class(self._panes["reasons"], "-reasons")
        self.set_class(run is None or not run.series, "-waiting")

    def restyle(self) -> None:
        """The theme changed."""
        for lines in self.query(Lines):
            lines.restyle()

    # -- keys: runs and charts ---------------------------------------------------------------------

    def action_run(self, by: int) -> None:
        """Select another run."""
        self._select(self.number + by)

    @on(RunChosen)
    def _run_chosen(self, message: RunChosen) -> None:
        self._select(message.number)

    def _select(self, number: int) -> None:
        runs = self.snapshot.runs
        if runs:
            self.path = runs[min(max(number, 0), len(runs) - 1)].path

    def action_chart(self, by: int) -> None:
        """Select another chart."""
        shown = self.shown
        if shown is not None and shown.plan.charts:
            self.view = replace(self.view, chart=(self.view.chart + by) % len(shown.plan.charts))

    def action_full(self) -> None:
        """The selected chart alone, or all again."""
        self.view = replace(self.view, full=not self.view.full)

    def action_smooth(self, by: int) -> None:
        """More or less smoothing, or none."""
        self.view = self.view.smoother(by) if by else replace(self.view, smoothing=0.0, gentle=False)

    def action_log(self) -> None:
        """Logarithmic y axes, or linear ones."""
        self.view = replace(self.view, log=not self.view.log)

    def action_whole(self) -> None:
        """Every spike in full, or the body of the data."""
        self.view = replace(self.view, whole=not self.view.whole)

    def action_mode(self) -> None:
        """X as steps, relative or wall time."""
        self.view = self.view.next_mode()

    def action_series(self) -> None:
        """Choose which series are charted."""
        run = self.run_state
        if run is not None and run.series:
            self.app.push_screen(SeriesChooser(run, self.view.pinned), self._chosen)

    def _chosen(self, pinned: frozenset[str] | None) -> None:
        if pinned is not None:
            self.view = replace(self.view, pinned=pinned, chart=0)

    # -- keys: cursor and zoom ---------------------------------------------------------------------

    def action_cursor(self, columns: int) -> None:
        """Move the cursor of all charts."""
        per_column = self.query_one(Board).per_column
        self._look(lambda v, s: v.move_cursor(columns, per_column, s.whole, s.last))

    def action_zoom(self, factor: float) -> None:
        """Show less of x, or more."""
        self._look(lambda v, s: v.zoom(factor, s.whole))

    def action_pan(self, share: float) -> None:
        """Move what is shown of x."""
        self._look(lambda v, s: v.pan(share, s.whole))

    def action_reset(self) -> None:
        """The whole run again."""
        self.view = replace(self.view, window=None)

    def action_back(self) -> None:
        """Take away the cursor, then the full size, then the zoom."""
        view = self.view
        if view.cursor is not None:
            self.view = replace(view, cursor=None)
        elif view.full:
            self.view = replace(view, full=False)
        else:
            self.action_reset()

    @on(CursorPlaced)
    def _cursor_placed(self, message: CursorPlaced) -> None:
        self.view = replace(self.view, cursor=message.x)

    @on(Zoomed)
    def _zoomed(self, message: Zoomed) -> None:
        self._look(lambda v, s: v.zoom(message.factor, s.whole, at=message.x))

    def _look(self, change: Callable[[View, Shown], View]) -> None:
        shown = self.shown
        if shown is not None:
            self.view = change(self.view, shown)

    # -- keys: panes and pages ---------------------------------------------------------------------

    def action_pane(self, name: str) -> None:
        """Show or hide the list of runs, or the reasons."""
        self._panes[name] = not self._panes[name]
        self._update()

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

    def action_theme(self) -> None:
        """The next theme."""
        self.gan.next_theme()

    def action_repaint(self) -> None:
        """Draw everything again, for a terminal that something else has written on."""
        self.gan.forget_screen()

    def action_suspend(self) -> None:
        """Give the terminal back to the shell; `fg` comes back."""
        self.app.action_suspend_process()

    def action_palette(self) -> None:
        """Search every command."""
        self.app.action_command_palette()

    async def action_quit(self) -> None:
        """End the program."""
        await self.app.action_quit()

    # -- keys: replay ------------------------------------------------------------------------------

    def action_replay(self, control: str, *arguments: int) -> None:
        """Use one of the replay's controls."""
        if self.snapshot.replay is not None:
            cast("Any", self.gan.source).__getattribute__(control)(*arguments)

    def action_seek(self, by: float) -> None:
        """Seek by a share of the whole."""
        replay = self.snapshot.replay
        if replay is not None:
            span = max(1, replay.last_step - replay.first_step)
            self.action_replay("seek_step", round(replay.step + by * span))

    def action_seek_cursor(self) -> None:
        """Seek to the cursor."""
        if self.view.cursor is not None and self.view.mode == "step":
            self.action_replay("seek_step", round(self.view.cursor))

    @on(Sought)
    def _sought(self, message: Sought) -> None:
        replay = self.snapshot.replay
        if replay is not None:
            span = replay.last_step - replay.first_step
            self.action_replay("seek_step", round(replay.first_step + message.share * span))
