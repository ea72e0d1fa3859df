"""Train many runs in the background, each once.

    nice -n 19 python -m benchmarks.corpus.make FOLDER [--small 200] [--images 100] [--processes 1]

Trains the first so many seeds of each range, two small runs for one of images. What is there already is left
alone, so the same command goes on after a stop, and a larger number adds runs.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from benchmarks.corpus.recipes import draw
from benchmarks.corpus.runs import path_of, save
from benchmarks.corpus.settings import IMAGE_SEEDS, SMALL_SEEDS
from benchmarks.corpus.train import Workshop

SMALL_TO_AN_IMAGE_RUN = 2


def seeds(small: int, images: int, skipped: int = 0) -> Iterator[int]:
    """Yield seeds in the order in which they are trained, both kinds in turn.

    Args:
        small: How many runs of mixtures and digits.
        images: How many runs of images.
        skipped: How many seeds at the beginning of each range are left out.
    """
    first = iter(SMALL_SEEDS[skipped : skipped + small])
    second = iter(IMAGE_SEEDS[skipped : skipped + images])
    while True:
        some = [*islice(second, 1), *islice(first, SMALL_TO_AN_IMAGE_RUN)]
        if not some:
            return
        yield from some


_workshops: dict[Path, Workshop] = {}
"""The one of this process, so that data sets are read once."""


def make(seed: int, folder: Path) -> str:
    """Train one run unless it is there; return a line about it."""
    path = path_of(folder, seed)
    if path.exists():
        return ""
    if folder not in _workshops:
        _workshops[folder] = Workshop(folder / "cache")
    settings = draw(seed)
    run = _workshops[folder].run(settings)
    save(run, path)
    words = (seed, settings.recipe, settings.data, settings.net, settings.objective, settings.steps)
    return f"{time.strftime('%H:%M:%S')} " + " ".join(map(str, words)) + f" {run.seconds:.0f} s"


def main() -> None:
    """Train what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--small", type=int, default=0, help="how many runs of mixtures and digits")
    parser.add_argument("--images", type=int, default=0, help="how many runs of images")
    parser.add_argument("--skip", type=int, default=0, help="how many seeds of each range are left out first")
    parser.add_argument("--processes", type=int, default=1)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    os.environ["OMP_NUM_THREADS"] = "1"
    wanted = seeds(arguments.small, arguments.images, arguments.skip)
    missing = [seed for seed in wanted if not path_of(arguments.folder, seed).exists()]
    print(f"{len(missing)} runs to train", flush=True)
    if arguments.processes == 1:
        for seed in missing:
            print(make(seed, arguments.folder), flush=True)
        return
    with ProcessPoolExecutor(arguments.processes, get_context("spawn")) as pool:
        for line in pool.map(make, missing, [arguments.folder] * len(missing)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
