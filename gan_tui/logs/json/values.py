"""Decode JSON records, one or many at once, and flatten them to named numbers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias, TypeGuard

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from gan_tui.logs.parsing.metric_names import MAX_NAME, printable
from gan_tui.logs.parsing.numbers import TOO_LARGE

Values: TypeAlias = dict[str, float]

MAX_DEPTH = 16
"""Objects nested deeper are ignored: no log names a metric that way."""
MAX_LIST = 64
"""Longer lists in a record are data, such as a histogram, and no metrics."""

_SPLIT_PREFIXES = {"val": "val/", "valid": "val/", "validation": "val/", "eval": "val/", "test": "test/"}
_UNPREFIXED = frozenset(
    ["epoch", "iter", "iteration", "step", "global_step", "itr", "kimg", "timestamp", "time", "_step"]
)
_SNAPSHOT = re.compile(r"(\d{3,})\.\w+$")
# Scripts that format records by hand write Python's lower-case names.
_LOWER_CASE = re.compile(r"(?<=[:,\[\s])([-+]?)(nan|inf)(?=\s*[,\]}])")
_CONSTANT_NAMES = {"nan": "NaN", "inf": "Infinity"}


class BadJsonError(ValueError):
    """Text that is not a JSON object; the message gives the reason in a few words."""


class _ExplicitInfinity(float):
    """An infinity that the log writes as one, unlike a number too large for a double."""


class _Statistic(Struct, forbid_unknown_fields=True):
    """What StyleGAN logs for each metric."""

    num: float
    mean: float
    std: float


_CONSTANTS = {
    "NaN": math.nan,
    "Infinity": _ExplicitInfinity("inf"),
    "-Infinity": _ExplicitInfinity("-inf"),
}
_INFINITIES = (math.inf, -math.inf)
_STATISTIC_KEYS = frozenset(_Statistic.__struct_fields__)

_Plain: TypeAlias = float | str | bool | _Statistic | None
"""A value that needs no walk."""
_decode_any = Decoder().decode
_LINE_DECODERS = (
    Decoder(dict[str, float]).decode_lines,
    Decoder(dict[str, _Plain]).decode_lines,
    Decoder(dict[str, object]).decode_lines,
)
_ARRAY_DECODERS = (
    Decoder(list[dict[str, float]]).decode,
    Decoder(list[dict[str, _Plain]]).decode,
    Decoder(list[dict[str, object]]).decode,
)


def load(data: bytes) -> dict[str, object]:
    """Decode one JSON object.

    Args:
        data: The text of one object, UTF-8. `NaN`, `Infinity` and their lower-case forms are accepted.

    Raises:
        BadJsonError: The text is something else, or nested too deep to read.
    """
    try:
        value = _decode_any(data)
    except (DecodeError, RecursionError):
        value = _load_leniently(data)
    if not isinstance(value, dict):
        raise BadJsonError("not a JSON object")
    return value


def _load_leniently(data: bytes) -> object:
    """Decode what msgspec refuses: NaN, infinities, numbers beyond a double, bad UTF-8, lone surrogates."""
    text = data.decode("utf-8", "replace")
    try:
        try:
            return _parse(text)
        except ValueError:
            return _parse(_LOWER_CASE.sub(lambda m: m[1].strip("+") + _CONSTANT_NAMES[m[2]], text))
    except RecursionError:
        raise BadJsonError("JSON nested too deep") from None
    except ValueError:
        raise BadJsonError("not JSON, or cut off") from None


def _parse(text: str) -> object:
    # Integers as floats: a step stays exact to 2^53, and 400 digits are no work.
    return json.loads(text, parse_int=float, parse_constant=_CONSTANTS.__getitem__)


def read_lines(lines: list[bytes]) -> list[Values] | None:
    """Read many records at once, one on each line.

    Args:
        lines: Lines without their endings, at least one.

    Returns:
        What `flatten(load(line))` gives for each line; None where a line needs a closer look.
    """
    block = b"\n".join(lines)
    # No record can go across "}\n{", so as many records as lines means one on each.
    if block[:1] != b"{" or block[-1:] != b"}" or block.count(b"}\n{") != len(lines) - 1:
        return None
    records = _read_together(block, *_LINE_DECODERS)
    return records if records is not None and len(records) == len(lines) else None


def read_elements(data: bytes) -> list[Values] | None:
    """Read many records at once, the elements of a JSON array.

    Args:
        data: The elements with the commas between them.

    Returns:
        What `flatten(load(element))` gives for each element; None where one needs a closer look.
    """
    return _read_together(b"[" + data + b"]", *_ARRAY_DECODERS)


def _read_together(
    block: bytes,
    decode_numbers: Callable[[bytes], list[Values]],
    decode_plain: Callable[[bytes], list[dict[str, _Plain]]],
    decode_any: Callable[[bytes], list[dict[str, object]]],
) -> list[Values] | None:
    """Decode records by the first of three decoders that can: each takes more, and takes longer."""
    if b"NaN" in block:
        return _read_with_nan(block, decode_plain)
    readers: tuple[Callable[[], list[Values]], ...] = (
        lambda: decode_numbers(block),
        lambda: [_flatten_plain(record) for record in decode_plain(block)],
        lambda: [_flatten_any(record) for record in decode_any(block)],
    )
    for read in readers:
        with suppress(DecodeError, RecursionError, BadJsonError):
            records = read()
            names = _names_of(records)
            return None if "results" in names or any(len(n) > MAX_NAME for n in names) else records
    return None


def _read_with_nan(
    block: bytes, decode_plain: Callable[[bytes], list[dict[str, _Plain]]]
) -> list[Values] | None:
    """Decode records with `NaN`, as a diverged training writes them, by way of null, which msgspec knows."""
    if b"null" in block or b"\\N" in block:  # "\\NaN" is no escape, but "\\null" is one
        return None
    try:
        plain = decode_plain(block.replace(b"NaN", b"null"))
    except DecodeError:
        return None
    records = [_flatten_plain(record, null=math.nan) for record in plain]
    changed_or_long = any("null" in n or n == "results" or len(n) > MAX_NAME for n in _names_of(records))
    return None if changed_or_long else records


def _names_of(records: list[Values]) -> set[str]:
    return set().union(*records)


def _flatten_plain(record: dict[str, _Plain], null: float | None = None) -> Values:
    """Return what `flatten` does; `null` is the number that null stands for, if any."""
    values: Values = {}
    for name, value in record.items():
        number = value.mean if isinstance(value, _Statistic) else null if value is None else value
        if isinstance(number, float):
            values[name] = number
    return _with_split(record.get("mode"), values)


def _flatten_any(record: dict[str, object]) -> Values:
    """Return what `flatten` does.

    Raises:
        BadJsonError: Some of it cannot be read.
    """
    values, problems = flatten(record)
    if problems:
        raise BadJsonError(problems[0])
    return values


def flatten(record: dict[str, object]) -> tuple[Values, list[str]]:
    """Return the numbers of a record under flat names.

    Nested names are joined with "/"; StyleGAN's `{"num", "mean", "std"}` becomes its mean; short lists
    become `name[i]`; the names of a record with `mode: val` get the prefix `val/`; texts and booleans
    are ignored.

    Returns:
        The numbers by name, and the reasons why others could not be read, in a few words each.
    """
    values: Values = {}
    problems: list[str] = []
    results = record.get("results")
    if isinstance(results, dict) and ("metric" in record or "snapshot_pkl" in record):
        # StyleGAN's metric-*.jsonl: what it measured, at the snapshot it measured.
        kimg = _SNAPSHOT.search(str(record.get("snapshot_pkl"))[-40:])
        times = {k: record[k] for k in ("timestamp",) if k in record}
        record = {**({"kimg": float(kimg[1])} if kimg else {}), **times, **results}
    _collect(record, "", values, problems, 1)
    return _with_split(record.get("mode"), values), problems


def _with_split(mode: object, values: Values) -> Values:
    """Return the values of a record of this mode: the names of a validation get the prefix `val/`."""
    prefix = _SPLIT_PREFIXES.get(mode.lower()) if isinstance(mode, str) else None
    if prefix is None:
        return values
    return {n if n.lower() in _UNPREFIXED else prefix + n: v for n, v in values.items()}


def _collect(record: dict[str, object], prefix: str, values: Values, problems: list[str], depth: int) -> None:
    """Add the numbers of an object; `depth` is that of its values."""
    for key, value in record.items():
        name = f"{prefix}/{key}" if prefix else key
        kind = type(value)
        if kind is str or kind is bool or value is None:
            continue
        if isinstance(value, (float, int)):
            _store(name, value, values, problems)
        elif isinstance(value, dict) and depth < MAX_DEPTH:
            mean = value.get("mean")
            if _is_number(mean) and value.keys() == _STATISTIC_KEYS:
                _store(name, mean, values, problems)
            else:
                _collect(value, name, values, problems, depth + 1)
        elif isinstance(value, list) and len(value) <= MAX_LIST and depth < MAX_DEPTH:
            for index, item in enumerate(value):
                if _is_number(item):
                    _store(f"{name}[{index}]", item, values, problems)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (float, int)) and not isinstance(value, bool)


def _store(name: str, value: float, values: Values, problems: list[str]) -> None:
    if len(name) > MAX_NAME:
        problems.append(f"name longer than {MAX_NAME:,} characters")
        return
    try:
        number = float(value)
    except OverflowError:  # an integer of hundreds of digits
        number = math.inf
    if number in _INFINITIES and not isinstance(value, _ExplicitInfinity):
        problems.append(TOO_LARGE)
    else:
        values[printable(name)] = number
