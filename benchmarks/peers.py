"""The environments in which the benchmarks' peers live, apart from this project's."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

from bench import CACHE, say

TENSORBOARD = ("tensorboard", "tensorboard-data-server", "setuptools<81")
POLARS = ("polars",)
TERMINALBOARD = ("terminalboard", "plotext<6")
LEET = ("wandb",)
FOLDER = CACHE / "peers"


def python(*packages: str) -> Path:
    """The interpreter of an environment that has `packages`, made on first use.

    Args:
        packages: As pip takes them; numpy comes with each.
    """
    folder = FOLDER / "-".join(sorted(package.split("<")[0].split("=")[0] for package in packages))
    binary = folder / "bin" / "python"
    ready = folder / ".ready"
    if not ready.exists():
        say(f"installing {', '.join(packages)} ...")
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([binary, "-m", "pip", "install", "--quiet", "numpy", *packages], check=True)
        ready.touch()
    return binary


def versions(*packages: str) -> str:
    """Name and version of each package, as installed there."""
    names = [package.split("<")[0].split("=")[0] for package in packages]
    code = f"from importlib.metadata import version\nfor n in {names!r}: print(n, version(n))"
    found = subprocess.run([python(*packages), "-c", code], capture_output=True, text=True, check=True)
    return ", ".join(found.stdout.splitlines())
