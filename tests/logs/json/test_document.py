"""JSON documents: Chainer's array, objects of lists, and their neighbours."""

from __future__ import annotations

import copy
import json

import pytest

from gan_tui.logs.json.document import JsonDocumentParser
from gan_tui.logs.model import Batch, join


def read(text: str, filename: str = "") -> tuple[Batch, str]:
    parser = JsonDocumentParser(filename)
    return join([parser.feed(text.encode()), parser.finish()]), parser.axis


def series(batch: Batch) -> dict[str, tuple[list[int], list[float]]]:
    return {c.name: (c.steps.tolist(), c.values.tolist()) for c in batch.columns}


CHAINER = json.dumps(
    [
        {"epoch": 0, "loss_gen": 9.28, "iteration": 100, "loss_dis": 1.23, "elapsed_time": 6.9},
        {"epoch": 0, "loss_gen": 2.88, "iteration": 200, "loss_dis": 1.35, "elapsed_time": 13.3},
        {"epoch": 1, "loss_gen": 3.64, "iteration": 300, "loss_dis": 0.94, "elapsed_time": 19.7},
    ],
    indent=4,
)


def test_chainer_log() -> None:
    batch, axis = read(CHAINER)
    assert axis == "step"
    assert series(batch)["loss_gen"] == ([100, 200, 300], [9.28, 2.88, 3.64])
    assert series(batch)["loss_dis"] == ([100, 200, 300], [1.23, 1.35, 0.94])
    assert batch.faults == ()


def test_a_half_written_array_gives_its_whole_records() -> None:
    cut = CHAINER.rindex("loss_dis")
    batch, _ = read(CHAINER[:cut])
    assert series(batch)["loss_gen"] == ([100, 200], [9.28, 2.88])
    (fault,) = batch.faults
    assert fault.reason == "cut off"
    assert fault.offset + fault.bytes == cut


def test_records_come_as_they_are_completed() -> None:
    parser = JsonDocumentParser()
    assert parser.feed(b'[{"step": 1, "d": 0.5}').points == 1
    assert parser.feed(b', {"step": 2, ').points == 0
    assert parser.feed(b'"d": 0.4}').points == 1


def test_object_of_lists() -> None:
    batch, axis = read('{"d_loss": [0.1, 0.2, null, NaN], "g_loss": [1, 2, 3, 4], "fid": [30.5], "lr": 0.1}')
    assert axis == "row"
    found = series(batch)
    assert found["g_loss"] == ([0, 1, 2, 3], [1.0, 2.0, 3.0, 4.0])
    assert found["d_loss"][0] == [0, 1, 3]
    assert found["fid"] == ([0], [30.5])
    assert "lr" not in found


def test_object_of_lists_with_its_own_axis() -> None:
    batch, axis = read('{"epoch": [1, 2, 3], "d_loss": [0.1, 0.2, 0.3]}')
    assert (axis, series(batch)) == ("epoch", {"d_loss": ([1, 2, 3], [0.1, 0.2, 0.3])})


def test_a_wrapper_is_no_part_of_the_names() -> None:
    assert set(series(read('{"history": {"d_loss": [0.1], "g_loss": [1]}}')[0])) == {"d_loss", "g_loss"}
    assert set(series(read('{"train": {"d": [0.1]}, "val": {"d": [1]}}')[0])) == {"train/d", "val/d"}


def test_data_frames_written_by_pandas() -> None:
    assert series(read('{"d_loss": {"0": 0.1, "1": 0.2}, "g_loss": {"0": 1.1, "1": 1.2}}')[0]) == {
        "d_loss": ([0, 1], [0.1, 0.2]),
        "g_loss": ([0, 1], [1.1, 1.2]),
    }


def test_an_object_a_epoch() -> None:
    batch, _ = read('{"epoch_1": {"d": 0.1, "g": 2}, "epoch_2": {"d": 0.2, "g": 1}}')
    assert series(batch) == {"d": ([1, 2], [0.1, 0.2]), "g": ([1, 2], [2.0, 1.0])}


def test_records_below_a_key() -> None:
    batch, _ = read('{"best": 3, "log_history": [{"step": 1, "d": 0.5}, {"step": 2, "d": 0.6, "s": "}]{"}]}')
    assert series(batch) == {"d": ([1, 2], [0.5, 0.6])}


def test_numbers_alone_are_named_by_the_file() -> None:
    assert series(read("[0.1, 0.2]", "/runs/a/d_losses.json")[0]) == {"d_losses": ([0, 1], [0.1, 0.2])}


def test_tensorboard_downloads() -> None:
    batch, axis = read("[[1714469542.5, 10, 0.5], [1714469543.5, 20, 0.6]]", "d_loss.json")
    assert (axis, series(batch)) == ("step", {"d_loss": ([10, 20], [0.5, 0.6])})
    assert batch.columns[0].wall_times is not None


def test_objects_one_after_the_other() -> None:
    records = "\n".join(json.dumps({"step": i, "d": i / 2}, indent=2) for i in range(3))
    assert series(read(records)[0]) == {"d": ([0, 1, 2], [0.0, 0.5, 1.0])}


@pytest.mark.parametrize(
    ("text", "points", "reasons"),
    [
        ("[" * 100_000, 0, ["JSON nested deeper than 32: the rest is not read"]),
        ('{"a":' * 100_000, 0, ["JSON nested deeper than 32: the rest is not read"]),
        ('[{"a": 1}, {"a": ' + "[" * 100_000 + "}, ", 1, ["JSON nested too deep"]),
        (
            '[{"a": 1}, xx {"a": !}, {"a": 3}]]',
            2,
            ["not JSON", "not JSON, or cut off", "] without an opening bracket"],
        ),
        ("[0.1, " + "7" * 10_000 + ", 0.2]", 2, ["token longer than 4,096 bytes"]),
        ("[0.1, 1e999, " + "7" * 400 + ", Infinity]", 2, ["number too large for a double"] * 2),
        ("[1_0, 0x1, 2]", 1, ["not JSON"] * 2),
        ('{"d": [0.1, 0.2, 0.693', 2, ["cut off"]),
        ('{"d": [0.1, "x", true, 0.2]}', 2, []),
        ('"abc', 0, ["cut off"]),
        ('["' + "x" * 100_000 + '", 3]', 1, []),
        ('[{"a": 1, "b": "' + "x" * (5 << 20) + '"}, {"a": 2}]', 1, ["record longer than 4,194,304 bytes"]),
    ],
)
def test_damage(text: str, points: int, reasons: list[str]) -> None:
    batch, _ = read(text)
    assert batch.points == points
    assert [f.reason for f in batch.faults] == reasons


def test_can_be_settled_and_go_on() -> None:
    parser = JsonDocumentParser()
    parser.feed(b'[{"a": 1}, {"a": ')
    assert copy.deepcopy(parser).finish().points == 0
    assert parser.feed(b"2}]").points == 1


@pytest.mark.parametrize("size", [1 << 30, 100_000, 4_999])
def test_long_arrays_are_the_same_however_they_come_and_whatever_is_in_them(size: int) -> None:
    records = [{"step": i, "d": i / 7, "m": {"num": 1, "mean": i, "std": 0}} for i in range(9000)]
    text = (
        json.dumps(records, indent=1).replace('"d": 500.0', '"d": NaN').replace('"step": 5000', '"step": !')
    )
    data = text.encode()
    parser = JsonDocumentParser()
    batch = join([*(parser.feed(data[i : i + size]) for i in range(0, len(data), size)), parser.finish()])
    assert [f.reason for f in batch.faults] == ["not JSON, or cut off"]
    assert data[batch.faults[0].offset :].startswith(b'{\n  "step": !')
    found = series(batch)
    assert found["m"] == ([i for i in range(9000) if i != 5000], [float(i) for i in range(9000) if i != 5000])
    assert found["d"][1][3500] != found["d"][1][3500]
    assert found["d"][1][3499] == 3499 / 7
