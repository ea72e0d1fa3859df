"""Read one number from its text, in all the forms in which libraries write a loss."""

from __future__ import annotations

import math
import re

MISSING = frozenset(
    (
        "",
        "na",
        "n/a",
        "n.a.",
        "#n/a",
        "<na>",
        "none",
        "null",
        "nil",
        "-",
        "--",
        "---",
        "?",
        "\\n",
        "nat",
        "missing",
    )
)
"""Words for a missing value, in lower case. `nan` is not one of them: it is a value."""

TOO_LARGE = "number too large for a double"
_INFINITE = (math.inf, -math.inf)

_MAX_LENGTH = 4096
"""A longer text is not a number."""

# What MSVC's printf writes for non-finite values.
_NON_FINITE = {
    "1.#inf": "inf",
    "-1.#inf": "-inf",
    "1.#qnan": "nan",
    "-1.#ind": "nan",
    "1.#ind": "nan",
    "∞": "inf",
}
_MINUS = str.maketrans("\u2212\u2013", "--")

# 1,234,567 and 1,234.5 are unambiguous; 1,234 alone may have a decimal comma.
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:(?:,\d{3}){2,}(?:\.\d*)?|(?:,\d{3})+\.\d*)")
_ONE_THOUSAND = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?|[-+]?\d+,(?:[eE][-+]?\d+)?")
_POINTS_THEN_COMMA = re.compile(r"[-+]?[1-9]\d{0,2}(?:\.\d{3})+,\d*")

# tensor(10.5290, grad_fn=<...>), tf.Tensor(0.69, shape=(), dtype=float32), np.float32(0.5), array([0.5]).
_CALL = re.compile(r"[A-Za-z_][\w.]*\(\s*(.*)\)", re.DOTALL)
_NUMPY_FIELD = re.compile(r"numpy=\s*([^\s,>]+)")
_KEYWORD = re.compile(r"\s*[A-Za-z_]\w*\s*=")
_WRAPPERS = frozenset(
    """
    tensor parameter array devicearray jaxarray asarray eagertensor variable scalar
    float16 float32 float64 float128 longdouble half single double bfloat16
    int8 int16 int32 int64 uint8 uint16 uint32 uint64 intc uintc longlong float int str_ str decimal
    """.split()  # noqa: SIM905 - reads better than a list of quotes
)
_BRACKETS = {"[": "]", "(": ")", "{": "}", '"': '"', "'": "'"}
# "Epoch 7", "epoch_7", "[7]", "3/200", "[3/200]", "1,000"; not "q200", a damaged 1200.
_COUNT = re.compile(
    r"(?:[A-Za-z][A-Za-z ._#-]*[A-Za-z#][ ._#:=-]*)?[\[(]?\s*"
    r"(\d{1,3}(?:,\d{3})+|\d+)"
    r"(?:\s*(?:/|of)\s*\d+)?\s*[\])]?"
)


def is_too_large(value: float, text: str | bytes) -> bool:
    """Return whether a value is infinite only because the number in the log exceeds a double.

    Args:
        value: The number that was read.
        text: Its text: `1e999`, 400 digits, or `inf` and the like.
    """
    if value not in _INFINITE:
        return False
    decoded = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return "inf" not in decoded.lower() and "\u221e" not in decoded


def is_missing(text: str) -> bool:
    """Return whether the text stands for a missing value: blank, NA, N/A, None, null, a dash."""
    return len(text) < 16 and text.strip().lower() in MISSING


def number(text: str, *, decimal_comma: bool = False) -> float | None:
    """Return the number in a cell.

    Reads plain numbers like `float` (`nan` and `inf` too), percentages as written (12.3% is 12.3),
    unambiguous thousands separators, and a number enclosed by a tensor, an array, brackets or quotes.

    Args:
        text: The cell.
        decimal_comma: A single comma is a decimal one (1,234 is 1.234), as in tables that are not
            delimited by commas; otherwise `1,234` is ambiguous and not a number.

    Returns:
        The number, or None for anything else: a missing value, words, several numbers.
    """
    if len(text) > _MAX_LENGTH:
        return None
    for _ in range(8):  # layers: "tensor([[0.5]])"
        text = text.strip()
        value = _plain(text, decimal_comma=decimal_comma)
        if value is not None:
            return value
        inner = _unwrapped(text)
        if inner is None:
            return None
        text = inner
    return None


def count(text: str) -> float | None:
    """Return the number in a cell of a column that counts: `5`, `1,000`, `3/200`, `Epoch 7`, `[12]`."""
    value = number(text)
    if value is not None or is_missing(text):
        return value
    match = _COUNT.fullmatch(text.strip()) if len(text) <= _MAX_LENGTH else None
    return None if match is None else float(match[1].replace(",", ""))


def _plain(text: str, *, decimal_comma: bool) -> float | None:
    """Read a number with nothing around it except a percent sign."""
    if not text or "_" in text:  # float() accepts 1_000, which no log means
        return None
    try:
        return float(text)
    except ValueError:
        pass
    if text[-1] == "%":
        return _plain(text[:-1].rstrip(), decimal_comma=decimal_comma)
    if "," in text:
        return _with_comma(text, decimal_comma=decimal_comma)
    if text.lower() in _NON_FINITE:
        return float(_NON_FINITE[text.lower()])
    if text[0] in "\u2212\u2013":
        return _plain(text.translate(_MINUS), decimal_comma=decimal_comma)
    return None


def _with_comma(text: str, *, decimal_comma: bool) -> float | None:
    if _THOUSANDS.fullmatch(text):
        return float(text.replace(",", ""))
    if _POINTS_THEN_COMMA.fullmatch(text):
        return float(text.replace(".", "").replace(",", "."))
    if _DECIMAL_COMMA.fullmatch(text) and (decimal_comma or not _ONE_THOUSAND.fullmatch(text)):
        return float(text.replace(",", "."))
    return None


def _unwrapped(text: str) -> str | None:
    """Return what a tensor, an array, brackets or quotes enclose, if that is one value."""
    if len(text) < 3:
        return None
    if text[0] == "<" and (match := _NUMPY_FIELD.search(text)):
        return match[1]
    inner: str | None = None
    if _BRACKETS.get(text[0]) == text[-1]:
        inner = text[1:-1]
    elif match := _CALL.fullmatch(text):
        if text[: match.start(1)].partition("(")[0].rpartition(".")[2].lower() not in _WRAPPERS:
            return None
        inner = match[1]
    if inner is None:
        return None
    first, *others = inner.split(",")
    # Only settings may follow the value: grad_fn=<...>, device='cuda:0', shape=(), and their parts.
    if others and others[0].strip() and not _KEYWORD.match(others[0]):
        return None
    return first
