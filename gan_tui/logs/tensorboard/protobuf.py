"""The protobuf wire format, as far as event records need it: fields, varints, and nothing trusted."""

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
    """A payload that cannot be what an event record holds; the message says why, for a fault."""


def varint(data: Buffer, offset: int, end: int) -> tuple[int, int]:
    """The number written at `offset` as a varint.

    Returns:
        The number, below 2**64, and the offset behind it.

    Raises:
        MalformedError: It has more than ten bytes, or runs past `end`.
    """
    number = shift = 0
    for place in range(offset, min(end, offset + LONGEST_VARINT)):
        byte = data[place]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number & 0xFFFFFFFFFFFFFFFF, place + 1
        shift += 7
    raise MalformedError("a number in the record does not end")


def fields(data: Buffer, offset: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """The fields of the message in data[offset:end].

    Yields:
        Field number, wire type, and [begin, end) of the field's content. A varint's content is its
        bytes; a message's or string's is what follows its length.

    Raises:
        MalformedError: A field runs past the end, or is of a kind (a group) no event record has.
    """
    while offset < end:
        # Nearly all keys and most sizes are of one byte: a call for each would take most of the time.
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


def expect(wire: int, wanted: int, name: str) -> None:
    """Raise `MalformedError` where a known field has another wire type than it should."""
    if wire != wanted:
        raise MalformedError(f"{name} has the wrong wire type {wire}")


def signed(number: int) -> int:
    """The 64-bit two's complement number that the varint `number` stands for."""
    return number - (1 << 64) if number >> 63 else number
