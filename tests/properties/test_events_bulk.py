"""The fast path is only an optimisation: results are identical with and without it."""

from __future__ import annotations

import itertools
import random
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_tui.logs.model import Batch, LoggedImage, join
from gan_tui.logs.tensorboard import parser as event_parser
from gan_tui.logs.tensorboard.fast import cycle_detection, cycle_reader, record_chain
from gan_tui.logs.tensorboard.fast import reader as fast_reader
from gan_tui.logs.tensorboard.parser import EventParser
from tests.helpers import event_bytes as eb

LOGS = {name: make() for name, make in eb.LAYOUTS.items()} | {
    "many tags": eb.training(range(60), tags=[b"layer_%03d/grad" % at for at in range(150)]),
    "alike tags": eb.training(range(120), tags=[b"a_%d_%d" % (at % 4, at // 4) for at in range(16)]),
    "changing ways": eb.training(range(300))
    + eb.training(range(300), eb.tf2)
    + eb.training(range(300), eb.double),
    "halves": eb.training(range(300), lambda value: eb.tensor(19, eb.raw("<f2", value))),
    "bfloat16": eb.training(
        range(300), lambda value: eb.tensor(14, eb.message(4, struct.pack("<f", value)[2:]))
    ),
    "odd NaNs": [
        eb.event(
            step,
            1,
            [(b"a", eb.message(8, b"\x08\x13" + eb.message(4, struct.pack("<H", 0x7C01 + step % 900))))],
        )
        + eb.event(step, 1, [(b"b", b"\x15" + struct.pack("<I", 0x7F800001 + step))])
        for step in range(400)
    ],
    "integers": eb.training(range(300), lambda value: eb.tensor(3, eb.raw("<i4", int(100 * value)))),
    "texts between": [
        r
        for step in range(400)
        for r in (*eb.training([step]), eb.event(step, 1, [(b"n", eb.message(5, b""))]))
    ],
}


def long_records() -> list[bytes]:
    """Long records at a steady distance, nearly all of them pictures, each a little longer than the last."""
    out = []
    for turn in range(40):
        out += eb.training(range(8 * turn, 8 * turn + (5 if turn == 25 else 8)))[turn > 0 :]
        png = b"\x89PNG" + bytes([turn]) * (4200 + turn)
        kinds = [
            eb.image(turn, eb.START, png),
            eb.image(turn - 20, eb.START, png, b"fake" * turn),
            eb.tf2_images(turn, eb.START, [png, png[:3000]]),
            eb.event(turn, eb.START, [(b"Loss/D", eb.simple(turn)), (b"note", eb.message(5, png))]),
            eb.record(b"\t" + bytes(8) + eb.message(5, b"\x0b" + png)),  # of no kind that there is
        ]
        out.append(kinds[0 if turn < 20 else turn % 7 % len(kinds)])
    return out


LOGS["long records"] = long_records()

WAYS = {
    # Thresholds, so that small logs take every path that large ones do.
    "as it comes": {},
    "cycles": {"patience": 1e9},
    "unordered": {"patience": -1.0, "region": 300, "spacing": 300},
    "both": {"patience": 300.0, "region": 2000, "spacing": 1000, "block": 1 << 12},
}


@pytest.fixture(params=WAYS, scope="module")
def way(request: pytest.FixtureRequest) -> Any:
    settings_of = WAYS[request.param]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_parser, "MIN_FAST_BYTES", 100)
        patch.setattr(fast_reader, "PATIENCE", settings_of.get("patience", fast_reader.PATIENCE))
        patch.setattr(fast_reader, "MIN_REGION", settings_of.get("region", fast_reader.MIN_REGION))
        patch.setattr(record_chain, "SPACING", settings_of.get("spacing", record_chain.SPACING))
        patch.setattr(cycle_reader, "BLOCK", settings_of.get("block", cycle_reader.BLOCK))
        yield request.param


def answer(batches: list[Batch]) -> tuple[Any, ...]:
    batch = join(batches)
    columns = {
        c.name: (c.steps.tolist(), c.values.tobytes(), c.wall_times is not None and c.wall_times.tobytes())
        for c in batch.columns
    }
    return columns, batch.faults


def read(data: bytes, cuts: list[int], *, fast: bool) -> tuple[Any, ...]:
    pictures: list[LoggedImage] = []
    reader = EventParser(on_image=pictures.append, fast=fast)
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    batches = [reader.feed(data[a:b]) for a, b in itertools.pairwise(edges)]
    return (*answer([*batches, reader.finish()]), sorted(pictures, key=repr))


def damage(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    size = chance.choice([1, 3, 12, 46, 300])
    kind = chance.choice(["flip", "flip", "flip", "zero", "ones", "cut", "junk", "again", "header", "swap"])
    if kind == "flip":
        data[at] ^= 1 << chance.randrange(8)
    elif kind in {"zero", "ones"}:
        data[at : at + size] = (b"\0" if kind == "zero" else b"\xff") * len(data[at : at + size])
    elif kind == "cut":
        del data[at : at + size]
    elif kind == "junk":
        data[at:at] = chance.randbytes(chance.randrange(1, 60))
    elif kind == "again":
        data[at:at] = data[at : at + size]
    elif kind == "header":
        length = struct.pack("<Q", chance.choice([0, 5, 40, 5000, 1 << 31, 1 << 60]))
        data[at:at] = length + eb.masked(length)
    elif kind == "swap":
        other = chance.randrange(len(data) - 4)
        data[other : other + 4], data[at : at + 4] = data[at : at + 4], data[other : other + 4]


@pytest.mark.parametrize("log", LOGS)
def test_every_layout_reads_alike(log: str, way: str) -> None:
    data = b"".join(LOGS[log])
    slow = read(data, [], fast=False)
    assert read(data, [], fast=True) == slow, way
    assert read(data, list(range(0, len(data), 30_011)), fast=True) == slow, way


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_damaged_logs_read_alike(way: str, chance: random.Random) -> None:
    records = LOGS[chance.choice(list(LOGS))]
    first = chance.randrange(len(records))
    records = records[first : first + chance.choice([30, 300, 3000])]
    if chance.random() < 0.3:
        records = records + LOGS[chance.choice(list(LOGS))][: chance.choice([1, 20, 400])] + records[:500]
    data = bytearray(b"".join(records))
    for _ in range(chance.choice([1, 2, 5, 40])):
        if len(data) > 400:
            damage(data, chance)
    cuts = [chance.randrange(len(data)) for _ in range(chance.choice([0, 1, 5]))]
    slow = read(bytes(data), [], fast=False)
    assert read(bytes(data), cuts, fast=True) == slow, way


def test_flips_that_cancel_out_in_a_plain_sum_are_seen() -> None:
    records = eb.training(range(200, 2000))
    torn = list(records)
    for index in (701, 708, 715, 722):  # the same bit of the same tag's value, four times
        torn[index] = torn[index][:-8] + bytes([torn[index][-8] ^ 1]) + torn[index][-7:]
    parser_ = EventParser()
    batch = join([parser_.feed(b"".join(torn)), parser_.finish()])
    assert len(batch.faults) == 4
    assert batch.points == len(records) - 1 - 4


def test_templates_are_kept_from_chunk_to_chunk() -> None:
    data = b"".join(eb.training(range(200, 4000)))
    half = len(data) // 2
    reader = EventParser()
    reader.feed(data[:half])
    known = reader._cache.templates.count
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            cycle_detection.CycleDetector,
            "_search_history",
            lambda _: pytest.fail("searched for the cycle again"),
        )
        batch = reader.feed(data[half:])
    assert batch.points > 10_000
    assert reader._cache.templates.count == known


def test_series_that_are_written_at_the_same_steps_have_one_array_of_them() -> None:
    data = b"".join(eb.training(range(3000)))
    cut = len(data) // 2 + 60  # within the third record of a step
    reader = EventParser()
    for piece in (data[:cut], data[cut:]):
        columns = reader.feed(piece).columns
        assert len(columns) == len(eb.TAGS)
        assert len({id(column.steps) for column in columns}) <= 2
        assert all(np.shares_memory(column.steps, columns[0].steps) for column in columns)


@pytest.mark.parametrize("value", [eb.simple, eb.tf2])
@pytest.mark.parametrize("steps", [range(20_000), range(0, 2_000_000, 100), [*range(300), *range(5, 400)]])
def test_one_step_of_any_size_is_enough_to_detect_the_cycle(
    value: Any, steps: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    singles = []
    read_single = EventParser._read_record

    def read(self: Any, data: Any, at: int, *others: Any, **named: Any) -> int:
        singles.append(at)
        return read_single(self, data, at, *others, **named)

    monkeypatch.setattr(EventParser, "_read_record", read)
    data = b"".join(eb.training(steps, value))
    batch = EventParser().feed(data)
    assert [c.steps.tolist() for c in batch.columns] == [list(steps)] * len(eb.TAGS)
    # What stands first, step 0, and step 100 where 200 is longer already; none from 127 to 128 and so on.
    assert len(singles) <= 1 + 2 * len(eb.TAGS)
