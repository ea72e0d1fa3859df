"""A replay that can catch up with its log: played again, or followed as it grows."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from gan_tui.config.settings import Settings
from gan_tui.errors import GanTuiError
from gan_tui.monitoring.monitor import Monitor
from gan_tui.monitoring.replay import Replay
from gan_tui.monitoring.snapshot import ReplayState, Snapshot
from gan_tui.monitoring.source import GoLive, Pause, ReplayControl, SeekStep, Source
from gan_tui.samples.store import SampleStore


class LiveReplay(Source):
    """A source of snapshots: a replay, and while it is live a monitor of the same paths.

    `turn` and `wait` belong to one thread; everything else may be called from another. Whatever
    control is used while it is live leads back to the replay, which then knows the log up to its end.

    Args:
        paths: As for the replay.
        settings: As for the replay.
        options: The other arguments of the replay.

    Raises:
        LogNotFoundError: Nothing under `paths` can be replayed.
    """

    def __init__(
        self,
        paths: Sequence[str | Path],
        *,
        settings: Settings | None = None,
        **options: Any,  # noqa: ANN401
    ) -> None:
        self._paths = [str(path) for path in paths]
        self._settings = settings
        self._options = options
        self._replay = Replay(self._paths, settings=settings, **options)
        self._monitor: Monitor | None = None
        self._lock = threading.Lock()
        self._commands: list[ReplayControl] = []
        self._live = self._closed = False
        self._left = ReplayState(0, 0, 0, paused=False, speed=1.0)

    # -- the source of snapshots -------------------------------------------------------------------

    def turn(self) -> Snapshot | None:
        """Play on, or read what is new; a snapshot, or None when nothing changed."""
        with self._lock:
            commands, self._commands = self._commands, []
            live = self._live
        if live and self._monitor is None:
            self._monitor = Monitor(self._paths, settings=self._settings)
            if self._closed:  # in the meantime, by another thread
                self._monitor.close()
        elif not live and self._monitor is not None:
            self._monitor.close()
            self._monitor = None
            self._begin_again()
        for command in commands:
            self._replay.control(command)
        snapshot = self._source.turn()
        if snapshot is None:
            return None
        if self._monitor is None:
            self._left = snapshot.replay or self._left
            return snapshot
        last = max((run.last_step for run in snapshot.runs if run.last_step is not None), default=0)
        state = replace(self._left, step=last, last_step=last, live=True, paused=False, timelines={})
        return replace(snapshot, replay=state)

    def _begin_again(self) -> None:
        """A replay that knows what has been written since, and stands where the last one was left."""
        if self._replay.up_to_date():
            self._replay.control(SeekStep(self._left.step))
            return
        options = {**self._options, "speed": self._left.speed, "start_step": self._left.step}
        try:
            self._replay = Replay(self._paths, settings=self._settings, **options)
        except (GanTuiError, OSError):
            return  # the log is gone: what was read of it can still be played
        if self._left.paused:
            self._replay.control(Pause())

    def wait(self, timeout: float) -> bool:
        """Sleep until there may be something to do, at most `timeout` seconds; says whether there is."""
        return (self._monitor or self._replay).wait(timeout)

    def close(self) -> None:
        """Give back what it holds and wake whoever waits."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        self._replay.close()
        monitor = self._monitor
        if monitor is not None:
            monitor.close()

    # -- from any thread ---------------------------------------------------------------------------

    @property
    def samples(self) -> SampleStore | None:
        """The sample images of the replay, or of the live logs."""
        return self._source.samples

    @property
    def _source(self) -> Source:
        return self._replay if self._monitor is None else self._monitor

    def correct(self, run: str, name: str, role: str) -> str:
        """As the monitor's."""
        return self._source.correct(run, name, role)

    def control(self, command: ReplayControl) -> None:
        """Control the replay; any command but `GoLive` also leads back from the live log to it."""
        with self._lock:
            if isinstance(command, GoLive):
                self._live = not self._live
            else:
                self._commands.append(command)
                self._live = False
        self._wake()
