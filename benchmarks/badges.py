"""How right the badges are: held against runs whose samples were measured.

    python benchmarks/badges.py RUNS [--truth FILE] [--min-right 0.9] [--max-false 0.05]
    python benchmarks/badges.py sample_logs --truth benchmarks/sample_logs_truth.jsonl

RUNS holds one folder a run. FILE (truth.jsonl in RUNS where left out) has a line a run: `path`, `final` (the
state at the end, or null), `also` (states that hold beside it), `ruled_out` (badges that the samples
contradict), `onset` (the step from which `final` holds), `steps`, and `states` ([step, state] at
checkpoints). Prints precision and recall of each badge and how often badges of each confidence are right.

A badge counts as found where `badge` or `also` names it; it must be found where it is the truth's `final`,
may be where it is in `also`, and is false everywhere else.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan_tui.diagnosis.badge_model import MODEL_BADGES
from gan_tui.diagnosis.result import Badge, Diagnosis
from gan_tui.monitoring.batch_reading import read_runs

STATES = tuple(str(badge) for badge in MODEL_BADGES)
Truth = dict[str, Any]
Floats = NDArray[np.float64]


def truths_of(file: Path) -> list[Truth]:
    """The truth of every run of a folder."""
    return [json.loads(line) for line in file.read_text().splitlines()]


def judged(folder: Path, truth: Truth) -> Diagnosis:
    """What the program says of a run, sample grids included."""
    return read_runs([folder / truth["path"]]).runs[0].diagnosis


def precision_and_recall(
    truths: Sequence[Truth], given: Sequence[Diagnosis]
) -> dict[str, tuple[float, float, float]]:
    """Precision, recall and F1 of each badge at the end of the decided runs."""
    found, false, missed = Counter[str](), Counter[str](), Counter[str]()
    for truth, diagnosis in zip(truths, given, strict=True):
        if truth["final"] is None:
            continue
        for state in STATES:
            if state in {str(diagnosis.badge), *map(str, diagnosis.also)}:
                found[state] += state == truth["final"]
                false[state] += state not in {truth["final"], *truth["also"]}
            elif state == truth["final"]:
                missed[state] += 1
    return {
        s: (
            found[s] / max(1, found[s] + false[s]),
            found[s] / max(1, found[s] + missed[s]),
            2 * found[s] / max(1, 2 * found[s] + false[s] + missed[s]),
        )
        for s in STATES
    }


def table(truths: Sequence[Truth], given: Sequence[Diagnosis]) -> str:
    """Precision, recall and F1 of each badge, and what else the badges are held to."""
    held, seen = Counter[str](), Counter[str]()
    early: list[float] = []
    for truth, diagnosis in zip(truths, given, strict=True):
        timeline_hits(truth, diagnosis, held, seen)
        found = str(diagnosis.badge) in {truth["final"], *truth["also"]}
        if truth["final"] in ("diverged", "collapse") and found and truth["onset"]:
            early.append(((diagnosis.since_step or 0) - truth["onset"]) / truth["steps"])
    measured = precision_and_recall(truths, given)
    right = rightness(truths, given)[1]
    contradicted = sum(str(d.badge) in t["ruled_out"] for t, d in zip(truths, given, strict=True))
    along = np.mean([held[s] / seen[s] for s in STATES if seen[s]])
    lines = ["| badge | precision | recall | F1 |", "|---|---|---|---|"]
    lines += [f"| {Badge(s).label} | {p:.2f} | {r:.2f} | {f:.2f} |" for s, (p, r, f) in measured.items()]
    lines.append(
        f"\nmacro-F1 {np.mean([f for _, _, f in measured.values()]):.3f}, right {right.mean():.3f}, "
        f"contradicted by the samples {contradicted / len(truths):.3f} ({contradicted}/{len(truths)}), "
        f"timeline {along:.3f}, early {np.median(early) if early else np.nan:+.3f}, "
        f"over {len(right)} decided runs"
    )
    return "\n".join(lines)


def timeline_hits(truth: Truth, diagnosis: Diagnosis, held: Counter[str], seen: Counter[str]) -> None:
    """Count the checkpoints of a run, by state, and those at which the badge in force was right."""
    for step, state in truth["states"]:
        if state is None:
            continue
        now = next((str(m.badge) for m in reversed(diagnosis.timeline) if m.step <= step), "warming-up")
        seen[state] += 1
        held[state] += now == state or (state == truth["final"] and now in truth["also"])


def rightness(truths: Sequence[Truth], given: Sequence[Diagnosis]) -> tuple[Floats, Floats]:
    """Confidence of each badge given to a decided run, ascending, and whether it is right."""
    pairs = sorted(
        (d.confidence, float(str(d.badge) in {t["final"], *t["also"]}))
        for t, d in zip(truths, given, strict=True)
        if t["final"] is not None
    )
    confidence, right = (np.array(column) for column in zip(*pairs, strict=True))
    return confidence, right


def reliability(truths: Sequence[Truth], given: Sequence[Diagnosis]) -> str:
    """How often badges of each confidence are right, as a table."""
    confidence, right = rightness(truths, given)
    lines = ["| confidence | badges | right |", "|---|---|---|"]
    for low, high in ((0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.01)):
        among = (confidence >= low) & (confidence < high)
        if among.any():
            lines.append(f"| {low:.1f}-{min(high, 1):.1f} | {among.sum()} | {right[among].mean():.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Print the tables; exit with 1 where a bound is not held."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("runs", type=Path)
    options.add_argument("--truth", type=Path)
    options.add_argument("--min-right", type=float, default=0.0)
    options.add_argument("--max-false", type=float, default=1.0)
    asked = options.parse_args()
    truths = truths_of(asked.truth or asked.runs / "truth.jsonl")
    given = [judged(asked.runs, truth) for truth in truths]
    print(f"{table(truths, given)}\n\n{reliability(truths, given)}")
    false = np.mean([str(d.badge) in t["ruled_out"] for t, d in zip(truths, given, strict=True)])
    if rightness(truths, given)[1].mean() < asked.min_right or false > asked.max_false:
        sys.exit("the badges are less right than they are held to")


if __name__ == "__main__":
    main()
