"""Reads one CSV table with one reader, and prints as JSON how long it took and what it held.

    python benchmarks/read_tables.py gan_tui FILE

Run by benchmarks/run.py, in a fresh process each time. Readers: gan_tui, polars (on one thread), loadtxt.
The time runs from before the file is opened until every column is there as an array; imports are not
counted.
"""

# ruff: noqa: PLC0415 - each reader loads its own library, and not the others'

from __future__ import annotations

import hashlib
import json
import resource
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np

Columns = list[np.ndarray]


def gan_tui(path: Path) -> Columns:
    """This project: `load`, then every series' values."""
    from gan_tui import load

    return [series.view().values for series in load(path).series.values()]


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


def main() -> None:
    """Read and report."""
    reader, path = sys.argv[1], Path(sys.argv[2])
    if reader == "polars":
        __import__("polars").DataFrame()
    elif reader == "gan_tui":
        import_module("gan_tui.api")
        import_module("gan_tui.logs.csv.parser")
    start, busy = time.perf_counter(), time.process_time()
    columns = READERS[reader](path)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(c).tobytes() for c in columns)).hexdigest()
    found = {"seconds": seconds, "busy": busy, "digest": digest, "peak_mb": peak}
    print(json.dumps({**found, "points": sum(map(len, columns))}))


if __name__ == "__main__":
    main()
