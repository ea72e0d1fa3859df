"""When something is sent to the terminal, and what."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from textual import events
from textual.driver import Driver
from textual.geometry import Size
from textual.timer import Timer
from textual.widget import Widget

from gan_tui.charts.canvas import StyledLine
from gan_tui.tui.output import textual_private
from gan_tui.tui.output.flow_control import TIMEOUT_SECONDS, FlowControl
from gan_tui.tui.output.frame_diff import FrameDiff
from gan_tui.tui.output.graphics_protocols import Graphics, Overlay, Overlays
from gan_tui.tui.output.line_updates import LineUpdates
from gan_tui.tui.output.textual_private import SYNC_END, SYNC_START, CompositorUpdate, LayoutUpdate
from gan_tui.tui.theme.app_theme import ThemedApp

SMALL_FRAME = 400
"""Characters that arrive together anyway; only longer frames are marked as synchronized."""


class ScreenOutput:
    """Sends what differs from what the terminal shows, as fast as the terminal takes it.

    Args:
        app: The app whose screen is sent.
        graphics: How the terminal shows images; None where it does not.
        overlay: Returns the image to show over the text; asked once for each frame.
    """

    def __init__(
        self, app: ThemedApp, graphics: Graphics | None, overlay: Callable[[], Overlay | None]
    ) -> None:
        self._app = app
        self._diff = FrameDiff(app.console, ascii_only=app.ascii)
        self._updates = LineUpdates(app, self._diff)
        self._flow = FlowControl(time.monotonic)
        self._overlays = None if graphics is None else Overlays(graphics)
        self._overlay = overlay
        self._collecting = False
        """Whether changed lines are being collected; they are sent where this was set."""
        self._known_driver: Driver | None = None
        self._is_terminal = False
        self._answered = asyncio.Event()
        self._resend: Timer | None = None

    @property
    def takes_frames(self) -> bool:
        """Whether there is a terminal that takes frames now."""
        driver = textual_private.driver_of(self._app)
        if driver is not self._known_driver:
            self._known_driver = driver
            self._is_terminal = driver is not None and not (driver.is_headless or driver.is_inline)
        return self._is_terminal and textual_private.accepts_frames(self._app)

    @property
    def busy(self) -> bool:
        """Whether the terminal is still taking what was sent before."""
        return self._flow.busy or self._diff.pending

    def invalidate(self) -> None:
        """Send the next frame whole: something else may have written on the terminal."""
        self._forget_contents()
        self._app.screen.refresh(layout=True)

    def _forget_contents(self) -> None:
        self._diff.invalidate()
        if self._overlays is not None:
            self._overlays.invalidate()

    def limit_styles(self) -> None:
        """Number the styles from 0 again if there are very many: every image brings new pairs of colours."""
        if self._diff.reset_styles():
            self.invalidate()

    def check_size(self) -> None:
        """Take over the terminal's size in case the message about a change was lost.

        That can happen when a terminal is resized many times in a row.
        """
        if not self.takes_frames:
            return
        app = self._app
        size = Size(*os.get_terminal_size(1))
        if size != app.size or size != app.screen.size:
            textual_private.set_size(app, size)
            for screen in app.screen_stack:
                screen.post_message(events.Resize(size, size))
            self.invalidate()

    # -- Textual's frames --------------------------------------------------------------------------

    def display(self, update: object) -> bool:
        """Send a frame that Textual has composed.

        Args:
            update: What Textual hands to `App._display`.

        Returns:
            False if Textual has to send the frame itself.
        """
        if not self.takes_frames or not isinstance(update, CompositorUpdate):
            return False
        self._diff.budget = self._flow.budget
        text = self._diff.encode(update, *self._app.size)
        if text is None:
            self._forget_contents()
            return False
        self._send(text + self._encode_overlay(laid_out=isinstance(update, LayoutUpdate)))
        return True

    # -- changed lines, without Textual ------------------------------------------------------------

    def size_of(self, widget: Widget) -> Size | None:
        """Return the size of a widget whose lines can be sent without Textual; None for any other."""
        return self._updates.size_of(widget) if self.takes_frames else None

    def show_lines(self, widget: Widget, lines: Mapping[int, StyledLine]) -> bool:
        """Show changed lines of a widget, without Textual if it has nothing to add.

        Args:
            widget: Shows the lines over its whole width.
            lines: The lines by row of the widget.

        Returns:
            Whether they will be shown; if not, the widget has to be refreshed.
        """
        if not self.takes_frames or not self._updates.add(widget, lines):
            return False
        if not self._collecting:
            self._collecting = True
            self._app.call_next(self._send_updates)
        return True

    def collect(self, change: Callable[[], object]) -> None:
        """Call `change`, and send all lines that it changes in one frame."""
        collecting, self._collecting = self._collecting, True
        change()
        if not collecting:
            self._send_updates()

    def _send_updates(self) -> None:
        self._collecting = False
        if not self._updates.pending and self._overlays is None:
            return
        self._diff.budget = self._flow.budget
        text = self._updates.encode()
        if text is None or not self.takes_frames:
            self._diff.invalidate()
            self._app.screen.refresh()
        else:
            self._send(text + self._encode_overlay())

    def _encode_overlay(self, *, laid_out: bool = False) -> str:
        """Return what brings the image up to date, to be sent after the text around it."""
        if self._overlays is None:
            return ""
        if laid_out:
            self._overlays.invalidate()
        text, needs_redraw = self._overlays.update(self._overlay())
        if needs_redraw:
            self._app.call_later(self.invalidate)
        return text

    # -- the terminal ------------------------------------------------------------------------------

    def _send(self, text: str) -> None:
        driver = textual_private.driver_of(self._app)
        if self._diff.pending and self._resend is None:
            # If the terminal does not answer, the pending rows are sent all the same.
            self._resend = self._app.set_timer(TIMEOUT_SECONDS, self._send_pending_later)
        if not text or driver is None:
            return
        probe = self._flow.probe(len(text))
        if probe:
            self._answered.clear()
        frame = text + probe
        # In one write: each one wakes the thread that writes.
        synchronized = len(frame) > SMALL_FRAME and textual_private.supports_synchronized_output(self._app)
        driver.write(f"{SYNC_START}{frame}{SYNC_END}" if synchronized else frame)
        driver.flush()

    def answered(self) -> None:
        """Note that the terminal has drawn what it was sent, and send what did not fit before."""
        self._flow.answered()
        self._answered.set()
        self._send_pending()

    def _send_pending(self) -> None:
        if self._diff.pending and self.takes_frames:
            self._diff.budget = self._flow.budget
            self._send(self._diff.encode_pending())

    def _send_pending_later(self) -> None:
        self._resend = None
        self._send_pending()

    async def wait_for_answer(self) -> None:
        """Wait until the terminal has answered: its answer must not reach the shell."""
        if self._flow.busy:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._answered.wait(), TIMEOUT_SECONDS)
