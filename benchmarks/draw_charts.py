"""What a chart update costs: a run grows by a step, and four charts of it are drawn anew.

    python benchmarks/draw_charts.py [--points 10000000] [--frames 200]

Prints JSON: seconds of CPU of each update, from the new points in the store to the cells of the charts.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

import numpy as np

from gan_tui.charts.cache import ChartCache
from gan_tui.charts.chart import draw
from gan_tui.charts.spec import ChartOptions
from gan_tui.logs.model import Batch, Column
from gan_tui.monitoring.run_reader import ReadProgress
from gan_tui.monitoring.run_tracker import RunTracker
from gan_tui.monitoring.snapshot import Status
from gan_tui.run.run import Run
from gan_tui.tui.state.chart_selection import select_charts
from gan_tui.tui.state.view import ViewState, full_x_range

NAMES = ("Loss/D", "Loss/G", "D(x)", "D(G(z))", "grad_norm/D", "grad_norm/G", "gradient_penalty")
SIZES = ((120, 15), (120, 7), (120, 7), (120, 7))
"""Cells of the four charts on a terminal of 120 x 40."""


def batch(first: int, steps: int, rng: np.random.Generator) -> Batch:
    """So many steps of every series."""
    at = np.arange(first, first + steps)
    walls = 1.7e9 + 0.1 * at
    return Batch(tuple(Column(n, at, 0.7 + 0.1 * rng.standard_normal(steps), walls) for n in NAMES))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--frames", type=int, default=200)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    steps = args.points // len(NAMES)
    run = Run("run", "run")
    run.add(batch(0, steps, rng))
    tracker = RunTracker(run)
    tracker.progress = ReadProgress(Status.LIVE)
    view, memory = ViewState(), ChartCache()
    taken = []
    for frame in range(args.frames + 10):
        more = batch(steps + frame, 1, rng)
        begin = time.thread_time()
        run.add(more)
        state = tracker.update()
        whole, _ = full_x_range(state, view.mode, memory.clocks)
        look = ChartOptions(
            x=whole, smoothing=view.smoothing, adaptive=view.adaptive_smoothing, glyphs=view.glyphs
        )
        specs = select_charts(state).charts[: len(SIZES)]
        for spec, (width, height) in zip(specs, SIZES, strict=True):
            draw(spec, look, width, height, memory).canvas.rows()
        taken.append(time.thread_time() - begin)
    taken = taken[10:]
    print(
        json.dumps(
            {
                "median": statistics.median(taken),
                "p95": statistics.quantiles(taken, n=20)[-1],
                "least": min(taken),
                "frames": len(taken),
            }
        )
    )


if __name__ == "__main__":
    main()
