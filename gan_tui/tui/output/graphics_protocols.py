"""Images in terminals that show them, by kitty's protocol or as sixels. Half blocks need none of this.

textual-image (the extra `pictures`) asks the terminal what it can do, and makes the sixels.
"""

from __future__ import annotations

import base64
import fcntl
import io
import os
import struct
import sys
import termios
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gan_tui.errors import UsageError

if TYPE_CHECKING:
    from gan_tui.tui.output.half_blocks import Pixels

CHUNK = 4096
"""Characters of an image that kitty takes at a time."""
KITTY_ID = 0x67616E
"""Id of the one image that is shown."""
DEFAULT_CELL = 10, 20
"""Width and height of a cell in pixels, if the terminal does not tell."""
WITH_IMAGES = (
    "xterm-kitty", "xterm-ghostty", "ghostty", "wezterm", "foot", "contour", "mlterm", "mintty", "rio",
    "iterm.app", "iterm2", "konsole",
)  # fmt: skip
"""Terminals that are asked, by TERM, TERM_PROGRAM or LC_TERMINAL. On a slow line, another terminal's answer
could come late and be read as keys."""
VARIABLES = ("KITTY_WINDOW_ID", "KONSOLE_VERSION", "WT_SESSION")
"""Environment variables of further terminals that are asked."""


class GraphicsKind(StrEnum):
    """How the terminal takes images."""

    KITTY = "kitty"
    SIXEL = "sixel"


class Graphics(Struct, frozen=True):
    """What the terminal can do."""

    kind: GraphicsKind
    cell: tuple[int, int] = DEFAULT_CELL
    """Width and height of a cell in pixels."""

    def encoded(self, pixels: Pixels, columns: int, rows: int) -> str:
        """Return the sequence that draws an image at the cursor.

        Args:
            pixels: The image, no larger than the cells.
            columns: Its width in cells.
            rows: Its height in cells.
        """
        from PIL import Image  # noqa: PLC0415 - an extra

        # Padded to whole cells: a terminal that stretches an image to them blurs it.
        image = Image.new("RGB", (columns * self.cell[0], rows * self.cell[1]))
        image.paste(Image.fromarray(pixels), (0, 0))
        return (
            _kitty(image, columns, rows) if self.kind is GraphicsKind.KITTY else _sixel(image, columns, rows)
        )

    def cleared(self) -> str:
        """Return the sequence that removes the image; "" if text over it does."""
        return f"\x1b_Ga=d,d=I,i={KITTY_ID},q=2\x1b\\" if self.kind is GraphicsKind.KITTY else ""


def _kitty(image: Any, columns: int, rows: int) -> str:  # noqa: ANN401 - Pillow's, an extra
    out = io.BytesIO()
    image.save(out, "PNG")
    data = base64.b64encode(out.getvalue()).decode()
    chunks = [data[i : i + CHUNK] for i in range(0, len(data), CHUNK)]
    # q=2: no answer, which would be read as keys; C=1: the cursor stays; p=1: moves the image, not adds one.
    head = f"a=T,f=100,t=d,i={KITTY_ID},p=1,c={columns},r={rows},C=1,q=2,"
    return "".join(
        f"\x1b_G{head if n == 0 else ''}m={int(n < len(chunks) - 1)};{chunk}\x1b\\"
        for n, chunk in enumerate(chunks)
    )


def _sixel(image: Any, columns: int, rows: int) -> str:  # noqa: ANN401 - Pillow's, an extra
    from rich.console import Console  # noqa: PLC0415
    from textual_image.renderable import SixelImage  # noqa: PLC0415 - an extra

    console = Console(file=io.StringIO(), force_terminal=True, width=columns, height=rows)
    drawn = console.render(SixelImage(image, width=columns, height=rows))
    return "".join(s.text for s in drawn if s.text.startswith("\x1bP"))


def graphics_for(chosen: str) -> Graphics | None:
    """Return how logged samples are shown; None for cells.

    Call it before Textual reads keys: the terminal answers on standard input.

    Args:
        chosen: "kitty" or "sixel", "blocks" for cells, "auto" to ask the terminal.

    Raises:
        UsageError: Sixels are chosen without the extra `pictures`.
    """
    if chosen == "auto":
        return _asked() if worth_asking(os.environ) else None
    if chosen == GraphicsKind.SIXEL and find_spec("textual_image") is None:
        raise UsageError("sixels need textual-image", "pip install 'gan-tui[pictures]'")
    return None if chosen == "blocks" else Graphics(GraphicsKind(chosen), _cell())


def worth_asking(environment: Mapping[str, str]) -> bool:
    """Return whether the terminal is known to show images, with no multiplexer in between."""
    if environment.get("TMUX") or environment.get("STY"):
        return False
    names = (environment.get(name, "").lower() for name in ("TERM", "TERM_PROGRAM", "LC_TERMINAL"))
    return any(n.startswith(WITH_IMAGES) for n in names) or any(environment.get(n) for n in VARIABLES)


def _asked() -> Graphics | None:
    """Return what the terminal says it can do; None without the extra `pictures`."""
    streams = (sys.__stdin__, sys.__stdout__)
    if not all(stream is not None and stream.isatty() for stream in streams):
        return None
    try:
        from textual_image.renderable import Image, SixelImage, TGPImage  # noqa: PLC0415 - asks as it loads
    except Exception:  # noqa: BLE001 - not installed, or an unexpected answer: half blocks do
        return None
    if Image is SixelImage:
        return Graphics(GraphicsKind.SIXEL, _cell())
    return Graphics(GraphicsKind.KITTY, _cell()) if Image is TGPImage else None


def _cell() -> tuple[int, int]:
    """Return the width and height of a cell in pixels, as the terminal has told the system."""
    with suppress(OSError, struct.error):
        answer = fcntl.ioctl(1, termios.TIOCGWINSZ, b"\0" * 8)
        rows, columns, across, down = struct.unpack("HHHH", answer)
        if rows and columns and across >= columns and down >= rows:
            return across // columns, down // rows
    return DEFAULT_CELL


class Overlay(Struct, frozen=True):
    """An image at its place on the screen, in cells."""

    key: object
    """Equal for equal images."""
    x: int
    y: int
    columns: int
    rows: int
    drawing: str


class Overlays:
    """Keeps the one image of the screen where it belongs.

    Args:
        graphics: What the terminal can do.
    """

    def __init__(self, graphics: Graphics) -> None:
        self._graphics = graphics
        self._shown: Overlay | None = None

    def invalidate(self) -> None:
        """Note that the screen was drawn again: text has replaced the image."""
        if self._graphics.kind is GraphicsKind.SIXEL:
            self._shown = None

    def update(self, wanted: Overlay | None) -> tuple[str, bool]:
        """Return what to send so that the screen shows `wanted`.

        Returns:
            The sequence, and whether the text under the old image has to be drawn again first.
        """
        before, self._shown = self._shown, wanted
        if before == wanted:
            return "", False
        drawn = "" if wanted is None else f"\x1b7\x1b[{wanted.y + 1};{wanted.x + 1}H{wanted.drawing}\x1b8"
        if before is None:
            return drawn, False
        if self._graphics.kind is GraphicsKind.KITTY:
            return (drawn if wanted is not None else "") or self._graphics.cleared(), False
        covered = wanted is not None and (before.x, before.y, before.columns, before.rows) == (
            wanted.x, wanted.y, wanted.columns, wanted.rows,
        )  # fmt: skip
        if covered:
            return drawn, False
        # Only text removes what remains of the old image; the new one follows it.
        self._shown = None
        return "", True
