"""JSON lines: one record on each line, as StyleGAN's stats.jsonl and most hand-written loggers write."""

from __future__ import annotations

from gan_tui.logs.json.values import BadJsonError, flatten, load, read_lines
from gan_tui.logs.model import Batch, Buffer, Fault
from gan_tui.logs.parsing.fault_log import FaultLog
from gan_tui.logs.parsing.line_splitter import Line, LineSplitter
from gan_tui.logs.parsing.records import MAX_SERIES, RecordCollector

BATCH_LINES = 256
"""Lines decoded together. If one of them needs a closer look, all of them are read one by one."""


class JsonLinesParser:
    """Reads one JSON object per line. Anything else is a fault; an object without numbers is not."""

    def __init__(self) -> None:
        self._lines = LineSplitter()
        self._records = RecordCollector()
        self._faults = FaultLog()

    @property
    def axis(self) -> str:
        """What a step counts; "" until it is known."""
        return self._records.axis

    def feed(self, data: Buffer) -> Batch:
        """Read the next bytes; returns the points of the lines that they complete."""
        return self._read(self._lines.feed(data))

    def finish(self) -> Batch:
        """Read the last line, which may lack its ending."""
        return self._read(self._lines.finish(), last=True)

    def _read(self, items: list[Line | Fault], *, last: bool = False) -> Batch:
        lines: list[Line] = []
        for item in items:
            if isinstance(item, Line):
                lines.append(item)
                if len(lines) < BATCH_LINES:
                    continue
            self._read_lines(lines)
            lines = []
            if isinstance(item, Fault):
                self._faults.add(item.offset, item.bytes, item.reason)
        self._read_lines(lines)
        if last:
            self._faults.finish()
        return Batch(self._records.take(), self._faults.take())

    def _read_lines(self, lines: list[Line]) -> None:
        records = read_lines([line.data for line in lines]) if lines else None
        if records is not None:
            for index in self._records.extend(records):
                self._add_fault(lines[index], _TOO_MANY_NAMES)
            return
        for line in lines:
            if not line.data.isspace():
                self._read_line(line)

    def _read_line(self, line: Line) -> None:
        try:
            values, problems = flatten(load(line.data))
        except BadJsonError as error:
            self._add_fault(line, str(error))
            return
        for problem in problems:
            self._add_fault(line, problem)
        if not self._records.add(values):
            self._add_fault(line, _TOO_MANY_NAMES)

    def _add_fault(self, line: Line, reason: str) -> None:
        self._faults.add(line.offset, len(line.data), reason)


_TOO_MANY_NAMES = f"more than {MAX_SERIES:,} names: further ones are ignored"
