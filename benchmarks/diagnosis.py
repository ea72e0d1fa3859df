"""Benchmarks of the diagnosis."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable

from bench import HERE, Options, Outcome, Row, Sample, Target, run_fresh

SCRIPT = HERE / "time_diagnosis.py"


def diagnosis(points: int, options: Options) -> Iterable[Outcome]:
    """Measure a whole timeline at once, and the updates of a live run."""
    results = [run_fresh([sys.executable, SCRIPT, str(points)]) for _ in range(options.rounds)]
    whole = Sample([r["whole"] for r in results], "s")
    yield Outcome(
        f"{2 * points:,} points of both losses: the whole timeline, CPU", whole, {}, (Target(most=2.0),)
    )
    update = Sample([1000 * r["p95"] for r in results], "ms")
    worst = max(1000 * r["worst"] for r in results)
    note = f"the slowest one, at a checkpoint: {worst:.1f} ms"
    yield Outcome("the same run growing: an update, p95, CPU", update, {}, (Target(most=5.0),), note)


ROWS = (
    Row(
        "diagnosis-10m",
        "diagnosis of a run of 10M points, whole and growing",
        functools.partial(diagnosis, 5_000_000),
    ),
)
