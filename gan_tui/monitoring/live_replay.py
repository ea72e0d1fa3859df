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
from gan_tui.samples.store import SampleStore


class LiveReplay:
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
        self._asked: list[tuple[str, tuple[int, ...]]] = []
        self._live = self._closed = False
        self._left = ReplayState(0, 0, 0, paused=False, speed=1.0)

    # -- the source of snapshots -------------------------------------------------------------------

    def turn(self) -> Snapshot | None:
        """Play on, or read what is new; a snapshot, or None when nothing changed."""
        with self._lock:
            asked, self._asked = self._asked, []
            live = self._live
        if live and self._monitor is None:
            self._monitor = Monitor(self._paths, settings=self._settings)
            if self._closed:  # in the meantime, by another thread
                self._monitor.close()
        elif not live and self._monitor is not None:
            self._monitor.close()
            self._monitor = None
            self._begin_again()
        for name, arguments in asked:
            getattr(self._replay, name)(*arguments)
        source = self._replay if self._monitor is None else self._monitor
        snapshot = source.turn()
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
            self._replay.seek_step(self._left.step)
            return
        options = {**self._options, "speed": self._left.speed, "start_step": self._left.step}
        try:
            self._replay = Replay(self._paths, settings=self._settings, **options)
        except (GanTuiError, OSError):
            return  # the log is gone: what was read of it can still be played
        if self._left.paused:
            self._replay.pause()

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

    @property
    def book(self) -> SampleStore | None:
        """The sample pictures to be looked at."""
        return self._replay.book if self._monitor is None else self._monitor.book

    def correct(self, run: str, name: str, role: str) -> str:
        """As the monitor's."""
        source = self._replay if self._monitor is None else self._monitor
        return source.correct(run, name, role)

    # -- controls, from any thread -----------------------------------------------------------------

    def live(self) -> None:
        """Follow the log as it grows, or replay it again from where it was left."""
        with self._lock:
            self._live = not self._live
        self._wake()

    def pause(self) -> None:
        """Stop the clock, or let it run again."""
        self._use("pause")

    def faster(self) -> None:
        """Twice the speed."""
        self._use("faster")

    def slower(self) -> None:
        """Half the speed."""
        self._use("slower")

    def step(self, count: int = 1) -> None:
        """Pause, and go `count` pieces on (or back)."""
        self._use("step", count)

    def seek_step(self, step: int) -> None:
        """Go to where `step` was first reached."""
        self._use("seek_step", step)

    def _use(self, name: str, *arguments: int) -> None:
        """Hand on to the replay, on the thread that plays it."""
        with self._lock:
            self._asked.append((name, arguments))
            self._live = False
        self._wake()
