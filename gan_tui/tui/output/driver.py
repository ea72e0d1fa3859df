"""The terminal while the screen is up: given back on every way out, and let go of once it is gone."""

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

LOOK_SECONDS = 0.1
"""How often a thread that waits for the terminal looks whether it is to end."""
IDLE_SECONDS = 5.0
"""How long the thread that reads keys sleeps when none is under way: each look would cost CPU."""
LOOKS = 5
"""How many looks after a key it counts as under way."""
STALL_SECONDS = 1.0
"""On leaving, a terminal that takes nothing for so long is waited for no longer."""
PLAIN = "\x1b[0m"
"""No colour: the shell's prompt must not be written with the screen's last one."""
RESTORE = (
    PLAIN + "\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[<u"
    "\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
"""Puts every mode back that the screen has set."""


class Output:
    """A terminal as the screen writes to it: never fails, and waits for ever only while it may.

    Args:
        descriptor: Of the terminal; another one of the same terminal is opened, for nobody else to block
            or be kept from blocking.
        encoding: How text is sent; what it does not hold goes as a question mark.
        leaving: Whether the program has been told to end.
        vanished: Called once when the terminal turns out to be gone.
    """

    def __init__(
        self, descriptor: int, encoding: str, leaving: Callable[[], bool], vanished: Callable[[], None]
    ) -> None:
        self._descriptor = _own_descriptor(descriptor)
        self._patient = os.get_blocking(self._descriptor)
        self._encoding = encoding
        self._leaving, self._vanished = leaving, vanished
        self.gone = False
        """The terminal has hung up."""
        self.stalled = False
        """It took nothing while the program waited to end."""
        self._waiting_since: float | None = None
        self.written = 0
        """How often `write` has come to its end."""

    @property
    def waits(self) -> bool:
        """Whether the terminal has taken nothing for a while, though there is something to take."""
        since = self._waiting_since
        return since is not None and time.monotonic() - since > STALL_SECONDS

    def fileno(self) -> int:
        """The descriptor that is written to."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return os.isatty(self._descriptor)

    def flush(self) -> None:
        """Nothing is held back."""

    def begin(self, text: str) -> bytes:
        """Send as much of `text` as the terminal takes without waiting; gives the rest."""
        data = text.encode(self._encoding, "replace")
        return data if self._patient or self.gone or self.stalled else data[self._send(data) :]

    def write(self, text: str | bytes) -> None:
        """Send all of `text`, unless the terminal is gone, or stands still on leaving."""
        data = text if isinstance(text, bytes) else text.encode(self._encoding, "replace")
        moved = self._waiting_since = time.monotonic()
        while data and not (self.gone or self.stalled):
            if not self._leaving():
                moved = time.monotonic()
            elif time.monotonic() - moved > STALL_SECONDS:
                self.stalled = True
            if self._takes(LOOK_SECONDS):
                sent = self._send(data)
                data = data[sent:]
                if sent:
                    moved = self._waiting_since = time.monotonic()
        self._waiting_since = None
        self.written += 1

    def _takes(self, seconds: float) -> bool:
        # Not poll, which knows no terminals on macOS.
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
        """Drop what a terminal that stands still has not taken, for the modes to come through."""
        if self.stalled and not self.gone:
            self.stalled = False
            with suppress(termios.error, OSError):
                termios.tcflush(self._descriptor, termios.TCOFLUSH)
            if self._takes(0):
                self._send(RESTORE.encode())


class TerminalDriver(LinuxDriver):
    """Textual's driver, for terminals that vanish, stand still, or are not at every descriptor.

    It draws on standard output, whatever stderr is (`2>train.err`), and reads keys from standard input.

    Args:
        app: As for every driver, and the rest too.
        signals: What ends the program; caught for as long as the terminal is taken.
        debug: Textual's debug mode.
        mouse: Whether mouse reports are asked for.
        size: Columns and rows, None for the terminal's.
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
        self._up = self._resuming = self._dropped = False
        self._queued = 0
        encoding = (sys.__stdout__ and sys.__stdout__.encoding) or "ascii"
        self._output = Output(1, encoding, lambda: self._leaving or signals.caught, self._vanished)
        self._file: Any = self._output

    # -- taking and giving back --------------------------------------------------------------------

    def start_application_mode(self) -> None:
        """Take the terminal."""
        # Before the first byte is sent: from here on nothing may end the program without putting it back.
        self._signals.catch()
        self._up, self._leaving = True, False
        self._woken, self._wake = os.pipe()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        # Textual's own handler does its work inside itself when signals come faster than it ends.
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
        """Put the terminal back."""
        self._leaving = True
        self.write(PLAIN)
        super().stop_application_mode()
        self._up = False

    def close(self) -> None:
        """Wait until everything is sent, as far as the terminal takes it."""
        self._leaving = True
        super().close()
        self._output.restore()
        os.close(self._woken)
        os.close(self._wake)
        self._writer_thread = None
        self._signals.release()

    def write(self, data: str) -> None:
        """Send `data`, in its turn; nothing once the terminal has been left.

        While the terminal stands still what is too much is dropped, since keys are to be heard all the
        same (`q`); once it goes on all is drawn anew.
        """
        if self._writer_thread is None:
            return
        rest: str | bytes = data
        if self._queued == self._output.written and not self._leaving:
            # Nothing is under way: mostly the terminal takes all of it, and no other thread has to be woken.
            rest = self._output.begin(data)
        while rest:
            try:
                queue_bytes(self._writer_thread, rest, LOOK_SECONDS)
            except queue.Full:
                if self._output.waits:
                    self._dropped = True
                    return
            else:
                self._queued += 1
                break
        if self._dropped and not self._output.waits:
            self._dropped = False
            app: Any = self._app
            app.call_later(app.invalidate_screen)

    def _sigcont_application(self, *_: object) -> None:
        # What was stopped without being asked (SIGSTOP) has never left its screen: a shell has written on
        # it and set its modes. Taken once more, the shell's modes would be those that are put back.
        if not self._auto_restart or self._resuming:
            return
        self._resuming = True
        try:
            if self._up:
                self.suspend_application_mode()
                self._must_signal_resume = True
            self.resume_application_mode()
        finally:
            self._resuming = False

    # -- what comes from it ------------------------------------------------------------------------

    def run_input_thread(self) -> None:
        """Read keys until the driver stops; a terminal that hangs up ends the program."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        looks = LOOKS
        while not self.exit_event.is_set():
            patience = LOOK_SECONDS if looks else IDLE_SECONDS
            ready = select.select([self.fileno, self._woken], [], [], patience)[0]
            # A lone Esc is told from the beginning of a key's sequence by what does not follow it.
            looks = LOOKS if ready else max(0, looks - 1)
            if self.fileno in ready:
                data = self._keys()
                if not data:  # hung up: it would be ready for ever
                    self._vanished()
                    return
                for message in parser.feed(decode(data)):
                    self.process_message(message)
            for message in parser.tick():
                self.process_message(message)

    def disable_input(self) -> None:
        """Read no more keys."""
        os.write(self._wake, b"x")  # whoever sleeps until a key comes
        super().disable_input()
        os.read(self._woken, 1)

    def _keys(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:
            return b""

    def _vanished(self) -> None:
        """The terminal is gone, with or without a word (SIGHUP): end as if there had been one."""
        self._signals.take(signal.SIGHUP)


def _own_descriptor(descriptor: int) -> int:
    """A descriptor of the same terminal that does not block; its own, since a shell shares the other."""
    flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY
    try:
        return os.open(os.ttyname(descriptor), flags)
    except OSError:  # no terminal, or one whose name leads nowhere (in a container)
        return os.dup(descriptor)
