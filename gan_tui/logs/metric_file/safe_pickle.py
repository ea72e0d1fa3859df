"""Reads numbers from a pickle without unpickling: nothing is imported, nothing is called.

NumPy pickles a dictionary of losses (StudioGAN's losses.npy). Only containers, numbers, texts, and NumPy's
scalars and arrays are interpreted; everything else becomes None.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable

import numpy as np
from msgspec import Struct, field

MAX_BYTES = 16 << 20
"""A longer pickle is not a log of losses; reading it would only cost time and memory."""
_KINDS = {f"{kind}{size}" for kind in "fiu" for size in "1248"} - {"f1"}


class BadPickleError(ValueError):
    """Not a pickle, cut off, or with unsupported opcodes; the message gives the reason in a few words."""


class _Global(Struct, eq=False):
    """A class or function that the pickle names; it is never looked up."""

    name: str


class _Dtype(Struct, eq=False):
    """A NumPy type."""

    kind: str
    order: str = "<"


class Items(Struct, eq=False):
    """An array's items in order, without its shape."""

    values: list[object] = field(default_factory=list)


def contents(data: bytes) -> object:
    """Return the content of a pickle: dict, list, tuple, `Items`, str, float; None for anything else.

    Args:
        data: The whole pickle, at most `MAX_BYTES`.

    Raises:
        BadPickleError: It cannot be read.
    """
    if len(data) > MAX_BYTES:
        raise BadPickleError(f"pickle larger than {MAX_BYTES:,} bytes")
    machine = _Machine()
    try:
        for opcode, argument, _ in pickletools.genops(data):
            if opcode.name == "STOP":
                return machine.stack[-1]
            machine.step(opcode.name, argument)
    except BadPickleError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, MemoryError) as error:
        raise BadPickleError("not a pickle, or cut off") from error
    raise BadPickleError("pickle cut off")


class _Machine:
    """The stack and the memo of the pickle machine."""

    def __init__(self) -> None:
        self.stack: list[object] = []
        self._marks: list[int] = []
        self._memo: dict[int, object] = {}

    def step(self, name: str, argument: object) -> None:
        """Execute one opcode."""
        if name in _IGNORED:
            return
        if name in _CONTAINERS:
            self.stack.append(_CONTAINERS[name]())
        elif name in _NUMBERS:
            self.stack.append(_number(argument))
        elif "UNICODE" in name or "STRING" in name or "BYTES" in name or "BYTEARRAY" in name:
            self.stack.append(argument)
        elif name in _NON_NUMBERS:
            self.stack.append(None)
        elif name in {"PUT", "BINPUT", "LONG_BINPUT"}:
            self._memo[int(str(argument))] = self.stack[-1]
        elif name in {"GET", "BINGET", "LONG_BINGET"}:
            self.stack.append(self._memo[int(str(argument))])
        else:
            method = getattr(self, f"do_{name.lower()}", None)
            if method is None:
                raise BadPickleError(f"pickle with {name.lower()}, which is not read")
            method(argument)

    def do_memoize(self, _: object) -> None:
        self._memo[len(self._memo)] = self.stack[-1]

    def do_mark(self, _: object) -> None:
        self._marks.append(len(self.stack))

    def _since_mark(self) -> list[object]:
        at = self._marks.pop()
        items = self.stack[at:]
        del self.stack[at:]
        return items

    def do_append(self, _: object) -> None:
        value = self.stack.pop()
        self._extend(self.stack[-1], [value])

    def do_appends(self, _: object) -> None:
        values = self._since_mark()
        self._extend(self.stack[-1], values)

    @staticmethod
    def _extend(target: object, values: list[object]) -> None:
        if isinstance(target, list):
            target.extend(values)

    def do_setitem(self, _: object) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._update(self.stack[-1], [key, value])

    def do_setitems(self, _: object) -> None:
        values = self._since_mark()
        self._update(self.stack[-1], values)

    @staticmethod
    def _update(target: object, values: list[object]) -> None:
        if isinstance(target, dict):
            target.update(
                (k, v) for k, v in zip(values[::2], values[1::2], strict=True) if isinstance(k, str)
            )

    def do_tuple(self, _: object) -> None:
        self.stack.append(tuple(self._since_mark()))

    def do_tuple1(self, _: object) -> None:
        self.stack.append(self._last(1))

    def do_tuple2(self, _: object) -> None:
        self.stack.append(self._last(2))

    def do_tuple3(self, _: object) -> None:
        self.stack.append(self._last(3))

    def do_list(self, _: object) -> None:
        self.stack.append(self._since_mark())

    def do_dict(self, _: object) -> None:
        values = self._since_mark()
        self.stack.append({})
        self._update(self.stack[-1], values)

    def _last(self, count: int) -> tuple[object, ...]:
        items = tuple(self.stack[-count:])
        if len(items) < count:
            raise IndexError
        del self.stack[-count:]
        return items

    def do_global(self, argument: object) -> None:
        self.stack.append(_Global(str(argument).rpartition(" ")[2]))

    def do_stack_global(self, _: object) -> None:
        self.stack.append(_Global(str(self._last(2)[1])))

    def do_reduce(self, _: object) -> None:
        function, arguments = self._last(2)
        name = function.name if isinstance(function, _Global) else ""
        self.stack.append(_result(name, arguments if isinstance(arguments, tuple) else ()))

    def do_newobj(self, _: object) -> None:
        self._last(2)
        self.stack.append(None)

    def do_build(self, _: object) -> None:
        state = self.stack.pop()
        target = self.stack[-1]
        if not isinstance(state, tuple):
            return
        if isinstance(target, _Dtype) and len(state) > 1 and state[1] in ("<", ">"):
            target.order = str(state[1])
        elif isinstance(target, Items) and len(state) == 5:
            target.values = _items(state[2], state[4])

    def do_pop(self, _: object) -> None:
        self.stack.pop()

    def do_pop_mark(self, _: object) -> None:
        self._since_mark()

    def do_dup(self, _: object) -> None:
        self.stack.append(self.stack[-1])


def _result(name: str, arguments: tuple[object, ...]) -> object:
    """Return what calling NumPy's function of this name would give; None for any other function."""
    if name == "dtype" and arguments:
        return _Dtype(str(arguments[0]))
    if name == "_reconstruct":
        return Items()
    if name == "scalar" and len(arguments) == 2:
        return next(iter(_items(arguments[0], arguments[1])), None)
    if name == "encode" and arguments and isinstance(arguments[0], str):
        return arguments[0].encode("latin-1", "replace")  # bytes, as old protocols write them
    if name in {"OrderedDict", "defaultdict"}:
        return {}
    return None


def _items(dtype: object, data: object) -> list[object]:
    """Return an array's items, from their bytes or from a list of them."""
    if isinstance(data, list):
        return data
    if isinstance(dtype, _Dtype) and dtype.kind in _KINDS and isinstance(data, bytes | bytearray):
        numbers = np.frombuffer(bytes(data), np.dtype(dtype.order + dtype.kind)).astype(np.float64)
        return list(map(float, numbers))
    return []


def _number(argument: object) -> object:
    if isinstance(argument, bool):
        return None
    return float(str(argument)) if isinstance(argument, int | float) else None


_IGNORED = frozenset(("PROTO", "FRAME"))
_NUMBERS = frozenset(("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"))
_NON_NUMBERS = frozenset(("NONE", "NEWTRUE", "NEWFALSE"))
_CONTAINERS: dict[str, Callable[[], object]] = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_TUPLE": tuple}
