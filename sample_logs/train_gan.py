"""Train a small GAN on a ring of eight Gaussians, in pure numpy, and write logs.

    python sample_logs/train_gan.py --recipe collapse --out runs/collapse --sleep 0.005 &
    gan-tui runs/
    python sample_logs/train_gan.py --sleep 0.005 | gan-tui -

Each recipe produces the behaviour that it is named after; the failures come from mistakes of real trainings.
`--measure` reports the outcome, measured on the samples and not on the curves.
"""

from __future__ import annotations

import argparse
import os
import struct
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

# Such small matrices gain nothing from threads, which would slow down a training on the same machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from ring_gan import COLUMNS, RECIPES, Log, train


class ConsoleLog:
    """Lines in the format of PyTorch's DCGAN example."""

    def __init__(self, out: IO[str], steps: int) -> None:
        self.out, self.steps = out, steps

    def write(self, step: int, values: Sequence[float]) -> None:
        """Print one line."""
        d, g, real, before, after = values
        self.out.write(
            f"[0/1][{step}/{self.steps}]\tLoss_D: {d:.4f}\tLoss_G: {g:.4f}\t"
            f"D(x): {real:.4f}\tD(G(z)): {before:.4f} / {after:.4f}\n"
        )
        self.out.flush()


class CsvLog:
    """A CSV file with one row per logged step."""

    def __init__(self, file: IO[str]) -> None:
        self.file = file
        self.file.write(",".join(("step", *COLUMNS)) + "\n")

    def write(self, step: int, values: Sequence[float]) -> None:
        """Write one row."""
        self.file.write(",".join([str(step), *(f"{v:.6g}" for v in values)]) + "\n")


class EventLog:
    """A TensorBoard event file with simple values."""

    def __init__(self, file: IO[bytes]) -> None:
        try:
            from crc32c import crc32c  # noqa: PLC0415 - only --tb needs it
        except ImportError:
            sys.exit("--tb needs crc32c, which comes with gan-tui: pip install crc32c")
        self.checksum: Callable[[bytes], int] = crc32c
        self.file = file
        self._record(struct.pack("<Bd", 0x09, time.time()) + _field(3, b"brain.Event:2"))

    def write(self, step: int, values: Sequence[float]) -> None:
        """Write one event with all values."""
        fields = b"".join(
            _field(1, _field(1, name.encode()) + struct.pack("<Bf", 0x15, _float32(value)))
            for name, value in zip(COLUMNS, values, strict=True)
        )
        self._record(struct.pack("<Bd", 0x09, time.time()) + b"\x10" + _varint(step) + _field(5, fields))

    def _record(self, data: bytes) -> None:
        length = struct.pack("<Q", len(data))
        self.file.write(length + self._masked(length) + data + self._masked(data))
        self.file.flush()

    def _masked(self, data: bytes) -> bytes:
        crc = self.checksum(data)
        return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def _field(number: int, data: bytes) -> bytes:
    """Return a length-delimited field of a protobuf message."""
    return bytes([number << 3 | 2]) + _varint(len(data)) + data


def _float32(value: float) -> float:
    return float(np.float32(value))  # a loss beyond the range of float32 becomes infinite


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    recipes = "\n".join(f"  {name:10s} {recipe.story}" for name, recipe in RECIPES.items())
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").split("\n\n", 1)[0],
        epilog="recipes:\n" + recipes,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--recipe", choices=RECIPES, default="healthy", help="training setup (default healthy)"
    )
    parser.add_argument("--steps", type=int, default=4_000, help="number of steps (default 4000)")
    parser.add_argument("--seed", type=int, default=0, help="seed of all random numbers")
    parser.add_argument("--every", type=int, default=10, help="steps between two rows (default 10)")
    parser.add_argument("--sleep", type=float, default=0.0, help="seconds to wait after each step")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write DIR/losses.csv")
    parser.add_argument(
        "--csv", action=argparse.BooleanOptionalAction, default=True, help="write losses.csv (default)"
    )
    parser.add_argument("--tb", action="store_true", help="write a TensorBoard event file into DIR too")
    parser.add_argument("--quiet", action="store_true", help="do not print the rows")
    parser.add_argument("--measure", action="store_true", help="report at the end what the samples show")
    options = parser.parse_args(arguments)
    if options.tb and options.out is None:
        parser.error("--tb needs --out DIR")
    if options.steps < 1 or options.every < 1 or options.sleep < 0:
        parser.error("--steps and --every must be at least 1, --sleep at least 0")
    return options


def _open_logs(options: argparse.Namespace, files: ExitStack) -> Iterator[Log]:
    if not options.quiet:
        yield ConsoleLog(sys.stdout, options.steps)
    if options.out is None:
        return
    options.out.mkdir(parents=True, exist_ok=True)
    if options.csv:
        path = options.out / "losses.csv"
        yield CsvLog(files.enter_context(path.open("w", encoding="ascii", buffering=1)))
    if options.tb:
        path = options.out / f"events.out.tfevents.{int(time.time())}.ring.{time.monotonic_ns()}"
        yield EventLog(files.enter_context(path.open("wb")))


def main(arguments: Sequence[str] | None = None) -> None:
    """Train as requested on the command line."""
    options = _arguments(arguments)
    with ExitStack() as files:
        history = train(
            RECIPES[options.recipe],
            options.steps,
            seed=options.seed,
            every=options.every,
            sleep=options.sleep,
            logs=list(_open_logs(options, files)),
        )
    if options.measure:
        print(f"{options.recipe}: {history}", file=sys.stderr)


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(1)
