"""Memory for the moment: what is taken and given back block after block should not come from the system."""

from __future__ import annotations

import functools

import numpy as np

_KEPT = 8 << 20


@functools.cache
def keep_freed_memory() -> None:
    """Have the C library keep up to 16 MB of freed memory: page faults cost more than what is done in it.

    glibc learns from the largest piece that was ever given back (mallopt(3), "dynamic mmap threshold").
    With another library this does nothing.
    """
    np.empty(_KEPT, np.uint8)
