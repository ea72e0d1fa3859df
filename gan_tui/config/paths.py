"""Where settings and state files are: XDG folders and file names."""

# os.path instead of pathlib: importing pathlib would dominate this module's run time.
# ruff: noqa: PTH100, PTH111, PTH112, PTH117, PTH118, PTH120

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS_FILE = "gan-tui.toml"
STANDARD_INPUT = "-"
"""The path that means standard input."""
NO_FOLDER = os.devnull
"""Stands for a folder that does not exist: it cannot contain a file."""


def user_settings_file() -> str:
    """Return the path of the user's own settings file, in the XDG configuration folder."""
    return os.path.join(_user_folder("XDG_CONFIG_HOME", ".config"), "gan-tui", SETTINGS_FILE)


def log_settings_file(path: str | Path) -> str:
    """Return the path of the settings file for the log or folder `path`: in it or next to it."""
    text = os.fspath(path)
    return os.path.join(text if os.path.isdir(text) else os.path.dirname(text), SETTINGS_FILE)


def state_folder() -> str:
    """Return the folder for what is kept between starts; it is never inside a log folder."""
    return os.path.join(_user_folder("XDG_STATE_HOME", ".local/state"), "gan-tui")


def state_file(path: str | Path) -> str:
    """Return the path of the state file for the logs at `path`."""
    absolute = os.path.abspath(path)  # resolves `..`, which leads to the same log
    name = absolute.encode("utf-8", "surrogatepass")  # a path need not be valid text
    return os.path.join(state_folder(), f"{_hash(name):032x}.json")


def _user_folder(variable: str, below_home: str) -> str:
    """Return one of the user's XDG folders, or `NO_FOLDER` for a user without a home folder.

    A relative path in `variable` is ignored, as the XDG specification requires: it could be inside a log
    folder.
    """
    folder = os.environ.get(variable, "")
    if os.path.isabs(folder):
        return folder
    home = os.path.expanduser("~")
    return os.path.join(home, below_home) if os.path.isabs(home) else NO_FOLDER


def _hash(name: bytes) -> int:
    """Return the FNV-1a hash, 128 bits: importing `hashlib` takes longer than reading the state file."""
    key = 0x6C62272E07BB014262B821756295C58D
    for byte in name:
        key = (key ^ byte) * 0x1000000000000000000013B & ((1 << 128) - 1)
    return key
