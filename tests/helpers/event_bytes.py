"""TensorBoard event files written byte by byte, to test every layout and every kind of damage."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from crc32c import crc32c

TAGS = (b"Loss/D", b"Loss/G", b"D(x)", b"D(G(z))_1", b"D(G(z))_2", b"lr/D", b"lr/G")
START = 1.7e9


def varint(number: int) -> bytes:
    """Return a protobuf varint; ten bytes for a negative number."""
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def message(number: int, content: bytes) -> bytes:
    """Return a length-delimited field: message, string or packed numbers."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def record(payload: bytes) -> bytes:
    """Return a record with this payload."""
    length = struct.pack("<Q", len(payload))
    return length + masked(length) + payload + masked(payload)


VERSION = record(b"\t" + struct.pack("<d", START) + message(3, b"brain.Event:2"))


def simple(value: float) -> bytes:
    return b"\x15" + struct.pack("<f", value)


def tensor(dtype: int, content: bytes, *, shape: Sequence[int] = (), metadata: bytes = b"scalars") -> bytes:
    """Return the fields of a summary value with a tensor; `content` are the fields after the shape."""
    dims = b"".join(message(2, b"\x08" + varint(size)) for size in shape)
    body = b"\x08" + varint(dtype) + message(2, dims) + content
    return message(8, body) + (message(9, message(1, message(1, metadata))) if metadata else b"")


def raw(dtype: str, value: float) -> bytes:
    """Return a tensor_content field with one number."""
    return message(4, np.array([value], dtype).tobytes())


def tf2(value: float) -> bytes:
    return tensor(1, raw("<f4", value))


def torch(value: float) -> bytes:
    """Return a scalar like PyTorch's add_scalar with new_style: float_val, not packed."""
    return tensor(1, b"\x2d" + struct.pack("<f", value))


def double(value: float) -> bytes:
    return tensor(2, raw("<f8", value))


def event(step: int, wall_time: float, values: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return a record with one event; `values` are tags and the fields of their values."""
    summary = b"".join(message(1, message(1, tag) + fields) for tag, fields in values)
    head = b"\t" + struct.pack("<d", wall_time)
    return record(head + (b"\x10" + varint(step) if step else b"") + message(5, summary))


def image(step: int, wall_time: float, encoded: bytes, tag: bytes = b"samples") -> bytes:
    picture = b"\x08\x08\x10\x08\x18\x03" + message(4, encoded)
    return event(step, wall_time, [(tag, message(4, picture))])


def tf2_images(step: int, wall_time: float, pictures: Sequence[bytes], tag: bytes = b"samples") -> bytes:
    strings = b"".join(message(8, text) for text in (b"8", b"8", *pictures))
    return event(step, wall_time, [(tag, tensor(7, strings, shape=[2 + len(pictures)], metadata=b"images"))])


def training(
    steps: Iterable[int],
    write: Callable[[float], bytes] = simple,
    *,
    tags: Sequence[bytes] = TAGS,
    pictures_every: int = 0,
    seed: int = 0,
) -> list[bytes]:
    """Return the records of a training loop: every tag at every step, and optional images."""
    rng = np.random.default_rng(seed)
    out = [VERSION]
    for count, step in enumerate(steps):
        wall = START + 0.01 * count + rng.random() * 0.004
        values = rng.standard_normal(len(tags))
        out += [
            event(step, wall + 1e-4 * at, [(tag, write(float(value)))])
            for at, (tag, value) in enumerate(zip(tags, values, strict=True))
        ]
        if pictures_every and step % pictures_every == 0:
            out.append(image(step, wall, b"\x89PNG" + rng.bytes(int(rng.integers(10, 400)))))
    return out


def mixed_rates(steps: int, seed: int = 0) -> list[bytes]:
    """Return records with ten tags at four rates."""
    rng = np.random.default_rng(seed)
    out = [VERSION]
    slower = ((b"grad_norm/D", 10), (b"FID", 100), (b"val/loss", 937))
    for step in range(steps):
        tags = TAGS + tuple(tag for tag, rate in slower if step % rate == 0)
        out += [event(step, START + 0.01 * step, [(tag, simple(rng.random()))]) for tag in tags]
    return out


def random_order(count: int, seed: int = 0) -> list[bytes]:
    """Return records with tags in random order."""
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, len(TAGS), count)
    return [VERSION] + [
        event(at // 7, START + 0.001 * at, [(TAGS[pick], simple(rng.random()))])
        for at, pick in enumerate(picks)
    ]


LAYOUTS: dict[str, Callable[[], list[bytes]]] = {
    "simple": lambda: training(range(1500)),
    "tf2": lambda: training(range(1500), tf2),
    "torch": lambda: training(range(1500), torch),
    "double": lambda: training(range(1500), double),
    "pictures": lambda: training(range(1500), pictures_every=100),
    "mixed rates": lambda: mixed_rates(1400),
    "random order": lambda: random_order(10_000),
    "growth at 128": lambda: training(range(100, 160)),
    "growth at 16,384": lambda: training(range(16_000, 16_700)),
    "growth at 2,097,152": lambda: training(range(2_096_800, 2_097_500)),
    "negative steps": lambda: training(range(-700, 700)),
    "restarts": lambda: training([*range(600), *range(300, 900), *range(128)]),
    "critic five to one": lambda: critic_steps(1500),
    "several values a record": lambda: several_values(1500),
}
"""Functions that return the records of a log, about 10,000 points each."""


def critic_steps(steps: int, seed: int = 0) -> list[bytes]:
    """Return records of a WGAN: five critic updates, then one of the generator."""
    rng = np.random.default_rng(seed)
    out = [VERSION]
    for step in range(steps):
        tags = [b"critic/loss"] * 5 + [b"generator/loss"]
        out += [
            event(step, START + step + 0.1 * at, [(tag, simple(rng.random()))]) for at, tag in enumerate(tags)
        ]
    return out


def several_values(steps: int, seed: int = 0) -> list[bytes]:
    """Return records like TF1's merged summaries: all tags in one record, one tag twice."""
    rng = np.random.default_rng(seed)
    tags = (*TAGS, TAGS[0])
    return [VERSION] + [
        event(
            step,
            START + step,
            [(tag, simple(value)) for tag, value in zip(tags, rng.random(len(tags)), strict=True)],
        )
        for step in range(steps)
    ]
