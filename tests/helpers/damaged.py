"""Event files with damaged places, and the truth about them: what is whole, and what is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

KINDS = ("bit", "zeros", "ones", "cut")


@dataclass(frozen=True)
class Damaged:
    """A damaged log."""

    data: bytes
    whole: list[tuple[int, int]]
    """Each whole record: its place in the list of records, and its offset in `data`."""

    def spans(self, records: Sequence[bytes]) -> list[tuple[int, int]]:
        """[begin, end) of every stretch of `data` that is in no whole record."""
        edges = [(at, at + len(records[place])) for place, at in self.whole]
        out, end = [], 0
        for begin, after in [*edges, (len(self.data), len(self.data))]:
            if begin > end:
                out.append((end, begin))
            end = after
        return out


def damage(records: Sequence[bytes], places: int, seed: int, kinds: Sequence[str] = KINDS) -> Damaged:
    """Damage a log in so many places, that may overlap: flipped bits, zeroed, 0xff and cut blocks.

    Args:
        records: The log's records; the first, which says what the file is, stays whole.
        places: How many.
        seed: Of the random numbers.
        kinds: Of `KINDS`, each as likely.
    """
    rng = np.random.default_rng(seed)
    original = b"".join(records)
    data = np.frombuffer(original, np.uint8).copy()
    gone = np.zeros(len(data), bool)
    first = len(records[0])
    for _ in range(places):
        begin = int(rng.integers(first, len(data)))
        size = int(min(2 ** rng.uniform(0, 9), len(data) - begin))
        kind = kinds[int(rng.integers(len(kinds)))]
        if kind == "bit":
            data[begin] ^= np.uint8(1 << int(rng.integers(8)))
        elif kind == "cut":
            gone[begin : begin + size] = True
        else:
            data[begin : begin + size] = 0 if kind == "zeros" else 255
    changed = (data != np.frombuffer(original, np.uint8)) | gone
    changed_before = np.concatenate(([0], np.cumsum(changed)))
    gone_before = np.concatenate(([0], np.cumsum(gone)))
    ends = np.cumsum([len(record) for record in records])
    begins = ends - [len(record) for record in records]
    is_whole = changed_before[ends] == changed_before[begins]
    offsets = begins - gone_before[begins]
    left = data[~gone].tobytes()
    # What a cut leaves of two records can be a whole one, since all begin alike.
    shifted = offsets.copy()
    for place in np.flatnonzero(~is_whole):
        record = records[place]
        for at in (int(offsets[place]), int(ends[place] - gone_before[ends[place]]) - len(record)):
            if left[at : at + len(record)] == record:
                is_whole[place], shifted[place] = True, at
    return Damaged(left, [(int(place), int(shifted[place])) for place in np.flatnonzero(is_whole)])
