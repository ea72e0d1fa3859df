"""The base class of the widgets: styled lines, of which only the changed ones are repainted."""

from __future__ import annotations

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from gan_tui.charts.canvas import StyledLine
from gan_tui.tui.context import AppContext, context_of
from gan_tui.tui.output.ascii_fallback import fold


class LineWidget(Widget, can_focus=False):
    """Shows the lines that `compose_lines` returns; never parses markup.

    A subclass calls `redraw` when its content has changed. Lines are composed when they are needed, for the
    size at that moment, so a resize never shows lines of the old size.
    """

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._lines: list[StyledLine] = []
        self._strips: dict[int, Strip] = {}
        self._composed_size: Size | None = None
        self._cached_context: AppContext | None = None

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """Return the lines for a size; each should fill the width. Missing lines are blank."""
        raise NotImplementedError

    @property
    def context(self) -> AppContext:
        """The app."""
        if self._cached_context is None:
            self._cached_context = context_of(self)
        return self._cached_context

    def redraw(self) -> None:
        """Compose the lines again and repaint those that differ."""
        size = self.context.size_of(self)
        has_size = size is not None
        size = size or self.size  # which Textual computes each time
        if not (has_size or self.is_attached) or self._composed_size != size or not size:
            self.refresh()  # the lines are composed when they are needed
            self._composed_size = None
            return
        old, new = self._lines, self.compose_lines(*size)
        self._lines = new
        width, height = size
        # A chart that is drawn again returns the identical object for an unchanged line.
        equal = [a is b or a == b for a, b in zip(old, new, strict=False)]
        equal += [False] * (max(len(old), len(new)) - len(equal))
        changed = {y: new[y] if y < len(new) else [] for y, same in enumerate(equal[:height]) if not same}
        for y in changed:
            self._strips.pop(y, None)
        if changed and not self.context.show_lines(self, changed):
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def restyle(self) -> None:
        """Repaint the same lines in the colours of another theme."""
        self._strips.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return the strip of one line, created on first use."""
        if self._composed_size != self.size:
            self._lines, self._composed_size = self.compose_lines(*self.size), self.size
            self._strips.clear()
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._strip(self._lines[y] if y < len(self._lines) else [])
        return strip

    def _strip(self, line: StyledLine) -> Strip:
        styles = self.context.rich_styles
        if self.context.ascii:
            line = [(fold(text), style) for text, style in line]
        strip = Strip([Segment(text, styles[style]) for text, style in line])
        return strip.adjust_cell_length(self.size.width, styles["plot"])
