"""Printed lines: every codebase's own, and what holds from line to line."""

from __future__ import annotations

import time

import numpy as np
import pytest

from gan_tui.logs.console import line_templates, parser
from gan_tui.logs.console.parser import TextLinesParser
from gan_tui.logs.model import Batch, join
from tests.helpers.printed_lines import CASES, Case, lines


def read(text: str | bytes) -> tuple[Batch, str]:
    parser = TextLinesParser()
    data = text.encode() if isinstance(text, str) else text
    return join([parser.feed(data), parser.finish()]), parser.axis


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 400, "9" * 400 + ".5"])
def test_a_number_beyond_a_double_is_a_fault_and_no_infinity(number: str) -> None:
    text = "".join(f"step {step}: D loss: 0.5, G loss: 2.5\n" for step in (1, 2, 3))
    text += f"step 4: D loss: {number}, G loss: 2.5\nstep 5: D loss: inf, G loss: 2.5\n"
    batch, _ = read(text)
    d_loss, g_loss = (column.values.tolist() for column in batch.columns)
    assert (d_loss, g_loss) == ([0.5, 0.5, 0.5, np.inf], [2.5] * 5)
    assert [fault.reason for fault in batch.faults] == ["number too large for a double"]


@pytest.mark.parametrize(
    "line", ["Epoch {0}/{1} loss: 0.5\n", "[{0}/{1}] loss: 0.5\n", "{1}/{1} loss: 0.5\n"]
)
@pytest.mark.parametrize("count", ["9" * 400, "9" * 300, "1,000"])
def test_a_count_beyond_all_bounds_is_no_count_of_anything(line: str, count: str) -> None:
    batch, _ = read(line.format(1, 3) * 3 + line.format(2, count) * 3)
    assert batch.points >= 1


def test_a_ruler_of_many_dashes_is_read_in_one_go() -> None:
    looked_at = parser._OPTIONS.search("-" * 100_000 + " Options ---------")
    assert looked_at is not None
    assert looked_at.start() == 99_995  # no dash is gone over for each one before it


def steps_of(text: str | bytes) -> dict[str, list[int]]:
    return {c.name: c.steps.tolist() for c in read(text)[0].columns}


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.source)
def test_reads_what_the_codebase_prints(case: Case) -> None:
    batch, axis = read(case.text)
    assert axis == case.axis
    assert batch.faults == ()
    found = {c.name: c for c in batch.columns}
    for name, values in case.series.items():
        np.testing.assert_array_equal(found[name].values, values, err_msg=name)
        assert found[name].steps.tolist() == case.steps, name


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.source)
def test_takes_no_time_memory_or_progress_for_a_series(case: Case) -> None:
    names = " ".join(c.name.lower() for c in read(case.text)[0].columns)
    for word in ("time", "eta", "elapsed", "sec", "mem", "progress", "maintenance", "data", "s/b", "v_num"):
        assert word not in names


PROSE = [
    "Loading training set...",
    "/usr/lib/python3/dist-packages/torch/utils/data/dataloader.py:558: UserWarning: This will create",
    "3 worker processes in total. Our suggested max number of worker in current system is 2, which is less",
    "Traceback (most recent call last):",
    '  File "/home/me/train.py", line 123, in <module>',
    "RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 7.79 GiB total capacity)",
    "Namespace(batch_size=64, epochs=200, lr=0.0002, b1=0.5, n_critic=5)",
    "synthesis.b4.conv1    2622465     32       [32, 512, 4, 4]      float32 ",
    "synthesis.b4:0        8192        16       [32, 512, 4, 4]      float32 ",
    "Num images:  912",
    "Image shape: [3, 128, 128]",
    "End of epoch 3 / 200 \t Time Taken: 120 sec",
    "saving the latest model (epoch 3, total_iters 5000)",
    "learning rate 0.0002000 -> 0.0001980",
    "torch==1.8.0",
    "W0522 00:52:15.130805 140546222774080 module_wrapper.py:139] From main.py:75: The name is deprecated.",
    "2021-05-22 00:52:15.152166: I tensorflow/core/platform/cpu_utils.cc:94] CPU Frequency: 3699850000 Hz",
    "name: GeForce RTX 2080 Ti major: 7 minor: 5 memoryClockRate(GHz): 1.545",
    "pciBusID: 0000:08:00.0",
    "Resuming from ./experiments/00015-auto1/network-snapshot-000200.pkl at 12:30:01",
    "================ Training Loss (Fri Apr  6 00:34:25 2018) ================",
    " 12%|##   | 120/1000 [00:10<01:20, 11.2it/s]",
]


@pytest.mark.parametrize("line", PROSE)
def test_finds_nothing_in_prose_even_when_it_comes_again(line: str) -> None:
    batch, _ = read(lines(line, line, line, line))
    assert batch == Batch()


def test_passes_over_printed_options() -> None:
    options = lines(
        "----------------- Options ---------------",
        "                    beta1: 0.5                           ",
        "                 lambda_A: 10.0                          ",
        "----------------- End -------------------",
    )
    batch, _ = read(options * 3 + lines("(epoch: 1, iters: 100, time: 0.1) D_A: 0.255 ") * 2)
    assert [c.name for c in batch.columns] == ["D_A"]


def test_a_key_left_out_is_no_point() -> None:
    found, _ = read(
        lines(
            "(epoch: 1, iters: 100, time: 0.1) G_GAN: 1.0 G_VGG: 0.3 ",
            "(epoch: 1, iters: 200, time: 0.1) G_GAN: 1.1 ",
            "(epoch: 1, iters: 300, time: 0.1) G_GAN: 1.2 G_VGG: 0.2 ",
        )
    )
    steps = {c.name: c.steps.tolist() for c in found.columns}
    assert steps == {"G_GAN": [100, 200, 300], "G_VGG": [100, 300]}


def test_a_name_without_a_counter_waits_for_its_second_time() -> None:
    parser = TextLinesParser()
    assert not parser.feed(b"lr: 0.0002\nd: 0.4; g: 1.2\n")
    batch = parser.feed(b"d: 0.5; g: 1.3\n")
    assert {c.name: (c.steps.tolist(), c.values.tolist()) for c in batch.columns} == {
        "d": ([0, 1], [0.4, 0.5]),
        "g": ([0, 1], [1.2, 1.3]),
    }


def test_a_name_beside_a_counter_gives_its_point_at_once() -> None:
    assert TextLinesParser().feed(b"[0/25][0/1583] Loss_D: 1.7 Loss_G: 5.2\n").points == 2


def test_phases_restart_their_steps() -> None:
    text = lines(
        "Start Embedding Network Training",
        "step: 0/2000, e_loss: 0.31",
        "step: 1000/2000, e_loss: 0.11",
        "Finish Embedding Network Training",
        "Start Training with Supervised Loss Only",
        "step: 0/2000, s_loss: 0.21",
        "step: 1000/2000, s_loss: 0.11",
        "Start Joint Training",
        "step: 0/2000, d_loss: 2.01, g_loss_u: 0.71, g_loss_s: 0.01, g_loss_v: 0.2, e_loss_t0: 0.03",
        "step: 1000/2000, d_loss: 2.05, g_loss_u: 0.72, g_loss_s: 0.01, g_loss_v: 0.2, e_loss_t0: 0.03",
    )
    found = steps_of(text)
    assert set(found) == {"e_loss", "s_loss", "d_loss", "g_loss_u", "g_loss_s", "g_loss_v", "e_loss_t0"}
    assert all(steps == [0, 1000] for steps in found.values())


def test_a_line_at_the_end_of_an_epoch_stands_at_the_last_step() -> None:
    text = "".join(
        lines(
            f"[Epoch {e}/3] [Batch 0/2] [D loss: 0.5]",
            f"[Epoch {e}/3] [Batch 1/2] [D loss: 0.4]",
            f"Epoch {e}: FID: {30 - e}.5",
        )
        for e in range(3)
    )
    assert steps_of(text) == {"D loss": [0, 1, 2, 3, 4, 5], "FID": [1, 3, 5]}


def test_validation_is_kept_apart_from_training() -> None:
    text = "".join(
        lines(f"Epoch {e} d_loss: 0.5 g_loss: 1.0", f"Validation: d_loss: 0.{e} g_loss: 2.0")
        for e in range(1, 4)
    )
    batch, _ = read(text)
    found = {c.name: (c.steps.tolist(), c.values.tolist()) for c in batch.columns}
    assert found["d_loss"] == ([1, 2, 3], [0.5] * 3)
    assert found["val/d_loss"] == ([1, 2, 3], [0.1, 0.2, 0.3])


def test_a_bar_drawn_again_is_one_point_its_last() -> None:
    bars = [(1, 0.9), (1, 0.8), (2, 0.8), (2, 0.7), (3, 0.7)]
    text = "".join(f"\r 1%|# | {i}/9 [00:01<00:02, 1.0it/s, loss_d={x}]" for i, x in bars)
    (column,) = read(text)[0].columns
    assert (column.steps.tolist(), column.values.tolist()) == ([1, 2, 3], [0.8, 0.7, 0.7])


def test_a_run_begun_anew_goes_back() -> None:
    text = lines(
        *[f"[Epoch {e}/9] [Batch {b}/10] [D loss: 0.5]" for e, b in ((0, 0), (0, 5), (1, 0), (0, 0), (0, 5))]
    )
    assert steps_of(text) == {"D loss": [0, 5, 10, 0, 5]}


def test_resumed_in_the_middle_counts_from_there() -> None:
    text = lines(*[f"[Epoch {e}/99] [Batch {b}/600] [D loss: 0.5]" for e, b in ((50, 0), (50, 300), (51, 0))])
    assert steps_of(text) == {"D loss": [30000, 30300, 30600]}


def test_an_iteration_beside_the_epoch_goes_on_from_a_resumed_start() -> None:
    text = lines(*[f"Epoch [{e}/100], Iter [{i}/60000], d_loss: 0.5" for e, i in ((50, 29500), (51, 30100))])
    assert steps_of(text) == {"d_loss": [29500, 30100]}


def test_time_stamps_are_the_wall_times() -> None:
    batch, _ = read(lines(*[f"2024-05-01 12:00:0{i},250 INFO step {i} d_loss: 0.5" for i in range(3)]))
    (column,) = batch.columns
    assert column.wall_times is not None
    first = time.mktime((2024, 5, 1, 12, 0, 0, 0, 0, -1))
    np.testing.assert_allclose(column.wall_times - first, [0.25, 1.25, 2.25])


def test_utf16_as_powershell_writes_it() -> None:
    text = CASES[3].text
    assert read(text.encode("utf-16"))[0].points == read(text)[0].points > 0


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("Epoch 1 scale 1 loss: 0.5", "scale 1 loss", 0.5),
        ("Epoch 1 D 2: 0.5", "D 2", 0.5),
        ("Epoch 1 loss_G(3) = 0.5", "loss_G(3)", 0.5),
        ("Epoch 1 D[0]: 0.5", "D[0]", 0.5),
        ("Epoch 1 D1 Loss: 0.5", "D1 Loss", 0.5),
        ("Epoch 1 D(x,Gz(x)): 0.5", "D(x,Gz(x))", 0.5),
        ("Epoch 1 Generator (Res_UNet) loss: 0.5", "Generator (Res_UNet) loss", 0.5),
        ("Epoch 1 fid50k_full 8.2", "fid50k_full", 8.2),
        ("Epoch 1 FID: 32.1 ± 0.3", "FID", 32.1),
        ("Epoch 1 loss: 1,234.5", "loss", 1234.5),
        ("Epoch 1 loss: 1.5E+00 | acc: 3%", "loss", 1.5),
        ("Epoch 1 --Train_gen_loss: 0.5", "Train_gen_loss", 0.5),
        ("Epoch:003/100, Batch012/938 [d_loss_real 0.3]", "d_loss_real", 0.3),
        ("Epoch(val) [3][100/100]  fid: 0.5", "val/fid", 0.5),
    ],
)
def test_names(line: str, name: str, value: float) -> None:
    found = {c.name: c.values.tolist() for c in read(lines(line))[0].columns}
    assert found[name] == [value]


def test_the_same_name_twice_in_a_line_is_two_series() -> None:
    batch, _ = read(lines("0 [D loss: 0.5, acc.: 60.0%] [G loss: 0.7, acc.: 40.0%]"))
    assert {c.name: c.values.tolist() for c in batch.columns}["acc. (2)"] == [40.0]


@pytest.mark.parametrize(
    "junk",
    [
        "a-" * 4000,
        "1,111" + ",111" * 1900,
        "(" * 4000 + "1" + ")" * 3000,
        "tensor(1 " * 800,
        "D(G(" * 1900 + "1",
        "1 d " * 1900,
        "1%|" * 2600,
        "\x1b[" * 3000,
        "x: 0.5, " * 900,
        "9" * 7000,
    ],
)
def test_no_line_is_too_much(junk: str) -> None:
    read(lines(junk, junk, junk))


def test_a_line_beyond_all_measure_is_a_fault() -> None:
    data = b"x" * (5 << 20)
    batch, _ = read(b"Epoch 1 d_loss: 0.5\n" + data + b"\nEpoch 2 d_loss: 0.4\n")
    assert [(f.offset, f.bytes) for f in batch.faults] == [(20, len(data))]
    assert batch.points == 2


def test_more_names_than_make_sense_are_left_aside() -> None:
    text = "".join(f"Epoch 1 loss_x{i}y: 0.5\n" for i in range(10_100))
    batch, _ = read(text)
    assert len(batch.columns) == 10_000
    assert [f.bytes for f in batch.faults[:64]] == [len("Epoch 1 loss_x10000y: 0.5")] * 64
    assert all("10,000 names" in f.reason for f in batch.faults)


def test_templates_that_never_pay_are_made_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    make = line_templates._make_template
    monkeypatch.setattr(
        line_templates, "_make_template", lambda text, *rest: (lines.append(text), make(text, *rest))[1]
    )
    monkeypatch.setattr(line_templates, "INITIAL_BUDGET", 10 * line_templates.TEMPLATE_COST)
    reader = line_templates.LineReader()
    for i in range(100):
        reader.read(f"step {i}: loss_{i}x: 0.5")
    assert len(lines) == 10
