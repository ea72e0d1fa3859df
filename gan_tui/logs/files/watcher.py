"""Wake a thread when something changes under the watched paths."""
# Paths are plain strings here, as watchdog gives them:
# ruff: noqa: PTH112, PTH116, PTH119, PTH120

from __future__ import annotations

import errno
import logging
import math
import os
import threading
import time
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from msgspec import Struct

from gan_tui.logs.file_names import may_be_log

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver

MAX_WATCHES = 32
"""Each watched path costs two threads; further paths are only polled."""
MAX_FOLDERS = 8192
"""Larger trees are not watched recursively: older kernels allow a user this many watches."""
MAX_CHANGED_PATHS = 256
"""If more files change between two calls, all files count as changed."""
FLOOD_EVENTS = 100
"""More events than this within a second cost more than polling all files at frame rate."""
FLOOD_SECONDS = 30.0
"""Time without watching after a flood of events."""
FRAME_SECONDS = 0.25
"""During a flood, everything counts as changed this often."""
CHECK_SECONDS = 5.0
"""How often the watched folders are checked for having been replaced."""
RETRY_SECONDS = 60.0
"""Delay before folders that could not be watched are tried again."""

_LIMITS = {
    errno.ENOSPC: "the limit of inotify watches is reached (fs.inotify.max_user_watches)",
    errno.EMFILE: "the limit of inotify instances is reached (fs.inotify.max_user_instances)",
    errno.ENFILE: "too many files are open on this machine",
}
MOUNTS = "/proc/self/mountinfo"
"""Where Linux lists the file system of each mount."""
_REMOTE_FILE_SYSTEMS = {
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "gfs2",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "orangefs",
    "prl_fs",
    "smb3",
    "smbfs",
    "vboxsf",
    "virtiofs",
    "vmhgfs",
}
_UNWATCHED_NOTE = "changes are looked for each second instead"


class FileWatcher:
    """Wakes one thread when something changes under some paths.

    It only saves waiting. File servers, mounts and overflows lose events, so the caller polls the files
    each second even if it is not woken.

    Args:
        paths: Files and folders. Folders are watched recursively, and may be created later.
    """

    def __init__(self, paths: Iterable[str | Path]) -> None:
        self._paths = tuple(os.fspath(p) for p in paths if "\0" not in os.fspath(p))
        self._wake = threading.Event()
        self._recent_events: deque[float] = deque(maxlen=FLOOD_EVENTS)
        self._observer: BaseObserver | None = None
        self._watched: dict[_Root, tuple[int, int]] = {}
        self._checked_at = 0.0
        self._flood_until = 0.0
        self._closed = self._failed = False
        self._degraded: dict[str, None] = {}
        self._changed: set[str] = set()
        self._all_changed = True
        self._remote = False
        self._start()

    @property
    def degraded(self) -> str:
        """Why some changes do not wake the thread, for the screen; "" if all do."""
        return f"{'; '.join(self._degraded)}: {_UNWATCHED_NOTE}" if self._degraded else ""

    def wait(self, timeout: float) -> bool:
        """Sleep until something changes, at most `timeout` seconds; return whether something did."""
        now = time.monotonic()
        if now < self._flood_until:
            self._wake.wait(min(timeout, FRAME_SECONDS))
            self._wake.clear()
            return True
        if not self._closed and now - self._checked_at > CHECK_SECONDS:
            self._check()
        # A zero timeout takes no lock: this is called several times in each frame.
        woken = self._wake.wait(timeout) if timeout > 0 else self._wake.is_set()
        if woken:
            self._wake.clear()
        if self._is_flood():
            self._stop()
            self._flood_until = time.monotonic() + FLOOD_SECONDS
            self._checked_at = -math.inf
        return woken

    def changed_paths(self) -> frozenset[str] | None:
        """Return the files changed since the last call, links resolved; None if any file may have changed.

        This is only a hint, as a wake-up is: other files have to be polled too, less often.
        """
        all_changed = (
            self._all_changed or time.monotonic() < self._flood_until or bool(self._degraded) or self._remote
        )
        self._all_changed = False
        # The caller polls the files now, so earlier events need not wake it again.
        if not self._closed and self._wake.is_set():
            self._wake.clear()
        changed, self._changed = frozenset(self._changed), set()
        return None if all_changed or len(changed) >= MAX_CHANGED_PATHS else changed

    def wake(self) -> None:
        """Wake the waiting thread; may be called from any thread."""
        self._wake.set()

    def close(self) -> None:
        """Stop watching and end all its threads."""
        self._closed = True
        self._stop()
        self._wake.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- what is watched ---------------------------------------------------------------------------

    def _check(self) -> None:
        """Watch again what was created, replaced or moved since the last check."""
        self._checked_at = time.monotonic()
        if self._failed or _folder_identities(_roots(self._paths)[:MAX_WATCHES]) != self._watched:
            self._stop()
            self._start()

    def _start(self) -> None:
        self._checked_at = time.monotonic()
        self._all_changed = True
        self._degraded, self._failed = {}, False
        roots = _roots(self._paths)
        self._remote = any(is_remote(root.path) for root in roots)
        if len(roots) > MAX_WATCHES:
            self._degraded[f"only {MAX_WATCHES} of {len(roots)} folders are watched"] = None
        try:
            self._observer = _start_observer()
        except OSError as error:
            self._fail(error)
            return
        self._watched = _folder_identities(roots[:MAX_WATCHES])
        for root in roots[:MAX_WATCHES]:
            self._watch(self._observer, root)

    def _watch(self, observer: BaseObserver, root: _Root) -> None:
        from watchdog import events  # noqa: PLC0415 - commands that do not watch need not load it

        # Without a filter, this program's own reading (file opened, file closed) would wake it.
        event_types: list[type[events.FileSystemEvent]] = [
            events.FileCreatedEvent,
            events.FileModifiedEvent,
            events.FileMovedEvent,
            events.FileDeletedEvent,
            events.DirCreatedEvent,
            events.DirMovedEvent,
            events.DirDeletedEvent,
        ]
        recursive = root.files is None
        if recursive and _has_more_folders(root.path, MAX_FOLDERS):
            recursive = False
            self._degraded[f"{root.path} holds more than {MAX_FOLDERS:,} folders"] = None
        try:
            handler: Any = _Handler(self.notify, root.files)  # a base class would load watchdog
            observer.schedule(handler, root.path, recursive=recursive, event_filter=event_types)
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        reason = _LIMITS.get(error.errno or 0) or os.strerror(error.errno or 0).lower()
        self._degraded[reason] = None
        self._failed = True
        # Trying is expensive, and the limit is not lifted quickly.
        self._checked_at = time.monotonic() + RETRY_SECONDS

    def _stop(self) -> None:
        observer, self._observer, self._watched = self._observer, None, {}
        if observer is not None:
            observer.stop()
            if observer.is_alive():
                observer.join()

    # -- events ------------------------------------------------------------------------------------

    def notify(self, path: str = "") -> None:
        """Report a change; called on the observer's thread.

        Args:
            path: The changed file; "" for any other change, such as a new folder.
        """
        self._recent_events.append(time.monotonic())
        if not path:
            self._all_changed = True
        elif len(self._changed) < MAX_CHANGED_PATHS:
            self._changed.add(path)
        self._wake.set()

    def _is_flood(self) -> bool:
        full = len(self._recent_events) == FLOOD_EVENTS
        flood = full and self._recent_events[-1] - self._recent_events[0] < 1.0
        if flood:
            self._recent_events.clear()
        return flood


class _Root(Struct, frozen=True):
    """A folder to watch."""

    path: str
    files: frozenset[str] | None
    """The names of the files of interest; None for everything in it and below it."""


class _Handler:
    """Event handler for watchdog: passes on events that may concern a log."""

    def __init__(self, notify: Callable[[str], None], files: frozenset[str] | None) -> None:
        self._notify = notify
        self._files = files

    def dispatch(self, event: Any) -> None:  # noqa: ANN401 - watchdog is not imported here
        """Pass an event on; called on the observer's thread."""
        for path in (event.src_path, event.dest_path):
            name = os.path.basename(os.fsdecode(path))
            if name and self._may_concern_log(event, name):
                modified_file = not event.is_directory and event.event_type == "modified"
                self._notify(os.fsdecode(path) if modified_file else "")
                return

    def _may_concern_log(self, event: Any, name: str) -> bool:  # noqa: ANN401
        if self._files is not None:
            return name in self._files
        return event.is_directory or may_be_log(name)


def _roots(paths: Iterable[str]) -> list[_Root]:
    """Return the folders to watch for changes to `paths`, which may not exist yet."""
    folders: dict[str, None] = {}
    files_by_folder: dict[str, set[str]] = {}
    for path in paths:
        real = os.path.realpath(path)  # events occur at the target of a link
        if os.path.isdir(real):
            folders[real] = None
        else:
            folder, name = os.path.split(real)
            files_by_folder.setdefault(folder, set()).add(name)
    siblings = Counter(map(os.path.dirname, [*folders, *files_by_folder]))
    # For many siblings (a shell's runs/*), watch the parent folder.
    folders.update((parent, None) for parent, count in siblings.items() if count > MAX_WATCHES // 4)
    return [
        *(_Root(folder, None) for folder in folders if not _is_below(folder, folders)),
        *(
            _Root(folder, frozenset(files))
            for folder, files in files_by_folder.items()
            if os.path.isdir(folder) and folder not in folders and not _is_below(folder, folders)
        ),
    ]


def _is_below(path: str, folders: Mapping[str, None]) -> bool:
    while (parent := os.path.dirname(path)) != path:
        if parent in folders:
            return True
        path = parent
    return False


def is_remote(path: str) -> bool:
    """Return whether a folder is on a file server, where writes of other machines cause no events here."""
    try:
        device = os.stat(path).st_dev
        with open(MOUNTS, encoding="utf-8", errors="replace") as mounts:  # noqa: PTH123
            lines = [line.split() for line in mounts]
    except OSError:  # not Linux: polling has to suffice
        return False
    number = f"{os.major(device)}:{os.minor(device)}"
    kinds = [line[line.index("-") + 1] for line in lines if line[2:3] == [number] and "-" in line[:-1]]
    return any(kind in _REMOTE_FILE_SYSTEMS or kind.startswith("fuse.") for kind in kinds)


def _folder_identities(roots: Iterable[_Root]) -> dict[_Root, tuple[int, int]]:
    """Return device and inode of each folder: a replaced folder has to be watched again."""
    identities = {}
    for root in roots:
        try:
            facts = os.stat(root.path)
        except OSError:
            continue
        identities[root] = (facts.st_dev, facts.st_ino)
    return identities


def _start_observer() -> BaseObserver:
    from watchdog.observers import Observer  # noqa: PLC0415

    # Log messages and warnings would be written over the screen.
    logging.getLogger("watchdog").addHandler(logging.NullHandler())
    warnings.filterwarnings("ignore", module=r"watchdog\.")
    observer: BaseObserver = Observer()
    observer.start()
    return observer


def _has_more_folders(path: str, limit: int) -> bool:
    """Return whether there are more than `limit` folders in and below a folder."""
    pending = [path]
    count = 0
    while pending:
        count += 1
        if count + len(pending) > limit:
            return True
        try:
            with os.scandir(pending.pop()) as entries:
                pending += [e.path for e in entries if e.is_dir(follow_symlinks=False)]
        except OSError:
            continue
    return False
