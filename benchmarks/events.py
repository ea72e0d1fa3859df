"""How fast event files are read, beside RustBoard, EventAccumulator and a plain loop.

    python benchmarks/events.py [--scalars 1000000] [--layout simple ...] [--rounds 5] [--accumulator]

Every reading is a fresh process held to one core, with the file in the page cache; the readers take
turns, and the table has the medians. Each reader's points are compared with the others'.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import generate
import peers

HERE = Path(__file__).parent
PEERS = ("tensorboard", "tensorboard-data-server", "setuptools<81")


def read(python: str, reader: str, path: Path, scalars: int) -> dict[str, Any]:
    """One reading."""
    path.read_bytes()
    command = [python, str(HERE / "read_events.py"), reader, str(path), str(scalars)]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    found = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    result: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return result


def row(layout: str, scalars: int, readers: dict[str, str], rounds: int, folder: Path) -> str:
    """One line of the table."""
    path = generate.cached(folder, layout, scalars)
    results: dict[str, list[dict[str, Any]]] = {reader: [] for reader in readers}
    for _ in range(rounds):
        for reader, python in readers.items():
            results[reader].append(read(python, reader, path, scalars))
    ours = results["gan_tui"]
    seconds = {name: statistics.median(r["seconds"] for r in some) for name, some in results.items()}
    for name, some in results.items():
        if name != "loop" and some[0]["points"] != ours[0]["points"]:
            print(f"{layout}: {name} found {some[0]['points']} points", file=sys.stderr)
        if name != "loop" and abs(some[0]["sum"] - ours[0]["sum"]) > 1e-3 * scalars**0.5:
            print(f"{layout}: {name} found other values", file=sys.stderr)
    spread = f"{min(r['seconds'] for r in ours):.3f}-{max(r['seconds'] for r in ours):.3f}"
    cells = [
        f"{layout}, {scalars:,}",
        f"{path.stat().st_size / 1e6:.0f}",
        f"{seconds['gan_tui']:.3f} ({spread})",
    ]
    for name in list(readers)[1:]:
        honest = results[name][0]["points"] == ours[0]["points"]
        cells.append(f"{seconds[name]:.2f} ({seconds[name] / seconds['gan_tui']:.1f}x)" if honest else "-")
    cells.append(" / ".join(f"{max(r['peak_mb'] for r in some)}" for some in results.values()))
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scalars", type=int, default=1_000_000)
    parser.add_argument("--layout", choices=generate.LAYOUTS, action="append")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--accumulator", action="store_true", help="time EventAccumulator too (slow)")
    parser.add_argument("--data", type=Path, default=HERE / ".data")
    parser.add_argument("--peers", help="interpreter with tensorboard and tensorboard-data-server")
    args = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    other = args.peers or peers.python(*PEERS)
    readers = {"gan_tui": sys.executable, "rustboard": other, "loop": sys.executable}
    if args.accumulator:
        readers["accumulator"] = other
    print(f"{platform.platform()}, Python {platform.python_version()}, numpy {version('numpy')}, one core;")
    print(f"seconds (least-most), medians of {args.rounds} fresh processes, page cache warm\n")
    heads = ["layout, scalars", "MB", *readers, "peak MB"]
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for layout in args.layout or generate.LAYOUTS:
        print(row(layout, args.scalars, readers, args.rounds, args.data), flush=True)


if __name__ == "__main__":
    main()
