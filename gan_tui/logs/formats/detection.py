"""Sniffers: one small function for each format scores the first bytes of a file.

The head of a text file is read with the parser of the format: a file that gives named points is a log.
Scores are 0.0 to 1.0, or `BY_NAME` if only the file name matches.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from gan_tui.logs.model import Batch, Column, Fault
from gan_tui.logs.parsing.metric_words import sounds_like_metric

if TYPE_CHECKING:
    from gan_tui.logs.model import Parser

CERTAIN = 0.9
"""From this score on, no other format is tried."""
BY_NAME = 0.3
"""Score if only the file name matches."""
HEAD_BYTES = 65_536
SAMPLE_LINES = 200
MAX_CELL = 300

_NAME = re.compile(r"[^/\\]*$")
_OTHER_FILE = re.compile(
    r"\.(?:py|pyi|pyx|ipynb|c|cc|cpp|cxx|cu|cuh|h|hpp|java|js|ts|go|rs|jl|lua|m|r|rb|pl|sh|bash|bat|ps1|cmake"
    r"|md|rst|tex|bib|html?|css|xml|svg|ya?ml|toml|ini|cfg|conf|gin|lock|prototxt|proto|diff|patch|sql)$"
    r"|^(?:requirements[\w.-]*|license|copying|readme|changelog|authors|makefile|dockerfile|hparams|opt"
    r"|train_opt|test_opt|args|config|params|options|environment)(?:\.\w+)?$",
    re.IGNORECASE,
)
"""Names of source code, documents and settings, which may contain `name: number`."""
_JSON_LINES_NAME = re.compile(r"\.(?:jsonl|ndjson|jsonlines)$|\.log\.json$|^scalars\.json$", re.IGNORECASE)
_STEP_AND_VALUE = re.compile(r"\s*\d+\s*:\s*[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|nan|inf)\s*", re.IGNORECASE)
_TABLE_NAME = re.compile(r"\.(?:csv|tsv)$", re.IGNORECASE)
_CONTROL_CHARS = bytes(c for c in range(32) if c not in b"\t\n\r\x08\x1b\0\x0c") + b"\x7f"
_CONTROLS_TO_ONE = bytes(1 if c in _CONTROL_CHARS or c == 0 else c for c in range(256))
_ROWS_BEFORE_DAMAGE = 20  # a file named and starting as a table is a table, whatever follows
_MIN_TEXT_LINES = 5  # an image may begin with a few lines of text
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def event_records(head: bytes, filename: str) -> float:
    """Score a TensorBoard event file: a record length with the right checksum; a damaged file by its name."""
    if head[5:8] == b"\0\0\0":
        from gan_tui.logs.tensorboard.framing import looks_like_events  # noqa: PLC0415 - not needed for text files

        if looks_like_events(head):
            return 1.0
    return BY_NAME if "tfevents" in _basename(filename) else 0.0


def npy(head: bytes, filename: str) -> float:
    """Score a NumPy array of numbers, one or a few in a row, named after a metric; other arrays are data."""
    if not head.startswith(b"\x93NUMPY"):
        return 0.0
    from gan_tui.logs.metric_file.npy import is_metric_array  # noqa: PLC0415
    from gan_tui.logs.metric_file.text import series_name  # noqa: PLC0415

    if not is_metric_array(head[:4096]):
        return 0.0
    name = series_name(filename).replace("_", " ")
    return 1.0 if sounds_like_metric(name) or "history" in name.lower() else 0.0


def json_document(head: bytes, filename: str) -> float:
    """Score an array of records, or an object of lists, from a training."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start not in (b"[", b"{") or _has_other_name(filename) or is_binary(head):
        return 0.0
    from gan_tui.logs.json.document import JsonDocumentParser  # noqa: PLC0415

    parser = JsonDocumentParser(filename)
    batch = _parse_head(parser, head)
    if any("not JSON" in f.reason for f in batch.faults[:1]):
        return 0.0
    records = start == b"[" or b"[" in head or any(len(c) > 2 for c in batch.columns)
    return CERTAIN if records and _is_training_log(batch, parser.axis) else 0.0


def json_lines(head: bytes, filename: str) -> float:
    """Score lines of JSON objects from a training."""
    name = _basename(filename)
    lines = [x for x in head.lstrip(b"\xef\xbb\xbf").splitlines()[:SAMPLE_LINES] if x and not x.isspace()]
    objects = sum(x.startswith(b"{") and x.rstrip().endswith(b"}") for x in lines)
    if not objects or objects * 2 < len(lines) or _has_other_name(filename):
        return 0.0
    from gan_tui.logs.json.lines import JsonLinesParser  # noqa: PLC0415

    parser = JsonLinesParser()
    batch = _parse_head(parser, head)
    by_name = _JSON_LINES_NAME.search(name) is not None
    if len(batch.faults) > len(lines) // 2:
        return 0.0
    if objects == 1 and name.lower().endswith(".json") and not by_name:
        return 0.0  # settings written on one line
    if _is_training_log(batch, parser.axis):
        return 0.95
    return BY_NAME if by_name and (objects == 1 or batch.columns) else 0.0


def metric_file(head: bytes, filename: str) -> float:
    """Score lines of `step: value` and nothing else."""
    if is_binary(head) or _has_other_name(filename):
        return 0.0
    lines = [x for x in _lines(head) if x.strip()]
    matching = [x for x in lines if _STEP_AND_VALUE.fullmatch(x)]
    if not lines or len(matching) < len(lines) or not any(re.search(r":.*[.en]", x) for x in lines):
        return 0.0
    return 0.95


def delimited(head: bytes, filename: str) -> float:
    """Score rows with the same number of cells, nearly all of them numbers, with or without a header."""
    if is_binary(head) or _has_other_name(filename):
        return 0.0
    lines = [x for x in _lines(head) if x.strip() and not x.startswith("#")]
    by_name = _TABLE_NAME.search(filename) is not None
    comments = [x for x in _lines(head) if x.startswith("#")]
    if not lines:
        return 0.0
    tables = [lines, lines[:_ROWS_BEFORE_DAMAGE]] if by_name else [lines]
    if any(_table_score(rows, d) >= 1.0 for rows in tables for d in ",;\t|"):
        return CERTAIN
    if by_name and any(d in lines[0] for d in ",;\t|"):
        return BY_NAME  # a header without rows so far
    split_lines = [x.split() for x in lines]
    if all(len(x) == 1 and _is_cell(x[0]) for x in split_lines[1:]) and len(split_lines) > 1:
        from gan_tui.logs.metric_file.text import series_name  # noqa: PLC0415

        if by_name or sounds_like_metric(series_name(filename).replace("_", " ")):
            return CERTAIN  # a single column
    columns = len(split_lines[-1])
    has_header = bool(comments) or len(split_lines[0]) in (columns, columns - 1)
    if (
        columns > 1
        and has_header
        and len(split_lines) > 2
        and all(len(x) == columns and all(map(_is_cell, x)) for x in split_lines[1:])
    ):
        heading = split_lines[0] + comments[-1].split() if comments else split_lines[0]
        named = any(map(sounds_like_metric, [*heading, _basename(filename)]))
        return 0.8 if named else 0.0
    return 0.0


def text_lines(head: bytes, filename: str) -> float:
    """Score printed lines with named numbers that repeat, or are printed with a counter."""
    if is_binary(head) or _has_other_name(filename):
        return 0.0
    from gan_tui.logs.console.parser import TextLinesParser  # noqa: PLC0415

    parser = TextLinesParser()
    batch = _parse_head(parser, head)
    has_counter = parser.axis not in ("", "row")
    rows = max(head.count(b"\n"), head.count(b"\r"))
    best = 0.0
    for column in batch.columns:
        if _is_all_integer(column):
            continue
        if sounds_like_metric(column.name):
            best = max(best, 0.6 if has_counter or len(column) > 2 else 0.0)
        elif len(column) > max(2, rows // 4):
            best = max(best, 0.5)
    return best


def is_binary(head: bytes) -> bool:
    """Return whether these are the first bytes of a binary file, such as an image or an archive."""
    if head.startswith(_UTF16):
        return False
    sample = head[:4096].replace(b"\0", b"")
    return not sample or len(sample) - len(sample.translate(None, _CONTROL_CHARS)) > len(sample) // 100


def lines_before_binary(head: bytes) -> bytes:
    """Return the text lines at the start of a head that continues as binary; empty if there are only few."""
    text_bytes = len(head.translate(_CONTROLS_TO_ONE).partition(b"\x01")[0])
    lines = head[: head.rfind(b"\n", 0, text_bytes) + 1]
    return lines if text_bytes < len(head) and lines.count(b"\n") >= _MIN_TEXT_LINES else b""


def _parse_head(parser: Parser, head: bytes) -> Batch:
    """Parse the whole lines of the head, or all of it if it is a single line."""
    cut = head.rfind(b"\n") + 1 if len(head) >= HEAD_BYTES else len(head)
    first = parser.feed(head[: cut or len(head)])
    if cut < len(head):
        return first
    last = parser.finish()
    return Batch((*first.columns, *last.columns), (*first.faults, *last.faults))


def _is_training_log(batch: Batch, axis: str) -> bool:
    """Return whether the points have a counter, or a name that means a loss or a score."""
    if axis not in ("", "row"):
        return bool(batch.columns)
    return any(sounds_like_metric(c.name) and len(c) > 1 and not _is_all_integer(c) for c in batch.columns)


def _is_all_integer(column: Column) -> bool:
    return bool((column.values == column.values.round()).all())


def _lines(head: bytes) -> list[str]:
    """Return the first whole lines of a head."""
    from gan_tui.logs.parsing.line_splitter import LineSplitter  # noqa: PLC0415

    splitter = LineSplitter()
    lines = [x for x in splitter.feed(head) if not isinstance(x, Fault)]
    if len(head) < HEAD_BYTES:
        lines += [x for x in splitter.finish() if not isinstance(x, Fault)]
    return [x.text for x in lines[:SAMPLE_LINES]]


def _table_score(lines: list[str], delimiter: str) -> float:
    """Return 1.0 if the lines are a table with this delimiter."""
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
    full_rows = [r for r in body if len(r) == width]
    if len(full_rows) * 3 < len(body) * 2:
        return 0.0
    columns = list(zip(*full_rows, strict=True))
    if any(
        c[0] == name and len({*c}) == 1 and not _is_cell(name)
        for c, name in zip(columns, rows[0], strict=True)
    ):
        return 0.0  # every row repeats these names: printed pairs of name and value
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
    match = _NAME.search(filename)
    return match.group() if match else ""


def _has_other_name(filename: str) -> bool:
    return _OTHER_FILE.search(_basename(filename)) is not None
