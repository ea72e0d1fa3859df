from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.logs.csv.dialect import Dialect
from gan_tui.logs.csv.fast import row_batches
from gan_tui.logs.csv.fast.buffer import BEFORE, ScratchBuffer
from gan_tui.logs.csv.fast.row_batches import RowBatches
from gan_tui.logs.csv.fast.row_templates import MAX_LENGTH, row_template
from gan_tui.logs.csv.fast.tokenizer import find_line_ends

COMMAS = Dialect(b",", ("step", "a", "b"))
SEMICOLONS = Dialect(b";", ("step", "a", "b"))
BLANKS = Dialect(b" ", ("step", "a", "b"))
READ = (0, 1, 2)
DIGITS = [b"%d" % digit for digit in range(10)]


def block_of(text: bytes) -> ScratchBuffer:
    block = ScratchBuffer(len(text))
    block.fill(text)
    return block


def decoded(rows: list[bytes], dialect: Dialect = COMMAS, unsettled: frozenset[int] = frozenset()) -> Any:
    groups = RowBatches(dialect, READ, {0})
    sizes = np.array([len(row) for row in rows])
    begins = np.cumsum(sizes) - sizes + BEFORE
    into = np.full((3, len(rows)), -1.0)
    gaps, left = groups.decode(block_of(b"".join(rows)), begins, sizes, into, unsettled)
    return into, gaps, left.tolist()


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_batches, "_MIN_ROWS", 1)
    monkeypatch.setattr(row_batches, "_MAX_NEW_TEMPLATES", 100)


digits = st.text("0123456789", max_size=10)
plain = st.builds(
    lambda sign, whole, point, rest: (sign + (whole or "7") + point + (rest if point else "")).encode(),
    st.sampled_from(["", "-"]),
    digits,
    st.sampled_from(["", "."]),
    digits,
)


steps = st.integers(0, 10**15).map(lambda n: b"%d" % n)


@given(st.lists(st.tuples(steps, plain, plain), min_size=1, max_size=25))
def test_what_is_decoded_is_what_float_reads(cells: list[tuple[bytes, bytes, bytes]]) -> None:
    into, gaps, left = decoded([b",".join(row) + b"\n" for row in cells])
    assert gaps == [None, None, None]
    for row, expected in enumerate(cells):
        if row not in left:
            assert into[:, row].tobytes() == np.array([float(cell) for cell in expected]).tobytes()
    if max(sum(map(cell.count, DIGITS)) for row in cells for cell in row) < 16:
        assert left == []


def test_rows_of_several_shapes_and_lengths_go_to_their_places() -> None:
    rows = [f"{k},{(-1) ** k * k / 7:.6f},{k * 11 / 3:.3f}\n".encode() for k in range(3000)]
    into, _, left = decoded(rows)
    assert left == []
    for row, line in enumerate(rows):
        if row not in left:
            assert into[:, row].tolist() == [float(cell) for cell in line.split(b",")]


@pytest.mark.parametrize(
    "row",
    [
        b"1,nan,2\n",
        b"1,2e5,3\n",
        b'1,"2",3\n',
        b"1,2\n",
        b"1,2,3,4\n",
        b"1,+2,3\n",
        b"1,2,3",
        b",,\n",
        b"1,--2,3\n",
        b"1,2.3.4,5\n",
        b"1,12345678901234567,2\n",
        b"1,.,2\n",
        b"1,2,3\r\r\n",
        b"#1,2,3\n",
        b"1,2," + b"0" * MAX_LENGTH + b"\n",
    ],
)
def test_what_is_no_row_of_plain_numbers_has_no_shape(row: bytes) -> None:
    assert row_template(row, COMMAS, READ, {0}) is None


def test_rows_that_only_look_alike_are_left() -> None:
    rows = [b"1,0.5,2.5\n", b"2,0.5x2.5\n", b"3,0.5,2:5\n", b"4;0.5,2.5\n", b"5,0.5,2.5\n", b"6,0./,2.5\n"]
    into, _, left = decoded(rows)
    assert left == [1, 2, 3, 5]
    assert into[:, 4].tolist() == [5.0, 0.5, 2.5]


def test_sixteen_digits_are_taken_where_they_are_exact() -> None:
    rows = [b"1,1700000000.123456,1\n", b"2,9700000000.123457,1\n", b"3,8999999999.999999,1\n"]
    into, _, left = decoded(rows)
    assert left == [1]
    assert into[1, [0, 2]].tolist() == [1700000000.123456, 8999999999.999999]


def test_a_blank_cell_is_a_gap() -> None:
    into, gaps, left = decoded([b"1,,2.5\n", b"2,0.5,\n", b"3,,3.5\n"])
    assert left == []
    assert gaps[1].tolist() == [True, False, True]
    assert gaps[2].tolist() == [False, True, False]
    assert np.isnan(into[1, [0, 2]]).all()
    assert into[2, [0, 2]].tolist() == [2.5, 3.5]


def test_a_column_that_is_not_settled_has_to_be_blank() -> None:
    _, _, left = decoded([b"1,,2.5\n", b"2,0.5,2.5\n", b"3,,3.5\n"], unsettled=frozenset({1}))
    assert left == [1]


def test_a_decimal_comma_is_one_where_the_table_has_them_but_not_in_a_counter() -> None:
    into, _, left = decoded([b"1;0,5;-2,25\n", b"1,5;0,5;2,25\n"], SEMICOLONS)
    assert left == [1]
    assert into[:, 0].tolist() == [1.0, 0.5, -2.25]


def test_blanks_around_cells_belong_to_the_shape() -> None:
    into, _, left = decoded([b"1, 0.5 ,2.5\n", b"2, 0.7 ,3.5\r\n"])
    assert left == []
    assert into.tolist() == [[1, 2], [0.5, 0.7], [2.5, 3.5]]
    into, _, left = decoded([b"  1  0.5\t2.5\n", b" 20  0.7\t3.5 \n"], BLANKS)
    assert left == []
    assert into.tolist() == [[1, 20], [0.5, 0.7], [2.5, 3.5]]


def test_what_is_not_worth_it_is_tried_ever_less() -> None:
    groups = RowBatches(COMMAS, READ, {0})
    tried = [groups.is_worth(b"1,nan,x\n") or groups._blocks_to_skip for _ in range(8)]
    assert tried == [1, 0, 3, 2, 1, 0, 7, 6]
    assert not groups.is_worth(b"1,2,3\n")


@given(st.lists(st.sampled_from([b"\n", b"a", b"ab,", b"0123456789"]), max_size=60))
def test_line_ends_are_found(parts: list[bytes]) -> None:
    text = b"".join(parts)
    held = block_of(text).bytes[BEFORE : BEFORE + len(text)]
    assert find_line_ends(held).tolist() == [k for k, c in enumerate(text) if c == 10]
