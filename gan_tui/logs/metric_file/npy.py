"""NumPy arrays (.npy), one row for each step."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from gan_tui.logs.metric_file.safe_pickle import MAX_BYTES, BadPickleError, Items, contents
from gan_tui.logs.metric_file.text import series_name
from gan_tui.logs.model import EMPTY, Batch, Buffer, Column, Fault, Floats
from gan_tui.logs.parsing.metric_names import MAX_NAME, printable
from gan_tui.logs.parsing.records import columns_of_lists

_DESCR = re.compile(rb"'descr':\s*'([<>|=]?(?:f[248]|[iu][1248]))'")
_OBJECTS = re.compile(rb"'descr':\s*'\|O'")
_SHAPE = re.compile(rb"'shape':\s{0,9}\(([\d ,]{0,99})\)")
_FORTRAN = re.compile(rb"'fortran_order':\s*True")
_MAX_DIMENSION = 2**62
MAX_HEADER_BYTES = 65_536
MAX_COLUMNS = 1_000
MAX_METRIC_COLUMNS = 8
"""Columns of a metric's array; wider ones are data."""


class NpyParser:
    """Reads a NumPy array file (.npy) of numbers, one row for each step.

    An array of shape (n,) is one series named by the file; (n, k) is k series, `name[0]` and so on. A
    saved dictionary of lists (StudioGAN) is one series for each list, read without unpickling at its end.

    Args:
        filename: Name of the log; the series is named by it.
    """

    def __init__(self, filename: str = "") -> None:
        self._name = series_name(filename)
        self.axis = "row"
        """What a step counts."""
        self.pickled = False
        """Whether the array contains objects, such as a dictionary."""
        self._buffer = bytearray()
        self._offset = 0
        self._type: np.dtype[np.generic] | None = None
        self.width = 1
        """Numbers in a row."""
        self.rows = 0
        """Number of rows according to the header."""
        self._rows_read = 0
        self._left = 0
        self._is_done = False

    def feed(self, data: Buffer) -> Batch:
        """Read the next bytes; returns the rows that they complete."""
        if self._is_done:
            return EMPTY
        self._buffer += data
        if self._type is None:
            try:
                if not self._read_header():
                    return EMPTY
            except ValueError as error:
                self._is_done = True
                self._buffer.clear()
                return Batch((), (Fault(0, 0, f"no array of numbers: {error}"),))
        if self.pickled:
            if len(self._buffer) > MAX_BYTES:
                return self._stop(f"objects of more than {MAX_BYTES:,} bytes")
            return EMPTY
        return self._read_rows()

    def _stop(self, reason: str) -> Batch:
        size = len(self._buffer)
        self._is_done = True
        self._buffer.clear()
        return Batch((), (Fault(self._offset, size, reason),))

    def _read_objects(self) -> Batch:
        """Read the lists of a saved dictionary, or the numbers of an array of objects."""
        try:
            value = contents(bytes(self._buffer))
        except BadPickleError as error:
            return self._stop(str(error))
        if isinstance(value, Items) and len(value.values) == 1:
            value = value.values[0]
        if isinstance(value, Items):
            value = value.values
        named = value if isinstance(value, dict) else {self._name: value}
        axis, columns = columns_of_objects(named)
        if not columns:
            return self._stop("objects without a list of numbers")
        self.axis = axis
        self._is_done = True
        return Batch(columns)

    def finish(self) -> Batch:
        """Return objects that are complete now, or a fault for missing rows."""
        if self.pickled and not self._is_done:
            return self._read_objects()
        if self._is_done or (self._type is not None and not self._left and not self._buffer):
            return EMPTY
        self._is_done = True
        return Batch((), (Fault(self._offset, len(self._buffer), "array cut off"),))

    def _read_header(self) -> bool:
        """Read type and shape; False while the header is not complete."""
        head = bytes(self._buffer[:12])
        if not b"\x93NUMPY".startswith(head[:6]):
            raise ValueError("not a .npy file")
        if len(head) < 12:
            return False
        wide = head[6] > 1
        length = int.from_bytes(head[8:12] if wide else head[8:10], "little")
        begin = 12 if wide else 10
        if length > MAX_HEADER_BYTES:
            raise ValueError("header too long")
        if len(self._buffer) < begin + length:
            return False
        header = bytes(self._buffer[begin : begin + length])
        del self._buffer[: begin + length]
        self._offset = begin + length
        self._set(header)
        return True

    def _set(self, header: bytes) -> None:
        # Matched, not evaluated: the file may come from anywhere.
        kind, shaped = _DESCR.search(header), _SHAPE.search(header)
        if _OBJECTS.search(header) and shaped is not None:
            self.pickled, self._type = True, np.dtype("O")
            return
        if kind is None or shaped is None:
            raise ValueError("objects, texts or records, which are not read")
        shape = tuple(min(int(n), _MAX_DIMENSION) for n in shaped[1].replace(b",", b" ").split())
        if len(shape) > 2 or (_FORTRAN.search(header) and len(shape) > 1):
            raise ValueError(f"shape {shape}"[:80])
        self._type = np.dtype(kind[1].decode())
        self._left = self.rows = shape[0] if shape else 1
        self.width = shape[1] if len(shape) > 1 else 1
        if not 0 < self.width <= MAX_COLUMNS or self._left < 0:
            raise ValueError(f"shape {shape}"[:80])
        self._vector = len(shape) > 1

    def _read_rows(self) -> Batch:
        assert self._type is not None
        size = self._type.itemsize * self.width
        rows = min(len(self._buffer) // size, self._left)
        if not rows:
            return EMPTY
        values: Floats = np.frombuffer(bytes(self._buffer[: rows * size]), self._type).astype(np.float64)
        del self._buffer[: rows * size]
        self._offset += rows * size
        self._left -= rows
        steps = np.arange(self._rows_read, self._rows_read + rows, dtype=np.int64)
        self._rows_read += rows
        table = values.reshape(rows, self.width)
        names = [f"{self._name}[{i}]" for i in range(self.width)] if self._vector else [self._name]
        return Batch(tuple(Column(n, steps, table[:, i].copy()) for i, n in enumerate(names)))


def columns_of_objects(named: Mapping[str, object]) -> tuple[str, tuple[Column, ...]]:
    """Return what a step counts and the columns of lists of numbers; other items are missing values."""
    by_length: dict[int, dict[str, list[object]]] = {}
    for name, value in named.items():
        items = value.values if isinstance(value, Items) else value
        if isinstance(items, list) and any(isinstance(v, float) for v in items):
            by_length.setdefault(len(items), {})[printable(name)[:MAX_NAME]] = items
    axis = "row"
    columns: list[Column] = []
    for group in by_length.values():
        values = {n: np.array([v if isinstance(v, float) else np.nan for v in h]) for n, h in group.items()}
        missing = {
            n: np.array([i for i, v in enumerate(h) if not isinstance(v, float)], np.int64)
            for n, h in group.items()
            if not all(isinstance(v, float) for v in h)
        }
        group_axis, group_columns = columns_of_lists(values, missing)
        axis = group_axis if group_axis != "row" else axis
        columns += group_columns
    return axis, tuple(columns)


def is_metric_array(head: bytes) -> bool:
    """Return whether a .npy file with this head has several rows of one or a few numbers."""
    parser = NpyParser()
    parser.feed(head)
    return parser.pickled or (parser.rows > 1 and parser.width <= MAX_METRIC_COLUMNS)
