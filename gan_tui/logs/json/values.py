"""JSON text into flat named numbers, safe against whatever stands in it."""

from __future__ import annotations

import json
import math
import re
from typing import TypeAlias

from gan_tui.logs.parsing.metric_names import MAX_NAME, printable
from gan_tui.logs.parsing.numbers import TOO_LARGE

Values: TypeAlias = dict[str, float]

MAX_DEPTH = 16
"""Objects nested deeper are left aside: no log names a metric so."""
MAX_LIST = 64
"""Longer lists in a record are data, such as a histogram, and no metrics."""

_HELD_OUT = {"val": "val/", "valid": "val/", "validation": "val/", "eval": "val/", "test": "test/"}
_SNAPSHOT = re.compile(r"(\d{3,})\.\w+$")
# Scripts that format records by hand write Python's lower-case names.
_BARE = re.compile(r"(?<=[:,\[\s])([-+]?)(nan|inf)(?=\s*[,\]}])")


class _Said(float):
    """An infinity that the log wrote as such, and not a number too large for a double."""


_CONSTANTS = {"NaN": math.nan, "Infinity": _Said("inf"), "-Infinity": _Said("-inf")}


class BadJsonError(ValueError):
    """Text that is no JSON object; the message says why in a few words."""


def load(data: bytes) -> dict[str, object]:
    """One JSON object from its bytes.

    Args:
        data: The text of one object, UTF-8. `NaN`, `Infinity` and their lower-case forms are read.

    Raises:
        BadJsonError: It is something else, or nested too deep to read.
    """
    text = data.decode("utf-8", "replace")
    try:
        try:
            found = _parse(text)
        except ValueError:
            found = _parse(_BARE.sub(lambda m: m[1].strip("+") + _PROPER[m[2]], text))
    except RecursionError:
        raise BadJsonError("JSON nested too deep") from None
    except ValueError:
        raise BadJsonError("not JSON, or cut off") from None
    if not isinstance(found, dict):
        raise BadJsonError("not a JSON object")
    return found


_PROPER = {"nan": "NaN", "inf": "Infinity"}


def _parse(text: str) -> object:
    # Integers as floats: a step stays exact to 2^53, and 400 digits are no work.
    return json.loads(text, parse_int=float, parse_constant=_CONSTANTS.__getitem__)


def flatten(record: dict[str, object]) -> tuple[Values, list[str]]:
    """The numbers of a record under flat names.

    Nested names are joined with "/"; StyleGAN's `{"num", "mean", "std"}` is its mean; short lists
    are `name[i]`; a record of `mode: val` has `val/` before its names; texts and booleans are none.

    Returns:
        The numbers by name, and in a few words each what could not be taken.
    """
    values: Values = {}
    beyond: list[str] = []
    results = record.get("results")
    if isinstance(results, dict) and ("metric" in record or "snapshot_pkl" in record):
        # StyleGAN's metric-*.jsonl: what it measured, at the snapshot it measured.
        kimg = _SNAPSHOT.search(str(record.get("snapshot_pkl"))[-40:])
        times = {k: record[k] for k in ("timestamp",) if k in record}
        record = {**({"kimg": float(kimg[1])} if kimg else {}), **times, **results}
    _collect(record, "", values, beyond, 0)
    prefix = _HELD_OUT.get(str(record.get("mode", "")).lower())
    if prefix:
        values = {n if n.lower() in _POSITIONS else prefix + n: v for n, v in values.items()}
    return values, beyond


_POSITIONS = frozenset(
    ["epoch", "iter", "iteration", "step", "global_step", "itr", "kimg", "timestamp", "time", "_step"]
)


def _collect(found: object, name: str, values: Values, beyond: list[str], depth: int) -> None:
    if isinstance(found, float):
        if len(name) > MAX_NAME:
            beyond.append(f"name longer than {MAX_NAME:,} characters")
        elif math.isinf(found) and not isinstance(found, _Said):
            beyond.append(TOO_LARGE)
        else:
            values[printable(name)] = float(found)
    elif isinstance(found, dict) and depth < MAX_DEPTH:
        mean = found.get("mean")
        if isinstance(mean, float) and found.keys() == {"num", "mean", "std"}:
            _collect(mean, name, values, beyond, depth + 1)
            return
        for key, inner in found.items():
            _collect(inner, f"{name}/{key}" if name else key, values, beyond, depth + 1)
    elif isinstance(found, list) and len(found) <= MAX_LIST and depth < MAX_DEPTH:
        for index, inner in enumerate(found):
            if isinstance(inner, float):
                _collect(inner, f"{name}[{index}]", values, beyond, depth + 1)
