"""A replay that can switch to the live log and back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from gan_tui.config.settings import Settings
from gan_tui.errors import GanTuiError
from gan_tui.monitoring.corrections import Corrections
from gan_tui.monitoring.monitor import Monitor
from gan_tui.monitoring.replay import WHOLE_SECONDS, Replay
from gan_tui.monitoring.snapshot import ReplayState, Snapshot
from gan_tui.monitoring.source import GoLive, Pause, ReplayControl, SeekStep, Source

if TYPE_CHECKING:
    from pathlib import Path

    from gan_tui.samples.store import SampleStore


class LiveReplay(Source):
    """A replay, or a monitor of the same paths while it is live.

    While it is live, every control but `GoLive` returns to the replay, which then knows the log up to its
    end.

    Args:
        paths: Logs, run folders, or folders of runs.
        speed: As for `Replay`.
        start_step: Where to begin.
        whole_seconds: How long a replay takes without a speed.
        settings: The settings for all runs.
        now: The clock of the replay, monotonic seconds.

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
    ) -> None:
        corrections = Corrections()
        self._new_replay = partial(
            Replay,
            paths,
            whole_seconds=whole_seconds,
            settings=settings,
            now=now,
            corrections=corrections,
        )
        self._new_monitor = partial(Monitor, paths, settings=settings, corrections=corrections)
        self._replay = self._new_replay(speed=speed, start_step=start_step)
        self._monitor: Monitor | None = None
        self._lock = threading.Lock()
        self._commands: list[ReplayControl] = []
        self._live = self._closed = False
        self._last_state = ReplayState(0, 0, 0, paused=False, speed=1.0)
        """The state of the replay before it went live."""

    # -- on the reading thread ---------------------------------------------------------------------

    def turn(self) -> Snapshot | None:
        """Play on, or read what is new; return a snapshot, or None if nothing changed."""
        with self._lock:
            commands, self._commands = self._commands, []
            live = self._live
        if live and self._monitor is None:
            self._monitor = self._new_monitor()
            if self._closed:  # in the meantime, by another thread
                self._monitor.close()
        elif not live and self._monitor is not None:
            self._monitor.close()
            self._monitor = None
            self._resume_replay()
        for command in commands:
            self._replay.control(command)
        snapshot = self._source.turn()
        if snapshot is None:
            return None
        if self._monitor is None:
            self._last_state = snapshot.replay or self._last_state
            return snapshot
        last = max((run.last_step for run in snapshot.runs if run.last_step is not None), default=0)
        state = replace(self._last_state, step=last, last_step=last, live=True, paused=False, timelines={})
        return replace(snapshot, replay=state)

    def _resume_replay(self) -> None:
        """Return to where the replay was left; record the logs again if they have grown."""
        left = self._last_state
        if self._replay.up_to_date:
            self._replay.control(SeekStep(left.step))
            return
        try:
            self._replay = self._new_replay(speed=left.speed, start_step=left.step)
        except (GanTuiError, OSError):
            return  # the log is gone: the old recording can still be played
        if left.paused:
            self._replay.control(Pause())

    def wait(self, timeout: float) -> bool:
        """Sleep until there may be something to do, at most `timeout` seconds; return whether there is."""
        return self._source.wait(timeout)

    # -- from any thread ---------------------------------------------------------------------------

    @property
    def _source(self) -> Source:
        return self._monitor or self._replay

    def close(self) -> None:
        """Release all resources and wake a thread that waits."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        self._replay.close()
        monitor = self._monitor
        if monitor is not None:
            monitor.close()

    @property
    def samples(self) -> SampleStore | None:
        """The sample images of the replay, or of the live logs."""
        return self._source.samples

    def correct(self, run: str, name: str, role: str) -> None:
        """Queue a correction; see `Source.correct`."""
        self._source.correct(run, name, role)

    def control(self, command: ReplayControl) -> None:
        """Control the replay; every command but `GoLive` returns from the live log to it."""
        with self._lock:
            if isinstance(command, GoLive):
                self._live = not self._live
            else:
                self._commands.append(command)
                self._live = False
        self._wake()
