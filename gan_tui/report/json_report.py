"""The JSON output of `gan-tui check --json`; `docs/check.schema.json` is its schema.

The standard library writes it: msgspec refuses lone surrogates, which file names and logs may contain.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gan_tui.diagnosis.result import Diagnosis, Finding
from gan_tui.monitoring.snapshot import RunState, SeriesState
from gan_tui.report.wording import suggestions_of
from gan_tui.run.series import Series


def as_json(runs: Sequence[RunState], *, suggestions: bool = False) -> dict[str, Any]:
    """Return the output of `gan-tui check --json`, ready for `json.dumps(..., allow_nan=False)`.

    Args:
        runs: The runs to report.
        suggestions: Whether each run gets a key "suggestions".
    """
    reports = [run_as_json(run) for run in runs]
    if suggestions:
        for report, run in zip(reports, runs, strict=True):
            report["suggestions"] = [
                {"rule": rule, "text": s.text, "source": s.source} for rule, s in suggestions_of(run)
            ]
    return {"runs": reports}


def run_as_json(run: RunState) -> dict[str, Any]:
    """Return one entry of "runs"."""
    diagnosis, objective = run.diagnosis, run.objective
    return {
        "path": run.path,
        "name": run.name,
        "badge": str(diagnosis.badge),
        "also": [str(badge) for badge in diagnosis.also],
        "since_step": diagnosis.since_step,
        "confidence": round(diagnosis.confidence, 3),
        "findings": [_finding_as_json(finding, diagnosis) for finding in diagnosis.findings],
        "timeline": [{"step": m.step, "badge": str(m.badge)} for m in diagnosis.timeline],
        "objective": {
            "kind": str(objective.kind),
            "scale": str(objective.scale),
            "inferred": objective.inferred,
            "confidence": round(objective.confidence, 3),
        },
        "axis": run.axis_from,
        "series": [_series_as_json(s) for s in (*run.series, *map(_empty_series, run.empty))],
        "faults": [
            {"file": f.file, "offset": f.offset, "bytes": f.bytes, "reason": f.reason} for f in run.faults
        ],
    }


def _finding_as_json(finding: Finding, diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "sentence": finding.sentence,
        "badge": str(finding.badge),
        "supports": diagnosis.supports(finding),
        "first_step": finding.first_step,
        "last_step": finding.last_step,
        "numbers": {name: _finite(value) for name, value in finding.numbers.items()},
    }


def _empty_series(name: str) -> SeriesState:
    return SeriesState(Series(name).view())


def _series_as_json(series: SeriesState) -> dict[str, Any]:
    view = series.view
    return {
        "name": series.name,
        "role": series.role,
        "role_source": series.role_source,
        "pair": series.pair,
        "derived": series.derived,
        "points": len(view),
        "segments": len(view.segments),
        "nonfinite": len(view.nonfinite),
        "first_step": int(view.steps[0]) if len(view) else None,
        "last_step": int(view.steps[-1]) if len(view) else None,
        "last": _finite(float(view.values[-1])) if len(view) else None,
    }


def _finite(value: float) -> float | None:
    """Return `value`, or None for NaN and infinities, which JSON cannot hold."""
    return float(value) if math.isfinite(value) else None
