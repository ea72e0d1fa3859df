"""How surely the first bytes of a file are of a format: one small function a format.

Texts are judged by reading their head with the very parser: what gives named points is a log. Scores
are 0.0 to 1.0; where only the name speaks for a format, `BY_NAME`.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from gan_tui.logs.model import Batch, Column, Fault
from gan_tui.logs.parsing.metric_words import sounds_like_metric

if TYPE_CHECKING:
    from gan_tui.logs.model import Parser

SURE = 0.9
"""From this score on, no other format is asked."""
BY_NAME = 0.3
"""The score where the name alone speaks for a format."""
HEAD_BYTES = 65_536
SAMPLE_LINES = 200
MAX_CELL = 300

_NAME = re.compile(r"[^/\\]*$")
_NOT_LOGS = re.compile(
    r"\.(?:py|pyi|pyx|ipynb|c|cc|cpp|cxx|cu|cuh|h|hpp|java|js|ts|go|rs|jl|lua|m|r|rb|pl|sh|bash|bat|ps1|cmake"
    r"|md|rst|tex|bib|html?|css|xml|svg|ya?ml|toml|ini|cfg|conf|gin|lock|prototxt|proto|diff|patch|sql)$"
    r"|^(?:requirements[\w.-]*|license|copying|readme|changelog|authors|makefile|dockerfile|hparams|opt"
    r"|train_opt|test_opt|args|config|params|options|environment)(?:\.\w+)?$",
    re.IGNORECASE,
)
"""Names of source code, documents and settings, which may well hold `name: number`."""
_JSON_LINES_NAME = re.compile(r"\.(?:jsonl|ndjson|jsonlines)$|\.log\.json$|^scalars\.json$", re.IGNORECASE)
_STEP_AND_VALUE = re.compile(r"\s*\d+\s*:\s*[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|nan|inf)\s*", re.IGNORECASE)
_TABLE_NAME = re.compile(r"\.(?:csv|tsv)$", re.IGNORECASE)
_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\r\x08\x1b\0\x0c") + b"\x7f"
_ONE_CONTROL = bytes(1 if c in _CONTROLS or c == 0 else c for c in range(256))
_ROWS_BEFORE_DAMAGE = 20  # what is named as a table and begins as one is one, whatever follows
_LINES_BEFORE_JUNK = 5  # a picture may begin with a few lines of text
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def event_records(head: bytes, filename: str) -> float:
    """TensorBoard event file: a record's length with the right checksum; a damaged one by its name."""
    if head[5:8] == b"\0\0\0":
        from gan_tui.logs.tensorboard.framing import looks_like_events  # noqa: PLC0415 - a text needs it not

        if looks_like_events(head):
            return 1.0
    return BY_NAME if "tfevents" in _basename(filename) else 0.0


def npy(head: bytes, filename: str) -> float:
    """NumPy array of numbers, one or a few to a row, whose name speaks of a metric: the rest is data."""
    if not head.startswith(b"\x93NUMPY"):
        return 0.0
    from gan_tui.logs.metric_file.npy import is_metric_array  # noqa: PLC0415
    from gan_tui.logs.metric_file.text import series_name  # noqa: PLC0415

    if not is_metric_array(head[:4096]):
        return 0.0
    name = series_name(filename).replace("_", " ")
    return 1.0 if sounds_like_metric(name) or "history" in name.lower() else 0.0


def json_document(head: bytes, filename: str) -> float:
    """An array of records, or an object of lists, that tell of a training."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start not in (b"[", b"{") or _is_no_log(filename) or is_binary(head):
        return 0.0
    from gan_tui.logs.json.document import JsonDocumentParser  # noqa: PLC0415

    parser = JsonDocumentParser(filename)
    batch = _points(parser, head)
    if any("not JSON" in f.reason for f in batch.faults[:1]):
        return 0.0
    records = start == b"[" or b"[" in head or any(len(c) > 2 for c in batch.columns)
    return SURE if records and _tells_of_training(batch, parser.axis) else 0.0


def json_lines(head: bytes, filename: str) -> float:
    """Objects, one a line, that tell of a training."""
    name = _basename(filename)
    lines = [x for x in head.lstrip(b"\xef\xbb\xbf").splitlines()[:SAMPLE_LINES] if x and not x.isspace()]
    whole = sum(x.startswith(b"{") and x.rstrip().endswith(b"}") for x in lines)
    if not whole or whole * 2 < len(lines) or _is_no_log(filename):
        return 0.0
    from gan_tui.logs.json.lines import JsonLinesParser  # noqa: PLC0415

    parser = JsonLinesParser()
    batch = _points(parser, head)
    by_name = _JSON_LINES_NAME.search(name) is not None
    if len(batch.faults) > len(lines) // 2:
        return 0.0
    if whole == 1 and name.lower().endswith(".json") and not by_name:
        return 0.0  # settings written on one line
    if _tells_of_training(batch, parser.axis):
        return 0.95
    return BY_NAME if by_name and (whole == 1 or batch.columns) else 0.0


def metric_file(head: bytes, filename: str) -> float:
    """Lines of `step: value` and nothing else."""
    if is_binary(head) or _is_no_log(filename):
        return 0.0
    lines = [x for x in _lines(head) if x.strip()]
    fitting = [x for x in lines if _STEP_AND_VALUE.fullmatch(x)]
    if not lines or len(fitting) < len(lines) or not any(re.search(r":.*[.en]", x) for x in lines):
        return 0.0
    return 0.95


def delimited(head: bytes, filename: str) -> float:
    """Rows with the same number of cells, nearly all of them numbers, maybe with a header above."""
    if is_binary(head) or _is_no_log(filename):
        return 0.0
    lines = [x for x in _lines(head) if x.strip() and not x.startswith("#")]
    by_name = _TABLE_NAME.search(filename) is not None
    comments = [x for x in _lines(head) if x.startswith("#")]
    if not lines:
        return 0.0
    tables = [lines, lines[:_ROWS_BEFORE_DAMAGE]] if by_name else [lines]
    if any(_table_score(rows, d) >= 1.0 for rows in tables for d in ",;\t|"):
        return SURE
    if by_name and any(d in lines[0] for d in ",;\t|"):
        return BY_NAME  # a header, and no row yet
    plain = [x.split() for x in lines]
    if all(len(x) == 1 and _is_cell(x[0]) for x in plain[1:]) and len(plain) > 1:
        from gan_tui.logs.metric_file.text import series_name  # noqa: PLC0415

        if by_name or sounds_like_metric(series_name(filename).replace("_", " ")):
            return SURE  # a single column
    columns = len(plain[-1])
    headed = bool(comments) or len(plain[0]) in (columns, columns - 1)
    if (
        columns > 1
        and headed
        and len(plain) > 2
        and all(len(x) == columns and all(map(_is_cell, x)) for x in plain[1:])
    ):
        heading = plain[0] + comments[-1].split() if comments else plain[0]
        named = any(map(sounds_like_metric, [*heading, _basename(filename)]))
        return 0.8 if named else 0.0
    return 0.0


def text_lines(head: bytes, filename: str) -> float:
    """Printed lines with named numbers that come again, or stand beside a counter."""
    if is_binary(head) or _is_no_log(filename):
        return 0.0
    from gan_tui.logs.console.parser import TextLinesParser  # noqa: PLC0415

    parser = TextLinesParser()
    batch = _points(parser, head)
    counted = parser.axis not in ("", "row")
    rows = max(head.count(b"\n"), head.count(b"\r"))
    best = 0.0
    for column in batch.columns:
        if _all_whole(column):
            continue
        if sounds_like_metric(column.name):
            best = max(best, 0.6 if counted or len(column) > 2 else 0.0)
        elif len(column) > max(2, rows // 4):
            best = max(best, 0.5)
    return best


def is_binary(head: bytes) -> bool:
    """Whether these are the first bytes of a picture, an archive or the like, and not of a text."""
    if head.startswith(_UTF16):
        return False
    sample = head[:4096].replace(b"\0", b"")
    return not sample or len(sample) - len(sample.translate(None, _CONTROLS)) > len(sample) // 100


def before_junk(head: bytes) -> bytes:
    """The lines that a head begins with where junk follows them; empty where there are not several."""
    clean = len(head.translate(_ONE_CONTROL).partition(b"\x01")[0])
    lines = head[: head.rfind(b"\n", 0, clean) + 1]
    return lines if clean < len(head) and lines.count(b"\n") >= _LINES_BEFORE_JUNK else b""


def _points(parser: Parser, head: bytes) -> Batch:
    """What a parser makes of the whole lines of the head, or of all of it where there is but one."""
    cut = head.rfind(b"\n") + 1 if len(head) >= HEAD_BYTES else len(head)
    first = parser.feed(head[: cut or len(head)])
    if cut < len(head):
        return first
    last = parser.finish()
    return Batch((*first.columns, *last.columns), (*first.faults, *last.faults))


def _tells_of_training(batch: Batch, axis: str) -> bool:
    """Whether points have a counter beside them, or a name that speaks of a loss or a score."""
    if axis not in ("", "row"):
        return bool(batch.columns)
    return any(sounds_like_metric(c.name) and len(c) > 1 and not _all_whole(c) for c in batch.columns)


def _all_whole(column: Column) -> bool:
    return bool((column.values == column.values.round()).all())


def _lines(head: bytes) -> list[str]:
    """The first whole lines of a head."""
    from gan_tui.logs.parsing.line_splitter import LineSplitter  # noqa: PLC0415

    splitter = LineSplitter()
    found = [x for x in splitter.feed(head) if not isinstance(x, Fault)]
    if len(head) < HEAD_BYTES:
        found += [x for x in splitter.finish() if not isinstance(x, Fault)]
    return [x.text for x in found[:SAMPLE_LINES]]


def _table_score(lines: list[str], delimiter: str) -> float:
    """1.0 where the lines are a table with this delimiter."""
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=False))
    except csv.Error:
        return 0.0
    width = len(rows[0])
    body = [r for r in rows[1:] if r != rows[0]] or (
        rows if len(rows) > 1 and all(map(_is_cell, rows[0])) else []
    )
    if width < 2 or not body:
        return 0.0
    alike = [r for r in body if len(r) == width]
    if len(alike) * 3 < len(body) * 2:
        return 0.0
    columns = list(zip(*alike, strict=True))
    if any(
        c[0] == name and len({*c}) == 1 and not _is_cell(name)
        for c, name in zip(columns, rows[0], strict=True)
    ):
        return 0.0  # names that every row repeats: printed pairs of name and value
    numeric = [any(map(_is_number, c)) and all(map(_is_cell, c)) for c in columns]
    named = any(n and sounds_like_metric(name) for n, name in zip(numeric, rows[0], strict=True))
    return 1.0 if sum(numeric) >= (1 if named else 2) else 0.0


_CELL = re.compile(
    r"""\s*["'\[(]*\s*(?:tensor\(|np\.\w+\(|array\(\[?)?\s*
    (?:[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[-+]?\d+)?\s*%?|[-+]?(?:nan|inf(?:inity)?))
    (?:\s*,\s*\w+=.*\)?)?\s*[\])]*["']?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_BLANK = frozenset(("", "na", "n/a", "none", "null", "-", "--"))


def _is_number(cell: str) -> bool:
    cell = cell.strip()
    return len(cell) <= MAX_CELL and _CELL.fullmatch(cell) is not None


def _is_cell(cell: str) -> bool:
    return cell.strip().lower() in _BLANK or _is_number(cell)


def _basename(filename: str) -> str:
    found = _NAME.search(filename)
    return found.group() if found else ""


def _is_no_log(filename: str) -> bool:
    return _NOT_LOGS.search(_basename(filename)) is not None
