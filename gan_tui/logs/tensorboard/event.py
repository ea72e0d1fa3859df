"""Decodes the payload of a record: an event with its step, wall time, scalars and images."""

from __future__ import annotations

import re
from typing import NamedTuple

from msgspec import Struct, field

from gan_tui.logs.model import Buffer
from gan_tui.logs.tensorboard import protobuf
from gan_tui.logs.tensorboard.protobuf import MalformedError
from gan_tui.logs.tensorboard.tensor import STRING, NumberField, read_number, read_scalar_tensor, read_tensor

_IMAGES = b"images"
_SCALARS = frozenset({b"", b"scalars"})
_VALUE_KEY = 0x15
_SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF")


class Scalar(NamedTuple):
    """One number of an event."""

    tag: bytes
    value: float
    field: NumberField | None
    """Its position in the payload; None if its size depends on its value."""


class Event(Struct):
    """The content of one payload."""

    wall_time: float = 0.0
    step: int = 0
    wall_offset: int = -1
    """Offset of the wall time's 8 bytes in the payload; -1 if it has none."""
    step_range: tuple[int, int] = (-1, -1)
    """[begin, end) of the step's varint in the payload; (-1, -1) if it has none."""
    scalars: list[Scalar] = field(default_factory=list)
    images: list[tuple[bytes, int, int]] = field(default_factory=list)
    """Tag and [begin, end) in the payload of each encoded image."""
    has_fixed_layout: bool = True
    """Whether events that differ only in their numbers have them at the same offsets."""


def read_event(data: Buffer) -> Event:
    """Decode a payload.

    Raises:
        MalformedError: The payload is not an event.
    """
    event = Event()
    for number, kind, begin, end in protobuf.fields(data, 0, len(data)):
        if number == 1:
            protobuf.expect(kind, protobuf.FIXED64, "the wall time")
            event.has_fixed_layout &= event.wall_offset < 0
            event.wall_offset = begin
            event.wall_time = read_number(data, NumberField(begin, "<f8"))
        elif number == 2:
            protobuf.expect(kind, protobuf.VARINT, "the step")
            event.has_fixed_layout &= event.step_range[0] < 0
            event.step_range = (begin, end)
            event.step = protobuf.signed(protobuf.varint(data, begin, end)[0])
        elif number == 5:
            protobuf.expect(kind, protobuf.LENGTH, "the summary")
            _read_summary(data, begin, end, event)
        else:
            event.has_fixed_layout = False
    return event


def read_scalar(data: bytes) -> Event | None:
    """Decode an event with one `simple_value`, four times as fast as `read_event`.

    Returns:
        The same as `read_event`, or None for any other payload, including malformed ones.
    """
    prefix = _SCALAR_PREFIX.match(data)
    if prefix is None:
        return None
    begin = prefix.end()
    end = begin + data[begin - 1]
    size = len(data)
    # The number comes last, so both messages around it have to end with the payload.
    ends = begin - 4 + data[begin - 5], begin - 2 + data[begin - 3], end + 1 + 4
    if ends != (size, size, size) or data[end] != _VALUE_KEY:
        return None
    number = NumberField(end + 1, "<f4")
    event = _start_event(data, prefix.span(1))
    event.scalars.append(Scalar(data[begin:end], read_number(data, number), number))
    return event


def read_image(data: memoryview) -> Event | None:
    """Decode an event with one image, ten times as fast as `read_event`.

    Returns:
        The same as `read_event`, or None for any other payload, including malformed ones.
    """
    prefix = _PREFIX.match(data)
    if prefix is None:
        return None
    begin = prefix.end() + data[prefix.end() - 1]
    image = _IMAGE.match(data, begin)
    if image is None:
        return None
    # The image comes last, so all four messages have to end with the payload.
    size = len(data)
    for match, group in ((prefix, 3), (prefix, 4), (image, 1), (image, 2)):
        stop = match.end(group)
        if protobuf.varint(data, match.start(group), stop)[0] != size - stop:
            return None
    tag = bytes(data[prefix.end() : begin])
    event = _start_event(data, prefix.span(2))
    event.has_fixed_layout = False
    event.images.append((tag, image.end(), size))
    return event


def _start_event(data: Buffer, step: tuple[int, int]) -> Event:
    """Return an event with wall time (at offset 1) and step; `step` is its [begin, end) or (-1, -1)."""
    event = Event(read_number(data, NumberField(1, "<f8")), wall_offset=1)
    if step[0] >= 0:
        event.step_range = step
        event.step = protobuf.signed(protobuf.varint(data, *step)[0])
    return event


_NUMBER = rb"[\x80-\xff]{0,9}[\x00-\x7f]"
# Wall time, step, summary, its only value, and the length of its tag.
_PREFIX = re.compile(
    rb"\x09(.{8})(?:\x10(N))?\x2a(N)\x0a(N)\x0a[\x00-\x7f]".replace(b"N", _NUMBER), re.DOTALL
)
# The same with lengths of one byte each.
_SCALAR_PREFIX = re.compile(
    rb"\x09.{8}(?:\x10(N))?\x2aS\x0aS\x0aS".replace(b"N", _NUMBER).replace(b"S", rb"[\x00-\x7f]"), re.DOTALL
)
# The image, its height, width and colour space, and the encoded bytes.
_IMAGE = re.compile(rb"\x22(N)(?:[\x08\x10\x18]N){0,3}\x22(N)".replace(b"N", _NUMBER))


def _read_summary(data: Buffer, begin: int, end: int, event: Event) -> None:
    for number, kind, start, stop in protobuf.fields(data, begin, end):
        if number != 1:
            raise MalformedError(f"the summary has an unknown field {number}")
        protobuf.expect(kind, protobuf.LENGTH, "a value of the summary")
        _read_value(data, start, stop, event)


def _read_value(data: Buffer, begin: int, end: int, event: Event) -> None:
    tag = plugin = b""
    value_field, span = 0, (0, 0)
    for number, kind, start, stop in protobuf.fields(data, begin, end):
        if number == 1:
            protobuf.expect(kind, protobuf.LENGTH, "a tag")
            tag = bytes(data[start:stop])
        elif number == 2:
            protobuf.expect(kind, protobuf.FIXED32, "a scalar")
            value_field, span = number, (start, stop)
        elif 3 <= number <= 6 or number == 8:
            protobuf.expect(kind, protobuf.LENGTH, f"the value of tag {tag[:80]!r}")
            value_field, span = number, (start, stop)
        elif number == 9:
            protobuf.expect(kind, protobuf.LENGTH, "the metadata of a tag")
            plugin = _plugin(data, start, stop)
    if value_field == 2:
        scalar = NumberField(span[0], "<f4")
        event.scalars.append(Scalar(tag, read_number(data, scalar), scalar))
    elif value_field == 8:
        _add_tensor(data, span, tag, plugin, event)
    else:
        event.has_fixed_layout = False
        if value_field == 4:
            _add_image(data, span, tag, event)


def _plugin(data: Buffer, begin: int, end: int) -> bytes:
    """Return the name of the TensorBoard plugin in a summary's metadata."""
    name = b""
    for number, kind, start, stop in protobuf.fields(data, begin, end):
        if number == 1 and kind == protobuf.LENGTH:
            for inner, inner_kind, a, b in protobuf.fields(data, start, stop):
                if inner == 1 and inner_kind == protobuf.LENGTH:
                    name = bytes(data[a:b])
    return name


def _add_tensor(data: Buffer, span: tuple[int, int], tag: bytes, plugin: bytes, event: Event) -> None:
    tensor = read_tensor(data, *span)
    if plugin in _SCALARS:
        scalar = read_scalar_tensor(data, tensor)
        if scalar is not None:
            event.scalars.append(Scalar(tag, *scalar))
            event.has_fixed_layout &= scalar[1] is not None
            return
    event.has_fixed_layout = False
    # TF2 writes width, height, then the images; only the first record of a tag may name the plugin.
    images = tensor.strings[2:] if tensor.type == STRING else []
    for start, stop in images:
        if plugin == _IMAGES or (not plugin and bytes(data[start : start + 4]).startswith(_SIGNATURES)):
            event.images.append((tag, start, stop))


def _add_image(data: Buffer, span: tuple[int, int], tag: bytes, event: Event) -> None:
    for number, kind, start, stop in protobuf.fields(data, *span):
        if number == 4 and kind == protobuf.LENGTH:
            event.images.append((tag, start, stop))
