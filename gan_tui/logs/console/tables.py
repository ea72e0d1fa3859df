"""Tables among printed lines: Markdown, ruled, aligned by blanks, pandas', CSV.

A table is a line of names, one of them a counter or a metric, above lines with a number for each name.
"""

from __future__ import annotations

import re

from gan_tui.logs.console import vocabulary
from gan_tui.logs.console.grammar import MAX_TEXT, Counter, Pair, ParsedLine, printed_number
from gan_tui.logs.parsing.metric_words import sounds_like_metric

MAX_CELL = 60
MAX_COLUMNS = 200
MAX_PAIR = 200
MAX_HEADINGS = 4
_BARS = "|│┃║"
_BAR = re.compile(rf"[{_BARS}]")
_RULE = re.compile(rf"[\s{_BARS}+\-=:_.─━═┄┈┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋┡┩╇╞╡╪╔╗╚╝╠╣╦╩╬╒╕╘╛]+")
_HAS_NUMBER = re.compile(r"(?<![\w.])(?:[-+]?\.?\d|nan\b|[-+]?inf\b)", re.IGNORECASE)
_NUMBER = re.compile(
    r"[-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*(?:e[-+]?\d+)?|\.\d+|nan|inf)%?", re.IGNORECASE
)
_MISSING = frozenset(("", "-", "--", "na", "n/a", "none", "null", "<na>", "..", "..."))
_TIME = re.compile(r"\d+:\d\d(?::\d\d)?(?:\.\d+)?|\d+(?:\.\d+)?(?:s|ms|m|h|min|sec)")
_NO_NAME = re.compile(r"[:=;<>{}]")
_PAIR = re.compile(
    rf"\s*[{_BARS}]?\s*([A-Za-z_][^{_BARS}:=]{{0,60}}?)\s*[{_BARS}]\s*([-+]?[\d.][\w.+-]*|nan|inf)\s*[{_BARS}]?\s*"
)


class PrintedTables:
    """Reads the lines of a console log that are rows of a table.

    A heading applies to the rows below it, even with progress bars and messages between them. A message
    can look like a heading ("Saved G, D"), so the last few headings are kept, the latest first.
    """

    def __init__(self) -> None:
        self._headings: list[tuple[str, list[str]]] = []  # delimiter of the cells, and their names

    def read(self, text: str) -> ParsedLine | None:
        """Parse a line as part of a table; None for any other line."""
        if len(text) > MAX_TEXT:
            return None
        if not _HAS_NUMBER.search(text):
            self._add_heading(text)
            return None
        has_bar = _BAR.search(text) is not None
        for delimiter, names in self._headings:
            if has_bar == (delimiter == "|"):
                row = _row(text, delimiter, names)
                if row is not None:
                    return row
        return _named_cell(text) if has_bar else None

    def _add_heading(self, text: str) -> None:
        if _RULE.fullmatch(text):
            return
        delimiter = next((m for m in ("|", "\t", ",") if (_BAR.search(text) if m == "|" else m in text)), " ")
        cells = _cells(text, delimiter) if delimiter != " " else re.split(r"\s{2,}", text.strip())
        if delimiter == " " and len(cells) < 2:
            cells = text.split()
            if not all(vocabulary.counter(c) or sounds_like_metric(c) for c in cells):
                return
        named = [c for c in cells if c]
        if not 2 <= len(named) <= MAX_COLUMNS or any(len(c) > MAX_CELL or _NO_NAME.search(c) for c in named):
            return
        if any(vocabulary.counter(c) or sounds_like_metric(c) for c in named):
            others = [heading for heading in self._headings if heading != (delimiter, cells)]
            self._headings = [(delimiter, cells), *others][:MAX_HEADINGS]


def _row(text: str, delimiter: str, names: list[str]) -> ParsedLine | None:
    """Return the row's counters and values; None if the line does not fit the heading."""
    cells = _cells(text, delimiter)
    if len(cells) == len(names) + 1 and delimiter == " " and cells[0].isdigit():
        names = ["index", *names]  # pandas prints row numbers
    if len(cells) != len(names):
        return None
    parsed = ParsedLine()
    for name, cell in zip(names, cells, strict=True):
        if len(cell) <= MAX_CELL and _NUMBER.fullmatch(cell):
            _add_number(parsed, name, cell)
        elif cell.lower() not in _MISSING and not _TIME.fullmatch(cell) and not _may_be_word(cell, delimiter):
            return None  # a sentence with as many words
    counted = [c for c in parsed.counters if c.name != "index"]
    parsed.counters = counted or parsed.counters
    return parsed if parsed.pairs else None


def _may_be_word(cell: str, delimiter: str) -> bool:
    """Return whether a cell of a ruled table is a word, such as the phase or a mark for the best row."""
    return delimiter == "|" and not any(c.isdigit() or c in ":=" for c in cell)


def _cells(text: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        return text.split()
    if delimiter != "|":
        return [cell.strip().strip("\"'") for cell in text.split(delimiter)]
    cells = [cell.strip() for cell in _BAR.split(text.strip())]
    return cells[bool(cells and not cells[0]) : len(cells) - (len(cells) > 1 and not cells[-1])]


def _add_number(parsed: ParsedLine, name: str, cell: str) -> None:
    """Add a number to the counters or the pairs."""
    value = printed_number(cell.rstrip("%"))
    counted = "index" if name == "index" else vocabulary.counter(name)
    if counted and value.is_integer():
        parsed.counters.append(Counter(counted, value))
    elif name and any(c.isalpha() for c in name) and not vocabulary.is_not_series(name):
        parsed.pairs.append(Pair(name, value, sure=True))


def _named_cell(text: str) -> ParsedLine | None:
    """Parse a table of two columns, name and value, as reinforcement-learning loggers print it."""
    match = _PAIR.fullmatch(text) if len(text) <= MAX_PAIR else None
    if match is None or not _NUMBER.fullmatch(match[2]):
        return None
    parsed = ParsedLine()
    _add_number(parsed, match[1].strip(), match[2])
    parsed.heading = bool(parsed.counters)
    return parsed if parsed.counters or parsed.pairs else None
