"""State kept between starts, per log path: roles that the user set, and the saved view of the screen."""

# os.path instead of pathlib: importing pathlib would dominate this module's run time.
# ruff: noqa: PTH100, PTH103, PTH105, PTH108, PTH112, PTH120, PTH123

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gan_tui.config.paths import NO_FOLDER, STANDARD_INPUT, state_file, state_folder
from gan_tui.run.roles.inference import NO_ROLE, ROLES

if TYPE_CHECKING:
    from pathlib import Path


def load_state(path: str | Path) -> dict[str, Any]:
    """Return the state saved for the logs at `path`; empty if there is none or it cannot be read."""
    if not os.path.isdir(state_folder()):
        return {}
    try:
        with open(state_file(path), encoding="utf-8") as file:
            import json  # noqa: PLC0415 - most logs have no state file

            state = json.load(file)
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def save_state(path: str | Path, **entries: object) -> str:
    """Add `entries` to the state saved for the logs at `path`.

    Returns:
        Why they could not be saved, or "". It does not raise: a full disk must not stop the monitor.
    """
    import json  # noqa: PLC0415

    file, folder = state_file(path), state_folder()
    if folder.startswith(NO_FOLDER + os.sep):
        return "there is no home folder: set HOME or XDG_STATE_HOME"
    temporary = f"{file.removesuffix('.json')}.{os.getpid()}.tmp"
    try:
        os.makedirs(folder, exist_ok=True)
        state = {**load_state(path), "path": os.path.abspath(path), **entries}
        with open(temporary, "w", encoding="utf-8") as written:
            json.dump(state, written, indent=1)
        os.replace(temporary, file)
    except OSError as error:
        with suppress(OSError):
            os.unlink(temporary)
        return f"{folder}: {error.strerror or error}"
    return ""


def load_roles(path: str | Path) -> dict[str, str]:
    """Return the roles that the user set for the logs at `path`, by series name."""
    roles = load_state(path).get("roles")
    if not isinstance(roles, dict):
        return {}
    return {str(name): role for name, role in roles.items() if role in ROLES or role == NO_ROLE}


def save_role(path: str | Path, name: str, role: str) -> str:
    """Save that the series `name` has `role`; "" goes back to the inferred role.

    Returns:
        Why it could not be saved, or "".
    """
    roles = load_roles(path)
    if role:
        return save_state(path, roles={**roles, name: role})
    if name not in roles:
        return ""
    del roles[name]
    return save_state(path, roles=roles)


def state_paths_of_run(path: str, logs: Sequence[str]) -> list[str]:
    """Return the paths under which the state of a run may be saved: its folder, its logs, and its path."""
    if path == STANDARD_INPUT:
        return [path]
    folder = [] if os.path.isdir(path) else [os.path.dirname(path) or os.curdir]
    return list(dict.fromkeys([*folder, *logs, path]))


def save_role_of_run(path: str, logs: Sequence[str], name: str, role: str) -> str:
    """Save a role as `save_role` does, and delete roles of that series saved under the run's other paths."""
    problems = [save_role(other, name, "") for other in state_paths_of_run(path, logs) if other != path]
    problems.append(save_role(path, name, role))
    return next((problem for problem in problems if problem), "")
