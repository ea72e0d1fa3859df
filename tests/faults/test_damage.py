"""Damaged event files: every whole record is read, every damaged span is reported, none of it is data."""

from __future__ import annotations

import pytest

from gan_tui.logs.model import Batch, join
from gan_tui.logs.tensorboard.parser import EventParser
from tests.helpers import event_bytes as eb
from tests.helpers.damaged import KINDS, damage


def read(data: bytes, chunk: int, *, fast: bool = True) -> Batch:
    parser = EventParser(fast=fast)
    batches = [parser.feed(data[at : at + chunk]) for at in range(0, len(data), chunk)]
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
def test_every_whole_record_is_read_and_every_other_byte_is_reported(
    layout: str, places: int, kinds: tuple[str, ...]
) -> None:
    records = eb.LAYOUTS[layout]()
    damaged = damage(records, places, places + len(layout), kinds)
    batch = read(damaged.data, 1 << 20)
    truth = join([EventParser().feed(b"".join(records[index] for index, _ in damaged.intact))])
    assert points(batch) == points(truth)
    reported = bytearray(len(damaged.data))
    for fault in batch.faults:
        reported[fault.offset : fault.offset + fault.bytes] = b"\x01" * fault.bytes
    expected = bytearray(len(damaged.data))
    for begin, end in damaged.spans(records):
        expected[begin:end] = b"\x01" * (end - begin)
    assert reported == expected
    assert sum(fault.bytes for fault in batch.faults) == sum(reported)  # nothing is reported twice


def test_damage_is_reported_however_the_bytes_are_cut() -> None:
    records = eb.LAYOUTS["simple"]()
    damaged = damage(records, 300, 5)
    whole = read(damaged.data, len(damaged.data))
    for chunk, fast in ((997, True), (60_000, True), (1 << 20, False)):
        again = read(damaged.data, chunk, fast=fast)
        assert points(again) == points(whole)
        assert again.faults == whole.faults
