"""Points that stay in their log on disk: an index tells where, and they are read when asked for."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import FileIO
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from gan_tui.errors import LogUnreadableError
from gan_tui.logs.model import Batch, Buffer, Fault, Span, Stored

if TYPE_CHECKING:
    from pathlib import Path

Read: TypeAlias = Callable[[int, int], Buffer]
"""Gives bytes of a log: offset and count to that many bytes or fewer, good until the next call."""


class Index(Protocol):
    """Which points some bytes of a log hold, and where they stand in it."""

    @property
    def series(self) -> Mapping[str, Span]:
        """What is known of each series."""

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What could not be read, in the order of the log."""

    def load(self, read: Read, names: Iterable[str] | None = None, further: Iterable[Any] = ()) -> Batch:
        """Read the points of this index, then those of `further` ones of the same log."""


@runtime_checkable
class IndexesPoints(Protocol):
    """A parser that can tell where points stand instead of giving them."""

    def index(self, data: Buffer) -> Index:
        """Take the next bytes of the log, under the law of `feed`."""


class StoredPiece:
    """The points of one piece of a log on disk; a `Stored`.

    Args:
        path: The log.
        identity: Its device and inode: in another file at the same path other points stand.
        index: Where the points stand.
    """

    def __init__(self, path: str, identity: tuple[int, int], index: Index) -> None:
        self.index = index
        self._path = path
        self._identity = identity

    @property
    def series(self) -> Mapping[str, Span]:
        """What is known of each series."""
        return self.index.series

    def load(self, further: Sequence[Stored], names: Iterable[str] | None = None) -> Batch:
        """Read the points of this piece and of further ones of the same log; see `Stored`."""
        indexes = [piece.index for piece in further if isinstance(piece, StoredPiece)]
        try:
            with FileIO(self._path, opener=open_for_reading) as file:
                facts = os.fstat(file.fileno())
                if (facts.st_dev, facts.st_ino) != self._identity:
                    raise LogUnreadableError(f"{self._path} is another file than was opened", "Open it anew")
                return self.index.load(_reader(file), names, indexes)
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            raise LogUnreadableError(
                f"{self._path} cannot be read any more: {reason}", "Open it anew"
            ) from error

    def is_of(self, path: str) -> bool:
        """Whether the points stand in the log at `path`."""
        return self._path == path


def _reader(file: FileIO) -> Read:
    """Gives bytes of a file, all in one buffer."""
    buffer = np.empty(0, np.uint8)

    def read(offset: int, count: int) -> Buffer:
        nonlocal buffer
        if len(buffer) < count:
            buffer = np.empty(count, np.uint8)
        file.seek(offset)
        window = buffer[:count].data
        got = 0
        while got < count and (more := file.readinto(window[got:])):
            got += more
        return window[:got]

    return read


def open_for_reading(path: str | Path, flags: int) -> int:
    """An opener for files in folders that others write in."""
    # A FIFO put in the place of a file must not hold the reader.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


def open_file(path: str | Path) -> FileIO:
    """Open a file that was there a moment ago, and may be anything by now.

    Raises:
        OSError: It cannot be opened, or is no regular file: that is told before a byte is read of it.
    """
    file = FileIO(path, opener=open_for_reading)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is not a file", os.fspath(path))
    return file
