"""The reader thread: drives a source, and hands new snapshots to the app."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from gan_tui.monitoring.snapshot import Snapshot
from gan_tui.monitoring.source import Source
from gan_tui.process import cpu_count

WAIT_SECONDS = 1.0
"""Maximum time that a source sleeps before it checks its logs again."""
FRAME_SECONDS = 2.0
"""Maximum time that reading waits for the first frame."""
EARLIEST = 0.7
"""From this share of the frame interval on, a log that has just been written is read and drawn at once."""


class ReaderThread:
    """Runs a source on a thread of its own, and limits the number of snapshots a second.

    It can start before there is a screen.

    Args:
        source: The source; its `turn` and `wait` are called on the thread only.
        fps: Maximum snapshots a second.
    """

    def __init__(self, source: Source, fps: float) -> None:
        self._source = source
        self._interval = 1.0 / fps
        self._stopped = threading.Event()
        self._first_frame = threading.Event()
        if cpu_count() > 1:
            self._first_frame.set()
        self._thread = threading.Thread(target=self._run, name="gan-tui-reader", daemon=True)
        self._lock = threading.Lock()
        self._ready: Callable[[Snapshot], object] | None = None
        self._failed: Callable[[Exception], object] | None = None
        self._failure: Exception | None = None
        self.newest: Snapshot | None = None
        """The newest snapshot that should be drawn."""

    def start(self) -> None:
        """Start reading; do nothing if that has been done."""
        if self._thread.ident is None:
            self._thread.start()

    def attach(self, ready: Callable[[Snapshot], object], failed: Callable[[Exception], object]) -> None:
        """Set what is called with each new snapshot, and call it with the newest one if there is one.

        Args:
            ready: Called with each snapshot that should be drawn, mostly from the reader thread.
            failed: Called with the error that has ended the thread.
        """
        with self._lock:
            self._ready, self._failed = ready, failed
            if self.newest is not None:
                ready(self.newest)
            if self._failure is not None:
                failed(self._failure)

    def first_frame_drawn(self) -> None:
        """Note that the first frame is drawn. On a single core, reading is paused until then."""
        self._first_frame.set()

    def stop(self) -> None:
        """End the thread and wait for it; it completes at most one bounded turn."""
        self._stopped.set()
        self._first_frame.set()
        self._source.close()
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._drive()
        except Exception as error:  # noqa: BLE001 - a dead thread would freeze the screen without a message
            with self._lock:
                self._failure = error
                if self._failed is not None:
                    self._failed(error)

    def _publish(self, snapshot: Snapshot) -> None:
        with self._lock:
            self.newest = snapshot
            if self._ready is not None:
                self._ready(snapshot)

    def _drive(self) -> None:
        due, waiting = 0.0, None
        while not self._stopped.is_set():
            snapshot = self._source.turn()
            waiting = snapshot or waiting
            now = time.monotonic()
            if waiting is not None and now >= due:
                self._publish(waiting)
                due, waiting = now + self._interval, None
                if not self._first_frame.wait(FRAME_SECONDS):
                    self.first_frame_drawn()
            if snapshot is None:
                self._source.wait(WAIT_SECONDS if waiting is None else max(0.0, due - now))
            elif not snapshot.reading:
                due, waiting = self._rest(due, waiting)

    def _rest(self, due: float, waiting: Snapshot | None) -> tuple[float, Snapshot | None]:
        """Wait until the next snapshot is due.

        A log that is flushed a thousand times a second is read a few times a second. A log that is written
        about once a frame is read when it is written: it would otherwise always be one frame behind.

        Args:
            due: When the next snapshot may be published, on the monotonic clock.
            waiting: A snapshot that waits to be published.

        Returns:
            The new values of both.
        """
        left = due - time.monotonic()
        if waiting is None and left > 0 and self._source.wait(left) and not self._stopped.is_set():
            early = due - time.monotonic()
            if early <= (1 - EARLIEST) * self._interval:
                return due - max(0.0, early), None
        # Anything newer stays unread until then: a check of a log costs as much as a frame.
        self._stopped.wait(max(0.0, due - time.monotonic()))
        return due, waiting
