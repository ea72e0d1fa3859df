"""Read one event file with one reader, and print the time and a summary of the points as JSON.

    python benchmarks/read_events.py gan_tui FILE SCALARS

Run by benchmarks/run.py, in a fresh process each time. Readers: gan_tui, load (`gan_tui.load`), unchecked,
rustboard, accumulator (TensorBoard's EventAccumulator), loop (a plain loop over struct.unpack_from).
The time runs from before the file is opened until every column is an array. It excludes imports and
includes the start of RustBoard's server.
"""

# ruff: noqa: PLC0415 - each reader loads only its own library

from __future__ import annotations

import json
import resource
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Points = dict[str, tuple[Any, ...]]


class Clock:
    """Wall and CPU seconds of one reader."""

    def start(self) -> None:
        """Start the clock."""
        self._wall, self._busy = time.perf_counter(), time.process_time()

    def stop(self) -> None:
        """Stop the clock."""
        self.seconds = time.perf_counter() - self._wall
        self.busy = time.process_time() - self._busy


def gan_tui(path: Path, _: int, clock: Clock) -> tuple[Points, int]:
    """Read with gan_tui, like its screen and `gan-tui check`: verify all checksums, keep every series."""
    from gan_tui.logs.tensorboard import parser  # noqa: F401
    from gan_tui.monitoring.batch_reading import read_logs

    clock.start()
    run = read_logs([path]).trackers[0].run
    views = [series.view() for series in run.series.values()]
    clock.stop()
    return {v.name: (v.steps, v.wall_times, v.values) for v in views}, 0


def load(path: Path, _: int, clock: Clock) -> tuple[Points, int]:
    """Read with `gan_tui.load`, then get the view of every series."""
    import gan_tui
    from gan_tui.logs.tensorboard import parser  # noqa: F401

    gan_tui.load  # noqa: B018 - triggers its lazy imports
    clock.start()
    run = gan_tui.load(path)
    views = [series.view() for series in run.series.values()]
    clock.stop()
    return {v.name: (v.steps, v.wall_times, v.values) for v in views}, 0


def unchecked(path: Path, scalars: int, clock: Clock) -> tuple[Points, int]:
    """Read with gan_tui without payload checksums, which the program never does."""
    from gan_tui.logs.tensorboard import framing
    from gan_tui.logs.tensorboard.fast import cycle_reader

    cycle_reader.CycleReader.verify = lambda *_: True  # type: ignore[method-assign]
    framing.payload_is_valid = lambda *_: True
    return gan_tui(path, scalars, clock)


def loop(path: Path, _: int, clock: Clock) -> tuple[Points, int]:
    """Read in a plain loop that only knows this layout (simple_value) and checks nothing."""
    clock.start()
    data = path.read_bytes()
    unpack = struct.unpack_from
    lists: dict[bytes, tuple[list[int], list[float], list[float]]] = {}
    at = 0
    while at < len(data):
        (length,) = unpack("<Q", data, at)
        end = at + 12 + length
        place = at + 21
        step = shift = 0
        if data[place] == 0x10:
            place += 1
            while True:
                byte = data[place]
                place += 1
                step |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
        if data[place] == 0x2A and length < 128:
            size = data[place + 5]
            behind = place + 6 + size
            if data[behind] == 0x15:
                columns = lists.setdefault(data[place + 6 : behind], ([], [], []))
                columns[0].append(step)
                columns[1].append(unpack("<d", data, at + 13)[0])
                columns[2].append(unpack("<f", data, behind + 1)[0])
        at = end + 4
    out = {tag.decode(): tuple(map(np.array, columns)) for tag, columns in lists.items()}
    clock.stop()
    return out, 0


def accumulator(path: Path, _: int, clock: Clock) -> tuple[Points, int]:
    """Read with TensorBoard's EventAccumulator."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util import tensor_util

    clock.start()
    reader = EventAccumulator(str(path), size_guidance={"scalars": 0, "tensors": 0, "images": 1})
    reader.Reload()
    out: Points = {}
    for tag in reader.Tags()["scalars"]:
        events = reader.Scalars(tag)
        rows = [(e.step, e.wall_time, e.value) for e in events]
        out[tag] = tuple(map(np.array, zip(*rows, strict=True)))
    for tag in reader.Tags()["tensors"]:
        rows = [
            (e.step, e.wall_time, tensor_util.make_ndarray(e.tensor_proto).item())
            for e in reader.Tensors(tag)
        ]
        out[tag] = tuple(map(np.array, zip(*rows, strict=True)))
    clock.stop()
    return out, 0


def rustboard(path: Path, scalars: int, clock: Clock) -> tuple[Points, int]:
    """Read with TensorBoard's data server in Rust, checksums on, until ReadScalars returns all points."""
    import grpc
    import tensorboard_data_server
    from tensorboard.data.proto import data_provider_pb2 as pb
    from tensorboard.data.proto import data_provider_pb2_grpc as services

    scalars_plugin = pb.PluginFilter(plugin_name="scalars")
    everything = pb.Downsample(num_points=(1 << 31) - 1)
    with tempfile.TemporaryDirectory() as folder:
        port_file = Path(folder) / "port"
        clock.start()
        command = [
            tensorboard_data_server.server_binary(), "--logdir", str(path.parent), "--port", "0",
            "--port-file", str(port_file), "--reload", "once", "--samples-per-plugin", "scalars=all",
            "--die-after-stdin", "--checksum",
        ]  # fmt: skip
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
            while not (port_file.exists() and port_file.read_text().strip()):
                time.sleep(0.002)
            channel = grpc.insecure_channel(
                f"localhost:{port_file.read_text().strip()}",
                options=[("grpc.max_receive_message_length", -1)],
            )
            stub = services.TensorBoardDataProviderStub(channel)
            last, rounds = -1, 0
            while True:  # once the last step no longer changes, request the points
                response = stub.ListScalars(
                    pb.ListScalarsRequest(plugin_filter=scalars_plugin), wait_for_ready=True
                )
                step = max((tag.metadata.max_step for run in response.runs for tag in run.tags), default=-1)
                rounds = rounds + 1 if step == last and step >= 0 else 0
                last = step
                if step >= scalars // 12 and rounds >= 1:
                    request = pb.ReadScalarsRequest(plugin_filter=scalars_plugin, downsample=everything)
                    scalar_response = stub.ReadScalars(request)
                    if sum(len(tag.data.step) for run in scalar_response.runs for tag in run.tags) >= scalars:
                        break
                time.sleep(0.01)
            out = {
                tag.tag_name: (
                    np.array(tag.data.step),
                    np.array(tag.data.wall_time),
                    np.array(tag.data.value),
                )
                for run in scalar_response.runs
                for tag in run.tags
            }
            clock.stop()
            peak = _peak_mb(str(server.pid))
            server.terminate()
    return out, peak


def _peak_mb(process: str) -> int:
    """Return the peak memory of a process in MB, or 0 if unknown."""
    status = Path(f"/proc/{process}/status")
    return int(status.read_text().split("VmHWM:")[1].split()[0]) // 1024 if status.exists() else 0


READERS: dict[str, Callable[[Path, int, Clock], tuple[Points, int]]] = {
    reader.__name__: reader for reader in (gan_tui, load, unchecked, loop, accumulator, rustboard)
}


def main() -> None:
    """Read the file and print the result."""
    reader, path, scalars = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    clock = Clock()
    points, server_mb = READERS[reader](path, scalars, clock)
    used, servers = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = clock.busy + servers.ru_utime + servers.ru_stime
    total = float(sum(np.nansum(np.asarray(columns[2], np.float64)) for columns in points.values()))
    print(
        json.dumps(
            {
                "seconds": clock.seconds,
                "busy": busy,
                "points": sum(len(columns[0]) for columns in points.values()),
                "sum": round(total, 3),
                "peak_mb": (_peak_mb("self") or used.ru_maxrss // 1024) + server_mb,
            }
        )
    )


if __name__ == "__main__":
    main()
