"""What the app knows of colours and characters."""

from __future__ import annotations

import os
from typing import Any

from textual.app import App

from gan_tui.charts.canvas import GLYPHS
from gan_tui.errors import UsageError
from gan_tui.terminal.capabilities import supports_unicode
from gan_tui.tui.theme import palette as colours


class ThemedApp(App[None]):
    """Part of the app: its themes, and the styles that widgets paint with.

    Args:
        glyphs: "braille", "block", "ascii", or "auto" for what the terminal can show.
        theme: As for the app.
        options: Those of Textual.
    """

    def __init__(self, glyphs: str, theme: str | None, **options: Any) -> None:  # noqa: ANN401
        self.colourless = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM", "").startswith("vt")
        # Without colour the terminal's own two are left alone: nothing is turned into shades of grey.
        super().__init__(ansi_color=True if self.colourless else None, **options)
        chosen = glyphs_for_terminal() if glyphs == "auto" else glyphs
        self.ascii = chosen == "ascii"
        self.glyphs = GLYPHS[chosen]
        self._painted: tuple[str, colours.Paint] | None = None
        for known in colours.themes():
            self.register_theme(known)
        self.theme = self.theme_named(theme)

    @property
    def monochrome(self) -> bool:
        """Whether there is no colour to tell curves and badges apart."""
        return self.colourless or self.theme == "gan-mono"

    @property
    def dark(self) -> bool:
        """Whether the current theme is a dark one."""
        return self.current_theme.dark

    @property
    def few_colours(self) -> bool:
        """Whether pictures are drawn in shades of ink: without colour, with sixteen, or in ASCII."""
        return (
            self.ascii
            or self.monochrome
            or self.theme in {"gan-ansi", "gan-ansi-light"}
            or bool(self.ansi_color)
        )

    @property
    def paint(self) -> colours.Paint:
        """The styles of the theme that holds."""
        if self._painted is None or self._painted[0] != self.theme:
            self._painted = (self.theme, colours.Paint(self.get_css_variables(), mono=self.monochrome))
        return self._painted[1]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The palette, for themes that are not ours: theirs is the paper, ours the ink of the curves."""
        current = self.current_theme
        if current.ansi:
            return colours.variables("ansi" if current.dark else "ansi-light")
        values = colours.variables("dark" if current.dark else "light")
        if current.background and current.surface:
            values |= {"gan-paper": current.background, "gan-raised": current.panel or current.surface}
        return values

    def watch_theme(self) -> None:
        """Paint everything anew."""
        for screen in self.screen_stack if self._running else []:
            if isinstance(screen, colours.Restyled):
                screen.restyle()

    def next_theme(self) -> None:
        """Switch to the next of our themes."""
        ours = [known.name for known in colours.themes()]
        at = ours.index(self.theme) if self.theme in ours else -1
        self.theme = ours[(at + 1) % len(ours)]

    def theme_named(self, name: str | None) -> str:
        """The registered name of a theme; without one, that for what the terminal can show.

        Raises:
            UsageError: No such theme.
        """
        name = colours.ALIASES.get(name or "", name)
        if name is None:
            few = self.console.color_system == "standard"
            name = "mono" if self.colourless else "ansi" if few else "dark"
        if name in colours.NAMES:
            return f"gan-{name}"
        if name not in self.available_themes:
            known = ", ".join((*colours.NAMES, *sorted(self.available_themes)))
            raise UsageError(f"there is no theme {name!r}", f"Themes: {known}")
        return name


def glyphs_for_terminal() -> str:
    """What the terminal can show: braille, or ASCII on the Linux console and where it is no Unicode."""
    if os.environ.get("TERM", "") in {"linux", "vt100", "vt220", "dumb"} or not supports_unicode():
        return "ascii"
    return "braille"
