"""Where the records of a piece begin, found by many walkers along the chain of lengths at once."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from gan_tui.logs.model import Ints
from gan_tui.logs.tensorboard.framing import FRAME, HEADER, LONGEST, UInts, length_checksums

APART = 1 << 10
_WALKERS = 512
_WINDOW = 256
_SHORT = 1 << 16


def chain(data: memoryview, begin: int, end: int) -> tuple[Ints, Ints]:
    """The records that begin in data[begin:end], where one may begin at `begin`.

    Walkers start a few kilobytes apart, each at the first header it finds, and all take each step
    together. What a walker found counts if the one before it arrives where it began.

    Returns:
        Offsets and sizes in bytes of the records, each of shape (n,). Each has a right header and is
        wholly in `data`, and each begins where the one before it ends. Where damage or the end of
        `data` breaks the chain, they end.
    """
    if len(data) - begin < FRAME:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    apart = max(APART, (end - begin) // _WALKERS)
    starts = np.append(np.int64(begin), _headers_near(data, np.arange(begin + apart, end, apart), apart))
    limits = np.minimum(np.append(starts[1:], end), len(data) - FRAME + 1)
    ends, steps = _walk(data, starts, limits)
    reached = np.append(ends[:-1] == starts[1:], False)
    offsets, lengths = _in_order(steps, len(starts), int(reached.argmin()) + 1)
    right = _stored(data, offsets) == _checksums(lengths)
    if not right.all():
        whole = int(right.argmin())
        offsets, lengths = offsets[:whole], lengths[:whole]
    return offsets, lengths + FRAME


def _headers_near(data: memoryview, bounds: Ints, apart: int) -> Ints:
    """The first header of a record at or shortly after each of `bounds`, which are `apart`, if any."""
    bounds = bounds[bounds <= len(data) - _WINDOW - HEADER]
    if not len(bounds):
        return bounds
    # Row i shows the 8 bytes at each of the places behind bounds[i].
    lengths = np.ndarray((len(bounds), _WINDOW), "<u8", data, int(bounds[0]), (apart, 1))
    rows, places = np.nonzero(lengths < _SHORT)
    places += bounds[rows]
    right = _stored(data, places) == _checksums(_lengths(data, places))
    rows, places = rows[right], places[right]
    found: Ints = places[np.unique(rows, return_index=True)[1]]
    return found


def _walk(data: memoryview, starts: Ints, limits: Ints) -> tuple[Ints, list[tuple[Ints, Ints, Ints]]]:
    """Let a walker go from each start to its limit.

    Returns:
        Where each walker stands in the end, shape (w,), and for each step which walkers took it,
        the offsets they took it from, and the lengths that stood there.
    """
    ends = starts.copy()
    steps = []
    walkers = np.flatnonzero(starts < limits)
    at, limits = starts[walkers], limits[walkers]
    while len(at):
        lengths = _lengths(data, at)
        going = lengths.view(np.uint64) <= LONGEST
        ahead = at + lengths
        ahead += FRAME
        going &= ahead <= len(data)
        if not going.all():
            ends[walkers[~going]] = at[~going]
            at, walkers, limits = at[going], walkers[going], limits[going]
            lengths, ahead = lengths[going], ahead[going]
        steps.append((walkers, at, lengths))
        at = ahead
        going = at < limits
        if not going.all():
            ends[walkers[~going]] = at[~going]
            at, walkers, limits = at[going], walkers[going], limits[going]
    return ends, steps


def _in_order(steps: list[tuple[Ints, Ints, Ints]], walkers: int, good: int) -> tuple[Ints, Ints]:
    """Offsets and lengths of the steps of the first `good` of all walkers, walker after walker."""
    counts = np.zeros(walkers, np.int64)
    for who, _, _ in steps:
        counts[who] += 1
    begins = np.cumsum(counts) - counts
    offsets = np.empty(int(counts.sum()), np.int64)
    lengths = np.empty_like(offsets)
    for taken, (who, at, length) in enumerate(steps):
        places = begins[who] + taken
        offsets[places] = at
        lengths[places] = length
    whole = int(counts[:good].sum())
    return offsets[:whole], lengths[:whole]


def _lengths(data: memoryview, offsets: NDArray[np.intp]) -> Ints:
    """The lengths that stand at `offsets`, negative where they are past all bounds."""
    return np.ndarray((len(data) - 7,), "V8", data, 0, (1,))[offsets].view(np.int64)


def _stored(data: memoryview, offsets: NDArray[np.intp]) -> UInts:
    """The lengths' checksums that stand behind the lengths at `offsets`."""
    return np.ndarray((len(data) - 11,), "V4", data, 8, (1,))[offsets].view(np.uint32)


def _checksums(lengths: Ints) -> UInts:
    """The checksums that should stand behind lengths, each at least 0 and below 2**32."""
    long = lengths >= _SHORT
    if not long.any():
        return _short_checksums()[lengths]
    out = _short_checksums()[np.minimum(lengths, _SHORT - 1)]
    out[long] = length_checksums(lengths[long].astype(np.uint64))
    return out


@functools.cache
def _short_checksums() -> UInts:
    """The checksum of every length below 2**16."""
    return length_checksums(np.arange(_SHORT, dtype=np.uint64))
