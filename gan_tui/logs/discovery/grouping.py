"""Which logs are one run: decided by where they lie, what they are called and which series they hold.

A folder that directly holds logs is a run, and so is each folder below it, but for these:

- **Event files, one folder for each metric** (mimicry's `data/errD/`, `add_scalars`' `Loss_D/`): the run
  is the folder above, and the folder's name is put in front of the tag. Such folders hold nothing but
  event files with at most one tag. Either the folder is called tag_key or tag/key, and the run has event
  files of its own: so `add_scalars` leaves them. Or it is called by what is measured, every word of it,
  as at least one other is, and one of them has a player's name. Folders called generator and
  discriminator, or train and validation, are halves of one run however many tags they hold.
- **A folder for logs** (`tb/`, `logs/`) inside a run that has logs of its own: part of that run.
- **A table without losses beside several runs** (results.csv): no run, it tells of them.
- **Several tables of the same losses in one folder** (seed0.csv, seed1.csv): each is a run, unless their
  names tell training from validation apart, or starts by their dates and each begins at a later step
  than the one before: then they are one log in pieces, as are logs that were rotated (train.log.1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct, field
from msgspec.structs import replace

from gan_tui.logs.file_names import (
    NAMELESS,
    downloaded_run,
    is_dated,
    is_holder,
    is_metric,
    log_base,
    log_order,
    metric_name,
    only_player,
    only_split,
    players,
    run_stem,
    split_of,
)

EVENTS = "tensorboard"
_NO_WORD = re.compile(r"\W")


class Found(Struct, frozen=True):
    """A log that was found."""

    path: str
    name: str
    format: str
    """Name of its format; "" for one that is still empty."""
    prefix: str = ""
    """What is put in front of its series' names."""

    @property
    def owner(self) -> str:
        """Says which logs are one log in pieces: a run's event files, its starts, what was rotated away."""
        if self.format == EVENTS:
            return EVENTS
        return self.path.removesuffix(self.name) + log_base(self.name)


class Folder(Struct, eq=False):
    """A folder with the logs found in it and below it."""

    path: str
    name: str
    logs: list[Found] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)


class LogGroup(Struct, frozen=True):
    """The logs of one run."""

    path: str
    logs: tuple[Found, ...]


SeriesOf = Callable[[Found], Mapping[str, int]]
"""Gives the names of the series at the head of a log, each with its first step."""
PassOver = Callable[[str, str], None]
"""Takes a path and why it is passed over."""


def group(folder: Folder, series_of: SeriesOf, pass_over: PassOver) -> list[LogGroup]:
    """The runs in a folder and below it, the folder's own first.

    Args:
        folder: The folder; what is below it is taken apart.
        series_of: Called for few logs only, since it has to read them.
        pass_over: Told of each file that is no log of a run after all.
    """
    parts = [*_scalars(folder, series_of), *_parts(folder, series_of)]
    logs = [*folder.logs, *(replace(log, prefix=part.name) for part in parts for log in part.logs)]
    below = [(child, group(child, series_of, pass_over)) for child in folder.folders]
    holders = [(child, groups) for child, groups in below if _is_held(child, groups)]
    if holders and (logs or len(holders) > 1):
        logs += [log for _, groups in holders for log in groups[0].logs]
        below = [pair for pair in below if pair not in holders]
    inner = []
    for child, groups in below:
        beside = [log for log in logs if log.name.startswith(f"{child.name}_log.")]  # as BigGAN leaves it
        if beside and groups and groups[0].path == child.path:
            logs = [log for log in logs if log not in beside]
            inner += [_run(child.path, [*groups[0].logs, *beside]), *groups[1:]]
        else:
            inner += groups
    if len(inner) > 1:
        logs = [log for log in logs if not _is_summary(log, series_of, pass_over)]
    return [*_split(folder.path, logs, series_of), *inner]


def _is_summary(log: Found, series_of: SeriesOf, pass_over: PassOver) -> bool:
    """Whether a file beside several runs tells of them, and not of a training."""
    series = series_of(log)
    if not series or any(_is_loss(name) for name in series):
        return False
    pass_over(log.path, "it holds no loss and lies beside several runs: a summary of them")
    return True


def _is_held(child: Folder, groups: list[LogGroup]) -> bool:
    return is_holder(child.name) and not child.folders and [g.path for g in groups] == [child.path]


# -- folders that are parts of a run -------------------------------------------------------------------


def _scalars(folder: Folder, series_of: SeriesOf) -> list[Folder]:
    """What `add_scalars` wrote: tag_key/ as PyTorch does, tag/key/ as tensorboardX does. Taken out."""
    if not any(log.format == EVENTS for log in folder.logs):
        return []
    return _take_scalars(folder, "", series_of)


def _take_scalars(folder: Folder, way: str, series_of: SeriesOf) -> list[Folder]:
    found = []
    for child in list(folder.folders):
        to_child = f"{way}{child.name}_"
        if _only_events(child):
            tags = [_NO_WORD.sub("_", tag) for tag in _tags(child, series_of)]
            if len(tags) == 1 and _NO_WORD.sub("_", to_child).startswith(f"{tags[0]}_"):
                found.append(child)
                folder.folders.remove(child)
        elif not child.logs:
            found += _take_scalars(child, to_child, series_of)
    return found


def _parts(folder: Folder, series_of: SeriesOf) -> list[Folder]:
    """Folders that hold a metric or a half of the run each. Taken out."""
    leaves = [child for child in folder.folders if _only_events(child)]
    own_events = any(log.format == EVENTS for log in folder.logs)
    found = [*_players(leaves), *_metrics(leaves, series_of), *_splits(leaves, own_events=own_events)]
    parts = [child for child in leaves if child in found]
    folder.folders = [child for child in folder.folders if child not in parts]
    return parts


def _only_events(folder: Folder) -> bool:
    return bool(folder.logs) and not folder.folders and all(log.format == EVENTS for log in folder.logs)


def _players(leaves: list[Folder]) -> list[Folder]:
    named = [child for child in leaves if only_player(child.name)]
    return named if len({only_player(child.name) for child in named}) == 2 else []


def _metrics(leaves: list[Folder], series_of: SeriesOf) -> list[Folder]:
    named = [child for child in leaves if is_metric(child.name)]
    if len(named) < 2 or not any(players(child.name) for child in named):
        return []
    counts = {id(child): len(_tags(child, series_of)) for child in named}
    # A folder whose first scalar is yet to come is what its siblings are.
    single = [child for child in named if counts[id(child)] <= 1]
    return single if len(single) > 1 and any(counts[id(child)] for child in single) else []


def _splits(leaves: list[Folder], *, own_events: bool) -> list[Folder]:
    named = [child for child in leaves if only_split(child.name)]
    kinds = {only_split(child.name) for child in named}
    return named if len(kinds) == 2 or own_events else []


def _tags(folder: Folder, series_of: SeriesOf) -> frozenset[str]:
    return frozenset().union(*(series_of(log) for log in folder.logs))


# -- logs of one folder --------------------------------------------------------------------------------


def _split(path: str, logs: list[Found], series_of: SeriesOf) -> list[LogGroup]:
    """One run, or several where the folder holds several tables of the same losses."""
    downloaded = {log: downloaded_run(log.name) for log in logs}
    runs = {run for run in downloaded.values() if run is not None}
    if runs:
        logs = [log if downloaded[log] is None else _named_by_file(log) for log in logs]
    rivals = _rivals([log for log in logs if not log.prefix], series_of)
    if rivals and _hold_a_metric_each(rivals, series_of):
        logs = [_named_by_file(log) if log in rivals else log for log in logs]
        rivals = set()
    loners = _begun_anew(rivals, series_of)
    stems = {run_stem(log.name) for log in rivals - loners}
    alone = len(stems) + len(loners) < 2
    parts: dict[str, list[Found]] = {}
    for log in logs:
        stem = "" if log.format == EVENTS else run_stem(log.name)
        part = log.name if log in loners else stem if stem in stems and not alone else ""
        run = downloaded_run(log.name) if len(runs) > 1 else None
        parts.setdefault(part if run is None else f"run {run}", []).append(log)
    groups = []
    for stem, members in parts.items():
        trained = any(split_of(log.name) != "held out" for log in members if log in rivals)
        named = [_told_apart(log, series_of) if trained and log in rivals else log for log in members]
        groups.append(_run(members[0].path if stem else path, named))
    return sorted(groups, key=lambda g: g.path != path)


def _hold_a_metric_each(rivals: set[Found], series_of: SeriesOf) -> bool:
    """Whether files with one series each are the metrics of one run: their names say so."""
    if any(len(series_of(log)) != 1 for log in rivals):
        return False
    named = [metric_name(log.name) for log in rivals]
    nameless = all(series_of(log).keys() <= NAMELESS for log in rivals)
    return any(map(players, named)) and (nameless or all(map(is_metric, named)))


def _named_by_file(log: Found) -> Found:
    return replace(log, prefix=metric_name(log.name))


def _rivals(logs: Sequence[Found], series_of: SeriesOf) -> set[Found]:
    """Logs of the same format that hold the same losses."""
    by_format: dict[str, list[Found]] = {}
    for log in logs:
        if log.format not in ("", EVENTS, "metric", "npy"):
            by_format.setdefault(log.format, []).append(log)
    rivals: set[Found] = set()
    for members in by_format.values():
        if len(members) < 2:
            continue
        tables: dict[frozenset[str], list[Found]] = {}
        for log in members:
            tables.setdefault(frozenset(series_of(log)), []).append(log)
        for series, held_by in tables.items():
            others = tables if len(held_by) > 1 else tables.keys() - {series}
            if any(_same_losses(series, other) for other in others):
                rivals.update(held_by)
    return rivals


def _begun_anew(rivals: set[Found], series_of: SeriesOf) -> set[Found]:
    """Logs of several starts (train_20240101.log, train_20240102.log) that do not go on from one another."""
    by_base: dict[str, list[Found]] = {}
    for log in rivals:
        if is_dated(log.name):
            by_base.setdefault(log_base(log.name), []).append(log)
    anew: set[Found] = set()
    for members in by_base.values():
        begins = [
            min(series_of(log).values()) for log in sorted(members, key=lambda log: log_order(log.name))
        ]
        if any(after <= before for before, after in pairwise(begins)):
            anew.update(members)
    return anew


def _same_losses(one: frozenset[str], other: frozenset[str]) -> bool:
    common = one & other
    if not common or 2 * len(common) < min(len(one), len(other)):
        return False
    return len(one) == 1 or any(_is_loss(name) for name in common)


def _is_loss(name: str) -> bool:
    return "loss" in name.lower() or bool(players(name))


def _told_apart(log: Found, series_of: SeriesOf) -> Found:
    """The log of a validation with its name before its series, where they do not tell themselves."""
    if split_of(log.name) != "held out" or any(split_of(name) == "held out" for name in series_of(log)):
        return log
    return _named_by_file(log)


def _run(path: str, logs: Iterable[Found]) -> LogGroup:
    def order(log: Found) -> tuple[object, ...]:
        return bool(log.prefix), split_of(log.name) == "held out", log_order(log.name)

    return LogGroup(path, tuple(sorted(logs, key=order)))
