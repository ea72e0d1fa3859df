"""What is in a folder, as far as it may be a log: listed once, and again only when it has changed."""

from __future__ import annotations

import errno
import os
import stat
import time
from io import FileIO

from msgspec import Struct, field

from gan_tui.errors import GanTuiError, LogUnreadableError, PassedOverError
from gan_tui.logs import file_names
from gan_tui.logs.files.opening import open_for_reading
from gan_tui.logs.files.tail import RACY_SECONDS, file_kind


class FolderListing(Struct):
    """What a folder held when it was last listed."""

    stamp: tuple[int, ...]
    settled: bool
    """It had not been changed for a while, so that an equal stamp means an equal folder."""
    files: list[str] = field(default_factory=list)
    """Names of files that may be logs, in natural order, links behind the rest."""
    folders: list[str] = field(default_factory=list)
    """Names of folders to look into, in the same order."""
    oddities: list[GanTuiError] = field(default_factory=list)
    """What was passed over."""

    def holds(self, facts: os.stat_result) -> bool:
        """Whether the folder that now has these facts still holds the same."""
        return self.settled and self.stamp == _stamp(facts)


def list_folder(path: str, facts: os.stat_result) -> FolderListing:
    """List the folder at `path`, which has these facts. What cannot be listed is among the oddities."""
    settled = time.time() - max(facts.st_mtime, facts.st_ctime) >= RACY_SECONDS
    listing = FolderListing(_stamp(facts), settled)
    try:
        _fill(listing, path)
    except OSError as error:
        if error.errno != errno.ENOENT:
            message = f"cannot look into {path}: {why(error)}"
            listing.oddities.append(LogUnreadableError(message, what_to_do(error)))
    return listing


def _fill(listing: FolderListing, path: str) -> None:
    files: list[tuple[bool, str]] = []
    folders: list[tuple[bool, str]] = []
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.name == "pyvenv.cfg":
                return
            try:
                if entry.is_dir():
                    if file_names.may_hold_runs(entry.name, path):
                        folders.append((entry.is_symlink(), entry.name))
                elif file_names.may_be_log(entry.name):
                    if entry.is_file():
                        files.append((entry.is_symlink(), entry.name))
                    else:
                        reason = f"{file_kind(entry.stat())}, never opened"
                        listing.oddities.append(PassedOverError(entry.path, reason))
            except FileNotFoundError:  # deleted meanwhile, or a link to what is not there
                continue
            except OSError as error:
                listing.oddities.append(PassedOverError(entry.path, why(error)))
    # What a link leads to is better known by its own name.
    listing.files = [name for _, name in sorted(files, key=lambda f: (f[0], file_names.natural(f[1])))]
    listing.folders = [name for _, name in sorted(folders, key=lambda f: (f[0], file_names.natural(f[1])))]


def _stamp(facts: os.stat_result) -> tuple[int, ...]:
    return facts.st_dev, facts.st_ino, facts.st_mtime_ns, facts.st_ctime_ns


def head_of(path: str, count: int) -> bytes:
    """The first bytes of a file, at most `count`; of anything but a file, none."""
    with FileIO(path, opener=open_for_reading) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return b""
        return file.read(count) or b""


def why(error: OSError | ValueError) -> str:
    """Why a path cannot be opened, in a few plain words."""
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number).lower() if number else "its name holds a NUL character"


def what_to_do(error: OSError | ValueError) -> str:
    """What a person can do about it."""
    if isinstance(error, PermissionError):
        return "Ask its owner for permission to read, or run gan-tui as one who may"
    return "Check the path"
