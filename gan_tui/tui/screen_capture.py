"""What a screen shows, as SVG and as text."""

from __future__ import annotations

import re

from textual.screen import Screen

from gan_tui.tui.output import textual_private


def as_svg(screen: Screen[object], title: str = "gan-tui") -> str:
    """Return the screen as an SVG that loads nothing from the web.

    Args:
        screen: The screen on top.
        title: Title of the window drawn around it.
    """
    return without_fonts(screen.app.export_screenshot(title=title))


def as_text(screen: Screen[object]) -> str:
    """Return the screen as plain text, one line for each row."""
    strips = textual_private.rendered_strips(screen)
    rows = ("".join(segment.text for segment in strip if not segment.control) for strip in strips)
    return "".join(row.rstrip() + "\n" for row in rows)


def without_fonts(svg: str) -> str:
    """Remove an SVG's references to fonts on the web; it is shown in the viewer's monospace font."""
    return re.sub(r"@font-face\s*\{[^}]*\}", "", svg)
