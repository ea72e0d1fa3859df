"""The payload of a record: one event, its step, its clock, and the scalars and images it carries."""

from __future__ import annotations

import re
from typing import NamedTuple

from msgspec import Struct, field

from gan_tui.logs.model import Buffer
from gan_tui.logs.tensorboard import protobuf
from gan_tui.logs.tensorboard.protobuf import MalformedError
from gan_tui.logs.tensorboard.tensor import STRING, Place, number_at, read_tensor, scalar

_IMAGES = b"images"
_SCALARS = frozenset({b"", b"scalars"})
_VALUE_KEY = 0x15
_SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF")


class Scalar(NamedTuple):
    """One number of an event."""

    tag: bytes
    value: float
    place: Place | None
    """Where it stands in the payload; None where its size depends on its value."""


class Event(Struct):
    """What one payload says."""

    wall_time: float = 0.0
    step: int = 0
    wall_place: int = -1
    """Offset of the wall time's 8 bytes in the payload; -1 where it has none."""
    step_place: tuple[int, int] = (-1, -1)
    """[begin, end) of the step's varint in the payload; (-1, -1) where it has none."""
    scalars: list[Scalar] = field(default_factory=list)
    images: list[tuple[bytes, int, int]] = field(default_factory=list)
    """Tag and [begin, end) in the payload of each encoded picture."""
    regular: bool = True
    """Whether another event with the same bytes but other numbers reads in the same way."""


def read_event(data: Buffer) -> Event:
    """The event in a payload.

    Raises:
        MalformedError: The payload is no event.
    """
    event = Event()
    for number, kind, begin, end in protobuf.fields(data, 0, len(data)):
        if number == 1:
            protobuf.expect(kind, protobuf.FIXED64, "the wall time")
            event.regular &= event.wall_place < 0
            event.wall_place = begin
            event.wall_time = number_at(data, Place(begin, "<f8"))
        elif number == 2:
            protobuf.expect(kind, protobuf.VARINT, "the step")
            event.regular &= event.step_place[0] < 0
            event.step_place = (begin, end)
            event.step = protobuf.signed(protobuf.varint(data, begin, end)[0])
        elif number == 5:
            protobuf.expect(kind, protobuf.LENGTH, "the summary")
            _read_summary(data, begin, end, event)
        else:
            event.regular = False
    return event


def read_scalar(data: bytes) -> Event | None:
    """The event in a payload that holds one number as most loops log it, at a fourth of `read_event`'s time.

    Returns:
        What `read_event` gives, or None for all other payloads, damaged ones among them.
    """
    front = _SHORT.match(data)
    if front is None:
        return None
    begin = front.end()
    end = begin + data[begin - 1]
    size = len(data)
    # The number is the last thing in it, and the lengths of the two that hold it reach to the end.
    ends = begin - 4 + data[begin - 5], begin - 2 + data[begin - 3], end + 1 + 4
    if ends != (size, size, size) or data[end] != _VALUE_KEY:
        return None
    place = Place(end + 1, "<f4")
    event = _begun(data, front.span(1))
    event.scalars.append(Scalar(data[begin:end], number_at(data, place), place))
    return event


def read_picture(data: memoryview) -> Event | None:
    """The event in a payload that holds one picture as most loops log it, at a tenth of `read_event`'s time.

    Returns:
        What `read_event` gives, or None for all other payloads, damaged ones among them.
    """
    front = _FRONT.match(data)
    if front is None:
        return None
    begin = front.end() + data[front.end() - 1]
    image = _IMAGE.match(data, begin)
    if image is None:
        return None
    # Each of the four lengths has to reach to the end.
    size = len(data)
    for found, group in ((front, 3), (front, 4), (image, 1), (image, 2)):
        stop = found.end(group)
        if protobuf.varint(data, found.start(group), stop)[0] != size - stop:
            return None
    tag = bytes(data[front.end() : begin])
    event = _begun(data, front.span(2))
    event.regular = False
    event.images.append((tag, image.end(), size))
    return event


def _begun(data: Buffer, step: tuple[int, int]) -> Event:
    """The event of a payload that begins with its wall time; its step is at [begin, end), or (-1, -1)."""
    event = Event(number_at(data, Place(1, "<f8")), wall_place=1)
    if step[0] >= 0:
        event.step_place = step
        event.step = protobuf.signed(protobuf.varint(data, *step)[0])
    return event


_NUMBER = rb"[\x80-\xff]{0,9}[\x00-\x7f]"
# Wall time, step, summary, its one value, and the size of its tag.
_FRONT = re.compile(rb"\x09(.{8})(?:\x10(N))?\x2a(N)\x0a(N)\x0a[\x00-\x7f]".replace(b"N", _NUMBER), re.DOTALL)
# The same with lengths of one byte each.
_SHORT = re.compile(
    rb"\x09.{8}(?:\x10(N))?\x2aS\x0aS\x0aS".replace(b"N", _NUMBER).replace(b"S", rb"[\x00-\x7f]"), re.DOTALL
)
# The image, its height, width and colours, and the encoded picture.
_IMAGE = re.compile(rb"\x22(N)(?:[\x08\x10\x18]N){0,3}\x22(N)".replace(b"N", _NUMBER))


def _read_summary(data: Buffer, begin: int, end: int, event: Event) -> None:
    for number, kind, start, stop in protobuf.fields(data, begin, end):
        if number != 1:
            raise MalformedError(f"the summary has an unknown field {number}")
        protobuf.expect(kind, protobuf.LENGTH, "a value of the summary")
        _read_value(data, start, stop, event)


def _read_value(data: Buffer, begin: int, end: int, event: Event) -> None:
    tag = plugin = b""
    holder, where = 0, (0, 0)
    for number, kind, start, stop in protobuf.fields(data, begin, end):
        if number == 1:
            protobuf.expect(kind, protobuf.LENGTH, "a tag")
            tag = bytes(data[start:stop])
        elif number == 2:
            protobuf.expect(kind, protobuf.FIXED32, "a scalar")
            holder, where = number, (start, stop)
        elif 3 <= number <= 6 or number == 8:
            protobuf.expect(kind, protobuf.LENGTH, f"the value of tag {tag[:80]!r}")
            holder, where = number, (start, stop)
        elif number == 9:
            protobuf.expect(kind, protobuf.LENGTH, "the metadata of a tag")
            plugin = _plugin(data, start, stop)
    if holder == 2:
        place = Place(where[0], "<f4")
        event.scalars.append(Scalar(tag, number_at(data, place), place))
    elif holder == 8:
        _take_tensor(data, where, tag, plugin, event)
    else:
        event.regular = False
        if holder == 4:
            _take_image(data, where, tag, event)


def _plugin(data: Buffer, begin: int, end: int) -> bytes:
    """Name of the TensorBoard plugin a summary's metadata is for."""
    name = b""
    for number, kind, start, stop in protobuf.fields(data, begin, end):
        if number == 1 and kind == protobuf.LENGTH:
            for inner, inner_kind, a, b in protobuf.fields(data, start, stop):
                if inner == 1 and inner_kind == protobuf.LENGTH:
                    name = bytes(data[a:b])
    return name


def _take_tensor(data: Buffer, where: tuple[int, int], tag: bytes, plugin: bytes, event: Event) -> None:
    tensor = read_tensor(data, *where)
    if plugin in _SCALARS:
        found = scalar(data, tensor)
        if found is not None:
            event.scalars.append(Scalar(tag, *found))
            event.regular &= found[1] is not None
            return
    event.regular = False
    # TF2 writes width, height, then the pictures; the plugin's name may stand on the first record only.
    pictures = tensor.strings[2:] if tensor.type == STRING else []
    for start, stop in pictures:
        if plugin == _IMAGES or (not plugin and bytes(data[start : start + 4]).startswith(_SIGNATURES)):
            event.images.append((tag, start, stop))


def _take_image(data: Buffer, where: tuple[int, int], tag: bytes, event: Event) -> None:
    for number, kind, start, stop in protobuf.fields(data, *where):
        if number == 4 and kind == protobuf.LENGTH:
            event.images.append((tag, start, stop))
