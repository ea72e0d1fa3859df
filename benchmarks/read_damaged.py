"""Reads one damaged event file with one reader, and prints what it shows and what it says of the damage.

    python benchmarks/read_damaged.py gan_tui FILE

Run by benchmarks/damage.py. Prints JSON: points as [tag, step, value], and the faults that are told.
"""

# ruff: noqa: PLC0415 - each reader loads its own library, and not the others'

from __future__ import annotations

import contextlib
import io
import json
import logging
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

Found = tuple[list[list[Any]], list[tuple[int, int]], str]


def gan_tui(path: Path) -> Found:
    """This program, as `gan-tui check` reads."""
    from gan_tui import load

    run = load(path)
    points = [
        [name, int(step), float(value)]
        for name, series in run.series.items()
        for step, value in zip(series.view().steps, series.view().values, strict=True)
    ]
    return points, [(fault.offset, fault.bytes) for fault in run.faults], ""


def tensorboard(path: Path) -> Found:
    """TensorBoard's EventAccumulator."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    said = io.StringIO()
    logging.getLogger("tensorboard").addHandler(logging.StreamHandler(said))
    reader = EventAccumulator(str(path), size_guidance={"scalars": 0})
    error = ""
    try:
        reader.Reload()
    except Exception as problem:  # noqa: BLE001 - whatever it raises is part of the answer
        error = type(problem).__name__
    tags = reader.Tags()["scalars"]
    points = [[tag, event.step, event.value] for tag in tags for event in reader.Scalars(tag)]
    return points, [], error or said.getvalue()[:200]


def terminalboard(path: Path) -> Found:
    """Terminalboard's own reader."""
    from terminalboard.reader import make_reader

    points, error = [], ""
    reader = make_reader(str(path.parent))
    try:
        reader.poll()
    except Exception as problem:  # noqa: BLE001 - whatever it raises is part of the answer
        error = type(problem).__name__
    for run in reader.runs.values():
        for tag, series in run.series.items():
            values = getattr(series, "values", [])
            with contextlib.suppress(TypeError, ValueError):
                points += [[tag, int(s), float(v)] for s, v in zip(series.steps, values, strict=False)]
    return points, [], error


def rustboard(path: Path) -> Found:
    """TensorBoard's data server, with its checksums on."""
    import grpc
    import tensorboard_data_server
    from tensorboard.data.proto import data_provider_pb2 as pb
    from tensorboard.data.proto import data_provider_pb2_grpc as services

    plugin = pb.PluginFilter(plugin_name="scalars")
    everything = pb.Downsample(num_points=(1 << 31) - 1)
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "said").open("w+") as said:
        port = Path(folder) / "port"
        command = [
            tensorboard_data_server.server_binary(), "--logdir", str(path.parent), "--port", "0",
            "--port-file", str(port), "--reload", "once", "--samples-per-plugin", "scalars=all",
            "--die-after-stdin", "--checksum", "--verbose",
        ]  # fmt: skip
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said) as server:
            while not (port.exists() and port.read_text().strip()):
                time.sleep(0.01)
            stub = services.TensorBoardDataProviderStub(
                grpc.insecure_channel(
                    f"localhost:{port.read_text().strip()}",
                    options=[("grpc.max_receive_message_length", -1)],
                )
            )
            points, rest = [], 10
            while rest:  # until nothing has been added for a second
                time.sleep(0.1)
                request = pb.ReadScalarsRequest(plugin_filter=plugin, downsample=everything)
                answer = stub.ReadScalars(request, wait_for_ready=True)
                now = [
                    [tag.tag_name, step, value]
                    for run in answer.runs
                    for tag in run.tags
                    for step, value in zip(tag.data.step, tag.data.value, strict=True)
                ]
                rest = rest - 1 if len(now) == len(points) else 10
                points = now
            server.terminate()
        said.seek(0)
        lines = [line.strip() for line in said if "WARN" in line or "ERROR" in line]
    return points, [], lines[0] if lines else ""


def main() -> None:
    """Read and report."""
    reader = {f.__name__: f for f in (gan_tui, tensorboard, terminalboard, rustboard)}[sys.argv[1]]
    points, faults, said = reader(Path(sys.argv[2]))
    print(json.dumps({"points": points, "faults": faults, "said": said}))


if __name__ == "__main__":
    main()
