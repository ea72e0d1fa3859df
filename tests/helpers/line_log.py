"""A minimal log format, lines of `step,value`, for tests of everything that handles bytes."""

from __future__ import annotations

import numpy as np

from gan_tui.logs.formats.registry import Format
from gan_tui.logs.model import Batch, Buffer, Column, Fault


class LineParser:
    """`step,value` on each line; anything else is a fault."""

    axis = "step"

    def __init__(self) -> None:
        self._unfinished = b""
        self._offset = 0

    def feed(self, data: Buffer) -> Batch:
        *lines, self._unfinished = (self._unfinished + bytes(data)).split(b"\n")
        return self._batch([line + b"\n" for line in lines])

    def finish(self) -> Batch:
        line, self._unfinished = self._unfinished, b""
        return self._batch([line] if line.strip() else [])

    def _batch(self, lines: list[bytes]) -> Batch:
        steps, values, faults = [], [], []
        for line in lines:
            try:
                step, value = line.split(b",")
                point = int(step), float(value)
            except ValueError:
                if line.strip():
                    faults.append(Fault(self._offset, len(line), "no point"))
            else:
                steps.append(point[0])
                values.append(point[1])
            self._offset += len(line)
        columns = (Column("loss", np.array(steps, np.int64), np.array(values)),) if steps else ()
        return Batch(columns, tuple(faults))


LINES = Format("lines", lambda filename="": LineParser(), lambda head, filename: 1.0, "lines", ())  # noqa: ARG005


def points(batch: Batch, name: str = "loss") -> list[tuple[int, float]]:
    """Return the points of one series in the batch."""
    return [
        (int(step), float(value))
        for column in batch.columns
        if column.name == name
        for step, value in zip(column.steps, column.values, strict=True)
    ]
