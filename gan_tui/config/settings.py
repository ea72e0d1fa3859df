"""Settings: what holds, and where it comes from.

Later ones win: built in, the user's `gan-tui.toml`, the one beside the log, corrections made on the
screen, environment variables and options (those two are click's).
"""

# Plain strings: to load pathlib takes longer than all that is done here, of a thousand runs as of one.
# ruff: noqa: PTH100, PTH111, PTH103, PTH105, PTH108, PTH112, PTH113, PTH117, PTH118, PTH120, PTH123

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from gan_tui.errors import UsageError
from gan_tui.logs.files.opening import open_file
from gan_tui.run.objective.objective import LossScale, ObjectiveKind
from gan_tui.run.roles.inference import ROLES

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "gan-tui.toml"
NOWHERE = os.devnull
"""Stands for a folder that there is not: nothing can lie in it."""
MOST_BYTES = 1 << 20
"""A settings file larger than this is none."""
SCREEN = "corrected on the screen"
"""Where such a role comes from."""
OF_A_RUN = ("roles", "objective", "scale", "ignore")
"""What a settings file beside a run may say where several runs are shown."""
PIPE = "-"
"""The path that stands for standard input."""
PICTURES = ("auto", "blocks", "kitty", "sixel")
GLYPHS = ("auto", "braille", "block", "ascii")


class Settings(Struct, frozen=True):
    """What a person has chosen. Log folders may set what is read, never what is run."""

    format: str | None = None
    """Read every log in this format instead of telling it from the content."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """Series name to role; "none" takes a role away."""
    objective: str | None = None
    """The GAN loss: bce, hinge, least-squares, wasserstein, relativistic."""
    scale: str | None = None
    """Whether D's loss adds its halves (sum) or averages them (mean)."""
    ignore: tuple[str, ...] = ()
    """Series that are not shown; `*` and `?` stand for any characters."""
    glyphs: str = "auto"
    """What charts are drawn with: auto, braille, block, ascii."""
    pictures: str = "auto"
    """How logged samples are shown: auto for what the terminal has, blocks, kitty, sixel."""
    fps: float = 4.0
    """Frames a second, at most."""
    theme: str | None = None
    """Colours of the screen."""
    origin: Mapping[str, str] = field(default_factory=dict)
    """Where each setting that is not built in comes from."""
    files: tuple[str, ...] = ()
    """The settings files that were read."""

    def ignores(self, name: str) -> bool:
        """Whether the series `name` is not to be shown."""
        return any(fnmatchcase(name, pattern) for pattern in self.ignore)


def settings_for(paths: Sequence[str | Path]) -> Settings:
    """The settings that hold for logs under `paths`, options and environment aside.

    Raises:
        UsageError: A settings file cannot be understood; the message names it and the entry.
    """
    held = Settings()
    files = [user_file(), *dict.fromkeys(beside(path) for path in paths)]
    for file in files:
        # A folder that may not be entered holds no settings for us: os.path says no, pathlib raises.
        if os.path.isfile(file):
            held = replace(_merged(held, read(file), file), files=(*held.files, file))
    for path in paths:
        kept = corrections(path)
        if kept:
            held = _merged(held, {"roles": kept}, SCREEN)
    return held


def user_file() -> str:
    """The user's own settings file, in the XDG configuration folder."""
    return os.path.join(_own_folder("XDG_CONFIG_HOME", ".config"), "gan-tui", FILE_NAME)


def _own_folder(variable: str, below_home: str) -> str:
    """A folder of the user's; `NOWHERE` where there is none, as for a user that the machine does not know.

    A relative one does not count, as the XDG specification has it: it could be inside a log folder.
    """
    chosen = os.environ.get(variable, "")
    if os.path.isabs(chosen):
        return chosen
    home = os.path.expanduser("~")
    return os.path.join(home, below_home) if os.path.isabs(home) else NOWHERE


def beside(path: str | Path) -> str:
    """Where a settings file for the logs at `path` lies."""
    place = os.fspath(path)
    return os.path.join(place if os.path.isdir(place) else os.path.dirname(place), FILE_NAME)


def read(file: str) -> dict[str, Any]:
    """The checked entries of one settings file.

    Raises:
        UsageError: It is no TOML, too large, or has an entry that is unknown or of a wrong kind.
    """
    import tomllib  # noqa: PLC0415 - most have no settings file

    try:
        with open_file(file) as opened:  # it may lie in a folder that others write in
            content = opened.read(MOST_BYTES + 1) or b""
        if len(content) > MOST_BYTES:
            raise UsageError(f"{file} is larger than a settings file can be", "Remove or shorten it")
        entries = tomllib.loads(content.decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}", "Mend or remove it") from error
    for name, value in entries.items():
        problem = _problem(name, value)
        if problem:
            raise UsageError(f"{file}: {name}: {problem}", "See gan-tui config")
    if "ignore" in entries:
        entries["ignore"] = tuple(entries["ignore"])
    return entries


def _problem(name: str, value: object) -> str:  # noqa: PLR0911 - one line an entry
    """What is wrong with an entry; "" where nothing is."""
    if name == "roles":
        if not isinstance(value, dict):
            return 'a table is needed: [roles] with lines such as "my loss" = "d_loss"'
        wrong = [r for r in value.values() if r not in ROLES and r != "none"]
        return f"{wrong[0]!r} is no role; there are {', '.join(ROLES)}, none" if wrong else ""
    if name == "objective":
        return _one_of(value, [str(k) for k in ObjectiveKind])
    if name == "scale":
        return _one_of(value, [str(s) for s in LossScale])
    if name == "pictures":
        return _one_of(value, PICTURES)
    if name == "glyphs":
        return _one_of(value, GLYPHS)
    if name == "ignore":
        sound = isinstance(value, list) and all(isinstance(v, str) for v in value)
        return "" if sound else 'a list of names is needed: ["lr", "val/*"]'
    if name == "fps":
        sound = isinstance(value, int | float) and 0.1 <= value <= 60
        return "" if sound else "a number from 0.1 to 60 is needed"
    if name in ("format", "theme"):
        return "" if isinstance(value, str) else "a name is needed"
    known = [name for name in Settings.__struct_fields__ if name not in ("origin", "files")]
    return f"there is no such setting; there are {', '.join(known)}"


def _one_of(value: object, words: Sequence[str]) -> str:
    return "" if value in words else f"{value!r} is none of {', '.join(words)}"


def chosen(held: Settings, entries: Mapping[str, Any], origins: Mapping[str, str]) -> Settings:
    """`held` with `entries` in place of what it said; `origins` tells where each comes from."""
    for name, value in entries.items():
        held = _merged(held, {name: value}, origins.get(name, "option"))
    return held


def _merged(held: Settings, entries: Mapping[str, Any], origin: str) -> Settings:
    changes = dict(entries)
    origins = {**held.origin, **dict.fromkeys(entries, origin)}
    if "roles" in changes:
        origins |= {f"role of {name}": origin for name in changes["roles"]}
        changes["roles"] = {**held.roles, **changes["roles"]}
    return replace(held, **changes, origin=origins)


# -- corrections made on the screen --------------------------------------------------------------------


def state_folder() -> str:
    """Where the program keeps what it remembers: never inside a log folder."""
    return os.path.join(_own_folder("XDG_STATE_HOME", ".local/state"), "gan-tui")


def state_file(path: str | Path) -> str:
    """What is remembered for the logs at `path`."""
    where = os.path.abspath(path)  # what `..` leads to is the same log
    name = where.encode("utf-8", "surrogatepass")  # it need not be text
    return os.path.join(state_folder(), f"{_key(name):032x}.json")


def _key(name: bytes) -> int:
    """FNV-1a, 128 bits: to load `hashlib` takes longer than to find and read what is remembered."""
    key = 0x6C62272E07BB014262B821756295C58D
    for byte in name:
        key = (key ^ byte) * 0x1000000000000000000013B & ((1 << 128) - 1)
    return key


def remembered(path: str | Path) -> dict[str, Any]:
    """All that is remembered for the logs at `path`; empty where nothing is, or it cannot be read."""
    if not os.path.isdir(state_folder()):
        return {}
    try:
        with open(state_file(path), encoding="utf-8") as kept:
            import json  # noqa: PLC0415 - of most logs nothing is remembered

            held = json.load(kept)
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


def remember(path: str | Path, **entries: object) -> str:
    """Keep `entries` for the logs at `path`.

    Returns:
        Why it could not be kept, "" where it was: a full disk must not hurt the monitor.
    """
    import json  # noqa: PLC0415

    file, folder = state_file(path), state_folder()
    if folder.startswith(NOWHERE + os.sep):
        return "there is no home folder: set HOME or XDG_STATE_HOME"
    scratch = f"{file.removesuffix('.json')}.{os.getpid()}.tmp"
    try:
        os.makedirs(folder, exist_ok=True)
        kept = {**remembered(path), "path": os.path.abspath(path), **entries}
        with open(scratch, "w", encoding="utf-8") as written:
            json.dump(kept, written, indent=1)
        os.replace(scratch, file)
    except OSError as error:
        with suppress(OSError):
            os.unlink(scratch)
        return f"{folder}: {error.strerror or error}"
    return ""


def corrections(path: str | Path) -> dict[str, str]:
    """Roles corrected on the screen for the logs at `path`, by series name."""
    roles = remembered(path).get("roles")
    if not isinstance(roles, dict):
        return {}
    return {str(name): role for name, role in roles.items() if role in ROLES or role == "none"}


def correct(path: str | Path, name: str, role: str) -> str:
    """Keep the correction that `name` has `role`, "" for the one that was inferred.

    Returns:
        Why it could not be kept, or "".
    """
    kept = {**corrections(path), name: role}
    if not role:
        del kept[name]
        if name not in corrections(path):
            return ""
    return remember(path, roles=kept)


# -- one of several runs -------------------------------------------------------------------------------


def places_of(path: str, logs: Sequence[str]) -> list[str]:
    """Where what was corrected on a run may be kept: under its folder, its logs, and as it is called now."""
    if path == PIPE:
        return [path]
    folder = [] if os.path.isdir(path) else [os.path.dirname(path) or os.curdir]
    return list(dict.fromkeys([*folder, *logs, path]))


def keep(path: str, logs: Sequence[str], name: str, role: str) -> str:
    """Keep the correction of a run, as `correct` does, and take back what was kept under its other names."""
    said = [correct(place, name, "") for place in places_of(path, logs) if place != path]
    said.append(correct(path, name, role))
    return next((problem for problem in said if problem), "")


def settings_of_run(held: Settings, path: str, logs: Sequence[str]) -> Settings:
    """What holds for one run: also a `gan-tui.toml` beside its logs, and what was corrected on it.

    Args:
        held: What holds for all runs that were asked for.
        path: The run's path.
        logs: Paths of its logs.

    Raises:
        UsageError: A settings file cannot be understood.
    """
    found = held
    folders = [] if path == PIPE else [path, *logs]
    known = set(map(os.path.abspath, held.files))
    for file in dict.fromkeys(beside(place) for place in folders):
        if os.path.isfile(file) and os.path.abspath(file) not in known:
            entries = {k: v for k, v in read(file).items() if k in OF_A_RUN}
            found = _merged(found, _not_chosen(held, entries), file)
    for place in places_of(path, logs):
        kept = corrections(place)
        if kept:
            found = _merged(found, _not_chosen(held, {"roles": kept}), SCREEN)
    return found


def _not_chosen(held: Settings, entries: Mapping[str, Any]) -> dict[str, Any]:
    """The entries that no option and no environment variable speaks of."""
    said = {name for name, origin in held.origin.items() if origin.startswith(("option", "environment"))}
    kept = {name: value for name, value in entries.items() if name == "roles" or name not in said}
    if "roles" in kept:
        kept["roles"] = {n: role for n, role in kept["roles"].items() if f"role of {n}" not in said}
    return kept
