"""The dialect of a table: delimiter, quotes, header, and where a row ends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from msgspec import Struct

from gan_tui.logs.parsing.numbers import is_missing, number
from gan_tui.logs.parsing.step_axis import is_counter

BLANKS = b" "
"""The delimiter of tables whose cells are separated by runs of blanks and tabs."""
DELIMITERS = (b",", b";", b"\t", b"|", BLANKS)
"""In the order of preference if several fit."""

LINE_END = re.compile(rb"[\r\n\0]")
"""What ends a line of a table; NUL begins a block of damage."""
MAX_COLUMNS = 4096
"""A row with more cells is not from a training log."""
MAX_NAME = 256
MAX_QUOTED = 16_384
"""A quoted cell that continues for more bytes after its line has an accidental quote."""
_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\r") + b"\x7f"


_PARENTHESES = rb"\((?:[^()]|\((?:[^()]|\([^()]*+\))*+\))*+\)"
_SQUARE = rb"\[(?:[^\[\]]|\[[^\[\]]*+\])*+\]"
_QUOTED = rb'"((?:[^"]|"")*+)"'
_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
_COMMENT = re.compile(rb"\s*#+\s*")
_TO_CLOSING = re.compile(rb'(?:[^"]|"")*+')
_SPECIAL = re.compile(rb'["(\[]')
_ANY = b",;\t|"


class Dialect(Struct, frozen=True):
    """How the rows of one table are written."""

    delimiter: bytes
    """One of `DELIMITERS`."""
    names: tuple[str, ...]
    """Its columns, each name once."""
    header: bytes = b""
    """The header's line as it is written; empty if there is none."""

    @property
    def decimal_comma(self) -> bool:
        """Whether a comma in a cell can be a decimal one."""
        return self.delimiter != b","

    def split(self, line: bytes) -> list[bytes]:
        """Return the cells of a row, without the quotes and blanks around them."""
        return split(line, self.delimiter)


def split(line: bytes, delimiter: bytes) -> list[bytes]:
    """Return the cells of a row. Delimiters within quotes, parentheses or brackets do not count."""
    if _SPECIAL.search(line) is None:
        if delimiter == BLANKS:
            return line.split()
        return [cell.strip() for cell in line.split(delimiter)]
    cells = _plain_split(line, delimiter)
    if cells is None:
        return [cell for cell, _, _ in _nested_spans(line, delimiter)]
    cells = [cell.strip() for cell in cells]
    return [cell[1:-1] if cell[:1] == b'"' else cell for cell in cells]


def span(line: bytes, delimiter: bytes, column: int) -> tuple[int, int]:
    """Return where one cell of a row begins and ends in the line."""
    cells = _plain_split(line, delimiter)
    if cells is None:
        _, begin, end = _nested_spans(line, delimiter)[column]
    else:
        begin = sum(map(len, cells[:column])) + column
        end = begin + len(cells[column])
    return begin, end


def _plain_split(line: bytes, delimiter: bytes) -> list[bytes] | None:
    """Return the cells of a row if quotes, parentheses and brackets all close within a cell, else None."""
    if delimiter == BLANKS:
        return None
    if b'"' in line and _simply_quoted(delimiter).fullmatch(line) is None:
        return None
    cells = line.split(delimiter)
    for opening, closing in ((b"(", b")"), (b"[", b"]")):
        if opening in line and any(c.count(opening) != c.count(closing) for c in cells if opening in c):
            return None
    return cells


@cache
def _simply_quoted(delimiter: bytes) -> re.Pattern[bytes]:
    """Return a pattern for rows whose quotes enclose whole cells, without a delimiter inside."""
    stop = re.escape(delimiter)
    blank = b"[ ]*+" if delimiter == b"\t" else rb"[ \t]*+"
    cell = b"(?:" + blank + b'"[^"' + stop + b']*+"' + blank + b'|[^"' + stop + b"]*+)"
    return re.compile(cell + b"(?:" + stop + cell + b")*+", re.DOTALL)


def _nested_spans(line: bytes, delimiter: bytes) -> list[tuple[bytes, int, int]]:
    """Return the cells of a row with quotes or brackets, each with its begin and end."""
    if delimiter == BLANKS:
        line = line.rstrip()
    pattern = _cell_pattern(delimiter)
    spans = []
    position, size = 0, len(line)
    while position <= size:
        cell = pattern.match(line, position)
        assert cell is not None  # both alternatives may be empty
        quoted, plain = cell.groups()
        if quoted is not None:
            spans.append((quoted.replace(b'""', b'"'), *cell.span(1)))
        else:
            spans.append((plain.strip(), *cell.span(2)))
        position = cell.end() + 1
        if cell.end() == size:
            break
    return spans


def row_end(buffer: bytes, start: int, first_end: int, end: int, delimiter: bytes, *, final: bool) -> int:
    """Find the end of a row that may have line endings within its quotes.

    Args:
        buffer: The bytes.
        start: Where the row begins.
        first_end: The first line end after_quote it.
        end: Where the known bytes end.
        delimiter: The table's delimiter; empty if it is not known yet.
        final: No more bytes will come.

    Returns:
        The position of the line ending that ends the row: `first_end`, unless a quoted cell contains it
        and is properly closed; -1 if more bytes are needed.
    """
    stop = first_end
    limit = first_end + MAX_QUOTED
    while True:
        opened = _open_quote(buffer[start:stop], delimiter)
        if opened < 0:
            return stop
        close = _match_end(_TO_CLOSING, buffer, start + opened, min(end, limit))
        if close >= min(end, limit):
            return first_end if final or end >= limit else -1
        after_quote = _match_end(_after(delimiter), buffer, close + 1, end)
        if after_quote >= end and not final:
            return -1
        if (
            after_quote < end
            and buffer[after_quote] not in b"\r\n"
            and bytes((buffer[after_quote],)) not in (delimiter or _ANY)
        ):
            return first_end
        line_end = LINE_END.search(buffer, after_quote, end)
        if line_end is None:
            return end if final else -1
        stop = line_end.start()


def _match_end(pattern: re.Pattern[bytes], buffer: bytes, position: int, end: int) -> int:
    match = pattern.match(buffer, position, end)
    return position if match is None else match.end()


@cache
def _after(delimiter: bytes) -> re.Pattern[bytes]:
    return re.compile(b" *+" if delimiter in {b"\t", BLANKS} else rb"[ \t]*+")


def _open_quote(line: bytes, delimiter: bytes) -> int:
    """Return where the text of an unclosed quoted cell begins; -1 if there is none."""
    if b'"' not in line or (delimiter and _plain_split(line, delimiter) is not None):
        return -1
    pattern, opening = _cell_pattern(delimiter), _opening(delimiter)
    position, size = 0, len(line)
    while position <= size:
        cell = pattern.match(line, position)
        assert cell is not None
        if cell.group(1) is None and (quote := opening.match(line, position)):
            begin = quote.end()
            if _match_end(_TO_CLOSING, line, begin, size) == size:
                return begin
        position = max(cell.end() + 1, position + 1)
    return -1


@cache
def _opening(delimiter: bytes) -> re.Pattern[bytes]:
    return re.compile(rb'[ ]*+"' if delimiter == b"\t" else rb'[ \t]*+"')


@cache
def _cell_pattern(delimiter: bytes) -> re.Pattern[bytes]:
    """Return a pattern for one cell: group 1 within quotes, or group 2 without; ends before a delimiter."""
    if delimiter == BLANKS:
        plain = rb"(?:[^\s(\[]|" + _PARENTHESES + b"|" + _SQUARE + rb"|[(\[])*+"
        return re.compile(rb"\s*+(?:" + _QUOTED + rb"(?=\s|\Z)|(" + plain + b"))", re.DOTALL)
    stop = re.escape(delimiter or _ANY)
    blank = b"[ ]*+" if delimiter == b"\t" else rb"[ \t]*+"
    plain = b"(?:[^" + stop + rb"(\[]|" + _PARENTHESES + b"|" + _SQUARE + rb"|[(\[])*+"
    quoted = blank + _QUOTED + blank + b"(?=[" + stop + rb"]|\Z)"
    return re.compile(b"(?:" + quoted + b"|(" + plain + b"))", re.DOTALL)


# -- headers -------------------------------------------------------------------------------------------


def text_of(cell: bytes) -> str:
    """Decode a cell: UTF-8, else Latin-1, which accepts any bytes."""
    try:
        return cell.decode("utf-8")
    except UnicodeDecodeError:
        return cell.decode("latin-1")


def column_names(cells: list[bytes]) -> tuple[str, ...]:
    """Return names for the columns of a header; missing and duplicate ones are made up."""
    names: dict[str, None] = {}
    copies: dict[str, int] = {}
    for position, cell in enumerate(cells, 1):
        name = " ".join(text_of(cell).split())[:MAX_NAME]
        if not name and position > 1:
            name = f"column {position}"
        unique = name
        while unique in names:
            copies[name] = copies.get(name, 1) + 1
            unique = f"{name} ({copies[name]})"
        names[unique] = None
    return tuple(names)


def numbered_names(count: int) -> tuple[str, ...]:
    """Return names for the columns of a table without a header."""
    return tuple(f"column {position}" for position in range(1, count + 1))


def is_header(cells: list[bytes], table: Dialect) -> bool:
    """Return whether a row in mid-file is a new header: only words, some known or names of counters."""
    if len(cells) > MAX_COLUMNS or len(cells) - cells.count(b"") < min(2, len(table.names)):
        return False
    names = column_names(cells)
    if set(names).isdisjoint(set(table.names) - {""}) and (
        is_junk(b"".join(cells)) or not any(map(is_counter, names))
    ):
        return False
    return all(_is_word(cell) for cell in cells if cell)


def is_junk(line: bytes) -> bool:
    """Return whether a line contains bytes that text does not."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return len(line.translate(None, _CONTROLS)) < len(line)


def _is_word(cell: bytes) -> bool:
    text = text_of(cell)
    return not is_missing(text) and number(text) is None


# -- detection -----------------------------------------------------------------------------------------


def choose(lines: Sequence[bytes]) -> tuple[int, Dialect] | None:
    """Detect the dialect of a table from a line of numbers and one of the lines before it.

    Args:
        lines: The first lines of a log, the last of which is new since the last call.

    Returns:
        The index of the table's first line, which may be a header, and the dialect; None if no line
        fits the last one.
    """
    *before, last = lines
    if len(last.translate(None, _NO_DIGITS)) * 16 < len(last):
        return None  # prose, and expensive to examine
    best: tuple[int, int, Dialect] | None = None
    for delimiter in DELIMITERS:
        row = split(last, delimiter)
        score = _score(row, delimiter)
        minimum = max(len(row) - 2, 1) if delimiter == BLANKS else 1 - len(row)
        if not 2 <= len(row) <= MAX_COLUMNS or score < minimum or (best is not None and score <= best[0]):
            continue
        fits = [(k, t) for k, x in enumerate(before) if (t := _fits(x, last, delimiter)) is not None]
        if fits:
            named = (f for f in fits if f[1].header and any(map(is_counter, f[1].names)))
            best = (score, *next(named, fits[0]))
    if best is not None:
        return best[1:]
    return next(((k, t) for k, x in enumerate(before) if (t := _single_column(x, last)) is not None), None)


def choose_alone(line: bytes) -> Dialect | None:
    """Return the dialect of a log with a single line, if that contains numbers."""
    best = max(DELIMITERS, key=lambda d: _score(split(line, d), d))
    cells = split(line, best)
    if _score(cells, best) <= 0 or len(cells) > MAX_COLUMNS:
        return None
    return Dialect(best, numbered_names(len(cells)))


def from_comment(comment: bytes, table: Dialect) -> Dialect:
    """Return the dialect with a comment before the first row as its header, if it is one (savetxt)."""
    names_line = _COMMENT.sub(b"", comment, count=1)
    cells = split(names_line, table.delimiter)
    if table.header or len(cells) != len(table.names) or not all(_is_word(c) for c in cells[1:]):
        return table
    return Dialect(table.delimiter, column_names(cells), comment)


def _score(cells: list[bytes], delimiter: bytes) -> int:
    """Return the number of cells that are numbers, minus those that are words."""
    score = 0
    for cell in cells[:MAX_COLUMNS]:
        text = text_of(cell)
        if not is_missing(text):
            score += 1 if number(text, decimal_comma=delimiter != b",") is not None else -1
    return score


def _fits(first: bytes, second: bytes, delimiter: bytes) -> Dialect | None:
    """Return the dialect of the two lines as a table with this delimiter; at least two columns."""
    head, row = split(first, delimiter), split(second, delimiter)
    if len(row) == len(head) + 1:
        # A delimiter at the end of each row adds a cell; R omits the name of the row names.
        if not row[-1]:
            head.append(b"")
        elif (len(head) > 1 or b'"' in first) and _score(row[1:], delimiter) > 0:
            head.insert(0, b"")
    if len(row) != len(head):
        return None
    if _is_heading(head, row):
        return Dialect(delimiter, column_names(head), first)
    if _score(head, delimiter) + _score(row, delimiter) <= 0:
        return None
    return Dialect(delimiter, numbered_names(len(head)))


def _is_heading(head: list[bytes], row: list[bytes]) -> bool:
    """Return whether the first line names the columns of the second."""
    texts = [text_of(cell) for cell in head]
    if all(number(t) is None and not is_missing(t) for t in texts[1:]) and number(texts[0]) is None:
        return bool(texts[0]) or len(texts) > 1
    ints = texts if texts[0] else texts[1:]
    # Pandas names unnamed columns 0, 1, 2, ...
    if len(texts) > 1 and ints == [str(n) for n in range(len(ints))]:
        return not texts[0] or len(ints) > 2 or not row[0].isdigit()
    words = [k for k, text in enumerate(texts) if number(text) is None and not is_missing(text)]
    return any(number(text_of(row[k])) is not None for k in words if k < len(row))


def _single_column(first: bytes, second: bytes) -> Dialect | None:
    """Return the dialect of a table of one column, with or without a name."""
    if number(text_of(second.strip().strip(b'"')), decimal_comma=True) is None:
        return None
    title = text_of(first.strip().strip(b'"'))
    if number(title, decimal_comma=True) is not None:
        return Dialect(b",", numbered_names(1))
    if any(mark in first for mark in (b",", b";", b"\t", b"|", b":", b"=")):
        return None
    return Dialect(b",", column_names([first.strip().strip(b'"')]), first)
