"""Framing of event files: an 8-byte length, its checksum, the payload, and the payload's checksum."""

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
"""Bytes of header and footer together."""
MAX_PAYLOAD = 64 << 20
"""Longest payload in bytes; a longer one counts as damage."""

BAD_PAYLOAD = "the checksum of a record does not match"
"""Reason of the fault for a payload with a wrong checksum."""

_MASK = 0xA282EAD8
_HEADER = Struct("<QI")
_FOOTER = Struct("<I")
_WINDOW = 256
_MAX_WINDOW = 1 << 20


def masked(checksum: int) -> int:
    """Return a CRC-32C as TensorFlow writes it: rotated and offset."""
    return (((checksum >> 15) | (checksum << 17)) + _MASK) & 0xFFFFFFFF


def unmasked(stored: UInts) -> UInts:
    """Return the CRC-32Cs of `masked` values, any shape."""
    rotated = stored - np.uint32(_MASK)
    return (rotated << np.uint32(15)) | (rotated >> np.uint32(17))


@functools.lru_cache(4096)
def length_checksum(length: int) -> int:
    """Return the masked checksum of a payload's length."""
    return masked(crc32c(length.to_bytes(8, "little")))


def header(length: int) -> bytes:
    """Return the header of a payload of `length` bytes."""
    return _HEADER.pack(length, length_checksum(length))


def payload_length(data: Buffer, offset: int) -> int:
    """Return the length of the payload whose record begins at `offset`.

    Returns:
        The length in bytes, or -1 if no record begins there: the length has a wrong checksum or is
        greater than `MAX_PAYLOAD`.
    """
    length, stored = _HEADER.unpack_from(data, offset)
    return length if length <= MAX_PAYLOAD and length_checksum(length) == stored else -1


def stated_length(data: Buffer, offset: int) -> int:
    """Return the length at `offset` without verifying its checksum."""
    return int(_HEADER.unpack_from(data, offset)[0])


def header_error(data: Buffer, offset: int) -> str:
    """Return why `payload_length` is -1 at `offset`."""
    length, stored = _HEADER.unpack_from(data, offset)
    if length_checksum(length) == stored:
        return f"a record says it is {length} bytes long, more than is read"
    return "the checksum of a record's length does not match"


def payload_is_valid(data: memoryview, offset: int, length: int) -> bool:
    """Return whether the payload of the record at `offset` matches its checksum."""
    end = offset + HEADER + length
    (stored,) = _FOOTER.unpack_from(data, end)
    return bool(masked(crc32c(data[offset + HEADER : end])) == stored)


def find_record(data: Buffer, offset: int) -> int:
    """Return the offset of the first valid header at or after `offset`, or -1.

    Args:
        data: Any bytes.
        offset: Where to begin, in bytes.
    """
    last = len(data) - HEADER
    window = _WINDOW
    while offset <= last:
        count = min(window, last + 1 - offset)
        headers = find_headers(data, offset, count)
        if len(headers):
            return offset + int(headers[0])
        offset += count
        window = min(window * 4, _MAX_WINDOW)
    return -1


def find_headers(data: Buffer, offset: int, count: int) -> NDArray[np.intp]:
    """Return which of the `count` bytes from `offset` begin a valid header, relative to it, ascending."""
    # Overlapping views, one element per byte: every position is tested without a copy.
    lengths = np.ndarray((count,), "<u8", data, offset, (1,))
    stored = np.ndarray((count,), "<u4", data, offset + 8, (1,))
    # Damage often leaves zeros, so a length of 0 is ruled out by one comparison.
    candidates = np.flatnonzero((lengths <= MAX_PAYLOAD) & ((lengths != 0) | (stored == length_checksum(0))))
    valid: NDArray[np.intp] = candidates[length_checksums(lengths[candidates]) == stored[candidates]]
    return valid


def length_checksums(lengths: NDArray[np.uint64]) -> UInts:
    """Return `length_checksum` of lengths below 2**32, shape (n,)."""
    tables = _length_tables()
    low = lengths.astype(np.uint32)
    crc: UInts = tables[0][low & np.uint32(255)]
    for byte in (1, 2, 3):
        crc ^= tables[byte][(low >> np.uint32(8 * byte)) & np.uint32(255)]
    crc = (crc >> np.uint32(15)) | (crc << np.uint32(17))
    crc += np.uint32(_MASK)
    return crc


@functools.cache
def _length_tables() -> UInts:
    """Return what each of the four low bytes contributes to a length's CRC-32C, shape (4, 256)."""
    empty = crc32c(bytes(8))
    tables = [
        [crc32c((value << (8 * byte)).to_bytes(8, "little")) ^ empty for value in range(256)]
        for byte in range(4)
    ]
    # A CRC is linear but for a constant, which is part of the first table.
    tables[0] = [crc ^ empty for crc in tables[0]]
    return np.array(tables, np.uint32)


def looks_like_events(head: bytes) -> bool:
    """Return whether a file that begins with `head` is an event file.

    Args:
        head: The first bytes of the file; 12 are enough.
    """
    return len(head) >= HEADER and payload_length(head, 0) >= 0
