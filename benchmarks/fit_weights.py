"""Fit what each signal adds to the odds of each badge, on GAN runs whose samples were measured.

    python benchmarks/fit_weights.py RUNS [--write] [--folds 6]

RUNS is as for badges.py: one folder a run, and truth.jsonl. Prints the table for runs that were kept out of
the fit (folds by run), the table on all runs, and how often badges of each confidence are right; with
--write stores the weights in gan_tui/data/weights.json.

The model is additive and small: logistic regression for each badge, each signal a piecewise linear function
with four knots at its quantiles, both size and bends penalised. Short logs are fitted on the same runs
averaged down to a row an epoch.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from badges import STATES, Truth, precision_and_recall, reliability, rightness, table, truths_of
from numpy.typing import NDArray

from gan_tui import load
from gan_tui.diagnosis import diagnoser
from gan_tui.diagnosis.badge_model import BadgeModel, from_json
from gan_tui.diagnosis.diagnoser import Diagnoser
from gan_tui.diagnosis.result import Diagnosis
from gan_tui.diagnosis.rules import RULES
from gan_tui.diagnosis.signals import SignalRequest, measure_all
from gan_tui.diagnosis.windows import LOSSES, History
from gan_tui.run.objective.objective import UNKNOWN, infer
from gan_tui.run.pair import Curve, PlayerPair

Floats = NDArray[np.float64]

WEIGHTS = Path(__file__).parents[1] / "gan_tui" / "data" / "weights.json"
SIGNALS = tuple(dict.fromkeys(name for rule in RULES for name in rule.signals))
KNOTS = 4
RIDGE, SMOOTH = 4.0, 14.0
"""How much size and bends cost."""
END = 8.0
"""How much the end of a run counts against one of its checkpoints."""
YOUNG = 3
"""Checkpoints of a run that are too young to learn from."""
ROWS_AN_EPOCH = (10, 25)
"""Rows that are averaged into one, so that short logs are learnt from too."""
AVERAGED, THINNED = 0.25, 0.5
"""How much a checkpoint of such a log counts, and of one that holds every second row."""


@dataclass
class Measured:
    """One run, its truth, and its signals at its truth's checkpoints."""

    truth: Truth
    pair: PlayerPair
    rows: list[dict[str, float]] = field(default_factory=list)
    labels: list[tuple[float, ...]] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)


def read(folder: Path) -> list[Measured]:
    """Every run of a folder with its truth and signals."""
    runs = []
    for truth in truths_of(folder / "truth.jsonl"):
        runs.append(measured(truth, load(folder / truth["path"]).pairs()[0]))
        print(f"\r{len(runs)} runs read", end="", file=sys.stderr)
    print(file=sys.stderr)
    return runs


def measured(truth: Truth, pair: PlayerPair) -> Measured:
    """One run with its signals: as it is, logged half as often, and averaged down to a row an epoch."""
    run = Measured(truth, pair)
    ends = (*truth["states"], [truth["steps"], truth["final"]])
    steps = np.array([step for step, _ in ends], dtype=np.int64)
    ways = [(pair, 1.0), *((thinned(pair, first), THINNED) for first in (0, 1))]
    ways += [(averaged(pair, rows), AVERAGED) for rows in ROWS_AN_EPOCH]
    for shown, counts in ways:
        for index, signals in _signals(shown, steps).items():
            state, last = ends[index][1], index == len(ends) - 1
            if state is None or (not last and (index < YOUNG or index % 2)):
                continue
            holds = {state, *(truth["also"] if last or state == truth["final"] else ())}
            run.rows.append(signals)
            run.labels.append(tuple(float(s in holds) for s in STATES))
            run.weights.append((END if last else 1.0) * counts)
    return run


def thinned(pair: PlayerPair, first: int) -> PlayerPair:
    """The pair as a log with every second row of it, from `first` on."""
    curves = {r: Curve(c.name, c.steps[first::2], c.values[first::2]) for r, c in pair.curves.items()}
    return PlayerPair(curves, pair.name, pair.names)


def averaged(pair: PlayerPair, rows: int) -> PlayerPair:
    """The pair as a log with one averaged row for every `rows` of it."""
    curves = {}
    for role, curve in pair.curves.items():
        count = len(curve) // rows
        values = curve.values[: count * rows].reshape(count, rows).mean(axis=1)
        curves[role] = Curve(curve.name, curve.steps[rows - 1 :: rows][:count], values)
    return PlayerPair(curves, pair.name, pair.names)


def _signals(pair: PlayerPair, steps: NDArray[np.int64]) -> dict[int, dict[str, float]]:
    history = History()
    history.extend(PlayerPair({r: c for r, c in pair.curves.items() if not r.startswith("sample_")}))
    if any(not len(history.tracks[r].curve) for r in LOSSES if r in history.tracks):
        return {}
    objectives, known, at = [], UNKNOWN, 0
    for step, points in zip(steps.tolist(), history.points(steps).tolist(), strict=True):
        if points >= diagnoser.next_inference(known, at):
            known, at = infer(pair.until(step)), points
        objectives.append(known)
    (signals,) = measure_all([SignalRequest(history, steps, objectives)])
    held = {name: values for name, values in signals.values.items() if name in SIGNALS}
    seen = np.flatnonzero(np.isfinite(signals.values.get("points", np.full(len(steps), np.nan))))
    return {row: {n: float(v[row]) for n, v in held.items()} for row in seen.tolist()}


@dataclass
class Basis:
    """Knots of every signal, and rows of signals turned into columns of hat functions.

    A signal's columns are centred on the rows that have it: a signal that is missing adds what it adds on
    average, nothing, and what a signal adds tells how far it speaks for a badge.
    """

    knots: dict[str, Floats]
    means: dict[str, Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, runs: list[Measured]) -> Basis:
        """Knots at quantiles of each signal; one that hardly ever is there is left out."""
        knots = {}
        for name in SIGNALS:
            values = np.array([row.get(name, np.nan) for run in runs for row in run.rows])
            values = values[np.isfinite(values)]
            if len(values) < 200:
                continue
            places = np.unique(np.round(np.quantile(values, np.linspace(0.04, 0.96, KNOTS)), 4))
            if len(places) > 1:
                knots[name] = places
        basis = cls(knots)
        rows = [row for run in runs for row in run.rows]
        basis.means = {name: hats[known].mean(axis=0) for name, (hats, known) in basis.hats(rows).items()}
        return basis

    def hats(self, rows: list[dict[str, float]]) -> dict[str, tuple[Floats, NDArray[np.bool_]]]:
        """Signal to its hat functions at each row, and which rows have it."""
        found = {}
        for name, knots in self.knots.items():
            values = np.array([row.get(name, np.nan) for row in rows])
            known = np.isfinite(values)
            units = [np.interp(np.where(known, values, 0.0), knots, unit) for unit in np.eye(len(knots))]
            found[name] = np.stack(units, axis=1), known
        return found

    def columns(self, rows: list[dict[str, float]]) -> Floats:
        """What the fit sees of each row: all centred hat functions, and a one."""
        parts = [
            np.where(known[:, None], hats - self.means[name], 0.0)
            for name, (hats, known) in self.hats(rows).items()
        ]
        return np.hstack([*parts, np.ones((len(rows), 1))])

    def penalty(self) -> Floats:
        """The quadratic cost of the coefficients' size and of their bends."""
        size = sum(map(len, self.knots.values())) + 1
        cost = np.zeros((size, size))
        begin = 0
        for knots in self.knots.values():
            count = len(knots)
            bends = np.diff(np.eye(count), axis=0)
            block = slice(begin, begin + count)
            cost[block, block] = RIDGE * np.eye(count) + SMOOTH * bends.T @ bends
            begin += count
        cost[-1, -1] = 1e-3
        return cost

    def weights(self, fitted: Floats) -> dict[str, Any]:
        """The weights as JSON holds them. `fitted` has a column a badge."""
        signals, begin = {}, 0
        for name, knots in self.knots.items():
            part = fitted[begin : begin + len(knots)]
            part = part - self.means[name] @ part
            signals[name] = {
                "knots": knots.tolist(),
                **{s: np.round(part[:, i], 3).tolist() for i, s in enumerate(STATES)},
            }
            begin += len(knots)
        return {
            "signals": signals,
            "intercept": {s: round(float(fitted[-1, i]), 3) for i, s in enumerate(STATES)},
            "confidence": {"evidence": [0.0, 1.0], "right": [0.0, 1.0]},
            "measured": {},
        }


def fit(runs: list[Measured], basis: Basis) -> dict[str, Any]:
    """Newton's method for each badge."""
    columns = basis.columns([row for run in runs for row in run.rows])
    labels = np.array([label for run in runs for label in run.labels])
    counts = np.array([weight for run in runs for weight in run.weights])
    cost = basis.penalty()
    fitted = np.zeros((columns.shape[1], len(STATES)))
    for state in range(len(STATES)):
        b = fitted[:, state]
        for _ in range(12):
            p = 1 / (1 + np.exp(-np.clip(columns @ b, -12, 12)))
            slope = columns.T @ (counts * (labels[:, state] - p)) - cost @ b
            curve = counts * np.maximum(p * (1 - p), 1e-4)
            change = np.linalg.solve((columns * curve[:, None]).T @ columns + cost, slope)
            b += change
            if np.abs(change).max() < 1e-3:
                break
    return basis.weights(fitted)


def kept_out(runs: list[Measured], basis: Basis, folds: int, seed: int = 0) -> list[Diagnosis]:
    """What each run is given by weights fitted on the other folds."""
    order = np.random.default_rng(seed).permutation(len(runs))
    given: list[Diagnosis | None] = [None] * len(runs)
    for fold in range(folds):
        out = set(order[fold::folds].tolist())
        weights = from_json(fit([run for i, run in enumerate(runs) if i not in out], basis))
        for i in out:
            given[i] = judged(runs[i], weights)
    return [d for d in given if d is not None]


def judged(run: Measured, weights: BadgeModel) -> Diagnosis:
    """The whole diagnosis of one run, sample grids included."""
    return Diagnoser(weights=weights).update(run.pair)


def calibrated(truths: Sequence[Truth], given: Sequence[Diagnosis]) -> dict[str, list[float]]:
    """The share of badges that are right, as a rising curve of the evidence for them.

    A logistic curve of the evidence's log-odds, drawn a little towards taking the evidence as it is.
    """
    evidence, right = rightness(truths, given)
    x = np.log(np.clip(evidence, 0.01, 0.99) / (1 - np.clip(evidence, 0.01, 0.99)))
    a = np.stack([x, np.ones_like(x)], axis=1)
    b = np.array([1.0, 0.0])
    for _ in range(30):
        p = 1 / (1 + np.exp(-a @ b))
        hessian = (a * (p * (1 - p))[:, None]).T @ a + np.diag([1.0, 0.1])
        b += np.linalg.solve(hessian, a.T @ (right - p) - np.array([b[0] - 1, 0.1 * b[1]]))
    grid = np.linspace(0, 1, 11)
    odds = np.log(np.clip(grid, 0.01, 0.99) / (1 - np.clip(grid, 0.01, 0.99)))
    curve = 1 / (1 + np.exp(-(np.maximum(b[0], 0) * odds + b[1])))
    return {
        "evidence": np.round(grid, 2).tolist(),
        "right": np.round(curve, 3).tolist(),
    }


def main() -> None:
    """Fit, print, and store where asked."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("runs", type=Path)
    options.add_argument("--write", action="store_true")
    options.add_argument("--folds", type=int, default=6)
    asked = options.parse_args()
    runs = read(asked.runs)
    basis = Basis.of(runs)
    truths = [run.truth for run in runs]
    out = kept_out(runs, basis, asked.folds)
    print(f"\nkept out of the fit, {asked.folds} folds\n\n{table(truths, out)}\n\n{reliability(truths, out)}")
    held = fit(runs, basis)
    held["confidence"] = calibrated(truths, out)
    held["measured"] = {
        state: {"precision": round(precision, 2), "recall": round(recall, 2)}
        for state, (precision, recall, _) in precision_and_recall(truths, out).items()
    }
    weights = from_json(held)
    print(f"\nfitted on these runs\n\n{table(truths, [judged(run, weights) for run in runs])}")
    if asked.write:
        WEIGHTS.write_text(json.dumps(held, indent=1) + "\n")
        print(f"\nwritten: {WEIGHTS.name}, {len(basis.knots)} signals")


if __name__ == "__main__":
    main()
