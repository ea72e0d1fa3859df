"""What crosses from the reader to the screen and the reports: frozen, complete, cheap to make."""

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
    """Where a run stands as a source of points."""

    WAITING = "waiting"
    """No point yet."""
    READING = "reading"
    """What was there when it was opened is still being read, or judged."""
    LIVE = "live"
    """Read up to the end and watched."""
    ENDED = "ended"
    """Replayed or read to the end; nothing more will come."""
    MISSING = "missing"
    """The log was there and is gone."""


class SeriesState(Struct, frozen=True):
    """One series with what it means."""

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
    """One run as it stood at one moment."""

    name: str
    """Short name, unique among the runs shown."""
    path: str
    """Path as given; for a folder of runs that path joined with the run's relative path."""
    series: tuple[SeriesState, ...] = ()
    empty: tuple[str, ...] = ()
    """Series that the log names without ever giving them a value."""
    axis: str = "step"
    """What a step counts, as a word that a number goes with: "step", "epoch", "kimg", "row"."""
    axis_from: str = "step"
    """What the steps were told from: the same word, or "epoch + batch" and the like."""
    objective: Objective = UNKNOWN_OBJECTIVE
    diagnosis: Diagnosis = UNKNOWN
    faults: tuple[Fault, ...] = ()
    status: Status = Status.WAITING
    progress: float = 1.0
    """Share of the bytes on disk that have been read, 0..1."""
    note: str = ""
    """A word to the person about the run, such as what would let more of it be judged; "" mostly."""
    last_step: int | None = None
    steps_per_second: float | None = None
    """From the log's clock, or from arrival while it grows; None where neither tells."""
    last_point_at: float | None = None
    """Unix time of the newest point: the log's own clock, else when the file was last changed."""

    @property
    def points(self) -> int:
        """Points of all series together."""
        return sum(len(s.view) for s in self.series if not s.derived)


class ReplayState(Struct, frozen=True):
    """Where a replay stands."""

    step: int
    first_step: int
    last_step: int
    paused: bool
    speed: float
    """Multiple of the pace at which the run was logged."""
    timelines: Mapping[str, tuple[BadgeChange, ...]] = field(default_factory=dict)
    """By path of a run every change of badge up to its end, once that is known."""
    live: bool = False
    """The log is followed as it grows; what is asked of the replay goes back to replaying."""


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
    """Everything a screen shows."""

    runs: tuple[RunState, ...] = ()
    waiting_for: str = ""
    """What is being waited for while there is no run yet, as a path."""
    at: float = 0.0
    """Unix time at which it was taken."""
    replay: ReplayState | None = None
    found: int = 0
    """Runs that were found, those included of which nothing has been read yet."""
    corrections: tuple[Correction, ...] = ()
    """Every correction applied since the start, in order: a snapshot may be dropped, so they accumulate."""

    @property
    def unread(self) -> int:
        """Runs of which nothing has been read yet."""
        return max(0, self.found - len(self.runs))

    @property
    def reading(self) -> bool:
        """Whether what was there at the start is still being read."""
        return self.unread > 0 or any(run.status is Status.READING for run in self.runs)
