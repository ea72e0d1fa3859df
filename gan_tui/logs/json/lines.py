"""JSON lines: one record a line, as StyleGAN's stats.jsonl and most hand-written loggers write."""

from __future__ import annotations

from gan_tui.logs.json.values import BadJsonError, flatten, load
from gan_tui.logs.model import Batch, Buffer, Fault
from gan_tui.logs.parsing.fault_log import FaultLog
from gan_tui.logs.parsing.line_splitter import Line, LineSplitter
from gan_tui.logs.parsing.records import MAX_SERIES, Records


class JsonLinesParser:
    """Reads one JSON object a line. A line that is none is a fault; one without numbers is not."""

    def __init__(self) -> None:
        self._lines = LineSplitter()
        self._records = Records()
        self._faults = FaultLog()

    @property
    def axis(self) -> str:
        """What a step counts; "" until it is known."""
        return self._records.axis

    def feed(self, data: Buffer) -> Batch:
        """Take the next bytes; gives the points of the lines that they complete."""
        return self._read(self._lines.feed(data))

    def finish(self) -> Batch:
        """No more bytes: the last line counts as it stands."""
        batch = self._read(self._lines.finish())
        self._faults.finish()
        return Batch(batch.columns, (*batch.faults, *self._faults.take()))

    def _read(self, lines: list[Line | Fault]) -> Batch:
        for line in lines:
            if isinstance(line, Fault):
                self._faults.add(line.offset, line.bytes, line.reason)
            elif not line.data.isspace():
                for reason in self._take(line.data):
                    self._faults.add(line.offset, len(line.data), reason)
        return Batch(self._records.take(), self._faults.take())

    def _take(self, data: bytes) -> list[str]:
        """Take one line; gives what could not be read of it, in a few words each."""
        try:
            values, troubles = flatten(load(data))
        except BadJsonError as error:
            return [str(error)]
        if not self._records.add(values):
            troubles.append(f"more than {MAX_SERIES:,} names: further ones are left aside")
        return troubles
