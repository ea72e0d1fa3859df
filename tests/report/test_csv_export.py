"""Series as CSV: what is read back are the same points, and no name is run as a formula."""

from __future__ import annotations

import csv as reader
import io
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui import load
from gan_tui.logs.model import Column
from gan_tui.report.csv_export import ExportedSeries, csv_cell, csv_chunks
from gan_tui.run.series import Series
from tests.helpers.states import series_state


def exported(
    name: str, steps: list[int], values: list[float], walls: list[float] | None = None
) -> ExportedSeries:
    series = Series(name)
    clock = None if walls is None else np.array(walls, dtype=np.float64)
    series.extend(Column(name, np.array(steps, dtype=np.int64), np.array(values, dtype=np.float64), clock))
    return ExportedSeries(series.view(), np.arange(len(steps)))


def rows(*series: ExportedSeries, axis: str = "step") -> list[list[str]]:
    return list(reader.reader(io.StringIO("".join(csv_chunks(series, axis)))))


def test_series_are_joined_on_their_steps() -> None:
    d = exported("d", [1, 2, 3], [0.5, -0.25, math.nan])
    g = exported("g", [2, 4], [1e-7, math.inf])
    assert rows(d, g) == [
        ["step", "d", "g"],
        ["1", "0.5", ""],
        ["2", "-0.25", "1e-07"],
        ["3", "nan", ""],
        ["4", "", "inf"],
    ]


def test_after_a_restart_the_steps_begin_again_below() -> None:
    d = exported("d", [1, 2, 3, 2, 3], [1, 2, 3, 20, 30])
    g = exported("g", [1, 3, 2], [10, 11, 12])
    assert [r[0] for r in rows(d, g)[1:]] == ["1", "2", "3", "2", "3"]
    assert [r[2] for r in rows(d, g)[1:]] == ["10.0", "", "11.0", "12.0", ""]


def test_a_step_logged_twice_has_two_rows() -> None:
    d = exported("d", [1, 1, 2], [1, 2, 3])
    g = exported("g", [1, 2, 2], [4, 5, 6])
    expected = [["1", "1.0", "4.0"], ["1", "2.0", ""], ["2", "3.0", "5.0"], ["2", "", "6.0"]]
    assert rows(d, g)[1:] == expected


def test_the_clock_comes_last_and_gaps_in_it_are_blank() -> None:
    d = exported("d", [1, 2], [1, 2], [100.5, math.nan])
    g = exported("g", [2, 3], [3, 4], [101.25, 102.0])
    assert [r[-1] for r in rows(d, g)] == ["wall_time", "100.5", "101.25", "102.0"]


@pytest.mark.parametrize(
    "name",
    ["=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(1)", "\tx", "\r=1", " =1", "＝1", '=HYPERLINK("http://x")'],
)
def test_no_name_is_run_as_a_formula(name: str) -> None:
    head = rows(exported(name, [1], [2.0]))[0]
    assert len(head) == 2
    assert head[1].startswith("'")


@given(st.text(max_size=30))
def test_any_name_is_one_cell_of_one_line(name: str) -> None:
    parsed = list(reader.reader(io.StringIO(f"step,{csv_cell(name)},end\n")))
    assert len(parsed) == 1
    assert parsed[0][::2] == ["step", "end"]
    assert not parsed[0][1].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_nothing_chosen_gives_the_names_alone() -> None:
    held = ExportedSeries(series_state("d", [1.0, 2.0]).view, np.empty(0, np.int64))
    assert rows(held) == [["step", "d"]]
    assert rows() == [["step"]]


numbers = st.floats(width=64, allow_nan=False)
points = st.lists(st.tuples(st.integers(0, 50), numbers), min_size=1, max_size=40)


@given(st.lists(points, min_size=1, max_size=3))
def test_every_point_stands_in_the_table_in_its_order(columns: list[list[tuple[int, float]]]) -> None:
    made = [exported(f"s{i}", [p[0] for p in c], [p[1] for p in c]) for i, c in enumerate(columns)]
    body = rows(*made)[1:]
    for i, column in enumerate(columns):
        assert [(int(r[0]), float(r[i + 1])) for r in body if r[i + 1]] == column


def test_the_program_reads_its_own_table(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(size=(2, 60)).tolist()
    d = exported("Loss_D", list(range(0, 600, 10)), noise[0])
    g = exported("Loss_G", list(range(0, 600, 10)), noise[1])
    file = tmp_path / "taken.csv"
    file.write_text("".join(csv_chunks([d, g])))
    run = load(file)
    assert run.series["Loss_D"].view().values.tolist() == noise[0]
    assert run.series["Loss_G"].view().steps.tolist() == list(range(0, 600, 10))
