"""Draw runs of images as one picture, to see whether their labels hold.

    python -m benchmarks.corpus.sheet RUNS PICTURE [--seeds 200000-200010]

A row a run: samples at eight moments, oldest on the left, and at the end a part of the real ones. The labels
are printed, in the same order.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.corpus.export import tiled
from benchmarks.corpus.label import label
from benchmarks.corpus.runs import Run, load

Bytes = NDArray[np.uint8]

MOMENTS = (1, 5, 10, 16, 22, 28, 34, 40)
"""Checkpoints that are shown."""
TILES = 16
WIDTH = 130
"""Pixels of one moment."""


def strip(run: Run) -> Image.Image:
    """Return a run as one row of sample grids."""
    grids = [run.grids[moment - 1] for moment in MOMENTS] + [run.reals]
    pictures = [Image.fromarray(tiled(grid, TILES)).convert("RGB").resize((WIDTH, WIDTH)) for grid in grids]
    row = Image.new("RGB", (WIDTH * len(pictures), WIDTH))
    for place, picture in enumerate(pictures):
        row.paste(picture, (place * WIDTH, 0))
    return row


def main() -> None:
    """Draw what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--seeds", default="0-999999", help="from-to, both included")
    arguments = parser.parse_args()
    first, last = map(int, arguments.seeds.split("-"))
    paths = [p for p in arguments.runs.glob("[0-9]*.npz") if first <= int(p.stem) <= last]
    strips = []
    for path in sorted(paths, key=lambda path: int(path.stem)):
        run = load(path)
        if len(run.grids) == 0:
            continue
        strips.append(strip(run))
        settings, truth = run.settings, label(run)
        words = (settings.seed, settings.recipe, settings.data, settings.net, settings.objective)
        print(*words, "->", truth.final, truth.also, "not", truth.ruled_out, "onset", truth.onset)
    if not strips:
        raise SystemExit("no runs with images")
    sheet = Image.new("RGB", (strips[0].width, WIDTH * len(strips)))
    for place, one in enumerate(strips):
        sheet.paste(one, (0, place * WIDTH))
    sheet.save(arguments.picture)


if __name__ == "__main__":
    main()
