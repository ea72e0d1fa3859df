"""One table of log formats: which parser reads a file, told by its first bytes, then by its name.

Adding a format is one module with a parser (and its sniffer) and one row of `FORMATS`. Parsers are
imported when one is first made, so that a CSV file never loads protobuf.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from msgspec import Struct

from gan_tui.errors import UsageError
from gan_tui.logs.formats import detection
from gan_tui.logs.model import Parser

HEAD_BYTES = detection.HEAD_BYTES
"""How many of a file's first bytes `detect` looks at; more do no harm."""


class ParserFactory(Protocol):
    """Makes a fresh parser for one log."""

    def __call__(self, filename: str = "") -> Parser:
        """A parser; `filename` is the log's name or path, for formats whose name is the series."""


class Sniffer(Protocol):
    """Says how surely a file's first bytes are of a format."""

    def __call__(self, head: bytes, filename: str) -> float:
        """From 0.0 (no) to 1.0 (certain). `detection.BY_NAME` where only the name speaks for it."""


class Format(Struct, frozen=True):
    """A kind of log that can be read."""

    name: str
    """What `--format` calls it."""
    make_parser: ParserFactory
    """Makes a fresh parser: `make_parser()` or `make_parser(filename)`."""
    sniff: Sniffer
    """How surely a head of bytes is of this format."""
    description: str
    """One line for help and documents."""
    examples: tuple[str, ...]
    """File names under which it is met."""


def detect(head: bytes, filename: str) -> Format | None:
    """The format of a log, from its content first and its name second.

    Args:
        head: The first bytes of the file or pipe, `HEAD_BYTES` of them where there are so many.
        filename: Name or path of the file; "" for a pipe.

    Returns:
        The format, or None where nothing speaks for any: prose, source code, settings, pictures, or
        a log that is still too short to tell. Ask again once the file has grown.
    """
    found = _best(head, filename)
    if found is None:
        # A log whose disk failed, or that was written over, is told by the lines before the damage.
        whole = detection.before_junk(head)
        found = _best(whole, filename) if whole else None
    return found


def _best(head: bytes, filename: str) -> Format | None:
    best: Format | None = None
    best_score = 0.0
    for candidate in FORMATS:
        score = candidate.sniff(head, filename)
        if score > best_score:
            best, best_score = candidate, score
        if best_score >= detection.SURE:
            break
    return best


def by_name(name: str) -> Format:
    """The format that `--format` names.

    Raises:
        UsageError: No format has this name; the hint lists those there are.
    """
    for candidate in FORMATS:
        if candidate.name == name:
            return candidate
    raise UsageError(f"Unknown format {name!r}", "Formats: " + ", ".join(f.name for f in FORMATS))


def _lazy(module: str, parser: str) -> ParserFactory:
    def make(filename: str = "") -> Parser:  # noqa: ARG001 - as `ParserFactory` wants it
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
"""Every format, the most certain to tell first: the first one that is sure wins."""
