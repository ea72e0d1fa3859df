"""Numbers and times as text, and lines fitted to a width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from gan_tui.monitoring.snapshot import Snapshot, Status
from gan_tui.tui.lines import formatting
from tests.helpers.fakes import run

text = st.text(st.characters(exclude_categories=["C", "M"]), max_size=40)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-3, "just now"),
        (4.9, "just now"),
        (7, "5 s ago"),
        (59, "30 s ago"),
        (61, "1 min ago"),
        (3_599, "30 min ago"),
        (3_600, "1 h ago"),
        (86_400, "24 h ago"),
        (1e6, "11 d ago"),
    ],
)
def test_ages(seconds: float, expected: str) -> None:
    assert formatting.age(seconds) == expected


def test_an_age_changes_rarely() -> None:
    assert len({formatting.age(s) for s in range(3_600)}) <= 12


def test_rates() -> None:
    assert formatting.rate(replace(run(), steps_per_second=84.2)) == "84 steps/s"
    assert formatting.rate(replace(run(), steps_per_second=0.02, axis="epoch")) == "1.2 epochs/min"
    assert formatting.rate(replace(run(), steps_per_second=None)) == ""


def test_status() -> None:
    assert (
        formatting.status_text(replace(run(), status=Status.READING, progress=0.424))
        == "reading 42 % ━━━─────"
    )
    assert formatting.status_text(replace(run(), status=Status.READING, progress=1.0)) == "diagnosing"
    assert formatting.status_text(replace(run(), status=Status.MISSING)) == "log is gone"
    assert formatting.status_text(run()) == ""


def test_counts() -> None:
    assert [formatting.count_noun(n, "fault") for n in (0, 1, 1_200)] == [
        "no faults",
        "1 fault",
        "1,200 faults",
    ]


def test_the_step_unit_is_cleaned() -> None:
    assert formatting.step_unit(replace(run(), axis="st\x1bep")) == "st␛ep"
    assert formatting.step_unit(replace(run(), axis="")) == "step"


@given(text, st.integers(1, 30))
def test_fitting_gives_exactly_that_width(value: str, width: int) -> None:
    assert cell_len(formatting.fit(value, width)) == width
    assert cell_len(formatting.fit(value, width, right=True)) == width
    assert cell_len(formatting.center(value, width)) == width


@given(st.lists(st.tuples(text, st.sampled_from(["a", "b"])), max_size=6), st.integers(1, 60))
def test_lines_have_exactly_the_requested_width(line: list[tuple[str, str]], width: int) -> None:
    assert formatting.line_width(formatting.fit_line(line, width)) == width
    assert formatting.line_width(formatting.justify(line, [("right", "c")], width)) == width
    assert formatting.line_width(formatting.merge_spans(line)) == formatting.line_width(line)


@given(st.text(st.sampled_from("ab c"), max_size=80), st.integers(4, 20), st.integers(1, 5))
def test_wrapping_is_bounded(value: str, width: int, lines: int) -> None:
    wrapped = formatting.wrap(value, width, lines)
    assert len(wrapped) <= lines
    assert all(cell_len(line) <= width for line in wrapped)


def test_wrapped_text_that_is_cut_ends_with_an_ellipsis() -> None:
    assert formatting.wrap("one two three four", 9, 2) == ["one two", "three fo…"]
    assert formatting.wrap("one two", 9, 2) == ["one two"]


def test_progress_bars() -> None:
    assert formatting.progress_bar(0.5, 4) == "━━──"
    assert formatting.progress_bar(7.0, 4) == "━━━━"


def test_reading_progress_counts_the_runs_that_have_been_read() -> None:
    some = Snapshot((run(), run()), found=1000)
    assert formatting.reading_progress(some) == "reading 2 of 1,000 runs ────────"
    assert formatting.reading_progress(replace(some, found=4)) == "reading 2 of 4 runs ━━━━────"
    assert formatting.reading_progress(replace(some, found=2)) == ""
