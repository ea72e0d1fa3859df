"""Lines that go to the terminal without Textual leave the screen that Textual would draw."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pyte
import pytest

from tests.pilot.test_terminal import Running, running

pytest.importorskip("fcntl")
UNKNOWN = re.compile(rb"\x1b\[[<>=]\d*u|\x1b\[\?[\d;]+\$p")
"""What pyte would print as text."""


class Emulator:
    """A terminal that shows what a program has sent."""

    def __init__(self, program: Running) -> None:
        self._program = program
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)

    def cells(self) -> list[list[tuple[str, str, str, bool]]]:
        """Character, ink, paper and weight of every cell, after what has come since the last call."""
        self._stream.feed(UNKNOWN.sub(b"", bytes(self._program._sent)))
        self._program.forget()
        rows = [[self._screen.buffer[y][x] for x in range(80)] for y in range(24)]
        return [[(c.data, c.fg if c.data.strip() else "", c.bg, c.bold) for c in row] for row in rows]

    @property
    def header(self) -> str:
        """The first line."""
        self.cells()
        return self._screen.display[0]


def test_what_a_growing_run_leaves_on_the_screen_is_what_a_whole_frame_shows(tmp_path: Path) -> None:
    log = tmp_path / "losses.csv"
    rows = ["step,d_loss,g_loss,d_x\n", *(f"{i},1.3{i % 7},0.7{i % 5},0.5{i % 9}\n" for i in range(300))]
    log.write_text("".join(rows))
    with running(log) as program:
        shown = Emulator(program)
        assert program.read_while(lambda: "step 299" not in shown.header)
        os.write(program.ours, b"\x1b")  # whatever greets a new user goes with the first key
        program.read("never sent", seconds=1.0)
        for step in range(300, 340, 4):
            with log.open("a") as file:
                file.writelines(f"{i},1.2{i % 3},0.9{i % 8},0.4{i % 6}\n" for i in range(step, step + 4))
            last = f"step {step + 3}"
            assert program.read_while(lambda last=last: last not in shown.header)  # type: ignore[misc]
        # Curves may lag a moment behind the words.
        program.read("never sent", seconds=3.0)
        grown = shown.cells()
        os.write(program.ours, b"\x0c")
        assert program.read("┤")
        program.read("never sent", seconds=1.0)
        assert shown.cells() == grown
