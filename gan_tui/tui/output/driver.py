"""The terminal while the screen is shown: restored on every way out, and abandoned once it has hung up."""

from __future__ import annotations

import asyncio
import os
import queue
import select
import signal
import sys
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from textual import events
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size

from gan_tui.tui.output.exit_signals import ExitSignals
from gan_tui.tui.output.textual_private import XTermParser, queue_bytes

POLL_SECONDS = 0.1
"""How often a thread that waits for the terminal checks whether it should end."""
IDLE_SECONDS = 5.0
"""How long the thread that reads keys sleeps while no key is being read: each check costs CPU."""
ACTIVE_POLLS = 5
"""Checks at the short interval after the last key."""
STALL_SECONDS = 1.0
"""On exit, wait no longer for a terminal that has taken nothing for this time."""
RESET_STYLE = "\x1b[0m"
"""The shell's prompt must not be written in the screen's last colour."""
RESTORE = (
    RESET_STYLE + "\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[<u"
    "\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
"""Resets every mode that the screen has set."""


class Output:
    """A terminal that is written to: never raises, and waits without limit only until the program ends.

    Args:
        descriptor: Of the terminal. A second one is opened for the same terminal, so that non-blocking
            mode affects no other process.
        encoding: Encoding of the text; characters that it lacks are sent as question marks.
        leaving: Returns whether the program is about to end.
        vanished: Called when the terminal turns out to have hung up.
    """

    def __init__(
        self, descriptor: int, encoding: str, leaving: Callable[[], bool], vanished: Callable[[], None]
    ) -> None:
        self._descriptor = _own_descriptor(descriptor)
        self._blocking = os.get_blocking(self._descriptor)
        self._encoding = encoding
        self._leaving, self._vanished = leaving, vanished
        self.gone = False
        """The terminal has hung up."""
        self.stalled = False
        """The terminal took nothing while the program waited to end."""
        self._waiting_since: float | None = None
        self.written = 0
        """Number of completed calls of `write`."""

    @property
    def blocked(self) -> bool:
        """Whether output has been waiting for the terminal for a while."""
        since = self._waiting_since
        return since is not None and time.monotonic() - since > STALL_SECONDS

    def fileno(self) -> int:
        """Return the descriptor that is written to."""
        return self._descriptor

    def isatty(self) -> bool:
        """Return whether the descriptor is a terminal."""
        return os.isatty(self._descriptor)

    def flush(self) -> None:
        """Do nothing: there is no buffer."""

    def write_now(self, text: str) -> bytes:
        """Send as much of `text` as the terminal takes without waiting; return the rest, encoded."""
        data = text.encode(self._encoding, "replace")
        return data if self._blocking or self.gone or self.stalled else data[self._send(data) :]

    def write(self, text: str | bytes) -> None:
        """Send all of `text`, unless the terminal has hung up, or takes nothing while the program ends."""
        data = text if isinstance(text, bytes) else text.encode(self._encoding, "replace")
        last_progress = self._waiting_since = time.monotonic()
        while data and not (self.gone or self.stalled):
            if not self._leaving():
                last_progress = time.monotonic()
            elif time.monotonic() - last_progress > STALL_SECONDS:
                self.stalled = True
            if self._is_writable(POLL_SECONDS):
                sent = self._send(data)
                data = data[sent:]
                if sent:
                    last_progress = self._waiting_since = time.monotonic()
        self._waiting_since = None
        self.written += 1

    def _is_writable(self, seconds: float) -> bool:
        # Not poll, which does not support terminals on macOS.
        return bool(select.select([], [self._descriptor], [], seconds)[1])

    def _send(self, data: bytes) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            return 0
        except OSError:
            self.gone = True
            self._vanished()
            return 0

    def restore(self) -> None:
        """Drop what a stalled terminal has not taken, and reset its modes."""
        if self.stalled and not self.gone:
            self.stalled = False
            with suppress(termios.error, OSError):
                termios.tcflush(self._descriptor, termios.TCOFLUSH)
            if self._is_writable(0):
                self._send(RESTORE.encode())


class TerminalDriver(LinuxDriver):
    """Textual's driver, for terminals that hang up or stall, and for redirected streams.

    It draws on standard output even if stderr is redirected (`2>train.err`), and reads keys from standard
    input.

    Args:
        app: The app, as for every driver.
        signals: The signals that end the program; caught while the terminal is in use.
        debug: Textual's debug mode.
        mouse: Whether to ask for mouse reports.
        size: Columns and rows; None for the terminal's.
    """

    def __init__(
        self,
        app: Any,  # noqa: ANN401 - an App of any result
        *,
        signals: ExitSignals,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._signals = signals
        self._leaving = False
        self._active = self._resuming = self._dropped = False
        self._queued = 0
        encoding = (sys.__stdout__ and sys.__stdout__.encoding) or "ascii"
        self._output = Output(1, encoding, lambda: self._leaving or signals.caught, self._vanished)
        self._file: Any = self._output

    # -- start and stop ----------------------------------------------------------------------------

    def start_application_mode(self) -> None:
        """Switch the terminal to the screen's modes."""
        # Before the first byte is sent: from here on no signal may end the program without a restore.
        self._signals.catch()
        self._active, self._leaving = True, False
        self._wake_read, self._wake_write = os.pipe()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        # Textual's own handler is called inside itself if signals arrive faster than it returns.
        loop = asyncio.get_running_loop()
        self._resizing = False
        signal.signal(signal.SIGWINCH, lambda *_: self._resized(loop))

    def _resized(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._resizing:
            self._resizing = True
            loop.call_soon_threadsafe(self._take_size)

    def _take_size(self) -> None:
        self._resizing = False
        if not self._in_band_window_resize:
            size = Size(*self._get_terminal_size())
            self._app.post_message(events.Resize(size, size))

    def stop_application_mode(self) -> None:
        """Reset the terminal's modes."""
        self._leaving = True
        self.write(RESET_STYLE)
        super().stop_application_mode()
        self._active = False

    def close(self) -> None:
        """Wait until everything is sent, as long as the terminal takes it."""
        self._leaving = True
        super().close()
        self._output.restore()
        os.close(self._wake_read)
        os.close(self._wake_write)
        self._writer_thread = None
        self._signals.release()

    def write(self, data: str) -> None:
        """Send `data` after what was written before; does nothing once the driver is closed.

        While the terminal takes nothing, output beyond the queue is dropped, so that keys (`q`) still work;
        when it takes output again, the whole screen is drawn.
        """
        if self._writer_thread is None:
            return
        rest: str | bytes = data
        if self._queued == self._output.written and not self._leaving:
            # The queue is empty: mostly the terminal takes all of it, and the writer thread need not wake up.
            rest = self._output.write_now(data)
        while rest:
            try:
                queue_bytes(self._writer_thread, rest, POLL_SECONDS)
            except queue.Full:
                if self._output.blocked:
                    self._dropped = True
                    return
            else:
                self._queued += 1
                break
        if self._dropped and not self._output.blocked:
            self._dropped = False
            app: Any = self._app
            app.call_later(app.invalidate_screen)

    def _sigcont_application(self, *_: object) -> None:
        # A program stopped by SIGSTOP has not left its screen, but the shell has written on it and set its
        # modes. Leave first: otherwise the shell's modes would be saved as those to restore.
        if not self._auto_restart or self._resuming:
            return
        self._resuming = True
        try:
            if self._active:
                self.suspend_application_mode()
                self._must_signal_resume = True
            self.resume_application_mode()
        finally:
            self._resuming = False

    # -- input -------------------------------------------------------------------------------------

    def run_input_thread(self) -> None:
        """Read keys until the driver stops; a terminal that hangs up ends the program."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        polls = ACTIVE_POLLS
        while not self.exit_event.is_set():
            timeout = POLL_SECONDS if polls else IDLE_SECONDS
            ready = select.select([self.fileno, self._wake_read], [], [], timeout)[0]
            # Only a short wait tells a lone Esc from the start of an escape sequence.
            polls = ACTIVE_POLLS if ready else max(0, polls - 1)
            if self.fileno in ready:
                data = self._read_keys()
                if not data:  # hung up: select would report it as readable from now on
                    self._vanished()
                    return
                for message in parser.feed(decode(data)):
                    self.process_message(message)
            for message in parser.tick():
                self.process_message(message)

    def disable_input(self) -> None:
        """Stop reading keys."""
        os.write(self._wake_write, b"x")  # wakes the thread that waits for a key
        super().disable_input()
        os.read(self._wake_read, 1)

    def _read_keys(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:
            return b""

    def _vanished(self) -> None:
        """End the program as SIGHUP does, which may not be sent when a terminal hangs up."""
        self._signals.raise_signal(signal.SIGHUP)


def _own_descriptor(descriptor: int) -> int:
    """Return a non-blocking descriptor of the same terminal, not shared with the shell."""
    flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY
    try:
        return os.open(os.ttyname(descriptor), flags)
    except OSError:  # not a terminal, or one without a device file (in a container)
        return os.dup(descriptor)
