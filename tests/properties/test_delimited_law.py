"""The law of tables: however the bytes are cut, and whichever way they are read, the points are the same."""

from __future__ import annotations

import csv
import io
import struct
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gan_tui.logs.csv import parser
from gan_tui.logs.csv.fast import decimals, row_batches
from tests.helpers.table_log import answer, read

HEADERS = [
    ["step", "d_loss", "g_loss", "lr"],
    ["epoch", "iter", "Loss_D", "D(G(z))"],
    ["", "losses", "0", "1"],
    ["0", "1", "2", "3"],
    ["epoch", "time", "mode", "loss"],
    ["timestamp", "x", "x", "a b"],
]
ODD_CELLS = [
    *(
        "",
        "NA",
        "nan",
        "-inf",
        "N/A",
        "None",
        "-",
        "abc",
        "train",
        "12.3%",
        "1_0",
        "+5",
        "--1",
        "1e400",
        ".5",
        "5.",
    ),
    *(
        "tensor(0.5, grad_fn=<A>)",
        '"tensor(0.5, grad_fn=<A>)"',
        "[0.5]",
        "[0.1, 0.2]",
        "(1,2",
        "x(",
        '"0.25"',
    ),
    *(
        '"x,y"',
        '"a""b"',
        '"over\nlines"',
        '"',
        '"open',
        '"1,234.5"',
        "0,5",
        "1,234",
        " 0.5 ",
        "\t0.1",
        "1/200",
    ),
    *("Epoch 3", "#", "µ", "1700000000.5", "9007199254740993"),
]
ODD_LINES = [
    "",
    "   ",
    "# comment",
    "Traceback (most recent call last):",
    "\0\0\0",
    "a,b,c,d,e,f,g",
    '"',
    "1.5",
]

numbers = st.one_of(
    st.floats(-1e3, 1e3).map(lambda v: f"{v:.6f}"),
    st.floats(-1e3, 1e3).map(repr),
    st.floats(allow_nan=False).map(repr),
    st.integers(0, 10**12).map(str),
)
cells = st.one_of(numbers, numbers, numbers, st.sampled_from(ODD_CELLS))


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """Tables with most of the oddities that are met, and some damage."""
    delimiter = draw(st.sampled_from([",", ",", ";", "\t", "|", " ", "  ", ", "]))
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r\r\n", "\r"]))
    names = draw(st.sampled_from(HEADERS))[: draw(st.integers(1, 4))]
    lines = [delimiter.join(names)] if draw(st.booleans()) else []
    step = 0
    for _ in range(draw(st.integers(0, 12))):
        kind = draw(st.integers(0, 19))
        if kind == 0:
            lines.append(
                draw(st.sampled_from([delimiter.join(names), delimiter.join([*names[:1], "fid", "new"])]))
            )
        elif kind == 1:
            lines.append(draw(st.sampled_from(ODD_LINES)))
        else:
            step += draw(st.integers(0, 2))
            row = [str(step), *(draw(cells) for _ in names[1:])]
            lines.append(delimiter.join(row[: len(row) - (kind == 2)] + ["7"] * (kind == 3)))
    text = end.join(lines) + end * draw(st.booleans())
    data = bytearray(text.encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16"]))))
    for place, value in draw(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=2)):
        if data:
            data[place % len(data)] = value
    return bytes(data)


def cut_everywhere(data: bytes) -> list[int]:
    return list(range(len(data)))


@pytest.fixture(params=["row by row", "in blocks", "in small blocks"], scope="module")
def way(request: pytest.FixtureRequest) -> Any:
    """Which way is taken, so that small tables go every way that large ones do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parser, "_MIN_BYTES_FOR_BLOCK", 10**9 if request.param == "row by row" else 0)
        if request.param == "in small blocks":  # a piece is taken in several, as large ones are
            patch.setattr(parser, "_LARGE_FEED_BYTES", 24)
            patch.setattr(parser, "_MIN_BLOCK_BYTES", 40)
            patch.setattr(parser, "MAX_BLOCK_BYTES", 4096)
        patch.setattr(parser, "_MIN_BLOCK_ROWS", 1)
        patch.setattr(decimals, "_MIN_CELLS", 0)
        patch.setattr(row_batches, "_MIN_ROWS", 1)
        patch.setattr(row_batches, "_MAX_PAUSE", 0)
        yield request.param


def by_rows(data: bytes) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parser, "_MIN_BYTES_FOR_BLOCK", 10**9)
        return answer(data)


@settings(max_examples=100, deadline=None)
@given(data=tables(), cuts=st.lists(st.integers(0, 10**6), max_size=6))
@example(data=b"epoch;iter;Loss_D\n0;1;0,5\n0;1,234;0,5\n", cuts=[])  # thousands, and half a unit
def test_cuts_and_ways_change_nothing(way: str, data: bytes, cuts: list[int]) -> None:
    expected = by_rows(data)
    assert answer(data) == expected, way
    assert answer(data, [cut % (len(data) + 1) for cut in cuts]) == expected
    assert answer(data, cut_everywhere(data)) == expected


@settings(max_examples=80, deadline=None)
@given(data=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300), max_size=4))
def test_any_bytes_are_taken(way: str, data: bytes, cuts: list[int]) -> None:
    expected = by_rows(data)
    assert answer(data) == expected, way
    assert answer(data, [min(cut, len(data)) for cut in cuts]) == expected


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.floats(), st.floats(allow_nan=False), st.none() | st.floats(-9, 9)), min_size=1
    ),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
)
def test_what_pythons_csv_module_writes_is_read_as_it_was(
    way: str, rows: list[tuple[float, float, float | None]], delimiter: str, quoting: Any
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting)
    writer.writerow(["step", "a", "b", "c"])
    writer.writerows([k, *row] for k, row in enumerate(rows))
    log = read(out.getvalue())
    assert log.faults == (), way
    for place, name in enumerate("abc"):
        expected = [(k, row[place]) for k, row in enumerate(rows) if row[place] is not None]
        assert log.steps.get(name, []) == [k for k, _ in expected]
        assert [bits(v) for v in log.values.get(name, [])] == [bits(v) for _, v in expected]


def bits(value: float | None) -> bytes:
    return b"nan" if value != value else struct.pack("d", value)  # noqa: PLR0124 - NaN is not itself


@pytest.mark.parametrize("delimiter", [",", ";", " ", ", "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_large_tables_are_read_as_small_ones(delimiter: str, end: str) -> None:
    rows = [
        delimiter.join((str(k), f"{k / 7:.6f}", repr(1 / (k + 1)), f"{k / 1e5:.3e}")) for k in range(30_000)
    ]
    for odd in range(50, 30_000, 977):  # what breaks the pattern, here and there
        rows[odd] = ODD_LINES[odd % len(ODD_LINES)]
    data = end.join([delimiter.join(("step", "a", "b", "c")), *rows, ""]).encode()
    expected = by_rows(data)
    assert answer(data) == expected
    assert answer(data, range(0, len(data), 70_001)) == expected
    assert len(expected[0]["b"][0]) > 29_000
