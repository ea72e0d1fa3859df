"""Options that several commands share, and their values as settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from gan_tui.errors import UsageError

if TYPE_CHECKING:
    from gan_tui.config.settings import Settings

BADGES = ("converging", "oscillating", "diverged", "collapse")
"""The badges that options may name."""


if TYPE_CHECKING:
    _Text = click.ParamType[str]
else:  # generic only from click 8.4
    _Text = click.ParamType


class _Line(_Text):
    """A string that may contain spaces; an environment variable with several has one on each line."""

    name = "text"
    envvar_list_splitter = "\n"


LINE = _Line()

path_arguments = click.argument("paths", nargs=-1, required=True, metavar="PATH...")


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for how logs are read."""
    for option in (
        click.option("--role", "roles", multiple=True, metavar="NAME=ROLE", envvar="GAN_TUI_ROLE", type=LINE,
                     help="Set the role of a series whose name misleads (NAME=none takes its role away)."),
        click.option("--format", "format_name", metavar="FORMAT", envvar="GAN_TUI_FORMAT",
                     help="Read every log in this format."),
    ):  # fmt: skip
        command = option(command)
    return command


def screen_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for how the screen is drawn."""
    for option in (
        click.option("--theme", metavar="NAME", envvar="GAN_TUI_THEME",
                     help="Colours: dark, light, ansi-dark, ansi-light, mono, or one of Textual's themes."),
        click.option("--fps", type=click.FloatRange(0.1, 60), envvar="GAN_TUI_FPS",
                     help="Maximum frames per second (4 by default)."),
        click.option("--glyphs", type=click.Choice(["auto", "braille", "block", "ascii"]),
                     envvar="GAN_TUI_GLYPHS",
                     help="Characters for charts; by default the best that the terminal supports."),
        click.option("--pictures", type=click.Choice(["auto", "blocks", "kitty", "sixel"]),
                     envvar="GAN_TUI_PICTURES",
                     help="How to show sample images; by default the best that the terminal supports."),
    ):  # fmt: skip
        command = option(command)
    return command


def parse_badges(text: str) -> set[str]:
    """Return the badges in a comma-separated list.

    Raises:
        UsageError: One of them does not exist.
    """
    badges = {word.strip() for word in text.split(",") if word.strip()}
    unknown = sorted(badges - set(BADGES))
    if unknown:
        raise UsageError(f"unknown badge {unknown[0]!r}", "Badges: " + ", ".join(BADGES))
    return badges


def parse_seconds(text: str) -> float:
    """Return the seconds in "90", "90s", "15m", "2h" or "1d".

    Raises:
        UsageError: It is none of these.
    """
    units: Mapping[str, float] = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
    number, unit = (text[:-1], text[-1]) if text and text[-1] in units else (text, "s")
    try:
        seconds = float(number) * units[unit]
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e10:
        raise UsageError(f"{text!r} is not a duration", "Write 90s, 15m, 2h or 1d")
    return seconds


def parse_roles(pairs: Sequence[str]) -> dict[str, str]:
    """Return role by series name, from texts such as "errD=d_loss".

    Raises:
        UsageError: One is not NAME=ROLE, or there is no such role.
    """
    if not pairs:
        return {}
    from gan_tui.run.roles.inference import NO_ROLE, ROLES  # noqa: PLC0415

    roles = {}
    for pair in pairs:
        name, equals, role = pair.rpartition("=")
        if not equals or (role not in ROLES and role != NO_ROLE):
            raise UsageError(f"--role {pair!r} is not NAME=ROLE", f"Roles: {', '.join(ROLES)}, {NO_ROLE}")
        roles[name] = role
    return roles


def make_settings(
    paths: Sequence[str],
    roles: Sequence[str] = (),
    format_name: str | None = None,
    *,
    glyphs: str | None = None,
    fps: float | None = None,
    theme: str | None = None,
    pictures: str | None = None,
) -> Settings:
    """Return the settings for these logs: those from files and from the screen, overridden by the options.

    Raises:
        UsageError: A settings file, a role or a format is invalid.
    """
    from gan_tui.config.settings import load_settings, override  # noqa: PLC0415
    from gan_tui.logs.formats.registry import by_name  # noqa: PLC0415

    settings = load_settings([path for path in paths if path != "-"])
    options = {"format": format_name, "glyphs": glyphs, "fps": fps, "theme": theme, "pictures": pictures}
    entries: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    if roles:
        entries["roles"] = parse_roles(roles)
    settings = override(settings, entries, _origins())
    if settings.format:
        by_name(settings.format)
    return settings


def _origins() -> dict[str, str]:
    """Return where the value of each option of the running command comes from, by the setting's name."""
    context = click.get_current_context(silent=True)
    if context is None:
        return {}
    origins: dict[str, str] = {}
    for option in context.command.params:
        if not isinstance(option, click.Option) or option.name is None:
            continue
        setting = "format" if option.name == "format_name" else option.name
        origins[setting] = f"option {option.opts[0]}"
        if context.get_parameter_source(option.name) is click.core.ParameterSource.ENVIRONMENT:
            variables = environment_variables(option, context.info_name or "")
            variable = next(name for name in variables if name in os.environ)
            origins[setting] = f"environment variable {variable}"
    return origins


def environment_variables(option: click.Option, command: str) -> list[str]:
    """Return the environment variables that an option of a command is read from; the first one set wins."""
    shared = [option.envvar] if isinstance(option.envvar, str) else []
    return [*shared, f"GAN_TUI_{command}_{option.name}".upper().replace("-", "_")]
