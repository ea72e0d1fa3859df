"""Which settings hold and where they come from, as said by `gan-tui config` and in reports."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from gan_tui.config.settings import Settings, beside, state_file, user_file
from gan_tui.sanitize import clean

BUILT_IN = "built in"
UNSET = {
    "format": "told from the content",
    "objective": "told from the curves",
    "scale": "told from the curves",
    "theme": "what the terminal can show",
    "glyphs": "what the terminal can show",
    "pictures": "what the terminal can show",
}
"""What happens where nothing is set."""


def held_settings(settings: Settings) -> list[tuple[str, str, str]]:
    """Every setting as name, value and where it comes from; a role is a row of its own."""
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
        (name, clean(value or UNSET.get(name, "none"), 300), settings.origin.get(name, BUILT_IN))
        for name, value in values.items()
    ]
    for name, role in settings.roles.items():
        origin = settings.origin.get(f"role of {name}", settings.origin.get("roles", BUILT_IN))
        rows.append((f"role of {clean(name, 60)}", role, origin))
    return rows


def chosen_settings(settings: Settings) -> dict[str, str]:
    """What a person has chosen of how logs are read: the settings that a report must name."""
    reading = ("format", "objective", "scale", "ignore")
    return {
        name: f"{value} ({origin})"
        for name, value, origin in held_settings(settings)
        if origin != BUILT_IN and (name in reading or name.startswith("role of "))
    }


def as_text(
    settings: Settings, paths: Sequence[str], environment: Mapping[str, str], known: Mapping[str, str]
) -> Iterator[str]:
    """What `gan-tui config` prints, line by line.

    Args:
        settings: What holds.
        paths: The logs that were asked about.
        environment: The variables that are set.
        known: What each variable that is read stands for.
    """
    rows = held_settings(settings)
    first, second = (max(len(row[i]) for row in rows) for i in (0, 1))
    for name, value, origin in rows:
        yield f"{name.ljust(first)}  {value.ljust(min(second, 40))}  {clean(origin, 300)}"
    yield ""
    yield "Looked for, later ones win:"
    files = dict.fromkeys([user_file(), *(beside(path) for path in paths if path != "-")])
    for file in files:
        yield f"  {clean(file, 300)}  {_there(file)}"
    for path in paths:
        if path != "-":
            yield f"  {clean(state_file(path), 300)}  {_there(state_file(path))}, kept from the screen"
    if not paths:
        yield "  gan-tui.toml beside a log: say gan-tui config PATH"
    own = sorted(name for name in environment if name.startswith("GAN_TUI_"))
    if own:
        yield ""
        yield "Environment variables:"
        for name in own:
            meant = known.get(name, "no option is called so")
            yield f"  {clean(name, 80)}={clean(environment[name], 120)}  ({meant})"


def _there(file: str) -> str:
    # A folder that may not be entered holds nothing for us: os.path says no, pathlib raises.
    return "read" if os.path.isfile(file) else "not there"  # noqa: PTH113
