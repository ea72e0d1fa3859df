"""NumPy arrays (.npy), a row a step."""

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
_FAR = 2**62
MAX_HEADER_BYTES = 65_536
MAX_COLUMNS = 1_000
FEW_COLUMNS = 8
"""A metric's array holds no more numbers a row; wider ones are data."""


class NpyParser:
    """Reads a NumPy array file (.npy) of numbers, a row a step.

    An array of shape (n,) is one series named by the file; (n, k) is k of them, `name[0]` and on. A saved
    dictionary of lists (StudioGAN) is a series a list, read without unpickling it; it is whole at its end.

    Args:
        filename: Name of the log; the series is named by it.
    """

    def __init__(self, filename: str = "") -> None:
        self._name = series_name(filename)
        self.axis = "row"
        """What a step counts."""
        self.pickled = False
        """The array holds objects: a dictionary, maybe."""
        self._buffer = bytearray()
        self._offset = 0
        self._type: np.dtype[np.generic] | None = None
        self.width = 1
        """Numbers a row."""
        self.rows = 0
        """Rows that the header promises."""
        self._given = 0
        self._left = 0
        self._broken = False

    def feed(self, data: Buffer) -> Batch:
        """Take the next bytes; gives the rows that they complete."""
        if self._broken:
            return EMPTY
        self._buffer += data
        if self._type is None:
            try:
                if not self._take_header():
                    return EMPTY
            except ValueError as error:
                self._broken = True
                self._buffer.clear()
                return Batch((), (Fault(0, 0, f"no array of numbers: {error}"),))
        if self.pickled:
            if len(self._buffer) > MAX_BYTES:
                return self._broken_off(f"objects of more than {MAX_BYTES:,} bytes")
            return EMPTY
        return self._take_rows()

    def _broken_off(self, reason: str) -> Batch:
        size = len(self._buffer)
        self._broken = True
        self._buffer.clear()
        return Batch((), (Fault(self._offset, size, reason),))

    def _take_objects(self) -> Batch:
        """The lists of a saved dictionary, or the numbers of an array of objects."""
        try:
            held = contents(bytes(self._buffer))
        except BadPickleError as error:
            return self._broken_off(str(error))
        only = held.values[0] if isinstance(held, Items) and len(held.values) == 1 else held
        if isinstance(only, Items):
            only = only.values
        named = only if isinstance(only, dict) else {self._name: only}
        axis, columns = columns_of_objects(named)
        if not columns:
            return self._broken_off("objects without a list of numbers")
        self.axis = axis
        self._broken = True
        return Batch(columns)

    def finish(self) -> Batch:
        """No more bytes; gives a fault for rows that are missing."""
        if self.pickled and not self._broken:
            return self._take_objects()
        if self._broken or (self._type is not None and not self._left and not self._buffer):
            return EMPTY
        self._broken = True
        return Batch((), (Fault(self._offset, len(self._buffer), "array cut off"),))

    def _take_header(self) -> bool:
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
        # Read by its looks, not as Python's: it comes from anywhere.
        kind, shaped = _DESCR.search(header), _SHAPE.search(header)
        if _OBJECTS.search(header) and shaped is not None:
            self.pickled, self._type = True, np.dtype("O")
            return
        if kind is None or shaped is None:
            raise ValueError("objects, texts or records, which are not read")
        shape = tuple(min(int(n), _FAR) for n in shaped[1].replace(b",", b" ").split())
        if len(shape) > 2 or (_FORTRAN.search(header) and len(shape) > 1):
            raise ValueError(f"shape {shape}"[:80])
        self._type = np.dtype(kind[1].decode())
        self._left = self.rows = shape[0] if shape else 1
        self.width = shape[1] if len(shape) > 1 else 1
        if not 0 < self.width <= MAX_COLUMNS or self._left < 0:
            raise ValueError(f"shape {shape}"[:80])
        self._vector = len(shape) > 1

    def _take_rows(self) -> Batch:
        assert self._type is not None
        size = self._type.itemsize * self.width
        rows = min(len(self._buffer) // size, self._left)
        if not rows:
            return EMPTY
        values: Floats = np.frombuffer(bytes(self._buffer[: rows * size]), self._type).astype(np.float64)
        del self._buffer[: rows * size]
        self._offset += rows * size
        self._left -= rows
        steps = np.arange(self._given, self._given + rows, dtype=np.int64)
        self._given += rows
        table = values.reshape(rows, self.width)
        names = [f"{self._name}[{i}]" for i in range(self.width)] if self._vector else [self._name]
        return Batch(tuple(Column(n, steps, table[:, i].copy()) for i, n in enumerate(names)))


def columns_of_objects(named: Mapping[str, object]) -> tuple[str, tuple[Column, ...]]:
    """What a step counts, and the columns, of lists of numbers by name; what is no number is missing."""
    by_length: dict[int, dict[str, list[object]]] = {}
    for name, found in named.items():
        held = found.values if isinstance(found, Items) else found
        if isinstance(held, list) and any(isinstance(v, float) for v in held):
            by_length.setdefault(len(held), {})[printable(name)[:MAX_NAME]] = held
    axis = "row"
    columns: list[Column] = []
    for group in by_length.values():
        values = {n: np.array([v if isinstance(v, float) else np.nan for v in h]) for n, h in group.items()}
        missing = {
            n: np.array([i for i, v in enumerate(h) if not isinstance(v, float)], np.int64)
            for n, h in group.items()
            if not all(isinstance(v, float) for v in h)
        }
        said, found_columns = columns_of_lists(values, missing)
        axis = said if said != "row" else axis
        columns += found_columns
    return axis, tuple(columns)


def is_metric_array(head: bytes) -> bool:
    """Whether a .npy file that begins so holds one or a few numbers a row, and more than one row."""
    parser = NpyParser()
    parser.feed(head)
    return parser.pickled or (parser.rows > 1 and parser.width <= FEW_COLUMNS)
