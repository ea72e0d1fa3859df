"""The protobuf wire format as far as event records need it: fields and varints, with every length checked."""

from __future__ import annotations

from collections.abc import Iterator

from gan_tui.logs.model import Buffer

VARINT = 0
FIXED64 = 1
LENGTH = 2
FIXED32 = 5

LONGEST_VARINT = 10
"""Most bytes of a varint."""
_SIZES = {FIXED64: 8, FIXED32: 4}


class MalformedError(ValueError):
    """A payload that is not a valid event; the message is the reason of a fault."""


def varint(data: Buffer, offset: int, end: int) -> tuple[int, int]:
    """Read the varint at `offset`.

    Returns:
        The number, below 2**64, and the offset after it.

    Raises:
        MalformedError: It has more than ten bytes or runs past `end`.
    """
    number = shift = 0
    for at in range(offset, min(end, offset + LONGEST_VARINT)):
        byte = data[at]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number & 0xFFFFFFFFFFFFFFFF, at + 1
        shift += 7
    raise MalformedError("a number in the record does not end")


def fields(data: Buffer, offset: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Iterate over the fields of the message in data[offset:end].

    Yields:
        Field number, wire type, and [begin, end) of the field's content. The content of a varint is
        its bytes; that of a message or string follows its length.

    Raises:
        MalformedError: A field runs past the end or has a wire type (a group) that no event has.
    """
    while offset < end:
        # Nearly all keys and most sizes have one byte; a call for each would take most of the time.
        key = data[offset]
        if key < 0x80:
            offset += 1
        else:
            key, offset = varint(data, offset, end)
        wire = key & 7
        if wire == LENGTH:
            size = data[offset] if offset < end else 0x80
            if size < 0x80:
                offset += 1
            else:
                size, offset = varint(data, offset, end)
            stop = offset + size
        elif wire == VARINT:
            _, stop = varint(data, offset, end)
        elif wire in _SIZES:
            stop = offset + _SIZES[wire]
        else:
            raise MalformedError(f"a field in the record has the unknown wire type {wire}")
        if stop > end:
            raise MalformedError("a field in the record runs past its end")
        yield key >> 3, wire, offset, stop
        offset = stop


def expect(wire: int, expected: int, name: str) -> None:
    """Raise `MalformedError` if a known field has the wrong wire type."""
    if wire != expected:
        raise MalformedError(f"{name} has the wrong wire type {wire}")


def signed(number: int) -> int:
    """Return the varint `number` as a signed 64-bit number (two's complement)."""
    return number - (1 << 64) if number >> 63 else number
