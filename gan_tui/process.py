"""What this program takes of the machine: one thread for linear algebra, and the cores it may use."""

from __future__ import annotations

import os
from contextlib import suppress

LIMITS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Environment variables that are read when numpy is loaded."""

_ours: set[str] = set()
_every: set[int] = set()
"""The cores that this process may use, while it keeps to one of them."""


def one_thread() -> None:
    """Have numpy start no further threads; to be called before it is loaded.

    It would start one for each core, and these burn a tenth of a second each while they wait for work that
    never comes: the cores belong to the training. Who has set a limit keeps it.
    """
    for name in LIMITS:
        if name not in os.environ:
            os.environ[name] = "1"
            _ours.add(name)


def environment() -> dict[str, str]:
    """The environment for other programs: as it was given to this one."""
    return {name: value for name, value in os.environ.items() if name not in _ours}


def cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def to_one_core() -> None:
    """Keep this thread, and those that it starts, to the core on which it runs, until `to_every_core`.

    While modules are loaded on one thread and a log is read on another, each waits for the other time and
    again, for there is one lock for Python's objects. On two cores that takes a third longer than on one.
    Does nothing where the system has no such thing.
    """
    with suppress(AttributeError, OSError, ValueError, IndexError):
        every = os.sched_getaffinity(0)
        with open("/proc/thread-self/stat", encoding="ascii", errors="replace") as facts:  # noqa: PTH123
            core = int(facts.read().rpartition(")")[2].split()[36])
        if len(every) > 1 and core in every:
            os.sched_setaffinity(0, {core})
            _every.update(every)


def to_every_core() -> None:
    """Let all threads use every core again."""
    if not _every:
        return
    for _ in range(2):  # a thread may be started by one that was not yet let go
        for thread in os.listdir("/proc/self/task"):  # noqa: PTH208
            with suppress(OSError):  # it has ended
                os.sched_setaffinity(int(thread), _every)
    _every.clear()
