"""One run that is watched: its logs, how far each has been read, and where the run stands."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from gan_tui.config.paths import STANDARD_INPUT
from gan_tui.logs.discovery.sources import LogSource, RunSource
from gan_tui.logs.file_names import UNNAMED_COLUMNS, is_event_file, metric_name
from gan_tui.logs.files.checkpoint import CHUNK_BYTES
from gan_tui.logs.files.pipe import PipeTail
from gan_tui.logs.files.tail import Tail, TailResult
from gan_tui.logs.model import Batch, Column, LoggedImage
from gan_tui.monitoring.run_tracker import RunTracker
from gan_tui.monitoring.snapshot import RunState, Status
from gan_tui.samples.files import SampleImage, choose_sample_group, find_sample_images

IMAGES_HELD = 1_000
"""Pictures of one tag that wait to be measured; beyond it every second step is let go."""
PIECE_SECONDS = 0.25
"""So long the reading of one piece of a log should take."""
FIRST_BYTES = 64 << 10
"""So much of a log is read at first; from then on what takes PIECE_SECONDS."""
_LARGE = 64 << 10
"""So much read at once tells how many points the rest of a log may hold."""

Tails = Tail | PipeTail


class RunReader:
    """One run with the tails of its logs. Belongs to one thread.

    Args:
        source: The run as it was found.
        observer: Owns what is read of it.
        until_step: Take no point beyond this step.
    """

    def __init__(self, source: RunSource, observer: RunTracker, until_step: int | None = None) -> None:
        self.source = source
        self.observer = observer
        self.tails: list[tuple[LogSource, Tails]] = []
        self.state: RunState | None = None
        """As it was last judged."""
        self.more = True
        """Whether there is more to read, though nothing changes any more."""
        self.away = False
        """Whether it is being judged elsewhere."""
        self.again = False
        """Whether it has to be judged once more, though nothing was read."""
        self._until_step = until_step
        self._sizes: dict[str, tuple[int, int]] = {}
        """How much of each log has been read, and how much there is."""
        self._missing: set[str] = set()
        self._images: dict[str, list[SampleImage]] = {}
        """Pictures that the logs carry, by tag, since they were last handed on."""
        self._image_tag = ""
        self._pieces: dict[str, int] = {}
        """How many bytes of each log are read at once."""

    @property
    def unfinished(self) -> bool:
        """Whether there is more to read or to judge, though nothing changes any more."""
        return not self.away and (self.more or self.unjudged)

    @property
    def unjudged(self) -> bool:
        """Whether it has to be judged, though nothing was read."""
        return self.state is None or self.again or self.observer.behind

    @property
    def folders(self) -> set[str]:
        """The folders that the logs lie in."""
        return {os.path.dirname(log.path) or os.curdir for log, _ in self.tails if log.path != STANDARD_INPUT}  # noqa: PTH120

    @property
    def piped(self) -> bool:
        """Whether more may come through a pipe."""
        return any(isinstance(tail, PipeTail) and not tail.ended for _, tail in self.tails)

    # -- reading -----------------------------------------------------------------------------------

    def follow(self, logs: Sequence[LogSource], begin: Callable[[LogSource], Tails]) -> bool:
        """Follow new logs, all in the order in which they were begun.

        Args:
            logs: Those that the run has now.
            begin: Gives the tail of a new one.

        Returns:
            Whether any is new.
        """
        known = {log.path: tail for log, tail in self.tails}
        new = [log for log in logs if log.path not in known]
        if not new:
            return False
        gone = [(log, tail) for log, tail in self.tails if log.path not in {log.path for log in logs}]
        self.tails = [*gone, *((log, known.get(log.path) or begin(log)) for log in logs)]
        self.more = True
        for log in new:
            if _owner(log) in {_owner(other) for other in logs[logs.index(log) + 1 :]}:
                # A piece from before what has been read: its points come first.
                self._start_over(_owner(log))
        return True

    def read(self, budget: int, until: float = math.inf) -> tuple[int, bool]:
        """Read up to `budget` bytes of the logs, but not much longer than `until`, monotonic seconds.

        Returns:
            How many bytes were read, and whether they changed the run.
        """
        spent, changed, self.more = 0, False, False
        for log, tail in list(self.tails):
            while spent < budget:
                begin = time.monotonic()
                known = self._pieces.get(log.path) or _first_piece(log.path)
                piece = CHUNK_BYTES if until == math.inf else known
                result = tail.poll(min(piece, budget - spent))
                spent += result.read
                now = time.monotonic()
                if result.read >= FIRST_BYTES // 2:
                    self._pieces[log.path] = _next_piece(result.read, now - begin)
                if result.reset and self._start_over(_owner(log)):
                    changed = self.more = True
                    break
                changed |= self._take(log, tail, result)
                if not result.more:
                    break
                if now > until:
                    budget = 0
            else:
                self.more = True
        return spent, changed

    def end(self) -> None:
        """Take what is left when no log will grow: unfinished last lines and records."""
        run = self.observer.run
        for log, tail in self.tails:
            run.add(self._cut(adapt(tail.finish(), log)), _owner(log))
            run.counted_by(_owner(log), tail.axis)
        self.observer.status = Status.ENDED

    def say_where(self, degraded: str = "") -> None:
        """Have the observer know how far the reading has come, and why some changes do not wake, if so."""
        observer = self.observer
        read = sum(offset for offset, _ in self._sizes.values())
        size = sum(size for _, size in self._sizes.values())
        observer.progress = min(1.0, read / size) if size else 1.0
        if observer.status is not Status.ENDED:
            observer.status = self._status()
        observer.note = observer.note or degraded

    def _status(self) -> Status:
        if self.tails and len(self._missing) == len(self.tails):
            return Status.MISSING
        if self.more:
            return Status.READING
        return Status.LIVE if any(map(len, self.observer.run.series.values())) else Status.WAITING

    def _start_over(self, owner: str) -> bool:
        """A log was written anew: what it gave no longer holds.

        Returns:
            Whether it is one of several pieces, which are all read again in their order.
        """
        self.observer.forget(owner)
        pieces = [tail for log, tail in self.tails if _owner(log) == owner]
        if len(pieces) == 1:
            return False
        for tail in pieces:
            if isinstance(tail, Tail):
                tail.rewind()
        return True

    def _take(self, log: LogSource, tail: Tails, result: TailResult) -> bool:
        run = self.observer.run
        batch = self._cut(adapt(result.batch, log))
        if batch:
            run.add(batch, _owner(log), _ahead(tail.offset, result))
            run.counted_by(_owner(log), tail.axis)
        gone = log.path in self._missing
        if result.missing != gone:
            (self._missing.add if result.missing else self._missing.discard)(log.path)
        self._sizes[log.path] = (tail.offset, result.size)
        if result.changed_at is not None:
            self.observer.changed_at = result.changed_at
        return bool(batch) or result.reset or result.missing != gone

    def _cut(self, batch: Batch) -> Batch:
        return batch if self._until_step is None else until(batch, self._until_step)

    # -- samples -----------------------------------------------------------------------------------

    def take_image(self, path: str, image: LoggedImage) -> None:
        """Note a picture that the log at `path` carries; of very many those of every second step."""
        held = self._images.setdefault(image.tag, [])
        held.append(SampleImage(image.tag, image.step, path, b"", image.offset, image.size))
        if len(held) > IMAGES_HELD:
            kept = set(sorted({p.step for p in held})[::-2])
            held[:] = [p for p in held if p.step in kept] if len(kept) > 1 else held[-1:]

    def pictures(self, alone: Callable[[str], bool]) -> list[SampleImage]:
        """The run's sample pictures: those its logs carry, once each; else those beside its logs.

        Args:
            alone: Whether a folder holds logs of this run only: a shared one does not tell whose they are.
        """
        if not self._image_tag:
            best = choose_sample_group(self._images)
            self._image_tag = best[0].group if best else ""
        if self._image_tag:
            carried = self._images.pop(self._image_tag, [])
            self._images.clear()
            return carried
        return [p for folder in sorted(filter(alone, self.folders)) for p in find_sample_images(folder)]


def adapt(batch: Batch, log: LogSource) -> Batch:
    """The batch as the run sees it: where a folder or a file stands for a metric, its name leads."""
    if not log.prefix and not any(c.name.lower() == "value" for c in batch.columns):
        return batch
    return replace(batch, columns=tuple(replace(c, name=_told(c.name, log)) for c in batch.columns))


def until(batch: Batch, step: int) -> Batch:
    """The points of `batch` up to and including `step`."""
    columns = []
    for column in batch.columns:
        keep = column.steps <= step
        if keep.any():
            walls = None if column.wall_times is None else column.wall_times[keep]
            columns.append(Column(column.name, column.steps[keep], column.values[keep], walls))
    return replace(batch, columns=tuple(columns))


def _told(name: str, log: LogSource) -> str:
    """The name under which a run shows a series of one of its logs."""
    if not log.prefix:
        return metric_name(log.path) if name.lower() == "value" else name
    return log.prefix if name in UNNAMED_COLUMNS or name == log.prefix else f"{log.prefix}/{name}"


def _owner(log: LogSource) -> str:
    """Which log a series belongs to: the event files of one folder are one log in pieces."""
    return log.owner or log.path


def _ahead(offset: int, result: TailResult) -> float:
    """How many times as much of a log is still to come as was read of it now, and a little more."""
    return 1.02 * max(0, result.size - offset) / result.read if result.read >= _LARGE else 0.0


def _first_piece(path: str) -> int:
    """How much of a log to read before it is known how long that takes: records take less than text."""
    return 8 * FIRST_BYTES if is_event_file(path.rpartition(os.sep)[2]) else FIRST_BYTES


def _next_piece(read: int, seconds: float) -> int:
    """How much of a log to read at once, so that it takes about PIECE_SECONDS."""
    return int(min(max(read * PIECE_SECONDS / max(seconds, 1e-4), FIRST_BYTES // 4), CHUNK_BYTES))
