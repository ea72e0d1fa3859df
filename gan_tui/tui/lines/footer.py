"""The footer, as one line: the keys that mean something now, page by page."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gan_tui.charts.canvas import StyledLine
from gan_tui.tui.key_bindings import MORE, Key, footer
from gan_tui.tui.lines import formatting
from gan_tui.tui.state.view import ViewState

WITH_VIEW = 70
"""From this width on, the footer also says how the charts are drawn."""


class KeyPlace(Struct, frozen=True):
    """Where a key is named in the footer."""

    begin: int
    """First cell."""
    end: int
    """Cell after the last one."""
    key: Key


def footer_line(
    keys: Sequence[Key], view: ViewState, width: int, page: int
) -> tuple[StyledLine, list[KeyPlace]]:
    """Return the keys of one page, followed by how the charts are drawn.

    Args:
        keys: The keys that mean something now.
        view: How the charts are drawn.
        width: Cells across.
        page: Which page; counted on past the last one it starts again at the first.

    Returns:
        The line, and where each key is named in it.
    """
    state = f" {view_summary(view)} " if width >= WITH_VIEW else ""
    pages = paged(footer(keys), width - len(state) - 1)
    line: StyledLine = [(" ", "bar")]
    places = []
    for key in pages[page % len(pages)] if pages else []:
        begin = formatting.width_of(line)
        line += [(key.shown, "bar-strong"), (f" {key.short}  ", "bar")]
        places.append(KeyPlace(begin, formatting.width_of(line) - 2, key))
    return formatting.spread(line, [(state, "bar-soft")], width, "bar"), places


def paged(keys: Sequence[Key], width: int) -> list[list[Key]]:
    """The keys in lines of at most `width` cells; where there are several, each ends with the key for more.

    Args:
        keys: The most needed first; the key for more among them is set aside.
        width: Cells across.
    """
    more = next((key for key in keys if key.action == MORE), None)
    rest = [key for key in keys if key is not more]
    if sum(_size(key) for key in rest) <= width or more is None:
        return [rest] if rest else []
    pages: list[list[Key]] = [[]]
    room = width - _size(more)
    left = room
    for key in rest:
        if _size(key) > left and pages[-1]:
            pages.append([])
            left = room
        pages[-1].append(key)
        left -= _size(key)
    return [[*page, more] for page in pages]


def _size(key: Key) -> int:
    return len(key.shown) + len(key.short) + 3


def view_summary(view: ViewState) -> str:
    """How the charts are shown, in a few words."""
    said = [
        "raw" if not view.smoothing else "smooth" if view.adaptive_smoothing else f"smooth {view.smoothing:g}"
    ]
    if view.log_y:
        said.append("log y")
    if view.all_spikes:
        said.append("all spikes")
    said.append(f"x {view.mode}")
    if view.window is not None or view.y_range is not None:
        said.append("zoomed")
    return " · ".join(said)
