"""Other monitors, from their start until they show the same log."""

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
from bench import HERE, Options, say
from terminal import Terminal, children_of, cpu_of, has_chart

PACKAGES = (peers.TERMINALBOARD, peers.LEET, peers.TENSORBOARD)
PATIENCE = 300.0
"""Seconds after which a peer is given up."""
MOST_FOR_LEET = 10**6
"""Larger files take W&B's own packages minutes to write."""

Opener = Callable[[], tuple[float, float]]
"""Opens a log: seconds until it is shown, and of CPU until then."""


def openers(path: Path, scalars: int, options: Options) -> dict[str, Opener]:
    """What opens the log in each of the monitors.

    Args:
        path: An event file.
        scalars: How many scalars it has.
        options: Where data is kept.
    """
    found: dict[str, Opener] = {
        "terminalboard": lambda: first_chart(terminalboard(path.parent)),
        "TensorBoard": lambda: tensorboard(path.parent),
    }
    if scalars <= MOST_FOR_LEET:
        log = wandb_log(options.data, scalars)
        wandb = peers.python(*peers.LEET).parent / "wandb"
        found["LEET"] = lambda: first_chart([wandb, "beta", "leet", "run", log.parent])
    return found


def terminalboard(folder: Path) -> list[str]:
    """What starts terminalboard on a folder."""
    program = peers.python(*peers.TERMINALBOARD).parent / "terminalboard"
    return [str(program), "--reset-view", str(folder)]


def first_chart(command: Sequence[str | Path]) -> tuple[float, float]:
    """Seconds until a chart stands on the screen, and of CPU until then."""
    with Terminal(list(map(str, command))) as terminal:
        if not terminal.pump(PATIENCE, lambda: has_chart(terminal)):
            say(f"no chart from {command[0]}: {terminal.text[-500:]}")
        return time.monotonic() - terminal.started, terminal.cpu()


def wandb_log(folder: Path, scalars: int) -> Path:
    """The same amount of scalars as W&B writes them offline."""
    path = folder / f"wandb-{scalars}" / "offline-run-20260101_000000-bench" / "run-bench.wandb"
    if not path.exists():
        part = path.with_suffix(".part")
        subprocess.run([peers.python(*peers.LEET), HERE / "write_wandb.py", part, str(scalars)], check=True)
        part.rename(path)
    return path


def tensorboard(folder: Path) -> tuple[float, float]:
    """Seconds until TensorBoard's server hands out points of a tag, for a page to draw them."""
    program = peers.python(*peers.TENSORBOARD).parent / "tensorboard"
    port = _free_port()
    begin = time.monotonic()
    words = [program, "--logdir", folder, "--port", str(port), "--host", "127.0.0.1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(
        words, env={**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}, **quiet
    ) as server:
        try:
            while time.monotonic() - begin < PATIENCE and not _points(port):
                time.sleep(0.02)
            cpu = sum(cpu_of(pid) for pid in (server.pid, *children_of(server.pid)))
            return time.monotonic() - begin, cpu
        finally:
            server.terminate()


def _points(port: int) -> bool:
    address = f"http://127.0.0.1:{port}/data/plugin/scalars"
    with suppress(URLError, OSError, ValueError):
        with urlopen(f"{address}/tags", timeout=5) as answer:  # noqa: S310 - our own server
            tags = json.load(answer)
        for run, names in tags.items():
            for name in names:
                with urlopen(f"{address}/scalars?run={quote(run)}&tag={quote(name)}", timeout=30) as answer:  # noqa: S310
                    return bool(json.load(answer))
    return False


def _free_port() -> int:
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        port: int = some.getsockname()[1]
        return port
