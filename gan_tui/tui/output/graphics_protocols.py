"""Real pictures, in terminals that have them: kitty's protocol, or sixels; half blocks need none of this.

What the terminal has is asked by textual-image (the extra `pictures`), which makes the sixels too.
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
"""kitty takes so many characters of a picture at a time."""
KITTY_ID = 0x67616E
"""Of our one picture."""
CELL = 10, 20
"""Pixels of a cell where the terminal does not say."""
HAVE_PICTURES = (
    "xterm-kitty", "xterm-ghostty", "ghostty", "wezterm", "foot", "contour", "mlterm", "mintty", "rio",
    "iterm.app", "iterm2", "konsole",
)  # fmt: skip
"""Terminals that are asked, by TERM, TERM_PROGRAM or LC_TERMINAL. Over a slow line the answer of another
would come late, and be taken for keys."""
HINTS = ("KITTY_WINDOW_ID", "KONSOLE_VERSION", "WT_SESSION")
"""Variables of terminals that are asked as well."""


class GraphicsKind(StrEnum):
    """How the terminal takes pictures."""

    KITTY = "kitty"
    SIXEL = "sixel"


class Graphics(Struct, frozen=True):
    """What the terminal can do."""

    kind: GraphicsKind
    cell: tuple[int, int] = CELL
    """Pixels across and down a cell."""

    def encoded(self, pixels: Pixels, columns: int, rows: int) -> str:
        """The sequence that draws a picture at the cursor, over so many cells.

        Args:
            pixels: No larger than these cells.
            columns: Cells across.
            rows: Cells down.
        """
        from PIL import Image  # noqa: PLC0415 - an extra

        # Filled up to whole cells: a picture that is stretched to them is blurred.
        image = Image.new("RGB", (columns * self.cell[0], rows * self.cell[1]))
        image.paste(Image.fromarray(pixels), (0, 0))
        return (
            _kitty(image, columns, rows) if self.kind is GraphicsKind.KITTY else _sixel(image, columns, rows)
        )

    def cleared(self) -> str:
        """The sequence that takes the picture away; "" where text does that."""
        return f"\x1b_Ga=d,d=I,i={KITTY_ID},q=2\x1b\\" if self.kind is GraphicsKind.KITTY else ""


def _kitty(image: Any, columns: int, rows: int) -> str:  # noqa: ANN401 - Pillow's, an extra
    out = io.BytesIO()
    image.save(out, "PNG")
    data = base64.b64encode(out.getvalue()).decode()
    pieces = [data[i : i + CHUNK] for i in range(0, len(data), CHUNK)]
    # q=2: no answer, which would come as keys; C=1: the cursor stays; p=1: moved rather than added.
    head = f"a=T,f=100,t=d,i={KITTY_ID},p=1,c={columns},r={rows},C=1,q=2,"
    return "".join(
        f"\x1b_G{head if n == 0 else ''}m={int(n < len(pieces) - 1)};{piece}\x1b\\"
        for n, piece in enumerate(pieces)
    )


def _sixel(image: Any, columns: int, rows: int) -> str:  # noqa: ANN401 - Pillow's, an extra
    from rich.console import Console  # noqa: PLC0415
    from textual_image.renderable import SixelImage  # noqa: PLC0415 - an extra

    console = Console(file=io.StringIO(), force_terminal=True, width=columns, height=rows)
    drawn = console.render(SixelImage(image, width=columns, height=rows))
    return "".join(s.text for s in drawn if s.text.startswith("\x1bP"))


def graphics_for(chosen: str) -> Graphics | None:
    """How logged samples are shown; None for cells.

    To be called before Textual reads the keys: the terminal answers on standard input.

    Args:
        chosen: "kitty" or "sixel", "blocks" for cells, "auto" to ask the terminal.

    Raises:
        UsageError: Sixels are wished for without the extra `pictures`.
    """
    if chosen == "auto":
        return _asked() if worth_asking(os.environ) else None
    if chosen == GraphicsKind.SIXEL and find_spec("textual_image") is None:
        raise UsageError("sixels need textual-image", "pip install 'gan-tui[pictures]'")
    return None if chosen == "blocks" else Graphics(GraphicsKind(chosen), _cell())


def worth_asking(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is one that has pictures, and nothing stands between it and us."""
    if environment.get("TMUX") or environment.get("STY"):
        return False
    names = (environment.get(name, "").lower() for name in ("TERM", "TERM_PROGRAM", "LC_TERMINAL"))
    return any(n.startswith(HAVE_PICTURES) for n in names) or any(environment.get(n) for n in HINTS)


def _asked() -> Graphics | None:
    """What the terminal says that it has; None without the extra `pictures`."""
    streams = (sys.__stdin__, sys.__stdout__)
    if not all(stream is not None and stream.isatty() for stream in streams):
        return None
    try:
        from textual_image.renderable import Image, SixelImage, TGPImage  # noqa: PLC0415 - asks as it loads
    except Exception:  # noqa: BLE001 - not installed, or whatever a terminal answers: half blocks do
        return None
    if Image is SixelImage:
        return Graphics(GraphicsKind.SIXEL, _cell())
    return Graphics(GraphicsKind.KITTY, _cell()) if Image is TGPImage else None


def _cell() -> tuple[int, int]:
    """Pixels of a cell, as the terminal tells the system."""
    with suppress(OSError, struct.error):
        said = fcntl.ioctl(1, termios.TIOCGWINSZ, b"\0" * 8)
        rows, columns, across, down = struct.unpack("HHHH", said)
        if rows and columns and across >= columns and down >= rows:
            return across // columns, down // rows
    return CELL


class Overlay(Struct, frozen=True):
    """A picture at its place on the screen."""

    key: object
    """The same for the same picture."""
    x: int
    y: int
    columns: int
    rows: int
    drawing: str


class Overlays:
    """Keeps the one picture on the screen where it belongs.

    Args:
        graphics: What the terminal can do.
    """

    def __init__(self, graphics: Graphics) -> None:
        self._graphics = graphics
        self._shown: Overlay | None = None

    def invalidate(self) -> None:
        """The screen was drawn anew: text has taken the place of the picture."""
        if self._graphics.kind is GraphicsKind.SIXEL:
            self._shown = None

    def update(self, wanted: Overlay | None) -> tuple[str, bool]:
        """What is to be sent for the screen to show `wanted`.

        Returns:
            The sequence, and whether the text under the old picture has to be drawn anew before it.
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
        # What remains of the old one goes only under text; the new one comes after that.
        self._shown = None
        return "", True
