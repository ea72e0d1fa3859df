"""Settings with their origins as text, for `gan-tui config` and for reports."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from gan_tui.config.paths import (
    SETTINGS_FILE,
    STANDARD_INPUT,
    log_settings_file,
    state_file,
    user_settings_file,
)
from gan_tui.config.settings import Settings
from gan_tui.sanitize import clean

BUILT_IN = "built in"
DEFAULTS = {
    "format": "detected from the content",
    "objective": "inferred from the curves",
    "scale": "inferred from the curves",
    "theme": "the best that the terminal supports",
    "glyphs": "the best that the terminal supports",
    "pictures": "the best that the terminal supports",
}
"""What a setting without a value does."""


def settings_rows(settings: Settings) -> list[tuple[str, str, str]]:
    """Return every setting as name, value and origin; each role has a row."""
    values = {
        "format": settings.format,
        "objective": settings.objective,
        "scale": settings.scale,
        "ignore": ", ".join(settings.ignore) or None,
        "theme": settings.theme,
        "glyphs": None if settings.glyphs == "auto" else settings.glyphs,
        "pictures": None if settings.pictures == "auto" else settings.pictures,
        "fps": f"{settings.fps:g}",
    }
    rows = [
        (name, clean(value or DEFAULTS.get(name, "none"), 300), settings.origin.get(name, BUILT_IN))
        for name, value in values.items()
    ]
    for name, role in settings.roles.items():
        origin = settings.origin.get(f"role of {name}", settings.origin.get("roles", BUILT_IN))
        rows.append((f"role of {clean(name, 60)}", role, origin))
    return rows


def reading_settings(settings: Settings) -> dict[str, str]:
    """Return the settings that the user chose and that change how logs are read: a report must name them."""
    reading = ("format", "objective", "scale", "ignore")
    return {
        name: f"{value} ({origin})"
        for name, value, origin in settings_rows(settings)
        if origin != BUILT_IN and (name in reading or name.startswith("role of "))
    }


def as_text(
    settings: Settings, paths: Sequence[str], environment: Mapping[str, str], known: Mapping[str, str]
) -> Iterator[str]:
    """Yield the lines that `gan-tui config` prints.

    Args:
        settings: The settings in force.
        paths: The logs that the settings are for.
        environment: All environment variables.
        known: Name of each variable that the program reads to what it sets.
    """
    rows = settings_rows(settings)
    name_width, value_width = (max(len(row[i]) for row in rows) for i in (0, 1))
    for name, value, origin in rows:
        yield f"{name.ljust(name_width)}  {value.ljust(min(value_width, 40))}  {clean(origin, 300)}"
    yield ""
    yield "Files, later ones win:"
    logs = [path for path in paths if path != STANDARD_INPUT]
    for file in dict.fromkeys([user_settings_file(), *map(log_settings_file, logs)]):
        yield f"  {clean(file, 300)}  {_presence(file)}"
    for path in logs:
        yield f"  {clean(state_file(path), 300)}  {_presence(state_file(path))}; saved by the screen"
    if not paths:
        yield f"  {SETTINGS_FILE} next to a log: add the path of the log, gan-tui config PATH"
    variables = sorted(name for name in environment if name.startswith("GAN_TUI_"))
    if variables:
        yield ""
        yield "Environment variables:"
        for name in variables:
            meaning = known.get(name, "no such option")
            yield f"  {clean(name, 80)}={clean(environment[name], 120)}  ({meaning})"


def _presence(file: str) -> str:
    # In a folder that may not be entered, os.path says that there is no file; pathlib would raise.
    return "read" if os.path.isfile(file) else "not found"  # noqa: PTH113
