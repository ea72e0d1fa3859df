"""Opens log files, and nothing but regular files."""

from __future__ import annotations

import errno
import os
import stat
from io import FileIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


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
