"""Records of an event file: an 8-byte length with its checksum, the payload, the payload's checksum."""

from __future__ import annotations

import functools
from struct import Struct
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gan_tui.logs.model import Buffer
from gan_tui.logs.parsing.crc32c import crc32c

UInts: TypeAlias = NDArray[np.uint32]

HEADER = 12
"""Bytes of the length and its checksum."""
FOOTER = 4
"""Bytes of the payload's checksum."""
FRAME = HEADER + FOOTER
"""Bytes that a record adds to its payload."""
LONGEST = 64 << 20
"""Longest payload that is waited for, in bytes. A longer one is passed over as damage."""

BAD_PAYLOAD = "the checksum of a record does not match"
"""Reason of the fault for a damaged payload."""

_MASK = 0xA282EAD8
_HEADER = Struct("<QI")
_FOOTER = Struct("<I")
_WINDOW = 256
_WIDEST = 1 << 20


def masked(checksum: int) -> int:
    """The form in which a CRC-32C stands in the file: rotated and offset, as TensorFlow writes it."""
    return (((checksum >> 15) | (checksum << 17)) + _MASK) & 0xFFFFFFFF


def unmasked(stored: UInts) -> UInts:
    """CRC-32Cs from the form in which they stand in the file, any shape."""
    rotated = stored - np.uint32(_MASK)
    return (rotated << np.uint32(15)) | (rotated >> np.uint32(17))


@functools.lru_cache(4096)
def length_checksum(length: int) -> int:
    """The checksum that stands beside a payload's length."""
    return masked(crc32c(length.to_bytes(8, "little")))


def header(length: int) -> bytes:
    """What stands before a payload of `length` bytes."""
    return _HEADER.pack(length, length_checksum(length))


def payload_length(data: Buffer, offset: int) -> int:
    """Length of the payload whose record begins at `offset`.

    Returns:
        The length in bytes, or -1 where the length's checksum is wrong or the length is past
        `LONGEST`: no record begins there.
    """
    length, stored = _HEADER.unpack_from(data, offset)
    return length if length <= LONGEST and length_checksum(length) == stored else -1


def stated_length(data: Buffer, offset: int) -> int:
    """The length that stands at `offset`, right or wrong."""
    return int(_HEADER.unpack_from(data, offset)[0])


def why_not(data: Buffer, offset: int) -> str:
    """Why `payload_length` finds no record at `offset`."""
    length, stored = _HEADER.unpack_from(data, offset)
    if length_checksum(length) == stored:
        return f"a record says it is {length} bytes long, more than is read"
    return "the checksum of a record's length does not match"


def payload_is_right(data: memoryview, offset: int, length: int) -> bool:
    """Whether the payload of the record at `offset` has the checksum that stands behind it."""
    end = offset + HEADER + length
    (stored,) = _FOOTER.unpack_from(data, end)
    return bool(masked(crc32c(data[offset + HEADER : end])) == stored)


def find_record(data: Buffer, offset: int) -> int:
    """The first place at or after `offset` where a record's header stands, or -1.

    Args:
        data: Any bytes.
        offset: Where to begin, in bytes.
    """
    last = len(data) - HEADER
    window = _WINDOW
    while offset <= last:
        count = min(window, last + 1 - offset)
        found = headers(data, offset, count)
        if len(found):
            return offset + int(found[0])
        offset += count
        window = min(window * 4, _WIDEST)
    return -1


def headers(data: Buffer, offset: int, count: int) -> NDArray[np.intp]:
    """Which of the `count` places from `offset` on begin a record, relative to `offset`, ascending."""
    # Overlapping views, one element a byte: every place is looked at without a copy.
    lengths = np.ndarray((count,), "<u8", data, offset, (1,))
    stored = np.ndarray((count,), "<u4", data, offset + 8, (1,))
    # Zeros are what damage leaves most often: a length of 0 needs no more than a comparison.
    places = np.flatnonzero((lengths <= LONGEST) & ((lengths != 0) | (stored == length_checksum(0))))
    right: NDArray[np.intp] = places[length_checksums(lengths[places]) == stored[places]]
    return right


def length_checksums(lengths: NDArray[np.uint64]) -> UInts:
    """`length_checksum` of many lengths below 2**32, shape (n,)."""
    tables = _length_tables()
    short = lengths.astype(np.uint32)
    crc: UInts = tables[0][short & np.uint32(255)]
    for place in (1, 2, 3):
        crc ^= tables[place][(short >> np.uint32(8 * place)) & np.uint32(255)]
    crc = (crc >> np.uint32(15)) | (crc << np.uint32(17))
    crc += np.uint32(_MASK)
    return crc


@functools.cache
def _length_tables() -> UInts:
    """What each of the four low bytes adds to a length's CRC-32C (a linear map), shape (4, 256)."""
    empty = crc32c(bytes(8))
    tables = [
        [crc32c((byte << (8 * place)).to_bytes(8, "little")) ^ empty for byte in range(256)]
        for place in range(4)
    ]
    # The constant part is carried by the first table.
    tables[0] = [crc ^ empty for crc in tables[0]]
    return np.array(tables, np.uint32)


def looks_like_events(head: bytes) -> bool:
    """Whether a file that begins with `head` is an event file.

    Args:
        head: The first bytes of the file; 12 are enough.
    """
    return len(head) >= HEADER and payload_length(head, 0) >= 0
