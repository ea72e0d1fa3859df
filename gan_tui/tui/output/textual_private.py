"""Every private name of Textual and Rich that is used by other means than overriding it.

Textual has no public way to any of this. What cannot be collected here, because a subclass overrides or
sets it, is listed in tests/tui/test_textual_private.py with the rest, so that an upgrade of Textual which
removes a name fails there and says which.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.color import ColorSystem
from rich.console import Console
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.driver import Driver
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

__all__ = [
    "SYNC_END",
    "SYNC_START",
    "ChopsUpdate",
    "CompositorUpdate",
    "LayoutUpdate",
    "XTermParser",
    "accepts_frames",
    "clear_cached_lines",
    "colour_system",
    "driver_of",
    "fail",
    "is_running",
    "layout_is_due",
    "queue_bytes",
    "rendered_strips",
    "set_size",
    "supports_synchronized_output",
    "visible_widgets",
]

# SYNC_START, SYNC_END: the terminal shows what is between them at once.
# CompositorUpdate: what Textual hands to `App._display` for a frame. LayoutUpdate is a whole rectangle,
# ChopsUpdate a few spans of lines.
# XTermParser: turns the terminal's bytes into key and mouse events.


# -- app -----------------------------------------------------------------------------------------------


def driver_of(app: App[Any]) -> Driver | None:
    """Return the app's driver; None before it has started."""
    return app._driver


def is_running(app: App[Any]) -> bool:
    """Return whether the app has started and not ended."""
    return app._running


def accepts_frames(app: App[Any]) -> bool:
    """Return whether Textual itself would send a frame now: the app runs, and no batch is open."""
    return app._running and not (app._batch_count or app._closed)


def supports_synchronized_output(app: App[Any]) -> bool:
    """Return whether the terminal has answered that it supports SYNC_START and SYNC_END."""
    return app._sync_available


def set_size(app: App[Any], size: Size) -> None:
    """Set the size that the app reports, when the message about a change was lost."""
    app._size = size


def fail(app: App[Any], error: Exception) -> None:
    """End the app with an error, as when a message handler raises it."""
    app._handle_exception(error)


# -- screens and widgets -------------------------------------------------------------------------------


def layout_is_due(screen: Screen[Any], widget: Widget) -> bool:
    """Return whether the screen or the widget is about to be laid out again."""
    return screen._layout_required or widget._layout_required


def visible_widgets(screen: Screen[Any]) -> Mapping[Widget, tuple[Region, Region]]:
    """Return the region and the clipping region of every visible widget. The same object until a layout."""
    return screen._compositor.visible_widgets


def rendered_strips(screen: Screen[Any]) -> list[Strip]:
    """Return the rows of the screen as they are drawn."""
    return screen._compositor.render_strips()


def clear_cached_lines(widget: Widget) -> None:
    """Forget the lines that Textual keeps of a widget: it asks for them again when it draws the widget."""
    widget._styles_cache.clear()


# -- driver and console --------------------------------------------------------------------------------


def queue_bytes(writer_thread: Any, data: str | bytes, timeout: float) -> None:  # noqa: ANN401 - a private class
    """Put data into the queue of Textual's writer thread, which takes bytes as well as text.

    The thread's own `write` waits without limit when the queue is full.

    Raises:
        queue.Full: The queue was full for `timeout` seconds.
    """
    writer_thread._queue.put(data, timeout=timeout)


def colour_system(console: Console) -> ColorSystem:
    """Return how many colours the terminal has, as Textual's own frames assume."""
    return console._color_system or ColorSystem.TRUECOLOR
