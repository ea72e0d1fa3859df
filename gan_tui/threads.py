"""What this program takes of the machine: one thread for linear algebra, and the cores it may use."""

from __future__ import annotations

import os

LIMITS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Environment variables that are read when numpy is loaded."""

_ours: set[str] = set()


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
