"""Rows of the table: what a diagnosis costs."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable

from bench import HERE, Options, Outcome, Row, Sample, Target, fresh

SCRIPT = HERE / "time_diagnosis.py"


def judged(points: int, options: Options) -> Iterable[Outcome]:
    """A whole timeline at once, and an update of a live run."""
    found = [fresh([sys.executable, SCRIPT, str(points)]) for _ in range(options.rounds)]
    whole = Sample([f["whole"] for f in found], "s")
    yield Outcome(
        f"{2 * points:,} points of both losses: the whole timeline, CPU", whole, {}, (Target(most=2.0),)
    )
    update = Sample([1000 * f["p95"] for f in found], "ms")
    worst = max(1000 * f["worst"] for f in found)
    note = f"the worst of all, at a checkpoint: {worst:.1f} ms"
    yield Outcome("the same run growing: an update, p95, CPU", update, {}, (Target(most=5.0),), note)


ROWS = (
    Row("diagnosis-10m", "a run of 10M points judged, and as it grows", functools.partial(judged, 5_000_000)),
)
