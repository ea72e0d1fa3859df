"""Write event files of any size like those of training loops, for the benchmarks.

    python benchmarks/write_events.py FOLDER --layout simple --scalars 1000000

Layouts: simple (seven tags per step), tf2 and torch (the same as tensors), pictures (a 64 KB PNG every
100 steps), mixed (ten tags at four rates), random (tags in random order).
"""

from __future__ import annotations

import argparse
import functools
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from crc32c import crc32c

TAGS = (b"Loss/D", b"Loss/G", b"D(x)", b"D(G(z))_1", b"D(G(z))_2", b"lr/D", b"lr/G")
SLOWER = ((b"grad_norm/D", 10), (b"FID", 100), (b"val/loss", 937))
START = 1.7e9
_TENSORS = {
    # Bytes around a float: tensor fields before it, metadata after it.
    "tf2": (b"\x42\x0a\x08\x01\x12\x00\x22\x04", b"\x4a\x0b\x0a\x09\x0a\x07scalars"),
    "torch": (b"\x42\x08\x08\x01\x2a\x04", b"\x4a\x0b\x0a\x09\x0a\x07scalars"),
}


def _masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


@functools.cache
def _header(length: int) -> bytes:
    size = struct.pack("<Q", length)
    return size + _masked(size)


def record(payload: bytes) -> bytes:
    """Return a record with this payload."""
    return _header(len(payload)) + payload + _masked(payload)


def varint(number: int) -> bytes:
    """Return a protobuf varint."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _message(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


@functools.cache
def _around(tag: bytes, layout: str) -> tuple[bytes, bytes]:
    """Return the bytes before and after the four bytes of a value in an event's summary."""
    before, after = _TENSORS.get(layout, (b"\x15", b""))
    summary = _message(5, _message(1, _message(1, tag) + before + bytes(4) + after))
    cut = len(summary) - len(after)
    return summary[: cut - 4], summary[cut:]


def scalar(tag: bytes, step: int, wall_time: float, value: float, layout: str = "simple") -> bytes:
    """Return a record with one scalar."""
    before, after = _around(tag, layout)
    head = b"\x09" + struct.pack("<d", wall_time) + (b"\x10" + varint(step) if step else b"")
    return record(head + before + struct.pack("<f", value) + after)


def _steps(layout: str, rng: np.random.Generator) -> Iterator[list[bytes]]:
    """Yield the records of each step, endlessly."""
    picture = b"\x89PNG" + rng.bytes(65_000)
    step, wall = 0, START
    while True:
        noise = rng.standard_normal((4096, 16)).astype(np.float32).tolist()
        for values in noise:
            wall += 0.01
            tags = TAGS
            if layout == "mixed":
                tags += tuple(tag for tag, rate in SLOWER if step % rate == 0)
            yield [
                scalar(tag, step, wall + 3e-5 * at, values[at], layout if layout in _TENSORS else "simple")
                for at, tag in enumerate(tags)
            ]
            if layout == "pictures" and step % 100 == 0:
                image = _message(4, b"\x08\x80\x02\x10\x80\x02\x18\x03" + _message(4, picture))
                head = b"\x09" + struct.pack("<d", wall) + b"\x10" + varint(step)
                yield [record(head + _message(5, _message(1, _message(1, b"fake") + image)))]
            step += 1


def _random_order(rng: np.random.Generator) -> Iterator[list[bytes]]:
    """Yield one scalar of a random tag per step."""
    step = 0
    while True:
        picks = rng.integers(0, len(TAGS), 4096).tolist()
        for pick, value in zip(picks, rng.random(4096).tolist(), strict=True):
            yield [scalar(TAGS[pick], step, START + 0.001 * step, value)]
            step += 1


LAYOUTS: dict[str, Callable[[np.random.Generator], Iterator[list[bytes]]]] = {
    **{name: functools.partial(_steps, name) for name in ("simple", "tf2", "torch", "pictures", "mixed")},
    "random": _random_order,
}


def write(path: Path, layout: str, scalars: int, seed: int = 0) -> None:
    """Write an event file with `scalars` scalars."""
    version = b"\x09" + struct.pack("<d", START) + _message(3, b"brain.Event:2")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb", buffering=1 << 22) as file:
        file.write(record(version))
        left = scalars
        for records in LAYOUTS[layout](np.random.default_rng(seed)):
            is_picture = len(records[0]) > 60_000
            file.writelines(records if is_picture else records[:left])
            left -= 0 if is_picture else len(records)
            if left <= 0:
                return


def cached(folder: Path, layout: str, scalars: int) -> Path:
    """Return the path of an event file under `folder`, written on first use."""
    path = folder / f"{layout}-{scalars}" / "events.out.tfevents.1700000000.host"
    if not path.exists():
        part = path.with_suffix(".part")
        write(part, layout, scalars)
        part.rename(path)
    return path


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--layout", choices=LAYOUTS, action="append")
    parser.add_argument("--scalars", type=int, default=1_000_000)
    args = parser.parse_args()
    for layout in args.layout or LAYOUTS:
        print(cached(args.folder, layout, args.scalars))


if __name__ == "__main__":
    main()
