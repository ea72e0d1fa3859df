"""The law of the text and JSON parsers: however the bytes are cut, the points and faults are the same."""

from __future__ import annotations

import copy
import io
import itertools
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gan_tui.logs.console.grammar import prepared, read_line
from gan_tui.logs.console.line_templates import LineReader
from gan_tui.logs.console.parser import TextLinesParser
from gan_tui.logs.json.document import JsonDocumentParser
from gan_tui.logs.json.lines import JsonLinesParser
from gan_tui.logs.metric_file.npy import NpyParser
from gan_tui.logs.metric_file.text import MetricFileParser
from gan_tui.logs.model import Parser
from gan_tui.logs.parsing.line_splitter import LineSplitter, plain
from tests.helpers.fuzzed import answer
from tests.helpers.printed_lines import CASES


def _npy(array: np.ndarray) -> bytes:
    target = io.BytesIO()
    np.save(target, array)
    return target.getvalue()


RECORDS: list[dict[str, Any]] = [
    {"step": 1, "d_loss": 0.5, "g_loss": -1.25},
    {"step": 2, "d_loss": 0.25, "timestamp": 1714469542.5},
    {"epoch": 1, "fid": 30.5},
    {"mode": "val", "iter": 3, "fid": 20.0},
    {"Loss/D/loss": {"num": 1, "mean": 0.5, "std": 0}, "Progress/kimg": {"num": 1, "mean": 4.0, "std": 0}},
    {"text": 'a "quoted" \\ }', "x": [1, 2], "y": None, "z": True},
]
JSON_LINES = b"".join(json.dumps(r).encode() + b"\n" for r in RECORDS * 3)
DIVERGED_LINES = b"".join(
    json.dumps({"step": i, "d_loss": float("nan"), "x": None if i == 4 else 1}).encode() + b"\n"
    for i in range(6)
)
SPLIT_RECORDS = (
    b'{"a":[{"x":1}\n{"y":2}]}\n{"a":1}{"b":2}\n{"c":\n3}\n{"a NaN": NaN}\n' + b'{"step": 3}\n' * 3
)
DOCUMENTS = [
    json.dumps(RECORDS, indent=2).encode(),
    json.dumps(RECORDS * 2).encode(),
    json.dumps(
        {"epoch": [1, 2, 3], "d_loss": [0.5, None, float("nan")], "fid": [1e9], "x": {"y": [1]}}
    ).encode(),
    json.dumps({"d": {"0": 0.5, "1": 0.25}, "log": RECORDS, "lr": 0.1}, indent=1).encode(),
    b"[0.5, -0, -0, nan, -0.0, 1e999, 12345678901234567890, -0.25e-3, null, 7]",
    b"[[1714469542.5, 10, 0.5], [1714469543.5, 20, 0.25]]",
]
PARSERS: dict[str, tuple[Callable[[], Parser], list[bytes]]] = {
    "text": (TextLinesParser, [c.text.encode() for c in CASES]),
    "jsonl": (
        JsonLinesParser,
        [JSON_LINES, JSON_LINES.replace(b"\n", b"\r\n"), DIVERGED_LINES, SPLIT_RECORDS],
    ),
    "json": (lambda: JsonDocumentParser("d_loss.json"), DOCUMENTS),
    "metric": (lambda: MetricFileParser("G_loss.log"), [b"".join(b"%d: %d.5\n" % (i, i) for i in range(30))]),
    "npy": (
        lambda: NpyParser("G.npy"),
        [_npy(np.arange(20.0)), _npy(np.ones((5, 3), "f4")), _npy(np.zeros((2, 2, 2)))],
    ),
}


def read(
    make: Callable[[], Parser], data: bytes, cuts: list[int], *, settle: bool = False
) -> tuple[Any, ...]:
    parser = make()
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    batches = []
    for a, b in itertools.pairwise(edges):
        batches.append(parser.feed(data[a:b]))
        if settle:
            copy.deepcopy(parser).finish()
    batches.append(parser.finish())
    return (*answer(batches), parser.axis)


@st.composite
def damaged(draw: st.DrawFn, logs: list[bytes]) -> bytes:
    """A log with places overwritten, cut out, put in or put in twice."""
    data = bytearray(draw(st.sampled_from(logs)))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, max(len(data) - 1, 0)))
        length = draw(st.integers(0, 40))
        kind = draw(st.sampled_from(["junk", "cut", "twice", "sign"]))
        if kind == "junk":
            data[place : place + length] = draw(st.binary(max_size=20))
        elif kind == "cut":
            del data[place : place + length]
        elif kind == "twice":
            data[place:place] = data[place : place + length]
        else:
            data[place:place] = draw(
                st.sampled_from([b"\r", b"\n", b"\0", b"\0\0", b'"', b"\\", b"{", b"]", b","])
            )
    return bytes(data)


CUTS = st.lists(st.integers(0, 1 << 20), max_size=12)


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=60, deadline=None)
@given(data=st.data(), cuts=CUTS)
def test_cuts_change_nothing(name: str, data: st.DataObject, cuts: list[int]) -> None:
    make, logs = PARSERS[name]
    log = data.draw(damaged(logs))
    assert read(make, log, cuts) == read(make, log, [])


@pytest.mark.parametrize("name", PARSERS)
def test_byte_by_byte_changes_nothing(name: str) -> None:
    make, logs = PARSERS[name]
    for log in logs:
        assert read(make, log, list(range(len(log)))) == read(make, log, [])


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=20, deadline=None)
@given(data=st.data(), cuts=CUTS)
def test_a_look_at_the_unfinished_end_changes_nothing(
    name: str, data: st.DataObject, cuts: list[int]
) -> None:
    make, logs = PARSERS[name]
    log = data.draw(damaged(logs))
    assert read(make, log, cuts, settle=True) == read(make, log, [])


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=300))
@example(data=b"\xff\xfe")
@example(data=b"\xef\xbb")
def test_junk_never_stops_a_parser(name: str, data: bytes) -> None:
    make, _ = PARSERS[name]
    assert read(make, data, [1, 2, 7, 50]) == read(make, data, [])


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"a", b"bc", b"\n", b"\r", b"\r\n", b"\0", b"\0\0\0", b"\x08", b"x" * 30]),
        max_size=30,
    )
)
def test_lines_do_not_depend_on_the_cuts(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    whole, cut, single = LineSplitter(20), LineSplitter(20), LineSplitter(20)
    once = [*whole.feed(data), *whole.finish()]
    assert [*(x for p in pieces for x in cut.feed(p)), *cut.finish()] == once
    assert [*(x for i in range(len(data)) for x in single.feed(data[i : i + 1])), *single.finish()] == once


# -- templates ------------------------------------------------------------------------------------------

SEEDS = sorted(
    {plain(row) for c in CASES for row in c.text.replace("\r", "\n").replace("\b", "\n").split("\n") if row}
)
NUMBERS = st.one_of(
    st.integers(0, 99_999).map(str),
    st.floats(-1e3, 1e3).map("{:.4f}".format),
    st.floats(-1e9, 1e9).map("{:g}".format),
    st.floats(0, 1e3).map("{:+.3e}".format),
    st.integers(0, 9_999_999).map("{:,}".format),
    st.sampled_from(
        [
            "nan",
            "NaN",
            "inf",
            "-inf",
            "N/A",
            "12%",
            "1:02:03",
            "2024-05-01",
            "3/100",
            "0.5s",
            "1.",
            ".5",
            "007",
        ]
    ),
)


@st.composite
def printed(draw: st.DrawFn) -> list[str]:
    """Lines of one loop: the same but for their numbers, now and then one of another kind between."""
    import re

    seed = draw(st.sampled_from(SEEDS))
    found = list(re.finditer(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?|\bnan\b", seed))
    rows = []
    for _ in range(draw(st.integers(3, 6))):
        row, end = "", 0
        for number in found:
            row += seed[end : number.start()]
            row += draw(NUMBERS) if draw(st.integers(0, 3)) == 0 else number.group()
            end = number.end()
        rows.append(row + seed[end:])
        if draw(st.integers(0, 4)) == 0:
            rows.append(draw(st.sampled_from(SEEDS)))
    return rows


@settings(max_examples=300, deadline=None)
@given(printed())
def test_a_line_template_reads_as_the_grammar_does(rows: list[str]) -> None:
    reader = LineReader()
    for row in rows:
        assert repr(reader.read(row)) == repr(read_line(row)), row


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.source)
def test_templates_are_made_for_every_codebase(case: Any) -> None:
    reader = LineReader()
    rows = [plain(row) for row in case.text.replace("\r", "\n").replace("\b", "\n").split("\n") if row]
    for row in rows * 3:
        assert repr(reader.read(row)) == repr(read_line(row))
    parsed = [prepared(row) for row in rows if read_line(row) is not None]
    assert all(any(template.read(row)[0] for template in reader.templates) for row in parsed)
