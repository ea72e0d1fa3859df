"""Benchmarks of the memory that an open log takes."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable

import write_events
from bench import HERE, Options, Outcome, Row, Sample, Target, run_in_turn

SCRIPT = HERE / "read_memory.py"
SCALARS = 10**7


def opened(columns: int, limit: float, options: Options) -> Iterable[Outcome]:
    """Measure the memory of ten million scalars, compared to an empty log, with some columns loaded."""
    path = write_events.cached(options.data, "simple", SCALARS)
    empty = write_events.cached(options.data, "simple", 1)
    commands = {
        "more": [sys.executable, SCRIPT, path, str(columns)],
        "less": [sys.executable, SCRIPT, path if columns else empty, "0"],
    }
    results = run_in_turn(commands, options.rounds)
    pairs = zip(results["more"], results["less"], strict=True)
    more = Sample([m["mb"] - e["mb"] for m, e in pairs], "MB")
    what = f"{SCALARS:,} scalars opened: anonymous memory, compared to an empty log"
    if columns:
        what = f"the same with {columns} columns loaded: additional anonymous memory"
    yield Outcome(what, more, {}, (Target(most=limit),), f"{results['more'][0]['loaded']:,} points loaded")


ROWS = (
    Row("memory-open", "10M scalars opened, no column loaded", functools.partial(opened, 0, 60.0)),
    Row("memory-two-columns", "the same with two columns loaded", functools.partial(opened, 2, 150.0)),
)
