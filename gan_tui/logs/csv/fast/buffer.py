"""Scratch buffers for decoding whole blocks, padded so that words can be read at any position."""

from __future__ import annotations

from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from gan_tui.logs.model import Ints

Words: TypeAlias = NDArray[np.uint64]
Bytes: TypeAlias = NDArray[np.uint8]
Scalar = TypeVar("Scalar", bound=np.generic)

BEFORE, BEHIND = 32, 32
"""Padding in bytes before and behind a block."""

_MIN_SCRATCH = 1 << 15


class ScratchBuffer:
    """A block of a log with padding, so that eight bytes can be read at any position.

    Args:
        size: Longest block, in bytes.
    """

    def __init__(self, size: int) -> None:
        self.bytes: Bytes = np.zeros(BEFORE + size + BEHIND, np.uint8)
        """All bytes; the block begins at `BEFORE`."""
        self.words: Words = np.ndarray((len(self.bytes) - 7,), "<u8", self.bytes.data, 0, (1,))
        """The eight bytes from each position on, the first one lowest."""
        self._scratch: dict[str, np.ndarray] = {}

    def scratch(self, name: str, size: int, kind: type[Scalar]) -> NDArray[Scalar]:
        """Return temporary memory, shape (size,), uninitialised and valid until the next such call."""
        memory = self._scratch.get(name)
        if memory is None or len(memory) < size:
            memory = self._scratch[name] = np.empty(max(size, _MIN_SCRATCH), kind)
        return memory[:size]

    def first_words(self, starts: Ints, count: int) -> Words:
        """Return the first `count` words of eight bytes from each of `starts` on, shape (n, count)."""
        # One gather for all of them: a gather costs as much as twenty additions.
        every = np.ndarray((len(self.bytes) - 8 * count + 1,), f"V{8 * count}", self.bytes.data, 0, (1,))
        return every[starts].view("<u8").reshape(-1, count)

    def fill(self, block: memoryview | bytes) -> Bytes:
        """Copy a block into the buffer; returns its bytes there."""
        copied = self.bytes[BEFORE : BEFORE + len(block)]
        copied[:] = np.frombuffer(block, np.uint8)
        return copied


_spare: list[ScratchBuffer] = []


def borrow_buffer(size: int) -> ScratchBuffer:
    """Return a buffer with arbitrary content; call `return_buffer` soon."""
    buffer = _spare.pop() if _spare else ScratchBuffer(size)
    return buffer if len(buffer.bytes) >= BEFORE + size + BEHIND else ScratchBuffer(size)


def return_buffer(buffer: ScratchBuffer) -> None:
    """Make the buffer available to another log: thousands may be open, each needs one only briefly."""
    _spare[:] = [buffer]
