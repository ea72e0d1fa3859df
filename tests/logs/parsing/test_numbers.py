"""What a cell's text means as a number."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.logs.parsing.numbers import count, is_missing, number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.5", 0.5),
        (" -1.25e-05 ", -1.25e-05),
        ("+3", 3.0),
        ("inf", math.inf),
        ("-Infinity", -math.inf),
        ("1e999", math.inf),
        ("9" * 400, math.inf),
        ("tensor(10.5290, grad_fn=<BinaryCrossEntropyBackward0>)", 10.529),
        ("tensor(-1.2e-05, device='cuda:0', grad_fn=<Mean(a,b)>)", -1.2e-05),
        ("tensor([[0.6931]])", 0.6931),
        ("torch.tensor(0.5)", 0.5),
        ("tf.Tensor(0.69, shape=(), dtype=float32)", 0.69),
        ("<tf.Tensor: shape=(), dtype=float32, numpy=0.693>", 0.693),
        ("np.float32(0.5)", 0.5),
        ("array([0.5], dtype=float32)", 0.5),
        ("[0.6931]", 0.6931),
        ("(0.5,)", 0.5),
        ('"0.5"', 0.5),
        ("'0.5'", 0.5),
        ("12.3%", 12.3),
        ("50 %", 50.0),
        ("1,234,567", 1234567.0),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("0,693", 0.693),
        ("12,5", 12.5),
        ("1.#INF", math.inf),
        ("\u22120.5", -0.5),
    ],
)
def test_numbers_as_libraries_write_them(text: str, value: float) -> None:
    assert number(text) == value


@pytest.mark.parametrize("text", ["nan", "NaN", "-nan", "1.#QNAN", "tensor(nan)", "[nan]"])
def test_nan_is_a_value(text: str) -> None:
    value = number(text)
    assert value is not None
    assert math.isnan(value)
    assert not is_missing(text)


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "1_000",
        "0x10",
        "1-5",
        "0.5s",
        "[0.1, 0.2]",
        "tensor([1.2, 3.4])",
        "foo(0.5)",
        "()",
        "%",
        "1,2,3",
    ],
)
def test_what_is_no_one_number(text: str) -> None:
    assert number(text) is None
    assert not is_missing(text)


@pytest.mark.parametrize("text", ["", "  ", "NA", "n/a", "N/A", "None", "null", "-", "--", "<NA>"])
def test_words_for_nothing_measured(text: str) -> None:
    assert number(text) is None
    assert is_missing(text)


def test_one_comma_is_ambiguous_unless_it_cannot_delimit() -> None:
    assert number("1,234") is None
    assert number("1,234", decimal_comma=True) == 1.234


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("Epoch 7", 7),
        ("epoch_7", 7),
        ("3/200", 3),
        ("[3/200]", 3),
        ("1,000", 1000),
        ("step 12 of 90", 12),
    ],
)
def test_counters_are_read_freely(text: str, value: float) -> None:
    assert count(text) == value


@pytest.mark.parametrize("text", ["q200", "12x4", "abc", "NA", "1.2.3"])
def test_damaged_counters_are_no_numbers(text: str) -> None:
    assert count(text) is None


def test_endless_texts_are_given_up_at_once() -> None:
    assert number("[" * 100_000) is None
    assert number("tensor(" * 600 + "0.5" + ")" * 600) is None
    assert number("9" * 5_000) is None


@given(st.floats(allow_nan=False))
def test_every_float_is_read_as_python_writes_it(value: float) -> None:
    read = number(repr(value))
    assert read is not None
    assert struct.pack("d", read) == struct.pack("d", value)


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    value = number(text)
    assert value is None or not is_missing(text)
