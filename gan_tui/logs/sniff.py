"""How surely the first bytes of a file are of a format: one small function a format."""

from __future__ import annotations


def event_records(head: bytes, filename: str) -> float:
    """TensorBoard records: a little-endian length below 2^40 and the name."""
    return 0.4 if "tfevents" in filename else 0.0


def npy(head: bytes, filename: str) -> float:
    """NumPy's own magic bytes."""
    return 1.0 if head.startswith(b"\x93NUMPY") else 0.0


def json_document(head: bytes, filename: str) -> float:
    """An array of objects, or an object of lists."""
    return 0.0


def json_lines(head: bytes, filename: str) -> float:
    """Objects, one a line."""
    return 0.4 if filename.endswith((".jsonl", ".ndjson")) else 0.0


def metric_file(head: bytes, filename: str) -> float:
    """Lines of `step: value`."""
    return 0.0


def delimited(head: bytes, filename: str) -> float:
    """A table with a delimiter."""
    return 0.4 if filename.endswith((".csv", ".tsv")) else 0.0


def text_lines(head: bytes, filename: str) -> float:
    """Lines with named numbers."""
    return 0.0
