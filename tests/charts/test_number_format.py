from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.charts.number_format import duration, label, moment, nice_step, whole_number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.25, "0.25"),
        (1.386294, "1.386"),
        (12.5, "12.5"),
        (1234.0, "1234"),
        (12_500.0, "12.5k"),
        (3.4e-5, "3.4e-5"),
        (1e30, "1e30"),
        (-1.2345e-300, "-1e-300"),
        (2_500_000.0, "2.5M"),
        (math.nan, "NaN"),
        (-math.inf, "-inf"),
    ],
)
def test_values(value: float, text: str) -> None:
    assert label(value) == text


def test_neighbours_determine_the_digits() -> None:
    assert [label(v, 0.5) for v in (-0.5, 0.0, 0.5, 1.0)] == ["-0.5", "0", "0.5", "1.0"]
    assert [label(v, 0.25) for v in (1.25, 1.5)] == ["1.25", "1.50"]
    assert label(3e-17, 0.5) == "0"


@given(st.floats(), st.none() | st.floats(1e-12, 1e12))
def test_never_longer_than_seven_characters(value: float, step: float | None) -> None:
    assert 1 <= len(label(value, step)) <= 7


@given(st.floats(allow_nan=False, allow_infinity=False).filter(lambda v: 1e-290 < abs(v) < 1e300))
def test_a_label_is_near_its_value(value: float) -> None:
    text = label(value)
    read = float(text.replace("k", "e3").replace("M", "e6"))
    assert read == pytest.approx(value, rel=0.06 if 1e-9 < abs(value) < 1e9 else 0.5)


@given(st.integers(-(2**63), 2**63 - 1))
def test_steps_fit_too(value: int) -> None:
    assert 1 <= len(whole_number(value)) <= 7


@pytest.mark.parametrize(
    ("value", "step", "text"),
    [(0, 1000, "0"), (500, 500, "500"), (2000, 1000, "2k"), (12_500, 500, "12.5k"), (3_000_000, 10**6, "3M")],
)
def test_step_labels(value: int, step: int, text: str) -> None:
    assert whole_number(value, step) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.5, "0.5s"), (45, "45s"), (60, "1m"), (200, "3m20"), (7500, "2h05"), (388_800, "4d12h")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@given(st.floats())
def test_durations_and_moments_never_fail(value: float) -> None:
    assert len(duration(value)) <= 7
    assert len(moment(value, 60)) <= 7


@given(st.floats(1e-300, 1e300))
def test_nice_steps_are_round_and_not_too_small(least: float) -> None:
    step = nice_step(least)
    assert least * (1 - 1e-6) <= step <= least * 2.6
    assert re.match(r"^(1|2|2\.5|5|10)(\.0+)?e", f"{step:e}".replace("2.500000", "2.5")) is not None
