"""Group logs into runs by their folders, their names and the series they contain.

A folder that directly contains logs is a run, and so is each folder below it. The exceptions:

- **Event files, one folder for each metric** (mimicry's `data/errD/`, `add_scalars`' `Loss_D/`): the run
  is the folder above, and the folder's name is put in front of the tag. Such folders contain only event
  files with at most one tag. One of two conditions holds. Either the folder is named tag_key or tag/key,
  and the run has event files of its own, as `add_scalars` writes them. Or every word of its name means
  something measured, the same is true of at least one other folder, and one of them names a player.
  Folders named generator and discriminator, or train and validation, are parts of one run however many
  tags they contain.
- **A folder for logs** (`tb/`, `logs/`) inside a run that has logs of its own: part of that run.
- **A table without losses next to several runs** (results.csv): a summary of the runs, not a run.
- **Several tables of the same losses in one folder** (seed0.csv, seed1.csv): each is a run, with two
  exceptions: their names say training and validation, or they contain dates and each table begins at a
  later step than the previous one. Then they are segments of one log, as rotated logs (train.log.1) are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct, field
from msgspec.structs import replace

from gan_tui.logs.file_names import (
    UNNAMED_COLUMNS,
    downloaded_run,
    has_date,
    is_log_folder,
    is_metric_name,
    metric_name,
    only_player,
    only_split,
    players_in,
    run_stem,
    split_of,
    start_order_key,
    undated_name,
)

EVENTS = "tensorboard"
_NON_WORD = re.compile(r"\W")


class FoundLog(Struct, frozen=True):
    """A log that was found in a folder."""

    path: str
    name: str
    format: str
    """Name of its format; "" if the log is still empty."""
    prefix: str = ""
    """Put in front of the names of its series."""

    @property
    def owner(self) -> str:
        """Equal for segments of one log: a run's event files, its restarts, rotated logs."""
        if self.format == EVENTS:
            return EVENTS
        return self.path.removesuffix(self.name) + undated_name(self.name)


class LogFolder(Struct, eq=False):
    """A folder with the logs found in it and below it."""

    path: str
    name: str
    logs: list[FoundLog] = field(default_factory=list)
    folders: list[LogFolder] = field(default_factory=list)


class LogGroup(Struct, frozen=True):
    """The logs of one run."""

    path: str
    logs: tuple[FoundLog, ...]


SeriesOf = Callable[[FoundLog], Mapping[str, int]]
"""Returns the names of the series at the head of a log, each with its first step."""
ReportSkipped = Callable[[str, str], None]
"""Called with a path and the reason why it is skipped."""


def group_logs(folder: LogFolder, series_of: SeriesOf, report_skipped: ReportSkipped) -> list[LogGroup]:
    """Return the runs in a folder and below it, the folder's own run first.

    Args:
        folder: The folder; subfolders that are parts of a run are removed from it.
        series_of: Called for few logs only, since it has to read them.
        report_skipped: Called for each file that turns out not to be a log of a run.
    """
    parts = [*_remove_add_scalars_folders(folder, series_of), *_remove_parts(folder, series_of)]
    logs = [*folder.logs, *(replace(log, prefix=part.name) for part in parts for log in part.logs)]
    below = [(child, group_logs(child, series_of, report_skipped)) for child in folder.folders]
    log_folders = [(child, groups) for child, groups in below if _is_part_of_run_above(child, groups)]
    if log_folders and (logs or len(log_folders) > 1):
        logs += [log for _, groups in log_folders for log in groups[0].logs]
        below = [pair for pair in below if pair not in log_folders]
    inner = []
    for child, groups in below:
        siblings = [log for log in logs if log.name.startswith(f"{child.name}_log.")]  # BigGAN's layout
        if siblings and groups and groups[0].path == child.path:
            logs = [log for log in logs if log not in siblings]
            inner += [_run(child.path, [*groups[0].logs, *siblings]), *groups[1:]]
        else:
            inner += groups
    if len(inner) > 1:
        logs = [log for log in logs if not _is_summary(log, series_of, report_skipped)]
    return [*_group_one_folder(folder.path, logs, series_of), *inner]


def _is_summary(log: FoundLog, series_of: SeriesOf, report_skipped: ReportSkipped) -> bool:
    """Return whether a file next to several runs is a summary of them, and not a training log."""
    series = series_of(log)
    if not series or any(_is_loss(name) for name in series):
        return False
    report_skipped(log.path, "it holds no loss and lies next to several runs: a summary of them")
    return True


def _is_part_of_run_above(child: LogFolder, groups: list[LogGroup]) -> bool:
    return is_log_folder(child.name) and not child.folders and [g.path for g in groups] == [child.path]


# -- folders that are parts of a run -------------------------------------------------------------------


def _remove_add_scalars_folders(folder: LogFolder, series_of: SeriesOf) -> list[LogFolder]:
    """Remove and return folders of `add_scalars`: tag_key/ (PyTorch) or tag/key/ (tensorboardX)."""
    if not any(log.format == EVENTS for log in folder.logs):
        return []
    return _remove_folders_named_by_tag(folder, "", series_of)


def _remove_folders_named_by_tag(folder: LogFolder, parents: str, series_of: SeriesOf) -> list[LogFolder]:
    removed = []
    for child in list(folder.folders):
        child_name = f"{parents}{child.name}_"
        if _only_events(child):
            tags = [_NON_WORD.sub("_", tag) for tag in _tags(child, series_of)]
            if len(tags) == 1 and _NON_WORD.sub("_", child_name).startswith(f"{tags[0]}_"):
                removed.append(child)
                folder.folders.remove(child)
        elif not child.logs:
            removed += _remove_folders_named_by_tag(child, child_name, series_of)
    return removed


def _remove_parts(folder: LogFolder, series_of: SeriesOf) -> list[LogFolder]:
    """Remove and return folders that each contain one metric or one part of the run."""
    leaves = [child for child in folder.folders if _only_events(child)]
    own_events = any(log.format == EVENTS for log in folder.logs)
    matches = [*_players(leaves), *_metrics(leaves, series_of), *_splits(leaves, own_events=own_events)]
    parts = [child for child in leaves if child in matches]
    folder.folders = [child for child in folder.folders if child not in parts]
    return parts


def _only_events(folder: LogFolder) -> bool:
    return bool(folder.logs) and not folder.folders and all(log.format == EVENTS for log in folder.logs)


def _players(leaves: list[LogFolder]) -> list[LogFolder]:
    named = [child for child in leaves if only_player(child.name)]
    return named if len({only_player(child.name) for child in named}) == 2 else []


def _metrics(leaves: list[LogFolder], series_of: SeriesOf) -> list[LogFolder]:
    named = [child for child in leaves if is_metric_name(child.name)]
    if len(named) < 2 or not any(players_in(child.name) for child in named):
        return []
    counts = {id(child): len(_tags(child, series_of)) for child in named}
    # A folder without a scalar yet counts as what its siblings are.
    single = [child for child in named if counts[id(child)] <= 1]
    return single if len(single) > 1 and any(counts[id(child)] for child in single) else []


def _splits(leaves: list[LogFolder], *, own_events: bool) -> list[LogFolder]:
    named = [child for child in leaves if only_split(child.name)]
    kinds = {only_split(child.name) for child in named}
    return named if len(kinds) == 2 or own_events else []


def _tags(folder: LogFolder, series_of: SeriesOf) -> frozenset[str]:
    return frozenset().union(*(series_of(log) for log in folder.logs))


# -- logs of one folder --------------------------------------------------------------------------------


def _group_one_folder(path: str, logs: list[FoundLog], series_of: SeriesOf) -> list[LogGroup]:
    """Return one run, or several if the folder contains several tables of the same losses."""
    downloaded = {log: downloaded_run(log.name) for log in logs}
    runs = {run for run in downloaded.values() if run is not None}
    if runs:
        logs = [log if downloaded[log] is None else _with_file_prefix(log) for log in logs]
    competing = _find_competing([log for log in logs if not log.prefix], series_of)
    if competing and _are_metrics_of_one_run(competing, series_of):
        logs = [_with_file_prefix(log) if log in competing else log for log in logs]
        competing = set()
    separate = _find_restarts_from_scratch(competing, series_of)
    stems = {run_stem(log.name) for log in competing - separate}
    is_single_run = len(stems) + len(separate) < 2
    parts: dict[str, list[FoundLog]] = {}
    for log in logs:
        stem = "" if log.format == EVENTS else run_stem(log.name)
        key = log.name if log in separate else stem if stem in stems and not is_single_run else ""
        run = downloaded_run(log.name) if len(runs) > 1 else None
        parts.setdefault(key if run is None else f"run {run}", []).append(log)
    groups = []
    for key, part in parts.items():
        has_training = any(split_of(log.name) != "held out" for log in part if log in competing)
        members = part
        if has_training:
            members = [_with_split_prefix(log, series_of) if log in competing else log for log in part]
        groups.append(_run(part[0].path if key else path, members))
    return sorted(groups, key=lambda g: g.path != path)


def _are_metrics_of_one_run(competing: set[FoundLog], series_of: SeriesOf) -> bool:
    """Return whether files with one series each are the metrics of one run, judging by their names."""
    if any(len(series_of(log)) != 1 for log in competing):
        return False
    names = [metric_name(log.name) for log in competing]
    unnamed = all(series_of(log).keys() <= UNNAMED_COLUMNS for log in competing)
    return any(map(players_in, names)) and (unnamed or all(map(is_metric_name, names)))


def _with_file_prefix(log: FoundLog) -> FoundLog:
    return replace(log, prefix=metric_name(log.name))


def _find_competing(logs: Sequence[FoundLog], series_of: SeriesOf) -> set[FoundLog]:
    """Return logs of the same format that contain the same losses."""
    by_format: dict[str, list[FoundLog]] = {}
    for log in logs:
        if log.format not in ("", EVENTS, "metric", "npy"):
            by_format.setdefault(log.format, []).append(log)
    competing: set[FoundLog] = set()
    for members in by_format.values():
        if len(members) < 2:
            continue
        tables: dict[frozenset[str], list[FoundLog]] = {}
        for log in members:
            tables.setdefault(frozenset(series_of(log)), []).append(log)
        for series, members_with_series in tables.items():
            others = tables if len(members_with_series) > 1 else tables.keys() - {series}
            if any(_same_losses(series, other) for other in others):
                competing.update(members_with_series)
    return competing


def _find_restarts_from_scratch(competing: set[FoundLog], series_of: SeriesOf) -> set[FoundLog]:
    """Return dated logs (train_20240101.log, train_20240102.log) that do not continue one another."""
    by_base: dict[str, list[FoundLog]] = {}
    for log in competing:
        if has_date(log.name):
            by_base.setdefault(undated_name(log.name), []).append(log)
    restarted: set[FoundLog] = set()
    for members in by_base.values():
        ordered = sorted(members, key=lambda log: start_order_key(log.name))
        first_steps = [min(series_of(log).values()) for log in ordered]
        if any(later <= earlier for earlier, later in pairwise(first_steps)):
            restarted.update(members)
    return restarted


def _same_losses(one: frozenset[str], other: frozenset[str]) -> bool:
    common = one & other
    if not common or 2 * len(common) < min(len(one), len(other)):
        return False
    return len(one) == 1 or any(_is_loss(name) for name in common)


def _is_loss(name: str) -> bool:
    return "loss" in name.lower() or bool(players_in(name))


def _with_split_prefix(log: FoundLog, series_of: SeriesOf) -> FoundLog:
    """Prefix a validation log's series with its name, unless their own names mention the split."""
    if split_of(log.name) != "held out" or any(split_of(name) == "held out" for name in series_of(log)):
        return log
    return _with_file_prefix(log)


def _run(path: str, logs: Iterable[FoundLog]) -> LogGroup:
    def order(log: FoundLog) -> tuple[object, ...]:
        return bool(log.prefix), split_of(log.name) == "held out", start_order_key(log.name)

    return LogGroup(path, tuple(sorted(logs, key=order)))
