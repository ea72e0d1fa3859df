"""The bundled run of `gan-tui demo`: a real training that collapses."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from gan_tui.monitoring.monitor import Monitor
from gan_tui.report.text import as_text
from gan_tui.terminal.text_style import TextStyle


def demo_path() -> Path:
    """The bundled log, as it lies in the installed package."""
    return Path(str(files("gan_tui") / "data" / "demo"))


def demo_story(style: TextStyle) -> str:
    """What the demo shows, as text, for where there is no terminal."""
    return as_text(Monitor([demo_path()], watch=False).read_all().runs, style)
