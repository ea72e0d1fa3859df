"""Open regular files, and nothing else."""

from __future__ import annotations

import errno
import os
import stat
from io import FileIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def open_for_reading(path: str | Path, flags: int) -> int:
    """Open a path without blocking: an `opener` for files in folders that others write to."""
    # If the file was replaced by a FIFO, opening it must not block.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


def open_file(path: str | Path) -> FileIO:
    """Open a regular file that may have been replaced since it was found.

    Raises:
        OSError: It cannot be opened, or is not a regular file. Nothing is read from other files.
    """
    file = FileIO(path, opener=open_for_reading)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is not a file", os.fspath(path))
    return file
