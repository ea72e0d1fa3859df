"""Settings: their values, the TOML files they are read from, and which source wins.

Later ones win: built-in defaults, the user's `gan-tui.toml`, the one next to the log, roles set on the
screen, environment variables, options (click reads the last two).
"""

# os.path instead of pathlib: importing pathlib would dominate this module's run time.
# ruff: noqa: PTH100, PTH113

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from gan_tui.config.paths import STANDARD_INPUT, log_settings_file, user_settings_file
from gan_tui.config.state import load_roles, state_paths_of_run
from gan_tui.errors import UsageError
from gan_tui.logs.files.opening import open_file
from gan_tui.run.objective.objective import LossScale, ObjectiveKind
from gan_tui.run.roles.inference import NO_ROLE, ROLES

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 1 << 20
"""A larger settings file is refused."""
SET_ON_SCREEN = "set on the screen"
"""The origin of roles that the user set in the program."""
RUN_SETTINGS = ("roles", "objective", "scale", "ignore")
"""Settings that a file next to one of several runs may give; all others hold for the whole program."""
PICTURES = ("auto", "blocks", "kitty", "sixel")
GLYPHS = ("auto", "braille", "block", "ascii")


class Settings(Struct, frozen=True):
    """What the user has chosen. Log folders may set how logs are read, never a command to run."""

    format: str | None = None
    """The format of every log; detected from the content if None."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """Series name to role; "none" takes a role away."""
    objective: str | None = None
    """The GAN loss: bce, hinge, least-squares, wasserstein, relativistic."""
    scale: str | None = None
    """Whether D's loss is the sum or the mean of its real and fake terms."""
    ignore: tuple[str, ...] = ()
    """Series that are not shown; `*` and `?` match any characters."""
    glyphs: str = "auto"
    """The characters that charts are drawn with: auto, braille, block, ascii."""
    pictures: str = "auto"
    """How sample images are shown: auto for the best that the terminal supports, blocks, kitty, sixel."""
    fps: float = 4.0
    """Maximum frames per second."""
    theme: str | None = None
    """The colours of the screen."""
    origin: Mapping[str, str] = field(default_factory=dict)
    """The origin of each setting that is not built in."""
    files: tuple[str, ...] = ()
    """The settings files that were read."""

    def ignores(self, name: str) -> bool:
        """Return whether the series `name` is hidden."""
        return any(fnmatchcase(name, pattern) for pattern in self.ignore)


def load_settings(paths: Sequence[str | Path]) -> Settings:
    """Return the settings for the logs under `paths`, without options and environment variables.

    Raises:
        UsageError: A settings file is invalid; the message names the file and the entry.
    """
    settings = Settings()
    files = [user_settings_file(), *dict.fromkeys(log_settings_file(path) for path in paths)]
    for file in files:
        # In a folder that may not be entered, os.path says that there is no file; pathlib would raise.
        if os.path.isfile(file):
            settings = replace(
                _merged(settings, read_settings_file(file), file), files=(*settings.files, file)
            )
    for path in paths:
        roles = load_roles(path)
        if roles:
            settings = _merged(settings, {"roles": roles}, SET_ON_SCREEN)
    return settings


def settings_of_run(settings: Settings, path: str, logs: Sequence[str]) -> Settings:
    """Return the settings of one run: `settings` with its own `gan-tui.toml` and the roles set for it.

    Args:
        settings: The settings for all runs.
        path: The run's path.
        logs: Paths of its logs.

    Raises:
        UsageError: A settings file is invalid.
    """
    merged = settings
    folders = [] if path == STANDARD_INPUT else [path, *logs]
    known = set(map(os.path.abspath, settings.files))
    for file in dict.fromkeys(log_settings_file(folder) for folder in folders):
        if os.path.isfile(file) and os.path.abspath(file) not in known:
            entries = {k: v for k, v in read_settings_file(file).items() if k in RUN_SETTINGS}
            merged = _merged(merged, _without_overridden(settings, entries), file)
    for state_path in state_paths_of_run(path, logs):
        roles = load_roles(state_path)
        if roles:
            merged = _merged(merged, _without_overridden(settings, {"roles": roles}), SET_ON_SCREEN)
    return merged


def override(settings: Settings, entries: Mapping[str, Any], origins: Mapping[str, str]) -> Settings:
    """Return `settings` with `entries` in place of their old values, and with their `origins`."""
    for name, value in entries.items():
        settings = _merged(settings, {name: value}, origins.get(name, "option"))
    return settings


def read_settings_file(file: str) -> dict[str, Any]:
    """Read and check one settings file.

    Raises:
        UsageError: It is not TOML, too large, or has an unknown entry or one of the wrong type.
    """
    import tomllib  # noqa: PLC0415 - most users have no settings file

    try:
        with open_file(file) as opened:  # never a pipe or device: others may write to that folder
            content = opened.read(MAX_BYTES + 1) or b""
        if len(content) > MAX_BYTES:
            raise UsageError(f"{file} is larger than 1 MB", "Remove it or make it shorter")
        entries = tomllib.loads(content.decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}", "Correct or remove it") from error
    for name, value in entries.items():
        problem = _problem(name, value)
        if problem:
            raise UsageError(f"{file}: {name}: {problem}", "Run gan-tui config to list all settings")
    if "ignore" in entries:
        entries["ignore"] = tuple(entries["ignore"])
    return entries


def _problem(name: str, value: object) -> str:  # noqa: PLR0911 - one return per entry
    """Return what is wrong with an entry, or ""."""
    if name == "roles":
        if not isinstance(value, dict):
            return 'expected a table: [roles] with lines such as "my loss" = "d_loss"'
        unknown = [role for role in value.values() if role not in ROLES and role != NO_ROLE]
        return f"unknown role {unknown[0]!r}; roles are {', '.join(ROLES)}, {NO_ROLE}" if unknown else ""
    if name == "objective":
        return _check_choice(value, [str(kind) for kind in ObjectiveKind])
    if name == "scale":
        return _check_choice(value, [str(scale) for scale in LossScale])
    if name == "pictures":
        return _check_choice(value, PICTURES)
    if name == "glyphs":
        return _check_choice(value, GLYPHS)
    if name == "ignore":
        valid = isinstance(value, list) and all(isinstance(entry, str) for entry in value)
        return "" if valid else 'expected a list of names: ["lr", "val/*"]'
    if name == "fps":
        valid = isinstance(value, int | float) and 0.1 <= value <= 60
        return "" if valid else "expected a number from 0.1 to 60"
    if name in ("format", "theme"):
        return "" if isinstance(value, str) else "expected a name"
    known = [name for name in Settings.__struct_fields__ if name not in ("origin", "files")]
    return f"unknown setting; settings are {', '.join(known)}"


def _check_choice(value: object, choices: Sequence[str]) -> str:
    return "" if value in choices else f"{value!r} is not one of {', '.join(choices)}"


def _merged(settings: Settings, entries: Mapping[str, Any], origin: str) -> Settings:
    changes = dict(entries)
    origins = {**settings.origin, **dict.fromkeys(entries, origin)}
    if "roles" in changes:
        origins |= {f"role of {name}": origin for name in changes["roles"]}
        changes["roles"] = {**settings.roles, **changes["roles"]}
    return replace(settings, **changes, origin=origins)


def _without_overridden(settings: Settings, entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries that no option and no environment variable sets."""
    overridden = {
        name for name, origin in settings.origin.items() if origin.startswith(("option", "environment"))
    }
    kept = {name: value for name, value in entries.items() if name == "roles" or name not in overridden}
    if "roles" in kept:
        kept["roles"] = {n: role for n, role in kept["roles"].items() if f"role of {n}" not in overridden}
    return kept
