"""Other monitors, from their start until they show the same log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench import Options

PACKAGES: tuple[tuple[str, ...], ...] = ()


def openers(path: Path, scalars: int, options: Options) -> dict[str, Callable[[], tuple[float, float]]]:
    """What opens a log in each of them: seconds until it is shown, and of CPU."""
    del path, scalars, options
    return {}
