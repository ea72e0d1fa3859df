"""What is found under paths: runs, each with its logs."""

from __future__ import annotations

from dataclasses import dataclass, field

from gan_tui.errors import GanTuiError


@dataclass(frozen=True, slots=True)
class LogSource:
    """One log of a run."""

    path: str
    prefix: str = ""
    """What stands before the names of its series, and a slash: the folder, where it stands for a metric."""
    owner: str = ""
    """Logs with the same owner are one log in pieces (event files, starts, what was rotated away), each
    going on from the one before. A series that logs of several owners hold is told by one of them."""


@dataclass(frozen=True, slots=True)
class RunSource:
    """One run, before anything of it is read."""

    name: str
    """Short, and unique among the runs found with it."""
    path: str
    """The path as given; for a run found below a given folder, that path joined with the rest."""
    logs: tuple[LogSource, ...]
    """Its logs, in the order in which they were begun."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What is to be found under some paths."""

    runs: tuple[RunSource, ...] = ()
    problems: tuple[GanTuiError, ...] = field(default=(), compare=False)
    """What was passed over, or is not there, each in a line with what to do about it."""
