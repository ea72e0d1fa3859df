"""Paths to runs: which files under them are logs, and which logs are one run."""
# Paths stay as they were given, and rounds over thousands of them are made of plain strings:
# ruff: noqa: PTH100, PTH113, PTH116, PTH118, PTH119, PTH120, PTH206, PTH208

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from gan_tui.errors import GanTuiError, LogNotFoundError, LogUnreadableError, PassedOverError
from gan_tui.logs import file_names
from gan_tui.logs.discovery.grouping import EVENTS, Folder, Found, LogGroup, group
from gan_tui.logs.discovery.listing import FolderListing, head_of, list_folder, what_to_do, why
from gan_tui.logs.discovery.sources import Discovery, LogSource, RunSource
from gan_tui.logs.files.tail import file_kind
from gan_tui.logs.formats.detection import BY_NAME, is_binary
from gan_tui.logs.formats.registry import HEAD_BYTES, Format, by_name, detect
from gan_tui.logs.formats.selection import detect_in_head
from gan_tui.logs.model import join
from gan_tui.logs.parsing.metric_words import sounds_like_metric

if TYPE_CHECKING:
    from pathlib import Path

MAX_DEPTH = 16
"""How far below a given folder runs are looked for."""
MAX_FOLDERS = 20_000
"""How many folders are searched below the given ones."""
MAX_FILES = 20_000
"""Into how many files one search looks."""
MOST_PROBLEMS = 100
"""So many things that were passed over are told one by one."""
GLANCE_BYTES = 1024
"""What tells the format of nearly every log; only where it does not, `HEAD_BYTES` are read."""

READS = (
    "gan-tui reads CSV and TSV, TensorBoard event files, JSON lines, JSON arrays, loss_log.txt,"
    " console logs and .npy losses"
)


def find_runs(paths: Sequence[str | Path], *, format: Format | None = None) -> Discovery:  # noqa: A002
    """The runs under `paths`: each a log, the folder of a run, or a folder of runs.

    Args:
        paths: Where to look. Symbolic links are followed, each folder is searched once.
        format: The format that a person named; a file given directly is then taken as it is.

    Raises:
        LogNotFoundError: One of the paths does not exist.
        LogUnreadableError: No run is found, and a path cannot be opened or is no log at all.
    """
    return Finder(paths, format=format).find(strict=True)


class _Look(Struct):
    """What a look into a file said."""

    identity: tuple[int, int]
    size: int
    found: Found | None
    series: Mapping[str, int] | None = None

    @property
    def is_young(self) -> bool:
        """Whether more bytes may change what was said."""
        decided = self.found is not None and bool(self.found.format) and self.series is None
        return not decided and self.size < HEAD_BYTES


class Finder:
    """Searches the same paths again and again, and looks only at what has changed.

    A search where nothing has changed costs one `stat` for each folder, and one for each file that is
    still too short to tell what it is.

    Args:
        paths: As for `find_runs`.
        format: As for `find_runs`.
    """

    def __init__(self, paths: Sequence[str | Path], *, format: Format | None = None) -> None:  # noqa: A002
        self._paths = list(dict.fromkeys(os.fspath(p) for p in paths))
        self._format = format
        self._last: Discovery | None = None
        self._listings: dict[str, FolderListing] = {}
        self._visited: dict[str, FolderListing] = {}
        self._looks: dict[str, _Look] = {}
        self._problems: list[GanTuiError] = []
        self._folders_left = self._files_left = 0
        self._seen: set[tuple[int, int]] = set()
        self._around: frozenset[tuple[int, int]] = frozenset()
        self._kernels = _devices_of_the_kernel()

    def find(self, *, strict: bool = False) -> Discovery:
        """The runs as they are now.

        Args:
            strict: Raise as `find_runs` does, instead of telling it among the problems.
        """
        if self._last is not None and self._unchanged():
            return self._last
        self._problems, self._visited, self._last = [], {}, None
        self._folders_left, self._files_left = MAX_FOLDERS, MAX_FILES
        self._seen = set()
        groups: list[tuple[str, LogGroup]] = []
        barred: list[GanTuiError] = []
        for path in self._paths:
            try:
                groups += [(path, each) for each in self._under(path)]
            except LogNotFoundError as error:
                if strict:
                    raise
                self._problems.append(error)
            except LogUnreadableError as error:
                barred.append(error)
        if barred and not groups and strict:
            raise barred[0]
        self._listings = self._visited
        # What a person named comes before what was met on the way.
        met = sorted(self._problems, key=lambda problem: isinstance(problem, LogUnreadableError))
        if len(met) > MOST_PROBLEMS:
            more = LogUnreadableError(f"passed over {len(met) - MOST_PROBLEMS:,} more")
            met = [*met[:MOST_PROBLEMS], more]
        found = Discovery(_named(groups), (*barred, *met))
        self._looks = {path: look for path, look in self._looks.items() if look.identity in self._seen}
        if not barred:
            self._last = found
        return found

    def _unchanged(self) -> bool:
        """Whether a search would find the same as the last one."""
        try:
            return (
                all(path in self._listings or os.path.isfile(path) for path in self._paths)
                and all(listing.holds(os.stat(path)) for path, listing in self._listings.items())
                and all(
                    look.size == os.stat(path).st_size for path, look in self._looks.items() if look.is_young
                )
            )
        except OSError:
            return False

    # -- one path ----------------------------------------------------------------------------------

    def _under(self, path: str) -> list[LogGroup]:
        try:
            facts = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            raise LogNotFoundError(f"{path} does not exist", _hint(path)) from None
        except (OSError, ValueError) as error:
            raise LogUnreadableError(f"cannot open {path}: {why(error)}", what_to_do(error)) from None
        if (facts.st_dev, facts.st_ino) in self._seen:  # below another path that was given
            return []
        if stat.S_ISREG(facts.st_mode):
            return [LogGroup(path, (self._given(path, facts),))]
        if not stat.S_ISDIR(facts.st_mode):
            fifo = stat.S_ISFIFO(facts.st_mode)
            hint = (
                f"Read it through a pipe: gan-tui - < {path}" if fifo else "Name a log, or a folder with logs"
            )
            raise LogUnreadableError(f"{path} is {file_kind(facts)}, not a log file", hint)
        self._around = _folders_around(path)
        folder = self._walk(path, facts, ())
        groups = group(folder, self._series_of, self._pass_over)
        if not groups:
            self._problems.append(LogNotFoundError(f"no log found in {path}", READS))
        return groups

    def _given(self, path: str, facts: os.stat_result) -> Found:
        """A file that a person named: a log, unless it is clear that it is none."""
        self._seen.add((facts.st_dev, facts.st_ino))
        name = os.path.basename(path)
        try:
            head = head_of(path, HEAD_BYTES)
        except OSError as error:
            raise LogUnreadableError(f"cannot open {path}: {why(error)}", what_to_do(error)) from None
        found = self._format or (detect_in_head(head, path) if facts.st_size else None)
        if found is None and head and is_binary(head):
            raise LogUnreadableError(
                f"{path} is not a log in a known format", f"{READS}; if it is one, name it with --format"
            )
        return Found(path, name, found.name if found else "")

    def _walk(self, path: str, facts: os.stat_result, above: tuple[tuple[int, int], ...]) -> Folder:
        """The folder with every log in it and below it."""
        identity = (facts.st_dev, facts.st_ino)
        self._seen.add(identity)
        self._folders_left -= 1
        listing = self._listing(path, facts)
        self._problems += listing.oddities
        folder = Folder(path, os.path.basename(path))
        for name in listing.files:
            found = self._look(os.path.join(path, name), name)
            if found is not None:
                folder.logs.append(found)
        for name in listing.folders:
            below = os.path.join(path, name)
            inner = self._enter(below, (*above, identity))
            if inner is not None:
                child = self._walk(below, inner, (*above, identity))
                if child.logs or child.folders:
                    folder.folders.append(child)
        return folder

    def _enter(self, path: str, above: tuple[tuple[int, int], ...]) -> os.stat_result | None:
        """The facts of a folder that is to be searched; None where it is not."""
        try:
            facts = os.stat(path)
        except OSError:
            return None
        identity = (facts.st_dev, facts.st_ino)
        if identity in above or identity in self._around:
            self._pass_over(path, "a link back to a folder above it")
            return None
        if identity in self._seen:
            return None
        if facts.st_dev in self._kernels and facts.st_dev != above[0][0]:
            self._pass_over(path, "it leads to what is no disk (/proc, /sys, /dev)")
            return None
        if len(above) > MAX_DEPTH:
            self._problem_once(f"folders more than {MAX_DEPTH} deep were not searched, such as {path}")
            return None
        if self._folders_left <= 0:
            self._problem_once(f"only the first {MAX_FOLDERS:,} folders were searched")
            return None
        return facts

    def _pass_over(self, path: str, reason: str) -> None:
        self._problems.append(PassedOverError(path, reason))

    def _problem_once(self, message: str) -> None:
        start = message[:20]
        if not any(p.message.startswith(start) for p in self._problems):
            self._problems.append(LogNotFoundError(message, "Name a folder further down"))

    def _listing(self, path: str, facts: os.stat_result) -> FolderListing:
        known = self._listings.get(path)
        if known is None or not known.holds(facts):
            known = list_folder(path, facts)
        self._visited[path] = known
        return known

    # -- one file ----------------------------------------------------------------------------------

    def _look(self, path: str, name: str) -> Found | None:
        """The log that a file is, or None."""
        try:
            facts = os.stat(path)
        except OSError:
            return None
        identity = (facts.st_dev, facts.st_ino)
        if identity in self._seen or not stat.S_ISREG(facts.st_mode):
            return None
        self._seen.add(identity)
        look = self._looks.get(path)
        if (
            look is not None
            and look.identity == identity
            and (look.size == facts.st_size or not look.is_young)
        ):
            return look.found
        if self._files_left <= 0:
            self._problem_once(f"only the first {MAX_FILES:,} files were looked into")
            return None
        self._files_left -= 1
        try:
            look = _Look(identity, facts.st_size, self._sniff(path, name, facts.st_size))
        except OSError as error:
            self._pass_over(path, why(error))
            # Its tail tells why it cannot be read, and reads it once it can.
            look = _Look(identity, -1, Found(path, name, "") if file_names.may_grow(name) else None)
        self._looks[path] = look
        return look.found

    def _sniff(self, path: str, name: str, size: int) -> Found | None:
        if file_names.is_events(name):
            head_of(path, 1)  # whether it may be read
            return Found(path, name, EVENTS)
        if not size:
            return Found(path, name, "") if file_names.may_grow(name) else None
        head = head_of(path, GLANCE_BYTES)
        found = None
        if size > GLANCE_BYTES:
            whole = head[: head.rfind(b"\n") + 1]
            found = self._fit(whole, path, name) if whole else None
            head = b"" if found else head_of(path, HEAD_BYTES)
        found = found or self._fit(head, path, name)
        if found is None and file_names.may_grow(name) and b"\n" not in head and not is_binary(head):
            return Found(path, name, "")  # its first line is being written
        return found

    def _fit(self, head: bytes, path: str, name: str) -> Found | None:
        """The log that these first bytes are of, or None."""
        found = detect(head, path)
        if self._format is not None:
            fits = found is self._format or (found is None and bool(head) and not is_binary(head))
            return Found(path, name, self._format.name) if fits else None
        if found is None:
            return None
        if found.name == "jsonl" and found.sniff(head, path) <= BY_NAME:
            series = _series(found, path, head)
            if not any(map(sounds_like_metric, series)):
                return None  # records of something else, whatever the name
        return Found(path, name, found.name)

    def _series_of(self, log: Found) -> Mapping[str, int]:
        """The names of the series at the head of a log, each with its first step."""
        if not log.format:
            return {}
        look = self._looks.get(log.path)
        if look is not None and look.series is not None:
            return look.series
        try:
            head = head_of(log.path, HEAD_BYTES)
        except OSError:
            return {}
        series = _series(by_name(log.format), log.path, head)
        if look is not None:
            look.series = series
        return series


def _series(format: Format, path: str, head: bytes) -> Mapping[str, int]:  # noqa: A002
    parser = format.make_parser(path)
    columns = join([parser.feed(head), parser.finish()]).columns
    return {column.name: int(column.steps[0]) for column in columns if len(column)}


# -- words -------------------------------------------------------------------------------------------


def _folders_around(path: str) -> frozenset[tuple[int, int]]:
    """Device and inode of every folder that a folder is in: links to them lead out and round."""
    around = set()
    path = os.path.realpath(path)
    while (parent := os.path.dirname(path)) != path:
        path = parent
        with suppress(OSError):
            facts = os.stat(path)
            around.add((facts.st_dev, facts.st_ino))
    return frozenset(around)


def _devices_of_the_kernel() -> frozenset[int]:
    """Where the kernel shows itself as files: endless, and with side effects."""
    devices = set()
    for path in ("/proc", "/sys", "/dev"):
        with suppress(OSError):
            devices.add(os.stat(path).st_dev)
    return frozenset(devices) - {os.stat("/").st_dev}


def _hint(path: str) -> str:
    folder, name = os.path.split(os.path.abspath(path))
    try:
        from difflib import get_close_matches  # noqa: PLC0415 - most paths are there

        near = get_close_matches(name, os.listdir(folder), 1)
    except OSError:
        near = []
    if near:
        return f"Did you mean {os.path.join(os.path.dirname(path), near[0])}?"
    return "Check the path; for a run that is yet to begin, name the folder that it will be in"


def _named(found: Sequence[tuple[str, LogGroup]]) -> tuple[RunSource, ...]:
    """Groups of logs as runs.

    Args:
        found: Each with the path under which it was found.
    """
    chosen = file_names.shortest([list(_names(given, each)) for given, each in found])
    return tuple(
        RunSource(name, each.path, tuple(LogSource(log.path, log.prefix, log.owner) for log in each.logs))
        for name, (_, each) in zip(chosen, found, strict=True)
    )


def _names(given: str, each: LogGroup) -> Iterator[str]:
    """Names for a run, longer and longer."""
    path = os.path.abspath(each.path)
    relative = os.path.relpath(path, os.path.abspath(given))
    parts = path.split(os.sep)
    count = 1 if relative == os.curdir else len(relative.split(os.sep))
    if file_names.is_events(parts[-1]) and len(each.logs) == 1 and relative == os.curdir:
        yield parts[-2]  # the name of an event file tells only when it was begun
        count = 2
    for length in range(count, len(parts) + 1):
        yield os.sep.join(parts[-length:])
