"""Reads the logs of one run: live, for a replay, and to the end."""

from __future__ import annotations

import math
import os
import select
import time
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from functools import partial
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from gan_tui.config.paths import STANDARD_INPUT
from gan_tui.logs.discovery.sources import LogSource, RunSource
from gan_tui.logs.file_names import UNNAMED_COLUMNS, is_event_file, metric_name
from gan_tui.logs.files.checkpoint import CHUNK_BYTES
from gan_tui.logs.files.pipe import PipeTail
from gan_tui.logs.files.tail import Tail, TailResult
from gan_tui.logs.formats.registry import Format
from gan_tui.logs.model import Batch, Column, Fault, LoggedImage
from gan_tui.monitoring.snapshot import Status
from gan_tui.samples.files import SampleImage, images_of_run

MAX_IMAGES = 1_000
"""Images of one tag that wait to be measured; beyond that every second step is dropped."""
CHUNK_SECONDS = 0.25
"""How long reading one chunk of a log should take."""
FIRST_BYTES = 64 << 10
"""Size of the first chunk of a log; the size of later chunks follows from CHUNK_SECONDS."""
MIN_FORECAST_BYTES = 64 << 10
"""A smaller chunk does not tell how many points the rest of a log may hold."""

PIPED_RUN = RunSource("standard input", STANDARD_INPUT, (LogSource(STANDARD_INPUT),))

LogTail = Tail | PipeTail


class ReadProgress(Struct, frozen=True):
    """How far the logs of a run have been read."""

    status: Status = Status.WAITING
    share: float = 1.0
    """Share of the bytes on disk that have been read, 0..1."""
    changed_at: float | None = None
    """Unix time of the last change of a log, if known."""
    note: str = ""
    """A hint for the user about reading the run; "" if there is none."""
    skipped: tuple[Fault, ...] = ()
    """Files next to the logs that are never opened, and links that lead elsewhere."""


class BatchListener(Protocol):
    """Takes what a `RunReader` reads."""

    def on_batch(self, log: str, batch: Batch, axis: str, growth: float = 0.0) -> None:
        """Take new points and faults of a log.

        Args:
            log: Key of the log; the event files of one folder share one.
            batch: The points and faults.
            axis: What a step counts in this log; "" until it is known.
            growth: About how many times the size of this batch is still to come, 0 if unknown.
        """

    def on_rewritten(self, log: str) -> None:
        """Forget everything that was read of a log: it was rewritten."""


class RunReader:
    """Reads the logs of one run. Belongs to one thread.

    Args:
        source: The run as it was found.
        listener: Takes what is read.
        format: Format of every log; detected from the content if None.
        until_step: Drop points beyond this step.
        pipe: File descriptor that is read for the path "-".
    """

    def __init__(
        self,
        source: RunSource,
        listener: BatchListener,
        *,
        format: Format | None = None,  # noqa: A002 - the option's name
        until_step: int | None = None,
        pipe: int | None = None,
    ) -> None:
        self.source = source
        self.more = True
        """Whether there is more to read, even if nothing changes any more."""
        self._listener = listener
        self._format = format
        self._until_step = until_step
        self._pipe = pipe
        self._tails: list[tuple[LogSource, LogTail]] = []
        self._sizes: dict[str, tuple[int, int]] = {}
        """Bytes read of each log, and bytes in it."""
        self._missing: set[str] = set()
        self._changed_at: float | None = None
        self._images: dict[str, list[SampleImage]] = {}
        """Images that the logs carry, by tag, since they were last handed out."""
        self._image_tag = ""
        self._chunk_sizes: dict[str, int] = {}

    @property
    def folders(self) -> set[str]:
        """The folders that contain the logs."""
        return folders_of(log for log, _ in self._tails)

    @property
    def pipe_open(self) -> bool:
        """Whether one of the logs is a pipe that is not closed yet."""
        return any(isinstance(tail, PipeTail) and not tail.ended for _, tail in self._tails)

    @property
    def only_closed_pipes(self) -> bool:
        """Whether every log is a closed pipe, so that nothing more can come."""
        return all(isinstance(tail, PipeTail) and tail.ended for _, tail in self._tails)

    @property
    def progress(self) -> ReadProgress:
        """How far the logs have been read."""
        read = sum(offset for offset, _ in self._sizes.values())
        size = sum(size for _, size in self._sizes.values())
        if self._tails and len(self._missing) == len(self._tails):
            status = Status.MISSING
        else:
            status = Status.READING if self.more else Status.LIVE
        return ReadProgress(status, min(1.0, read / size) if size else 1.0, self._changed_at)

    # -- reading -----------------------------------------------------------------------------------

    def follow(self, logs: Sequence[LogSource]) -> bool:
        """Open new logs; return whether there are any.

        Args:
            logs: All logs of the run, in the order in which they were begun.
        """
        known = {log.path: tail for log, tail in self._tails}
        new = [log for log in logs if log.path not in known]
        if not new:
            return False
        paths = {log.path for log in logs}
        gone = [(log, tail) for log, tail in self._tails if log.path not in paths]
        self._tails = [*gone, *((log, known.get(log.path) or self._open(log)) for log in logs)]
        self.more = True
        for log in new:
            if _key(log) in {_key(other) for other in logs[logs.index(log) + 1 :]}:
                # A segment from before those that were read already: its points come first.
                self._start_over(_key(log))
        return True

    def _open(self, log: LogSource) -> LogTail:
        if log.path == STANDARD_INPUT and self._pipe is not None:
            return PipeTail(self._pipe, self._format)
        return Tail(log.path, self._format, partial(self._add_image, log.path))

    def read(self, budget: int, until: float = math.inf) -> tuple[int, bool]:
        """Read up to `budget` bytes, and not much longer than `until`.

        Args:
            budget: The most bytes.
            until: Monotonic seconds.

        Returns:
            How many bytes were read, and whether the run changed.
        """
        spent, changed, self.more = 0, False, False
        for log, tail in list(self._tails):
            while spent < budget:
                begin = time.monotonic()
                chunk = CHUNK_BYTES if until == math.inf else self._chunk_size(log.path)
                result = tail.poll(min(chunk, budget - spent))
                spent += result.read
                now = time.monotonic()
                if result.read >= FIRST_BYTES // 2:
                    self._chunk_sizes[log.path] = _next_chunk_size(result.read, now - begin)
                if result.reset and self._start_over(_key(log)):
                    changed = self.more = True
                    break
                changed |= self._accept(log, tail, result)
                if not result.more:
                    break
                if now > until:
                    budget = 0
            else:
                self.more = True
        return spent, changed

    def finish(self) -> None:
        """Read unfinished last lines and records, for logs that will not grow."""
        for log, tail in self._tails:
            batch = tail.finish()
            if not self._pass_on(log, tail, batch):
                # What a step counts may be known only now, although all points were passed on before.
                self._listener.on_batch(_key(log), Batch(()), tail.axis)

    def _chunk_size(self, path: str) -> int:
        """Bytes of a log to read at once. Records are read faster than text."""
        first = 8 * FIRST_BYTES if is_event_file(path.rpartition(os.sep)[2]) else FIRST_BYTES
        return self._chunk_sizes.get(path) or first

    def _start_over(self, key: str) -> bool:
        """Forget what a rewritten log gave.

        Returns:
            Whether it consists of several segments, which are now all read again in their order.
        """
        self._listener.on_rewritten(key)
        segments = [tail for log, tail in self._tails if _key(log) == key]
        if len(segments) == 1:
            return False
        for tail in segments:
            if isinstance(tail, Tail):
                tail.rewind()
        return True

    def _accept(self, log: LogSource, tail: LogTail, result: TailResult) -> bool:
        """Pass on a result; return whether it changed the run."""
        has_content = self._pass_on(log, tail, result.batch, _growth(tail.offset, result))
        was_missing = log.path in self._missing
        if result.missing != was_missing:
            (self._missing.add if result.missing else self._missing.discard)(log.path)
        self._sizes[log.path] = (tail.offset, result.size)
        if result.changed_at is not None:
            self._changed_at = result.changed_at
        return has_content or result.reset or result.missing != was_missing

    def _pass_on(self, log: LogSource, tail: LogTail, batch: Batch, growth: float = 0.0) -> bool:
        batch = with_run_names(batch, log)
        if self._until_step is not None:
            batch = until(batch, self._until_step)
        if batch:
            self._listener.on_batch(_key(log), batch, tail.axis, growth)
        return bool(batch)

    # -- samples -----------------------------------------------------------------------------------

    def _add_image(self, path: str, image: LoggedImage) -> None:
        """Keep the place of an image that the log at `path` carries."""
        images = self._images.setdefault(image.tag, [])
        images.append(SampleImage(image.tag, image.step, path, b"", image.offset, image.size))
        if len(images) > MAX_IMAGES:
            kept = set(sorted({i.step for i in images})[::-2])
            images[:] = [i for i in images if i.step in kept] if len(kept) > 1 else images[-1:]

    def sample_images(self, shared_folders: Container[str]) -> list[SampleImage]:
        """Return the run's sample images; those that its logs carry are returned once each.

        Args:
            shared_folders: Folders that contain logs of several runs.
        """
        if self._image_tag:
            images = self._images.pop(self._image_tag, [])
        else:
            images = images_of_run(self._images, self.folders, shared_folders)
            self._image_tag = images[0].group if images and images[0].group in self._images else ""
        if self._image_tag:
            self._images.clear()
        return images


def wait_for_pipe(descriptor: int, timeout: float) -> bool:
    """Sleep until bytes come through a pipe, at most `timeout` seconds; return whether any did."""
    try:
        return bool(select.select([descriptor], [], [], timeout)[0])
    except (OSError, ValueError):
        time.sleep(timeout)
        return False


def shared_folders(folders_of_runs: Iterable[set[str]]) -> frozenset[str]:
    """Return the folders that contain logs of several runs, given the folders of each run."""
    count = Counter(folder for folders in folders_of_runs for folder in folders)
    return frozenset(folder for folder, runs in count.items() if runs > 1)


def folders_of(logs: Iterable[LogSource]) -> set[str]:
    """Return the folders that contain the logs."""
    return {os.path.dirname(log.path) or os.curdir for log in logs if log.path != STANDARD_INPUT}  # noqa: PTH120


def with_run_names(batch: Batch, log: LogSource) -> Batch:
    """Return the batch with the names that the run shows: a folder or file that names a metric leads."""
    if not log.prefix and not any(c.name.lower() == "value" for c in batch.columns):
        return batch
    return replace(batch, columns=tuple(replace(c, name=_run_name(c.name, log)) for c in batch.columns))


def _run_name(name: str, log: LogSource) -> str:
    if not log.prefix:
        return metric_name(log.path) if name.lower() == "value" else name
    return log.prefix if name in UNNAMED_COLUMNS or name == log.prefix else f"{log.prefix}/{name}"


def until(batch: Batch, step: int) -> Batch:
    """Return the points of `batch` up to and including `step`, with all its faults."""
    columns = []
    for column in batch.columns:
        keep = column.steps <= step
        if keep.any():
            walls = None if column.wall_times is None else column.wall_times[keep]
            columns.append(Column(column.name, column.steps[keep], column.values[keep], walls))
    return replace(batch, columns=tuple(columns))


def _key(log: LogSource) -> str:
    """Return what identifies a log: the event files of one folder are segments of one log."""
    return log.owner or log.path


def _growth(offset: int, result: TailResult) -> float:
    """Return how many times the bytes just read are still to come, and a little more; 0 if unknown."""
    if result.read < MIN_FORECAST_BYTES:
        return 0.0
    return 1.02 * max(0, result.size - offset) / result.read


def _next_chunk_size(read: int, seconds: float) -> int:
    """Return how many bytes take about CHUNK_SECONDS, after `read` bytes took `seconds`."""
    return int(min(max(read * CHUNK_SECONDS / max(seconds, 1e-4), FIRST_BYTES // 4), CHUNK_BYTES))
