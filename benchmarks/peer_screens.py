"""Time how long other monitors take from their start until they show the same log."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

import peers
from bench import HERE, Options, print_progress
from terminal import Terminal, children_of, cpu_of, has_chart

PACKAGES = (peers.TERMINALBOARD, peers.LEET, peers.TENSORBOARD)
TIMEOUT = 300.0
"""Seconds to wait for a peer."""
MAX_SCALARS_FOR_LEET = 10**6
"""W&B's packages take minutes to write larger files."""

Opener = Callable[[], tuple[float, float]]
"""Opens a log; returns the wall and CPU seconds until it is shown."""


def openers(path: Path, scalars: int, options: Options) -> dict[str, Opener]:
    """Return the opener of the log for each monitor.

    Args:
        path: An event file.
        scalars: Number of scalars in the file.
        options: Holds the data folder.
    """
    by_name: dict[str, Opener] = {
        "terminalboard": lambda: first_chart(terminalboard(path.parent)),
        "TensorBoard": lambda: tensorboard(path.parent),
    }
    if scalars <= MAX_SCALARS_FOR_LEET:
        log = wandb_log(options.data, scalars)
        wandb = peers.python(*peers.LEET).parent / "wandb"
        by_name["LEET"] = lambda: first_chart([wandb, "beta", "leet", "run", log.parent])
    return by_name


def terminalboard(folder: Path) -> list[str]:
    """Return the command that starts terminalboard on a folder."""
    program = peers.python(*peers.TERMINALBOARD).parent / "terminalboard"
    return [str(program), "--reset-view", str(folder)]


def first_chart(command: Sequence[str | Path]) -> tuple[float, float]:
    """Return the wall and CPU seconds until a chart is on the screen."""
    with Terminal(list(map(str, command))) as terminal:
        if not terminal.pump(TIMEOUT, lambda: has_chart(terminal)):
            print_progress(f"no chart from {command[0]}: {terminal.text[-500:]}")
        return time.monotonic() - terminal.started, terminal.cpu()


def wandb_log(folder: Path, scalars: int) -> Path:
    """Return the path of an offline W&B log with as many scalars, written on first use."""
    path = folder / f"wandb-{scalars}" / "offline-run-20260101_000000-bench" / "run-bench.wandb"
    if not path.exists():
        part = path.with_suffix(".part")
        subprocess.run([peers.python(*peers.LEET), HERE / "write_wandb.py", part, str(scalars)], check=True)
        part.rename(path)
    return path


def tensorboard(folder: Path) -> tuple[float, float]:
    """Return the wall and CPU seconds until TensorBoard's server delivers the points of a tag."""
    program = peers.python(*peers.TENSORBOARD).parent / "tensorboard"
    port = _free_port()
    begin = time.monotonic()
    command = [program, "--logdir", folder, "--port", str(port), "--host", "127.0.0.1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(
        command, env={**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}, **quiet
    ) as server:
        try:
            while time.monotonic() - begin < TIMEOUT and not _serves_points(port):
                time.sleep(0.02)
            cpu = sum(cpu_of(pid) for pid in (server.pid, *children_of(server.pid)))
            return time.monotonic() - begin, cpu
        finally:
            server.terminate()


def _serves_points(port: int) -> bool:
    address = f"http://127.0.0.1:{port}/data/plugin/scalars"
    with suppress(URLError, OSError, ValueError):
        with urlopen(f"{address}/tags", timeout=5) as response:  # noqa: S310 - the local server
            tags = json.load(response)
        for run, names in tags.items():
            for name in names:
                with urlopen(f"{address}/scalars?run={quote(run)}&tag={quote(name)}", timeout=30) as response:  # noqa: S310
                    return bool(json.load(response))
    return False


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
        return port
