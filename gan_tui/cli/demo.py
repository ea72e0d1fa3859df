"""The bundled log of `gan-tui demo`: a real training that collapses."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from gan_tui.monitoring.batch_reading import read_runs
from gan_tui.report.text import as_text
from gan_tui.terminal.text_style import TextStyle


def demo_path() -> Path:
    """Return the path of the bundled log in the installed package."""
    return Path(str(files("gan_tui") / "data" / "demo"))


def demo_text(style: TextStyle) -> str:
    """Return the diagnosis of the demo as text, for use without a terminal."""
    return as_text(read_runs([demo_path()]).runs, style)
