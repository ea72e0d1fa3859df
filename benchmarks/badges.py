"""Measure how accurate the badges are, on runs whose samples were measured.

    python benchmarks/badges.py RUNS [--truth FILE] [--min-right 0.9] [--max-false 0.05]
    python benchmarks/badges.py sample_logs --truth benchmarks/sample_logs_truth.jsonl

RUNS holds one folder per run. FILE (default: RUNS/truth.jsonl) has one line per run: `path`, `final` (the
state at the end, or null), `also` (other states that hold at the end), `ruled_out` (badges that the samples
contradict), `onset` (the step from which `final` holds), `steps`, and `states` ([step, state] at
checkpoints). Prints the precision and recall of each badge and how often badges of each confidence are right.

A badge counts as found if `badge` or `also` names it. It must be found if it is the truth's `final`, may be
found if it is in the truth's `also`, and is false otherwise.
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
    """Return the truth of every run of a folder."""
    return [json.loads(line) for line in file.read_text().splitlines()]


def diagnosed(folder: Path, truth: Truth) -> Diagnosis:
    """Return the diagnosis of a run, sample grids included."""
    return read_runs([folder / truth["path"]]).runs[0].diagnosis


def precision_and_recall(
    truths: Sequence[Truth], given: Sequence[Diagnosis]
) -> dict[str, tuple[float, float, float]]:
    """Return the precision, recall and F1 of each badge at the end of the runs with a known final state."""
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
    """Return the precision, recall and F1 of each badge and the overall scores, as Markdown."""
    correct, checked = Counter[str](), Counter[str]()
    early: list[float] = []
    for truth, diagnosis in zip(truths, given, strict=True):
        count_timeline_hits(truth, diagnosis, correct, checked)
        found = str(diagnosis.badge) in {truth["final"], *truth["also"]}
        if truth["final"] in ("diverged", "collapse") and found and truth["onset"]:
            early.append(((diagnosis.since_step or 0) - truth["onset"]) / truth["steps"])
    measured = precision_and_recall(truths, given)
    right = confidence_and_correctness(truths, given)[1]
    contradicted = sum(str(d.badge) in t["ruled_out"] for t, d in zip(truths, given, strict=True))
    timeline = np.mean([correct[s] / checked[s] for s in STATES if checked[s]])
    lines = ["| badge | precision | recall | F1 |", "|---|---|---|---|"]
    lines += [f"| {Badge(s).label} | {p:.2f} | {r:.2f} | {f:.2f} |" for s, (p, r, f) in measured.items()]
    lines.append(
        f"\nmacro-F1 {np.mean([f for _, _, f in measured.values()]):.3f}, right {right.mean():.3f}, "
        f"contradicted by the samples {contradicted / len(truths):.3f} ({contradicted}/{len(truths)}), "
        f"timeline {timeline:.3f}, early {np.median(early) if early else np.nan:+.3f}, "
        f"over {len(right)} decided runs"
    )
    return "\n".join(lines)


def count_timeline_hits(
    truth: Truth, diagnosis: Diagnosis, correct: Counter[str], checked: Counter[str]
) -> None:
    """Add the checkpoints of a run to `checked`, and those with the right badge to `correct`, by state."""
    for step, state in truth["states"]:
        if state is None:
            continue
        now = next((str(m.badge) for m in reversed(diagnosis.timeline) if m.step <= step), "warming-up")
        checked[state] += 1
        correct[state] += now == state or (state == truth["final"] and now in truth["also"])


def confidence_and_correctness(truths: Sequence[Truth], given: Sequence[Diagnosis]) -> tuple[Floats, Floats]:
    """Return the confidence of each run's badge, ascending, and whether the badge is right (1 or 0).

    Runs without a known final state are left out.
    """
    pairs = sorted(
        (d.confidence, float(str(d.badge) in {t["final"], *t["also"]}))
        for t, d in zip(truths, given, strict=True)
        if t["final"] is not None
    )
    confidence, right = (np.array(column) for column in zip(*pairs, strict=True))
    return confidence, right


def reliability(truths: Sequence[Truth], given: Sequence[Diagnosis]) -> str:
    """Return how often badges of each confidence are right, as a Markdown table."""
    confidence, right = confidence_and_correctness(truths, given)
    lines = ["| confidence | badges | right |", "|---|---|---|"]
    for low, high in ((0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.01)):
        in_bin = (confidence >= low) & (confidence < high)
        if in_bin.any():
            lines.append(f"| {low:.1f}-{min(high, 1):.1f} | {in_bin.sum()} | {right[in_bin].mean():.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Print the tables; exit with 1 if a bound is violated."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("runs", type=Path, help="folder with one folder per run")
    parser.add_argument("--truth", type=Path, help="file with the truth of each run")
    parser.add_argument("--min-right", type=float, default=0.0, help="least share of right badges")
    parser.add_argument("--max-false", type=float, default=1.0, help="greatest share of contradicted badges")
    args = parser.parse_args()
    truths = truths_of(args.truth or args.runs / "truth.jsonl")
    given = [diagnosed(args.runs, truth) for truth in truths]
    print(f"{table(truths, given)}\n\n{reliability(truths, given)}")
    false = np.mean([str(d.badge) in t["ruled_out"] for t, d in zip(truths, given, strict=True)])
    if confidence_and_correctness(truths, given)[1].mean() < args.min_right or false > args.max_false:
        sys.exit("the badges are less accurate than required")


if __name__ == "__main__":
    main()
