"""Time a chart update: a run grows by one step, and four of its charts are redrawn.

    python benchmarks/draw_charts.py [--points 10000000] [--frames 200]

Prints JSON: CPU seconds per update, from adding the new points to the cells of the charts.
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
"""Width and height of the four charts on a 120 x 40 terminal, in cells."""


def batch(first: int, steps: int, rng: np.random.Generator) -> Batch:
    """Return `steps` steps of every series."""
    at = np.arange(first, first + steps)
    walls = 1.7e9 + 0.1 * at
    return Batch(tuple(Column(n, at, 0.7 + 0.1 * rng.standard_normal(steps), walls) for n in NAMES))


def main() -> None:
    """Run the command line."""
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
    view, cache = ViewState(), ChartCache()
    seconds = []
    for frame in range(args.frames + 10):
        new_step = batch(steps + frame, 1, rng)
        begin = time.thread_time()
        run.add(new_step)
        state = tracker.update()
        x_range, _ = full_x_range(state, view.mode, cache.clocks)
        chart_options = ChartOptions(
            x=x_range, smoothing=view.smoothing, adaptive=view.adaptive_smoothing, glyphs=view.glyphs
        )
        specs = select_charts(state).charts[: len(SIZES)]
        for spec, (width, height) in zip(specs, SIZES, strict=True):
            draw(spec, chart_options, width, height, cache).canvas.rows()
        seconds.append(time.thread_time() - begin)
    seconds = seconds[10:]
    print(
        json.dumps(
            {
                "median": statistics.median(seconds),
                "p95": statistics.quantiles(seconds, n=20)[-1],
                "least": min(seconds),
                "frames": len(seconds),
            }
        )
    )


if __name__ == "__main__":
    main()
