"""Changed lines straight to the terminal.

A growing run changes a few cells a few times a second. Textual composes whole widgets for that and
compares nothing; here the lines that changed are compared with what the terminal shows, and only where
nothing else has to be drawn: no page, no notice over them, no layout that is due.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.widget import Widget

from gan_tui.charts.canvas import StyledLine
from gan_tui.tui.output import textual_private
from gan_tui.tui.output.frame_diff import FrameDiff, PatchLine
from gan_tui.tui.theme.app_theme import ThemedApp
from gan_tui.tui.theme.palette import RichStyles


class LineUpdates:
    """Lines that wait to be sent, all of one moment together.

    Args:
        app: Whose screen it is.
        frame_diff: Knows what the terminal shows.
    """

    def __init__(self, app: ThemedApp, frame_diff: FrameDiff) -> None:
        self._app = app
        self._diff = frame_diff
        self._pending: dict[tuple[int, int], PatchLine] = {}
        """By row and column; of a line that changes twice the newer one counts."""
        self._numbers: Mapping[str, int] = {}
        self._painted: RichStyles | None = None
        self._style_generation = 0
        self._free: tuple[object, dict[Widget, Region]] = (None, {})

    @property
    def pending(self) -> bool:
        """Whether there is anything to be sent."""
        return bool(self._pending)

    def size_of(self, widget: Widget) -> Size | None:
        """The size of a widget that is seen whole and whose lines may be sent from here."""
        region = self._place_of(widget)
        return None if region is None else region.size

    def add(self, widget: Widget, lines: Mapping[int, StyledLine]) -> bool:
        """Take changed lines of a widget; False where Textual has to draw them.

        Args:
            widget: Shows them, one after the other, over its whole width.
            lines: The lines by their place in the widget.
        """
        region = self._place_of(widget)
        if region is None:
            return False
        for y in lines:
            if not 0 <= y < region.height:
                return False
        numbers = self._numbers_now()
        filling = numbers["plot"]
        x, top, width, _ = region
        for y, runs in lines.items():
            told = [(text, numbers[style]) for text, style in runs]
            self._pending[top + y, x] = (top + y, x, width, told, filling)
        # Should Textual draw the widget for another reason, it has to ask for its lines anew.
        textual_private.clear_cached_lines(widget)
        return True

    def encode(self) -> str | None:
        """What has to be sent for all that waits; None where only a whole frame will do."""
        lines, self._pending = self._pending.values(), {}
        stale = self._style_generation != self._diff.style_generation
        return None if lines and stale else self._diff.encode_lines(lines)

    # -- where a widget is ---------------------------------------------------------------------------

    def _place_of(self, widget: Widget) -> Region | None:
        """Where a widget is on the screen; None where it is not seen whole, or something may be over it."""
        app = self._app
        if len(app.screen_stack) != 1:
            return None
        screen = app.screen
        if textual_private.layout_is_due(screen, widget):
            return None
        seen = textual_private.visible_widgets(screen)
        if self._free[0] is not seen:
            self._free = (seen, _free(seen))
        return self._free[1].get(widget)

    # -- how it looks --------------------------------------------------------------------------------

    def _numbers_now(self) -> Mapping[str, int]:
        """The number of each named style, as it is after Textual's filters."""
        paint = self._app.rich_styles
        if paint is not self._painted or self._style_generation != self._diff.style_generation:
            self._painted, self._numbers = paint, _Numbers(self._number)
            self._style_generation = self._diff.style_generation
        return self._numbers

    def _number(self, name: str) -> int:
        segments = [Segment(" ", self._app.rich_styles[name])]
        for line_filter in self._app.get_line_filters():
            segments = line_filter.apply(segments, self._app.screen.background_colors[1])
        return self._diff.style_number(segments[0].style)


class _Numbers(dict[str, int]):
    """Numbers by name, each asked for once."""

    def __init__(self, ask: Callable[[str], int]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, name: str) -> int:
        number = self[name] = self._ask(name)
        return number


def _free(seen: Mapping[Widget, tuple[Region, Region]]) -> dict[Widget, Region]:
    """The widgets that are seen whole, with nothing over them."""
    free = {}
    for widget, (region, clip) in seen.items():
        others = seen.keys() - set(widget.ancestors_with_self)
        covered = any(seen[other][0] and seen[other][0].overlaps(region) for other in others)
        if region and not covered and clip.contains_region(region):
            free[widget] = region
    return free
