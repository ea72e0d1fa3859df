"""Options that several commands share, and what their words mean."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from gan_tui.errors import GanTuiError, LogNotFoundError, UsageError

if TYPE_CHECKING:
    from gan_tui.config.settings import Settings

FINE, FAILED, WRONG = 0, 1, 2
"""Exit codes: nothing to object to; a badge named by --fail-on; wrong use or nothing readable."""

BADGES = ("converging", "oscillating", "diverged", "collapse")


if TYPE_CHECKING:
    _Text = click.ParamType[str]
else:  # generic from click 8.4 on only
    _Text = click.ParamType


class _Line(_Text):
    """Text that may hold spaces: of several in one variable each stands on a line of its own."""

    name = "text"
    envvar_list_splitter = "\n"


LINE = _Line()


def reading(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how logs are read."""
    for option in (
        click.option("--role", "roles", multiple=True, metavar="NAME=ROLE", envvar="GAN_TUI_ROLE", type=LINE,
                     help="Say which curve is whose, where the names mislead (NAME=none takes a role away)."),
        click.option("--format", "format_name", metavar="FORMAT", envvar="GAN_TUI_FORMAT",
                     help="Read every log in this format."),
    ):  # fmt: skip
        command = option(command)
    return command


def showing(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how the screen is drawn."""
    for option in (
        click.option("--theme", metavar="NAME", envvar="GAN_TUI_THEME",
                     help="Colours: dark, light, ansi-dark, ansi-light, mono, or one of Textual's themes."),
        click.option("--fps", type=click.FloatRange(0.1, 60), envvar="GAN_TUI_FPS",
                     help="Frames a second, at most; 4 unless set."),
        click.option("--glyphs", type=click.Choice(["auto", "braille", "block", "ascii"]),
                     envvar="GAN_TUI_GLYPHS",
                     help="What the charts are drawn with; what the terminal can show unless set."),
        click.option("--pictures", type=click.Choice(["auto", "blocks", "kitty", "sixel"]),
                     envvar="GAN_TUI_PICTURES",
                     help="How logged samples are shown; as the terminal can unless set."),
    ):  # fmt: skip
        command = option(command)
    return command


path_arguments = click.argument("paths", nargs=-1, required=True, metavar="PATH...")


def badges_of(words: str) -> set[str]:
    """Names of badges, comma separated."""
    chosen = {w.strip() for w in words.split(",") if w.strip()}
    unknown = sorted(chosen - set(BADGES))
    if unknown:
        raise UsageError(f"no badge is called {unknown[0]!r}", "Badges: " + ", ".join(BADGES))
    return chosen


def parse_seconds(words: str) -> float:
    """Seconds out of "90", "90s", "15m", "2h" or "1d".

    Raises:
        UsageError: It is none of these.
    """
    units: Mapping[str, float] = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
    number, unit = (words[:-1], words[-1]) if words and words[-1] in units else (words, "s")
    try:
        seconds = float(number) * units[unit]
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e10:
        raise UsageError(f"{words!r} is no length of time", "Write 90s, 15m, 2h or 1d")
    return seconds


def settings_of(
    paths: Sequence[str],
    roles: Sequence[str] = (),
    format_name: str | None = None,
    *,
    glyphs: str | None = None,
    fps: float | None = None,
    theme: str | None = None,
    pictures: str | None = None,
) -> Settings:
    """What holds for these logs: settings files and corrections, the options before them.

    Raises:
        UsageError: A settings file, a role or a format cannot be understood.
    """
    from gan_tui.config.settings import load_settings, override  # noqa: PLC0415
    from gan_tui.logs.formats.registry import by_name  # noqa: PLC0415

    held = load_settings([path for path in paths if path != "-"])
    options = {"format": format_name, "glyphs": glyphs, "fps": fps, "theme": theme, "pictures": pictures}
    held = override(held, {name: v for name, v in options.items() if v is not None}, _origins())
    held = override(held, {"roles": given} if (given := roles_of(roles)) else {}, _origins())
    if held.format:
        by_name(held.format)
    return held


def _origins() -> dict[str, str]:
    """Where each option of the running command comes from."""
    context = click.get_current_context(silent=True)
    said: dict[str, str] = {}
    for parameter in context.command.params if context is not None else ():
        if context is None or not isinstance(parameter, click.Option) or parameter.name is None:
            continue
        name = {"roles": "roles", "format_name": "format"}.get(parameter.name, parameter.name)
        said[name] = f"option {parameter.opts[0]}"
        if context.get_parameter_source(parameter.name) is click.core.ParameterSource.ENVIRONMENT:
            names = variables_of(parameter, context.info_name or "")
            said[name] = f"environment variable {next(n for n in names if n in os.environ)}"
    return said


def variables_of(option: click.Option, command: str) -> list[str]:
    """The environment variables that an option of a command is read from, the first one that is set."""
    own = [option.envvar] if isinstance(option.envvar, str) else []
    return [*own, f"GAN_TUI_{command}_{option.name}".upper().replace("-", "_")]


def roles_of(words: Sequence[str]) -> dict[str, str]:
    """Roles by series name, out of words such as "errD=d_loss"."""
    if not words:
        return {}
    from gan_tui.run.roles.inference import ROLES  # noqa: PLC0415

    chosen = {}
    for word in words:
        name, equals, role = word.rpartition("=")
        if not equals or (role not in ROLES and role != "none"):
            raise UsageError(f"--role {word!r} is not NAME=ROLE", "Roles: " + ", ".join(ROLES) + ", none")
        chosen[name] = role
    return chosen


def nothing_in(paths: Sequence[str]) -> GanTuiError:
    """What is said where nothing readable was found."""
    return LogNotFoundError(
        f"no readable point in {', '.join(paths)}",
        "gan-tui reads CSV and TSV, TensorBoard event files, JSON lines, loss_log.txt and console logs;"
        " --format says which where it cannot tell",
    )
