"""Fit how much each signal adds to the log-odds of each badge, on GAN runs whose samples were measured.

    python benchmarks/fit_weights.py RUNS [--write] [--folds 6]

RUNS is as for badges.py: one folder per run, and truth.jsonl. Prints the table of a cross-validation (folds
by run), how often badges of each confidence are right, and the table of a fit on all runs. With --write,
stores the weights in gan_tui/data/weights.json.

The model is small and additive: one logistic regression per badge, each signal a piecewise linear function
with four knots at its quantiles, with a penalty on size and on bends. To cover short logs, the same runs
are also fitted averaged down to one row per epoch.
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
from badges import (
    STATES,
    Truth,
    confidence_and_correctness,
    precision_and_recall,
    reliability,
    table,
    truths_of,
)
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
"""Penalties on the size of the coefficients and on their bends."""
END = 8.0
"""Weight of the end of a run relative to one checkpoint."""
SKIPPED_CHECKPOINTS = 3
"""First checkpoints of a run, which are too early to fit."""
ROWS_PER_EPOCH = (10, 25)
"""Numbers of rows that are averaged into one, so that the fit also covers short logs."""
AVERAGED_WEIGHT, THINNED_WEIGHT = 0.25, 0.5
"""Weight of a checkpoint of an averaged log, and of a log with every second row only."""


@dataclass
class MeasuredRun:
    """One run, its truth, and its signals at the checkpoints of the truth."""

    truth: Truth
    pair: PlayerPair
    rows: list[dict[str, float]] = field(default_factory=list)
    labels: list[tuple[float, ...]] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)


def read(folder: Path) -> list[MeasuredRun]:
    """Return every run of a folder with its truth and signals."""
    runs = []
    for truth in truths_of(folder / "truth.jsonl"):
        runs.append(measure(truth, load(folder / truth["path"]).pairs()[0]))
        print(f"\r{len(runs)} runs read", end="", file=sys.stderr)
    print(file=sys.stderr)
    return runs


def measure(truth: Truth, pair: PlayerPair) -> MeasuredRun:
    """Return one run with its signals: as logged, logged half as often, and averaged to one row per epoch."""
    run = MeasuredRun(truth, pair)
    ends = (*truth["states"], [truth["steps"], truth["final"]])
    steps = np.array([step for step, _ in ends], dtype=np.int64)
    variants = [(pair, 1.0), *((thinned(pair, first), THINNED_WEIGHT) for first in (0, 1))]
    variants += [(averaged(pair, rows), AVERAGED_WEIGHT) for rows in ROWS_PER_EPOCH]
    for variant, weight in variants:
        for index, signals in _signals(variant, steps).items():
            state, last = ends[index][1], index == len(ends) - 1
            if state is None or (not last and (index < SKIPPED_CHECKPOINTS or index % 2)):
                continue
            states = {state, *(truth["also"] if last or state == truth["final"] else ())}
            run.rows.append(signals)
            run.labels.append(tuple(float(s in states) for s in STATES))
            run.weights.append((END if last else 1.0) * weight)
    return run


def thinned(pair: PlayerPair, first: int) -> PlayerPair:
    """Return the pair with every second row only, starting at row `first`."""
    curves = {r: Curve(c.name, c.steps[first::2], c.values[first::2]) for r, c in pair.curves.items()}
    return PlayerPair(curves, pair.name, pair.names)


def averaged(pair: PlayerPair, rows: int) -> PlayerPair:
    """Return the pair with every `rows` rows averaged into one."""
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
    objectives, objective, inferred_at = [], UNKNOWN, 0
    for step, points in zip(steps.tolist(), history.points(steps).tolist(), strict=True):
        if points >= diagnoser.next_inference(objective, inferred_at):
            objective, inferred_at = infer(pair.until(step)), points
        objectives.append(objective)
    (signals,) = measure_all([SignalRequest(history, steps, objectives)])
    used = {name: values for name, values in signals.values.items() if name in SIGNALS}
    measured = np.flatnonzero(np.isfinite(signals.values.get("points", np.full(len(steps), np.nan))))
    return {row: {n: float(v[row]) for n, v in used.items()} for row in measured.tolist()}


@dataclass
class Basis:
    """Knots of every signal, to turn rows of signals into columns of hat functions.

    The columns of a signal are centred on the rows that have it. A missing signal thus adds nothing, and the
    contribution of a signal shows how strongly it supports a badge.
    """

    knots: dict[str, Floats]
    means: dict[str, Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, runs: list[MeasuredRun]) -> Basis:
        """Place knots at quantiles of each signal; leave out signals that are rarely measured."""
        knots = {}
        for name in SIGNALS:
            values = np.array([row.get(name, np.nan) for run in runs for row in run.rows])
            values = values[np.isfinite(values)]
            if len(values) < 200:
                continue
            quantiles = np.unique(np.round(np.quantile(values, np.linspace(0.04, 0.96, KNOTS)), 4))
            if len(quantiles) > 1:
                knots[name] = quantiles
        basis = cls(knots)
        rows = [row for run in runs for row in run.rows]
        basis.means = {name: hats[known].mean(axis=0) for name, (hats, known) in basis.hats(rows).items()}
        return basis

    def hats(self, rows: list[dict[str, float]]) -> dict[str, tuple[Floats, NDArray[np.bool_]]]:
        """Return the hat functions of each signal at each row, and which rows have the signal."""
        columns = {}
        for name, knots in self.knots.items():
            values = np.array([row.get(name, np.nan) for row in rows])
            known = np.isfinite(values)
            units = [np.interp(np.where(known, values, 0.0), knots, unit) for unit in np.eye(len(knots))]
            columns[name] = np.stack(units, axis=1), known
        return columns

    def columns(self, rows: list[dict[str, float]]) -> Floats:
        """Return the design matrix: all centred hat functions of each row, and a one."""
        parts = [
            np.where(known[:, None], hats - self.means[name], 0.0)
            for name, (hats, known) in self.hats(rows).items()
        ]
        return np.hstack([*parts, np.ones((len(rows), 1))])

    def penalty(self) -> Floats:
        """Return the quadratic cost of the size and the bends of the coefficients."""
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
        """Return the weights as stored in JSON. `fitted` has one column per badge."""
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


def fit(runs: list[MeasuredRun], basis: Basis) -> dict[str, Any]:
    """Fit each badge with Newton's method."""
    columns = basis.columns([row for run in runs for row in run.rows])
    labels = np.array([label for run in runs for label in run.labels])
    row_weights = np.array([weight for run in runs for weight in run.weights])
    cost = basis.penalty()
    fitted = np.zeros((columns.shape[1], len(STATES)))
    for state in range(len(STATES)):
        b = fitted[:, state]
        for _ in range(12):
            p = 1 / (1 + np.exp(-np.clip(columns @ b, -12, 12)))
            slope = columns.T @ (row_weights * (labels[:, state] - p)) - cost @ b
            curvature = row_weights * np.maximum(p * (1 - p), 1e-4)
            change = np.linalg.solve((columns * curvature[:, None]).T @ columns + cost, slope)
            b += change
            if np.abs(change).max() < 1e-3:
                break
    return basis.weights(fitted)


def cross_validate(runs: list[MeasuredRun], basis: Basis, folds: int, seed: int = 0) -> list[Diagnosis]:
    """Return the diagnosis of each run by weights fitted on the other folds."""
    order = np.random.default_rng(seed).permutation(len(runs))
    given: list[Diagnosis | None] = [None] * len(runs)
    for fold in range(folds):
        held_out = set(order[fold::folds].tolist())
        weights = from_json(fit([run for i, run in enumerate(runs) if i not in held_out], basis))
        for i in held_out:
            given[i] = diagnosed(runs[i], weights)
    return [d for d in given if d is not None]


def diagnosed(run: MeasuredRun, weights: BadgeModel) -> Diagnosis:
    """Return the diagnosis of one run, sample grids included."""
    return Diagnoser(weights=weights).update(run.pair)


def calibrate(truths: Sequence[Truth], given: Sequence[Diagnosis]) -> dict[str, list[float]]:
    """Return the share of right badges as a rising curve of the evidence for them.

    Fits a logistic curve of the evidence's log-odds, regularised slightly towards the identity.
    """
    evidence, right = confidence_and_correctness(truths, given)
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
    """Fit, print the tables, and store the weights with --write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("runs", type=Path, help="folder with one folder per run, and truth.jsonl")
    parser.add_argument("--write", action="store_true", help="store the weights")
    parser.add_argument("--folds", type=int, default=6, help="folds of the cross-validation")
    args = parser.parse_args()
    runs = read(args.runs)
    basis = Basis.of(runs)
    truths = [run.truth for run in runs]
    given = cross_validate(runs, basis, args.folds)
    print(f"\ncross-validated, {args.folds} folds\n\n{table(truths, given)}\n\n{reliability(truths, given)}")
    fitted = fit(runs, basis)
    fitted["confidence"] = calibrate(truths, given)
    fitted["measured"] = {
        state: {"precision": round(precision, 2), "recall": round(recall, 2)}
        for state, (precision, recall, _) in precision_and_recall(truths, given).items()
    }
    weights = from_json(fitted)
    print(f"\nfitted on these runs\n\n{table(truths, [diagnosed(run, weights) for run in runs])}")
    if args.write:
        WEIGHTS.write_text(json.dumps(fitted, indent=1) + "\n")
        print(f"\nwritten: {WEIGHTS.name}, {len(basis.knots)} signals")


if __name__ == "__main__":
    main()
