"""The interface of everything that gives snapshots: the monitor of live logs, and replays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from gan_tui.monitoring.snapshot import Snapshot

if TYPE_CHECKING:
    from gan_tui.samples.store import SampleStore


class Pause(Struct, frozen=True, tag=True):
    """Stop the clock, or let it run again."""


class Faster(Struct, frozen=True, tag=True):
    """Double the speed."""


class Slower(Struct, frozen=True, tag=True):
    """Halve the speed."""


class Step(Struct, frozen=True, tag=True):
    """Pause, and go some records of the log forward or back."""

    count: int = 1
    """Number of records; negative goes back."""


class SeekStep(Struct, frozen=True, tag=True):
    """Go to where a step was first reached."""

    step: int


class GoLive(Struct, frozen=True, tag=True):
    """Follow the log as it grows, or replay it again from where the replay was left."""


ReplayControl = Pause | Faster | Slower | Step | SeekStep | GoLive
"""A command for a replay."""


class Source(Protocol):
    """Where snapshots come from.

    `turn` and `wait` belong to the thread that reads. Everything else may be called from another thread.
    """

    def turn(self) -> Snapshot | None:
        """Do a bounded amount of work; return a snapshot, or None if nothing changed."""

    def wait(self, timeout: float) -> bool:
        """Sleep until there may be something to do, at most `timeout` seconds; return whether there is."""

    def close(self) -> None:
        """Release all resources and wake a thread that waits."""

    def correct(self, run: str, name: str, role: str) -> None:
        """Queue a correction of a series' role, for this and the next start.

        The reading thread applies it; `Snapshot.corrections` says then whether it was kept.

        Args:
            run: The run's path.
            name: The series' name.
            role: A word of ROLES, "none" for no role, "" for the role inferred from the name.
        """

    def control(self, command: ReplayControl) -> None:
        """Control the replay; the next snapshot shows the effect. Does nothing if nothing is replayed."""

    @property
    def samples(self) -> SampleStore | None:
        """The sample images that can be shown; None if none were found so far."""
