"""The Textual app: its screens, its commands, its life cycle."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import Snapshot
from gan_tui.monitoring.source import Source
from gan_tui.tui import key_bindings
from gan_tui.tui.context import AGE_SECONDS
from gan_tui.tui.messages import SnapshotReady, SourceFailed
from gan_tui.tui.output import textual_private
from gan_tui.tui.output.driver import TerminalDriver
from gan_tui.tui.output.exit_signals import ExitSignals
from gan_tui.tui.output.graphics_protocols import Graphics, Overlay
from gan_tui.tui.output.screen_output import ScreenOutput
from gan_tui.tui.reader_thread import ReaderThread
from gan_tui.tui.screens.main import MainScreen
from gan_tui.tui.state.saved_view import SavedViewStore
from gan_tui.tui.state.view import ViewState
from gan_tui.tui.theme.app_theme import ThemedApp

BUSY_SECONDS = 0.25
"""A snapshot that waits for the terminal is tried again after this time."""


class GanTuiApp(ThemedApp):
    """The monitor's screen; an `AppContext` to its screens and widgets.

    Args:
        source: Where snapshots come from. Its `turn` and `wait` are called on a thread of their own;
            `close` and the controls of a replay are called from this one.
        glyphs: "braille", "block", "ascii", or "auto" for what the terminal can show.
        fps: Maximum frames a second.
        theme: "dark", "light", "ansi-dark" or "ansi-light" (16 colours), "mono", or the name of one of
            Textual's themes; None for what the terminal can show.
        graphics: How the terminal shows images; None where it does not.
        now: The clock that ages are measured by, Unix seconds.
        reader: The reader of `source`, if it has started already.
        saved_views: Keeps how these logs are viewed; None to remember nothing.

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
        reader: ReaderThread | None = None,
        saved_views: SavedViewStore | None = None,
        graphics: Graphics | None = None,
    ) -> None:
        self._signals = ExitSignals(self.exit)
        driver: Any = partial(TerminalDriver, signals=self._signals)
        super().__init__(glyphs, theme, driver_class=driver)
        self.source = source
        self.now = now
        self.failure: Exception | None = None
        """What ended the reader, if anything did."""
        self._graphics = graphics
        self._saved_views = saved_views
        self._main: MainScreen | None = None
        self._reader = reader or ReaderThread(source, fps)
        self._output = ScreenOutput(self, graphics, self._overlay)
        self._newest: Snapshot | None = None
        """What is not drawn yet."""
        self._retry: Timer | None = None

    # -- screens -----------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[None]:
        """Return the main screen; pages are shown over it."""
        saved = None if self._saved_views is None else self._saved_views.load()
        view = ViewState(glyphs=self.glyphs, dashed=self.monochrome)
        self._main = MainScreen(view, self._reader.newest, saved, self._graphics)
        return self._main

    @property
    def main(self) -> MainScreen:
        """The main screen."""
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    def on_mount(self) -> None:
        """Start reading."""
        self.app_resume_signal.subscribe(self, self.invalidate_screen)
        self.set_class(self.ascii, "-ascii")
        loop, context = asyncio.get_running_loop(), copy_context()

        def ready(snapshot: Snapshot) -> None:
            # Call the handler directly: posting a message costs several event-loop turns per frame.
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._take, snapshot, context=context)

        self._reader.attach(ready, lambda error: self.post_message(SourceFailed(error)))
        self._reader.start()
        self.call_after_refresh(self._reader.first_frame_drawn)
        self.set_interval(AGE_SECONDS, self._output.check_size)

    def on_unmount(self) -> None:
        """Stop the reader, and save how the logs are viewed."""
        if self._saved_views is not None and self._main is not None:
            self._saved_views.save(self._main.saved_view)
        self._reader.stop()

    @on(SourceFailed)
    def _source_failed(self, message: SourceFailed) -> None:
        self.failure = message.error
        self.exit(return_code=1)

    def run(self, **options: Any) -> None:  # noqa: ANN401 - those of Textual
        """Show the screen until the user leaves it.

        Raises:
            Exception: Whatever ended the reader.
        """
        result = super().run(**options)
        self._signals.pass_on()
        if self.failure is not None:
            raise self.failure
        return result

    async def action_quit(self) -> None:
        """End the program."""
        self._newest = None
        await self._output.wait_for_answer()
        self.exit()

    # -- snapshots ---------------------------------------------------------------------------------

    def _take(self, snapshot: Snapshot) -> None:
        """Draw a snapshot, unless a newer one is on its way."""
        if self._main is None or not self._main.ready:
            self.post_message(SnapshotReady(snapshot))
        elif snapshot is self._reader.newest and textual_private.is_running(self):
            with self._errors_end_app():
                self._newest = snapshot
                self._draw_newest()

    @on(SnapshotReady)
    def _snapshot_ready(self, message: SnapshotReady) -> None:
        if message.snapshot is not self.main.snapshot:
            self._newest = message.snapshot
            self._draw_newest()

    def _draw_newest(self) -> None:
        """Draw the newest snapshot, unless the terminal is still taking what was sent before."""
        if self._newest is None:
            return
        if self._output.busy:
            if self._retry is None:
                self._retry = self.set_timer(BUSY_SECONDS, self._draw_later)
            return
        self._output.collect(self._show_newest)

    def _show_newest(self) -> None:
        if self._newest is not None:
            self.main.snapshot, self._newest = self._newest, None

    def _draw_later(self) -> None:
        self._retry = None
        self._draw_newest()

    @contextmanager
    def _errors_end_app(self) -> Iterator[None]:
        """End the program with an error raised in here, as Textual does in a message handler."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - asyncio would only log it
            textual_private.fail(self, error)

    # -- output ------------------------------------------------------------------------------------

    def _display(self, screen: Screen[object], renderable: Any) -> None:  # noqa: ANN401 - as Textual's
        """Send what differs from what the terminal shows, and nothing if nothing does."""
        if self._output.display(renderable):
            self.post_display_hook()
        else:
            super()._display(screen, renderable)

    def on_cursor_position(self) -> None:
        """Take the terminal's answer: it has drawn what it was sent."""
        self._output.answered()
        self._draw_newest()

    def _overlay(self) -> Overlay | None:
        return self.main.overlay if self.screen is self.main else None

    @property
    def takes_frames(self) -> bool:
        """Whether there is a terminal that takes frames now."""
        return self._output.takes_frames

    def size_of(self, widget: Widget) -> Size | None:
        """Return the size of a widget whose lines can be sent without Textual; None for any other."""
        return self._output.size_of(widget)

    def show_lines(self, widget: Widget, lines: Mapping[int, StyledLine]) -> bool:
        """Show changed lines of a widget, by row; False where the widget has to be refreshed instead."""
        return self._output.show_lines(widget, lines)

    def later(self, seconds: float, change: Callable[[], object]) -> asyncio.TimerHandle:
        """Call `change` after a delay, and send what it changes in one frame."""
        return asyncio.get_running_loop().call_later(seconds, self._change, change)

    def _change(self, change: Callable[[], object]) -> None:
        if textual_private.is_running(self):
            with self._errors_end_app():
                self._output.collect(change)

    def invalidate_screen(self, _: object = None) -> None:
        """Send the next frame whole: something else may have written on the terminal."""
        self._output.invalidate()

    def limit_styles(self) -> None:
        """Forget the styles seen so far if there are very many."""
        self._output.limit_styles()

    # -- commands ----------------------------------------------------------------------------------

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield the palette's commands: the table of keys, and Textual's themes."""
        del screen
        main = self.main
        points, runs = main.displayed is not None, len(main.snapshot.runs) > 1
        for key in key_bindings.available(points, runs, main.snapshot.replay is not None):
            action = partial(main.run_action, key.action)
            yield SystemCommand(key.description, f"{key.group} · key {key.label}", action)
        yield SystemCommand("Theme", "Choose among all themes", self.action_change_theme)
