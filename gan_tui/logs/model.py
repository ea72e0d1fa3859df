"""What parsers give: frozen columns of new points, and faults for what could not be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]
Buffer: TypeAlias = bytes | bytearray | memoryview


class Fault(Struct, frozen=True):
    """A stretch of a log that could not be read.

    It is counted and shown, never swallowed, and nothing from within it is shown as data.
    """

    offset: int
    """Byte offset in the log at which the unreadable stretch begins."""
    bytes: int
    """Length of the stretch in bytes; 0 where it cannot be told."""
    reason: str
    """Why, in a few plain words: "checksum of the record does not match"."""
    file: str = ""
    """Path of the log; filled in by the reader, since a parser knows no files."""

    def within(self, file: str) -> Fault:
        """The same fault, said of `file`."""
        return replace(self, file=file)


class Column(Struct, frozen=True):
    """New points of one series, in the order of the log."""

    name: str
    """The series' name as the log writes it."""
    steps: Ints
    """Steps, shape (n,). May repeat or go back; nothing is sorted or dropped."""
    values: Floats
    """Values, shape (n,). NaN and infinities are data here: the log said so."""
    wall_times: Floats | None = None
    """Seconds since the Unix epoch, shape (n,); None where the log carries no clock."""

    def __len__(self) -> int:
        return len(self.values)


class Batch(Struct, frozen=True):
    """What one `feed` or `finish` found."""

    columns: tuple[Column, ...] = ()
    faults: tuple[Fault, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.columns or self.faults)

    @property
    def points(self) -> int:
        """How many points the batch holds, all series together."""
        return sum(len(c) for c in self.columns)


class LoggedImage(Struct, frozen=True):
    """A picture that a run logged, still encoded."""

    tag: str
    step: int
    wall_time: float
    """Seconds since the Unix epoch."""
    encoded: bytes
    """The file's bytes as logged: PNG, JPEG, GIF or BMP; b"" where only their place was asked for."""
    offset: int = 0
    """Where those bytes begin in the log."""
    size: int = 0
    """How many there are."""


@runtime_checkable
class CarriesImages(Protocol):
    """A parser of logs that may hold pictures."""

    def show_images(self, take: Callable[[LoggedImage], None], *, copy: bool = True) -> None:
        """Have every logged picture given to `take`; until then they are passed over at no cost.

        Args:
            take: Called with each.
            copy: Whether with its bytes, or only with their place in the log.
        """


EMPTY = Batch()


class Parser(Protocol):
    """Turns the bytes of one log into batches, without any I/O.

    The one law: however the bytes are cut, the batches add up to the same points and faults as one
    whole read. What is unfinished is kept until more bytes come or `finish` is called.
    """

    @property
    def axis(self) -> str:
        """What a step counts in this log ("step", "epoch", "kimg", "row", ...); "" until it is known."""

    def feed(self, data: Buffer) -> Batch:
        """Take the next bytes of the log and give every point they complete."""

    def finish(self) -> Batch:
        """Say that no more bytes will come; gives what an unfinished last line or record holds."""


def join(batches: Sequence[Batch]) -> Batch:
    """One batch with the points and faults of several, each series' points in order."""
    kept = [b for b in batches if b]
    if len(kept) == 1:
        return kept[0]
    by_name: dict[str, list[Column]] = {}
    for batch in kept:
        for column in batch.columns:
            by_name.setdefault(column.name, []).append(column)
    columns = tuple(joined(parts) for parts in by_name.values())
    return Batch(columns, tuple(f for b in kept for f in b.faults))


def joined(parts: Sequence[Column]) -> Column:
    """One column of several of the same name, in order."""
    if len(parts) == 1:
        return parts[0]
    walls = None
    if any(p.wall_times is not None for p in parts):
        walls = np.concatenate(
            [np.full(len(p), np.nan) if p.wall_times is None else p.wall_times for p in parts]
        )
    return Column(
        parts[0].name,
        np.concatenate([p.steps for p in parts]),
        np.concatenate([p.values for p in parts]),
        walls,
    )
