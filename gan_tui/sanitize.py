"""Text that comes from logs is hostile: this is the one place where it is made fit for a screen."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

LIMIT = 200
"""Names longer than this are cut unless a caller says otherwise."""
BAD = "\N{REPLACEMENT CHARACTER}"
"""Stands for what must not reach a terminal and has no picture of its own."""


def clean(text: str, limit: int = LIMIT) -> str:
    """`text` as one harmless line of at most `limit` characters.

    Control characters become their Unicode pictures (ESC is shown as ␛, a newline as ␊). Bidirectional
    overrides, zero-width characters, lone surrogates and private characters become �, so that two
    names that differ do not look the same. Combining marks are dropped after composing what composes,
    every kind of space becomes a plain one, and what is too long ends in an ellipsis.

    Args:
        text: Anything: a tag, a column, a path, a sentence with such names in it.
        limit: Most characters of the result, at least 1.

    Returns:
        Text without control, format or combining characters; never longer than `limit`.
    """
    # A name may be megabytes long: look at no more of it than can be shown, with room for marks.
    head = text[: limit * 4 + 16]
    if head.isascii() and head.isprintable():
        shown = head
    else:
        shown = "".join(_safe(c) for c in unicodedata.normalize("NFC", head))
    if len(shown) > limit or len(head) < len(text):
        return shown[: limit - 1] + "…"
    return shown


def as_escapes(dumped: str) -> str:
    r"""JSON with control, format and combining characters written as \uXXXX, to be printed on a terminal.

    Args:
        dumped: What `json.dumps` gave, which leaves DEL, C1 and everything above as it is.

    Returns:
        JSON that says the same.
    """
    if dumped.isascii() and "\x7f" not in dumped:
        return dumped
    return "".join(c if c.isascii() and c != "\x7f" else _escaped(c) for c in dumped)


@lru_cache(4096)
def _escaped(char: str) -> str:
    if unicodedata.category(char)[0] not in "CM" and unicodedata.category(char) not in {"Zl", "Zp"}:
        return char
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


@lru_cache(4096)
def _safe(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    category = unicodedata.category(char)
    if category == "Zs":
        return " "
    if category in {"Zl", "Zp"}:
        return "␊"
    if category[0] == "M":
        return ""
    return BAD if category[0] == "C" else char
