"""Cached folder listings: files that may be logs, listed again only after a change."""

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
    """Content of a folder when it was last listed."""

    stat_key: tuple[int, ...]
    is_stable: bool
    """The folder had not changed for a while, so that an equal key means equal content."""
    files: list[str] = field(default_factory=list)
    """Names of files that may be logs, in natural order, links last."""
    folders: list[str] = field(default_factory=list)
    """Names of folders to search, in the same order."""
    problems: list[GanTuiError] = field(default_factory=list)
    """What was skipped."""

    def is_current(self, facts: os.stat_result) -> bool:
        """Return whether the folder, with this new `stat` result, still has the same content."""
        return self.is_stable and self.stat_key == _stat_key(facts)


def list_folder(path: str, facts: os.stat_result) -> FolderListing:
    """List the folder at `path`, given its `stat` result. A folder that cannot be listed is a problem."""
    is_stable = time.time() - max(facts.st_mtime, facts.st_ctime) >= RACY_SECONDS
    listing = FolderListing(_stat_key(facts), is_stable)
    try:
        _fill(listing, path)
    except OSError as error:
        if error.errno != errno.ENOENT:
            message = f"cannot look into {path}: {describe_error(error)}"
            listing.problems.append(LogUnreadableError(message, hint_for_error(error)))
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
                    if file_names.may_contain_runs(entry.name, path):
                        folders.append((entry.is_symlink(), entry.name))
                elif file_names.may_be_log(entry.name):
                    if entry.is_file():
                        files.append((entry.is_symlink(), entry.name))
                    else:
                        reason = f"{file_kind(entry.stat())}, never opened"
                        listing.problems.append(PassedOverError(entry.path, reason))
            except FileNotFoundError:  # deleted in the meantime, or a dangling link
                continue
            except OSError as error:
                listing.problems.append(PassedOverError(entry.path, describe_error(error)))
    listing.files = _links_last(files)
    listing.folders = _links_last(folders)


def _links_last(entries: list[tuple[bool, str]]) -> list[str]:
    """Sort (is link, name): the target of a link is better known by its own name."""
    return [name for _, name in sorted(entries, key=lambda e: (e[0], file_names.natural_sort_key(e[1])))]


def _stat_key(facts: os.stat_result) -> tuple[int, ...]:
    return facts.st_dev, facts.st_ino, facts.st_mtime_ns, facts.st_ctime_ns


def read_head(path: str, count: int) -> bytes:
    """Return the first bytes of a regular file, at most `count`; empty for anything else."""
    with FileIO(path, opener=open_for_reading) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return b""
        return file.read(count) or b""


def describe_error(error: OSError | ValueError) -> str:
    """Return why a path cannot be opened, in a few words."""
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number).lower() if number else "its name holds a NUL character"


def hint_for_error(error: OSError | ValueError) -> str:
    """Return what the user can do about it."""
    if isinstance(error, PermissionError):
        return "Ask its owner for permission to read, or run gan-tui as one who may"
    return "Check the path"
