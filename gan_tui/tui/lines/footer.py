"""The footer, as one line: the keys that are available now, page by page."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gan_tui.charts.canvas import StyledLine
from gan_tui.tui.key_bindings import MORE, Key, footer
from gan_tui.tui.lines import formatting
from gan_tui.tui.state.view import ViewState

MIN_WIDTH_WITH_VIEW = 70
"""From this width on, the footer also describes the view of the charts."""


class KeyPlace(Struct, frozen=True):
    """The cells of a key in the footer."""

    begin: int
    """First cell."""
    end: int
    """Cell after the last one."""
    key: Key


def footer_line(
    keys: Sequence[Key], view: ViewState, width: int, page: int
) -> tuple[StyledLine, list[KeyPlace]]:
    """Return one page of keys, followed by a summary of the view.

    Args:
        keys: The keys that are available now.
        view: The view of the charts.
        width: Cells across.
        page: Number of the page; after the last page follows the first.

    Returns:
        The line, and the cells of each key in it.
    """
    summary = f" {view_summary(view)} " if width >= MIN_WIDTH_WITH_VIEW else ""
    pages = paginate(footer(keys), width - len(summary) - 1)
    line: StyledLine = [(" ", "bar")]
    places = []
    for key in pages[page % len(pages)] if pages else []:
        begin = formatting.line_width(line)
        line += [(key.label, "bar-strong"), (f" {key.short}  ", "bar")]
        places.append(KeyPlace(begin, formatting.line_width(line) - 2, key))
    return formatting.justify(line, [(summary, "bar-soft")], width, "bar"), places


def paginate(keys: Sequence[Key], width: int) -> list[list[Key]]:
    """Split keys into pages of at most `width` cells; if there are several, each ends with the "more" key.

    Args:
        keys: The most needed first, in any position the "more" key.
        width: Cells across.
    """
    more = next((key for key in keys if key.action == MORE), None)
    others = [key for key in keys if key is not more]
    if sum(_width(key) for key in others) <= width or more is None:
        return [others] if others else []
    pages: list[list[Key]] = [[]]
    page_width = width - _width(more)
    available = page_width
    for key in others:
        if _width(key) > available and pages[-1]:
            pages.append([])
            available = page_width
        pages[-1].append(key)
        available -= _width(key)
    return [[*page, more] for page in pages]


def _width(key: Key) -> int:
    return len(key.label) + len(key.short) + 3


def view_summary(view: ViewState) -> str:
    """Return the smoothing, axes and zoom of the charts: "smooth · log y · x step"."""
    if not view.smoothing:
        smoothing = "raw"
    else:
        smoothing = "smooth" if view.adaptive_smoothing else f"smooth {view.smoothing:g}"
    parts = [smoothing]
    if view.log_y:
        parts.append("log y")
    if view.all_spikes:
        parts.append("all spikes")
    parts.append(f"x {view.mode}")
    if view.window is not None or view.y_range is not None:
        parts.append("zoomed")
    return " · ".join(parts)
