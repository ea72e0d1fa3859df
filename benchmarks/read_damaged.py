"""Read one damaged event file with one reader, and print the points and what it reports about the damage.

    python benchmarks/read_damaged.py gan_tui FILE

Run by benchmarks/damage.py. Prints JSON: points as [tag, step, value], faults as [offset, bytes], and a
message.
"""

# ruff: noqa: PLC0415 - each reader loads only its own library

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

Result = tuple[list[list[Any]], list[tuple[int, int]], str]


def gan_tui(path: Path) -> Result:
    """Read with gan_tui, like `gan-tui check`."""
    from gan_tui import load

    run = load(path)
    points = [
        [name, int(step), float(value)]
        for name, series in run.series.items()
        for step, value in zip(series.view().steps, series.view().values, strict=True)
    ]
    return points, [(fault.offset, fault.bytes) for fault in run.faults], ""


def tensorboard(path: Path) -> Result:
    """Read with TensorBoard's EventAccumulator."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    messages = io.StringIO()
    logging.getLogger("tensorboard").addHandler(logging.StreamHandler(messages))
    reader = EventAccumulator(str(path), size_guidance={"scalars": 0})
    error = ""
    try:
        reader.Reload()
    except Exception as problem:  # noqa: BLE001 - any exception is part of the result
        error = type(problem).__name__
    tags = reader.Tags()["scalars"]
    points = [[tag, event.step, event.value] for tag in tags for event in reader.Scalars(tag)]
    return points, [], error or messages.getvalue()[:200]


def terminalboard(path: Path) -> Result:
    """Read with terminalboard's own reader."""
    from terminalboard.reader import make_reader

    points, error = [], ""
    reader = make_reader(str(path.parent))
    try:
        reader.poll()
    except Exception as problem:  # noqa: BLE001 - any exception is part of the result
        error = type(problem).__name__
    for run in reader.runs.values():
        for tag, series in run.series.items():
            values = getattr(series, "values", [])
            with contextlib.suppress(TypeError, ValueError):
                points += [[tag, int(s), float(v)] for s, v in zip(series.steps, values, strict=False)]
    return points, [], error


def rustboard(path: Path) -> Result:
    """Read with TensorBoard's data server, checksums on."""
    import grpc
    import tensorboard_data_server
    from tensorboard.data.proto import data_provider_pb2 as pb
    from tensorboard.data.proto import data_provider_pb2_grpc as services

    plugin = pb.PluginFilter(plugin_name="scalars")
    everything = pb.Downsample(num_points=(1 << 31) - 1)
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "stderr").open("w+") as errors:
        port = Path(folder) / "port"
        command = [
            tensorboard_data_server.server_binary(), "--logdir", str(path.parent), "--port", "0",
            "--port-file", str(port), "--reload", "once", "--samples-per-plugin", "scalars=all",
            "--die-after-stdin", "--checksum", "--verbose",
        ]  # fmt: skip
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=errors) as server:
            while not (port.exists() and port.read_text().strip()):
                time.sleep(0.01)
            stub = services.TensorBoardDataProviderStub(
                grpc.insecure_channel(
                    f"localhost:{port.read_text().strip()}",
                    options=[("grpc.max_receive_message_length", -1)],
                )
            )
            points, waits = [], 10
            while waits:  # until no point has been added for a second
                time.sleep(0.1)
                request = pb.ReadScalarsRequest(plugin_filter=plugin, downsample=everything)
                response = stub.ReadScalars(request, wait_for_ready=True)
                now = [
                    [tag.tag_name, step, value]
                    for run in response.runs
                    for tag in run.tags
                    for step, value in zip(tag.data.step, tag.data.value, strict=True)
                ]
                waits = waits - 1 if len(now) == len(points) else 10
                points = now
            server.terminate()
        errors.seek(0)
        lines = [line.strip() for line in errors if "WARN" in line or "ERROR" in line]
    return points, [], lines[0] if lines else ""


def main() -> None:
    """Read the file and print the result."""
    reader = {f.__name__: f for f in (gan_tui, tensorboard, terminalboard, rustboard)}[sys.argv[1]]
    points, faults, message = reader(Path(sys.argv[2]))
    print(json.dumps({"points": points, "faults": faults, "message": message}))


if __name__ == "__main__":
    main()
