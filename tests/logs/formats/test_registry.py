"""The format of a file is detected by its content first, by its name second."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import numpy as np
import pytest

from gan_tui.errors import UsageError
from gan_tui.logs.formats.registry import FORMATS, by_name, detect
from tests.helpers import event_bytes
from tests.helpers.printed_lines import CASES, Case, lines


def npy(array: np.ndarray) -> bytes:
    target = io.BytesIO()
    np.save(target, array)
    return target.getvalue()


def rows(*records: object) -> bytes:
    return "".join(json.dumps(r) + "\n" for r in records).encode()


CHAINER = json.dumps(
    [{"iteration": i, "loss_dis": 1.2, "loss_gen": 0.7} for i in range(3)], indent=4
).encode()

ROWS_THEN_OTHERS = "step,d_loss,g_loss\n" + "".join(f"{i},0.5,1.5\n" for i in range(100))
ROWS_THEN_OTHERS += "".join(f"{i}{',7' * (3 + i % 60)}\n" for i in range(300))

LOGS = [
    ("csv", ROWS_THEN_OTHERS.encode(), "losses.csv"),
    ("tensorboard", event_bytes.record(b"") + event_bytes.record(b""), "events.out.tfevents.1.host"),
    ("tensorboard", event_bytes.record(b""), "renamed"),
    ("tensorboard", b"\xff" * 40, "runs/a/events.out.tfevents.1.host.v2"),
    ("npy", npy(np.arange(9.0)), "d_losses.npy"),
    ("json", CHAINER, "log"),
    ("json", CHAINER[:-40], "result/log"),
    ("json", json.dumps({"d_loss": [0.5, 0.4], "g_loss": [1.1, 1.2]}).encode(), "history.json"),
    ("json", json.dumps([{"epoch": 1, "d_loss": 0.5}]).encode(), "log.json"),
    ("jsonl", rows({"step": 5, "d_loss": 0.5}, {"step": 10, "d_loss": 0.4}), "metrics.jsonl"),
    ("jsonl", rows({"step": 5, "d_loss": 0.5}), ""),
    (
        "jsonl",
        rows({"env_info": "linux"}, {"mode": "train", "epoch": 1, "iter": 5, "loss": 0.5}),
        "a.log.json",
    ),
    ("jsonl", rows({"results": {"fid50k_full": 8.2}, "metric": "fid50k_full"}), "metric-fid50k_full.jsonl"),
    ("jsonl", rows({"step": 5, "d_loss": 0.5}, {"step": 10, "d_loss": 0.4}) + b'{"step": 15, "d_', "x.csv"),
    ("metric", b"0: 0.5\n10: 0.4\n20: -0.3\n", "logs/run/G_loss.log"),
    ("csv", b"epoch,d_loss,g_loss\n1,0.5,1.2\n", "metrics.csv"),
    ("csv", b"epoch;d_loss;g_loss\n1;0.5;1.2\n2;0.4;1.3\n", "anything.txt"),
    ("csv", b"epoch\td_loss\tg_loss\n1\t0.5\t1.2\n", ""),
    ("csv", b"epoch,d_loss\n", "losses.csv"),
    ("csv", b"0.5,0.4,0.3\n0.6,0.4,0.2\n", "headerless.csv"),
    ("csv", b',losses_g\n0,"tensor(10.5290, grad_fn=<BinaryCrossEntropyBackward0>)"\n', "losses.csv"),
    ("csv", b"epoch,step,d_loss,g_loss\n0,1,0.5,\n0,1,,1.2\n", "lightning_logs/version_0/metrics.csv"),
    ("text", b"[0/25][0/1583] Loss_D: 1.7 Loss_G: 5.2\n", "nohup.out"),
]


@pytest.mark.parametrize(("name", "head", "filename"), LOGS)
def test_a_log_is_detected(name: str, head: bytes, filename: str) -> None:
    detected = detect(head, filename)
    assert detected is not None
    assert detected.name == name


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.source)
@pytest.mark.parametrize("filename", ["", "train.log", "loss_log.txt"])
def test_every_printed_log_is_detected(case: Case, filename: str) -> None:
    detected = detect(case.text.encode(), filename)
    assert detected is not None
    assert detected.name == "text"


def test_utf16_is_detected() -> None:
    detected = detect(CASES[3].text.encode("utf-16"), "log.txt")
    assert detected is not None
    assert detected.name == "text"


README = """# My GAN

Trains for 200 epochs with a learning rate of 0.0002 and beta1 0.5 on 4 GPUs. Reaches an FID of 12.3.

| model | FID | IS |
|-------|-----|----|
| DCGAN | 37.1 | 6.2 |
| SNGAN | 21.7 | 8.2 |

    python train.py --lr 0.0002 --epochs 200
"""

SOURCE = """
lr = 0.0002
for epoch in range(200):
    d_loss = 0.5 * (real_loss + fake_loss)
    print("[Epoch %d/%d] [D loss: %f]" % (epoch, 200, d_loss.item()))
    d_loss = 0.0
    g_loss = 0.0
    if d_loss < 0.1: lr = 0.0001
"""

OTHERS = [
    ("README.md", README),
    ("README", README),
    ("notes.txt", README),
    ("train.py", SOURCE),
    ("requirements.txt", "torch==1.8.0\nnumpy>=1.20\ntqdm==4.62.3\nPillow~=8.1\n"),
    ("hparams.yaml", "lr: 0.0002\nb1: 0.5\nlatent_dim: 100\nd_loss_weight: 1.0\n"),
    ("opt.txt", "----- Options -----\n  beta1: 0.5\n  lambda_A: 10.0\n----- End -----\n"),
    (
        "config.json",
        json.dumps({"lr": 0.0002, "epochs": 200, "betas": [0.5, 0.999], "loss": "hinge"}, indent=2),
    ),
    (
        "training_options.json",
        json.dumps({"num_gpus": 1, "G_kwargs": {"z_dim": 512}, "loss_kwargs": {"r1_gamma": 10}}),
    ),
    ("params.json", json.dumps({"lr": 0.0002, "epochs": 200}) + "\n"),
    ("model.json", json.dumps({"layers": [64, 128, 256], "name": "dcgan"})),
    (
        "package.json",
        json.dumps({"name": "x", "version": "1.0.0", "dependencies": {"a": "^1.2.0"}}, indent=2),
    ),
    ("train.ipynb", json.dumps({"cells": [{"cell_type": "code", "execution_count": 3}] * 4, "nbformat": 4})),
    ("coco.json", json.dumps({"images": [{"id": 1, "width": 640, "height": 480}], "info": {"year": 2017}})),
    ("data.jsonl", rows({"text": "a"}, {"text": "b"}).decode()),
    ("labels.txt", "cat 0\ndog 1\nbird 2\n"),
    ("000123.txt", "0 0.5 0.5 0.25 0.25\n1 0.3 0.2 0.10 0.10\n"),
    (
        "LICENSE",
        "MIT License\n\nCopyright (c) 2024\n\nPermission is hereby granted, free of charge, ...\n" * 9,
    ),
    ("prose.txt", "It was the best of times, it was the worst of times, in 1859.\n" * 40),
    ("empty.log", ""),
    ("blank.log", "\n\n\n"),
]


@pytest.mark.parametrize(("filename", "text"), OTHERS, ids=[n for n, _ in OTHERS])
def test_other_files_are_left_alone(filename: str, text: str) -> None:
    assert detect(text.encode(), filename) is None


@pytest.mark.parametrize(
    "filename", ["", "losses.csv", "train.log", "stats.jsonl", "d_losses.npy", "log.json"]
)
@pytest.mark.parametrize(
    "head",
    [
        np.random.default_rng(0).bytes(65_536),
        b"\x89PNG\r\n\x1a\n" + np.random.default_rng(1).bytes(4000),
        bytes(4096),
        npy(np.zeros((60_000 // 784, 784))),
        b"PK\x03\x04" + np.random.default_rng(2).bytes(4000),
    ],
    ids=["random", "png", "zeros", "data.npy", "zip"],
)
def test_binary_files_of_any_name_are_left_alone(head: bytes, filename: str) -> None:
    assert detect(head, filename) is None


def test_detects_a_log_by_the_lines_before_the_damage() -> None:
    rows = b"".join(b"%d,0.5,0.7\n" % n for n in range(10))
    head = b"step,d_loss,g_loss\n" + rows + bytes(range(256)) * 100
    detected = detect(head, "losses.csv")
    assert detected is not None
    assert detected.name == "csv"
    assert detect(b"P6\n640 480\n255\n" + bytes(range(256)) * 100, "fake.ppm") is None


def test_arrays_of_data_are_left_alone() -> None:
    assert detect(npy(np.zeros(100)), "fixed_noise.npy") is None


@pytest.mark.parametrize("name", [f.name for f in FORMATS])
def test_by_name(name: str) -> None:
    log_format = by_name(name)
    assert log_format.name == name
    assert not log_format.make_parser().feed(b"").columns
    assert log_format.make_parser("runs/d_loss.log").axis in ("", "step", "row")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="jsonl"):
        by_name("xml")


def test_every_example_is_no_source_code() -> None:
    for log_format in FORMATS:
        assert log_format.description
        assert log_format.examples


def test_a_table_loads_no_other_parser() -> None:
    script = (
        "import sys; from gan_tui.logs.formats.registry import detect\n"
        "f = detect(b'epoch,d_loss,g_loss\\n1,0.5,1.2\\n2,0.4,1.3\\n', 'a.csv'); assert f.name == 'csv'\n"
        "loaded = {m for m in sys.modules if m.startswith('gan_tui.logs')}\n"
        "others = ('tensorboard.parser', 'console.parser', 'json.document')\n"
        "assert not loaded & {'gan_tui.logs.' + name for name in others}, loaded\n"
        "assert not any(m.startswith('google.protobuf') for m in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_every_printed_case_is_a_text_of_several_lines() -> None:
    assert all(c.text.count("\n") + c.text.count("\r") > 1 for c in CASES)
    assert lines("a", "b") == "a\nb\n"
