"""What is found under paths: runs, each with its logs."""

from __future__ import annotations

from msgspec import Struct

from gan_tui.errors import GanTuiError


class LogSource(Struct, frozen=True):
    """One log of a run."""

    path: str
    prefix: str = ""
    """What stands before the names of its series, and a slash: the folder, where it stands for a metric."""
    owner: str = ""
    """Logs with the same owner are one log in pieces (event files, starts, what was rotated away), each
    going on from the one before. A series that logs of several owners hold is told by one of them."""


class RunSource(Struct, frozen=True):
    """One run, before anything of it is read."""

    name: str
    """Short, and unique among the runs found with it."""
    path: str
    """The path as given; for a run found below a given folder, that path joined with the rest."""
    logs: tuple[LogSource, ...]
    """Its logs, in the order in which they were begun."""


class Discovery(Struct, frozen=True):
    """What is to be found under some paths."""

    runs: tuple[RunSource, ...] = ()
    problems: tuple[GanTuiError, ...] = ()
    """What was passed over, or is not there, each in a line with what to do about it."""
