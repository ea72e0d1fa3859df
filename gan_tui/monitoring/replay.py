"""Replay: a clock that hands out recorded runs as they were logged."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, assert_never

from msgspec.structs import replace

from gan_tui.config.settings import Settings
from gan_tui.diagnosis.result import BadgeChange
from gan_tui.errors import LogNotFoundError
from gan_tui.logs.discovery.finder import find_runs
from gan_tui.logs.formats.registry import by_name
from gan_tui.monitoring.corrections import Corrections
from gan_tui.monitoring.recording import Recording
from gan_tui.monitoring.run_reader import ReadProgress, folders_of, shared_folders
from gan_tui.monitoring.run_tracker import tracker_for
from gan_tui.monitoring.snapshot import ReplayState, Snapshot, Status
from gan_tui.monitoring.source import (
    Faster,
    GoLive,
    Pause,
    ReplayControl,
    SeekStep,
    Slower,
    Source,
    Step,
)
from gan_tui.samples.store import SampleStore

if TYPE_CHECKING:
    from pathlib import Path

WHOLE_SECONDS = 30.0
"""How long a replay takes by default, however long the run took."""
MAX_SPEED, MIN_SPEED = 1e7, 0.01


class _Player:
    """Plays one recording into a run."""

    def __init__(self, recording: Recording, settings: Settings) -> None:
        self.recording = recording
        self._settings = settings
        self.tracker = tracker_for(recording.source, settings)
        self._played_until = -math.inf
        self._measured = 0
        """Points measured from sample images so far."""

    def _restart(self) -> None:
        # Corrections may not have been kept in a file.
        overrides = self.tracker.run.overrides
        self.tracker = tracker_for(self.recording.source, self._settings, overrides=overrides)
        self._played_until, self._measured = -math.inf, 0

    @property
    def finished(self) -> bool:
        """Whether everything has been played."""
        return self._played_until >= self.recording.end

    def play(self, until: float) -> bool:
        """Add everything up to the time `until`; return whether anything changed."""
        recording = self.recording
        until = min(until, recording.end)
        if until == self._played_until:
            return False
        if until < self._played_until or until == recording.end:
            # The end is played in one go, which gives exactly what reading to the end gives.
            self._restart()
        is_first = self._played_until == -math.inf
        changed = is_first
        for log, batch in recording.batches(self._played_until, until):
            self.tracker.on_batch(log, batch, recording.axes.get(log, ""))
            changed = True
        self._played_until = until
        if changed:
            self._update_samples()
        return changed

    def _update_samples(self) -> None:
        recording = self.recording
        columns = recording.sample_columns(self._played_until)
        faults = recording.sample_faults if self.finished else ()
        count = sum(map(len, columns))
        if faults or count != self._measured:
            self.tracker.on_measured(columns, faults)
            self._measured = count
        self.tracker.progress = ReadProgress(
            Status.ENDED if self.finished else Status.LIVE, note=recording.samples_note
        )

    def timeline(self) -> tuple[BadgeChange, ...]:
        """Return every change of the badge in the whole recording."""
        whole = _Player(self.recording, self._settings)
        whole.tracker.run.overrides.update(self.tracker.run.overrides)
        whole.play(math.inf)
        return whole.tracker.update().diagnosis.timeline


class Replay(Source):
    """Replays recorded runs.

    Args:
        paths: Logs, run folders, or folders of runs.
        speed: Multiple of the pace at which the run was logged (its wall times, else 10 steps per
            second); None plays the whole in `whole_seconds`.
        start_step: Where to begin.
        whole_seconds: How long a replay takes without a speed.
        settings: The settings for all runs.
        now: The clock, monotonic seconds.
        corrections: Queue of corrected roles; a new one if None.

    Raises:
        LogNotFoundError: Nothing under `paths` can be replayed.
    """

    def __init__(
        self,
        paths: Sequence[str | Path],
        *,
        speed: float | None = None,
        start_step: int | None = None,
        whole_seconds: float = WHOLE_SECONDS,
        settings: Settings | None = None,
        now: Callable[[], float] = time.monotonic,
        corrections: Corrections | None = None,
    ) -> None:
        self._paths = [str(p) for p in paths]
        settings = settings or Settings()
        log_format = by_name(settings.format) if settings.format else None
        sources = find_runs(self._paths, format=log_format).runs
        shared = shared_folders(folders_of(source.logs) for source in sources)
        recordings = [Recording(source, format=log_format, shared_folders=shared) for source in sources]
        recordings = [recording for recording in recordings if recording.has_points]
        if not recordings:
            raise LogNotFoundError(
                f"nothing to replay in {', '.join(self._paths)}",
                "Name a log with points in it, or a folder that holds one",
            )
        self._samples = SampleStore()
        for recording in recordings:
            self._samples.add(recording.source.path, recording.images)
        self._players = {r.source.path: _Player(r, settings) for r in recordings}
        self._longest = max(recordings, key=lambda recording: recording.end)
        self._now = now
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._corrections = corrections or Corrections()
        self._speed = speed or max(self._longest.end / whole_seconds, MIN_SPEED)
        self._position = 0.0
        self._advanced_at = now()
        self._paused = False
        self._control_used = True
        """Whether a snapshot is due even if nothing is played."""
        self._is_shown = False
        self._timelines: dict[str, tuple[BadgeChange, ...]] = {}
        if start_step is not None:
            self._position = self._longest.time_of_step(start_step)

    # -- on the reading thread ---------------------------------------------------------------------

    def turn(self) -> Snapshot | None:
        """Play up to the clock's time; return a snapshot, or None if nothing changed."""
        with self._lock:
            position, changed = self._advance(), self._control_used
            self._control_used = False
        if self._is_shown and not self._timelines:
            # After the first snapshot, so that computing the timelines does not delay it.
            self._timelines = {path: player.timeline() for path, player in self._players.items()}
            changed = True
        for player in self._players.values():
            changed |= player.play(position)
        if self._corrections.apply({path: p.tracker for path, p in self._players.items()}, self._logs_of):
            self._timelines = {}
            changed = True
        if not changed:
            return None
        self._is_shown = True
        return self._snapshot(position)

    def wait(self, timeout: float) -> bool:
        """Sleep `timeout` seconds, or until a control is used; return whether one was."""
        used = self._woken.wait(timeout)
        self._woken.clear()
        return used

    @property
    def finished(self) -> bool:
        """Whether everything has been played."""
        return all(player.finished for player in self._players.values())

    @property
    def up_to_date(self) -> bool:
        """Whether the logs are as they were when they were recorded."""
        return all(player.recording.up_to_date for player in self._players.values())

    # -- from any thread ---------------------------------------------------------------------------

    def close(self) -> None:
        """Wake a thread that waits."""
        self._woken.set()

    @property
    def samples(self) -> SampleStore:
        """The sample images that can be shown."""
        return self._samples

    def correct(self, run: str, name: str, role: str) -> None:
        """Queue a correction; see `Source.correct`."""
        self._corrections.add(run, name, role)
        self._woken.set()

    def control(self, command: ReplayControl) -> None:
        """Set the clock. `GoLive` does nothing here: see `LiveReplay`."""
        with self._lock:
            self._advance()
            match command:
                case Pause():
                    self._paused = not self._paused
                    if not self._paused and self._position >= self._longest.end:
                        self._position = 0.0
                case Faster():
                    self._speed = min(MAX_SPEED, self._speed * 2)
                case Slower():
                    self._speed = max(MIN_SPEED, self._speed / 2)
                case Step(count):
                    self._paused = True
                    self._position = self._longest.moment_after(self._position, count)
                case SeekStep(step):
                    self._position = self._longest.time_of_step(step)
                case GoLive():
                    pass
                case _:
                    assert_never(command)
            self._control_used = True
        self._woken.set()

    # -- inside ------------------------------------------------------------------------------------

    def _advance(self) -> float:
        now = self._now()
        if not self._paused:
            elapsed = (now - self._advanced_at) * self._speed
            self._position = min(self._longest.end, self._position + elapsed)
        self._advanced_at = now
        return self._position

    def _logs_of(self, run: str) -> list[str]:
        return [log.path for log in self._players[run].recording.source.logs]

    def _snapshot(self, position: float) -> Snapshot:
        longest = self._longest
        state = ReplayState(
            longest.step_at(position),
            int(longest.steps[0]),
            int(longest.steps[-1]),
            self._paused,
            self._speed,
            self._timelines,
        )
        # The age of a replayed run's last point says nothing.
        runs = tuple(replace(p.tracker.update(), last_point_at=None) for p in self._players.values())
        return Snapshot(
            runs, ", ".join(self._paths), time.time(), state, corrections=self._corrections.applied
        )
