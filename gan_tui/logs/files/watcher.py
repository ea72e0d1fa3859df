"""Wake-ups: something changed in a watched folder. What changed is for a round of stat to find out."""
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
"""Each watched path costs two threads; paths beyond these are left to the rounds of stat."""
MAX_FOLDERS = 8192
"""A tree with more folders is not watched: that many watches is all that older kernels have for a user."""
MOST_NEWS = 256
"""Where more files change between two looks, all are looked at."""
STORM_EVENTS = 100
"""More events than this within a second cost more than looking at the files at frame rate."""
STORM_SECONDS = 30.0
"""For so long a storm is waited out."""
FRAME_SECONDS = 0.25
"""While a storm lasts, everything is taken to have changed this often."""
CHECK_SECONDS = 5.0
"""How often it is looked whether what is watched is still where it was."""
RETRY_SECONDS = 60.0
"""How much later it is tried again to watch what could not be watched."""

_LIMITS = {
    errno.ENOSPC: "the limit of inotify watches is reached (fs.inotify.max_user_watches)",
    errno.EMFILE: "the limit of inotify instances is reached (fs.inotify.max_user_instances)",
    errno.ENFILE: "too many files are open on this machine",
}
MOUNTS = "/proc/self/mountinfo"
"""Where Linux tells what kind of file system each folder lies on."""
_REMOTE = {
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
_UNWATCHED = "changes are looked for each second instead"


class FileWatcher:
    """Wakes one thread when something changes under some paths.

    It only saves waiting: file servers, mounts and overflows lose events, so the caller looks at the
    files each second whether woken or not.

    Args:
        paths: Files and folders; folders are watched with all that is in them, and may come into being
            later.
    """

    def __init__(self, paths: Iterable[str | Path]) -> None:
        self._paths = tuple(os.fspath(p) for p in paths if "\0" not in os.fspath(p))
        self._event = threading.Event()
        self._recent: deque[float] = deque(maxlen=STORM_EVENTS)
        self._observer: BaseObserver | None = None
        self._watched: dict[_Root, tuple[int, int]] = {}
        self._checked_at = 0.0
        self._storm_until = 0.0
        self._closed = self._failed = False
        self._degraded: dict[str, None] = {}
        self._news: set[str] = set()
        self._anything = True
        self._deaf = False
        self._start()

    @property
    def degraded(self) -> str:
        """Why some changes do not wake, for the screen; "" while all do."""
        return f"{'; '.join(self._degraded)}: {_UNWATCHED}" if self._degraded else ""

    def wait(self, timeout: float) -> bool:
        """Sleep until something changes, at most `timeout` seconds; says whether it did."""
        now = time.monotonic()
        if now < self._storm_until:
            self._event.wait(min(timeout, FRAME_SECONDS))
            self._event.clear()
            return True
        if not self._closed and now - self._checked_at > CHECK_SECONDS:
            self._check()
        # Without a lock where nothing is to be waited for, as several times in every frame.
        woken = self._event.wait(timeout) if timeout > 0 else self._event.is_set()
        if woken:
            self._event.clear()
        if self._is_storm():
            self._stop()
            self._storm_until = time.monotonic() + STORM_SECONDS
            self._checked_at = -math.inf
        return woken

    def news(self) -> frozenset[str] | None:
        """The files that have changed since this was last asked, links resolved; None for any of them.

        Only a hint, as being woken is: what is not named has to be looked at too, less often.
        """
        anything = (
            self._anything or time.monotonic() < self._storm_until or bool(self._degraded) or self._deaf
        )
        self._anything = False
        # Whoever asks looks at the files now: what woke until here is no reason to look once more.
        if not self._closed and self._event.is_set():
            self._event.clear()
        news, self._news = frozenset(self._news), set()
        return None if anything or len(news) >= MOST_NEWS else news

    def wake(self) -> None:
        """Wake the waiting thread; may be called from any other."""
        self._event.set()

    def close(self) -> None:
        """Stop watching, and end every thread of it."""
        self._closed = True
        self._stop()
        self._event.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- what is watched ---------------------------------------------------------------------------

    def _check(self) -> None:
        """Watch anew what was created, replaced or moved since it was last looked at."""
        self._checked_at = time.monotonic()
        if self._failed or _identities(_roots(self._paths)[:MAX_WATCHES]) != self._watched:
            self._stop()
            self._start()

    def _start(self) -> None:
        self._checked_at = time.monotonic()
        self._anything = True
        self._degraded, self._failed = {}, False
        roots = _roots(self._paths)
        self._deaf = any(lies_elsewhere(root.path) for root in roots)
        if len(roots) > MAX_WATCHES:
            self._degraded[f"only {MAX_WATCHES} of {len(roots)} folders are watched"] = None
        handlers = {root.path: _Handler(self.happened, root.files) for root in roots[:MAX_WATCHES]}
        try:
            self._observer = _observer(handlers)
        except OSError as error:
            self._fail(error)
            return
        self._watched = _identities(roots[:MAX_WATCHES])
        for root in roots[:MAX_WATCHES]:
            self._watch(self._observer, root, handlers[root.path])

    def _watch(self, observer: BaseObserver, root: _Root, handler: Any) -> None:  # noqa: ANN401
        from watchdog import events  # noqa: PLC0415 - commands that do not watch need not load it

        # Without the filter our own reading would wake us: a file opened, a file closed.
        kinds: list[type[events.FileSystemEvent]] = [
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
            observer.schedule(handler, root.path, recursive=recursive, event_filter=kinds)
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        reason = _LIMITS.get(error.errno or 0) or os.strerror(error.errno or 0).lower()
        self._degraded[reason] = None
        self._failed = True
        self._checked_at = (
            time.monotonic() + RETRY_SECONDS
        )  # the limit is not lifted in a moment, and trying has its price

    def _stop(self) -> None:
        observer, self._observer, self._watched = self._observer, None, {}
        if observer is not None:
            observer.stop()
            if observer.is_alive():
                observer.join()

    # -- events ------------------------------------------------------------------------------------

    def happened(self, path: str = "") -> None:
        """Something changed. Called from the observer's thread, as often as it likes.

        Args:
            path: Which file; "" where it is a folder.
        """
        self._recent.append(time.monotonic())
        if not path:
            self._anything = True
        elif len(self._news) < MOST_NEWS:
            self._news.add(path)
        self._event.set()

    def _is_storm(self) -> bool:
        full = len(self._recent) == STORM_EVENTS
        storm = full and self._recent[-1] - self._recent[0] < 1.0
        if storm:
            self._recent.clear()
        return storm


class _Root(Struct, frozen=True):
    """A folder to watch."""

    path: str
    files: frozenset[str] | None
    """The files in it that matter; None for all that is in it and below it."""


class _Handler:
    """What watchdog calls: passes on what may concern a log."""

    def __init__(self, happened: Callable[[str], None], files: frozenset[str] | None) -> None:
        self._happened = happened
        self._files = files

    def dispatch(self, event: Any) -> None:  # noqa: ANN401 - watchdog's, not loaded here
        """Pass an event on; on the thread that read it, of which each watched folder has its own."""
        for path in (event.src_path, event.dest_path):
            name = os.path.basename(os.fsdecode(path))
            if name and (name in self._files if self._files is not None else self._matters(event, name)):
                written = not event.is_directory and event.event_type == "modified"
                self._happened(os.fsdecode(path) if written else "")
                return

    @staticmethod
    def _matters(event: Any, name: str) -> bool:  # noqa: ANN401
        return event.is_directory or may_be_log(name)


def _roots(paths: Iterable[str]) -> list[_Root]:
    """The folders that have to be watched for something to happen to `paths`, which may not be there yet."""
    whole: dict[str, None] = {}
    parts: dict[str, set[str]] = {}
    for path in paths:
        real = os.path.realpath(path)  # what a link leads to is where things happen
        if os.path.isdir(real):
            whole[real] = None
        else:
            folder, name = os.path.split(real)
            parts.setdefault(folder, set()).add(name)
    siblings = Counter(map(os.path.dirname, [*whole, *parts]))
    # A shell's runs/* is better watched as runs.
    whole.update((parent, None) for parent, count in siblings.items() if count > MAX_WATCHES // 4)
    return [
        *(_Root(folder, None) for folder in whole if not _is_below(folder, whole)),
        *(
            _Root(folder, frozenset(files))
            for folder, files in parts.items()
            if os.path.isdir(folder) and folder not in whole and not _is_below(folder, whole)
        ),
    ]


def _is_below(path: str, folders: Mapping[str, None]) -> bool:
    while (parent := os.path.dirname(path)) != path:
        if parent in folders:
            return True
        path = parent
    return False


def lies_elsewhere(path: str) -> bool:
    """Whether a folder lies on a file server: what other machines write there is not heard of here."""
    try:
        device = os.stat(path).st_dev
        with open(MOUNTS, encoding="utf-8", errors="replace") as mounts:  # noqa: PTH123
            lines = [line.split() for line in mounts]
    except OSError:  # not Linux; there the rounds have to do
        return False
    number = f"{os.major(device)}:{os.minor(device)}"
    kinds = [line[line.index("-") + 1] for line in lines if line[2:3] == [number] and "-" in line[:-1]]
    return any(kind in _REMOTE or kind.startswith("fuse.") for kind in kinds)


def _identities(roots: Iterable[_Root]) -> dict[_Root, tuple[int, int]]:
    """Device and inode of each folder: another one under the same path has to be watched anew."""
    identities = {}
    for root in roots:
        try:
            facts = os.stat(root.path)
        except OSError:
            continue
        identities[root] = (facts.st_dev, facts.st_ino)
    return identities


def _observer(handlers: Mapping[str, _Handler]) -> BaseObserver:
    """What watches folders, started; the handlers, by folder, are called by those who hear of events.

    watchdog would wake another thread for that, which calls them: five times a second it is a good part of
    what a run that trains beside us costs.
    """
    from watchdog.observers import Observer  # noqa: PLC0415
    from watchdog.observers.api import EventQueue  # noqa: PLC0415

    class Straight(EventQueue):
        def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: ANN401
            if not isinstance(item, tuple):  # the word that the queue ends
                super().put(item, block, timeout)
                return
            event, watched = item
            handlers[watched.path].dispatch(event)

    class Direct(Observer):  # type: ignore[misc,valid-type]
        event_queue = Straight()

    # Whatever it has to say would be written over the screen.
    logging.getLogger("watchdog").addHandler(logging.NullHandler())
    warnings.filterwarnings("ignore", module=r"watchdog\.")
    observer: BaseObserver = Direct()
    observer.start()
    return observer


def _has_more_folders(path: str, limit: int) -> bool:
    """Whether there are more than `limit` folders in and below a folder."""
    waiting = [path]
    count = 0
    while waiting:
        count += 1
        if count + len(waiting) > limit:
            return True
        try:
            with os.scandir(waiting.pop()) as entries:
                waiting += [e.path for e in entries if e.is_dir(follow_symlinks=False)]
        except OSError:
            continue
    return False
