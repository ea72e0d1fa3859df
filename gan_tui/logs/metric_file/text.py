"""One text file for one metric: BigGAN's `G_loss.log` with `step: value` lines."""

from __future__ import annotations

import re

import numpy as np

from gan_tui.logs.model import Batch, Buffer, Column, Fault
from gan_tui.logs.parsing.fault_log import FaultLog
from gan_tui.logs.parsing.line_splitter import Line, LineSplitter
from gan_tui.logs.parsing.numbers import TOO_LARGE, is_too_large

_LINE = re.compile(rb"\s*([-+]?\d+)\s*(?:[:,;]\s*|\s)([-+]?[\w.+-]+)\s*")
_ENDING = re.compile(r"\.(?:log|txt|dat|npy)$", re.IGNORECASE)
_MAX_STEP = 2**62
MAX_LINE_BYTES = 256


def series_name(filename: str) -> str:
    """Return the name of a file's series: its name without folders and ending."""
    return _ENDING.sub("", re.sub(r"^.*[/\\]", "", filename)) or "value"


class MetricFileParser:
    """Reads lines of `step: value`, as BigGAN-PyTorch's logger writes them, one file for each metric.

    Args:
        filename: Name of the log; the series is named by it.
    """

    axis = "step"

    def __init__(self, filename: str = "") -> None:
        self._lines = LineSplitter()
        self._faults = FaultLog()
        self._name = series_name(filename)

    def feed(self, data: Buffer) -> Batch:
        """Read the next bytes; returns the points of the lines that they complete."""
        return self._read(self._lines.feed(data))

    def finish(self) -> Batch:
        """Read the last line, which may lack its ending."""
        return self._read(self._lines.finish(), last=True)

    def _read(self, lines: list[Line | Fault], *, last: bool = False) -> Batch:
        steps: list[int] = []
        values: list[float] = []
        for line in lines:
            if isinstance(line, Fault):
                self._faults.add(line.offset, line.bytes, line.reason)
                continue
            point = _point(line.data)
            if isinstance(point, str):
                self._faults.add(line.offset, len(line.data), point)
            elif point is not None:
                steps.append(point[0])
                values.append(point[1])
        if last:
            self._faults.finish()
        columns = (Column(self._name, np.array(steps, np.int64), np.array(values)),) if steps else ()
        return Batch(columns, self._faults.take())


def _point(data: bytes) -> tuple[int, float] | str | None:
    """Return step and value of a line, the reason why it has none, or None for an empty one."""
    if data.isspace():
        return None
    match = _LINE.fullmatch(data) if len(data) <= MAX_LINE_BYTES else None
    if match is None or len(match[1]) > 19 or b"_" in match[2]:
        return "not `step: value`"
    try:
        value = float(match[2])
    except ValueError:
        return "not `step: value`"
    if is_too_large(value, match[2]):
        return TOO_LARGE
    return max(min(int(match[1]), _MAX_STEP), -_MAX_STEP), value
