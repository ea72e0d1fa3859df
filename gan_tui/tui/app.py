"""The Textual app: holds the feed, the theme and the screens."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import events, on
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import CompositorUpdate, LayoutUpdate
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.geometry import Size
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import Snapshot
from gan_tui.monitoring.source import Source
from gan_tui.tui import key_bindings
from gan_tui.tui.messages import SnapshotReady, SourceFailed
from gan_tui.tui.output.driver import TerminalDriver
from gan_tui.tui.output.exit_signals import ExitSignals
from gan_tui.tui.output.flow_control import PATIENCE, FlowControl
from gan_tui.tui.output.frame_diff import FrameDiff
from gan_tui.tui.output.graphics_protocols import Graphics, Overlays
from gan_tui.tui.output.line_updates import LineUpdates
from gan_tui.tui.reader_thread import ReaderThread
from gan_tui.tui.screens.main import MainScreen
from gan_tui.tui.state.saved_view import SavedViewStore
from gan_tui.tui.state.view import ViewState
from gan_tui.tui.theme.app_theme import ThemedApp
from gan_tui.tui.widgets.header import AGE_SECONDS
from gan_tui.tui.widgets.samples import SamplesPanel

SMALL_FRAME = 400
BUSY_SECONDS = 0.25
"""A frame that waits for the terminal looks again after so long."""


class GanTuiApp(ThemedApp):
    """The monitor's screen.

    Args:
        source: Where snapshots come from. Its `turn` and `wait` are called on a thread of their own;
            `close` and the controls of a replay are called from this one.
        glyphs: "braille", "block", "ascii", or "auto" for what the terminal can show.
        fps: Frames a second, at most.
        theme: "dark", "light", "ansi-dark" or "ansi-light" (16 colours), "mono", or the name of one of
            Textual's themes; None for what the terminal can show.
        graphics: How the terminal takes real pictures; None where it does not.
        now: The clock that ages are told by, Unix seconds.
        feed: The reader of `source` where one has begun already.
        memo: Where it is kept how these logs are looked at; None to remember nothing.

    Raises:
        UsageError: No such theme.
    """

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "gan-tui"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", "Quit", show=False, priority=True)]

    def __init__(
        self,
        source: Source,
        *,
        glyphs: str = "auto",
        fps: float = 4.0,
        theme: str | None = None,
        now: Callable[[], float] = time.time,
        feed: ReaderThread | None = None,
        memo: SavedViewStore | None = None,
        graphics: Graphics | None = None,
    ) -> None:
        self._signals = ExitSignals(self.exit)
        driver: Any = partial(TerminalDriver, signals=self._signals)
        super().__init__(glyphs, theme, driver_class=driver)
        self.source = source
        self.now = now
        self._memo = memo
        self._first: MainScreen | None = None
        self.failure: Exception | None = None
        self._feed = feed or ReaderThread(source, fps)
        self._thrift = FrameDiff(self.console, ascii_only=self.ascii)
        self._patches = LineUpdates(self, self._thrift)
        self._patching = False
        self._known_driver: Driver | None = None
        self._takes_frames = False
        self.graphics = graphics
        self._overlays = None if graphics is None else Overlays(graphics)
        self._pace = FlowControl(time.monotonic)
        self._drawn = asyncio.Event()
        self._newest: Snapshot | None = None
        self._waiting: Timer | None = None
        self._owed: Timer | None = None

    # -- parts -------------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[None]:
        """The one screen; pages lie over it."""
        remembered = None if self._memo is None else self._memo.recall()
        view = ViewState(glyphs=self.glyphs, dashed=self.monochrome)
        self._first = MainScreen(view, self._feed.newest, remembered)
        return self._first

    @property
    def main(self) -> MainScreen:
        """The one screen."""
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    # -- snapshots ---------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Begin to read."""
        self.app_resume_signal.subscribe(self, self.forget_screen)
        self.set_class(self.ascii, "-ascii")
        loop, context = asyncio.get_running_loop(), copy_context()

        def ready(snapshot: Snapshot) -> None:
            # Not as a message, which takes turns of the loop: five times a second that is a good part of
            # what a run that trains beside us costs.
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._take, snapshot, context=context)

        self._feed.attach(ready, lambda error: self.post_message(SourceFailed(error)))
        self._feed.start()
        self.call_after_refresh(self._feed.go_on)
        self.set_interval(AGE_SECONDS, self._mind_the_size)

    def _mind_the_size(self) -> None:
        """Take the terminal's size where the word of a change was lost, as may be in a storm of them."""
        if not self.writes:
            return
        size = Size(*os.get_terminal_size(1))
        if size != self.size or size != self.screen.size:
            self._size = size
            for screen in self.screen_stack:
                screen.post_message(events.Resize(size, size))
            self.forget_screen()

    def on_unmount(self) -> None:
        """End the reader: nothing of it outlives the screen. What was chosen is kept for the next time."""
        if self._memo is not None and self._first is not None:
            self._memo.keep(self._first.remembered)
        self._feed.stop()

    def _take(self, snapshot: Snapshot) -> None:
        """Draw a state, unless a newer one is on its way."""
        if self._first is None or not self._first.ready:
            self.post_message(SnapshotReady(snapshot))
        elif snapshot is self._feed.newest and self._running:
            with self._failing():
                self._newest = snapshot
                self._draw_newest()

    def later(self, seconds: float, change: Callable[[], object]) -> asyncio.TimerHandle:
        """Call `change` after so long, and send at once what it changes; on this thread only."""
        return asyncio.get_running_loop().call_later(seconds, self._change, change)

    def _change(self, change: Callable[[], object]) -> None:
        if self._running:
            with self._failing():
                self.at_once(change)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """What fails here ends the program, as in a handler of messages."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - asyncio would only log it
            self._handle_exception(error)

    def at_once(self, change: Callable[[], object]) -> None:
        """Have all that `change` changes sent together."""
        patching, self._patching = self._patching, True
        change()
        if not patching:
            self._send_patches()

    @on(SnapshotReady)
    def _snapshot_ready(self, message: SnapshotReady) -> None:
        if message.snapshot is not self.main.snapshot:
            self._newest = message.snapshot
            self._draw_newest()

    def _draw_newest(self) -> None:
        """Draw the newest state, unless the terminal is still taking what it was sent before."""
        if self._newest is None:
            return
        if self._pace.busy or self._thrift.owes:
            if self._waiting is None:
                self._waiting = self.set_timer(BUSY_SECONDS, self._draw_later)
            return
        # What changes is sent when all of it is known, which is at the end of this.
        self.at_once(self._show_newest)

    def _show_newest(self) -> None:
        if self._newest is not None:
            self.main.snapshot, self._newest = self._newest, None

    def _draw_later(self) -> None:
        self._waiting = None
        self._draw_newest()

    def on_cursor_position(self) -> None:
        """The terminal has drawn what it was sent."""
        self._pace.answered()
        self._drawn.set()
        self._send_owed()
        self._draw_newest()

    @on(SourceFailed)
    def _source_failed(self, message: SourceFailed) -> None:
        self.failure = message.error
        self.exit(return_code=1)

    def run(self, **options: Any) -> None:  # noqa: ANN401 - those of Textual
        """Show the screen until it is left.

        Raises:
            Exception: Whatever ended the reader.
        """
        result = super().run(**options)
        self._signals.pass_on()
        if self.failure is not None:
            raise self.failure
        return result

    # -- output ------------------------------------------------------------------------------------

    def _display(self, screen: Screen[object], renderable: Any) -> None:  # noqa: ANN401 - as Textual's
        """Send what differs from what the terminal shows, and nothing where nothing does."""
        if not self.writes or not isinstance(renderable, CompositorUpdate):
            super()._display(screen, renderable)
            return
        self._thrift.room = self._pace.room
        sent = self._thrift.lean(renderable, *self.size)
        if sent is None:
            self._thrift.forget()
            if self._overlays is not None:
                self._overlays.forget()
            super()._display(screen, renderable)  # type: ignore[arg-type]
            return
        self._send(sent + self._picture_over(laid_out=isinstance(renderable, LayoutUpdate)))
        self.post_display_hook()

    @property
    def writes(self) -> bool:
        """Whether there is a terminal that takes frames now."""
        driver = self._driver
        if driver is not self._known_driver:
            self._known_driver = driver
            self._takes_frames = driver is not None and not (driver.is_headless or driver.is_inline)
        return self._takes_frames and self._running and not (self._batch_count or self._closed)

    def _send(self, sent: str) -> None:
        driver = self._driver
        if self._thrift.owes and self._owed is None:
            # Should the terminal not answer, what it is owed is sent all the same.
            self._owed = self.set_timer(PATIENCE, self._send_later)
        if not sent or driver is None:
            return
        question = self._pace.question(len(sent))
        if question:
            self._drawn.clear()
        frame = sent + question
        # In one piece: each piece wakes the thread that writes. A small one arrives whole anyway.
        held = self._sync_available and len(frame) > SMALL_FRAME
        driver.write(f"{SYNC_START}{frame}{SYNC_END}" if held else frame)
        driver.flush()

    def _send_owed(self) -> None:
        """Send on what the line had no room for."""
        if self._thrift.owes and self.writes:
            self._thrift.room = self._pace.room
            self._send(self._thrift.more())

    def _send_later(self) -> None:
        self._owed = None
        self._send_owed()

    def size_of(self, widget: Widget) -> Size | None:
        """The size of a widget whose lines need not be drawn by Textual; None of any other."""
        return self._patches.size_of(widget) if self.writes else None

    def show_lines(self, widget: Widget, lines: Mapping[int, StyledLine]) -> bool:
        """Show changed lines of a widget, without Textual where it has nothing to add.

        Args:
            widget: Shows them over its whole width.
            lines: The lines by their place in the widget.

        Returns:
            Whether they will be shown; where not, the widget has to be refreshed.
        """
        if not self.writes or not self._patches.take(widget, lines):
            return False
        if not self._patching:
            self._patching = True
            self.call_next(self._send_patches)
        return True

    def _send_patches(self) -> None:
        self._patching = False
        if not self._patches.waiting and self._overlays is None:
            return
        self._thrift.room = self._pace.room
        sent = self._patches.sent()
        if sent is None or not self.writes:
            self._thrift.forget()
            self.screen.refresh()
        else:
            self._send(sent + self._picture_over())

    def _picture_over(self, *, laid_out: bool = False) -> str:
        """What brings the real picture up to date, after the text around it."""
        if self._overlays is None:
            return ""
        if laid_out:
            self._overlays.forget()
        on_top = self.screen is self.main
        sent, anew = self._overlays.update(self.main.query_one(SamplesPanel).overlay if on_top else None)
        if anew:
            self.call_later(self.forget_screen)
        return sent

    def spare_styles(self) -> None:
        """Pictures bring ever new pairs of colours: begin to count them anew when there are very many."""
        if self._thrift.renumber():
            self.forget_screen()

    def forget_screen(self, _: object = None) -> None:
        """Something else may have written on the terminal: the next frame is sent whole."""
        self._thrift.forget()
        if self._overlays is not None:
            self._overlays.forget()
        self.screen.refresh(layout=True)

    async def action_quit(self) -> None:
        """End the program, once the terminal has answered: its answer must not reach the shell."""
        self._newest = None
        if self._pace.busy:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._drawn.wait(), PATIENCE)
        self.exit()

    def as_svg(self) -> str:
        """The screen as an SVG that loads nothing from elsewhere."""
        return without_fonts(self.export_screenshot(title="gan-tui"))

    def as_text(self) -> str:
        """The screen as plain text, a line a row."""
        strips = self.screen._compositor.render_strips()  # noqa: SLF001 - Textual gives text no other way
        rows = ("".join(segment.text for segment in strip if not segment.control) for strip in strips)
        return "".join(row.rstrip() + "\n" for row in rows)

    # -- commands ----------------------------------------------------------------------------------

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: the table of keys, and Textual's themes."""
        del screen
        replay = self.main.snapshot.replay is not None
        for key in key_bindings.holding(
            self.main.shown is not None, len(self.main.snapshot.runs) > 1, replay
        ):
            action = partial(self.main.run_action, key.action)
            yield SystemCommand(key.description, f"{key.group} · key {key.shown}", action)
        yield SystemCommand("Theme", "Choose among all themes", self.action_change_theme)


def without_fonts(svg: str) -> str:
    """The SVG without its references to fonts on the web: it shows in what monospace there is."""
    return re.sub(r"@font-face\s*\{[^}]*\}", "", svg)
