"""What each signal adds to the odds of each badge: an additive logistic model, fitted on measured runs.

The coefficients lie in `gan_tui/data/weights.json`; `benchmarks/fit_weights.py` fits them on trainings
whose samples were measured, and prints how well they hold on runs that were kept out. A signal's part
is a piecewise linear function of its value; a signal that a log does not give adds nothing.
"""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from gan_tui.diagnosis.result import Badge
from gan_tui.logs.points import Floats

JUDGED = (Badge.CONVERGING, Badge.OSCILLATING, Badge.COLLAPSE, Badge.DIVERGED)
"""The badges that have odds, in the order of the columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """The fitted model."""

    knots: Mapping[str, Floats]
    """Signal to where its function bends, ascending, shape (j,)."""
    parts: Mapping[str, Floats]
    """Signal to what it adds at its knots, log-odds, shape (j, 4)."""
    intercept: Floats
    """Shape (4,)."""
    scores: Floats
    """Evidence for a badge, ascending, shape (c,)."""
    right: Floats
    """The share of badges given at such evidence that were right on runs kept out, shape (c,)."""
    measured: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Badge to its precision and recall on runs kept out of the fit, 0..1."""

    def part(self, name: str, values: Floats) -> Floats:
        """What one signal adds, log-odds, shape (k, 4); nothing where it is NaN.

        Args:
            name: A signal of the model.
            values: Shape (k,).
        """
        knots, parts = self.knots[name], self.parts[name]
        known = np.isfinite(values)
        x = np.clip(np.where(known, values, knots[0]), knots[0], knots[-1])
        upper = np.clip(np.searchsorted(knots, x), 1, len(knots) - 1)
        share = (x - knots[upper - 1]) / (knots[upper] - knots[upper - 1])
        added = parts[upper - 1] + share[:, None] * (parts[upper] - parts[upper - 1])
        return np.where(known[:, None], added, 0.0)

    def odds(self, signals: Mapping[str, Floats], count: int) -> Floats:
        """Log-odds of each badge at k checkpoints, shape (k, 4)."""
        total = np.tile(self.intercept, (count, 1))
        for name in self.knots:
            if name in signals:
                total += self.part(name, signals[name])
        return total

    def added(self, signals: Mapping[str, float], names: Sequence[str]) -> list[float]:
        """What some signals add together at one checkpoint, log-odds of each badge."""
        parts = [self.part(name, np.array([signals[name]]))[0] for name in names]
        return [float(total) for total in np.sum(parts, axis=0)]

    def confidence(self, score: float) -> float:
        """The share of badges given at such evidence that are right."""
        return float(np.interp(score, self.scores, self.right))


@cache
def fitted() -> Weights:
    """The weights that come with the program."""
    data = pkgutil.get_data("gan_tui", "data/weights.json")
    assert data is not None
    return from_json(json.loads(data))


def from_json(held: Mapping[str, object]) -> Weights:
    """The weights as `benchmarks/fit_weights.py` writes them."""
    signals = held["signals"]
    calibration, measured = held["confidence"], held.get("measured", {})
    assert isinstance(measured, dict)
    assert isinstance(signals, dict)
    assert isinstance(calibration, dict)
    return Weights(
        {name: np.array(s["knots"], dtype=np.float64) for name, s in signals.items()},
        {
            name: np.stack([np.array(s[badge], dtype=np.float64) for badge in JUDGED], axis=1)
            for name, s in signals.items()
        },
        np.array([held["intercept"][badge] for badge in JUDGED]),  # type: ignore[index]
        np.array(calibration["evidence"], dtype=np.float64),
        np.array(calibration["right"], dtype=np.float64),
        {badge: (float(m["precision"]), float(m["recall"])) for badge, m in measured.items()},
    )
