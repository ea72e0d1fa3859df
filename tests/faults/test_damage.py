"""Damaged event files: every whole record is read, every damaged span is told, none of it is data."""

from __future__ import annotations

import pytest

from gan_tui.logs.model import Batch, join
from gan_tui.logs.tensorboard.parser import EventParser
from tests.helpers import event_bytes as eb
from tests.helpers.damaged import KINDS, damage


def read(data: bytes, piece: int, *, bulk: bool = True) -> Batch:
    parser = EventParser(bulk=bulk)
    batches = [parser.feed(data[at : at + piece]) for at in range(0, len(data), piece)]
    return join([*batches, parser.finish()])


def points(batch: Batch) -> list[tuple[str, int, float]]:
    return sorted(
        (c.name, int(step), float(value))
        for c in batch.columns
        for step, value in zip(c.steps, c.values, strict=True)
    )


@pytest.mark.parametrize(
    ("layout", "places", "kinds"),
    [
        *(("simple", places, KINDS) for places in (1, 10, 100, 1000)),
        *(("tf2", 1000, (kind,)) for kind in KINDS),
        ("random order", 1000, KINDS),
        ("random order", 30, KINDS),
    ],
)
def test_every_whole_record_is_read_and_every_other_byte_is_told(
    layout: str, places: int, kinds: tuple[str, ...]
) -> None:
    records = eb.LAYOUTS[layout]()
    damaged = damage(records, places, places + len(layout), kinds)
    batch = read(damaged.data, 1 << 20)
    truth = join([EventParser().feed(b"".join(records[place] for place, _ in damaged.whole))])
    assert points(batch) == points(truth)
    told = bytearray(len(damaged.data))
    for fault in batch.faults:
        told[fault.offset : fault.offset + fault.bytes] = b"\x01" * fault.bytes
    should = bytearray(len(damaged.data))
    for begin, end in damaged.spans(records):
        should[begin:end] = b"\x01" * (end - begin)
    assert told == should
    assert sum(fault.bytes for fault in batch.faults) == sum(told)  # nothing is told twice


def test_it_does_not_matter_how_damage_is_cut() -> None:
    records = eb.LAYOUTS["simple"]()
    damaged = damage(records, 300, 5)
    whole = read(damaged.data, len(damaged.data))
    for piece, bulk in ((997, True), (60_000, True), (1 << 20, False)):
        again = read(damaged.data, piece, bulk=bulk)
        assert points(again) == points(whole)
        assert again.faults == whole.faults
