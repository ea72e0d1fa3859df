"""Changed lines, sent to the terminal without Textual's compositor.

A growing run changes a few cells a few times a second. Textual composes whole widgets for that and
compares nothing. Here the changed lines are compared with what the terminal shows, but only while nothing
else has to be drawn: no page or notification over them, no layout that is due.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.widget import Widget

from gan_tui.charts.canvas import StyledLine
from gan_tui.tui.output import textual_private
from gan_tui.tui.output.frame_diff import ChangedLine, FrameDiff
from gan_tui.tui.theme.app_theme import ThemedApp
from gan_tui.tui.theme.palette import RichStyles


class LineUpdates:
    """Changed lines that wait to be sent together.

    Args:
        app: The app whose screen it is.
        frame_diff: Knows what the terminal shows.
    """

    def __init__(self, app: ThemedApp, frame_diff: FrameDiff) -> None:
        self._app = app
        self._diff = frame_diff
        self._pending: dict[tuple[int, int], ChangedLine] = {}
        """By row and column; if a line changes twice, the newer one replaces the older."""
        self._numbers: Mapping[str, int] = {}
        self._numbered_styles: RichStyles | None = None
        self._style_generation = 0
        self._uncovered: tuple[object, dict[Widget, Region]] = (None, {})
        """Textual's visible widgets, and the uncovered ones among them."""

    @property
    def pending(self) -> bool:
        """Whether there is anything to send."""
        return bool(self._pending)

    def size_of(self, widget: Widget) -> Size | None:
        """Return the size of a widget whose lines may be sent from here; None for any other."""
        region = self._region_of(widget)
        return None if region is None else region.size

    def add(self, widget: Widget, lines: Mapping[int, StyledLine]) -> bool:
        """Add changed lines of a widget; return False if Textual has to draw them.

        Args:
            widget: Shows the lines over its whole width.
            lines: The lines by row of the widget.
        """
        region = self._region_of(widget)
        if region is None:
            return False
        for y in lines:
            if not 0 <= y < region.height:
                return False
        numbers = self._current_numbers()
        filling = numbers["plot"]
        x, top, width, _ = region
        for y, line in lines.items():
            runs = [(text, numbers[style]) for text, style in line]
            self._pending[top + y, x] = (top + y, x, width, runs, filling)
        # If Textual draws the widget for another reason, it has to ask for its lines again.
        textual_private.clear_cached_lines(widget)
        return True

    def encode(self) -> str | None:
        """Return what to send for all pending lines; None if a whole frame is needed."""
        lines, self._pending = self._pending.values(), {}
        outdated = self._style_generation != self._diff.style_generation
        return None if lines and outdated else self._diff.encode_lines(lines)

    # -- regions -----------------------------------------------------------------------------------

    def _region_of(self, widget: Widget) -> Region | None:
        """Return where a widget is on the screen; None if it is cut off or may be covered."""
        app = self._app
        if len(app.screen_stack) != 1:
            return None
        screen = app.screen
        if textual_private.layout_is_due(screen, widget):
            return None
        visible = textual_private.visible_widgets(screen)
        if self._uncovered[0] is not visible:
            self._uncovered = (visible, _uncovered(visible))
        return self._uncovered[1].get(widget)

    # -- styles ------------------------------------------------------------------------------------

    def _current_numbers(self) -> Mapping[str, int]:
        """Return the number of each named style, after Textual's filters."""
        styles = self._app.rich_styles
        if styles is not self._numbered_styles or self._style_generation != self._diff.style_generation:
            self._numbered_styles, self._numbers = styles, _Numbers(self._number)
            self._style_generation = self._diff.style_generation
        return self._numbers

    def _number(self, name: str) -> int:
        segments = [Segment(" ", self._app.rich_styles[name])]
        for line_filter in self._app.get_line_filters():
            segments = line_filter.apply(segments, self._app.screen.background_colors[1])
        return self._diff.style_number(segments[0].style)


class _Numbers(dict[str, int]):
    """Style numbers by name, each looked up once."""

    def __init__(self, look_up: Callable[[str], int]) -> None:
        super().__init__()
        self._look_up = look_up

    def __missing__(self, name: str) -> int:
        number = self[name] = self._look_up(name)
        return number


def _uncovered(visible: Mapping[Widget, tuple[Region, Region]]) -> dict[Widget, Region]:
    """Return the widgets that are not cut off and have nothing over them.

    Args:
        visible: Region and clipping region of each widget.
    """
    uncovered = {}
    for widget, (region, clip) in visible.items():
        others = visible.keys() - set(widget.ancestors_with_self)
        covered = any(visible[other][0] and visible[other][0].overlaps(region) for other in others)
        if region and not covered and clip.contains_region(region):
            uncovered[widget] = region
    return uncovered
