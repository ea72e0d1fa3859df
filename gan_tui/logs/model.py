"""The output of parsers (columns of new points, and faults) and the interface of a parser."""

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
    """A part of a log that could not be read.

    Faults are counted and shown, and nothing inside them is shown as data.
    """

    offset: int
    """Byte offset in the log at which the unreadable part begins."""
    bytes: int
    """Length in bytes; 0 if unknown."""
    reason: str
    """Why, in a few plain words, such as "the checksum of a record does not match"."""
    file: str = ""
    """Path of the log; set by the reader, since parsers know no files."""

    def with_file(self, file: str) -> Fault:
        """Return the same fault with its file set."""
        return replace(self, file=file)


class Column(Struct, frozen=True):
    """New points of one series, in the order of the log."""

    name: str
    """The series' name in the log."""
    steps: Ints
    """Steps, shape (n,). May repeat or decrease; nothing is sorted or dropped."""
    values: Floats
    """Values, shape (n,). NaN and infinities are data, as logged."""
    wall_times: Floats | None = None
    """Seconds since the Unix epoch, shape (n,); None if the log has no times."""

    def __len__(self) -> int:
        return len(self.values)


class Batch(Struct, frozen=True):
    """The result of one `feed` or `finish` of a parser."""

    columns: tuple[Column, ...] = ()
    faults: tuple[Fault, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.columns or self.faults)

    @property
    def points(self) -> int:
        """Number of points of all series together."""
        return sum(len(c) for c in self.columns)


class LoggedImage(Struct, frozen=True):
    """An image that a run logged, still encoded."""

    tag: str
    step: int
    wall_time: float
    """Seconds since the Unix epoch."""
    encoded: bytes
    """The file's bytes as logged: PNG, JPEG, GIF or BMP; b"" if only the position was asked for."""
    offset: int = 0
    """Offset of those bytes in the log."""
    size: int = 0
    """Number of bytes."""


@runtime_checkable
class CarriesImages(Protocol):
    """A parser of logs that may contain images."""

    def show_images(self, take: Callable[[LoggedImage], None], *, copy: bool = True) -> None:
        """Pass every logged image to `take`; without this call they are skipped.

        Args:
            take: Called with each image.
            copy: Whether to copy its bytes, or give only their position in the log.
        """


EMPTY = Batch()


class Parser(Protocol):
    """Turns the bytes of one log into batches, without any I/O.

    However the bytes are split, the batches have to add up to the same points and faults. An
    incomplete line or record is kept until more bytes come or `finish` is called.
    """

    @property
    def axis(self) -> str:
        """What a step counts in this log ("step", "epoch", "kimg", "row", ...); "" until it is known."""

    def feed(self, data: Buffer) -> Batch:
        """Take the next bytes of the log and return every point that is now complete."""

    def finish(self) -> Batch:
        """End the log, and return the points and faults of an incomplete last line or record."""


def join(batches: Sequence[Batch]) -> Batch:
    """Return one batch with the points and faults of several, in order."""
    batches = [b for b in batches if b]
    if len(batches) == 1:
        return batches[0]
    by_name: dict[str, list[Column]] = {}
    for batch in batches:
        for column in batch.columns:
            by_name.setdefault(column.name, []).append(column)
    # Series logged together keep sharing one array of steps.
    joined_steps: dict[tuple[int, ...], Ints] = {}
    columns = tuple(join_columns(parts, joined_steps) for parts in by_name.values())
    return Batch(columns, tuple(f for b in batches for f in b.faults))


def join_columns(parts: Sequence[Column], joined_steps: dict[tuple[int, ...], Ints] | None = None) -> Column:
    """Return one column with the points of several of the same name, in order.

    Args:
        parts: The columns.
        joined_steps: Steps joined so far, by the identities of their parts; filled in.
    """
    if len(parts) == 1:
        return parts[0]
    key = tuple(id(p.steps) for p in parts)
    steps = None if joined_steps is None else joined_steps.get(key)
    if steps is None:
        steps = np.concatenate([p.steps for p in parts])
        if joined_steps is not None:
            joined_steps[key] = steps
    walls = None
    if any(p.wall_times is not None for p in parts):
        walls = np.concatenate(
            [np.full(len(p), np.nan) if p.wall_times is None else p.wall_times for p in parts]
        )
    return Column(parts[0].name, steps, np.concatenate([p.values for p in parts]), walls)
