"""The reader thread: drives a source, and posts what is new to the app."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from gan_tui.monitoring.snapshot import Snapshot
from gan_tui.monitoring.source import Source
from gan_tui.process import cpu_count

WAIT_SECONDS = 1.0
"""The longest a source sleeps before it looks again by itself."""
FRAME_SECONDS = 2.0
"""The longest that reading waits for the first frame."""
EARLY = 0.7
"""From this share of the time between two states on, what comes of itself is handed on at once."""


class ReaderThread:
    """Runs a source on a thread of its own, at most so many snapshots a second.

    It can begin before there is a screen, and reads while Textual is still loaded.

    Args:
        source: What is driven; `turn` and `wait` are called on the thread only.
        fps: Snapshots a second, at most.
    """

    def __init__(self, source: Source, fps: float) -> None:
        self._source = source
        self._pause = 1.0 / fps
        self._stopped = threading.Event()
        self._drawn = threading.Event()
        if cpu_count() > 1:
            self._drawn.set()
        self._thread = threading.Thread(target=self._run, name="gan-tui-feed", daemon=True)
        self._lock = threading.Lock()
        self._ready: Callable[[Snapshot], object] | None = None
        self._failed: Callable[[Exception], object] | None = None
        self._failure: Exception | None = None
        self.newest: Snapshot | None = None
        """What was last worth drawing."""

    def start(self) -> None:
        """Begin to read; does nothing where that has been done."""
        if self._thread.ident is None:
            self._thread.start()

    def attach(self, ready: Callable[[Snapshot], object], failed: Callable[[Exception], object]) -> None:
        """Say who is told of what comes, beginning with what has come already; from the feed's thread.

        Args:
            ready: Takes each state that is worth drawing.
            failed: Takes what ended the reading before its time.
        """
        with self._lock:
            self._ready, self._failed = ready, failed
            if self.newest is not None:
                ready(self.newest)
            if self._failure is not None:
                failed(self._failure)

    def go_on(self) -> None:
        """The first state is drawn. On a single core nothing more is read before: that would delay it."""
        self._drawn.set()

    def stop(self) -> None:
        """End the thread and wait for it: it is in the middle of one bounded turn at most."""
        self._stopped.set()
        self._drawn.set()
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
        except Exception as error:  # noqa: BLE001 - a dead thread would freeze the screen without a word
            with self._lock:
                self._failure = error
                if self._failed is not None:
                    self._failed(error)

    def _hand_on(self, snapshot: Snapshot) -> None:
        with self._lock:
            self.newest = snapshot
            if self._ready is not None:
                self._ready(snapshot)

    def _drive(self) -> None:
        due, held = 0.0, None
        while not self._stopped.is_set():
            snapshot = self._source.turn()
            held = snapshot or held
            now = time.monotonic()
            if held is not None and now >= due:
                self._hand_on(held)
                due, held = now + self._pause, None
                if not self._drawn.wait(FRAME_SECONDS):
                    self.go_on()
            if snapshot is None:
                self._source.wait(WAIT_SECONDS if held is None else max(0.0, due - now))
            elif not snapshot.reading:
                due, held = self._rest(due, held)

    def _rest(self, due: float, held: Snapshot | None) -> tuple[float, Snapshot | None]:
        """Wait after a state was handed on; gives when the next one may be, and what it is by now.

        A writer that flushes a thousand times a second is looked at a few times a second. One that lets
        nearly as long pass itself is drawn when it writes: it would always be a moment too early.
        """
        left = due - time.monotonic()
        if held is None and left > 0 and self._source.wait(left) and not self._stopped.is_set():
            early = due - time.monotonic()
            if early <= (1 - EARLY) * self._pause:
                return due - max(0.0, early), None
        # What has come waits, unread: a look at a log costs as much as a frame.
        self._stopped.wait(max(0.0, due - time.monotonic()))
        return due, held
