"""Judge a run of so many points at once, then as it grows; print CPU seconds as JSON. Used by judging.py."""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from gan_tui.diagnosis.diagnoser import Diagnoser
from gan_tui.run.pair import Curve, PlayerPair

UPDATES = 400


def game(points: int) -> PlayerPair:
    """Losses that bounce around balance, one row a step."""
    random = np.random.default_rng(0)
    steps = np.arange(points)
    d = 1.386 + 0.1 * random.standard_normal(points)
    g = 0.693 + 0.1 * random.standard_normal(points)
    return PlayerPair({"d_loss": Curve("d_loss", steps, d), "g_loss": Curve("g_loss", steps, g)})


def main() -> None:
    """Time the whole timeline once and UPDATES updates over the last eighth of the run."""
    pair = game(int(sys.argv[1]))
    Diagnoser().update(game(200))  # load what is loaded once
    begin = time.process_time()
    Diagnoser().update(pair)
    whole = time.process_time() - begin
    points = len(pair.curves["d_loss"])
    live = Diagnoser()
    live.update(pair.until(points - points // 8))
    taken = []
    for last in np.linspace(points - points // 8, points - 1, UPDATES).astype(int).tolist():
        grown = pair.until(last)
        begin = time.process_time()
        live.update(grown)
        taken.append(time.process_time() - begin)
    print(json.dumps({"whole": whole, "p95": float(np.percentile(taken, 95)), "worst": max(taken)}))


if __name__ == "__main__":
    main()
