"""Scalars written as tensors: which tensors hold one number, and where its bytes are."""

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

_REFERENCE = 100
"""Types above this are references to the type 100 below."""
_MAX_ELEMENTS = 1 << 20
_ELEMENT_LIMIT = 1 << 62
_MAX_DIMENSIONS = 254
"""The limit of TensorFlow itself."""
_VARIANTS = 15

# Layout of a number by tensor type (DT_FLOAT is 1, DT_DOUBLE 2, ...) as a numpy type string, and the
# field that holds it if tensor_content does not. Source: TensorFlow's types.proto and tensor.proto.
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
# Fields that hold the values, and their wire type if they are not packed.
_VALUES = {5: protobuf.FIXED32, 6: protobuf.FIXED64, _STRINGS: protobuf.LENGTH} | dict.fromkeys(
    (7, 10, 11, 13, 16, 17), protobuf.VARINT
)
_CODES = {
    "<f2": "e", "<f4": "f", "<f8": "d", "|i1": "b", "|u1": "B",
    "<i2": "h", "<u2": "H", "<i4": "i", "<u4": "I", "<i8": "q", "<u8": "Q",
}  # fmt: skip
_STRUCTS = {layout: struct.Struct(f"<{code}") for layout, code in _CODES.items()}


class NumberField(NamedTuple):
    """Position and type of a number of fixed size in a payload."""

    offset: int
    """Bytes from the beginning of the payload."""
    layout: str
    """A numpy type string; "bf2" is a bfloat16."""

    @property
    def size(self) -> int:
        """Size in bytes."""
        return int(self.layout[-1])


def column(data: Buffer, offset: int, stride: int, count: int, layout: str) -> np.ndarray:
    """Return `count` numbers that are `stride` bytes apart, the first at `offset`.

    Returns:
        Shape (count,), of a type that converts to float64 without loss (except 64-bit integers).
        May be a view of `data`.
    """
    if layout == _BFLOAT16:
        return _bfloat16_to_float32(np.ndarray((count,), "<u2", data, offset, (stride,)))
    return np.ndarray((count,), layout, data, offset, (stride,))


def table(data: Buffer, offsets: Ints, layout: str) -> np.ndarray:
    """Return the numbers at `offsets`, in an array of the same shape; types as for `column`."""
    size = int(layout[-1])
    windows: np.ndarray = np.ndarray((len(data) - size + 1,), f"V{size}", data, 0, (1,))
    numbers = windows[offsets]
    return _bfloat16_to_float32(numbers.view("<u2")) if layout == _BFLOAT16 else numbers.view(layout)


def _bfloat16_to_float32(upper: np.ndarray) -> np.ndarray:
    """Return float32s from bfloat16s, which are their upper halves."""
    return (upper.astype("<u4") << np.uint32(16)).view("<f4")


def read_number(data: Buffer, field: NumberField) -> float:
    """Return the number at `field` of `data`."""
    offset, layout = field
    if layout == _BFLOAT16:
        (upper,) = _STRUCTS["<u2"].unpack_from(data, offset)
        (number,) = _STRUCTS["<f4"].unpack(_STRUCTS["<u4"].pack(upper << 16))
    else:
        (number,) = _STRUCTS[layout].unpack_from(data, offset)
    if number != number:  # noqa: PLR0124 - NaN: struct does not keep all of its bits
        with np.errstate(invalid="ignore"):
            number = column(data, offset, 0, 1, layout).astype(np.float64)[0]
    return float(number)


class Tensor(Struct):
    """A tensor message, its values not decoded."""

    type: int = 0
    elements: int | None = 1
    """Number of elements by its shape; None if the shape is unknown."""
    content: tuple[int, int] | None = None
    """[begin, end) of the raw bytes of all numbers."""
    values: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """[begin, end) of each value or packed list of values, by field number."""

    @property
    def strings(self) -> list[tuple[int, int]]:
        """[begin, end) of each string."""
        return self.values.get(_STRINGS, [])


def read_tensor(data: Buffer, begin: int, end: int) -> Tensor:
    """Read the tensor message in data[begin:end].

    Raises:
        MalformedError: It breaks the wire format, nests tensors, or is too small for its shape.
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
    if tensor.elements is not None and tensor.elements > max(_MAX_ELEMENTS, end - begin):
        raise MalformedError(f"a tensor of {end - begin} bytes says it has {tensor.elements} numbers or more")
    return tensor


def _elements(data: Buffer, begin: int, end: int) -> int | None:
    """Return the number of elements of a shape message, None if unknown."""
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
            size = _dimension_size(data, start, stop)
            if size < 0 or dimensions > _MAX_DIMENSIONS:
                raise MalformedError("a tensor has a shape that cannot be")
            elements = min(elements * size, _ELEMENT_LIMIT)
    return elements


def _dimension_size(data: Buffer, begin: int, end: int) -> int:
    size = 0
    for number, kind, start, stop in protobuf.fields(data, begin, end):
        if number == 1:
            protobuf.expect(kind, protobuf.VARINT, "a dimension of a tensor")
            size = protobuf.signed(protobuf.varint(data, start, stop)[0])
    return size


def read_scalar_tensor(data: Buffer, tensor: Tensor) -> tuple[float, NumberField | None] | None:
    """Read the number of a tensor with one element.

    Returns:
        The number and its field (None for a varint, whose size depends on its value), or None if the
        tensor does not hold exactly one number.

    Raises:
        MalformedError: The shape says one number, but the tensor holds another count.
    """
    if tensor.type not in _TYPES or tensor.elements not in {1, None}:
        return None
    layout, value_field = _TYPES[tensor.type]
    if tensor.content is not None and tensor.content[1] > tensor.content[0]:
        begin, end = tensor.content
        size = int(layout[-1])
        count = (end - begin) // size if (end - begin) % size == 0 else -1
    elif value_field in _NUMBER_SIZES:
        parts = tensor.values.get(value_field, [])
        size = _NUMBER_SIZES[value_field]
        total = sum(stop - start for start, stop in parts)
        count = total // size if total % size == 0 else -1
        begin = next((start for start, stop in parts if stop > start), 0)
    else:
        return _integer(data, tensor, layout, value_field)
    if not _is_single(count, tensor):
        return None
    number_field = NumberField(begin, layout)
    return read_number(data, number_field), number_field


def _is_single(count: int, tensor: Tensor) -> bool:
    """Return whether `count` is one; raise if it contradicts a shape of one number."""
    if count == 1:
        return True
    if count == 0 or (count > 0 and tensor.elements is None):
        return False  # hparams writes an empty tensor
    raise MalformedError("a tensor of one number holds another count of bytes")


def _integer(data: Buffer, tensor: Tensor, layout: str, value_field: int) -> tuple[float, None] | None:
    parts = [(a, b) for a, b in tensor.values.get(value_field, []) if b > a]
    if not parts:
        return None
    (begin, end), *more = parts
    number, stop = protobuf.varint(data, begin, end)
    if not _is_single(1 if stop == end and not more else 2, tensor):
        return None
    size = int(layout[-1])
    raw = (number & ((1 << (8 * size)) - 1)).to_bytes(size, "little")
    return read_number(raw, NumberField(0, layout)), None
