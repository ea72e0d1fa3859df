"""Real pictures: which terminals are asked, what they are sent, and that it goes away again."""

from __future__ import annotations

import base64
import fcntl
import io
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_tui.errors import UsageError
from gan_tui.tui.output import graphics_protocols
from gan_tui.tui.output.graphics_protocols import (
    Graphics,
    GraphicsKind,
    Overlay,
    Overlays,
    graphics_for,
    worth_asking,
)

SAMPLE_LOGS = Path(__file__).parents[3] / "sample_logs"
PIXELS = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)


def test_kitty_gets_the_image_in_chunks_that_decode_to_it() -> None:
    sent = Graphics(GraphicsKind.KITTY, (10, 20)).encoded(PIXELS, 7, 3)
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", sent)
    assert "".join(f"\x1b_G{head};{data}\x1b\\" for head, data in pieces) == sent
    assert all(len(data) <= 4096 for _, data in pieces)
    assert [head[-3:] for head, _ in pieces[:-1]] == ["m=1"] * (len(pieces) - 1) or len(pieces) == 1
    assert pieces[-1][0].endswith("m=0")
    assert {"a=T", "c=7", "r=3", "q=2", "C=1"} <= set(pieces[0][0].split(","))
    image = Image.open(io.BytesIO(base64.b64decode("".join(data for _, data in pieces))))
    assert image.size == (70, 60)
    assert (np.asarray(image)[:50] == PIXELS).all()


def test_a_sixel_is_one_sequence_of_the_size_of_its_cells() -> None:
    sent = Graphics(GraphicsKind.SIXEL, (10, 20)).encoded(PIXELS, 7, 3)
    assert re.fullmatch(r"\x1bP[\d;]*q[\x20-\x7e]+\x1b\\", sent)


@pytest.mark.parametrize(
    ("environment", "asked"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, True),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, True),
        ({"TERM": "foot-extra"}, True),
        ({"TERM": "xterm-256color", "WT_SESSION": "1"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/x"}, False),  # noqa: S108
        ({"TERM": "linux"}, False),
        ({}, False),
    ],
)
def test_only_terminals_that_show_images_are_asked(environment: dict[str, str], asked: bool) -> None:
    assert worth_asking(environment) is asked


def test_a_chosen_protocol_is_not_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    assert graphics_for("blocks") is None
    chosen = graphics_for("kitty")
    assert chosen is not None
    assert chosen.kind is GraphicsKind.KITTY
    monkeypatch.setattr(graphics_protocols, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match="textual-image"):
        graphics_for("sixel")


ONE = Overlay("a", 5, 2, 10, 4, "<A>")
MOVED = Overlay("a", 6, 2, 10, 4, "<A>")
OTHER = Overlay("b", 5, 2, 10, 4, "<B>")


def test_an_image_is_sent_once_and_removed_by_kittys_sequence() -> None:
    overlays = Overlays(Graphics(GraphicsKind.KITTY))
    assert overlays.update(None) == ("", False)
    assert overlays.update(ONE) == ("\x1b7\x1b[3;6H<A>\x1b8", False)
    assert overlays.update(ONE) == ("", False)
    overlays.invalidate()
    assert overlays.update(ONE) == ("", False)
    assert "<B>" in overlays.update(OTHER)[0]
    assert overlays.update(None) == ("\x1b_Ga=d,d=I,i=6775150,q=2\x1b\\", False)


def test_text_replaces_sixels_before_other_sixels_are_drawn() -> None:
    overlays = Overlays(Graphics(GraphicsKind.SIXEL))
    assert "<A>" in overlays.update(ONE)[0]
    assert "<B>" in overlays.update(OTHER)[0]
    assert overlays.update(MOVED) == ("", True)
    assert "<A>" in overlays.update(MOVED)[0]
    overlays.invalidate()
    assert "<A>" in overlays.update(MOVED)[0]
    assert overlays.update(None) == ("", True)
    assert overlays.update(None) == ("", False)


class Terminal:
    """Runs the program in a terminal that answers as one with pictures does."""

    def __init__(self, words: list[str], attributes: str, kitty: bool, **environment: str) -> None:
        self.ours, theirs = os.openpty()
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 110, 1100, 600))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gan_tui", *words],
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            env={**os.environ, "LANG": "C.UTF-8", "TMUX": "", "NO_COLOR": "", **environment},
        )  # fmt: skip
        os.close(theirs)
        self._attributes, self._kitty, self.sent = attributes, kitty, ""

    def read_until(self, pattern: str, seconds: float = 60.0) -> re.Match[str]:
        until = time.monotonic() + seconds
        while not (found := re.search(pattern, self.sent, re.DOTALL)):
            assert time.monotonic() < until, self.sent[-500:]
            if not select.select([self.ours], [], [], 0.2)[0]:
                continue
            new = os.read(self.ours, 1 << 16).decode("utf-8", "replace")
            self.sent += new
            if "\x1b[c" in new:
                self.press(self._attributes)
            if "\x1b_G" in new and "a=q" in new and self._kitty:
                self.press(f"\x1b_Gi={re.findall('i=([0-9]+)', new)[-1]};OK\x1b\\")
            if "\x1b[6n" in new:
                self.press("\x1b[1;1R")
        return found

    def press(self, keys: str) -> None:
        os.write(self.ours, keys.encode())

    def end(self) -> None:
        self.press("q")
        while self.process.poll() is None:
            if select.select([self.ours], [], [], 0.1)[0]:
                try:
                    os.read(self.ours, 1 << 16)
                except OSError:
                    break
        self.process.wait(30)
        os.close(self.ours)


@pytest.mark.parametrize(
    ("attributes", "kitty", "environment", "picture"),
    [
        ("\x1b[?62;4c", False, {"TERM": "foot"}, r"\x1bP[\d;]*q.*?\x1b\\"),
        ("\x1b[?62c", True, {"TERM": "xterm-kitty"}, r"\x1b_Ga=T,.*?m=0;.*?\x1b\\"),
    ],
)
def test_a_terminal_that_shows_images_shows_the_samples_as_one(
    attributes: str, kitty: bool, environment: dict[str, str], picture: str
) -> None:
    terminal = Terminal(["live", str(SAMPLE_LOGS / "collapse-hinge")], attributes, kitty, **environment)
    try:
        terminal.read_until(r"losses")
        terminal.press("i")
        terminal.read_until(picture)
        assert "▀▀▀" not in terminal.sent
    finally:
        terminal.end()
