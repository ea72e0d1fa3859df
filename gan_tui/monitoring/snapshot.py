"""The frozen state that the reading thread hands to the screen and to reports."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from msgspec import Struct, field

from gan_tui.diagnosis.result import UNKNOWN, BadgeChange, Diagnosis
from gan_tui.logs.model import Fault
from gan_tui.run.objective.objective import UNKNOWN as UNKNOWN_OBJECTIVE
from gan_tui.run.objective.objective import Objective
from gan_tui.run.series_view import SeriesView

RoleSource = Literal["inferred", "user"]


class Status(StrEnum):
    """How far a run has been read."""

    WAITING = "waiting"
    """No point yet."""
    READING = "reading"
    """The points that existed when it was opened are still being read or diagnosed."""
    LIVE = "live"
    """Read to the end and watched for more."""
    ENDED = "ended"
    """Replayed or read to the end; no more points will come."""
    MISSING = "missing"
    """The log existed and was deleted."""


class SeriesState(Struct, frozen=True):
    """One series and its meaning."""

    view: SeriesView
    role: str | None = None
    pair: str | None = None
    derived: bool = False
    """Computed here (d_loss from its halves), not in the log."""
    role_source: RoleSource = "inferred"
    """Whether the role was inferred from the series' name or set by the user."""

    @property
    def name(self) -> str:
        """The series' name as the log writes it (raw: may hold control characters)."""
        return self.view.name


class RunState(Struct, frozen=True):
    """One run at one moment."""

    name: str
    """Short name, unique among the runs of the snapshot."""
    path: str
    """Path as given; for a folder of runs that path joined with the run's relative path."""
    series: tuple[SeriesState, ...] = ()
    empty: tuple[str, ...] = ()
    """Series that the log names but has no value of."""
    axis: str = "step"
    """What a step counts, as a unit: "step", "epoch", "kimg" or "row"."""
    axis_from: str = "step"
    """The columns that steps were computed from: the same word, or for example "epoch + batch"."""
    objective: Objective = UNKNOWN_OBJECTIVE
    diagnosis: Diagnosis = UNKNOWN
    faults: tuple[Fault, ...] = ()
    status: Status = Status.WAITING
    progress: float = 1.0
    """Share of the bytes on disk that have been read, 0..1."""
    note: str = ""
    """Optional hint for the user, for example that Pillow is missing; "" if there is none."""
    last_step: int | None = None
    steps_per_second: float | None = None
    """By the log's clock, or by the arrival of points while it grows; None if unknown."""
    last_point_at: float | None = None
    """Unix time of the newest point by the log's own clock, otherwise the time of the file's last change."""

    @property
    def points(self) -> int:
        """Number of points in all logged series."""
        return sum(len(s.view) for s in self.series if not s.derived)


class ReplayState(Struct, frozen=True):
    """The clock of a replay."""

    step: int
    first_step: int
    last_step: int
    paused: bool
    speed: float
    """Multiple of the pace at which the run was logged."""
    timelines: Mapping[str, tuple[BadgeChange, ...]] = field(default_factory=dict)
    """Every change of the badge in the whole recording, by path of the run; empty until it is known."""
    live: bool = False
    """Whether the live log is shown; every replay control but `GoLive` returns to the replay."""


class Correction(Struct, frozen=True):
    """A role that the user set for a series."""

    run: str
    """The run's path."""
    name: str
    """The series' name."""
    role: str
    """A word of ROLES, "none" for no role, "" for the role inferred from the name."""
    problem: str = ""
    """Why it could not be kept for the next start; "" if it was kept."""


class Snapshot(Struct, frozen=True):
    """Everything that a screen shows."""

    runs: tuple[RunState, ...] = ()
    waiting_for: str = ""
    """The paths that are waited for while there is no run yet."""
    at: float = 0.0
    """Unix time of the snapshot."""
    replay: ReplayState | None = None
    found: int = 0
    """Number of runs found, including those not read yet."""
    corrections: tuple[Correction, ...] = ()
    """Every correction applied since the start, in order: a snapshot may be dropped, so they accumulate."""

    @property
    def unread(self) -> int:
        """Number of runs that were found and not read yet."""
        return max(0, self.found - len(self.runs))

    @property
    def reading(self) -> bool:
        """Whether points that existed at the start are still being read."""
        return self.unread > 0 or any(run.status is Status.READING for run in self.runs)
