"""Benchmarks of reading event files and CSV tables, compared with other readers."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import peers
import write_events
import write_tables
from bench import HERE, Options, Outcome, Row, Sample, Target, print_progress, run_in_turn

EVENTS = HERE / "read_events.py"
TABLES = HERE / "read_tables.py"
_SUM_TOLERANCE = 1e-3
_EVENT_READERS = {
    "RustBoard": "rustboard",
    "EventAccumulator": "accumulator",
    "plain loop": "loop",
    "the monitor": "gan_tui",
}
"""Name in the table to the name of a reader in read_events.py."""
_OWN_READERS = {"gan_tui", "load", "unchecked", "loop"}
"""Readers that run in this project's environment."""
_READER_NOTES = {"unchecked": ", checksums not verified", "load": ", `load` and every view"}


def sample(results: list[dict[str, Any]]) -> Sample:
    """Return the times of one reader."""
    return Sample([r["seconds"] for r in results], busy=[r["busy"] for r in results])


def peaks(results: Mapping[str, list[dict[str, Any]]]) -> str:
    """Return the peak memory of each reader, as text."""
    peak_mb = {name: max(r["peak_mb"] for r in runs) for name, runs in results.items()}
    return "peak MB: " + ", ".join(f"{name} {peak}" for name, peak in peak_mb.items())


def events(
    layout: str, scalars: int, targets: tuple[Target, ...], options: Options, *, reader: str = "gan_tui"
) -> Iterable[Outcome]:
    """Read an event file with this project's `reader` and with each peer of the targets."""
    path = write_events.cached(options.data, layout, scalars)
    readers = {"gan_tui": reader} | {t.peer: _EVENT_READERS[t.peer] for t in targets}
    commands = {
        name: [
            sys.executable if by in _OWN_READERS else peers.python(*peers.TENSORBOARD),
            EVENTS,
            by,
            path,
            str(scalars),
        ]
        for name, by in readers.items()
    }
    results = run_in_turn(commands, options.rounds, path.read_bytes)
    ours = results["gan_tui"][0]
    for name, runs in results.items():
        # The loop only knows one layout. Sums of float32 depend on the order of addition.
        if name != "plain loop" and (
            runs[0]["points"] != ours["points"]
            or abs(runs[0]["sum"] - ours["sum"]) > _SUM_TOLERANCE * scalars**0.5
        ):
            print_progress(f"{layout}: {name} read different points")
    samples = {name: sample(runs) for name, runs in results.items()}
    what = f"event file, {layout}, {scalars:,} scalars ({path.stat().st_size / 1e6:.0f} MB)"
    what += _READER_NOTES.get(reader, "")
    yield Outcome(what, samples.pop("gan_tui"), samples, targets, peaks(results))


def tables(layout: str, rows: int, targets: tuple[Target, ...], options: Options) -> Iterable[Outcome]:
    """Read a CSV table with gan_tui and with each peer of the targets."""
    path = write_tables.cached(options.data, layout, rows)
    commands: dict[str, list[str | Path]] = {"gan_tui": [sys.executable, TABLES, "gan_tui", path]}
    readers = {"polars": ("polars", peers.POLARS), "numpy.loadtxt": ("loadtxt", peers.POLARS)}
    for target in targets:
        reader, packages = readers[target.peer]
        commands[target.peer] = [peers.python(*packages), TABLES, reader, path]
    results = run_in_turn(commands, options.rounds, path.read_bytes)
    for name, runs in results.items():
        if runs[0]["digest"] != results["gan_tui"][0]["digest"]:
            print_progress(f"{layout}: {name} read different values")
    samples = {name: sample(runs) for name, runs in results.items()}
    what = f"CSV, {layout}, {rows:,} rows x 6 ({path.stat().st_size / 1e6:.0f} MB)"
    yield Outcome(what, samples.pop("gan_tui"), samples, targets, peaks(results))


def _events(name: str, layout: str, scalars: int, what: str, *targets: Target) -> Row:
    return Row(name, what, functools.partial(events, layout, scalars, targets), (peers.TENSORBOARD,))


def _tables(name: str, layout: str, rows: int, what: str, *targets: Target) -> Row:
    return Row(name, what, functools.partial(tables, layout, rows, targets), (peers.POLARS,))


def _unchecked(name: str, scalars: int) -> Row:
    measure = functools.partial(events, "simple", scalars, (Target("RustBoard", 25),), reader="unchecked")
    return Row(name, f"{scalars:,} scalars, checksums not verified", measure, (peers.TENSORBOARD,))


def _load(name: str, scalars: int) -> Row:
    measure = functools.partial(events, "simple", scalars, (Target("the monitor", 1 / 1.2),), reader="load")
    return Row(name, f"{scalars:,} scalars through `gan_tui.load`, every view", measure)


_POLARS = Target("polars", 1 / 1.3)
_LOADTXT = Target("numpy.loadtxt", 5)
_LOOP = Target("plain loop", 1)
_ROUGH = Target("RustBoard", 4)

ROWS = (
    _events("events-1m", "simple", 10**6, "event file, 1M scalars, periodic", Target("RustBoard", 12)),
    _load("load-1m", 10**6),
    _events("events-10m", "simple", 10**7, "event file, 10M scalars", Target("RustBoard", 12)),
    _unchecked("events-1m-unchecked", 10**6),
    _unchecked("events-10m-unchecked", 10**7),
    _events("events-accumulator", "simple", 10**6, "the same, 1M", Target("EventAccumulator", 300)),
    _events("events-tf2", "tf2", 10**6, "TF2 tensor scalars", Target("RustBoard", 12)),
    _events("events-torch", "torch", 10**6, "tensor scalars of PyTorch", Target("RustBoard", 12)),
    _events("events-pictures", "pictures", 10**6, "a 64 KB PNG every 100 steps", Target("RustBoard", 8)),
    _events("events-mixed", "mixed", 10**6, "mixed rates, ten tags", _ROUGH, _LOOP),
    _events("events-random", "random", 10**6, "tags in no order", _ROUGH, _LOOP),
    _tables("csv-1m", "decimals", 10**6, "CSV, 1M rows x 6", _POLARS, _LOADTXT),
    _tables("csv-10m", "decimals", 10**7, "CSV, 10M rows x 6", _POLARS, _LOADTXT),
    _tables("csv-repr", "repr", 10**6, "CSV, floats as Python prints them", _POLARS, _LOADTXT),
    _tables("csv-sparse", "sparse", 10**6, "CSV, half of the cells blank", _POLARS),
    _tables("csv-semicolons", "semicolons", 10**6, "CSV, semicolons and decimal commas", _POLARS),
)
