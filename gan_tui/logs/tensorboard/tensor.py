"""Single numbers written as tensors: which tensors are scalars, and where their value stands."""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np
from msgspec import Struct, field

from gan_tui.logs.model import Buffer, Ints
from gan_tui.logs.tensorboard import protobuf
from gan_tui.logs.tensorboard.protobuf import MalformedError

STRING = 7
"""Tensor type of encoded images and texts."""

_REFERENCE = 100  # types above it are references to the type 100 below
_MOST_ELEMENTS = 1 << 20
_BOUNDLESS = 1 << 62
_MOST_DIMENSIONS = 254  # TensorFlow's own limit
_VARIANTS = 15

# Layout of a number by tensor type (DT_FLOAT is 1, DT_DOUBLE 2, ...), as numpy spells it, and the
# field that holds it when it does not stand in tensor_content. Source: TensorFlow's types.proto and
# tensor.proto.
_BFLOAT16 = "bf2"
_TYPES = {
    1: ("<f4", 5),
    2: ("<f8", 6),
    3: ("<i4", 7),
    4: ("|u1", 7),
    5: ("<i2", 7),
    6: ("|i1", 7),
    9: ("<i8", 10),
    10: ("|u1", 11),
    11: ("|i1", 7),
    12: ("|u1", 7),
    13: ("<i4", 7),
    14: (_BFLOAT16, 13),
    15: ("<i2", 7),
    16: ("<u2", 7),
    17: ("<u2", 7),
    19: ("<f2", 13),
    22: ("<u4", 16),
    23: ("<u8", 17),
}
_NUMBER_SIZES = {5: 4, 6: 8}
_STRINGS = 8
# Fields that hold the values, and their wire type where they do not stand packed.
_VALUES = {5: protobuf.FIXED32, 6: protobuf.FIXED64, _STRINGS: protobuf.LENGTH} | dict.fromkeys(
    (7, 10, 11, 13, 16, 17), protobuf.VARINT
)
_CODES = {
    "<f2": "e", "<f4": "f", "<f8": "d", "|i1": "b", "|u1": "B",
    "<i2": "h", "<u2": "H", "<i4": "i", "<u4": "I", "<i8": "q", "<u8": "Q",
}  # fmt: skip
_STRUCTS = {layout: struct.Struct(f"<{code}") for layout, code in _CODES.items()}


class Place(NamedTuple):
    """Where a number of fixed size stands in a payload."""

    offset: int
    """In bytes from the payload's beginning."""
    layout: str
    """As numpy spells it; "bf2" is a bfloat16."""

    @property
    def size(self) -> int:
        """In bytes."""
        return int(self.layout[-1])


def column(data: Buffer, offset: int, stride: int, count: int, layout: str) -> np.ndarray:
    """Numbers that stand `stride` bytes apart.

    Returns:
        Shape (count,), of a type that converts to float64 without loss (64-bit integers aside). It
        may be a view of `data`.
    """
    if layout == _BFLOAT16:
        return _widened(np.ndarray((count,), "<u2", data, offset, (stride,)))
    return np.ndarray((count,), layout, data, offset, (stride,))


def table(data: Buffer, offsets: Ints, layout: str) -> np.ndarray:
    """Numbers that stand anywhere, of the shape of `offsets`, of a type as `column` gives."""
    size = int(layout[-1])
    every: np.ndarray = np.ndarray((len(data) - size + 1,), f"V{size}", data, 0, (1,))
    found = every[offsets]
    return _widened(found.view("<u2")) if layout == _BFLOAT16 else found.view(layout)


def _widened(upper: np.ndarray) -> np.ndarray:
    """Floats from the bits of bfloat16s, which are their upper half."""
    return (upper.astype("<u4") << np.uint32(16)).view("<f4")


def number_at(data: Buffer, place: Place) -> float:
    """The number at `place` of `data`."""
    offset, layout = place
    if layout == _BFLOAT16:
        (upper,) = _STRUCTS["<u2"].unpack_from(data, offset)
        (number,) = _STRUCTS["<f4"].unpack(_STRUCTS["<u4"].pack(upper << 16))
    else:
        (number,) = _STRUCTS[layout].unpack_from(data, offset)
    if number != number:  # noqa: PLR0124 - NaN, of whose bits struct does not keep all
        with np.errstate(invalid="ignore"):
            number = column(data, offset, 0, 1, layout).astype(np.float64)[0]
    return float(number)


class Tensor(Struct):
    """A tensor as its record has it, nothing expanded."""

    type: int = 0
    elements: int | None = 1
    """How many numbers its shape says; None where it says that it does not know."""
    content: tuple[int, int] | None = None
    """[begin, end) of the raw bytes of all numbers."""
    values: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """[begin, end) of each stretch of values (packed or not), by field."""

    @property
    def strings(self) -> list[tuple[int, int]]:
        """[begin, end) of each string."""
        return self.values.get(_STRINGS, [])


def read_tensor(data: Buffer, begin: int, end: int) -> Tensor:
    """The tensor message in data[begin:end].

    Raises:
        MalformedError: It breaks the wire format, nests tensors, or has a shape it cannot hold.
    """
    tensor = Tensor()
    for number, kind, start, stop in protobuf.fields(data, begin, end):
        if number == 1:
            protobuf.expect(kind, protobuf.VARINT, "the type of a tensor")
            tensor.type = protobuf.varint(data, start, stop)[0]
        elif number == 2:
            protobuf.expect(kind, protobuf.LENGTH, "the shape of a tensor")
            tensor.elements = _elements(data, start, stop)
        elif number == 4:
            protobuf.expect(kind, protobuf.LENGTH, "the content of a tensor")
            tensor.content = (start, stop)
        elif number in _VALUES:
            if kind != protobuf.LENGTH:
                protobuf.expect(kind, _VALUES[number], "a value of a tensor")
            tensor.values.setdefault(number, []).append((start, stop))
        elif number == _VARIANTS:
            raise MalformedError("a tensor holds further tensors")
    tensor.type %= _REFERENCE
    if tensor.elements is not None and tensor.elements > max(_MOST_ELEMENTS, end - begin):
        raise MalformedError(f"a tensor of {end - begin} bytes says it has {tensor.elements} numbers or more")
    return tensor


def _elements(data: Buffer, begin: int, end: int) -> int | None:
    """How many numbers a shape message stands for."""
    elements = 1
    dimensions = 0
    for number, kind, start, stop in protobuf.fields(data, begin, end):
        if number == 3:
            protobuf.expect(kind, protobuf.VARINT, "the shape of a tensor")
            if protobuf.varint(data, start, stop)[0]:
                return None
        elif number == 2:
            protobuf.expect(kind, protobuf.LENGTH, "a dimension of a tensor")
            dimensions += 1
            size = _size(data, start, stop)
            if size < 0 or dimensions > _MOST_DIMENSIONS:
                raise MalformedError("a tensor has a shape that cannot be")
            elements = min(elements * size, _BOUNDLESS)
    return elements


def _size(data: Buffer, begin: int, end: int) -> int:
    size = 0
    for number, kind, start, stop in protobuf.fields(data, begin, end):
        if number == 1:
            protobuf.expect(kind, protobuf.VARINT, "a dimension of a tensor")
            size = protobuf.signed(protobuf.varint(data, start, stop)[0])
    return size


def scalar(data: Buffer, tensor: Tensor) -> tuple[float, Place | None] | None:
    """The one number that `tensor` holds.

    Returns:
        The number and its place (None where it is a varint, whose size changes with its value), or
        None where the tensor is no single number.

    Raises:
        MalformedError: Its shape says one number, and it holds another count.
    """
    if tensor.type not in _TYPES or tensor.elements not in {1, None}:
        return None
    layout, value_field = _TYPES[tensor.type]
    if tensor.content is not None and tensor.content[1] > tensor.content[0]:
        begin, end = tensor.content
        size = int(layout[-1])
        count = (end - begin) // size if (end - begin) % size == 0 else -1
        found = (begin, end)
    elif value_field in _NUMBER_SIZES:
        stretches = tensor.values.get(value_field, [])
        size = _NUMBER_SIZES[value_field]
        held = sum(stop - start for start, stop in stretches)
        count = held // size if held % size == 0 else -1
        found = next(((start, stop) for start, stop in stretches if stop > start), (0, 0))
    else:
        return _integer(data, tensor, layout, value_field)
    if not _is_single(count, tensor):
        return None
    place = Place(found[0], layout)
    return number_at(data, place), place


def _is_single(count: int, tensor: Tensor) -> bool:
    """Whether a count of numbers is one; raises where it contradicts a shape that says one."""
    if count == 1:
        return True
    if count == 0 or (count > 0 and tensor.elements is None):
        return False  # hparams writes a tensor without a number
    raise MalformedError("a tensor of one number holds another count of bytes")


def _integer(data: Buffer, tensor: Tensor, layout: str, value_field: int) -> tuple[float, None] | None:
    stretches = [(a, b) for a, b in tensor.values.get(value_field, []) if b > a]
    if not stretches:
        return None
    (begin, end), *more = stretches
    number, stop = protobuf.varint(data, begin, end)
    if not _is_single(1 if stop == end and not more else 2, tensor):
        return None
    size = int(layout[-1])
    raw = (number & ((1 << (8 * size)) - 1)).to_bytes(size, "little")
    return number_at(raw, Place(0, layout)), None
