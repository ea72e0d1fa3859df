"""Write CSV tables of any size like those of training loops, for the benchmarks.

Layouts: decimals (six columns, six decimals each), repr (float32 losses as Python prints them), sparse
(as Lightning writes them, half of the cells blank), semicolons (decimal commas).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

NAMES = ("step", "d_loss", "g_loss", "d_real", "d_fake", "gradient_penalty")
LAYOUTS = ("decimals", "repr", "sparse", "semicolons")


def _lines(layout: str, rows: int) -> Iterable[str]:
    """Yield the lines of a table, header first."""
    rng = np.random.default_rng(7)
    yield ",".join(NAMES) if layout != "semicolons" else ";".join(NAMES)
    for begin in range(0, rows, 100_000):
        values = rng.random((min(100_000, rows - begin), 5)) * (2, 3, 1, 1, 15)
        for step, row in enumerate(values.astype(np.float32).tolist(), begin):
            if layout == "repr":
                yield f"{step},{row[0]!r},{row[1]!r},{row[2]!r},{row[3]!r},{row[4]!r}"
            elif layout == "sparse":
                yield (f"{step},{row[0]},,{row[2]},," if step % 2 else f"{step},,{row[1]},,{row[3]},{row[4]}")
            else:
                line = f"{step},{row[0]:.6f},{row[1]:.6f},{row[2]:.6f},{row[3]:.6f},{row[4]:.6f}"
                yield line.replace(",", ";").replace(".", ",") if layout == "semicolons" else line


def cached(folder: Path, layout: str, rows: int) -> Path:
    """Return the file of a layout, written on first use."""
    path = folder / f"{layout}-{rows}.csv"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in _lines(layout, rows))
        part.rename(path)
    return path
