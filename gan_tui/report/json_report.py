"""The JSON contract of `gan-tui check --json`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gan_tui.monitoring.snapshot import RunState, SeriesState
from gan_tui.report.wording import advice as advice_for
from gan_tui.run.series import Series


def as_json(runs: Sequence[RunState], *, advice: bool = False) -> dict[str, Any]:
    """The contract of `gan-tui check --json`, ready for `json.dumps(..., allow_nan=False)`.

    Args:
        runs: What is told.
        advice: Name what people try next as well, under "advice".
    """
    told = [run_as_json(run) for run in runs]
    for each, run in zip(told, runs, strict=True) if advice else ():
        each["advice"] = [{"rule": rule, "text": r.text, "source": r.source} for rule, r in advice_for(run)]
    return {"runs": told}


def run_as_json(run: RunState) -> dict[str, Any]:
    """One run of the contract."""
    diagnosis, objective = run.diagnosis, run.objective
    return {
        "path": run.path,
        "name": run.name,
        "badge": str(diagnosis.badge),
        "also": [str(b) for b in diagnosis.also],
        "since_step": diagnosis.since_step,
        "confidence": round(diagnosis.confidence, 3),
        "evidence": [f.sentence for f in diagnosis.findings if diagnosis.supports(f)],
        "timeline": [{"step": m.step, "badge": str(m.badge)} for m in diagnosis.timeline],
        "objective": {
            "kind": str(objective.kind),
            "scale": str(objective.scale),
            "inferred": objective.inferred,
            "confidence": round(objective.confidence, 3),
        },
        "axis": run.axis_from,
        "series": [_series_as_json(s) for s in (*run.series, *map(_nothing, run.empty))],
        "faults": [
            {"file": f.file, "offset": f.offset, "bytes": f.bytes, "reason": f.reason} for f in run.faults
        ],
    }


def _nothing(name: str) -> SeriesState:
    return SeriesState(Series(name).view())


def _series_as_json(series: SeriesState) -> dict[str, Any]:
    view = series.view
    last = float(view.values[-1]) if len(view) else math.nan
    return {
        "name": series.name,
        "role": series.role,
        "pair": series.pair,
        "derived": series.derived,
        "said": series.said,
        "points": len(view),
        "segments": len(view.segments),
        "nonfinite": len(view.nonfinite),
        "first_step": int(view.steps[0]) if len(view) else None,
        "last_step": int(view.steps[-1]) if len(view) else None,
        "last": last if math.isfinite(last) else None,
    }
