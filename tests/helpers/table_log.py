"""Read tables at once or in chunks, and return their points as plain lists."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gan_tui.logs.csv.parser import DelimitedParser
from gan_tui.logs.model import Batch, Fault, join


@dataclass(frozen=True)
class Reading:
    """Everything parsed from a table."""

    axis: str
    steps: dict[str, list[int]]
    values: dict[str, list[float]]
    walls: dict[str, list[float] | None]
    faults: tuple[Fault, ...]

    @property
    def names(self) -> list[str]:
        return list(self.values)

    @property
    def reasons(self) -> list[str]:
        return [fault.reason for fault in self.faults]


def batches(data: bytes, cuts: Iterable[int] = ()) -> tuple[list[Batch], str]:
    parser = DelimitedParser()
    bounds = [0, *sorted(cuts), len(data)]
    parsed = [parser.feed(data[a:b]) for a, b in itertools.pairwise(bounds)]
    return [*parsed, parser.finish()], parser.axis


def read(text: str | bytes, cuts: Sequence[int] = ()) -> Reading:
    parsed, axis = batches(text.encode() if isinstance(text, str) else text, cuts)
    batch = join(parsed)
    return Reading(
        axis,
        {c.name: c.steps.tolist() for c in batch.columns},
        {c.name: c.values.tolist() for c in batch.columns},
        {c.name: None if c.wall_times is None else c.wall_times.tolist() for c in batch.columns},
        batch.faults,
    )


def answer(data: bytes, cuts: Iterable[int] = ()) -> tuple[Any, ...]:
    """Return everything parsed from a table, comparable bit for bit."""
    parsed, axis = batches(data, cuts)
    batch = join(parsed)
    columns = {
        # Without any wall time so far, the column has None or NaNs.
        c.name: (c.steps.tolist(), c.values.tobytes(), [] if c.wall_times is None else c.wall_times.tobytes())
        for c in batch.columns
    }
    return columns, batch.faults, axis
