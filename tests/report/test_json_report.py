"""The JSON output of check."""

from __future__ import annotations

import json
import math

from msgspec.structs import replace

from gan_tui.diagnosis.result import Badge
from gan_tui.logs.model import Fault
from gan_tui.report.json_report import as_json
from tests.helpers.states import run_state, series_state


def test_the_output_has_every_key() -> None:
    run = run_state(also=(Badge.OSCILLATING,), faults=(Fault(12, 3, "no number", "a.csv"),))
    found = json.loads(json.dumps(as_json([run]), allow_nan=False))["runs"][0]
    assert found == {
        "path": "runs/ring",
        "name": "ring",
        "badge": "collapse",
        "also": ["oscillating"],
        "since_step": 40,
        "confidence": 0.87,
        "findings": [
            {
                "sentence": "two batches of fakes score alike (correlation 0.1)",
                "badge": "collapse",
                "supports": True,
                "first_step": 40,
                "last_step": 99,
                "numbers": {"correlation": 0.1},
            }
        ],
        "timeline": [{"step": 10, "badge": "warming-up"}, {"step": 40, "badge": "collapse"}],
        "objective": {"kind": "bce", "scale": "sum", "inferred": True, "confidence": 0.9},
        "axis": "step",
        "series": found["series"],
        "faults": [{"file": "a.csv", "offset": 12, "bytes": 3, "reason": "no number"}],
    }
    assert found["series"][0] == {
        "name": "Loss_D", "role": "d_loss", "role_source": "inferred", "pair": None, "derived": False,
        "points": 100, "segments": 1, "nonfinite": 0,
        "first_step": 0, "last_step": 99, "last": found["series"][0]["last"],
    }  # fmt: skip


def test_a_series_without_a_value_is_listed() -> None:
    found = as_json([replace(run_state(), empty=("val_loss",))])["runs"][0]["series"][-1]
    assert (found["name"], found["points"], found["role"], found["last"]) == ("val_loss", 0, None, None)


def test_what_is_not_finite_is_counted_and_never_written_as_a_number() -> None:
    series = series_state("x", [1.0, math.nan, math.inf], None, [0, 5, 3])
    found = as_json([run_state(series=(series,))])["runs"][0]["series"][0]
    assert json.dumps(found, allow_nan=False)
    assert found["last"] is None
    assert (found["nonfinite"], found["segments"], found["points"]) == (2, 2, 3)
