"""Benchmark of the memory that a loaded log takes."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import write_events
from bench import HERE, Options, Outcome, Row, Sample, Target, run_in_turn

SCRIPT = HERE / "read_memory.py"
SCALARS = 10**7
LIMIT_MB = 200.0
"""16 bytes a point for value and wall time, one array of steps for all series, and some slack."""


def loaded(options: Options) -> Iterable[Outcome]:
    """Measure the memory of ten million scalars, compared to an empty log."""
    path = write_events.cached(options.data, "simple", SCALARS)
    empty = write_events.cached(options.data, "simple", 1)
    commands = {"more": [sys.executable, SCRIPT, path], "less": [sys.executable, SCRIPT, empty]}
    results = run_in_turn(commands, options.rounds)
    pairs = zip(results["more"], results["less"], strict=True)
    more = Sample([m["mb"] - e["mb"] for m, e in pairs], "MB")
    what = f"{SCALARS:,} scalars loaded: anonymous memory, compared to an empty log"
    yield Outcome(what, more, {}, (Target(most=LIMIT_MB),), f"{results['more'][0]['points']:,} points loaded")


ROWS = (Row("memory-load", "memory of 10M scalars loaded", loaded),)
