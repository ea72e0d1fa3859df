"""The part of the app that is about colours and character sets."""

from __future__ import annotations

import os
from typing import Any

from textual.app import App

from gan_tui.charts.canvas import GLYPHS
from gan_tui.errors import UsageError
from gan_tui.terminal.capabilities import supports_unicode
from gan_tui.tui.theme import palette


class ThemedApp(App[None]):
    """Part of the app: its themes, and the styles of the widgets.

    Args:
        glyphs: "braille", "block", "ascii", or "auto" for the best that the terminal supports.
        theme: See `theme_named`.
        options: Passed on to Textual.
    """

    def __init__(self, glyphs: str, theme: str | None, **options: Any) -> None:  # noqa: ANN401
        self.colourless = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM", "").startswith("vt")
        # Without colour use the terminal's own two colours instead of shades of grey.
        super().__init__(ansi_color=True if self.colourless else None, **options)
        name = glyphs_for_terminal() if glyphs == "auto" else glyphs
        self.ascii = name == "ascii"
        self.glyphs = GLYPHS[name]
        self._cached_styles: tuple[str, palette.RichStyles] | None = None
        for own in palette.themes():
            self.register_theme(own)
        self.theme = self.theme_named(theme)

    @property
    def monochrome(self) -> bool:
        """Whether there are no colours to distinguish curves and badges."""
        return self.colourless or self.theme == "gan-mono"

    @property
    def dark(self) -> bool:
        """Whether the current theme is a dark one."""
        return self.current_theme.dark

    @property
    def few_colours(self) -> bool:
        """Whether images are drawn in shades of grey: without colours, with sixteen colours, or in ASCII."""
        return (
            self.ascii
            or self.monochrome
            or self.theme in {"gan-ansi", "gan-ansi-light"}
            or bool(self.ansi_color)
        )

    @property
    def rich_styles(self) -> palette.RichStyles:
        """The styles of the current theme."""
        if self._cached_styles is None or self._cached_styles[0] != self.theme:
            styles = palette.RichStyles(self.get_css_variables(), mono=self.monochrome)
            self._cached_styles = (self.theme, styles)
        return self._cached_styles[1]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the colours of curves and badges for Textual's themes, which define only the background."""
        current = self.current_theme
        if current.ansi:
            return palette.variables("ansi" if current.dark else "ansi-light")
        values = palette.variables("dark" if current.dark else "light")
        if current.background and current.surface:
            values |= {"gan-background": current.background, "gan-panel": current.panel or current.surface}
        return values

    def watch_theme(self) -> None:
        """Repaint everything in the new theme."""
        for screen in self.screen_stack if self._running else []:
            if isinstance(screen, palette.Restylable):
                screen.restyle()

    def next_theme(self) -> None:
        """Switch to the next of the program's themes."""
        names = [theme.name for theme in palette.themes()]
        index = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(index + 1) % len(names)]

    def theme_named(self, name: str | None) -> str:
        """Return the registered name of a theme; without a name, the best one that the terminal supports.

        Raises:
            UsageError: No such theme.
        """
        name = palette.ALIASES.get(name or "", name)
        if name is None:
            has_16_colours = self.console.color_system == "standard"
            name = "mono" if self.colourless else "ansi" if has_16_colours else "dark"
        if name in palette.NAMES:
            return f"gan-{name}"
        if name not in self.available_themes:
            known = ", ".join((*palette.NAMES, *sorted(self.available_themes)))
            raise UsageError(f"there is no theme {name!r}", f"Themes: {known}")
        return name


def glyphs_for_terminal() -> str:
    """Return the best character set of the terminal: braille, or ASCII without Unicode or on the console."""
    if os.environ.get("TERM", "") in {"linux", "vt100", "vt220", "dumb"} or not supports_unicode():
        return "ascii"
    return "braille"
