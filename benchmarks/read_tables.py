"""Read one CSV table with one reader, and print the time and a digest of the values as JSON.

    python benchmarks/read_tables.py gan_tui FILE

Run by benchmarks/run.py, in a fresh process each time. Readers: gan_tui, polars (on one thread), loadtxt.
The time runs from before the file is opened until every column is an array. It excludes imports.
"""

# ruff: noqa: PLC0415 - each reader loads only its own library

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
    """Read with `gan_tui.load`, then get the values of every series."""
    from gan_tui import load

    return [series.view().values for series in load(path).series.values()]


def polars(path: Path) -> Columns:
    """Read with polars, on one thread."""
    import polars as pl

    semicolons = path.name.startswith("semicolons")
    options = {"separator": ";", "decimal_comma": True} if semicolons else {}
    frame = pl.read_csv(path, **options)
    return [frame[name].drop_nulls().to_numpy() for name in frame.columns[1:]]


def loadtxt(path: Path) -> Columns:
    """Read with numpy.loadtxt, which supports neither blank cells nor decimal commas."""
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    return list(table.T[1:])


READERS: dict[str, Callable[[Path], Columns]] = {"gan_tui": gan_tui, "polars": polars, "loadtxt": loadtxt}


def main() -> None:
    """Read the file and print the result."""
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
    result = {"seconds": seconds, "busy": busy, "digest": digest, "peak_mb": peak}
    print(json.dumps({**result, "points": sum(map(len, columns))}))


if __name__ == "__main__":
    main()
