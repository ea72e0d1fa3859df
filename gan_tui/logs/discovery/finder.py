"""Search paths for logs, and group the logs into runs."""
# Paths stay as given. They are plain strings, since thousands of them are visited:
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
from gan_tui.logs.discovery.grouping import EVENTS, FoundLog, LogFolder, LogGroup, group_logs
from gan_tui.logs.discovery.listing import (
    FolderListing,
    describe_error,
    hint_for_error,
    list_folder,
    read_head,
)
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
"""How many levels below a given folder are searched."""
MAX_FOLDERS = 20_000
"""The most folders searched below the given ones."""
MAX_FILES = 20_000
"""The most files inspected in one search."""
MAX_PROBLEMS = 100
"""Problems beyond this number are only counted."""
SHORT_HEAD_BYTES = 1024
"""Enough to detect the format of nearly every log; otherwise `HEAD_BYTES` are read."""

READS = (
    "gan-tui reads CSV and TSV, TensorBoard event files, JSON lines, JSON arrays, loss_log.txt,"
    " console logs and .npy losses"
)


def find_runs(paths: Sequence[str | Path], *, format: Format | None = None) -> Discovery:  # noqa: A002
    """Return the runs under `paths`: each path is a log, the folder of a run, or a folder of runs.

    Args:
        paths: Where to search. Symbolic links are followed, each folder is searched once.
        format: The format named by the user; a file given directly is then accepted without detection.

    Raises:
        LogNotFoundError: One of the paths does not exist.
        LogUnreadableError: No run is found, and a path cannot be opened or is not a log.
    """
    return Finder(paths, format=format).find(strict=True)


class _InspectedFile(Struct):
    """Result of inspecting a file."""

    identity: tuple[int, int]
    size: int
    log: FoundLog | None
    series: Mapping[str, int] | None = None

    @property
    def is_young(self) -> bool:
        """Whether more bytes may change the result."""
        decided = self.log is not None and bool(self.log.format) and self.series is None
        return not decided and self.size < HEAD_BYTES


class Finder:
    """Searches the same paths repeatedly, and inspects only what has changed.

    If nothing has changed, a search costs one `stat` for each folder, and one for each file that is still
    too short for detection.

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
        self._inspected: dict[str, _InspectedFile] = {}
        self._problems: list[GanTuiError] = []
        self._folders_left = self._files_left = 0
        self._seen: set[tuple[int, int]] = set()
        self._parent_folders: frozenset[tuple[int, int]] = frozenset()
        self._kernel_devices = _find_kernel_devices()

    def find(self, *, strict: bool = False) -> Discovery:
        """Return the current runs.

        Args:
            strict: Raise as `find_runs` does, instead of returning errors among the problems.
        """
        if self._last is not None and self._unchanged():
            return self._last
        self._problems, self._visited, self._last = [], {}, None
        self._folders_left, self._files_left = MAX_FOLDERS, MAX_FILES
        self._seen = set()
        groups: list[tuple[str, LogGroup]] = []
        unreadable: list[GanTuiError] = []
        for path in self._paths:
            try:
                groups += [(path, group) for group in self._search(path)]
            except LogNotFoundError as error:
                if strict:
                    raise
                self._problems.append(error)
            except LogUnreadableError as error:
                unreadable.append(error)
        if unreadable and not groups and strict:
            raise unreadable[0]
        self._listings = self._visited
        # Paths named by the user come before those met during the search.
        problems = sorted(self._problems, key=lambda problem: isinstance(problem, LogUnreadableError))
        if len(problems) > MAX_PROBLEMS:
            more = LogUnreadableError(f"passed over {len(problems) - MAX_PROBLEMS:,} more")
            problems = [*problems[:MAX_PROBLEMS], more]
        discovery = Discovery(_named_runs(groups), (*unreadable, *problems))
        self._inspected = {
            path: file for path, file in self._inspected.items() if file.identity in self._seen
        }
        if not unreadable:
            self._last = discovery
        return discovery

    def _unchanged(self) -> bool:
        """Return whether a search would find the same as the last one."""
        try:
            return (
                all(path in self._listings or os.path.isfile(path) for path in self._paths)
                and all(listing.is_current(os.stat(path)) for path, listing in self._listings.items())
                and all(
                    file.size == os.stat(path).st_size
                    for path, file in self._inspected.items()
                    if file.is_young
                )
            )
        except OSError:
            return False

    # -- one path ----------------------------------------------------------------------------------

    def _search(self, path: str) -> list[LogGroup]:
        try:
            facts = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            raise LogNotFoundError(f"{path} does not exist", _hint(path)) from None
        except (OSError, ValueError) as error:
            raise LogUnreadableError(
                f"cannot open {path}: {describe_error(error)}", hint_for_error(error)
            ) from None
        if (facts.st_dev, facts.st_ino) in self._seen:  # within another given path
            return []
        if stat.S_ISREG(facts.st_mode):
            return [LogGroup(path, (self._given_file(path, facts),))]
        if not stat.S_ISDIR(facts.st_mode):
            fifo = stat.S_ISFIFO(facts.st_mode)
            hint = (
                f"Read it through a pipe: gan-tui - < {path}" if fifo else "Name a log, or a folder with logs"
            )
            raise LogUnreadableError(f"{path} is {file_kind(facts)}, not a log file", hint)
        self._parent_folders = _identities_of_parents(path)
        folder = self._walk(path, facts, ())
        groups = group_logs(folder, self._series_of, self._report_skipped)
        if not groups:
            self._problems.append(LogNotFoundError(f"no log found in {path}", READS))
        return groups

    def _given_file(self, path: str, facts: os.stat_result) -> FoundLog:
        """Return a file named by the user as a log, unless it clearly is not one."""
        self._seen.add((facts.st_dev, facts.st_ino))
        name = os.path.basename(path)
        try:
            head = read_head(path, HEAD_BYTES)
        except OSError as error:
            raise LogUnreadableError(
                f"cannot open {path}: {describe_error(error)}", hint_for_error(error)
            ) from None
        format = self._format or (detect_in_head(head, path) if facts.st_size else None)  # noqa: A001
        if format is None and head and is_binary(head):
            raise LogUnreadableError(
                f"{path} is not a log in a known format", f"{READS}; if it is one, name it with --format"
            )
        return FoundLog(path, name, format.name if format else "")

    def _walk(self, path: str, facts: os.stat_result, above: tuple[tuple[int, int], ...]) -> LogFolder:
        """Return the folder with every log in it and below it."""
        identity = (facts.st_dev, facts.st_ino)
        self._seen.add(identity)
        self._folders_left -= 1
        listing = self._listing(path, facts)
        self._problems += listing.problems
        folder = LogFolder(path, os.path.basename(path))
        for name in listing.files:
            log = self._inspect(os.path.join(path, name), name)
            if log is not None:
                folder.logs.append(log)
        for name in listing.folders:
            child_path = os.path.join(path, name)
            child_facts = self._enter(child_path, (*above, identity))
            if child_facts is not None:
                child = self._walk(child_path, child_facts, (*above, identity))
                if child.logs or child.folders:
                    folder.folders.append(child)
        return folder

    def _enter(self, path: str, above: tuple[tuple[int, int], ...]) -> os.stat_result | None:
        """Return the `stat` result of a folder to be searched; None if it is not to be searched."""
        try:
            facts = os.stat(path)
        except OSError:
            return None
        identity = (facts.st_dev, facts.st_ino)
        if identity in above or identity in self._parent_folders:
            self._report_skipped(path, "a link back to a folder above it")
            return None
        if identity in self._seen:
            return None
        if facts.st_dev in self._kernel_devices and facts.st_dev != above[0][0]:
            self._report_skipped(path, "it leads to what is no disk (/proc, /sys, /dev)")
            return None
        if len(above) > MAX_DEPTH:
            self._problem_once(f"folders more than {MAX_DEPTH} deep were not searched, such as {path}")
            return None
        if self._folders_left <= 0:
            self._problem_once(f"only the first {MAX_FOLDERS:,} folders were searched")
            return None
        return facts

    def _report_skipped(self, path: str, reason: str) -> None:
        self._problems.append(PassedOverError(path, reason))

    def _problem_once(self, message: str) -> None:
        start = message[:20]
        if not any(p.message.startswith(start) for p in self._problems):
            self._problems.append(LogNotFoundError(message, "Name a folder further down"))

    def _listing(self, path: str, facts: os.stat_result) -> FolderListing:
        known = self._listings.get(path)
        if known is None or not known.is_current(facts):
            known = list_folder(path, facts)
        self._visited[path] = known
        return known

    # -- one file ----------------------------------------------------------------------------------

    def _inspect(self, path: str, name: str) -> FoundLog | None:
        """Return the file as a log, or None if it is not one."""
        try:
            facts = os.stat(path)
        except OSError:
            return None
        identity = (facts.st_dev, facts.st_ino)
        if identity in self._seen or not stat.S_ISREG(facts.st_mode):
            return None
        self._seen.add(identity)
        known = self._inspected.get(path)
        if (
            known is not None
            and known.identity == identity
            and (known.size == facts.st_size or not known.is_young)
        ):
            return known.log
        if self._files_left <= 0:
            self._problem_once(f"only the first {MAX_FILES:,} files were looked into")
            return None
        self._files_left -= 1
        try:
            inspected = _InspectedFile(identity, facts.st_size, self._detect(path, name, facts.st_size))
        except OSError as error:
            self._report_skipped(path, describe_error(error))
            # `Tail` reports why it cannot be read, and reads it once it can.
            log = FoundLog(path, name, "") if file_names.is_log_when_empty(name) else None
            inspected = _InspectedFile(identity, -1, log)
        self._inspected[path] = inspected
        return inspected.log

    def _detect(self, path: str, name: str, size: int) -> FoundLog | None:
        if file_names.is_event_file(name):
            read_head(path, 1)  # raises if it cannot be read
            return FoundLog(path, name, EVENTS)
        if not size:
            return FoundLog(path, name, "") if file_names.is_log_when_empty(name) else None
        head = read_head(path, SHORT_HEAD_BYTES)
        log = None
        if size > SHORT_HEAD_BYTES:
            whole_lines = head[: head.rfind(b"\n") + 1]
            log = self._match(whole_lines, path, name) if whole_lines else None
            head = b"" if log else read_head(path, HEAD_BYTES)
        log = log or self._match(head, path, name)
        if log is None and file_names.is_log_when_empty(name) and b"\n" not in head and not is_binary(head):
            return FoundLog(path, name, "")  # its first line is being written
        return log

    def _match(self, head: bytes, path: str, name: str) -> FoundLog | None:
        """Return the log that begins with these bytes, or None if they match no format."""
        detected = detect(head, path)
        if self._format is not None:
            matches = detected is self._format or (detected is None and bool(head) and not is_binary(head))
            return FoundLog(path, name, self._format.name) if matches else None
        if detected is None:
            return None
        if detected.name == "jsonl" and detected.sniff(head, path) <= BY_NAME:
            series = _first_steps(detected, path, head)
            if not any(map(sounds_like_metric, series)):
                return None  # records of another kind, despite the name
        return FoundLog(path, name, detected.name)

    def _series_of(self, log: FoundLog) -> Mapping[str, int]:
        """Return the names of the series at the head of a log, each with its first step."""
        if not log.format:
            return {}
        known = self._inspected.get(log.path)
        if known is not None and known.series is not None:
            return known.series
        try:
            head = read_head(log.path, HEAD_BYTES)
        except OSError:
            return {}
        series = _first_steps(by_name(log.format), log.path, head)
        if known is not None:
            known.series = series
        return series


def _first_steps(format: Format, path: str, head: bytes) -> Mapping[str, int]:  # noqa: A002
    parser = format.make_parser(path)
    columns = join([parser.feed(head), parser.finish()]).columns
    return {column.name: int(column.steps[0]) for column in columns if len(column)}


# -- folders and names -------------------------------------------------------------------------------


def _identities_of_parents(path: str) -> frozenset[tuple[int, int]]:
    """Return device and inode of every parent of a folder: links to them would make the search circular."""
    identities = set()
    path = os.path.realpath(path)
    while (parent := os.path.dirname(path)) != path:
        path = parent
        with suppress(OSError):
            facts = os.stat(path)
            identities.add((facts.st_dev, facts.st_ino))
    return frozenset(identities)


def _find_kernel_devices() -> frozenset[int]:
    """Return the devices of /proc, /sys and /dev: reading them is endless or has side effects."""
    devices = set()
    for path in ("/proc", "/sys", "/dev"):
        with suppress(OSError):
            devices.add(os.stat(path).st_dev)
    return frozenset(devices) - {os.stat("/").st_dev}


def _hint(path: str) -> str:
    folder, name = os.path.split(os.path.abspath(path))
    try:
        from difflib import get_close_matches  # noqa: PLC0415 - most paths exist

        near = get_close_matches(name, os.listdir(folder), 1)
    except OSError:
        near = []
    if near:
        return f"Did you mean {os.path.join(os.path.dirname(path), near[0])}?"
    return "Check the path; for a run that is yet to begin, name the folder that it will be in"


def _named_runs(groups: Sequence[tuple[str, LogGroup]]) -> tuple[RunSource, ...]:
    """Return groups of logs as runs with unique names.

    Args:
        groups: Each with the given path under which it was found.
    """
    names = file_names.shortest_unique_names([list(_possible_names(path, group)) for path, group in groups])
    return tuple(
        RunSource(name, group.path, tuple(LogSource(log.path, log.prefix, log.owner) for log in group.logs))
        for name, (_, group) in zip(names, groups, strict=True)
    )


def _possible_names(given_path: str, group: LogGroup) -> Iterator[str]:
    """Yield names for a run, the shortest first."""
    path = os.path.abspath(group.path)
    relative = os.path.relpath(path, os.path.abspath(given_path))
    parts = path.split(os.sep)
    count = 1 if relative == os.curdir else len(relative.split(os.sep))
    if file_names.is_event_file(parts[-1]) and len(group.logs) == 1 and relative == os.curdir:
        yield parts[-2]  # the name of an event file contains only its start time
        count = 2
    for length in range(count, len(parts) + 1):
        yield os.sep.join(parts[-length:])
