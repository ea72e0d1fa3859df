"""Makes untrusted text from logs safe for a terminal. No other module does this."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

LIMIT = 200
"""Default maximum length; longer text is truncated."""
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""Replaces characters that must not reach a terminal and have no Unicode picture."""


def clean(text: str, limit: int = LIMIT) -> str:
    """Return `text` as one harmless line of at most `limit` characters.

    Control characters become their Unicode pictures (ESC becomes ␛, a newline ␊). Bidirectional overrides,
    zero-width characters, lone surrogates and private-use characters become �, so that different names do
    not look the same. Combining marks are composed (NFC) or dropped, every kind of space becomes a plain
    one, and text that is too long ends in an ellipsis.

    Args:
        text: Any text: a tag, a column, a path, a sentence that contains such names.
        limit: Maximum length of the result, at least 1.

    Returns:
        Text without control, format or combining characters; never longer than `limit`.
    """
    # A name may be megabytes long: process only what can be shown, with a margin for combining marks.
    head = text[: limit * 4 + 16]
    if head.isascii() and head.isprintable():
        line = head
    else:
        line = "".join(_safe(c) for c in unicodedata.normalize("NFC", head))
    if len(line) > limit or len(head) < len(text):
        return line[: limit - 1] + "…"
    return line


def escape_json(text: str) -> str:
    r"""Return equivalent JSON with control, format and combining characters escaped as \uXXXX.

    Args:
        text: Output of `json.dumps`, which does not escape DEL, C1 and other characters above ASCII.
    """
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(c if c.isascii() and c != "\x7f" else _escaped(c) for c in text)


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
    return REPLACEMENT if category[0] == "C" else char
