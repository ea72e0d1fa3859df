"""Runs judged in a second process: the badges of a thousand runs are there in half the time.

The process is there only while many runs wait for their first badge. It is handed curves and judges, and
hands the judges back as they stand then, with their verdicts; what it says is what would have been said here.
"""

from __future__ import annotations

import gc
import io
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import IO, Any

from msgspec import Struct

from gan_tui.diagnosis.result import Diagnosis
from gan_tui.diagnosis.run_diagnoser import RunDiagnoser, update_all
from gan_tui.run.objective.objective import Objective
from gan_tui.run.pair import Curve, PlayerPair

Request = tuple[RunDiagnoser, Sequence[PlayerPair]]
Result = tuple[RunDiagnoser, Diagnosis, Objective]
"""The judge as it stands after the judgement, and its verdict."""

AHEAD = 2
"""Batches that are under way at most: one is judged, one is there when that is done."""
POLITENESS = 5
"""How much the second process gives way to others: the core may be the training's."""
_READY = b"ready"


class DiagnosisBatch(Struct, eq=False):
    """Runs that were handed over together."""

    asks: Sequence[Request]
    answers: Sequence[Result] | None = None
    """None where they never came: the process has ended."""


class DiagnosisWorker:
    """The second process. Belongs to one thread.

    Raises:
        OSError: No process can be started.
        RuntimeError: No thread can be started.
    """

    def __init__(self) -> None:
        # As this one finds its modules, so does that one, whatever folder it is started in.
        start = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import run_worker; run_worker()"
        self._process = subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-P", "-c", start],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for this process, which ends that one
        )
        self._away: deque[DiagnosisBatch] = deque()
        self._back: deque[DiagnosisBatch] = deque()
        self._news = threading.Event()
        self._ready = False
        self._gone = False
        self._outgoing: SimpleQueue[bytes | None] = SimpleQueue()
        try:
            for work in (self._send, self._receive):
                threading.Thread(target=work, name=f"gan-tui jury {work.__name__}", daemon=True).start()
        except RuntimeError:
            with self._process:  # its pipes are closed, and it is waited for
                self.close()
            raise

    @property
    def free(self) -> bool:
        """Whether it takes another batch now."""
        return self._ready and not self._gone and len(self._away) < AHEAD

    def submit(self, asks: Sequence[Request]) -> DiagnosisBatch:
        """Hand runs over, each with its judge, which must not be used until the batch comes back."""
        batch = DiagnosisBatch(asks)
        self._away.append(batch)
        self._outgoing.put(pickle.dumps(asks, pickle.HIGHEST_PROTOCOL))
        return batch

    def results(self) -> list[DiagnosisBatch]:
        """Batches that came back since the last call, with those that never will."""
        self._news.clear()
        if self._gone:
            self._back.extend(self._away)
            self._away.clear()
        return [self._back.popleft() for _ in range(len(self._back))]

    def wait(self, timeout: float) -> bool:
        """Sleep until a batch comes back, at most `timeout` seconds; says whether one did."""
        return self._news.wait(timeout)

    def close(self) -> None:
        """End the process; what is under way is lost."""
        self._outgoing.put(None)
        self._process.kill()
        self._process.wait()

    def _send(self) -> None:
        """Write what is handed over; a batch is taken off the pipe only when the one before is done."""
        assert self._process.stdin is not None
        with suppress(OSError), self._process.stdin as pipe:
            while (data := self._outgoing.get()) is not None:
                pipe.write(data)
                pipe.flush()

    def _receive(self) -> None:
        assert self._process.stdout is not None
        try:
            with self._process.stdout as pipe:
                self._ready = pickle.load(pipe) == _READY  # noqa: S301 - our own process wrote it
                while True:
                    data = pickle.load(pipe)  # noqa: S301
                    batch = self._away[0]
                    batch.answers = _Returned(data, _curves(batch.asks)).load()
                    self._back.append(self._away.popleft())
                    self._news.set()
        except Exception:  # noqa: BLE001 - whatever became of it: what it had is judged here
            self._gone = True
            self._news.set()


def run_worker() -> None:
    """What the second process does: judge batch after batch, until there is nobody to hand one over."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):
        os.nice(POLITENESS)
    gc.disable()  # it lives for seconds, and leaves no rings of objects
    # Nothing that is printed may get between the answers.
    with os.fdopen(os.dup(0), "rb") as incoming, os.fdopen(os.dup(1), "wb") as outgoing:
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0)
        os.dup2(nowhere, 1)
        with suppress(EOFError, BrokenPipeError):
            _answer(incoming, outgoing)


def _answer(incoming: IO[bytes], outgoing: IO[bytes]) -> None:
    pickle.dump(_READY, outgoing)
    outgoing.flush()
    while True:
        asks: Sequence[Request] = pickle.load(incoming)  # noqa: S301 - who started this process wrote it
        verdicts = update_all(asks)
        answers = [(judge, *verdict) for (judge, _), verdict in zip(asks, verdicts, strict=True)]
        data = io.BytesIO()
        _Returning(data, _curves(asks)).dump(answers)
        pickle.dump(data.getvalue(), outgoing, pickle.HIGHEST_PROTOCOL)
        outgoing.flush()


def _curves(asks: Sequence[Request]) -> list[Curve]:
    return [curve for _, pairs in asks for pair in pairs for curve in pair.curves.values()]


class _Returning(pickle.Pickler):
    """Pickles judges without the curves that they were handed: who gets them has these."""

    def __init__(self, file: IO[bytes], curves: Sequence[Curve]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._numbers = {id(curve): number for number, curve in enumerate(curves)}

    def persistent_id(self, obj: Any) -> int | None:  # noqa: ANN401 - as pickle has it
        """The number of a curve that was handed over."""
        return self._numbers.get(id(obj)) if type(obj) is Curve else None


class _Returned(pickle.Unpickler):
    """Reads what `_Returning` has pickled, with the curves that stayed here."""

    def __init__(self, data: bytes, curves: Sequence[Curve]) -> None:
        super().__init__(io.BytesIO(data))
        self._curves = curves

    def persistent_load(self, pid: Any) -> Curve:  # noqa: ANN401 - as pickle has it
        """The curve of that number."""
        return self._curves[int(pid)]
