"""A terminal that takes nothing must not keep the program from leaving."""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Iterator

import pytest

from gan_tui.tui.output import driver
from gan_tui.tui.output.driver import RESTORE, Output

pytest.importorskip("termios")


class Terminal:
    """Both ends of a pseudo-terminal, and what was told of it."""

    def __init__(self) -> None:
        self.ours, self.theirs = os.openpty()
        self.leaving = False
        self.vanished = 0
        self.output = Output(self.theirs, "utf-8", lambda: self.leaving, self._vanish)

    def _vanish(self) -> None:
        self.vanished += 1

    def waiting(self) -> str:
        """What was sent and not yet taken."""
        taken = b""
        while select.select([self.ours], [], [], 0.1)[0]:
            taken += os.read(self.ours, 65536)
        return taken.decode()

    def close(self) -> None:
        for descriptor in (self.ours, self.theirs, self.output.fileno()):
            if descriptor >= 0:
                os.close(descriptor)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


def test_write_now_sends_what_the_terminal_takes_without_waiting(terminal: Terminal) -> None:
    assert terminal.output.write_now("▲ one frame") == b""
    assert terminal.waiting() == "▲ one frame"
    text = "".join(f"{i}," for i in range(50_000))
    rest = terminal.output.write_now(text)
    assert rest
    assert terminal.waiting() + rest.decode() == text


def test_write_now_returns_everything_that_a_full_terminal_does_not_take(terminal: Terminal) -> None:
    frame, taken = b"x" * 4096, 0
    for _ in range(1000):  # it moves on what it was given, and takes more for a while
        left = terminal.output.write_now(frame.decode())
        taken += len(frame) - len(left)
        if left == frame:
            break
    else:
        pytest.fail("it takes everything")
    assert terminal.waiting() == "x" * taken


def test_everything_is_sent_to_a_slow_terminal(terminal: Terminal) -> None:
    text = "".join(f"{i}," for i in range(20_000))
    writer = threading.Thread(target=terminal.output.write, args=(text,))
    writer.start()
    taken = b""
    while len(taken) < len(text):
        assert select.select([terminal.ours], [], [], 20.0)[0]
        taken += os.read(terminal.ours, 1000)
    writer.join()
    assert taken.decode() == text
    assert not os.get_blocking(terminal.output.fileno())
    assert os.get_blocking(terminal.theirs)  # a shell shares it


def test_a_stalled_terminal_gets_its_modes_back_on_exit(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "STALL_SECONDS", 0.1)
    writer = threading.Thread(target=terminal.output.write, args=("x" * 100_000,))
    writer.start()
    while not terminal.output.blocked:
        assert writer.is_alive()
        time.sleep(0.01)
    while not terminal.output.stalled:  # it waits as long as nobody wants to leave
        assert writer.is_alive()
        terminal.leaving = True
        time.sleep(0.01)
    writer.join()
    terminal.output.write("nothing of this")
    terminal.output.restore()
    assert terminal.waiting().endswith(RESTORE)


def test_a_hang_up_is_reported_once_and_nothing_waits_for_the_terminal(terminal: Terminal) -> None:
    os.close(terminal.ours)
    terminal.ours = -1
    terminal.output.write("a")
    terminal.output.write("b" * 100_000)
    terminal.output.restore()
    assert terminal.output.gone
    assert terminal.vanished == 1
