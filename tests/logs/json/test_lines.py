"""JSON lines, as public codebases write them and as nobody should."""

from __future__ import annotations

import json
import math

import pytest

from gan_tui.logs.json.lines import JsonLinesParser
from gan_tui.logs.json.values import flatten, load, read_elements, read_lines
from gan_tui.logs.model import Batch, join


def read(*rows: str | dict[str, object]) -> tuple[Batch, str]:
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    parser = JsonLinesParser()
    return join([parser.feed(text.encode()), parser.finish()]), parser.axis


def series(batch: Batch) -> dict[str, tuple[list[int], list[float]]]:
    return {c.name: (c.steps.tolist(), c.values.tolist()) for c in batch.columns}


def test_particlegan_metrics() -> None:
    batch, axis = read(
        {"step": 5, "d_loss": 1.42, "g_loss": 0.43, "modes": 3},
        {"step": 10, "d_loss": 1.83, "g_loss": 1.26, "modes": 8},
    )
    assert axis == "step"
    assert series(batch) == {
        "d_loss": ([5, 10], [1.42, 1.83]),
        "g_loss": ([5, 10], [0.43, 1.26]),
        "modes": ([5, 10], [3.0, 8.0]),
    }


def stylegan(tick: int) -> dict[str, object]:
    def stat(mean: float) -> dict[str, float]:
        return {"num": 64, "mean": mean, "std": 0.5}

    return {
        "Loss/scores/fake": stat(-3.1),
        "Loss/G/loss": stat(3.4 + tick),
        "Progress/tick": stat(tick),
        "Progress/kimg": stat(4.0 * tick + 0.032),
        "timestamp": 1714469542.5 + tick,
    }


def test_stylegan_stats() -> None:
    batch, axis = read(stylegan(0), stylegan(1))
    assert axis == "kimg"
    assert series(batch)["Loss/G/loss"] == ([0, 4], [3.4, 4.4])
    walls = batch.columns[0].wall_times
    assert walls is not None
    assert walls.tolist() == [1714469542.5, 1714469543.5]


def test_stylegan_metric() -> None:
    batch, axis = read(
        {
            "results": {"fid50k_full": 8.2},
            "metric": "fid50k_full",
            "total_time": 123.4,
            "total_time_str": "2m 03s",
            "num_gpus": 1,
            "snapshot_pkl": "network-snapshot-000400.pkl",
            "timestamp": 1617000000.0,
        }
    )
    assert axis == "kimg"
    assert series(batch) == {"fid50k_full": ([400], [8.2])}


def test_mmgeneration_log_json() -> None:
    batch, axis = read(
        {"env_info": "sys.platform: linux\nGPU 0: A100", "exp_name": "sngan.py", "mmgen_version": "0.1.0"},
        {"mode": "train", "epoch": 1, "iter": 100, "lr": 0.0002, "loss_disc_fake": 0.7, "memory": 1234},
        {"mode": "val", "epoch": 1, "iter": 100, "fid": 52.1},
        {"mode": "train", "epoch": 1, "iter": 200, "lr": 0.0002, "loss_disc_fake": 0.6, "memory": 1234},
    )
    assert axis == "step"
    assert batch.faults == ()
    assert series(batch)["loss_disc_fake"] == ([100, 200], [0.7, 0.6])
    assert series(batch)["val/fid"] == ([100], [52.1])


def test_records_without_a_counter_stand_at_the_last_step() -> None:
    batch, _ = read(
        {"step": 10, "d_loss": 0.5}, {"fid": 30.0}, {"step": 20, "d_loss": 0.4}, {"epoch": 1, "fid": 20.0}
    )
    assert series(batch)["fid"] == ([10, 20], [30.0, 20.0])


def test_no_counter_at_all_counts_the_rows() -> None:
    batch, axis = read({"d_loss": 0.5}, {"d_loss": 0.4})
    assert axis == "row"
    assert series(batch) == {"d_loss": ([0, 1], [0.5, 0.4])}


def test_what_is_no_number_is_no_point() -> None:
    batch, _ = read({"step": 1, "a": "0.5", "b": True, "c": None, "d": [], "e": {}, "f": 2})
    assert batch.faults == ()
    assert series(batch) == {"f": ([1], [2.0])}


def test_nested_records_and_short_lists() -> None:
    batch, _ = read({"step": 1, "loss": {"d": {"real": 0.5}, "g": 1}, "D": [0.1, 0.2], "hist": [0.0] * 100})
    assert set(series(batch)) == {"loss/d/real", "loss/g", "D[0]", "D[1]"}


def test_non_finite_values_are_data() -> None:
    batch, _ = read(
        '{"step": 1, "a": NaN, "b": Infinity, "c": -Infinity}', '{"step": 2, "a": nan, "b": inf, "c": -inf}'
    )
    values = {name: v for name, (_, v) in series(batch).items()}
    assert all(map(math.isnan, values["a"]))
    assert (values["b"], values["c"]) == ([math.inf] * 2, [-math.inf] * 2)
    assert batch.faults == ()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[" * 100_000, "JSON nested too deep"),
        ('{"a":' * 100_000, "JSON nested too deep"),
        ('{"step": 5, "d_lo', "not JSON, or cut off"),
        ("Loading the data set ...", "not JSON, or cut off"),
        ("[1, 2]", "not a JSON object"),
        (r'{"step": 1, "a": NaN, "dir": "runs\NaN1"}', "not JSON, or cut off"),
        ('{"step": 1, "a": 1e999}', "number too large for a double"),
        ('{"step": 1, "a": ' + "7" * 400 + "}", "number too large for a double"),
        ('{"step": 1, "a": ' + "7" * 100_000 + "}", "number too large for a double"),
        ('{"step": 1, "' + "n" * 2000 + '": 1}', "name longer than 1,000 characters"),
    ],
)
def test_what_cannot_be_read_is_a_fault_and_nothing_else_is_lost(line: str, reason: str) -> None:
    batch, _ = read({"step": 0, "b": 1.0}, line, {"step": 2, "b": 3.0})
    (fault,) = batch.faults
    assert (fault.offset, fault.bytes, fault.reason) == (len('{"step": 0, "b": 1.0}\n'), len(line), reason)
    assert series(batch) == {"b": ([0, 2], [1.0, 3.0])}


def test_a_million_digits_are_a_number_too() -> None:
    batch, _ = read('{"step": 1, "a": 0.' + "3" * 1_000_000 + "}")
    assert series(batch)["a"][1] == [pytest.approx(1 / 3)]


def test_names_that_no_terminal_takes_are_made_harmless() -> None:
    batch, _ = read('{"step": 1, "\\ud800x": 1.0}')
    assert [c.name.encode() for c in batch.columns] == [b"?x"]


def test_records_with_too_many_names_are_passed_over_and_counted() -> None:
    rows = [json.dumps({"step": i, **{f"x{i * 5000 + k}": 1 for k in range(5000)}}) for i in range(6)]
    batch, _ = read(*rows)
    assert [f.bytes for f in batch.faults] == [len(row) for row in rows[3:]]
    assert all("20,000 names" in f.reason for f in batch.faults)
    assert len(batch.columns) <= 20_000


NUMBERS = {"step": 5, "d_loss": 0.5, "big": 2**70}
BATCHES: dict[str, list[dict[str, object]]] = {
    "numbers": [NUMBERS, {"step": 6}, {}],
    "texts": [{"step": 1, "mode": "val", "fid": 3, "name": "x", "ok": True, "none": None}],
    "statistics": [{"kimg": 4, "loss": {"num": 1, "mean": 0.5, "std": 0}}, {"num": 1, "mean": 2, "std": 3}],
    "nested": [{"step": 1, "a": {"b": [1, 2.5, None], "c": {"num": 1, "mean": None, "std": 2}}}],
    "NaN": [{"step": 1, "d_loss": math.nan, "g_loss": 1}, {"step": 2, "mode": "NaN", "d_loss": math.nan}],
    "results": [{"results": {"fid": 8.5}, "metric": "fid", "snapshot_pkl": "snapshot-000400.pkl"}],
}


@pytest.mark.parametrize("name", BATCHES)
def test_records_are_the_same_together_as_one_by_one(name: str) -> None:
    rows = [json.dumps(record).encode() for record in BATCHES[name] * 3]
    singly = [flatten(load(row))[0] for row in rows]
    assert repr(read_lines(rows)) == repr(singly)
    assert repr(read_elements(b", ".join(rows))) == repr(singly)


@pytest.mark.parametrize(
    "rows",
    [
        ['{"a":[{"x":1}', '{"y":2}]}'],
        ['{"a":1}{"b":2}', '{"c":', "3}"],
        ['{"a": 1}', '{"a": 1e999}'],
        ['{"a": 1}', '{"a": Infinity}'],
        ['{"a": null, "b": NaN}'],
        ['{"a NaN": NaN}'],
        ['{"' + "n" * 2000 + '": 1}'],
        ['{"results": 1}'],
        ['{"a": 1', '"b": 2}'],
        ["5"],
    ],
)
def test_lines_that_need_a_closer_look_are_not_read_together(rows: list[str]) -> None:
    assert read_lines([row.encode() for row in rows]) is None
    batch, _ = read(*rows, *[{"step": 3}] * 5)
    alone = [read(row)[0] for row in rows]
    assert [f.reason for f in batch.faults] == [f.reason for b in alone for f in b.faults]


def test_whole_numbers_are_exact_up_to_2_to_the_53rd() -> None:
    batch, _ = read('{"step": 9007199254740992, "d": 9007199254740991}', '{"step": 1, "d": 1, "x": NaN}')
    assert series(batch)["d"] == ([2**53, 1], [2.0**53 - 1, 1.0])
