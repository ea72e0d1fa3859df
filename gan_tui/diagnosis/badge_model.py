"""What each signal adds to the odds of each badge: an additive logistic model, fitted on measured runs.

The coefficients lie in `gan_tui/data/weights.json`; `benchmarks/fit_weights.py` fits them on trainings
whose samples were measured, and prints how well they hold on runs that were kept out. A signal's part
is a piecewise linear function of its value; a signal that a log does not give adds nothing.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache, cached_property

import numpy as np
from msgspec import Struct, field, json

from gan_tui.diagnosis.result import Badge
from gan_tui.logs.model import Floats

JUDGED = (Badge.CONVERGING, Badge.OSCILLATING, Badge.COLLAPSE, Badge.DIVERGED)
"""The badges that have odds, in the order of the columns."""


class BadgeModel(Struct, frozen=True, eq=False, dict=True):
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

    def parts_of(self, signals: Mapping[str, Floats]) -> tuple[list[str], Floats]:
        """What each signal adds, log-odds; nothing where it is NaN.

        Args:
            signals: Name to values, shape (k,) each.

        Returns:
            The n signals that the model knows, and their parts, shape (n, k, 4).
        """
        table = self._table
        names = [name for name in table.rows if name in signals]
        rows = np.array([table.rows[name] for name in names], dtype=np.intp)
        if not names:
            return names, np.zeros((0, 0, len(JUDGED)))
        values = np.stack([signals[name] for name in names])
        low, high = table.ends[rows, 0, None], table.ends[rows, 1, None]
        known = np.isfinite(values)
        x = np.clip(np.where(known, values, low), low, high)
        # All signals are looked up at once: a checkpoint of a live run has one value of each.
        upper = (table.inner[rows][:, :, None] < x[:, None]).sum(axis=1) + 1
        rows = rows[:, None]
        left, right = table.knots[rows, upper - 1], table.knots[rows, upper]
        share = (x - left) / (right - left)
        below = table.parts[rows, upper - 1]
        added = below + share[..., None] * (table.parts[rows, upper] - below)
        return names, np.where(known[..., None], added, 0.0)

    def odds(self, signals: Mapping[str, Floats], count: int) -> Floats:
        """Log-odds of each badge at k checkpoints, shape (k, 4)."""
        names, parts = self.parts_of(signals)
        total: Floats = np.tile(self.intercept, (count, 1))
        return total + parts.sum(axis=0) if names else total

    def added(self, signals: Mapping[str, float]) -> dict[str, Floats]:
        """What each signal adds at one checkpoint, log-odds of each badge, shape (4,)."""
        values = {name: np.array([signals[name]]) for name in self.knots if name in signals}
        names, parts = self.parts_of(values)
        return {name: part[0] for name, part in zip(names, parts, strict=True)}

    @cached_property
    def _table(self) -> _Table:
        return _tabled(self.knots, self.parts)

    def confidence(self, score: float) -> float:
        """The share of badges given at such evidence that are right."""
        return float(np.interp(score, self.scores, self.right))


class _Table(Struct, frozen=True, eq=False):
    """Knots and parts of all n signals in arrays, those of few knots filled up."""

    rows: Mapping[str, int]
    knots: Floats
    """Shape (n, j); infinite where filled up."""
    inner: Floats
    """Knots but for the first and the last of each signal, shape (n, j - 2); infinite where filled up."""
    ends: Floats
    """First and last knot, shape (n, 2)."""
    parts: Floats
    """Shape (n, j, 4)."""


def _tabled(knots: Mapping[str, Floats], parts: Mapping[str, Floats]) -> _Table:
    most = max(map(len, knots.values()))
    filled = np.full((len(knots), most), np.inf)
    inner, added = filled[:, 2:].copy(), np.zeros((len(knots), most, len(JUDGED)))
    for row, (name, own) in enumerate(knots.items()):
        filled[row, : len(own)] = own
        inner[row, : len(own) - 2] = own[1:-1]
        added[row, : len(own)] = parts[name]
    ends = np.array([(own[0], own[-1]) for own in knots.values()])
    return _Table({name: row for row, name in enumerate(knots)}, filled, inner, ends, added)


@cache
def fitted() -> BadgeModel:
    """The weights that come with the program."""
    data = pkgutil.get_data("gan_tui", "data/weights.json")
    assert data is not None
    return from_json(json.decode(data))


def from_json(held: Mapping[str, object]) -> BadgeModel:
    """The weights as `benchmarks/fit_weights.py` writes them."""
    signals = held["signals"]
    calibration, measured = held["confidence"], held.get("measured", {})
    assert isinstance(measured, dict)
    assert isinstance(signals, dict)
    assert isinstance(calibration, dict)
    return BadgeModel(
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
