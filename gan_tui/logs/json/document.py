"""JSON documents that are one value: an array of records (Chainer's log), or an object of lists."""

from __future__ import annotations

import math
import re
from array import array
from contextlib import suppress

import numpy as np
from msgspec import DecodeError, Struct, field
from msgspec.json import Decoder

from gan_tui.logs.file_names import metric_name
from gan_tui.logs.json.values import BadJsonError, flatten, load, read_elements
from gan_tui.logs.model import Batch, Buffer, join
from gan_tui.logs.parsing.fault_log import FaultLog
from gan_tui.logs.parsing.metric_names import MAX_NAME, printable
from gan_tui.logs.parsing.numbers import TOO_LARGE, is_too_large
from gan_tui.logs.parsing.records import RecordCollector, columns_of_lists

MAX_RECORD_BYTES = 4 * 1024 * 1024
"""A longer record is skipped with a fault, so that memory stays bounded."""
MAX_TOKEN_BYTES = 4_096
"""Likewise for a number or a literal; a longer text counts as empty."""
MAX_DEPTH = 32
BLOCK_BYTES = 256 * 1024
"""Most bytes of records that are decoded together."""

_SEPARATORS = re.compile(rb"[\s,:]*")
_NUMBERS = re.compile(rb'[^\[\]{}":]*')
_TOKEN = re.compile(rb"[^\s,]+")
_TOKEN_END = re.compile(rb'[\s,:\[\]{}"]')
_QUOTE_OR_BRACE = re.compile(rb'["{}]')
_QUOTE_OR_ESCAPE = re.compile(rb'["\\]')
_NEXT_RECORD = re.compile(rb"\}\s*,\s*\{")
_LITERALS = frozenset([b"null", b"true", b"false"])
_decode_numbers = Decoder(list[float]).decode
_ROW_KEY = re.compile(r"(?:epoch|iteration|iter|step)?[ _-]?(\d+)", re.IGNORECASE)


class JsonDocumentParser:
    """Reads the records of an array as they are completed, and an object of lists once it is closed.

    An array that is cut off gives every record that is complete. An array of numbers, and TensorBoard's
    downloads (`[[wall time, step, value], ...]`), are one series named by the file.

    Args:
        filename: Name of the log.
    """

    def __init__(self, filename: str = "") -> None:
        self._name = metric_name(filename) or "value"
        self._buffer = bytearray()
        self._offset = 0  # of the buffer's first byte in the log
        self._position = 0  # in the buffer, of what comes next
        self._begin = 0  # offset in the log of the value being read
        self._value_end: _ValueEnd | None = None  # of a value that may be incomplete
        self._singly_until = 0  # offset in the log before which records are decoded one by one
        self._too_deep = False
        self._stack: list[_Container] = []
        self._records = RecordCollector()
        self._lists: dict[str, _Container] = {}
        self._batches: list[Batch] = []
        self._faults = FaultLog()
        self._list_axis = ""

    @property
    def axis(self) -> str:
        """What a step counts; "" until it is known."""
        return self._records.axis or self._list_axis

    def feed(self, data: Buffer) -> Batch:
        """Read the next bytes; returns the points of the records that they complete."""
        self._buffer += data
        while self._finish_value(self._value_end) if self._value_end else self._begin_value():
            pass
        del self._buffer[: self._position]
        self._offset += self._position
        self._position = 0
        return self._take()

    def finish(self) -> Batch:
        """Return what lists hold so far, and a fault for a value that is cut off."""
        if self._value_end is not None:
            # The start of a number could be any number.
            self._faults.add(self._begin, self._offset + len(self._buffer) - self._begin, "cut off")
        while self._stack:
            self._close()
        self._faults.finish()
        return self._take()

    def _take(self) -> Batch:
        batches = [*self._batches, Batch(self._records.take(), self._faults.take())]
        self._batches = []
        return join(batches)

    # -- Bytes to values. These methods return False when more bytes are needed ----------------------

    def _begin_value(self) -> bool:
        separators = _SEPARATORS.match(self._buffer, self._position)
        self._position = separators.end() if separators else self._position
        if self._too_deep:
            self._position = len(self._buffer)
        if self._position == len(self._buffer):
            return False
        sign = chr(self._buffer[self._position])
        self._begin = self._offset + self._position
        in_array = bool(self._stack) and self._stack[-1].bracket == "["
        if sign in "[]}" or (sign == "{" and not in_array):
            self._position += 1
            self._take_bracket(sign)
        elif not in_array or not (
            self._read_records() if sign == "{" else sign != '"' and self._read_numbers()
        ):
            self._value_end = _ValueEnd(sign, self._begin)
        return True

    def _finish_value(self, value_end: _ValueEnd) -> bool:
        """Read a record, a text or a token, if it is complete."""
        end = value_end.find(self._buffer, self._offset)
        size = self._offset + (len(self._buffer) if end is None else end) - self._begin
        too_long = size > value_end.limit
        if end is None:
            if too_long:  # no need to keep what is skipped
                self._position = len(self._buffer)
            return False
        data = b"" if too_long else bytes(self._buffer[self._position : end])
        self._position = end
        self._value_end = None
        if value_end.kind == "{":
            self._take_record(data, size)
        elif value_end.kind == '"':
            self._take_text(data[1:-1], size)
        else:
            self._take_token(data, size)
        return True

    def _read_records(self) -> bool:
        """Read many records together: up to the last one here that another follows.

        Returns:
            Whether that was done. The results are the same as one by one, only sooner.
        """
        start = self._position
        if self._offset + start < self._singly_until:
            return False
        end = limit = min(start + BLOCK_BYTES, len(self._buffer))
        while (end := self._buffer.rfind(b"}", start, end)) >= 0:
            if _NEXT_RECORD.match(self._buffer, end):
                break
        records = read_elements(bytes(self._buffer[start : end + 1])) if end >= 0 else None
        if records is None:
            self._singly_until = self._offset + limit
            return False
        self._records.extend(records)
        self._position = end + 1
        return True

    def _read_numbers(self) -> bool:
        """Read the numbers that stand in an array up to the last separator; returns whether there are any."""
        match = _NUMBERS.match(self._buffer, self._position)
        end = match.end() if match else self._position
        if end == len(self._buffer):
            end = max(self._buffer.rfind(sign, self._position, end) for sign in b", \n\t\r") + 1
        chunk = bytes(self._buffer[self._position : end])
        if not chunk.strip(b", \n\t\r"):
            return False
        numbers = _all_numbers(chunk)
        if numbers is not None:
            self._stack[-1].values.extend(numbers)
        else:
            for token in _TOKEN.finditer(chunk):
                self._begin = self._offset + self._position + token.start()
                self._take_token(token.group()[: MAX_TOKEN_BYTES + 1], len(token.group()))
        self._position = end
        return True

    # -- Values to points ----------------------------------------------------------------------------

    def _take_bracket(self, sign: str) -> None:
        container = self._stack[-1] if self._stack else None
        if sign in "]}":
            if container is not None and container.bracket + sign in ("[]", "{}"):
                self._close()
            else:
                self._faults.add(self._begin, 1, f"{sign} without an opening bracket")
        elif len(self._stack) >= MAX_DEPTH:
            self._faults.add(self._begin, 0, f"JSON nested deeper than {MAX_DEPTH}: the rest is not read")
            self._too_deep = True
        else:
            key = container.next_key if container else None
            if container is not None:
                container.next_key = None
            self._stack.append(_Container(sign, key or ""))

    def _take_record(self, data: bytes, size: int) -> None:
        """Read an object in an array; `data` is empty if it is too long."""
        if not data:
            self._faults.add(self._begin, size, f"record longer than {MAX_RECORD_BYTES:,} bytes")
            return
        try:
            values, problems = flatten(load(data))
        except BadJsonError as error:
            self._faults.add(self._begin, size, str(error))
            return
        self._records.add(values)
        for problem in problems:
            self._faults.add(self._begin, size, problem)

    def _take_text(self, raw: bytes, size: int) -> None:
        """Read a key, or a value that is not a number."""
        container = self._stack[-1] if self._stack else None
        if container is None:
            self._faults.add(self._begin, size, "text outside of any array or object")
        elif container.bracket == "[":
            container.append(None)
        else:
            container.next_key = _key(raw) if container.next_key is None else None

    def _take_token(self, token: bytes, size: int) -> None:
        """Read a number or a literal, or add a fault for what is neither."""
        value, problem = _value(token, size)
        if problem:
            self._faults.add(self._begin, size, problem)
        container = self._stack[-1] if self._stack else None
        if container is None:
            return
        if container.bracket == "[":
            container.append(value)
        elif container.next_key is not None:
            if value is not None:
                container.numbers[container.next_key] = value
            container.next_key = None

    def _close(self) -> None:
        """Close the innermost open array or object."""
        closed = self._stack.pop()
        parent = self._stack[-1] if self._stack else None
        if closed.bracket == "[":
            if parent is None:
                self._lists[self._name] = closed
            elif parent.bracket == "{":
                self._lists["/".join([*self._path(), closed.key])] = closed
            elif len(self._stack) == 1 and len(closed.values) == 3 and not closed.missing:
                wall, step, value = (v + 0.0 for v in closed.values)  # -0 is 0
                self._records.add({"wall_time": wall, "step": step, self._name: value})
        elif closed.numbers:
            self._take_numbers(closed, is_only_value=parent is None and not self._lists)
        if parent is None:
            self._take_lists()

    def _take_numbers(self, closed: _Container, *, is_only_value: bool) -> None:
        """Read an object with numbers of its own: a column by row, a row by its key, a record or settings."""
        row = _ROW_KEY.fullmatch(closed.key)
        if closed.key and all(_ROW_KEY.fullmatch(key) for key in closed.numbers):
            column = _Container("[", values=array("d", closed.numbers.values()))
            self._lists["/".join([*self._path(), closed.key])] = column
        elif row is not None:
            self._records.add({"step": float(row[1]), **closed.numbers})
        elif is_only_value:
            self._records.add(closed.numbers)

    def _path(self) -> list[str]:
        return [c.key for c in self._stack if c.bracket == "{" and c.key]

    def _take_lists(self) -> None:
        # What comes earlier in the log stays earlier.
        self._batches.append(Batch(self._records.take()))
        lists = {n: c for n, c in self._lists.items() if len(c.values) > len(c.missing)}
        self._lists = {}
        first = {n.split("/", 1)[0] for n in lists}
        if len(first) == 1 and all("/" in n for n in lists):
            lists = {n.split("/", 1)[1]: c for n, c in lists.items()}
        by_length: dict[int, dict[str, _Container]] = {}
        for name, container in lists.items():
            by_length.setdefault(len(container.values), {})[name] = container
        for group in by_length.values():
            axis, columns = columns_of_lists(
                {n: np.array(c.values) + 0.0 for n, c in group.items()},  # -0 is 0
                {n: np.array(c.missing, np.int64) for n, c in group.items() if c.missing},
            )
            self._list_axis = self._list_axis or axis
            self._batches.append(Batch(columns))


class _Container(Struct):
    """An array or object that is open."""

    bracket: str
    key: str = ""
    next_key: str | None = None
    """In an object, the key of the value that comes next."""
    values: array[float] = field(default_factory=lambda: array("d"))
    """An array's values, NaN in place of what is not a number."""
    missing: list[int] = field(default_factory=list)
    """Indexes in `values` of what is not a number."""
    numbers: dict[str, float] = field(default_factory=dict)
    """An object's numbers by key."""

    def append(self, value: float | None) -> None:
        """Add a value to an array; None for what is not a number."""
        if value is None:
            self.missing.append(len(self.values))
        self.values.append(math.nan if value is None else value)


class _ValueEnd:
    """Finds where a record, a text or a token ends. No byte is looked at twice, however they arrive.

    Args:
        sign: The first character.
        begin: Its offset in the log.
    """

    __slots__ = ("_depth", "_in_text", "_searched", "kind", "limit")

    def __init__(self, sign: str, begin: int) -> None:
        self.kind = sign if sign in '{"' else ""
        self.limit = MAX_RECORD_BYTES if sign == "{" else MAX_TOKEN_BYTES
        """Longest value that is read, in bytes."""
        self._depth = 0
        self._in_text = False
        self._searched = begin

    def find(self, data: bytearray, offset: int) -> int | None:
        """Return the index after the last byte, or None if that lies beyond `data`.

        Args:
            data: Bytes of the log, at least those that were not searched before.
            offset: Where they begin in the log.
        """
        position = self._searched - offset
        if not self.kind:
            if match := _TOKEN_END.search(data, position):
                return match.start()
        else:
            while match := (_QUOTE_OR_ESCAPE if self._in_text else _QUOTE_OR_BRACE).search(data, position):
                position = match.end()
                sign = match.group()
                if sign == b"\\":
                    position += 1
                elif sign == b'"':
                    self._in_text = not self._in_text
                else:
                    self._depth += 1 if sign == b"{" else -1
                if self._depth <= 0 and not self._in_text:
                    return position
        self._searched = offset + max(position, len(data))
        return None


def _key(raw: bytes) -> str:
    """Return an object's key from the bytes between its quotes."""
    try:
        (key,) = load(b'{"' + raw + b'":0}')
    except BadJsonError:
        return raw.decode("utf-8", "replace")
    return printable(key)[:MAX_NAME]


def _all_numbers(chunk: bytes) -> array[float] | None:
    """Return the numbers between commas, or None if one needs a closer look."""
    with suppress(DecodeError):
        return array("d", _decode_numbers(b"[" + chunk.strip(b", \n\t\r") + b"]"))
    if b"_" in chunk:
        return None
    try:
        numbers = array("d", map(float, chunk.replace(b",", b" ").split()))
    except ValueError:
        return None
    return None if any(map(math.isinf, numbers)) else numbers


def _value(token: bytes, size: int) -> tuple[float | None, str]:
    """Return the number that a token stands for, and why there is none; "" for null, true and false."""
    if size > MAX_TOKEN_BYTES:
        return None, f"token longer than {MAX_TOKEN_BYTES:,} bytes"
    if token in _LITERALS:
        return None, ""
    try:
        value = float(b"" if b"_" in token else token)
    except ValueError:
        return None, "not JSON"
    return (None, TOO_LARGE) if is_too_large(value, token) else (value, "")
