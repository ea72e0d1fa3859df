"""An additive logistic model of the badges, fitted on training runs with known outcome.

`benchmarks/fit_weights.py` fits the coefficients in `gan_tui/data/weights.json` on trainings whose samples
were measured, and prints precision and recall on held-out runs. What a signal contributes to the log-odds
of a badge is a piecewise linear function of its value; a missing signal contributes nothing.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache, cached_property

import numpy as np
from msgspec import Struct, field, json

from gan_tui.diagnosis.result import Badge
from gan_tui.logs.model import Floats

MODEL_BADGES = (Badge.CONVERGING, Badge.OSCILLATING, Badge.COLLAPSE, Badge.DIVERGED)
"""The badges that have odds, in the order of the columns."""


class BadgeModel(Struct, frozen=True, eq=False, dict=True):
    """The fitted model."""

    knots: Mapping[str, Floats]
    """Signal to the knots of its function, ascending, shape (j,)."""
    contributions: Mapping[str, Floats]
    """Signal to its contributions at the knots, log-odds, shape (j, 4)."""
    intercept: Floats
    """Shape (4,)."""
    evidence: Floats
    """Evidence for a badge, ascending, shape (c,)."""
    accuracy: Floats
    """The share of badges with that evidence that were right on held-out runs, shape (c,)."""
    measured: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Badge to its precision and recall on held-out runs, 0..1."""

    def contributions_of(self, signals: Mapping[str, Floats]) -> tuple[list[str], Floats]:
        """Return the log-odds that each signal contributes; 0 if it is NaN.

        Args:
            signals: Name to values, shape (k,) each.

        Returns:
            The names of the n signals that the model knows, and their contributions, shape (n, k, 4).
        """
        table = self._table
        names = [name for name in table.rows if name in signals]
        rows = np.array([table.rows[name] for name in names], dtype=np.intp)
        if not names:
            return names, np.zeros((0, 0, len(MODEL_BADGES)))
        values = np.stack([signals[name] for name in names])
        low, high = table.ends[rows, 0, None], table.ends[rows, 1, None]
        known = np.isfinite(values)
        x = np.clip(np.where(known, values, low), low, high)
        # All signals are looked up at once: a checkpoint of a live run has one value of each.
        upper = (table.inner[rows][:, :, None] < x[:, None]).sum(axis=1) + 1
        rows = rows[:, None]
        left, right = table.knots[rows, upper - 1], table.knots[rows, upper]
        share = (x - left) / (right - left)
        below = table.contributions[rows, upper - 1]
        interpolated = below + share[..., None] * (table.contributions[rows, upper] - below)
        return names, np.where(known[..., None], interpolated, 0.0)

    def log_odds(self, signals: Mapping[str, Floats], count: int) -> Floats:
        """Return the log-odds of each badge at k checkpoints, shape (k, 4)."""
        names, contributions = self.contributions_of(signals)
        total: Floats = np.tile(self.intercept, (count, 1))
        return total + contributions.sum(axis=0) if names else total

    def contributions_at(self, signals: Mapping[str, float]) -> dict[str, Floats]:
        """Return what each signal contributes at one checkpoint, log-odds of each badge, shape (4,)."""
        values = {name: np.array([signals[name]]) for name in self.knots if name in signals}
        names, contributions = self.contributions_of(values)
        return {name: of_one[0] for name, of_one in zip(names, contributions, strict=True)}

    @cached_property
    def _table(self) -> _Table:
        return _make_table(self.knots, self.contributions)

    def confidence(self, evidence: float) -> float:
        """Return the share of badges with this evidence that are right."""
        return float(np.interp(evidence, self.evidence, self.accuracy))


class _Table(Struct, frozen=True, eq=False):
    """Knots and contributions of all n signals as arrays, padded to the same number of knots."""

    rows: Mapping[str, int]
    knots: Floats
    """Shape (n, j); padded with infinity."""
    inner: Floats
    """All knots but the first and the last of each signal, shape (n, j - 2); padded with infinity."""
    ends: Floats
    """The first and the last knot, shape (n, 2)."""
    contributions: Floats
    """Shape (n, j, 4)."""


def _make_table(knots: Mapping[str, Floats], contributions: Mapping[str, Floats]) -> _Table:
    length = max(map(len, knots.values()))
    padded = np.full((len(knots), length), np.inf)
    inner, padded_contributions = padded[:, 2:].copy(), np.zeros((len(knots), length, len(MODEL_BADGES)))
    for row, (name, own) in enumerate(knots.items()):
        padded[row, : len(own)] = own
        inner[row, : len(own) - 2] = own[1:-1]
        padded_contributions[row, : len(own)] = contributions[name]
    ends = np.array([(own[0], own[-1]) for own in knots.values()])
    return _Table({name: row for row, name in enumerate(knots)}, padded, inner, ends, padded_contributions)


@cache
def fitted_model() -> BadgeModel:
    """Return the model in the package."""
    data = pkgutil.get_data("gan_tui", "data/weights.json")
    assert data is not None
    return from_json(json.decode(data))


def from_json(content: Mapping[str, object]) -> BadgeModel:
    """Return the model from the JSON that `benchmarks/fit_weights.py` writes."""
    signals = content["signals"]
    calibration, measured = content["confidence"], content.get("measured", {})
    assert isinstance(measured, dict)
    assert isinstance(signals, dict)
    assert isinstance(calibration, dict)
    return BadgeModel(
        {name: np.array(s["knots"], dtype=np.float64) for name, s in signals.items()},
        {
            name: np.stack([np.array(s[badge], dtype=np.float64) for badge in MODEL_BADGES], axis=1)
            for name, s in signals.items()
        },
        np.array([content["intercept"][badge] for badge in MODEL_BADGES]),  # type: ignore[index]
        np.array(calibration["evidence"], dtype=np.float64),
        np.array(calibration["right"], dtype=np.float64),
        {badge: (float(m["precision"]), float(m["recall"])) for badge, m in measured.items()},
    )
