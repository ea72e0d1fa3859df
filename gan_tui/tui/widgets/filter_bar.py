"""The input line of the filter; the list of runs is filtered while typing."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input

from gan_tui.tui.messages import FilterChanged, FilterClosed


class FilterBar(Input):
    """One line of text.

    Args:
        text: The current filter.
    """

    DEFAULT_CSS = """
    FilterBar, FilterBar:focus {
        height: 1; border: none; padding: 0 1; background: $gan-panel; color: $gan-foreground;
    }
    FilterBar > .input--placeholder { color: $gan-soft; }
    FilterBar > .input--cursor { background: $gan-foreground; color: $gan-background; text-style: none; }
    FilterBar:ansi > .input--cursor { background: ansi_default; color: ansi_default; text-style: reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "clear_filter", "Clear", show=False)]

    def __init__(self, text: str) -> None:
        super().__init__(text, placeholder="name or badge", select_on_focus=False, compact=True)
        self.cursor_blink = False  # an idle screen sends nothing

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(FilterChanged(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(FilterClosed(kept=True))

    def action_clear_filter(self) -> None:
        """List every run again."""
        self.post_message(FilterClosed(kept=False))
