"""The base of every widget here: lines of styled runs, of which only those that changed are repainted."""

from __future__ import annotations

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from gan_tui.charts.canvas import StyledLine
from gan_tui.tui.context import AppContext, context_of
from gan_tui.tui.output.ascii_fallback import fold


class LineWidget(Widget, can_focus=False):
    """Shows what `compose_lines` gives; never parses markup.

    A subclass calls `redraw` when something it shows has changed. Lines are made for the size that is
    asked for, at the moment they are asked for: a resize never shows lines of the old size.
    """

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._lines: list[StyledLine] = []
        self._strips: dict[int, Strip] = {}
        self._made_for: Size | None = None
        self._known_context: AppContext | None = None

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """The lines for a size; each should fill the width. Missing ones are blank."""
        raise NotImplementedError

    @property
    def context(self) -> AppContext:
        """The app."""
        if self._known_context is None:
            self._known_context = context_of(self)
        return self._known_context

    def redraw(self) -> None:
        """Make the lines anew and repaint those that differ."""
        size = self.context.size_of(self)
        seen = size is not None
        size = size or self.size  # which Textual works out each time
        if not (seen or self.is_attached) or self._made_for != size or not size:
            self.refresh()  # the lines are made when they are asked for
            self._made_for = None
            return
        old, new = self._lines, self.compose_lines(*size)
        self._lines = new
        width, height = size
        # Drawing a chart again gives the very same line where nothing on it has changed.
        kept = [a is b or a == b for a, b in zip(old, new, strict=False)]
        kept += [False] * (max(len(old), len(new)) - len(kept))
        changed = {y: new[y] if y < len(new) else [] for y, same in enumerate(kept[:height]) if not same}
        for y in changed:
            self._strips.pop(y, None)
        if changed and not self.context.show_lines(self, changed):
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def restyle(self) -> None:
        """The theme changed: the same lines in other colours."""
        self._strips.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The strip of one line, made of the runs on first use."""
        if self._made_for != self.size:
            self._lines, self._made_for = self.compose_lines(*self.size), self.size
            self._strips.clear()
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._strip(self._lines[y] if y < len(self._lines) else [])
        return strip

    def _strip(self, runs: StyledLine) -> Strip:
        paint = self.context.paint
        if self.context.ascii:
            runs = [(fold(text), style) for text, style in runs]
        strip = Strip([Segment(text, paint[style]) for text, style in runs])
        return strip.adjust_cell_length(self.size.width, paint["plot"])
