"""Read runs to the end, once: for check, plot, report and the Python API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from gan_tui.config.paths import STANDARD_INPUT
from gan_tui.config.settings import Settings
from gan_tui.logs.discovery.finder import Finder
from gan_tui.logs.discovery.sources import Discovery
from gan_tui.logs.formats.registry import by_name
from gan_tui.monitoring.diagnosis_scheduler import BATCH_RUNS, DiagnosisScheduler
from gan_tui.monitoring.run_reader import (
    PIPED_RUN,
    ReadProgress,
    RunReader,
    folders_of,
    shared_folders,
    wait_for_pipe,
)
from gan_tui.monitoring.run_tracker import RunTracker, tracker_for
from gan_tui.monitoring.snapshot import RunState, Status

if TYPE_CHECKING:
    from pathlib import Path

READ_BYTES = 32 << 20
WAIT_SECONDS = 1.0
"""How long to wait for a pipe before the other logs are polled again."""
STDIN = 0


class ReadRuns(Struct, frozen=True):
    """Runs that were read to the end."""

    runs: tuple[RunState, ...]
    discovery: Discovery
    """What was found under the paths."""


class ReadLogs(Struct, frozen=True):
    """Runs that were read to the end and are not diagnosed yet."""

    trackers: tuple[RunTracker, ...]
    discovery: Discovery


def read_runs(
    paths: Sequence[str | Path], settings: Settings | None = None, *, until_step: int | None = None
) -> ReadRuns:
    """Read and diagnose the runs under `paths`, unfinished last lines included.

    Args:
        paths: Logs, run folders, or folders of runs; "-" is standard input, which is read until it closes.
        settings: The settings for all runs.
        until_step: Drop points beyond this step.

    Raises:
        LogNotFoundError: One of the paths does not exist.
        LogUnreadableError: No run is found, and a path cannot be opened or is not a log.
        UsageError: The settings file of the first run cannot be understood.
    """
    logs = read_logs(paths, settings, until_step=until_step)
    _diagnose(logs.trackers)
    states = tuple(tracker.state for tracker in logs.trackers if tracker.state is not None)
    return ReadRuns(states, logs.discovery)


def read_logs(
    paths: Sequence[str | Path], settings: Settings | None = None, *, until_step: int | None = None
) -> ReadLogs:
    """Read the runs under `paths` and measure their sample images, without a diagnosis.

    Args and raises: as `read_runs`.
    """
    settings = settings or Settings()
    log_format = by_name(settings.format) if settings.format else None
    names = list(map(str, paths))
    files = [name for name in names if name != STANDARD_INPUT]
    discovery = Finder(files, format=log_format).find(strict=True) if files else Discovery()
    sources = [PIPED_RUN] * (STANDARD_INPUT in names) + list(discovery.runs)
    shared = shared_folders(folders_of(source.logs) for source in sources)
    trackers: list[RunTracker] = []
    for source in sources:
        tracker = tracker_for(source, settings, strict=not trackers)
        reader = RunReader(source, tracker, format=log_format, until_step=until_step, pipe=STDIN)
        reader.follow(source.logs)
        while reader.more or reader.pipe_open:
            reader.read(READ_BYTES)
            if reader.pipe_open and not reader.more:
                wait_for_pipe(STDIN, WAIT_SECONDS)
        reader.finish()
        tracker.measure_samples(reader.sample_images(shared))
        tracker.progress = ReadProgress(
            Status.ENDED, changed_at=reader.progress.changed_at, note=tracker.progress.note
        )
        trackers.append(tracker)
    return ReadLogs(tuple(trackers), discovery)


def _diagnose(trackers: Sequence[RunTracker]) -> None:
    scheduler = DiagnosisScheduler()
    try:
        for begin in range(0, len(trackers), BATCH_RUNS):
            batch = trackers[begin : begin + BATCH_RUNS]
            scheduler.diagnose(scheduler.share(batch, len(trackers)), None)
            scheduler.collect(more=True)
        while scheduler.is_busy:
            scheduler.wait(WAIT_SECONDS)
            scheduler.collect(more=True)
    finally:
        scheduler.close()
    # Those that were lost with the worker process.
    scheduler.diagnose([tracker for tracker in trackers if tracker.needs_diagnosis], None)
