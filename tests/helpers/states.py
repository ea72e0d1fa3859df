"""Hand-made run states for tests of reports and alerts."""

from __future__ import annotations

import numpy as np

from gan_tui.diagnosis.result import Badge, BadgeChange, Diagnosis, Finding
from gan_tui.logs.model import Column, Fault
from gan_tui.monitoring.snapshot import RunState, SeriesState, Status
from gan_tui.run.objective.objective import LossScale, Objective, ObjectiveKind
from gan_tui.run.series import Series


def series_state(name: str, values: list[float], role: str | None = None, steps: list[int] | None = None,
                 pair: str | None = None) -> SeriesState:  # fmt: skip
    """Return a series with `values` at `steps` (default: 0, 1, 2, ...)."""
    series = Series(name)
    at = np.arange(len(values)) if steps is None else np.array(steps)
    series.extend(Column(name, at.astype(np.int64), np.array(values, dtype=np.float64)))
    return SeriesState(series.view(), role, pair)


def run_state(
    badge: Badge = Badge.COLLAPSE,
    *,
    name: str = "ring",
    path: str = "runs/ring",
    since: int = 40,
    last: int = 99,
    also: tuple[Badge, ...] = (),
    sentence: str = "two batches of fakes score alike (correlation 0.1)",
    series: tuple[SeriesState, ...] | None = None,
    faults: tuple[Fault, ...] = (),
) -> RunState:
    """Return a run of a hundred points with this badge."""
    random = np.random.default_rng(0)
    losses = (
        series_state("Loss_D", (1.3 + 0.1 * random.standard_normal(last + 1)).tolist(), "d_loss"),
        series_state("Loss_G", (0.7 + 0.1 * random.standard_normal(last + 1)).tolist(), "g_loss"),
    )
    finding = Finding("alike", badge, sentence, since, last, 0.9, {"correlation": 0.1})
    timeline = (BadgeChange(10, Badge.WARMING_UP), BadgeChange(since, badge))
    return RunState(
        name=name,
        path=path,
        series=losses if series is None else series,
        objective=Objective(ObjectiveKind.BCE, LossScale.SUM, 0.9, 1.386, 0.693),
        diagnosis=Diagnosis(badge, since, 0.87, also, (finding,), timeline),
        faults=faults,
        status=Status.LIVE,
        last_step=last,
    )
