"""Properties of every parser for any bytes, one function each; for fuzzers and for inputs that they found."""

from __future__ import annotations

import json
import struct
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
from crc32c import crc32c

from gan_tui.logs.formats.registry import FORMATS, by_name, detect
from gan_tui.logs.model import Batch, Parser, join
from gan_tui.sanitize import clean, escape_json

MOST_PIECES = 16


def answer(batches: list[Batch]) -> tuple[Any, ...]:
    """Everything that a reader can see of the batches, comparable bit for bit."""
    batch = join(batches)
    columns = {
        c.name: (
            c.steps.tolist(),
            c.values.tobytes(),
            None if c.wall_times is None or np.isnan(c.wall_times).all() else c.wall_times.tobytes(),
        )
        for c in batch.columns
    }
    return columns, batch.faults


def law(make: Callable[[], Parser], data: bytes) -> None:
    """However a log is cut, points and faults are the same; columns have one length.

    The first byte says how long the pieces are.
    """
    size, log = (data[0] if data else 0) + 1, data[1:]
    step = max(size, len(log) // MOST_PIECES + 1)
    whole, cut = make(), make()
    once = [whole.feed(log), whole.finish()]
    pieces = [cut.feed(log[at : at + step]) for at in range(0, len(log), step)]
    pieces.append(cut.finish())
    assert answer(once) == answer(pieces)
    assert whole.axis == cut.axis
    for batch in once:
        for column in batch.columns:
            assert len(column.steps) == len(column.values)
            assert column.wall_times is None or len(column.wall_times) == len(column.values)
        for fault in batch.faults:
            assert fault.offset >= 0
            assert fault.bytes >= 0
            assert fault.reason


def _masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def framed(data: bytes) -> bytes:
    """Event records with right checksums, whose payloads are stretches of `data`; others go no further.

    One byte gives the length of the next payload; 255 starts bytes that are copied unchanged.
    """
    out, at = bytearray(), 0
    while at < len(data):
        size = data[at]
        payload = data[at + 1 : at + 1 + size]
        at += 1 + size
        if size == 255:
            out += payload
        else:
            length = struct.pack("<Q", len(payload))
            out += length + _masked(length) + payload + _masked(payload)
    return bytes(out)


def events(data: bytes) -> None:
    """Event files; also that reading in bulk gives what reading singly gives."""
    from gan_tui.logs.tensorboard.parser import EventParser

    log = framed(data[1:])
    law(EventParser, data[:1] + log)
    bulk, singly = EventParser(), EventParser(fast=False)
    assert answer([bulk.feed(log * 8), bulk.finish()]) == answer([singly.feed(log * 8), singly.finish()])


def raw_events(data: bytes) -> None:
    """Event files, their bytes as they come."""
    law(by_name("tensorboard").make_parser, data)


def telling(data: bytes) -> None:
    """Detection never fails, and a log in the detected format can be read."""
    for name in ("", "losses.csv", "log.json", "stats.jsonl", "G_loss.npy"):
        found = detect(data, name)
        if found is not None:
            parser = found.make_parser(name)
            parser.feed(data)
            parser.finish()


def names(data: bytes) -> None:
    """Any name is displayed as one harmless line of bounded length, and its JSON is equal."""
    text = data.decode("utf-8", "surrogateescape")
    shown = clean(text, 50)
    assert len(shown) <= 50
    assert not any(unicodedata.category(c)[0] in "CM" or c in "\u2028\u2029" for c in shown)
    assert json.loads(escape_json(json.dumps(text, ensure_ascii=False))) == text


def _of(name: str) -> Callable[[bytes], None]:
    return lambda data: law(lambda: by_name(name).make_parser(f"G_loss.{name}"), data)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "events": events,
    "raw-events": raw_events,
    **{f.name: _of(f.name) for f in FORMATS if f.name != "tensorboard"},
    "telling": telling,
    "names": names,
}
"""Each is given any bytes, and raises where something does not hold."""
