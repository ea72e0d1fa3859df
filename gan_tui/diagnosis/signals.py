"""Windowed measurements that the rules read. NaN stands for "cannot be told from this log"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gan_tui.diagnosis.measures import changes_correlation, slowness, swing, tame
from gan_tui.diagnosis.windows import Window
from gan_tui.logs.points import Floats
from gan_tui.run.objective import Kind, Objective, Scale

SURE = 0.5
"""Confidence in the objective above which a rule may use its scale."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the rules see at one step."""

    step: int
    first_step: int
    """Where the main window begins."""
    fine_first_step: int
    """Where the stretch begins that is looked at point by point."""
    points: int
    kind: Kind
    """The objective, UNKNOWN where it is not sure."""
    signals: Mapping[str, float]

    def __getitem__(self, name: str) -> float:
        return self.signals.get(name, np.nan)


def look(window: Window, objective: Objective) -> Sight:
    """Measure one window."""
    sure = objective.confidence >= SURE
    found: dict[str, float] = {}
    fine = {role: values for role, values in window.fine.items() if role in ("d_loss", "g_loss")}
    held = np.ones(len(next(iter(fine.values()))), dtype=bool)
    for values in fine.values():
        held &= np.isfinite(values)
    found["nonfinite"] = 1 - float(held.mean())
    found["nonfinite_run"] = float(_last_run(~held))
    clean = {r: v[held] for r, v in window.fine.items() if np.isfinite(v[held]).all()}
    for role in fine:
        _levels(found, role[0], window, role, objective if sure else Objective())
        _movement(found, role[0], clean[role])
    if len(fine) == 2 and held.sum() >= 16:
        _together(found, clean, objective if sure else Objective())
    return Sight(
        window.step,
        window.first_step,
        window.fine_first_step,
        window.points,
        objective.kind if sure else Kind.UNKNOWN,
        found,
    )


def _last_run(bad: np.ndarray) -> int:
    """How many of the newest values are bad in a row."""
    good = np.flatnonzero(~bad)
    return len(bad) - 1 - int(good[-1]) if len(good) else len(bad)


def _levels(found: dict[str, float], player: str, window: Window, role: str, objective: Objective) -> None:
    values, start = window.spread[role], window.start[role]
    if not len(values):
        return
    middle = float(np.median(values))
    found[f"level_{player}"] = middle
    found[f"size_{player}"] = float(np.median(np.abs(values)))
    if len(start):
        found[f"start_{player}"] = float(np.median(np.abs(start[: max(8, window.points // 10)])))
    balance = objective.d_equilibrium if player == "d" else objective.g_equilibrium
    if balance is not None and balance != 0:
        found[f"balance_{player}"] = balance
        found[f"share_{player}"] = middle / balance
        found[f"low_{player}"] = float(np.mean(values / balance < 0.05))


def _movement(found: dict[str, float], player: str, values: Floats) -> None:
    if len(values) < 16:
        return
    found[f"same_{player}"] = float(np.mean(np.diff(values) == 0))
    calm = tame(values)
    found[f"slow8_{player}"] = slowness(calm, 8)
    found[f"slow64_{player}"] = slowness(calm, 64)
    found[f"swing_{player}"] = swing(calm)


def _together(found: dict[str, float], clean: Mapping[str, Floats], objective: Objective) -> None:
    d, g = clean["d_loss"], clean["g_loss"]
    found["opposition"] = -changes_correlation(tame(d), tame(g))
    halves = rebuilt_halves(d, g, objective)
    if halves is not None:
        found["halves"] = changes_correlation(tame(halves[0]), tame(halves[1]))
    if "d_real" in clean and "d_fake" in clean:
        found["scores"] = changes_correlation(tame(clean["d_real"]), tame(clean["d_fake"]))


def rebuilt_halves(d: Floats, g: Floats, objective: Objective) -> tuple[Floats, Floats] | None:
    """D's real and fake half, the fake one as G's loss implies it; None where the scale is unknown.

    G's loss scores another batch of fakes than D's: BCE has G = softplus(-s) and the fake half
    softplus(s); least squares (1 - sqrt(G))**2; hinge max(0, 1 - G); Wasserstein -G.
    """
    if objective.scale is Scale.UNKNOWN and objective.kind is not Kind.WASSERSTEIN:
        return None
    total = d * 2 if objective.scale is Scale.MEAN else d
    if objective.kind is Kind.BCE:
        if (objective.g_equilibrium or 0) < 0:
            fake = -g
        else:
            fake = -np.log(np.maximum(-np.expm1(-np.maximum(g, 1e-9)), 1e-12))
    elif objective.kind is Kind.LEAST_SQUARES:
        fake = (1 - np.sqrt(np.maximum(g, 0))) ** 2
    elif objective.kind is Kind.HINGE:
        fake = np.maximum(0.0, 1 - g)
    elif objective.kind is Kind.WASSERSTEIN:
        fake = -g
    else:
        return None
    return total - fake, fake
