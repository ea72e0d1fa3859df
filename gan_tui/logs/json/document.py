"""JSON documents that are one value: an array of records (Chainer's log), or an object of lists."""

from __future__ import annotations

import math
import re
from array import array

import numpy as np
from msgspec import Struct, field

from gan_tui.logs.file_names import metric_name
from gan_tui.logs.json.scanner import ObjectEnd, StringEnd
from gan_tui.logs.json.values import BadJsonError, flatten, load
from gan_tui.logs.model import Batch, Buffer, join
from gan_tui.logs.parsing.fault_log import FaultLog
from gan_tui.logs.parsing.metric_names import MAX_NAME, printable
from gan_tui.logs.parsing.numbers import TOO_LARGE
from gan_tui.logs.parsing.records import Records, columns_of_lists

MAX_RECORD_BYTES = 4 * 1024 * 1024
"""A longer record is passed over with a fault, so that memory stays bounded."""
MAX_TOKEN_BYTES = 4_096
MAX_DEPTH = 32

_SPACE = re.compile(rb"[\s,:]*")
_TOKEN_END = re.compile(rb'[\s,:\[\]{}"]')
_TOKEN = re.compile(rb"[^\s,]+")
_FLAT = re.compile(rb'[^\[\]{}":]*')
_LITERALS = {b"null": None, b"true": None, b"false": None}
_ROW_KEY = re.compile(r"(?:epoch|iteration|iter|step)?[ _-]?(\d+)", re.IGNORECASE)


class _BadTokenError(ValueError):
    pass


class _Frame(Struct):
    """An array or object that is open."""

    kind: str
    key: str = ""
    pending: str | None = None
    """An object's key whose value comes next."""
    values: array[float] = field(default_factory=lambda: array("d"))
    missing: list[int] = field(default_factory=list)
    """Where in `values` stands null or something else that is no number."""
    numbers: dict[str, float] = field(default_factory=dict)
    """An object's numbers by key."""


class JsonDocumentParser:
    """Reads an array of records as they are completed, and an object of lists once it is closed.

    A half-written array gives every record that is whole. Numbers alone in an array, and TensorBoard's
    downloads (`[[wall time, step, value], ...]`), are one series named by the file.

    Args:
        filename: Name of the log.
    """

    def __init__(self, filename: str = "") -> None:
        self._stem = metric_name(filename) or "value"
        self._buffer = bytearray()
        self._base = 0  # offset of the buffer's first byte in the log
        self._at = 0
        self._scanned = 0
        self._mode = self._plain
        self._stack: list[_Frame] = []
        self._object_end = ObjectEnd()
        self._string_end = StringEnd()
        self._token = bytearray()
        self._begin = 0  # offset in the log of what is being read
        self._dropping = False
        self._records = Records()
        self._lists: dict[str, _Frame] = {}
        self._batches: list[Batch] = []
        self._faults = FaultLog()
        self._list_axis = ""

    @property
    def axis(self) -> str:
        """What a step counts; "" until it is known."""
        return self._records.axis or self._list_axis

    def feed(self, data: Buffer) -> Batch:
        """Take the next bytes; gives the records that they complete."""
        self._buffer += data
        while self._mode():
            pass
        del self._buffer[: self._at]
        self._base += self._at
        self._scanned -= self._at
        self._at = 0
        return self._give()

    def finish(self) -> Batch:
        """No more bytes: what lists hold so far, and a fault for what is cut off."""
        if self._mode in (self._record, self._string, self._word):
            # The start of a number could be any number: it is none.
            self._fault(self._begin, self._base + len(self._buffer) - self._begin, "cut off")
        while self._stack:
            self._close()
        self._faults.finish()
        return self._give()

    def _give(self) -> Batch:
        batches = [*self._batches, Batch(self._records.take(), self._faults.take())]
        self._batches = []
        return join(batches)

    def _fault(self, offset: int, size: int, reason: str) -> None:
        self._faults.add(offset, size, reason)

    # -- what stands at self._at. Each gives False when it needs more bytes ---------------------------

    def _plain(self) -> bool:
        """Between values."""
        found = _SPACE.match(self._buffer, self._at)
        self._at = found.end() if found else self._at
        if self._at == len(self._buffer):
            return False
        sign = chr(self._buffer[self._at])
        self._begin = self._base + self._at
        inside = self._stack[-1].kind if self._stack else ""
        if sign == "{" and inside == "[":
            self._object_end, self._mode, self._scanned = ObjectEnd(), self._record, self._at
        elif sign in "[{":
            self._at += 1
            return self._open(sign)
        elif sign in "]}":
            self._at += 1
            if inside == {"]": "[", "}": "{"}[sign]:
                self._close()
            else:
                self._fault(self._begin, 1, f"a {sign} that closes nothing")
        elif sign == '"':
            self._string_end, self._mode, self._scanned = StringEnd(), self._string, self._at + 1
        elif inside == "[":
            return self._numbers()
        else:
            self._mode = self._word
        return True

    def _open(self, sign: str) -> bool:
        if len(self._stack) >= MAX_DEPTH:
            self._fault(self._begin, 0, f"JSON nested deeper than {MAX_DEPTH}: the rest is not read")
            self._mode = self._dead
            return True
        key = self._stack[-1].pending if self._stack else None
        if self._stack:
            self._stack[-1].pending = None
        self._stack.append(_Frame(sign, key or ""))
        return True

    def _dead(self) -> bool:
        self._at = len(self._buffer)
        return False

    def _record(self) -> bool:
        """Within an object that is an array's element."""
        end = self._object_end.find(self._buffer, self._scanned)
        self._scanned = len(self._buffer) if end is None else end
        size = self._base + self._scanned - self._begin
        if size > MAX_RECORD_BYTES:
            self._dropping = True
        if self._dropping:
            self._at = self._scanned
        if end is None:
            return False
        if self._dropping:
            self._fault(self._begin, size, f"record longer than {MAX_RECORD_BYTES:,} bytes")
        else:
            self._take_record(bytes(self._buffer[self._at : end]))
        self._at, self._dropping, self._mode = end, False, self._plain
        return True

    def _take_record(self, data: bytes) -> None:
        try:
            values, troubles = flatten(load(data))
        except BadJsonError as error:
            self._fault(self._begin, len(data), str(error))
            return
        self._records.add(values)
        for trouble in troubles:
            self._fault(self._begin, len(data), trouble)

    def _string(self) -> bool:
        """Within a text: a key, or a value that is no number."""
        end = self._string_end.find(self._buffer, self._scanned)
        self._scanned = len(self._buffer) if end is None else end
        size = self._base + self._scanned - self._begin
        if size > MAX_TOKEN_BYTES:
            self._dropping = True
        if self._dropping:
            self._at = self._scanned
        if end is None:
            return False
        raw = b"" if self._dropping else bytes(self._buffer[self._at + 1 : end - 1])
        self._at, self._dropping, self._mode = end, False, self._plain
        self._take_string(raw, size)
        return True

    def _take_string(self, raw: bytes, size: int) -> None:
        top = self._stack[-1] if self._stack else None
        if top is None:
            self._fault(self._begin, size, "a text that is part of nothing")
        elif top.kind == "[":
            self._append(top, None)
        elif top.pending is None:
            top.pending = _key(raw)
        else:
            top.pending = None

    def _numbers(self) -> bool:
        """Numbers in an array, as many at once as there are."""
        found = _FLAT.match(self._buffer, self._at)
        end = found.end() if found else self._at
        if end == len(self._buffer):
            end = max(self._buffer.rfind(sign, self._at, end) for sign in b", \n\t\r") + 1
        chunk = bytes(self._buffer[self._at : end])
        if not chunk.strip(b", \n\t\r"):
            self._mode = self._word  # a single token, and maybe not all of it
            return True
        numbers = _all_numbers(chunk)
        if numbers is not None:
            self._stack[-1].values.extend(numbers)
        else:
            for token in _TOKEN.finditer(chunk):
                self._begin = self._base + self._at + token.start()
                self._take_word(token.group()[: MAX_TOKEN_BYTES + 1], len(token.group()))
        self._at = end
        return True

    def _word(self) -> bool:
        """Within a number, a literal, or what is none of them."""
        found = _TOKEN_END.search(self._buffer, self._at)
        end = found.start() if found else len(self._buffer)
        size = self._base + end - self._begin
        if size <= MAX_TOKEN_BYTES:
            self._token += self._buffer[self._at : end]
        self._at = end
        if found is None:
            return False
        token = bytes(self._token)
        self._token.clear()
        self._mode = self._plain
        self._take_word(token, size)
        return True

    def _take_word(self, token: bytes, size: int) -> None:
        try:
            value = _value(token, size)
        except _BadTokenError as error:
            value = None
            self._fault(self._begin, size, str(error))
        top = self._stack[-1] if self._stack else None
        if top is None:
            return
        if top.kind == "[":
            self._append(top, value)
        elif top.pending is not None:
            if value is not None:
                top.numbers[top.pending] = value
            top.pending = None

    @staticmethod
    def _append(frame: _Frame, value: float | None) -> None:
        if value is None:
            frame.missing.append(len(frame.values))
        frame.values.append(math.nan if value is None else value)

    # -- what is complete ----------------------------------------------------------------------------

    def _close(self) -> None:
        """The innermost open array or object ends."""
        frame = self._stack.pop()
        parent = self._stack[-1] if self._stack else None
        if frame.kind == "[":
            if parent is None:
                self._lists[self._stem] = frame
            elif parent.kind == "{":
                self._lists["/".join([*self._path(), frame.key])] = frame
            elif len(self._stack) == 1 and len(frame.values) == 3 and not frame.missing:
                wall, step, value = frame.values
                self._records.add({"wall_time": wall, "step": step, self._stem: value})
        elif frame.numbers:
            self._close_numbers(frame, alone=parent is None and not self._lists)
        if parent is None:
            self._give_lists()

    def _close_numbers(self, frame: _Frame, *, alone: bool) -> None:
        """An object with numbers of its own: a column by row, a row by its key, a record, or settings."""
        rows = [_ROW_KEY.fullmatch(key) for key in frame.numbers]
        row = _ROW_KEY.fullmatch(frame.key)
        if frame.key and all(rows):
            self._lists["/".join([*self._path(), frame.key])] = _Frame(
                "[", values=array("d", frame.numbers.values())
            )
        elif row is not None:
            self._records.add({"step": float(row[1]), **frame.numbers})
        elif alone:
            self._records.add(frame.numbers)

    def _path(self) -> list[str]:
        return [f.key for f in self._stack if f.kind == "{" and f.key]

    def _give_lists(self) -> None:
        # What came before in the log stays before.
        self._batches.append(Batch(self._records.take()))
        lists = {n: f for n, f in self._lists.items() if len(f.values) > len(f.missing)}
        self._lists = {}
        first = {n.split("/", 1)[0] for n in lists}
        if len(first) == 1 and all("/" in n for n in lists):
            lists = {n.split("/", 1)[1]: f for n, f in lists.items()}
        by_length: dict[int, dict[str, _Frame]] = {}
        for name, frame in lists.items():
            by_length.setdefault(len(frame.values), {})[name] = frame
        for group in by_length.values():
            axis, columns = columns_of_lists(
                {n: np.array(f.values) for n, f in group.items()},
                {n: np.array(f.missing, np.int64) for n, f in group.items() if f.missing},
            )
            self._list_axis = self._list_axis or axis
            self._batches.append(Batch(columns))


def _key(raw: bytes) -> str:
    """An object's key from the bytes between its quotes."""
    try:
        (key,) = load(b'{"' + raw + b'":0}')
    except BadJsonError:
        return raw.decode("utf-8", "replace")
    return printable(key)[:MAX_NAME]


def _all_numbers(chunk: bytes) -> array[float] | None:
    """The numbers between commas, or None where one wants a closer look."""
    if b"_" in chunk:
        return None
    try:
        numbers = array("d", map(float, chunk.replace(b",", b" ").split()))
    except ValueError:
        return None
    return None if any(map(math.isinf, numbers)) else numbers


def _value(token: bytes, size: int) -> float | None:
    """The number that a token writes; None for null, true and false.

    Raises:
        _BadTokenError: It is none of these.
    """
    if size > MAX_TOKEN_BYTES:
        raise _BadTokenError(f"token longer than {MAX_TOKEN_BYTES:,} bytes")
    if token in _LITERALS:
        return None
    try:
        value = float(b"" if b"_" in token else token)
    except ValueError:
        raise _BadTokenError("not JSON") from None
    if math.isinf(value) and not token.lower().lstrip(b"+-").startswith(b"inf"):
        raise _BadTokenError(TOO_LARGE)
    return value
