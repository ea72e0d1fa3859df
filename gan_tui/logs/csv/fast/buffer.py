"""Pieces of a log with room around them, and memory for the moment: what decoding whole columns needs."""

from __future__ import annotations

from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from gan_tui.logs.model import Ints

Words: TypeAlias = NDArray[np.uint64]
Bytes: TypeAlias = NDArray[np.uint8]
Mask: TypeAlias = NDArray[np.bool_]
Scalar = TypeVar("Scalar", bound=np.generic)

BEFORE, BEHIND = 32, 32
"""Bytes of room that a block needs before and behind what is decoded."""

_LEAST_SCRATCH = 1 << 15


class ScratchBuffer:
    """A piece of a log with room around it, so that eight bytes can be taken at any place.

    Args:
        size: The longest piece it can hold, in bytes.
    """

    def __init__(self, size: int) -> None:
        self.bytes: Bytes = np.zeros(BEFORE + size + BEHIND, np.uint8)
        """All bytes; the piece begins at `BEFORE`."""
        self.words: Words = np.ndarray((len(self.bytes) - 7,), "<u8", self.bytes.data, 0, (1,))
        """The eight bytes from each place on, the first one lowest."""
        self._scratch: dict[str, np.ndarray] = {}

    def scratch(self, what: str, size: int, kind: type[Scalar]) -> NDArray[Scalar]:
        """Memory for the moment, shape (size,): holds anything, good until it is asked for anew."""
        held = self._scratch.get(what)
        if held is None or len(held) < size:
            held = self._scratch[what] = np.empty(max(size, _LEAST_SCRATCH), kind)
        return held[:size]

    def first_words(self, starts: Ints, count: int) -> Words:
        """The first `count` words of eight bytes from each of `starts` on, shape (n, count)."""
        # One gather of all of them: it costs as much as twenty sums of as many numbers.
        every = np.ndarray((len(self.bytes) - 8 * count + 1,), f"V{8 * count}", self.bytes.data, 0, (1,))
        return every[starts].view("<u8").reshape(-1, count)

    def fill(self, piece: memoryview | bytes) -> Bytes:
        """Hold `piece` instead; gives its bytes within the block."""
        held = self.bytes[BEFORE : BEFORE + len(piece)]
        held[:] = np.frombuffer(piece, np.uint8)
        return held


_spare: list[ScratchBuffer] = []


def take_block(size: int) -> ScratchBuffer:
    """A block that holds anything, for a moment; give it back."""
    block = _spare.pop() if _spare else ScratchBuffer(size)
    return block if len(block.bytes) >= BEFORE + size + BEHIND else ScratchBuffer(size)


def give_back(block: ScratchBuffer) -> None:
    """Let another log have the block: thousands may be open, and each would need it for a moment."""
    _spare[:] = [block]
