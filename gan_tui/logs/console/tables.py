"""Tables printed among other lines: Markdown, ruled, aligned by blanks, pandas', CSV; a heading, then rows.

What a table is among prose is told by both: a line of names, one of them a counter or a metric, and below
it lines with a number for each of these names.
"""

from __future__ import annotations

import re

from gan_tui.logs.console import vocabulary as words
from gan_tui.logs.console.grammar import MAX_TEXT, Counter, Pair, ParsedLine, printed_number
from gan_tui.logs.parsing.metric_words import sounds_like_metric

MAX_CELL = 60
MAX_COLUMNS = 200
MAX_PAIR = 200
MAX_HEADINGS = 4
_BARS = "|│┃║"
_AT_BARS = re.compile(rf"[{_BARS}]")
_RULE = re.compile(rf"[\s{_BARS}+\-=:_.─━═┄┈┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋┡┩╇╞╡╪╔╗╚╝╠╣╦╩╬╒╕╘╛]+")
_HAS_NUMBER = re.compile(r"(?<![\w.])(?:[-+]?\.?\d|nan\b|[-+]?inf\b)", re.IGNORECASE)
_NUMBER = re.compile(
    r"[-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*(?:e[-+]?\d+)?|\.\d+|nan|inf)%?", re.IGNORECASE
)
_BLANK = frozenset(("", "-", "--", "na", "n/a", "none", "null", "<na>", "..", "..."))
_TIME = re.compile(r"\d+:\d\d(?::\d\d)?(?:\.\d+)?|\d+(?:\.\d+)?(?:s|ms|m|h|min|sec)")
_NO_NAME = re.compile(r"[:=;<>{}]")
_PAIR = re.compile(
    rf"\s*[{_BARS}]?\s*([A-Za-z_][^{_BARS}:=]{{0,60}}?)\s*[{_BARS}]\s*([-+]?[\d.][\w.+-]*|nan|inf)\s*[{_BARS}]?\s*"
)


class PrintedTables:
    """Follows the lines of a console log and reads those that are rows of a table.

    A heading holds for the rows below it, whatever progress bars and messages stand between them. A message
    can look like a heading ("Saved G, D"): the last few are held, the latest first.
    """

    def __init__(self) -> None:
        self._headings: list[tuple[str, list[str]]] = []  # what parts the cells, and their names

    def read(self, text: str) -> ParsedLine | None:
        """What a line says as a part of a table; None for any other line."""
        if len(text) > MAX_TEXT:
            return None
        if not _HAS_NUMBER.search(text):
            self._take_heading(text)
            return None
        barred = _AT_BARS.search(text) is not None
        for mark, names in self._headings:
            if barred == (mark == "|"):
                row = _row(text, mark, names)
                if row is not None:
                    return row
        return _named_cell(text) if barred else None

    def _take_heading(self, text: str) -> None:
        if _RULE.fullmatch(text):
            return
        mark = next((m for m in ("|", "\t", ",") if (_AT_BARS.search(text) if m == "|" else m in text)), " ")
        cells = _cells(text, mark) if mark != " " else re.split(r"\s{2,}", text.strip())
        if mark == " " and len(cells) < 2:
            cells = text.split()
            if not all(words.counter(c) or sounds_like_metric(c) for c in cells):
                return
        named = [c for c in cells if c]
        if not 2 <= len(named) <= MAX_COLUMNS or any(len(c) > MAX_CELL or _NO_NAME.search(c) for c in named):
            return
        if any(words.counter(c) or sounds_like_metric(c) for c in named):
            kept = [heading for heading in self._headings if heading != (mark, cells)]
            self._headings = [(mark, cells), *kept][:MAX_HEADINGS]


def _row(text: str, mark: str, names: list[str]) -> ParsedLine | None:
    """The row's counters and values; None where the line has other cells than the heading."""
    cells = _cells(text, mark)
    if len(cells) == len(names) + 1 and mark == " " and cells[0].isdigit():
        names = ["index", *names]  # pandas numbers its rows
    if len(cells) != len(names):
        return None
    reading = ParsedLine()
    for name, cell in zip(names, cells, strict=True):
        if len(cell) <= MAX_CELL and _NUMBER.fullmatch(cell):
            _give(reading, name, cell)
        elif cell.lower() not in _BLANK and not _TIME.fullmatch(cell) and not _may_say(cell, mark):
            return None  # a sentence of as many words
    counted = [c for c in reading.counters if c.name != "index"]
    reading.counters = counted or reading.counters
    return reading if reading.pairs else None


def _may_say(cell: str, mark: str) -> bool:
    """Whether a cell of a ruled table is a word, such as the phase or a mark for the best row."""
    return mark == "|" and not any(c.isdigit() or c in ":=" for c in cell)


def _cells(text: str, mark: str) -> list[str]:
    if mark == " ":
        return text.split()
    if mark != "|":
        return [cell.strip().strip("\"'") for cell in text.split(mark)]
    cells = [cell.strip() for cell in _AT_BARS.split(text.strip())]
    return cells[bool(cells and not cells[0]) : len(cells) - (len(cells) > 1 and not cells[-1])]


def _give(reading: ParsedLine, name: str, cell: str) -> None:
    """Put a number where it belongs."""
    value = printed_number(cell.rstrip("%"))
    counted = "index" if name == "index" else words.counter(name)
    if counted and value.is_integer():
        reading.counters.append(Counter(counted, value))
    elif name and any(c.isalpha() for c in name) and not words.is_no_series(name):
        reading.pairs.append(Pair(name, value, sure=True))


def _named_cell(text: str) -> ParsedLine | None:
    """A table of two columns, name and value, as loggers of reinforcement learning print it."""
    found = _PAIR.fullmatch(text) if len(text) <= MAX_PAIR else None
    if found is None or not _NUMBER.fullmatch(found[2]):
        return None
    reading = ParsedLine()
    _give(reading, found[1].strip(), found[2])
    reading.heading = bool(reading.counters)
    return reading if reading.counters or reading.pairs else None
