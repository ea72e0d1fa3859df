"""The table of log formats: which parser reads a file, judging by its first bytes, then by its name.

To add a format, write one module with a parser (and its sniffer) and add one row to `FORMATS`. Parser
modules are imported on first use, so that a CSV file never loads the protobuf reader.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from msgspec import Struct

from gan_tui.errors import UsageError
from gan_tui.logs.formats import detection
from gan_tui.logs.model import Parser

HEAD_BYTES = detection.HEAD_BYTES
"""How many of a file's first bytes `detect` needs; more are allowed."""


class ParserFactory(Protocol):
    """Creates a new parser for one log."""

    def __call__(self, filename: str = "") -> Parser:
        """Return a parser; `filename` is the log's name or path, for formats that name the series by it."""


class Sniffer(Protocol):
    """Returns how certainly a file's first bytes belong to a format."""

    def __call__(self, head: bytes, filename: str) -> float:
        """Return 0.0 (no) to 1.0 (certain); `detection.BY_NAME` if only the name matches."""


class Format(Struct, frozen=True):
    """A log format that can be read."""

    name: str
    """Its name for `--format`."""
    make_parser: ParserFactory
    """Creates a new parser: `make_parser()` or `make_parser(filename)`."""
    sniff: Sniffer
    """How certainly the head of a file belongs to this format."""
    description: str
    """One line for help and documentation."""
    examples: tuple[str, ...]
    """Typical file names."""


def detect(head: bytes, filename: str) -> Format | None:
    """Detect the format of a log, from its content first and its name second.

    Args:
        head: The first `HEAD_BYTES` of the file or pipe, or all bytes of a shorter one.
        filename: Name or path of the file; "" for a pipe.

    Returns:
        The format, or None if nothing matches: prose, source code, settings, images, or a log that is
        still too short. Repeat the detection once the file has grown.
    """
    detected = _best_match(head, filename)
    if detected is None:
        # A damaged or partly overwritten log is recognised by the lines before the damage.
        lines = detection.lines_before_binary(head)
        detected = _best_match(lines, filename) if lines else None
    return detected


def _best_match(head: bytes, filename: str) -> Format | None:
    best: Format | None = None
    best_score = 0.0
    for candidate in FORMATS:
        score = candidate.sniff(head, filename)
        if score > best_score:
            best, best_score = candidate, score
        if best_score >= detection.CERTAIN:
            break
    return best


def by_name(name: str) -> Format:
    """Return the format named by `--format`.

    Raises:
        UsageError: No format has this name; the hint lists all formats.
    """
    for candidate in FORMATS:
        if candidate.name == name:
            return candidate
    raise UsageError(f"Unknown format {name!r}", "Formats: " + ", ".join(f.name for f in FORMATS))


def _lazy(module: str, parser: str) -> ParserFactory:
    def make(filename: str = "") -> Parser:  # noqa: ARG001 - part of `ParserFactory`
        return cast("Parser", getattr(import_module(f"gan_tui.logs.{module}"), parser)())

    return make


def _lazy_named(module: str, parser: str) -> ParserFactory:
    def make(filename: str = "") -> Parser:
        return cast("Parser", getattr(import_module(f"gan_tui.logs.{module}"), parser)(filename))

    return make


FORMATS: tuple[Format, ...] = (
    Format(
        "tensorboard",
        _lazy("tensorboard.parser", "EventParser"),
        detection.event_records,
        "TensorBoard event file",
        ("events.out.tfevents.1714469542.host.2137.0",),
    ),
    Format(
        "npy",
        _lazy_named("metric_file.npy", "NpyParser"),
        detection.npy,
        "NumPy array, one series named by the file",
        ("d_losses.npy", "losses.npy"),
    ),
    Format(
        "jsonl",
        _lazy("json.lines", "JsonLinesParser"),
        detection.json_lines,
        "JSON lines, one record a line",
        ("stats.jsonl", "metrics.jsonl", "20210701_120000.log.json", "scalars.json"),
    ),
    Format(
        "json",
        _lazy_named("json.document", "JsonDocumentParser"),
        detection.json_document,
        "JSON array of records, rewritten in place, or JSON object of lists",
        ("log", "history.json", "losses.json"),
    ),
    Format(
        "metric",
        _lazy_named("metric_file.text", "MetricFileParser"),
        detection.metric_file,
        "one file for each metric, `step: value` on each line",
        ("G_loss.log", "D_loss_real.log"),
    ),
    Format(
        "csv",
        _lazy("csv.parser", "DelimitedParser"),
        detection.delimited,
        "CSV, TSV or any other delimited table",
        ("metrics.csv", "losses.csv", "history.tsv"),
    ),
    Format(
        "text",
        _lazy("console.parser", "TextLinesParser"),
        detection.text_lines,
        "lines that training scripts print, loss_log.txt, progress bars",
        ("loss_log.txt", "train.log", "nohup.out", "slurm-1234.out"),
    ),
)
"""All formats, the most reliably detected first: the first certain one wins."""
