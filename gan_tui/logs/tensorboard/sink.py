"""Where what is found in an event file goes: into columns, or into an index."""

from __future__ import annotations

from typing import Protocol, TypeAlias

from gan_tui.logs.model import Fault, Ints
from gan_tui.logs.tensorboard.fast.cycle_reader import CycleReader

Runs: TypeAlias = list[tuple[int, int]]
"""Where stretches of a period stand: offset of each, and how many periods it has."""


class Scatter(Protocol):
    """Takes the records of one region kind by kind, in any order."""

    def add(self, offset: int, name: str, step: int, value: float, wall_time: float) -> None:
        """Take one point of the record at `offset` in the log."""

    def rows(self, period: CycleReader, dense: memoryview, begin: int, offsets: Ints) -> None:
        """Take records of one kind, checked.

        Args:
            period: The period of this one kind.
            dense: The records side by side.
            begin: How many of them come before those that are meant.
            offsets: Where in the log those stand that are meant, ascending, shape (n,).
        """

    def close(self, ahead: float) -> None:
        """All of the region is there; `ahead` times as much of the piece is still to come."""


class Sink(Protocol):
    """Takes points and faults in the order of the log, series by series."""

    faults: list[Fault]

    def add(self, name: str, step: int, value: float, wall_time: float) -> None:
        """Take one point."""

    def stretch(self, period: CycleReader, data: memoryview, at: int, runs: Runs, ahead: int) -> None:
        """Take periods that have matched and been checked.

        Args:
            period: What they are.
            data: They stand in it side by side, ...
            at: ... from this offset on.
            runs: Where in the log they stand.
            ahead: As many periods may come still in this piece.
        """

    def scatter(self) -> Scatter:
        """What takes the records of a region that come in no order."""
