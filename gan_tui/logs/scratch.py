"""Memory for the moment: what is taken and given back block after block should not come from the system."""

from __future__ import annotations

import ctypes
import functools
from contextlib import suppress

import numpy as np

_KEPT = 8 << 20


@functools.cache
def keep_freed_memory() -> None:
    """Have the C library keep up to 16 MB of freed memory: page faults cost more than what is done in it.

    glibc learns from the largest piece that was ever given back (mallopt(3), "dynamic mmap threshold").
    With another library this does nothing.
    """
    np.empty(_KEPT, np.uint8)


def give_back_memory() -> None:
    """Have the C library give what is freed back to the system, as after the decoding of large pictures.

    glibc keeps it otherwise, more so on threads. With another library this does nothing.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
