"""Compare how gan_tui, TensorBoard, RustBoard and terminalboard read damaged event files.

    python benchmarks/damage.py [--places 0 1 10 100 1000] [--kinds bit zeros ones cut] [--records 70000]

Damage is a mix of flipped bits and of blocks of up to 512 bytes that are zeroed, set to 0xff or cut out. The
table shows for each reader how many of the intact records it reads, how many values it shows that were
never logged there (false), and how many damaged bytes it locates. The exit code is 1 if gan_tui misses an
intact record, shows a false value, or reports other bytes than the damaged ones.
"""

from __future__ import annotations

import argparse
import collections
import math
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any

import bench
import peers

sys.path.insert(0, str(bench.HERE.parent))

from tests.helpers import event_bytes as eb
from tests.helpers.damaged import KINDS, Damaged, damage

READERS = {
    "gan_tui": (),
    "tensorboard": peers.TENSORBOARD,
    "rustboard": peers.TENSORBOARD,
    "terminalboard": peers.TERMINALBOARD,
}
SCRIPT = bench.HERE / "read_damaged.py"
Point = tuple[str, int, float]


def logged(steps: int, seed: int) -> tuple[list[bytes], list[Point]]:
    """Return the records of a run with seven tags, and the point in each. The first record holds no point."""
    records = eb.training(range(steps), seed=seed)
    points: list[Point] = [("", -1, 0.0)]
    for at, record in enumerate(records[1:]):
        (value,) = struct.unpack("<f", record[-8:-4])
        points.append((eb.TAGS[at % len(eb.TAGS)].decode(), at // len(eb.TAGS), value))
    return records, points


def evaluate(
    result: dict[str, Any], damaged: Damaged, records: list[bytes], points: list[Point]
) -> list[str]:
    """Return a reader's cells of the table, and "no" as the last one if it missed anything."""
    truth = collections.Counter(points[index] for index, _ in damaged.intact[1:])
    read = collections.Counter((tag, step, value) for tag, step, value in result["points"])
    right = sum((read & truth).values())
    wrong = sum((read - truth).values())
    spans = damaged.spans(records)
    bad = {at for begin, end in spans for at in range(begin, end)}
    reported = {at for begin, size in result["faults"] for at in range(begin, begin + size)}
    cells = [
        f"{right:,} of {truth.total():,} ({100 * right / max(truth.total(), 1):.1f} %)",
        f"{wrong:,}",
        f"{len(reported & bad):,} of {len(bad):,}",
        result["message"].replace("|", "/").replace("\n", " ")[:100],
    ]
    complete = right == truth.total() and reported == bad
    return [*cells, "" if complete and not wrong else "no"]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--places", type=int, nargs="+", default=[0, 1, 10, 100, 1000])
    parser.add_argument("--records", type=int, default=70_000)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reader", nargs="+", choices=READERS, default=list(READERS))
    args = parser.parse_args()
    records, points = logged(math.ceil(args.records / len(eb.TAGS)), args.seed)
    heads = (
        "damaged places",
        "reader",
        "intact records read",
        "false values",
        "damaged bytes located",
        "message",
    )
    print(bench.line(heads) + "\n|" + "---|" * len(heads))
    failed = False
    for places in args.places:
        damaged = damage(records, places, args.seed + places, args.kinds)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "run" / "events.out.tfevents.1700000000.host"
            path.parent.mkdir()
            path.write_bytes(damaged.data)
            for reader in args.reader:
                python = peers.python(*READERS[reader]) if READERS[reader] else sys.executable
                result = bench.run_fresh([python, SCRIPT, reader, path])
                *cells, failure = evaluate(result, damaged, records, points)
                print(bench.line([f"{places:,}", reader, *cells]), flush=True)
                failed |= reader == "gan_tui" and bool(failure)
    sys.exit(failed)


if __name__ == "__main__":
    main()
