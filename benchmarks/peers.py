"""Virtual environments of the programs that the benchmarks compare with."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

from bench import CACHE, print_progress

TENSORBOARD = ("tensorboard", "tensorboard-data-server", "setuptools<81")
POLARS = ("polars",)
TERMINALBOARD = ("terminalboard", "plotext<6")
LEET = ("wandb",)
FOLDER = CACHE / "peers"


def python(*packages: str) -> Path:
    """Return the interpreter of an environment with `packages`, created on first use.

    Args:
        packages: Requirements for pip; numpy is always installed too.
    """
    folder = FOLDER / "-".join(sorted(package.split("<")[0].split("=")[0] for package in packages))
    binary = folder / "bin" / "python"
    ready = folder / ".ready"
    if not ready.exists():
        print_progress(f"installing {', '.join(packages)} ...")
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([binary, "-m", "pip", "install", "--quiet", "numpy", *packages], check=True)
        ready.touch()
    return binary


def versions(*packages: str) -> str:
    """Return the name and installed version of each package."""
    names = [package.split("<")[0].split("=")[0] for package in packages]
    code = f"from importlib.metadata import version\nfor n in {names!r}: print(n, version(n))"
    process = subprocess.run([python(*packages), "-c", code], capture_output=True, text=True, check=True)
    return ", ".join(process.stdout.splitlines())
