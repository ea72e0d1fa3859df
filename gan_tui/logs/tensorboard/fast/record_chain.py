"""Finds the record boundaries of a chunk by following the chain of lengths from many places at once."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from gan_tui.logs.model import Ints
from gan_tui.logs.tensorboard.framing import FRAME, HEADER, MAX_PAYLOAD, UInts, length_checksums

SPACING = 1 << 10
"""Least distance between the starts of two walkers, in bytes."""
_MAX_WALKERS = 512
_WINDOW = 256
_TABLE_SIZE = 1 << 16


def find_records(data: memoryview, begin: int, end: int) -> tuple[Ints, Ints]:
    """Find the records that begin in data[begin:end], the first one at `begin`.

    Walkers start a few kilobytes apart, each at the first header there, and all follow the lengths
    together, one record per step. The records of a walker count if the one before it ends where it
    started.

    Returns:
        Offsets and sizes in bytes of the records, each of shape (n,). Each record has a valid header
        and lies in `data` as a whole, and each begins where the one before it ends. They end where
        damage or the end of `data` breaks the chain.
    """
    if len(data) - begin < FRAME:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    spacing = max(SPACING, (end - begin) // _MAX_WALKERS)
    starts = np.append(
        np.int64(begin), _headers_near(data, np.arange(begin + spacing, end, spacing), spacing)
    )
    limits = np.minimum(np.append(starts[1:], end), len(data) - FRAME + 1)
    ends, steps = _walk(data, starts, limits)
    reached = np.append(ends[:-1] == starts[1:], False)
    offsets, lengths = _in_order(steps, len(starts), int(reached.argmin()) + 1)
    valid = _stored_checksums(data, offsets) == _checksums(lengths)
    if not valid.all():
        count = int(valid.argmin())
        offsets, lengths = offsets[:count], lengths[:count]
    return offsets, lengths + FRAME


def _headers_near(data: memoryview, bounds: Ints, spacing: int) -> Ints:
    """Return the first header within a short window from each of `bounds`, which are `spacing` apart."""
    bounds = bounds[bounds <= len(data) - _WINDOW - HEADER]
    if not len(bounds):
        return bounds
    # Row i shows the 8 bytes at each offset of the window at bounds[i].
    lengths = np.ndarray((len(bounds), _WINDOW), "<u8", data, int(bounds[0]), (spacing, 1))
    rows, offsets = np.nonzero(lengths < _TABLE_SIZE)
    offsets += bounds[rows]
    valid = _stored_checksums(data, offsets) == _checksums(_lengths(data, offsets))
    rows, offsets = rows[valid], offsets[valid]
    first: Ints = offsets[np.unique(rows, return_index=True)[1]]
    return first


def _walk(data: memoryview, starts: Ints, limits: Ints) -> tuple[Ints, list[tuple[Ints, Ints, Ints]]]:
    """Let a walker go from each start to its limit.

    Returns:
        The final offset of each walker, shape (w,), and for each step the walkers that took it, their
        offsets before it, and the lengths there.
    """
    ends = starts.copy()
    steps = []
    walkers = np.flatnonzero(starts < limits)
    at, limits = starts[walkers], limits[walkers]
    while len(at):
        lengths = _lengths(data, at)
        active = lengths.view(np.uint64) <= MAX_PAYLOAD
        following = at + lengths
        following += FRAME
        active &= following <= len(data)
        if not active.all():
            ends[walkers[~active]] = at[~active]
            at, walkers, limits = at[active], walkers[active], limits[active]
            lengths, following = lengths[active], following[active]
        steps.append((walkers, at, lengths))
        at = following
        active = at < limits
        if not active.all():
            ends[walkers[~active]] = at[~active]
            at, walkers, limits = at[active], walkers[active], limits[active]
    return ends, steps


def _in_order(steps: list[tuple[Ints, Ints, Ints]], walkers: int, good: int) -> tuple[Ints, Ints]:
    """Return offsets and lengths of the steps of the first `good` of all walkers, walker by walker."""
    counts = np.zeros(walkers, np.int64)
    for who, _, _ in steps:
        counts[who] += 1
    begins = np.cumsum(counts) - counts
    offsets = np.empty(int(counts.sum()), np.int64)
    lengths = np.empty_like(offsets)
    for taken, (who, at, length) in enumerate(steps):
        index = begins[who] + taken
        offsets[index] = at
        lengths[index] = length
    total = int(counts[:good].sum())
    return offsets[:total], lengths[:total]


def _lengths(data: memoryview, offsets: NDArray[np.intp]) -> Ints:
    """Return the lengths at `offsets`; those above 2**63 come out negative."""
    return np.ndarray((len(data) - 7,), "V8", data, 0, (1,))[offsets].view(np.int64)


def _stored_checksums(data: memoryview, offsets: NDArray[np.intp]) -> UInts:
    """Return the checksums stored after the lengths at `offsets`."""
    return np.ndarray((len(data) - 11,), "V4", data, 8, (1,))[offsets].view(np.uint32)


def _checksums(lengths: Ints) -> UInts:
    """Return the correct checksums of lengths, each at least 0 and below 2**32."""
    long = lengths >= _TABLE_SIZE
    if not long.any():
        return _checksum_table()[lengths]
    checksums = _checksum_table()[np.minimum(lengths, _TABLE_SIZE - 1)]
    checksums[long] = length_checksums(lengths[long].astype(np.uint64))
    return checksums


@functools.cache
def _checksum_table() -> UInts:
    """Return the checksum of every length below 2**16."""
    return length_checksums(np.arange(_TABLE_SIZE, dtype=np.uint64))
