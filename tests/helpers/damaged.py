"""Damaged event files, with a list of their intact records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

KINDS = ("bit", "zeros", "ones", "cut")


@dataclass(frozen=True)
class Damaged:
    """A damaged log."""

    data: bytes
    intact: list[tuple[int, int]]
    """Index of each intact record in the list of records, and its offset in `data`."""

    def spans(self, records: Sequence[bytes]) -> list[tuple[int, int]]:
        """Return the ranges [begin, end) of `data` outside intact records."""
        bounds = [(at, at + len(records[index])) for index, at in self.intact]
        out, end = [], 0
        for begin, after in [*bounds, (len(self.data), len(self.data))]:
            if begin > end:
                out.append((end, begin))
            end = after
        return out


def damage(records: Sequence[bytes], count: int, seed: int, kinds: Sequence[str] = KINDS) -> Damaged:
    """Damage a log in several places, which may overlap: flipped bits, and blocks zeroed, set to
    0xff or cut out.

    Args:
        records: The log's records; the first, which identifies the file, stays intact.
        count: Number of damaged places.
        seed: Seed of the random numbers.
        kinds: Some of `KINDS`, each equally likely.
    """
    rng = np.random.default_rng(seed)
    original = b"".join(records)
    data = np.frombuffer(original, np.uint8).copy()
    is_cut = np.zeros(len(data), bool)
    first = len(records[0])
    for _ in range(count):
        begin = int(rng.integers(first, len(data)))
        size = int(min(2 ** rng.uniform(0, 9), len(data) - begin))
        kind = kinds[int(rng.integers(len(kinds)))]
        if kind == "bit":
            data[begin] ^= np.uint8(1 << int(rng.integers(8)))
        elif kind == "cut":
            is_cut[begin : begin + size] = True
        else:
            data[begin : begin + size] = 0 if kind == "zeros" else 255
    changed = (data != np.frombuffer(original, np.uint8)) | is_cut
    changed_before = np.concatenate(([0], np.cumsum(changed)))
    cut_before = np.concatenate(([0], np.cumsum(is_cut)))
    ends = np.cumsum([len(record) for record in records])
    begins = ends - [len(record) for record in records]
    is_intact = changed_before[ends] == changed_before[begins]
    offsets = begins - cut_before[begins]
    remaining = data[~is_cut].tobytes()
    # The remainders of two cut records can form an intact one, since all begin with the same bytes.
    shifted = offsets.copy()
    for index in np.flatnonzero(~is_intact):
        record = records[index]
        for at in (int(offsets[index]), int(ends[index] - cut_before[ends[index]]) - len(record)):
            if remaining[at : at + len(record)] == record:
                is_intact[index], shifted[index] = True, at
    return Damaged(remaining, [(int(index), int(shifted[index])) for index in np.flatnonzero(is_intact)])
