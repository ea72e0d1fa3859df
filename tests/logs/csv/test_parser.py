"""Tables as training scripts, pandas, Lightning, R and spreadsheets write them."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from gan_tui.logs.csv import dialect, parser
from gan_tui.logs.csv.parser import DelimitedParser
from gan_tui.logs.model import join
from gan_tui.logs.parsing.fault_log import MAX_SINGLE
from tests.helpers.table_log import read


def same(found: list[float], expected: list[float]) -> bool:
    return np.array_equal(found, expected, equal_nan=True)


# -- dialects ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "step,d_loss,g_loss\n1,0.5,2.5\n2,0.25,2\n",
        "step;d_loss;g_loss\n1;0.5;2.5\n2;0.25;2\n",
        "step;d_loss;g_loss\n1;0,5;2,5\n2;0,25;2\n",
        "step\td_loss\tg_loss\n1\t0.5\t2.5\n2\t0.25\t2\n",
        "step\td_loss\tg_loss\n1\t0,5\t2,5\n2\t0,25\t2\n",
        "step|d_loss|g_loss\n1|0.5|2.5\n2|0.25|2\n",
        "step d_loss g_loss\n1 0.5 2.5\n2 0.25 2\n",
        "  step   d_loss g_loss\n   1   0.5    2.5\n   2   0.25   2\n",
        "# step d_loss g_loss\n1 0.5 2.5\n2 0.25 2\n",
        "# written by us\nstep,d_loss,g_loss\n1,0.5,2.5\n# half time\n2,0.25,2\n",
        "step, d_loss, g_loss\n1, 0.5, 2.5\n2, 0.25, 2\n",
        'step,"d_loss","g_loss"\n"1","0.5","2.5"\n"2","0.25","2"\n',
        "step,d_loss,g_loss\r\n1,0.5,2.5\r\n2,0.25,2\r\n",
        "step,d_loss,g_loss\r\r\n1,0.5,2.5\r\r\n2,0.25,2\r\r\n",
        "step,d_loss,g_loss\r1,0.5,2.5\r2,0.25,2\r",
        "step,d_loss,g_loss\n\n1,0.5,2.5\n   \n2,0.25,2",
        "\ufeffstep,d_loss,g_loss\n1,0.5,2.5\n2,0.25,2\n",
        "step,d_loss,g_loss\n1,0.5,2.5,\n2,0.25,2,\n",
        "step,d_loss,g_loss,,\n1,0.5,2.5,,\n2,0.25,2,,\n",
    ],
)
def test_the_same_table_however_it_is_written(text: str) -> None:
    log = read(text)
    assert log.axis == "step"
    assert log.values == {"d_loss": [0.5, 0.25], "g_loss": [2.5, 2.0]}
    assert log.steps == {"d_loss": [1, 2], "g_loss": [1, 2]}
    assert log.faults == ()


@pytest.mark.parametrize("rows", [5, 5_000])
@pytest.mark.parametrize("cell", ["1e999", "-1e999", "9" * 400, "1e999%", "tensor(1e400)"])
def test_a_number_beyond_a_double_is_a_fault_and_no_infinity(cell: str, rows: int) -> None:
    good = "".join(f"{step},0.5,2.5\n" for step in range(rows))
    bad = f"{rows},{cell},2.25\n{rows + 1},0.25,{cell}\n"
    log = read("step,d_loss,g_loss\n" + good + bad + f"{rows + 2},inf,-Infinity\n" + good)
    assert log.values["d_loss"] == [*[0.5] * rows, 0.25, math.inf, *[0.5] * rows]
    assert log.values["g_loss"] == [*[2.5] * rows, 2.25, -math.inf, *[2.5] * rows]
    assert [(f.reason, f.bytes) for f in log.faults] == [("number too large for a double", len(cell))] * 2


def test_a_number_beyond_a_double_does_not_make_a_column_one_of_words() -> None:
    log = read("step,d_loss,g_loss\n1,1e999,2.5\n2,1e999,2.25\n3,0.5,2\n")
    assert log.values == {"d_loss": [0.5], "g_loss": [2.5, 2.25, 2.0]}
    assert sum(f.bytes for f in log.faults) == 10


def test_many_columns_of_one_name_are_numbered() -> None:
    names = dialect.column_names([b"a", b"", b"a", b"a (2)", b"a", b""])
    assert names == ("a", "column 2", "a (2)", "a (2) (2)", "a (3)", "column 6")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_with_its_mark(encoding: str) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"
    log = read((mark + "step,d_loss\n1,0.5\n2,0.25\n").encode(encoding))
    assert log.values == {"d_loss": [0.5, 0.25]}


def test_names_that_are_no_utf_8() -> None:
    assert read("step,größe\n1,0.5\n".encode("latin-1")).names == ["größe"]


def test_lightning_rows_are_sparse() -> None:
    log = read("d_loss,epoch,g_loss,step\n34.7,0,,2\n,0,13.1,2\n1.2,0,,4\n,0,0.4,4\n,1,,4\n")
    assert log.steps == {"d_loss": [2, 4], "g_loss": [2, 4]}
    assert log.values == {"d_loss": [34.7, 1.2], "g_loss": [13.1, 0.4]}


def test_missing_cells_give_no_point_and_nan_does() -> None:
    log = read("step,loss\n1,NA\n2,nan\n3,\n4,inf\n5,N/A\n6,-inf\n7,None\n8,0.5\n")
    assert log.steps == {"loss": [2, 4, 6, 8]}
    assert same(log.values["loss"], [math.nan, math.inf, -math.inf, 0.5])
    assert log.faults == ()


def test_a_column_of_na_alone_is_a_series_without_a_point() -> None:
    log = read("epoch,loss,val_loss,note\n0,0.5,NA,\n1,0.4,NA,\n")
    assert log.values == {"loss": [0.5, 0.4], "val_loss": []}


def test_cells_that_are_tensors() -> None:
    cell = '"tensor({}, grad_fn=<BinaryCrossEntropyBackward0>)"'
    log = read("losses_g,losses_d\r\r\n" + f"{cell.format(10.529)},{cell.format(0.0009)}\r\r\n" * 2)
    assert log.values == {"losses_g": [10.529] * 2, "losses_d": [0.0009] * 2}


def test_cells_that_are_tensors_without_quotes() -> None:
    log = read("step,g,d\n1,tensor(1.5, grad_fn=<A>),tensor(0.5)\n2,tensor(1.25, grad_fn=<A>),[0.25]\n")
    assert log.values == {"g": [1.5, 1.25], "d": [0.5, 0.25]}
    assert log.faults == ()


def test_quotes_hold_delimiters_quotes_and_line_ends() -> None:
    log = read('step,note,loss\n1,"a, ""b""\nc",0.5\n2,"d",0.25\n')
    assert log.steps == {"loss": [1, 2]}
    assert log.values == {"loss": [0.5, 0.25]}
    assert log.faults == ()


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    log = read('step,loss\n1,0.5\n2,"0.4\n' + "".join(f"{k},0.25\n" for k in range(3, 5000)))
    assert log.steps["loss"] == [1, *range(3, 5000)]
    assert [(f.offset, f.bytes) for f in log.faults] == [(18, 4)]


def test_thousands_and_per_cent() -> None:
    log = read('step,acc,fid\n"1,000",50.5%,"1,234.5"\n"2,000",60%,"2,000,000"\n')
    assert log.steps["acc"] == [1000, 2000]
    assert log.values == {"acc": [50.5, 60.0], "fid": [1234.5, 2e6]}


def test_pandas_index_without_a_name_counts_the_rows() -> None:
    log = read(",discriminator,Generator\n0,0.5,3\n1,0.4,2\n0,0.3,1\n")
    assert log.axis == "row"
    assert log.steps["discriminator"] == [0, 1, 0]
    assert log.names == ["discriminator", "Generator"]


def test_columns_that_pandas_numbered() -> None:
    log = read(",0,1\n0,0.5,3\n1,0.4,2\n,0,1\n0,0.3,1\n")
    assert log.values == {"0": [0.5, 0.4, 0.3], "1": [3.0, 2.0, 1.0]}


def test_r_leaves_out_the_name_of_its_row_names() -> None:
    log = read('"d_loss" "g_loss"\n"1" 0.5 3\n"2" 0.4 2\n')
    assert log.steps["d_loss"] == [1, 2]
    assert log.values == {"d_loss": [0.5, 0.4], "g_loss": [3.0, 2.0]}


def test_without_a_header_columns_are_numbered() -> None:
    log = read("1.6063055,0.7767403\n1.6277359,0.7514603\n")
    assert log.axis == "row"
    assert log.values == {"column 1": [1.6063055, 1.6277359], "column 2": [0.7767403, 0.7514603]}
    assert log.steps["column 1"] == [0, 1]


def test_a_lone_row_is_read_when_nothing_follows() -> None:
    assert read("1.5,0.5").values == {"column 1": [1.5], "column 2": [0.5]}
    assert read("step,loss").values == {}


def test_a_single_column() -> None:
    assert read("loss\n0.5\n0.25\n").values == {"loss": [0.5, 0.25]}
    assert read("0.5\n0.25\n").values == {"column 1": [0.5, 0.25]}


def test_names_that_come_twice_or_not_at_all() -> None:
    log = read("step,loss,loss,,loss (2)\n1,0.1,0.2,0.3,0.4\n")
    assert log.names == ["loss", "loss (2)", "column 4", "loss (2) (2)"]


def test_lines_above_the_table_are_told() -> None:
    log = read("Training of Friday\nepoch,d_loss\n0,0.5\n1,0.4\n")
    assert log.values == {"d_loss": [0.5, 0.4]}
    assert [(f.offset, f.bytes, f.reason) for f in log.faults] == [(0, 18, "not a row of a table")]


def test_a_damaged_first_row_does_not_cost_the_header() -> None:
    log = read("step,d_loss,g_loss\n1,0.5\n2,0.25,2\n3,0.2,1\n")
    assert log.values == {"d_loss": [0.5, 0.25, 0.2], "g_loss": [2.0, 1.0]}


# -- a log that goes on ----------------------------------------------------------------------------------


def test_a_header_that_comes_again_restarts_the_row_numbers() -> None:
    log = read("d_loss,g_loss\n0.5,1\n0.4,2\nd_loss,g_loss\n0.3,3\n")
    assert log.steps["d_loss"] == [0, 1, 0]
    assert log.faults == ()


def test_a_header_that_comes_again_leaves_steps_alone() -> None:
    log = read("step,d_loss\n1,0.5\n2,0.4\nstep,d_loss\n3,0.3\n")
    assert log.steps["d_loss"] == [1, 2, 3]


def test_another_header_begins_other_columns() -> None:
    log = read("step,d_loss\n1,0.5\nstep,g_loss,d_loss\n2,1.5,0.4\n")
    assert log.values == {"d_loss": [0.5, 0.4], "g_loss": [1.5]}
    assert log.faults == ()


def test_iters_that_restart_with_each_epoch_go_on() -> None:
    log = read("epoch,iter,Loss_D\n0,50,0.1\n0,100,0.2\n1,50,0.3\n1,100,0.4\n")
    assert log.axis == "epoch + batch"
    assert log.steps["Loss_D"] == [50, 100, 150, 200]


def test_epochs_written_in_words() -> None:
    log = read("epoch,loss\nEpoch 1/20,0.5\nEpoch 2/20,0.4\n")
    assert log.steps["loss"] == [1, 2]


def test_wall_times() -> None:
    log = read("Wall time,Step,Value\n1700000000.5,1,0.5\n1700000001.5,2,0.4\n")
    assert log.walls["Value"] == [1700000000.5, 1700000001.5]
    assert log.names == ["Value"]


def test_points_come_as_their_rows_end() -> None:
    parser = DelimitedParser()
    assert parser.axis == ""
    assert parser.feed(b"step,loss\n").points == 0
    assert parser.feed(b"1,0.").points == 0
    assert parser.feed(b"5\n2,").points == 1
    assert parser.axis == "step"
    assert parser.feed(memoryview(b"0.4")).points == 0
    assert parser.finish().points == 1


# -- what cannot be read ---------------------------------------------------------------------------------


def test_words_where_numbers_are_cost_the_cell_alone() -> None:
    log = read("step,d_loss,g_loss\n1,0.5,1\n2,0.x4,2\n3,0.3,3\n")
    assert log.values == {"d_loss": [0.5, 0.3], "g_loss": [1.0, 2.0, 3.0]}
    assert log.steps["d_loss"] == [1, 3]
    assert [(f.offset, f.bytes, f.reason) for f in log.faults] == [
        (29, 4, "text where 'd_loss' holds numbers")
    ]


def test_a_column_of_words_is_no_series_and_no_fault() -> None:
    log = read("step,phase,loss\n1,train,0.5\n2,val,0.4\n3,,0.3\n")
    assert log.names == ["loss"]
    assert log.faults == ()


def test_words_before_the_first_number_are_no_fault() -> None:
    log = read("step,fid\n1,later\n2,later\n3,40.5\n4,later\n")
    assert log.values == {"fid": [40.5]}
    assert len(log.faults) == 1


def test_a_row_with_too_many_cells_is_not_trusted() -> None:
    log = read("step,d_loss,g_loss\n1,0.5,1\n2,0.4,0.3,0.5,3\n4,0.2,4\n")
    assert log.steps["d_loss"] == [1, 4]
    assert [(f.offset, f.bytes) for f in log.faults] == [(27, 15)]


def test_a_short_row_lacks_its_last_cells() -> None:
    log = read("step,d_loss,g_loss\n1,0.5,1\n2,0.4\n3,0.3,3\n")
    assert log.values == {"d_loss": [0.5, 0.4, 0.3], "g_loss": [1.0, 3.0]}


def test_a_row_that_lost_a_delimiter_is_not_trusted() -> None:
    log = read("step,a,b,c\n1,0.1,0.2,0.3\n2,0.1l0.2,0.3\n3,0.1,0.2,0.3\n")
    assert log.steps["a"] == [1, 3]
    assert log.reasons == ["row that is cut or damaged"]


def test_printed_lines_between_the_rows() -> None:
    log = read("step,loss\n1,0.5\nTraceback (most recent call last):\n2,0.4\n")
    assert log.steps["loss"] == [1, 2]
    assert [(f.offset, f.bytes) for f in log.faults] == [(16, 34)]


def test_a_block_of_nul_takes_the_row_it_cuts() -> None:
    data = b"step,loss\n1,0.5\n2,0.3" + b"\0" * 5000 + b"\n3,0.25\n"
    log = read(data)
    assert log.steps["loss"] == [1, 3]
    assert [(f.offset, f.bytes, f.reason) for f in log.faults] == [(16, 5005, "block of NUL bytes")]


def test_behind_a_block_of_nul_a_row_counts_if_it_is_whole() -> None:
    data = b"step,a,b\n1,0.5,1\n" + b"\0" * 9 + b".5,2\n" + b"\0" * 9 + b"3,0.5,3\n"
    log = read(data)
    assert log.steps["a"] == [1, 3]
    assert len(log.faults) == 3


def test_an_endless_line_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "MAX_LINE_BYTES", 1000)
    data = b"step,loss\n1,0.5\n" + b"2," + b"9" * 5000 + b"\n3,0.25\n"
    for cuts in ([], range(len(data)), range(0, len(data), 700)):
        log = read(data, list(cuts))
        assert log.steps["loss"] == [1, 3]
        assert [(f.offset, f.bytes) for f in log.faults] == [(16, 5002)]


def test_a_line_without_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "MAX_LINE_BYTES", 1000)
    reader = DelimitedParser()
    for _ in range(100):
        reader.feed(b"x" * 999)
    assert len(reader._pending) <= 1000
    assert [f.bytes for f in reader.finish().faults] == [99_900]


def test_a_million_columns_are_no_table() -> None:
    log = read(",".join(f"c{k}" for k in range(100_000)) + "\n" + "1," * 99_999 + "1\n")
    assert log.values == {}
    assert len(log.faults) == 2


def test_faults_without_end_are_told_in_groups() -> None:
    log = read("step,loss\n" + "1,0.5\n" + "hello\n" * 100_000)
    assert sum(f.bytes for f in log.faults) == 500_000
    assert MAX_SINGLE < len(log.faults) < MAX_SINGLE + 20


def test_junk_gives_faults_and_no_error() -> None:
    junk = random.Random(5).randbytes(200_000)  # noqa: S311 - the same bytes each time
    good = b"step,a,b\n" + b"".join(b"%d,0.5,0.25\n" % k for k in range(50))
    log = read(good + junk + b"\n" + b"51,0.5,0.25\n")
    assert log.steps["a"][:50] == list(range(50))
    assert log.steps["a"][-1] == 51
    assert log.faults


def test_junk_between_rows_is_neither_a_header_nor_a_row() -> None:
    rows = ["".join(f"{n},0.{n},1.{n}\n" for n in range(begin, begin + 100)) for begin in (100, 200)]
    junk = np.random.default_rng(7).bytes(1 << 20)
    data = f"step,d_loss,g_loss\n{rows[0]}".encode() + junk + b"\n" + rows[1].encode()
    parser = DelimitedParser()
    batch = join([parser.feed(data), parser.finish()])
    assert {c.name: c.steps.tolist() for c in batch.columns} == {
        "d_loss": list(range(100, 300)),
        "g_loss": list(range(100, 300)),
    }
    assert sum(f.bytes for f in batch.faults) > len(junk) * 9 // 10


@pytest.mark.parametrize("junk", [b"\x02q", b"\x8e\xb1"])
def test_a_digit_among_junk_is_no_value(junk: bytes) -> None:
    parser = DelimitedParser()
    data = b"step,d_loss,g_loss\n1,0.5,0.5\n2,0.5,0.5\n3," + junk + b",7\n4,0.5,0.5\n"
    batch = join([parser.feed(data), parser.finish()])
    assert {c.name: c.steps.tolist() for c in batch.columns} == {"d_loss": [1, 2, 4], "g_loss": [1, 2, 4]}
    assert [(f.offset, f.bytes) for f in batch.faults] == [(39, 6)]


def test_hostile_names_are_escaped_in_reasons() -> None:
    log = read("step,\x1b[31mred\u202e\n1,0.5\n2,x\n")
    assert log.reasons == [r"text where '\x1b[31mred\u202e' holds numbers"]


def test_columns_that_are_logged_together_have_one_array_of_steps() -> None:
    rows = (f"{at},{at / 7},,{at / 9}," if at % 2 else f"{at},,{at / 5},,{at / 3}" for at in range(9000))
    log = "\n".join(["step,d_loss,g_loss,d_real,fid", *rows, ""])
    columns = {column.name: column for column in DelimitedParser().feed(log.encode()).columns}
    assert columns["d_loss"].steps is columns["d_real"].steps
    assert columns["g_loss"].steps is columns["fid"].steps
    assert columns["d_loss"].steps.tolist() == list(range(1, 9000, 2))
    assert columns["g_loss"].values.tolist() == [step / 5 for step in range(0, 9000, 2)]
