"""How fast CSV logs are read, beside polars and numpy.loadtxt.

    python benchmarks/csv_read.py [--rows 1000000] [--layout decimals ...] [--rounds 5]

Layouts: decimals (six columns, six decimals each), repr (float32 losses as Python prints them), sparse
(Lightning's, half of the cells blank), semicolons (decimal commas). Every reading is a fresh process held
to one core and one thread, with the file in the page cache; the readers take turns, and the table has the
medians of their CPU time, which a busy machine changes least. The
time runs from before the file is opened until every column is there as an array. All readers must find
the same values, bit for bit.
"""

# ruff: noqa: PLC0415 - each reader loads its own library, and not the others'

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import peers

HERE = Path(__file__).parent
PIECE = 8 << 20
NAMES = ("step", "d_loss", "g_loss", "d_real", "d_fake", "gradient_penalty")
Columns = list[np.ndarray]


# -- the files -------------------------------------------------------------------------------------------


def _lines(layout: str, rows: int) -> Iterable[str]:
    """The lines of a table, header first."""
    rng = np.random.default_rng(7)
    yield ",".join(NAMES) if layout != "semicolons" else ";".join(NAMES)
    for begin in range(0, rows, 100_000):
        values = rng.random((min(100_000, rows - begin), 5)) * (2, 3, 1, 1, 15)
        for step, row in enumerate(values.astype(np.float32).tolist(), begin):
            if layout == "repr":
                yield f"{step},{row[0]!r},{row[1]!r},{row[2]!r},{row[3]!r},{row[4]!r}"
            elif layout == "sparse":
                yield (f"{step},{row[0]},,{row[2]},," if step % 2 else f"{step},,{row[1]},,{row[3]},{row[4]}")
            else:
                line = f"{step},{row[0]:.6f},{row[1]:.6f},{row[2]:.6f},{row[3]:.6f},{row[4]:.6f}"
                yield line.replace(",", ";").replace(".", ",") if layout == "semicolons" else line


LAYOUTS = ("decimals", "repr", "sparse", "semicolons")


def generated(folder: Path, layout: str, rows: int) -> Path:
    """The file of a layout, made on first use."""
    path = folder / f"{layout}-{rows}.csv"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in _lines(layout, rows))
        part.rename(path)
    return path


# -- the readers -----------------------------------------------------------------------------------------


def gan_tui(path: Path) -> Columns:
    """This project's parser, in pieces as the program reads them."""
    from gan_tui.logs.delimited import DelimitedParser
    from gan_tui.logs.points import join

    parser, buffer, batches = DelimitedParser(), memoryview(bytearray(PIECE)), []
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            batches.append(parser.feed(buffer[:count]))
    return [column.values for column in join([*batches, parser.finish()]).columns]


def polars(path: Path) -> Columns:
    """Polars, on one thread."""
    import polars as pl

    semicolons = path.name.startswith("semicolons")
    options = {"separator": ";", "decimal_comma": True} if semicolons else {}
    frame = pl.read_csv(path, **options)
    return [frame[name].drop_nulls().to_numpy() for name in frame.columns[1:]]


def loadtxt(path: Path) -> Columns:
    """numpy.loadtxt, which knows no blank cells and no decimal commas."""
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    return list(table.T[1:])


READERS: dict[str, Callable[[Path], Columns]] = {"gan_tui": gan_tui, "polars": polars, "loadtxt": loadtxt}


def measure(reader: str, path: Path) -> None:
    """One reading, as JSON."""
    if reader == "polars":
        __import__("polars").DataFrame()
    elif reader == "gan_tui":
        __import__("gan_tui.logs.delimited")
    path.read_bytes()
    start = time.process_time()
    columns = READERS[reader](path)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(c).tobytes() for c in columns)).hexdigest()
    print(
        json.dumps({"seconds": seconds, "values": sum(map(len, columns)), "digest": digest, "peak_mb": peak})
    )


def read(python: str, reader: str, path: Path) -> dict[str, Any]:
    """One reading in a process of its own."""
    command = [python, __file__, "--measure", reader, str(path)]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "POLARS_MAX_THREADS": "1"}
    found = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    result: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return result


def row(layout: str, rows: int, readers: dict[str, str], rounds: int, folder: Path) -> str:
    """One line of the table."""
    path = generated(folder, layout, rows)
    fit = {n: p for n, p in readers.items() if n != "loadtxt" or layout in {"decimals", "repr"}}
    results: dict[str, list[dict[str, Any]]] = {reader: [] for reader in fit}
    for _ in range(rounds):
        for reader, python in fit.items():
            results[reader].append(read(python, reader, path))
    ours = results["gan_tui"]
    mine = statistics.median(r["seconds"] for r in ours)
    spread = f"{min(r['seconds'] for r in ours):.3f}-{max(r['seconds'] for r in ours):.3f}"
    cells = [f"{layout}, {rows:,}", f"{path.stat().st_size / 1e6:.0f}", f"{mine:.3f} ({spread})"]
    for name in list(readers)[1:]:
        if name not in results:
            cells.append("-")
            continue
        seconds = statistics.median(r["seconds"] for r in results[name])
        same = results[name][0]["digest"] == ours[0]["digest"]
        cells.append(f"{seconds:.3f} ({seconds / mine:.2f}x){'' if same else ', OTHER VALUES'}")
    cells.append(" / ".join(f"{max(r['peak_mb'] for r in some)}" for some in results.values()))
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--layout", choices=LAYOUTS, action="append")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-loadtxt", action="store_true", help="leave numpy.loadtxt out (slow)")
    parser.add_argument("--data", type=Path, default=HERE / ".data")
    parser.add_argument("--peers", help="interpreter with polars")
    parser.add_argument("--measure", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        measure(args.measure[0], Path(args.measure[1]))
        return
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    readers = {"gan_tui": sys.executable, "polars": args.peers or peers.python("polars")}
    if not args.no_loadtxt:
        readers["loadtxt"] = sys.executable
    print(f"{platform.platform()}, Python {platform.python_version()}, numpy {version('numpy')}, one core;")
    print(f"CPU seconds (least-most), medians of {args.rounds} fresh processes, page cache warm\n")
    heads = ["layout, rows", "MB", *readers, "peak MB"]
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for layout in args.layout or LAYOUTS:
        print(row(layout, args.rows, readers, args.rounds, args.data), flush=True)


if __name__ == "__main__":
    main()
