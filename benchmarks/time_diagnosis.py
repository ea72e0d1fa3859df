"""Diagnose a run at once, then as it grows; print CPU seconds as JSON. Run by diagnosis.py."""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from gan_tui.diagnosis.diagnoser import Diagnoser
from gan_tui.run.pair import Curve, PlayerPair

UPDATES = 400


def make_pair(points: int) -> PlayerPair:
    """Return losses that fluctuate around equilibrium, one row per step."""
    random = np.random.default_rng(0)
    steps = np.arange(points)
    d = 1.386 + 0.1 * random.standard_normal(points)
    g = 0.693 + 0.1 * random.standard_normal(points)
    return PlayerPair({"d_loss": Curve("d_loss", steps, d), "g_loss": Curve("g_loss", steps, g)})


def main() -> None:
    """Time the whole timeline once and UPDATES updates over the last eighth of the run."""
    pair = make_pair(int(sys.argv[1]))
    Diagnoser().update(make_pair(200))  # trigger one-time loading
    begin = time.process_time()
    Diagnoser().update(pair)
    whole = time.process_time() - begin
    points = len(pair.curves["d_loss"])
    live = Diagnoser()
    live.update(pair.until(points - points // 8))
    seconds = []
    for last in np.linspace(points - points // 8, points - 1, UPDATES).astype(int).tolist():
        grown = pair.until(last)
        begin = time.process_time()
        live.update(grown)
        seconds.append(time.process_time() - begin)
    print(json.dumps({"whole": whole, "p95": float(np.percentile(seconds, 95)), "worst": max(seconds)}))


if __name__ == "__main__":
    main()
