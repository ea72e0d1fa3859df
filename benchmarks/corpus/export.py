"""Write runs as the logs that people have, with their truth.

    python -m benchmarks.corpus.export RUNS LOGS [--logs-a-run 1] [--undecided]

Each log is a folder of LOGS, and a line of LOGS/truth.jsonl: `path`, `format`, how it is kept, and the truth
with steps as the log numbers them. `benchmarks/badges.py LOGS` judges them.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from PIL import Image
from tensorboardX import SummaryWriter
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.summary_pb2 import Summary
from tensorboardX.proto.tensor_pb2 import TensorProto
from tensorboardX.record_writer import RecordWriter

from benchmarks.corpus.conventions import Convention, View, draw_convention, view
from benchmarks.corpus.label import runs_of, truth_line
from benchmarks.corpus.runs import Run

Bytes = NDArray[np.uint8]

GAP = 2
"""Black pixels between the samples of a grid."""
WALL_TIME = 1_767_225_600.0
"""When each log begins, seconds since 1970."""
STEP_TIME = 0.05
EPOCHS_PRINTED = 25
"""Epochs of a log that prints both epoch and batch."""


class Log(Struct, frozen=True):
    """What is written: a run, how, and as what."""

    run: Run
    convention: Convention
    view: View
    folder: Path

    def number(self, value: float) -> str:
        """Return a value as text."""
        if not math.isfinite(value):
            return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
        decimals = self.convention.decimals
        return f"{value:.6g}" if decimals is None else f"{value:.{decimals}f}"

    def rows(self) -> Iterator[tuple[int, dict[str, float]]]:
        """Yield each number of the axis with the values logged there."""
        at: dict[int, dict[str, float]] = {}
        for name, series in self.view.series.items():
            for step, value in zip(series.steps.tolist(), series.values.tolist(), strict=True):
                at.setdefault(step, {})[name] = value
        yield from sorted(at.items())

    def write(self, name: str, lines: Iterator[str], head: str = "") -> None:
        """Write a text file, each line as often as the convention says."""
        with (self.folder / name).open("w") as file:
            file.write(head)
            for line in lines:
                file.write(line * self.convention.repeats)


def written(run: Run, convention: Convention, folder: Path) -> View:
    """Write one log into a folder of its own and return what it shows."""
    folder.mkdir(parents=True)
    log = Log(run, convention, view(run, convention), folder)
    FORMS[convention.form](log)
    if convention.grids and convention.form != "tb":
        (folder / "samples").mkdir()
        for step, grid in grids_of(log):
            (folder / "samples" / f"fakes_{step:06d}.png").write_bytes(png(grid, convention.tiles))
        if convention.reals:
            (folder / "samples" / "real_samples.png").write_bytes(png(run.reals, convention.tiles))
    return log.view


# -- text ------------------------------------------------------------------------------------------------


def _csv(log: Log, name: str, titles: dict[str, str], *, delimiter: str = ",", axis: str = "step") -> None:
    """Write a table; columns that are not logged are left out, values that are not stay empty."""
    shown = [column for column in titles if column in log.view.series]
    head = delimiter.join([axis, *(titles[column] for column in shown)]) + "\n"
    lines = (
        delimiter.join([str(step), *(log.number(row[c]) if c in row else "" for c in shown)]) + "\n"
        for step, row in log.rows()
    )
    log.write(name, lines, head)


def _axis(log: Log, step: str, epoch: str = "epoch") -> str:
    return epoch if log.convention.by_epoch else step


def _csv_dcgan(log: Log) -> None:
    titles = {
        "d_loss": "Loss_D", "g_loss": "Loss_G", "real_score": "D(x)", "fake_score": "D(G(z)) before",
        "fake_score_after": "D(G(z)) after",
    }  # fmt: skip
    _csv(log, "losses.csv", titles, axis=_axis(log, "iter"))


def _csv_critic(log: Log) -> None:
    titles = {
        "d_loss": "critic_loss", "g_loss": "gen_loss", "penalty": "gradient_penalty",
        "real_score": "critic_real", "fake_score": "critic_fake",
    }  # fmt: skip
    _csv(log, "train_log.csv", titles, axis=_axis(log, "iteration"))


def _csv_halves(log: Log) -> None:
    titles = {"d_loss_real": "d_loss_real", "d_loss_fake": "d_loss_fake", "g_loss": "g_loss"}
    _csv(log, "history.csv", titles, axis=_axis(log, "step"))


def _csv_accuracy(log: Log) -> None:
    titles = {
        "d_loss": "d_loss",
        "g_loss": "g_loss",
        "real_accuracy": "d_acc_real",
        "fake_accuracy": "d_acc_fake",
    }
    _csv(log, "history.csv", titles, axis=_axis(log, "step"))


def _csv_simple(log: Log) -> None:
    _csv(log, "log.csv", {"d_loss": "d_loss", "g_loss": "g_loss"}, axis=_axis(log, "step"))


def _csv_semicolon(log: Log) -> None:
    titles = {"g_loss": "Generator Loss", "d_loss": "Discriminator Loss"}
    _csv(log, "training.csv", titles, delimiter=";", axis=_axis(log, "Iteration", "Epoch"))


def _csv_lightning(log: Log) -> None:
    """Write a row for each value, as Lightning's CSVLogger does for values logged one by one."""
    shown = sorted(log.view.series)
    titles = sorted([*shown, "epoch", "step"])
    epoch = max(1, len(log.view.axis) // EPOCHS_PRINTED)

    def lines() -> Iterator[str]:
        for place, (step, row) in enumerate(log.rows()):
            for name in shown:
                if name in row:
                    cells = {"epoch": str(place // epoch), "step": str(step), name: log.number(row[name])}
                    yield ",".join(cells.get(title, "") for title in titles) + "\n"

    log.write("metrics.csv", lines(), ",".join(titles) + "\n")


def _jsonl(log: Log) -> None:
    axis = _axis(log, "step")
    decimals = log.convention.decimals

    def value(x: float) -> float:
        return round(x, decimals) if decimals is not None and math.isfinite(x) else x

    lines = (
        json.dumps({axis: step, **{name: value(x) for name, x in row.items()}}) + "\n"
        for step, row in log.rows()
    )
    log.write("metrics.jsonl", lines)


def _loss_log(log: Log) -> None:
    titles = {"d_loss": "D", "g_loss": "G"}
    epoch = max(1, len(log.view.axis) // EPOCHS_PRINTED)

    def lines() -> Iterator[str]:
        for place, (step, row) in enumerate(log.rows()):
            values = " ".join(f"{titles[name]}: {log.number(x)}" for name, x in row.items())
            yield f"(epoch: {place // epoch + 1}, iters: {step}, time: 0.004, data: 0.001) {values} \n"

    log.write(
        "loss_log.txt",
        lines(),
        "================ Training Loss (Mon Mar  2 10:00:00 2026) ================\n",
    )


def _console(log: Log) -> None:
    """Write the lines that the DCGAN example prints; rows are numbered by reading them."""
    batches = max(1, len(log.view.axis) // EPOCHS_PRINTED)
    epochs = -(-len(log.view.axis) // batches)

    def lines() -> Iterator[str]:
        for place, (_, row) in enumerate(log.rows()):
            text = {name: log.number(x) for name, x in row.items()}
            parts = [f"[{place // batches}/{epochs}][{place % batches}/{batches}]"]
            if "d_loss" in text:
                parts.append(f"Loss_D: {text['d_loss']}")
            if "g_loss" in text:
                parts.append(f"Loss_G: {text['g_loss']}")
            if {"real_score", "fake_score", "fake_score_after"} <= set(text):
                parts.append(f"D(x): {text['real_score']}")
                parts.append(f"D(G(z)): {text['fake_score']} / {text['fake_score_after']}")
            yield "\t".join(parts) + "\n"

    log.write("train.log", lines())


def _console_epochs(log: Log) -> None:
    epochs = len(log.view.axis)

    def lines() -> Iterator[str]:
        for place, (_, row) in enumerate(log.rows()):
            values = " - ".join(f"{name}: {log.number(x)}" for name, x in row.items())
            yield f"Epoch {place + 1}/{epochs} - {values}\n"

    log.write("train.log", lines())


def _console_steps(log: Log) -> None:
    titles = {"d_loss": "D loss", "g_loss": "G loss"}
    lines = (
        f"step {step} " + " ".join(f"[{titles[name]}: {log.number(x)}]" for name, x in row.items()) + "\n"
        for step, row in log.rows()
    )
    log.write("train.log", lines)


# -- TensorBoard -----------------------------------------------------------------------------------------


def _tensorboard(log: Log) -> None:
    titles = {"d_loss": "Loss/D", "g_loss": "Loss/G", "real_score": "D(x)", "fake_score": "D(G(z))"}
    writer = SummaryWriter(str(log.folder), flush_secs=3600)
    wall = WALL_TIME
    images = grids_of(log) if log.convention.grids else []
    if images and log.convention.reals:
        _add_image(writer, "samples/real", log.run.reals, log, 0)
    for step, row in log.rows():
        wall += STEP_TIME
        for name, value in row.items():
            writer.add_scalar(titles[name], value, step, walltime=wall)
        while images and images[0][0] <= step:
            at, grid = images.pop(0)
            _add_image(writer, "samples/fake", grid, log, at, wall)
    writer.close()


def _add_image(
    writer: SummaryWriter, tag: str, samples: Bytes, log: Log, step: int, wall: float = WALL_TIME
) -> None:
    picture = tiled(samples, log.convention.tiles)
    colours = 1 if picture.ndim == 2 else 3
    image = Summary.Image(
        encoded_image_string=png(samples, log.convention.tiles),
        height=picture.shape[0],
        width=picture.shape[1],
        colorspace=colours,
    )
    writer.file_writer.add_summary(Summary(value=[Summary.Value(tag=tag, image=image)]), step, wall)


def _tensorboard_2(log: Log) -> None:
    """Write scalars as tensors, as TensorFlow 2 does."""
    titles = {"d_loss": "discriminator_loss", "g_loss": "generator_loss"}
    writer = RecordWriter(str(log.folder / f"events.out.tfevents.{WALL_TIME:.0f}.host.1.0.v2"))
    wall = WALL_TIME
    writer.write(Event(wall_time=wall, file_version="brain.Event:2").SerializeToString())
    for step, row in log.rows():
        wall += STEP_TIME
        for name, value in row.items():
            with np.errstate(over="ignore"):
                content = struct.pack("<f", np.float32(value))
            tensor = TensorProto(dtype=1, tensor_content=content)
            tensor.tensor_shape.SetInParent()
            entry = Summary.Value(tag=titles[name], tensor=tensor)
            entry.metadata.plugin_data.plugin_name = "scalars"
            event = Event(wall_time=wall, step=step, summary=Summary(value=[entry]))
            writer.write(event.SerializeToString())
    writer.close()


FORMS: dict[str, Callable[[Log], None]] = {
    "csv-dcgan": _csv_dcgan,
    "csv-critic": _csv_critic,
    "csv-halves": _csv_halves,
    "csv-accuracy": _csv_accuracy,
    "csv-simple": _csv_simple,
    "csv-semicolon": _csv_semicolon,
    "csv-lightning": _csv_lightning,
    "jsonl": _jsonl,
    "loss-log": _loss_log,
    "tb": _tensorboard,
    "tb-tf2": _tensorboard_2,
    "console": _console,
    "console-epochs": _console_epochs,
    "console-steps": _console_steps,
}

# -- sample grids ----------------------------------------------------------------------------------------


def grids_of(log: Log) -> list[tuple[int, Bytes]]:
    """Return the sample grids that lie next to a log, with their numbers on its axis."""
    count = len(log.run.checkpoints)
    kept = range(count // log.convention.grids - 1, count, count // log.convention.grids)
    place = log.view.place
    return [(place(int(log.run.checkpoints[k])), log.run.grids[k]) for k in kept]


def tiled(samples: Bytes, tiles: int) -> Bytes:
    """Return `tiles` samples, a square number, of shape (n, channels, height, width) as one picture."""
    side = math.isqrt(tiles)
    channels, height, width = samples.shape[1:]
    picture = np.zeros((side * (height + GAP) + GAP, side * (width + GAP) + GAP, channels), np.uint8)
    for number, sample in enumerate(samples[: side * side]):
        row, column = divmod(number, side)
        top, left = GAP + row * (height + GAP), GAP + column * (width + GAP)
        picture[top : top + height, left : left + width] = sample.transpose(1, 2, 0)
    return picture[:, :, 0] if channels == 1 else picture


def png(samples: Bytes, tiles: int) -> bytes:
    """Return a grid of samples as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(tiled(samples, tiles)).save(file, "PNG")
    return file.getvalue()


# -- the truth -------------------------------------------------------------------------------------------


def placed_truth(truth: dict[str, Any], shown: View, convention: Convention, path: str) -> dict[str, Any]:
    """Return a line of truth.jsonl: the truth with its steps on the log's axis."""
    numbered = shown if convention.form != "console" else View({}, shown.ends, np.arange(len(shown.ends)))
    onset = truth["onset"]
    return {
        "path": path,
        "format": convention.form if convention.pace != "epoch-mean" else "epoch-mean",
        "convention": msgspec.to_builtins(convention),
        "has_samples": convention.grids > 0,
        **truth,
        "onset": None if onset is None else numbered.place(onset),
        "steps": int(numbered.axis[-1]),
        "states": [(numbered.place(step), state) for step, state in truth["states"]],
    }


def main() -> None:
    """Write the logs that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path)
    parser.add_argument("logs", type=Path, help="a folder that is not there yet")
    parser.add_argument("--logs-a-run", type=int, default=1)
    parser.add_argument("--undecided", action="store_true", help="also runs whose samples decide nothing")
    arguments = parser.parse_args()
    arguments.logs.mkdir(parents=True)
    with (arguments.logs / "truth.jsonl").open("w") as file:
        for run in runs_of(arguments.runs):
            truth = truth_line(run)
            if truth["final"] is None and not truth["ruled_out"] and not arguments.undecided:
                continue
            for number in range(arguments.logs_a_run):
                convention = draw_convention(run.settings, number)
                name = f"run{run.settings.seed}" + (f"-{number}" if number else "")
                shown = written(run, convention, arguments.logs / name)
                file.write(json.dumps(placed_truth(truth, shown, convention, name)) + "\n")


if __name__ == "__main__":
    main()
