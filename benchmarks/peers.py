"""The environment in which the benchmarks' peers live, apart from this project's."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).parent / ".peers"


def python(*packages: str) -> str:
    """The interpreter of an environment that has `packages`, made on first use.

    Args:
        packages: As pip takes them; numpy comes with each.
    """
    name = "-".join(sorted(package.split("<")[0].split("=")[0] for package in packages))
    folder = FOLDER / name
    binary = folder / "bin" / "python"
    ready = folder / ".ready"
    if not ready.exists():
        print(f"installing {', '.join(packages)} ...", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([binary, "-m", "pip", "install", "--quiet", "numpy", *packages], check=True)
        ready.touch()
    return str(binary)
