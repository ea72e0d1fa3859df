"""One file for one metric."""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.logs.metric_file.npy import NpyParser, is_metric_array
from gan_tui.logs.metric_file.text import MetricFileParser
from gan_tui.logs.model import Batch, join


def npy(array: Any) -> bytes:
    target = io.BytesIO()
    np.save(target, array, allow_pickle=True)
    return target.getvalue()


def read(parser: MetricFileParser | NpyParser, data: bytes) -> Batch:
    return join([parser.feed(data), parser.finish()])


def test_biggan_log() -> None:
    batch = read(MetricFileParser("logs/run/G_loss.log"), b"0: 0.5\n10: -2.5e-1\r\n\n20: nan\n30: 0.1")
    (column,) = batch.columns
    assert column.name == "G_loss"
    assert column.steps.tolist() == [0, 10, 20, 30]
    np.testing.assert_array_equal(column.values, [0.5, -0.25, np.nan, 0.1])


@pytest.mark.parametrize("line", [b"x: 1", b"10: 1e999", b"10: 1_0", b"10:", b"9" * 30 + b": 1"])
def test_a_line_that_is_none_is_a_fault(line: bytes) -> None:
    batch = read(MetricFileParser("a.log"), b"1: 0.5\n" + line + b"\n2: 0.5\n")
    assert batch.points == 2
    assert [(f.offset, f.bytes) for f in batch.faults] == [(7, len(line))]


@pytest.mark.parametrize(
    "array", [np.arange(5.0), np.array([1, 2], "u1"), np.array([0.5, np.nan], ">f4"), np.array([1e300], "f8")]
)
def test_npy_is_a_row_a_step(array: np.ndarray) -> None:
    batch = read(NpyParser("/runs/d_losses.npy"), npy(array))
    (column,) = batch.columns
    assert column.name == "d_losses"
    assert column.steps.tolist() == list(range(len(array)))
    np.testing.assert_array_equal(column.values, array.astype(float))
    assert batch.faults == ()


def test_npy_with_columns() -> None:
    batch = read(NpyParser("losses.npy"), npy(np.arange(6.0).reshape(3, 2)))
    assert {c.name: c.values.tolist() for c in batch.columns} == {
        "losses[0]": [0, 2, 4],
        "losses[1]": [1, 3, 5],
    }


class Dangerous:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("the pickle was loaded",))


@pytest.mark.parametrize(
    "array",
    [
        np.array(["a"]),
        np.zeros((2, 2, 2)),
        np.zeros(3, [("a", "f4"), ("b", "O")]),
        np.zeros((3, 2), order="F"),
        np.zeros((2, 5000)),
    ],
)
def test_anything_but_a_table_of_numbers_is_a_fault(array: np.ndarray) -> None:
    batch = read(NpyParser("a.npy"), npy(array))
    assert batch.columns == ()
    (fault,) = batch.faults
    assert fault.reason.startswith("no array of numbers")


SAVED = {"step": [100, 200, 300], "gen_loss": [0.5, None, 0.25], "dis_loss": [1.5, float("nan"), 1.25]}


def saved(held: object, protocol: int | None = None) -> bytes:
    if protocol is None:
        return npy(np.array(held, object)) if not isinstance(held, np.ndarray) else npy(held)
    header = npy(np.array({}, object))[:128]
    return header + pickle.dumps(np.array(held, object), protocol=protocol)


@pytest.mark.parametrize("protocol", [None, 0, 1, 2, 3, 4, 5])
def test_a_saved_dictionary_is_a_series_a_list(protocol: int | None) -> None:
    parser = NpyParser("losses.npy")
    batch = read(parser, saved(SAVED, protocol))
    assert {c.name: c.steps.tolist() for c in batch.columns} == {
        "gen_loss": [100, 300],
        "dis_loss": [100, 200, 300],
    }
    assert batch.columns[0].values.tolist() == [0.5, 0.25]
    assert parser.axis == "step"


def test_numpys_own_numbers_in_a_saved_dictionary() -> None:
    held = {"d_loss": [np.float32(0.5), np.float64(0.25)], "g_loss": np.arange(3.0, dtype=np.float32)}
    batch = read(NpyParser("losses.npy"), saved(held))
    assert {c.name: c.values.tolist() for c in batch.columns} == {"d_loss": [0.5, 0.25], "g_loss": [0, 1, 2]}


def test_a_list_of_numbers_saved_as_objects() -> None:
    batch = read(NpyParser("d_loss.npy"), saved(np.array([0.5, 0.25, None], object)))
    assert [(c.name, c.values.tolist()) for c in batch.columns] == [("d_loss", [0.5, 0.25])]


@pytest.mark.parametrize(
    "held", [Dangerous(), [Dangerous()], {"d_loss": Dangerous()}, {"d_loss": "text"}, {}]
)
def test_nothing_that_a_pickle_names_is_called(held: object) -> None:
    batch = read(NpyParser("losses.npy"), saved(held))
    assert batch.columns == ()
    assert [f.reason for f in batch.faults] == ["objects without a list of numbers"]


@given(st.data())
def test_a_damaged_dictionary_is_a_fault_or_numbers(data: st.DataObject) -> None:
    whole = bytearray(saved(SAVED))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(128, len(whole) - 1))] = data.draw(st.integers(0, 255))
    batch = read(NpyParser("losses.npy"), bytes(whole[: data.draw(st.integers(128, len(whole)))]))
    assert batch.columns or batch.faults


def test_npy_cut_off_gives_its_whole_rows() -> None:
    batch = read(NpyParser("a.npy"), npy(np.arange(5.0))[:-3])
    assert batch.points == 4
    assert [f.reason for f in batch.faults] == ["array cut off"]


def test_npy_that_promises_a_billion_rows_takes_no_memory() -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000,)}".ljust(118)
    batch = read(NpyParser("a.npy"), b"\x93NUMPY\x01\x00\x76\x00" + header + bytes(16))
    assert batch.points == 2
    assert len(batch.faults) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x93NUM",
        b"junk" * 40,
        b"\x93NUMPY\x01\x00\xff\xff" + b"[" * 70_000,
        b"\x93NUMPY\x02\x00" + b"\xff" * 99,
    ],
)
def test_npy_junk(data: bytes) -> None:
    batch = read(NpyParser("a.npy"), data)
    assert batch.columns == ()
    assert len(batch.faults) == 1


@pytest.mark.parametrize(
    ("shape", "is_metric"),
    [((100,), True), ((100, 2), True), ((1,), False), ((60_000, 784), False), ((64, 3, 3), False)],
)
def test_which_arrays_may_be_metrics(shape: tuple[int, ...], is_metric: bool) -> None:
    assert is_metric_array(npy(np.zeros(shape))[:4096]) is is_metric
