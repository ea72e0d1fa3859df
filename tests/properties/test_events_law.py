"""The law of the event parser: however the bytes are cut, the points and the faults are the same."""

from __future__ import annotations

import contextlib
import itertools
import struct
from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.util import tensor_util

from gan_tui.logs.model import Batch, join
from gan_tui.logs.tensorboard.event import read_event
from gan_tui.logs.tensorboard.parser import EventParser
from gan_tui.logs.tensorboard.protobuf import MalformedError
from tests.helpers import event_bytes as eb

LAYOUTS = [
    eb.training(range(20)),
    eb.training(range(120, 135), eb.tf2),
    eb.training(range(-4, 9), eb.torch, pictures_every=3),
    eb.training([0, 1, 2, 0, 1, 1], eb.double, tags=eb.TAGS[:2]),
    eb.mixed_rates(12),
    eb.random_order(70),
    eb.several_values(9),
    [eb.record(b""), eb.record(b"\xff" * 30), *eb.training(range(3))],
    [eb.record(b"x" * 5000), *eb.training(range(16_380, 16_390), tags=eb.TAGS[:1])],
]


def answer(batches: list[Batch]) -> tuple[Any, ...]:
    """Everything a reader can see of the batches, comparable bit for bit."""
    batch = join(batches)
    columns = {
        c.name: (c.steps.tolist(), c.values.tobytes(), c.wall_times is not None and c.wall_times.tobytes())
        for c in batch.columns
    }
    return columns, batch.faults


def whole(data: bytes) -> tuple[Any, ...]:
    parser = EventParser()
    return answer([parser.feed(data), parser.finish()])


def in_pieces(data: bytes, cuts: list[int]) -> tuple[Any, ...]:
    parser = EventParser()
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    batches = [parser.feed(data[a:b]) for a, b in itertools.pairwise(edges)]
    return answer([*batches, parser.finish()])


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A log with bits flipped, and blocks overwritten, cut out, put in or put in twice."""
    data = bytearray(b"".join(draw(st.sampled_from(LAYOUTS))))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data) - 1))
        size = draw(st.sampled_from([1, 3, 12, 46, 300]))
        kind = draw(st.sampled_from(["flip", "zero", "ones", "cut", "junk", "again", "header"]))
        if kind == "flip":
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif kind in {"zero", "ones"}:
            data[at : at + size] = (b"\0" if kind == "zero" else b"\xff") * len(data[at : at + size])
        elif kind == "cut" and len(data) > size:
            del data[at : at + size]
        elif kind == "junk":
            data[at:at] = draw(st.binary(min_size=1, max_size=40))
        elif kind == "again":
            data[at:at] = data[at : at + size]
        elif kind == "header":
            length = struct.pack("<Q", draw(st.sampled_from([0, 5, 40, 5000, 1 << 31, 1 << 60])))
            data[at:at] = length + eb.masked(length)
    return bytes(data)


@settings(max_examples=300, deadline=None)
@given(damaged(), st.lists(st.integers(0, 1 << 20), max_size=12))
def test_cuts_change_neither_points_nor_faults(data: bytes, cuts: list[int]) -> None:
    assert in_pieces(data, cuts) == whole(data)


@settings(max_examples=40, deadline=None)
@given(damaged(), st.integers(1, 14))
def test_even_bytes_one_by_one_give_the_same(data: bytes, size: int) -> None:
    assert in_pieces(data, list(range(0, len(data), size))) == whole(data)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(LAYOUTS[:7]), st.dictionaries(st.integers(0, 1 << 16), st.binary(min_size=1), max_size=6)
)
def test_every_record_that_is_whole_is_read_and_every_other_byte_is_reported(
    records: list[bytes], damage: dict[int, bytes]
) -> None:
    torn = list(records)
    for where, junk in damage.items():
        index = where % len(records)
        at = where // len(records) % len(records[index])
        torn[index] = (torn[index][:at] + junk)[: len(torn[index])].ljust(len(torn[index]), b"\xfe")
    kept = b"".join(r for r, t in zip(records, torn, strict=True) if r == t)
    columns, faults = whole(b"".join(torn))
    assert columns == whole(kept)[0]
    reported: set[int] = set()
    for fault in faults:
        reported.update(range(fault.offset, fault.offset + fault.bytes))
    ends = np.cumsum([0, *map(len, records)]).tolist()
    lost: set[int] = set()
    for index, (record, other) in enumerate(zip(records, torn, strict=True)):
        if record != other:
            lost.update(range(ends[index], ends[index + 1]))
    assert reported == lost


# -- the decoder, against protobuf's own ---------------------------------------------------------------

FLOATS = st.floats(width=32)
# Every type that TensorBoard's own reader knows, and some that are no numbers.
DTYPES = st.sampled_from([0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 19, 24, 101])


@st.composite
def events(draw: st.DrawFn) -> Event:
    event = Event()
    if draw(st.booleans()):
        event.wall_time = draw(st.floats())
    if draw(st.booleans()):
        event.step = draw(st.integers(-(2**63), 2**63 - 1))
    for _ in range(draw(st.integers(0, 4))):
        value = event.summary.value.add(tag=draw(st.text(max_size=8)))
        kind = draw(st.sampled_from(["simple", "tensor", "tensor", "image", "none"]))
        if kind == "simple":
            value.simple_value = draw(FLOATS)
        elif kind == "image":
            value.image.encoded_image_string = draw(st.binary(max_size=9))
        elif kind == "tensor":
            value.tensor.dtype = draw(DTYPES)
            for size in draw(st.lists(st.integers(0, 2), max_size=2)):
                value.tensor.tensor_shape.dim.add(size=size)
            if draw(st.booleans()):
                value.tensor.tensor_content = draw(st.sampled_from([b"", b"\0\x3c", bytes(4), b"\1" * 8]))
            value.tensor.float_val.extend(draw(st.lists(FLOATS, max_size=2)))
            value.tensor.double_val.extend(draw(st.lists(st.floats(), max_size=2)))
            value.tensor.int_val.extend(draw(st.lists(st.integers(-128, 127), max_size=2)))
            value.tensor.int64_val.extend(draw(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=2)))
            value.tensor.half_val.extend(draw(st.lists(st.integers(0, 2**16 - 1), max_size=2)))
            value.tensor.bool_val.extend(draw(st.lists(st.booleans(), max_size=2)))
    return event


def by_protobuf(event: Event) -> list[tuple[str, float]] | None:
    """Return tags and scalars as TensorBoard reads them, or None if it rejects a value."""
    out = []
    for value in event.summary.value:
        if value.WhichOneof("value") == "simple_value":
            out.append((value.tag, value.simple_value))
        elif value.WhichOneof("value") == "tensor" and value.tensor.dtype in {
            1,
            2,
            3,
            5,
            6,
            9,
            10,
            14,
            19,
            101,
        }:
            if np.prod([d.size for d in value.tensor.tensor_shape.dim]) != 1:
                continue
            if value.tensor.dtype == 101:
                value.tensor.dtype = 1
            try:
                array = tensor_util.make_ndarray(value.tensor)
            except (ValueError, OverflowError):
                return None
            out.append((value.tag, float(array.item())))
    return out


@settings(max_examples=400, deadline=None)
@example(Event.FromString(eb.message(5, eb.message(1, eb.tensor(19, b"\x68\x81\xf8\x01")))))  # a NaN's bits
@given(events())
def test_events_are_decoded_as_by_protobuf(event: Event) -> None:
    try:
        found = read_event(event.SerializeToString())
    except MalformedError:
        assert by_protobuf(event) is None
        return
    assert (found.step, struct.pack("<d", found.wall_time)) == (
        event.step,
        struct.pack("<d", event.wall_time),
    )
    expected = by_protobuf(event)
    if expected is not None:
        assert [(s.tag.decode(), struct.pack("<d", s.value)) for s in found.scalars] == [
            (tag, struct.pack("<d", value)) for tag, value in expected
        ]


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=60))
def test_no_payload_at_all_surprises_the_decoder(payload: bytes) -> None:
    with contextlib.suppress(MalformedError):
        assert read_event(payload).wall_offset < len(payload)
