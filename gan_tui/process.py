"""The resources this process uses: numpy's threads, the CPU count, and a fast exit."""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn

LIMITS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Environment variables that numpy's linear algebra reads when it is loaded."""
LOST_OUTPUT = 120
"""The exit code if output could not be written at the very end, the same as Python's."""

_set_here: set[str] = set()


def limit_blas_threads() -> None:
    """Limit numpy's linear algebra to one thread. Call this before numpy is loaded.

    By default it starts one thread per core, and each burns a tenth of a second of CPU while it waits for
    work: the cores belong to the training. A limit that the user has set is kept.
    """
    for name in LIMITS:
        if name not in os.environ:
            os.environ[name] = "1"
            _set_here.add(name)


def inherited_environment() -> dict[str, str]:
    """Return the environment without the limits set here, for programs that this one starts."""
    return {name: value for name, value in os.environ.items() if name not in _set_here}


def cpu_count() -> int:
    """Return the number of cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def exit_fast(code: int) -> NoReturn:
    """Exit after the registered exit functions, without Python's clean-up of every module.

    That clean-up takes a tenth of the time of `gan-tui check`. With another non-daemon thread alive this
    is a normal exit, which waits for it.
    """
    threading = sys.modules.get("threading")  # if it was never imported, there is no other thread
    if threading is not None and sum(not thread.daemon for thread in threading.enumerate()) > 1:
        sys.exit(code)
    atexit._run_exitfuncs()  # noqa: SLF001 - Python has no public function for this; test_process.py names it
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = code or LOST_OUTPUT
    os._exit(code)
