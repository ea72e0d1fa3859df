"""Columns decoded at once give bit for bit what `float` gives, or say that they cannot."""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gan_tui.logs.csv.fast import decimals, long_decimals
from gan_tui.logs.csv.fast.buffer import BEFORE, ScratchBuffer
from gan_tui.logs.csv.fast.decimals import ColumnReader, read_decimals


def laid_out(cells: list[bytes]) -> tuple[ScratchBuffer, np.ndarray, np.ndarray]:
    data = b",".join([*cells, b""])
    block = ScratchBuffer(len(data))
    block.fill(data)
    lengths = np.array([len(cell) for cell in cells])
    ends = np.cumsum(lengths + 1) - 1 + BEFORE
    return block, ends - lengths, ends


def check(cells: list[bytes], *, all_read: bool = False) -> None:
    """Every value that is given is right, by each way of reading."""
    block, starts, ends = laid_out(cells)
    reader = ColumnReader()
    reader.read(block, starts, ends)
    for read in (read_decimals, ColumnReader().read, reader.read):
        values, odd = read(block, starts, ends)
        for k, cell in enumerate(cells):
            if odd is None or not odd[k]:
                assert struct.pack("d", values[k]) == struct.pack("d", float(cell)), cell
        assert not (all_read and odd is not None and odd.any())


@pytest.fixture(autouse=True)
def every_cell_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decimals, "_MIN_CELLS", 0)


FORMATS = ["%.1f", "%.3f", "%.4f", "%.6f", "%.7f", "%.8f", "%.10f", "%.16f", "%r", "%g", "%.5e", "%.10e"]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("scale", [1e-4, 1.0, 30.0])
def test_losses_in_every_format(form: str, scale: float) -> None:
    rng = random.Random(f"{form}{scale}")  # noqa: S311 - the same numbers each time
    check([(form % rng.gauss(0, scale)).encode() for _ in range(500)])


@pytest.mark.parametrize("form", ["%.4f", "%.6f", "%r"])
def test_ordinary_losses_need_no_float(form: str) -> None:
    rng = random.Random(form)  # noqa: S311 - the same numbers each time
    single = [struct.unpack("f", struct.pack("f", rng.uniform(0.001, 9)))[0] for _ in range(500)]
    check([(form % value).encode() for value in single], all_read=True)


def test_long_decimals_with_the_point_anywhere_are_all_read_without_float() -> None:
    rng = random.Random(3)  # noqa: S311 - the same numbers each time
    cells = []
    for _ in range(4000):
        whole = rng.randrange(10 ** rng.randint(1, 6))
        cells.append(f"{rng.choice(['', '-'])}{whole}.{rng.randrange(10**16):0{rng.randint(0, 16)}}".encode())
    check(cells)
    block, starts, ends = laid_out(cells)
    odd = read_decimals(block, starts, ends)[1]
    assert odd is None or odd.sum() < 4


def test_what_rounding_leaves_out_is_small_beside_what_could_decide() -> None:
    for scales in map(long_decimals.scales_of, range(long_decimals.MAX_WHOLE_DIGITS + 1)):
        assert scales.first_rest > 2.0**-50 * scales.first
        assert scales.second_rest > 2.0**-50 * scales.second
        assert scales.first.as_integer_ratio()[0].bit_length() <= 29
        assert scales.second.as_integer_ratio()[0].bit_length() <= 26


@given(st.integers(12, 22), st.integers(-4, 9), st.integers(-9, 9), st.integers(0, 2**53 - 1))
def test_decimals_as_close_as_can_be_to_halfway_between_two_floats(
    decimals: int, exponent: int, off: int, high: int
) -> None:
    # half / 2**(bits + decimals) lies between two floats near 2**exponent; `half` is chosen so that the
    # decimal is `off` / (2**(bits + decimals) * 5**decimals) away from it.
    bits = 53 - exponent - decimals
    assume(bits > 0 and off % 2)
    half = off * pow(5**decimals, -1, 2**bits) % 2**bits + (2**53 + high) // 2**bits * 2**bits
    digits = str((half * 5**decimals - off) // 2**bits).zfill(decimals + 1)
    check([f"{digits[:-decimals]}.{digits[-decimals:]}".encode()] * 3)


def test_integers_of_any_length() -> None:
    rng = random.Random(1)  # noqa: S311 - the same numbers each time
    check([b"%d" % rng.getrandbits(rng.randint(1, 62)) for _ in range(500)])
    check([b"%d" % step for step in range(99_990, 100_400)], all_read=True)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False).map(lambda v: repr(v).encode()), min_size=1))
def test_any_float_as_python_writes_it(cells: list[bytes]) -> None:
    check(cells)


@settings(max_examples=200)
@given(
    st.lists(st.from_regex(rb"-?[0-9]{0,9}\.?[0-9]{0,22}(?:[eE][-+][0-9]{1,2})?", fullmatch=True), min_size=1)
)
def test_decimals_of_any_form(cells: list[bytes]) -> None:
    numbers = [cell for cell in cells if is_number(cell)]
    if numbers:
        check(numbers)


def is_number(cell: bytes) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


HALFWAY = [
    b"9007199254740993",  # 2**53 + 1, between two floats
    b"9007199254740993.0",
    b"4503599627370497.5",
    b"1.00000000000000011102230246251565",
    b"1.0000000000000001110",
    b"0.1000000000000000055511151231257827",
    b"5e-22",
    b"0.00000000000000000000001",
]


@pytest.mark.parametrize("cell", HALFWAY)
def test_numbers_halfway_between_two_floats(cell: bytes) -> None:
    check([cell])
    check([cell, *[b"1.2345678901234567"] * 20])


JUNK = (
    b". - -. --5 +5 e-05 .e-05 nan 1-5 1.2.3 1:5 1/5 0.5s -1e-0a 1f-05 1.5E+x5 1\xb15 \xff.\xff x.5 1,5"
    b" \x10 1e5e-05"
)


@pytest.mark.parametrize("cell", JUNK.split())
def test_what_is_no_plain_number_is_left(cell: bytes) -> None:
    for cells in ([cell], [cell, *[b"1.5"] * 40], [cell, *[b"0.123456"] * 40], [cell, *[b"12"] * 40]):
        block, starts, ends = laid_out([c.replace(b",", b";") for c in cells])
        warm = ColumnReader()
        warm.read(block, starts[1:] if len(starts) > 1 else starts, ends[1:] if len(ends) > 1 else ends)
        for read in (read_decimals, ColumnReader().read, warm.read):
            _, odd = read(block, starts, ends)
            assert odd is not None
            assert odd[0]
            assert not odd[1:].any()
