"""The app as its screens and widgets see it."""

from __future__ import annotations

from asyncio import TimerHandle
from collections.abc import Callable, Mapping
from typing import Protocol, cast

from rich.style import Style
from textual.dom import DOMNode
from textual.geometry import Size
from textual.widget import Widget

from gan_tui.charts.canvas import Glyphs, StyledLine
from gan_tui.monitoring.source import Source

AGE_SECONDS = 5.0
"""Interval at which displayed ages are updated, and the terminal's size is checked."""


class Styles(Protocol):
    """Rich styles by name."""

    def __getitem__(self, name: str, /) -> Style:
        """Return the style of this name in the colours of the current theme."""


class AppContext(Protocol):
    """What screens and widgets may ask of the app. They never import it.

    Everything here is called on the screen's thread.
    """

    @property
    def source(self) -> Source:
        """Where snapshots come from."""

    @property
    def now(self) -> Callable[[], float]:
        """The clock that ages are measured by, Unix seconds."""

    # -- colours and characters --------------------------------------------------------------------

    @property
    def ascii(self) -> bool:
        """Whether only ASCII is drawn."""

    @property
    def glyphs(self) -> Glyphs:
        """The characters that curves are drawn with."""

    @property
    def rich_styles(self) -> Styles:
        """The styles of the current theme."""

    @property
    def dark(self) -> bool:
        """Whether the current theme is a dark one."""

    @property
    def monochrome(self) -> bool:
        """Whether there is no colour to tell curves and badges apart."""

    @property
    def colourless(self) -> bool:
        """Whether the terminal shows no colour at all."""

    @property
    def few_colours(self) -> bool:
        """Whether images are drawn in shades instead of colours."""

    def next_theme(self) -> None:
        """Switch to the next theme."""

    # -- output ------------------------------------------------------------------------------------

    @property
    def takes_frames(self) -> bool:
        """Whether there is a terminal that takes frames now."""

    def size_of(self, widget: Widget) -> Size | None:
        """Return the size of a widget whose lines can be sent without Textual; None for any other."""

    def show_lines(self, widget: Widget, lines: Mapping[int, StyledLine]) -> bool:
        """Show changed lines of a widget, by row; False where the widget has to be refreshed instead."""

    def later(self, seconds: float, change: Callable[[], object]) -> TimerHandle:
        """Call `change` after a delay, and send what it changes in one frame."""

    def invalidate_screen(self) -> None:
        """Send the next frame whole: something else may have written on the terminal."""

    def limit_styles(self) -> None:
        """Forget the styles seen so far if there are very many."""


def context_of(node: DOMNode) -> AppContext:
    """Return the app that a screen or widget belongs to."""
    return cast("AppContext", node.app)
