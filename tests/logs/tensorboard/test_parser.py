from __future__ import annotations

import copy
import glob
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

from gan_tui.logs.model import Batch, Column, LoggedImage, join
from gan_tui.logs.tensorboard import parser as event_parser
from gan_tui.logs.tensorboard.event import read_event, read_image, read_scalar
from gan_tui.logs.tensorboard.fast import template_cache
from gan_tui.logs.tensorboard.framing import looks_like_events
from gan_tui.logs.tensorboard.parser import EventParser
from tests.helpers import event_bytes as eb

W = eb.START


def read(data: bytes, piece: int = 0) -> Batch:
    parser = EventParser()
    step = piece or max(1, len(data))
    batches = [parser.feed(data[at : at + step]) for at in range(0, len(data), step)]
    return join([*batches, parser.finish()])


def by_name(batch: Batch) -> dict[str, Column]:
    return {column.name: column for column in batch.columns}


def values(batch: Batch) -> dict[str, list[float]]:
    return {column.name: column.values.tolist() for column in batch.columns}


# -- against the reference reader ----------------------------------------------------------------------


def reference(path: Path) -> dict[str, tuple[list[int], list[float], list[float]]]:
    accumulator = EventAccumulator(str(path), size_guidance={"scalars": 0, "tensors": 0, "images": 1})
    accumulator.Reload()
    out: dict[str, tuple[list[int], list[float], list[float]]] = {}
    tags: Any = accumulator.Tags()
    for tag in tags["scalars"]:
        found: Any = accumulator.Scalars(tag)
        out[tag] = [p.step for p in found], [p.value for p in found], [p.wall_time for p in found]
    for tag in tags["tensors"]:
        found = [p for p in accumulator.Tensors(tag) if p.tensor_proto.dtype != 7]
        numbers = [tensor_util.make_ndarray(p.tensor_proto).item() for p in found]
        if found:
            out[tag] = [p.step for p in found], numbers, [p.wall_time for p in found]
    return out


def assert_like_reference(batch: Batch, path: Path) -> None:
    expected = reference(path)
    columns = by_name(batch)
    assert sorted(columns) == sorted(expected)
    for name, (steps, numbers, walls) in expected.items():
        column = columns[name]
        assert column.steps.dtype == np.int64
        assert column.values.dtype == np.float64
        assert column.steps.tolist() == steps
        assert column.values.tobytes() == np.array(numbers, np.float64).tobytes()
        assert column.wall_times is not None
        assert column.wall_times.tobytes() == np.array(walls, np.float64).tobytes()
    assert batch.faults == ()


@pytest.mark.parametrize("layout", eb.LAYOUTS)
def test_points_are_those_of_tensorboard_bit_for_bit(layout: str, tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1700000000.host"
    path.write_bytes(b"".join(eb.LAYOUTS[layout]()))
    assert_like_reference(read(path.read_bytes()), path)


@pytest.mark.parametrize("layout", eb.LAYOUTS)
def test_a_truncated_log_gives_what_tensorboard_reads(layout: str, tmp_path: Path) -> None:
    data = b"".join(eb.LAYOUTS[layout]())
    path = tmp_path / "events.out.tfevents.1700000000.host"
    path.write_bytes(data[: len(data) * 2 // 3 + 5])
    assert_like_reference(EventParser().feed(path.read_bytes()), path)


@pytest.mark.parametrize("layout", eb.LAYOUTS)
def test_reads_the_same_as_tensorboard_before_damage_and_continues_after_it(
    layout: str, tmp_path: Path
) -> None:
    """TensorBoard stops at the first damaged record, and says nothing."""
    records = eb.LAYOUTS[layout]()
    whole = read(b"".join(records))
    damaged = len(records) * 3 // 5
    lost = read(records[damaged]).points
    records[damaged] = records[damaged][:-6] + bytes([records[damaged][-6] ^ 4]) + records[damaged][-5:]
    path = tmp_path / "events.out.tfevents.1700000000.host"
    path.write_bytes(b"".join(records))
    batch = read(path.read_bytes())
    assert len(batch.faults) == 1
    assert batch.points == whole.points - lost
    columns, expected = by_name(batch), reference(path)
    assert sum(len(steps) for steps, _, _ in expected.values()) > whole.points // 2
    for name, (steps, numbers, walls) in expected.items():
        end, column = len(steps), columns[name]
        assert column.wall_times is not None
        assert column.steps[:end].tolist() == steps
        assert column.values[:end].tobytes() == np.array(numbers, np.float64).tobytes()
        assert column.wall_times[:end].tobytes() == np.array(walls, np.float64).tobytes()


def test_a_log_of_tensorboardx_is_read_as_tensorboard_reads_it(tmp_path: Path) -> None:
    from tensorboardX import SummaryWriter

    writer = SummaryWriter(str(tmp_path))
    rng = np.random.default_rng(0)
    for step in range(300):
        writer.add_scalar("Loss/D", rng.standard_normal(), step)
        writer.add_scalar("D(G(z))", rng.random(), step)
        writer.add_scalars("scores", {"real": rng.random(), "fake": rng.random()}, step)
        if step % 50 == 0:
            writer.add_histogram("weights", rng.standard_normal(100), step)
            writer.add_image("fake", rng.integers(0, 255, (3, 8, 8), np.uint8), step)
            writer.add_text("note", "a healthy run", step)
    writer.close()
    files = [Path(f) for f in glob.glob(str(tmp_path / "**/events*"), recursive=True)]  # noqa: PTH207
    assert len(files) == 3
    for path in files:
        batch = read(path.read_bytes())
        assert_like_reference(batch, path)
        assert batch.points in {600, 300}


def test_nan_and_infinities_are_values() -> None:
    data = b"".join(
        eb.event(s, W, [(b"loss", eb.simple(v))]) for s, v in enumerate([np.nan, np.inf, -np.inf])
    )
    assert str(values(read(data))["loss"]) == "[nan, inf, -inf]"


# -- every way of writing a number ---------------------------------------------------------------------

F16 = int(np.float16(1.5).view(np.uint16))
BF16 = 0x3FC0
NUMBERS: dict[str, tuple[bytes, float]] = {
    "float content": (eb.tensor(1, eb.raw("<f4", 0.1)), float(np.float32(0.1))),
    "float packed": (eb.tensor(1, eb.message(5, struct.pack("<f", 0.1))), float(np.float32(0.1))),
    "float alone": (eb.tensor(1, b"\x2d" + struct.pack("<f", 0.1)), float(np.float32(0.1))),
    "double content": (eb.tensor(2, eb.raw("<f8", 0.1)), 0.1),
    "double packed": (eb.tensor(2, eb.message(6, struct.pack("<d", 0.1))), 0.1),
    "double alone": (eb.tensor(2, b"\x31" + struct.pack("<d", 0.1)), 0.1),
    "half content": (eb.tensor(19, eb.raw("<f2", 1.5)), 1.5),
    "half packed": (eb.tensor(19, eb.message(13, eb.varint(F16))), 1.5),
    "half alone": (eb.tensor(19, b"\x68" + eb.varint(F16)), 1.5),
    "bfloat16 content": (eb.tensor(14, eb.message(4, struct.pack("<H", BF16))), 1.5),
    "bfloat16 packed": (eb.tensor(14, eb.message(13, eb.varint(BF16))), 1.5),
    "bfloat16 alone": (eb.tensor(14, b"\x68" + eb.varint(BF16)), 1.5),
    "int32 content": (eb.tensor(3, eb.raw("<i4", -7)), -7.0),
    "int32 alone": (eb.tensor(3, b"\x38" + eb.varint(-7)), -7.0),
    "int64 packed": (eb.tensor(9, eb.message(10, eb.varint(1 << 40))), float(1 << 40)),
    "uint8 packed": (eb.tensor(4, eb.message(7, eb.varint(200))), 200.0),
    "uint64 alone": (eb.tensor(23, b"\x88\x01" + eb.varint(1 << 63)), float(1 << 63)),
    "bool": (eb.tensor(10, b"\x58\x01"), 1.0),
    "one element of rank one": (eb.tensor(1, eb.raw("<f4", 0.5), shape=[1]), 0.5),
    "one element of rank three": (eb.tensor(1, eb.raw("<f4", 0.5), shape=[1, 1, 1]), 0.5),
    "without metadata": (eb.tensor(1, eb.raw("<f4", 0.5), metadata=b""), 0.5),
    "reference type": (eb.tensor(101, eb.raw("<f4", 0.5)), 0.5),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_single_numbers_are_points_however_they_are_written(name: str) -> None:
    fields, expected = NUMBERS[name]
    data = b"".join(eb.event(step, W, [(b"loss", fields)]) for step in range(1, 9))
    batch = read(data)
    assert values(batch) == {"loss": [expected] * 8}
    assert batch.faults == ()


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(eb.tensor(1, eb.message(4, bytes(24)), shape=[2, 3]), id="matrix"),
        pytest.param(eb.tensor(1, b"\x2d" + bytes(4), shape=[100]), id="one number for many"),
        pytest.param(eb.tensor(1, b"", shape=[0, 3], metadata=b"histograms"), id="empty histogram"),
        pytest.param(eb.tensor(7, eb.message(8, b"a note"), metadata=b"text"), id="text"),
        pytest.param(eb.tensor(8, eb.message(4, bytes(8))), id="complex number"),
        pytest.param(eb.tensor(1, b"", metadata=b"hparams"), id="hparams' empty tensor"),
        pytest.param(eb.tensor(1, b""), id="no number"),
        pytest.param(eb.tensor(1, eb.raw("<f4", 1), metadata=b"hparams"), id="number of another plugin"),
        pytest.param(eb.message(5, b"\t" + bytes(8)), id="old histogram"),
        pytest.param(eb.message(6, b""), id="audio"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_other_values_than_scalars_are_skipped_without_a_fault(fields: bytes) -> None:
    data = eb.event(1, W, [(b"x", fields)]) + eb.event(2, W, [(b"loss", eb.simple(0.5))])
    batch = read(data)
    assert values(batch) == {"loss": [0.5]}
    assert batch.faults == ()


def test_several_values_of_one_tag_in_one_record_are_all_kept() -> None:
    data = eb.event(3, W, [(b"a", eb.simple(1)), (b"b", eb.simple(2)), (b"a", eb.simple(3))])
    assert values(read(data)) == {"a": [1.0, 3.0], "b": [2.0]}


@pytest.mark.parametrize("step", [0, 1, 127, 128, 16_383, 16_384, 2**31, 2**63 - 1, -1, -(2**63)])
def test_steps_of_every_size(step: int) -> None:
    (column,) = read(eb.event(step, W, [(b"loss", eb.simple(1))])).columns
    assert column.steps.tolist() == [step]


def test_a_record_without_wall_time_has_time_zero() -> None:
    data = eb.record(eb.message(5, eb.message(1, eb.message(1, b"loss") + eb.simple(1))))
    (column,) = read(data).columns
    assert column.wall_times is not None
    assert (column.steps.tolist(), column.wall_times.tolist()) == ([0], [0.0])


def test_tags_may_be_any_bytes() -> None:
    tags = [b"", b"\xff\xfe", "verlust_ä".encode(), b"[red]\x1b]0;x\x07", b"a\nb"]
    batch = read(b"".join(eb.event(1, W, [(tag, eb.simple(1))]) for tag in tags))
    assert [c.name for c in batch.columns] == ["", "\\xff\\xfe", "verlust_ä", "[red]\x1b]0;x\x07", "a\nb"]


# -- pictures ------------------------------------------------------------------------------------------


def test_pictures_are_handed_out_encoded() -> None:
    png, jpeg = b"\x89PNG\r\n\x1a\n one", b"\xff\xd8\xff\xe0 two"
    bare = eb.event(
        3,
        W,
        [
            (
                b"later",
                eb.tensor(7, b"".join(eb.message(8, s) for s in (b"8", b"8", png)), shape=[3], metadata=b""),
            )
        ],
    )
    note = eb.event(4, W, [(b"note", eb.tensor(7, eb.message(8, b"text"), metadata=b"text"))])
    data = eb.image(1, W, png) + eb.tf2_images(2, W + 1, [png, jpeg]) + bare + note
    seen: list[LoggedImage] = []
    parser = EventParser(on_image=seen.append)
    assert parser.feed(data).faults == ()
    assert [(image.tag, image.step, image.wall_time, image.encoded) for image in seen] == [
        ("samples", 1, W, png),
        ("samples", 2, W + 1, png),
        ("samples", 2, W + 1, jpeg),
        ("later", 3, W, png),
    ]
    assert [data[image.offset :][: image.size] for image in seen] == [png, png, jpeg, png]


# -- damage --------------------------------------------------------------------------------------------


def points_of(records: list[bytes]) -> dict[str, list[float]]:
    return values(read(b"".join(records)))


def flipped(data: bytes, at: int) -> bytes:
    out = bytearray(data)
    out[at] ^= 0x10
    return bytes(out)


RECORDS = eb.training(range(1, 30))
LONG = eb.event(9, W, [(b"loss", eb.simple(1))])


@pytest.mark.parametrize("at", [0, 7, 8, 11, 12, 20, -5, -4, -1])
def test_a_flipped_bit_costs_one_record_and_is_reported(at: int) -> None:
    bad = 40
    records = list(RECORDS)
    begin = sum(map(len, records[:bad]))
    records[bad] = flipped(records[bad], at)
    batch = read(b"".join(records))
    assert [(f.offset, f.bytes) for f in batch.faults] == [(begin, len(records[bad]))]
    assert values(batch) == points_of(RECORDS[:bad] + RECORDS[bad + 1 :])


@pytest.mark.parametrize("fill", [b"\0", b"\xff", b"\x2a"])
@pytest.mark.parametrize("size", [9, 50, 3000])
def test_an_overwritten_block_is_reported_once_and_everything_else_is_read(fill: bytes, size: int) -> None:
    data = bytearray(b"".join(RECORDS))
    ends = np.cumsum([len(r) for r in RECORDS])
    begin = int(ends[9]) + 5
    data[begin : begin + size] = fill * size
    batch = read(bytes(data))
    first = 10
    last = int(np.searchsorted(ends, begin + size))
    assert [(f.offset, f.offset + f.bytes) for f in batch.faults] == [(int(ends[9]), int(ends[last]))]
    assert values(batch) == points_of(RECORDS[:first] + RECORDS[last + 1 :])


@pytest.mark.parametrize("cut", [(5, 20), (5, 200), (20, 30), (20, 500)])
def test_bytes_that_are_missing_cost_only_the_records_they_belong_to(cut: tuple[int, int]) -> None:
    data = b"".join(RECORDS)
    ends = np.cumsum([len(r) for r in RECORDS])
    begin, end = int(ends[9]) + cut[0], int(ends[9]) + cut[1]
    batch = read(data[:begin] + data[end:])
    last = int(np.searchsorted(ends, end))
    (fault,) = batch.faults
    assert (fault.offset, fault.bytes) == (int(ends[9]), int(ends[last]) - int(ends[9]) - (end - begin))
    assert values(batch) == points_of(RECORDS[:10] + RECORDS[last + 1 :])


def test_bytes_put_in_between_are_one_fault() -> None:
    data = b"".join(RECORDS[:9]) + b"junk" * 100 + b"".join(RECORDS[9:])
    batch = read(data)
    assert [(f.offset, f.bytes) for f in batch.faults] == [(len(b"".join(RECORDS[:9])), 400)]
    assert values(batch) == points_of(RECORDS)


def test_a_truncated_tail_is_kept_and_only_the_end_makes_it_a_fault() -> None:
    parser = EventParser()
    assert parser.feed(LONG).points == 1
    assert not parser.feed(LONG[:30])
    assert values(parser.feed(LONG[30:] + LONG[:5])) == {"loss": [1.0]}
    last = parser.finish()
    assert [(f.offset, f.bytes) for f in last.faults] == [(2 * len(LONG), 5)]


def test_records_behind_one_that_is_cut_short_are_read_at_the_end() -> None:
    picture = eb.image(1, W, bytes(5000))
    data = LONG + picture[:100] + LONG
    parser = EventParser()
    first = parser.feed(data)
    assert (first.points, first.faults) == (1, ())
    last = parser.finish()
    assert values(last) == {"loss": [1.0]}
    assert [(f.offset, f.bytes) for f in last.faults] == [(len(LONG), 100)]


def header(length: int) -> bytes:
    size = struct.pack("<Q", length)
    return size + eb.masked(size)


@pytest.mark.parametrize("length", [1 << 60, 2 << 30, (256 << 20) + 1])
def test_a_length_beyond_reason_is_damage_and_costs_no_memory(length: int) -> None:
    data = LONG + header(length) + bytes(1000) + LONG
    batch = read(data)
    assert values(batch) == {"loss": [1.0, 1.0]}
    (fault,) = batch.faults
    assert (fault.offset, fault.bytes) == (len(LONG), 1012)
    assert str(length) in fault.reason


def nested(depth: int, number: int) -> bytes:
    body = b""
    for _ in range(depth):
        body = eb.message(number, body)
    return body


def variants(depth: int) -> bytes:
    body = b"\x08\x01"
    for _ in range(depth):
        body = b"\x08\x15" + eb.message(15, eb.message(3, body))
    return eb.message(8, body)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"\x10" + b"\xff" * 50, id="endless varint"),
        pytest.param(b"\x10" + b"\x80" * 5, id="varint cut short"),
        pytest.param(b"\x0b" * 10_000 + b"\x0c" * 10_000, id="nested groups"),
        pytest.param(nested(10_000, 1), id="nested wall times"),
        pytest.param(nested(10_000, 5), id="nested summaries"),
        pytest.param(
            eb.message(5, eb.message(1, eb.message(1, b"x") + variants(10_000))), id="nested tensors"
        ),
        pytest.param(eb.message(5, b"\x0a\xff\x01abc"), id="field past the end"),
        pytest.param(b"\t\0\0", id="wall time cut short"),
        pytest.param(b"\xff\xfe\xfd", id="junk"),
    ],
)
def test_a_payload_that_is_not_an_event_is_a_fault_of_its_own(payload: bytes) -> None:
    bad = eb.record(payload)
    batch = read(LONG + bad + LONG)
    assert values(batch) == {"loss": [1.0, 1.0]}
    assert [(f.offset, f.bytes) for f in batch.faults] == [(len(LONG), len(bad))]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(eb.tensor(1, eb.raw("<f4", 1), shape=[10**9]), id="a shape of 1e9"),
        pytest.param(eb.tensor(1, eb.raw("<f4", 1), shape=[10**18] * 250), id="a shape beyond all bounds"),
        pytest.param(eb.tensor(1, eb.raw("<f4", 1), shape=[1] * 300), id="300 dimensions"),
        pytest.param(eb.tensor(1, eb.raw("<f4", 1), shape=[-1]), id="a negative shape"),
        pytest.param(eb.tensor(1, eb.message(4, bytes(3))), id="three bytes for a float"),
        pytest.param(eb.tensor(1, eb.message(4, bytes(8))), id="two numbers for one"),
        pytest.param(eb.tensor(2, eb.message(6, bytes(20))), id="packed doubles of 20 bytes"),
        pytest.param(eb.tensor(3, eb.message(7, b"\x01\x02")), id="two integers for one"),
        pytest.param(b"\x10\x01", id="a scalar of the wrong wire type"),
    ],
)
def test_a_value_that_contradicts_itself_is_a_fault(fields: bytes) -> None:
    bad = eb.event(5, W, [(b"x", fields)])
    batch = read(LONG + bad + LONG)
    assert values(batch) == {"loss": [1.0, 1.0]}
    assert [(f.offset, f.bytes) for f in batch.faults] == [(len(LONG), len(bad))]


def test_random_bytes_are_one_fault() -> None:
    data = np.random.default_rng(5).bytes(100_000)
    batch = read(data, 7000)
    assert batch.points == 0
    assert [(f.offset, f.bytes) for f in batch.faults] == [(0, 100_000)]


# -- the door ------------------------------------------------------------------------------------------


def test_event_files_are_recognised_by_their_first_bytes() -> None:
    assert looks_like_events(eb.VERSION[:12])
    assert looks_like_events(b"".join(RECORDS))
    assert not looks_like_events(eb.VERSION[:11])
    assert not looks_like_events(flipped(eb.VERSION, 9))
    assert not looks_like_events(header(1 << 50))
    assert not looks_like_events(b"step,d_loss,g_loss\n1,2,3\n")
    assert not looks_like_events(b"")


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_buffer_is_taken_and_none_is_kept(kind: Callable[[bytes], Any]) -> None:
    buffer = kind(b"".join(RECORDS)[:-3])
    parser = EventParser()
    batch = parser.feed(buffer)
    if isinstance(buffer, bytearray):
        buffer[:] = bytes(len(buffer))
        buffer.clear()
    assert values(join([batch, parser.feed(RECORDS[-1][-3:])])) == points_of(RECORDS)


def test_the_parser_loads_nothing_but_numpy_msgspec_and_the_checksum() -> None:
    code = "import sys, gan_tui.logs.tensorboard.parser; print(*{m.split('.')[0] for m in sys.modules})"
    found = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, env=_paths()
    )
    loaded = set(found.stdout.split()) - sys.stdlib_module_names - {"__main__"}
    # And the core of crc32c, which is no module of its own; msgspec takes typing_extensions where it is.
    assert loaded - {"typing_extensions"} == {"gan_tui", "msgspec", "numpy"}


def _paths() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_a_copy_looks_ahead_and_leaves_the_parser_as_it_was() -> None:
    seen: list[LoggedImage] = []
    parser = EventParser(on_image=seen.append)
    picture = eb.image(1, W, bytes(5000))
    parser.feed(LONG + picture[:100] + LONG)
    ahead = copy.deepcopy(parser).finish()
    assert (ahead.points, len(ahead.faults)) == (1, 1)
    end = parser.finish()
    assert (end.faults, values(end)) == (ahead.faults, values(ahead))
    assert not copy.deepcopy(EventParser(on_image=seen.append)).feed(picture)
    assert not seen


def test_a_record_of_two_gigabytes_is_skipped_without_being_buffered() -> None:
    parser = EventParser()
    assert parser.feed(LONG + header(2 << 30)).points == 1
    for _ in range(4):
        assert not parser.feed(bytes(4 << 20))
        assert len(parser._pending) < 12
    assert parser.feed(LONG).points == 1


def test_a_log_made_to_be_read_again_and_again_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    # Headers upon headers, each of a record that reaches far and is damaged.
    data = LONG + header(5001) * 3000 + LONG
    thorough = read(data)
    assert values(thorough) == {"loss": [1.0, 1.0]}
    monkeypatch.setattr(event_parser, "_FREE_RESCAN", 0)
    monkeypatch.setattr(event_parser, "_RESCAN_SHARE", 2)
    hasty = read(data)
    assert len(hasty.faults) < len(thorough.faults)
    in_pieces = read(data, 1000)
    assert (in_pieces.faults, values(in_pieces)) == (hasty.faults, values(hasty))
    assert sum(f.bytes for f in hasty.faults) + len(LONG) * hasty.points == len(data)


@pytest.mark.parametrize("bulk", [True, False])
@pytest.mark.parametrize("piece", [0, 100_000])
def test_more_series_than_make_sense_are_left_aside_and_counted(
    bulk: bool, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(template_cache, "MAX_SERIES", 500)
    rng = np.random.default_rng(3)
    tags = [b"tag/%d" % n for n in rng.integers(0, 700, 20_000)]
    records = [eb.event(at, W, [(tag, eb.simple(0.5))]) for at, tag in enumerate(tags)]
    data = b"".join(records)
    parser = EventParser(fast=bulk)
    step = piece or len(data)
    batch = join([*(parser.feed(data[at : at + step]) for at in range(0, len(data), step)), parser.finish()])
    kept = list(dict.fromkeys(tags))[:500]
    assert {c.name.encode(): len(c) for c in batch.columns} == {tag: tags.count(tag) for tag in kept}
    assert len(batch.faults) == 20_000 - batch.points
    assert all("500 names" in fault.reason for fault in batch.faults)


def test_a_copy_knows_how_many_series_there_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template_cache, "MAX_SERIES", 1)
    parser = EventParser()
    parser.feed(eb.event(1, W, [(b"a", eb.simple(0.5))]))
    batch = copy.deepcopy(parser).feed(eb.event(1, W, [(b"b", eb.simple(0.5))]) + eb.VERSION)
    assert (batch.points, len(batch.faults)) == (0, 1)


def test_a_name_of_megabytes_is_a_fault() -> None:
    long = eb.event(1, W, [(b"a" * 10_000_000, eb.simple(0.5)), (b"b", eb.simple(0.5))])
    batch = read(LONG + long + LONG)
    assert values(batch) == {"loss": [1.0, 1.0]}
    assert [(f.offset, f.bytes, f.reason) for f in batch.faults] == [
        (len(LONG), len(long), "name longer than 1,000 bytes")
    ]


@pytest.mark.parametrize("count", [1, 2, 11])
def test_a_stray_byte_between_records_costs_no_record(count: int) -> None:
    batch = read(LONG + b"\xff" * count + LONG)
    assert values(batch) == {"loss": [1.0, 1.0]}
    assert [(f.offset, f.bytes) for f in batch.faults] == [(len(LONG), count)]


@given(
    step=st.integers(-(2**63), 2**63 - 1),
    tag=st.binary(max_size=140),
    size=st.integers(0, 300),
    places=st.lists(st.tuples(st.integers(0, 80), st.integers(0, 255)), max_size=2),
    cut=st.integers(0, 3),
)
def test_a_picture_is_read_the_short_way_as_the_long_way(
    step: int, tag: bytes, size: int, places: list[tuple[int, int]], cut: int
) -> None:
    whole = eb.image(step, W, b"\x89PNG" + b"x" * size, tag)[12:-4]
    assert (read_image(memoryview(whole)) is None) == (len(tag) > 127)
    payload = bytearray(whole[: len(whole) - cut])
    for at, byte in places:
        if payload:
            payload[at % len(payload)] = byte
    found = read_image(memoryview(bytes(payload)))
    if found is not None:
        assert repr(found) == repr(read_event(memoryview(bytes(payload))))


@given(
    st.sampled_from([0, 1, 127, 128, 1 << 40, -1]),
    st.sampled_from([b"", b"D(x)", b"n" * 115, b"n" * 117, b"n" * 130]),
    st.sampled_from([eb.simple(1.5), eb.simple(1.5) * 2, eb.tf2(2.0), b"", eb.message(2, b"four")]),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=2),
    st.integers(0, 3),
)
def test_a_number_is_read_the_short_way_as_the_long_way(
    step: int, tag: bytes, value: bytes, places: list[tuple[int, int]], cut: int
) -> None:
    whole = eb.event(step, W, [(tag, value)])[12:-4]
    assert (read_scalar(whole) is None) == (value != eb.simple(1.5) or len(tag) > 117)
    payload = bytearray(whole[: len(whole) - cut])
    for at, byte in places:
        if payload:
            payload[at % len(payload)] = byte
    found = read_scalar(bytes(payload))
    if found is not None:
        assert repr(found) == repr(read_event(bytes(payload)))
