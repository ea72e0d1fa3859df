"""Numbers out of a pickle without unpickling it: nothing that it names is imported, nothing is called.

NumPy saves a dictionary of losses (StudioGAN's losses.npy) as a pickle. Its opcodes are walked here by a
machine that knows containers, numbers, texts, and NumPy's own scalars and arrays; whatever else a pickle
asks for is an empty place.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable

import numpy as np
from msgspec import Struct, field

MAX_BYTES = 16 << 20
"""A longer one is no log of losses; walking it would only cost time and memory."""
_KINDS = {f"{kind}{size}" for kind in "fiu" for size in "1248"} - {"f1"}


class BadPickleError(ValueError):
    """No pickle, cut off, or one that uses what is not known here; the message says so in a few words."""


class _Named(Struct, eq=False):
    """Something that a pickle names, never looked up."""

    name: str


class _Dtype(Struct, eq=False):
    """A NumPy type."""

    kind: str
    order: str = "<"


class Items(Struct, eq=False):
    """An array's items in order, its shape forgotten."""

    values: list[object] = field(default_factory=list)


def contents(data: bytes) -> object:
    """What a pickle holds: dict, list, tuple, `Items`, str, float; None for anything else.

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
    """The stack and the memo of a pickle that is walked."""

    def __init__(self) -> None:
        self.stack: list[object] = []
        self._marks: list[int] = []
        self._memo: dict[int, object] = {}

    def step(self, name: str, argument: object) -> None:
        """Do one opcode."""
        if name in _IGNORED:
            return
        if name in _CONTAINERS:
            self.stack.append(_CONTAINERS[name]())
        elif name in _NUMBERS:
            self.stack.append(_number(argument))
        elif "UNICODE" in name or "STRING" in name or "BYTES" in name or "BYTEARRAY" in name:
            self.stack.append(argument)
        elif name in _NOTHING:
            self.stack.append(None)
        elif name in {"PUT", "BINPUT", "LONG_BINPUT"}:
            self._memo[int(str(argument))] = self.stack[-1]
        elif name in {"GET", "BINGET", "LONG_BINGET"}:
            self.stack.append(self._memo[int(str(argument))])
        else:
            act = getattr(self, f"do_{name.lower()}", None)
            if act is None:
                raise BadPickleError(f"pickle with {name.lower()}, which is not read")
            act(argument)

    def do_memoize(self, _: object) -> None:
        self._memo[len(self._memo)] = self.stack[-1]

    def do_mark(self, _: object) -> None:
        self._marks.append(len(self.stack))

    def _since_mark(self) -> list[object]:
        at = self._marks.pop()
        found = self.stack[at:]
        del self.stack[at:]
        return found

    def do_append(self, _: object) -> None:
        value = self.stack.pop()
        self._grow(self.stack[-1], [value])

    def do_appends(self, _: object) -> None:
        values = self._since_mark()
        self._grow(self.stack[-1], values)

    @staticmethod
    def _grow(held: object, values: list[object]) -> None:
        if isinstance(held, list):
            held.extend(values)

    def do_setitem(self, _: object) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._put(self.stack[-1], [key, value])

    def do_setitems(self, _: object) -> None:
        values = self._since_mark()
        self._put(self.stack[-1], values)

    @staticmethod
    def _put(held: object, values: list[object]) -> None:
        if isinstance(held, dict):
            held.update((k, v) for k, v in zip(values[::2], values[1::2], strict=True) if isinstance(k, str))

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
        self._put(self.stack[-1], values)

    def _last(self, count: int) -> tuple[object, ...]:
        found = tuple(self.stack[-count:])
        if len(found) < count:
            raise IndexError
        del self.stack[-count:]
        return found

    def do_global(self, argument: object) -> None:
        self.stack.append(_Named(str(argument).rpartition(" ")[2]))

    def do_stack_global(self, _: object) -> None:
        self.stack.append(_Named(str(self._last(2)[1])))

    def do_reduce(self, _: object) -> None:
        called, arguments = self._last(2)
        name = called.name if isinstance(called, _Named) else ""
        given = arguments if isinstance(arguments, tuple) else ()
        self.stack.append(_made(name, given))

    def do_newobj(self, _: object) -> None:
        self._last(2)
        self.stack.append(None)

    def do_build(self, _: object) -> None:
        state = self.stack.pop()
        held = self.stack[-1]
        if not isinstance(state, tuple):
            return
        if isinstance(held, _Dtype) and len(state) > 1 and state[1] in ("<", ">"):
            held.order = str(state[1])
        elif isinstance(held, Items) and len(state) == 5:
            held.values = _items(state[2], state[4])

    def do_pop(self, _: object) -> None:
        self.stack.pop()

    def do_pop_mark(self, _: object) -> None:
        self._since_mark()

    def do_dup(self, _: object) -> None:
        self.stack.append(self.stack[-1])


def _made(name: str, given: tuple[object, ...]) -> object:
    """What NumPy would have made."""
    if name == "dtype" and given:
        return _Dtype(str(given[0]))
    if name == "_reconstruct":
        return Items()
    if name == "scalar" and len(given) == 2:
        return next(iter(_items(given[0], given[1])), None)
    if name == "encode" and given and isinstance(given[0], str):
        return given[0].encode("latin-1", "replace")  # bytes, as old protocols write them
    if name in {"OrderedDict", "defaultdict"}:
        return {}
    return None


def _items(dtype: object, held: object) -> list[object]:
    """An array's items, from their bytes or as they are."""
    if isinstance(held, list):
        return held
    if isinstance(dtype, _Dtype) and dtype.kind in _KINDS and isinstance(held, bytes | bytearray):
        numbers = np.frombuffer(bytes(held), np.dtype(dtype.order + dtype.kind)).astype(np.float64)
        return list(map(float, numbers))
    return []


def _number(argument: object) -> object:
    if isinstance(argument, bool):
        return None
    return float(str(argument)) if isinstance(argument, int | float) else None


_IGNORED = frozenset(("PROTO", "FRAME"))
_NUMBERS = frozenset(("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"))
_NOTHING = frozenset(("NONE", "NEWTRUE", "NEWFALSE"))
_CONTAINERS: dict[str, Callable[[], object]] = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_TUPLE": tuple}
