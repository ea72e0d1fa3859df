"""The runs found under some paths, each with its logs."""

from __future__ import annotations

from msgspec import Struct

from gan_tui.errors import GanTuiError


class LogSource(Struct, frozen=True):
    """One log of a run."""

    path: str
    prefix: str = ""
    """Put in front of the names of its series, with a slash: the folder, if it is named after a metric."""
    owner: str = ""
    """Logs with the same owner are segments of one log (event files, restarts, rotated logs), each
    continuing the previous one. If several owners log the same series, one of them provides it."""


class RunSource(Struct, frozen=True):
    """One run, before any of its logs is read."""

    name: str
    """Short name, unique among the runs found together."""
    path: str
    """The path as given. For a run below a given folder, that path joined with the relative one."""
    logs: tuple[LogSource, ...]
    """Its logs, in the order in which they were started."""


class Discovery(Struct, frozen=True):
    """Everything found under some paths."""

    runs: tuple[RunSource, ...] = ()
    problems: tuple[GanTuiError, ...] = ()
    """What was skipped or does not exist, each with a hint what to do about it."""
