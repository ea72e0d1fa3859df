"""The Textual app: holds the feed, the theme and the screens."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import CompositorUpdate
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from gan_tui.charts.raster import GLYPHS, Runs
from gan_tui.errors import UsageError
from gan_tui.snapshot import Snapshot, Status
from gan_tui.terminal import holds_unicode
from gan_tui.tui import keys
from gan_tui.tui import theme as colours
from gan_tui.tui.driver import TerminalDriver
from gan_tui.tui.feed import Feed, Source
from gan_tui.tui.messages import SnapshotReady, SourceFailed
from gan_tui.tui.pace import PATIENCE, Pace
from gan_tui.tui.patches import Patches
from gan_tui.tui.remembered import Memo
from gan_tui.tui.screens.main import MainScreen
from gan_tui.tui.signals import EndingSignals
from gan_tui.tui.thrift import Thrift
from gan_tui.tui.view import View

SMALL_FRAME = 400
BUSY_SECONDS = 0.25
"""A frame that waits for the terminal looks again after so long."""


class GanTuiApp(App[None]):
    """The monitor's screen.

    Args:
        source: Where snapshots come from. Its `turn` and `wait` are called on a thread of their own;
            `close` and the controls of a replay are called from this one.
        glyphs: "braille", "block", "ascii", or "auto" for what the terminal can show.
        fps: Frames a second, at most.
        theme: "dark", "light", "ansi" (16 colours), "mono", or the name of one of Textual's themes;
            None for what the terminal can show.
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
        feed: Feed | None = None,
        memo: Memo | None = None,
    ) -> None:
        self.colourless = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM", "").startswith("vt")
        # Without colour the terminal's own two are left alone: nothing is turned into shades of grey.
        self._signals = EndingSignals(self.exit)
        driver: Any = partial(TerminalDriver, signals=self._signals)
        super().__init__(driver_class=driver, ansi_color=True if self.colourless else None)
        self.source = source
        self.now = now
        self._memo = memo
        self._first: MainScreen | None = None
        self.failure: Exception | None = None
        self._feed = feed or Feed(source, fps)
        chosen = glyphs_for_terminal() if glyphs == "auto" else glyphs
        self.ascii = chosen == "ascii"
        self.glyphs = GLYPHS[chosen]
        self._thrift = Thrift(self.console, ascii_only=self.ascii)
        self._patches = Patches(self, self._thrift)
        self._patching = False
        self._pace = Pace(time.monotonic)
        self._drawn = asyncio.Event()
        self._newest: Snapshot | None = None
        self._waiting: Timer | None = None
        self._painted: tuple[str, colours.Paint] | None = None
        for known in colours.themes():
            self.register_theme(known)
        self.theme = self._theme_named(theme)

    # -- parts -------------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[None]:
        """The one screen; pages lie over it."""
        remembered = None if self._memo is None else self._memo.recall()
        view = View(glyphs=self.glyphs, dashed=self.monochrome)
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
        self._feed.attach(
            lambda snapshot: self.post_message(SnapshotReady(snapshot)),
            lambda error: self.post_message(SourceFailed(error)),
        )
        self._feed.start()

    def on_unmount(self) -> None:
        """End the reader: nothing of it outlives the screen. What was chosen is kept for the next time."""
        if self._memo is not None and self._first is not None:
            self._memo.keep(self._first.remembered)
        self._feed.stop()

    @on(SnapshotReady)
    def _snapshot_ready(self, message: SnapshotReady) -> None:
        if message.snapshot is not self.main.snapshot:
            self._newest = message.snapshot
            self._draw_newest()

    def _draw_newest(self) -> None:
        """Draw the newest state, unless the terminal is still taking what it was sent before."""
        if self._newest is None:
            return
        if self._pace.busy:
            if self._waiting is None:
                self._waiting = self.set_timer(BUSY_SECONDS, self._draw_later)
            return
        self.main.snapshot, self._newest = self._newest, None

    def _draw_later(self) -> None:
        self._waiting = None
        self._draw_newest()

    def on_cursor_position(self) -> None:
        """The terminal has drawn what it was sent."""
        self._pace.answered()
        self._drawn.set()
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
        sent = self._thrift.lean(renderable, *self.size)
        if sent is None:
            self._thrift.forget()
            super()._display(screen, renderable)  # type: ignore[arg-type]
            return
        self._send(sent)
        self.post_display_hook()

    @property
    def writes(self) -> bool:
        """Whether there is a terminal that takes frames now."""
        driver = self._driver
        ready = not (self.is_headless or self._batch_count or self._closed) and self._running
        return ready and driver is not None and not driver.is_inline

    def _send(self, sent: str) -> None:
        driver = self._driver
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

    def show_lines(self, widget: Widget, lines: Mapping[int, Runs]) -> bool:
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
        sent = self._patches.sent()
        if sent is None or not self.writes:
            self._thrift.forget()
            self.screen.refresh()
        else:
            self._send(sent)

    def forget_screen(self, _: object = None) -> None:
        """Something else may have written on the terminal: the next frame is sent whole."""
        self._thrift.forget()
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

    # -- colours and characters --------------------------------------------------------------------

    @property
    def monochrome(self) -> bool:
        """Whether there is no colour to tell curves and badges apart."""
        return self.colourless or self.theme == "gan-mono"

    @property
    def few_colours(self) -> bool:
        """Whether pictures are drawn in shades of ink: without colour, with sixteen, or in ASCII."""
        return self.ascii or self.monochrome or self.theme == "gan-ansi" or bool(self.ansi_color)

    @property
    def paint(self) -> colours.Paint:
        """The styles of the theme that holds."""
        if self._painted is None or self._painted[0] != self.theme:
            self._painted = (self.theme, colours.Paint(self.get_css_variables(), mono=self.monochrome))
        return self._painted[1]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The palette, for themes that are not ours: theirs is the paper, ours the ink of the curves."""
        current = self.current_theme
        values = colours.variables("dark" if current.dark else "light")
        if current.background and current.surface:
            values |= {"gan-paper": current.background, "gan-raised": current.panel or current.surface}
        return values

    def watch_theme(self) -> None:
        """Paint everything anew."""
        for screen in self.screen_stack if self._running else []:
            if isinstance(screen, colours.Restyled):
                screen.restyle()

    def next_theme(self) -> None:
        """Switch to the next of our themes."""
        ours = [known.name for known in colours.themes()]
        at = ours.index(self.theme) if self.theme in ours else -1
        self.theme = ours[(at + 1) % len(ours)]

    def _theme_named(self, name: str | None) -> str:
        if name is None:
            few = self.console.color_system == "standard"
            name = "mono" if self.colourless else "ansi" if few else "dark"
        if name in colours.NAMES:
            return f"gan-{name}"
        if name not in self.available_themes:
            known = ", ".join((*colours.NAMES, *sorted(self.available_themes)))
            raise UsageError(f"there is no theme {name!r}", f"Themes: {known}")
        return name

    # -- commands ----------------------------------------------------------------------------------

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: the table of keys, and Textual's themes."""
        del screen
        replay = self.main.snapshot.replay is not None
        for key in keys.holding(self.main.shown is not None, len(self.main.snapshot.runs) > 1, replay):
            action = partial(self.main.run_action, key.action)
            yield SystemCommand(key.description, f"{key.group} · key {key.shown}", action)
        yield SystemCommand("Theme", "Choose among all themes", self.action_change_theme)


def glyphs_for_terminal() -> str:
    """What the terminal can show: braille, or ASCII on the Linux console and where it is no Unicode."""
    if os.environ.get("TERM", "") in {"linux", "vt100", "vt220", "dumb"} or not holds_unicode():
        return "ascii"
    return "braille"


# -- pictures without a terminal -----------------------------------------------------------------------


class Still:
    """A source of one snapshot.

    Args:
        snapshot: What is shown.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot: Snapshot | None = snapshot

    def turn(self) -> Snapshot | None:
        """The snapshot, once."""
        snapshot, self._snapshot = self._snapshot, None
        return snapshot

    def wait(self, timeout: float) -> None:
        """Nothing will come: sleep a little."""
        time.sleep(min(timeout, 0.02))

    def correct(self, run: str, name: str, role: str) -> str:  # noqa: ARG002 - as `Source` has it
        """There is nothing to correct in a picture."""
        return "this is a picture"

    def close(self) -> None:
        """Nothing is held."""


def picture(
    shown: Snapshot | Source,
    size: tuple[int, int] = (120, 40),
    *,
    theme: str = "dark",
    glyphs: str = "braille",
    title: str = "gan-tui",
    press: Iterable[str] = (),
) -> str:
    """The screen as an SVG, drawn without a terminal.

    Args:
        shown: A snapshot, or a source, which is driven until it has read everything that is there.
        size: Columns and rows.
        theme: As for the app.
        glyphs: As for the app.
        title: What the window's frame says.
        press: Keys pressed before the picture is taken.

    Returns:
        An SVG that loads nothing from elsewhere.
    """
    source = Still(shown) if isinstance(shown, Snapshot) else shown
    app = GanTuiApp(source, glyphs=glyphs, theme=theme, fps=60.0)
    if isinstance(shown, Snapshot):
        app.now = lambda: shown.at
    return asyncio.run(_taken(app, size, title, list(press)))


async def _taken(app: GanTuiApp, size: tuple[int, int], title: str, press: list[str]) -> str:
    async with app.run_test(size=size) as pilot:
        deadline = time.monotonic() + 60.0
        while time.monotonic() < deadline and not _complete(app.main.snapshot):
            await pilot.pause(0.02)
        await pilot.press(*press)
        await pilot.pause()
        return without_fonts(app.export_screenshot(title=title))


def _complete(snapshot: Snapshot) -> bool:
    runs = snapshot.runs
    return bool(snapshot.at or runs) and not any(run.status is Status.READING for run in runs)


def without_fonts(svg: str) -> str:
    """The SVG without its references to fonts on the web: it shows in what monospace there is."""
    return re.sub(r"@font-face\s*\{[^}]*\}", "", svg)
