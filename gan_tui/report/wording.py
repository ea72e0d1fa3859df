"""Text that several kinds of report have in common."""

from __future__ import annotations

from msgspec.structs import replace

from gan_tui.diagnosis.suggestions import MAX_SUGGESTIONS, Suggestion, suggestions_for
from gan_tui.logs.model import Fault
from gan_tui.monitoring.snapshot import RunState
from gan_tui.sanitize import clean

MAX_RUNS = 40
"""Maximum runs of a report with charts; the table lists all runs."""
MAX_FAULTS = 200
"""Maximum faults listed for a run."""
DISCLAIMER = (
    "Badges are inferred from the curves, and from sample grids if they are logged. “Converging” means that "
    "the losses are in balance, not that the samples are good; a collapse is a suspicion. Look at the "
    "samples."
)
SUGGESTIONS_TITLE = "Suggestions (no promise that they help)"


def run_facts(run: RunState) -> list[tuple[str, str]]:
    """Return what the badge is based on, as name and value: objective, roles, steps, points, faults."""
    objective = run.objective
    loss = "unknown" if str(objective.kind) == "unknown" else f"{objective.kind}, scale {objective.scale}"
    last = "none" if run.last_step is None else f"{run.last_step:,}"
    roles = [f"{clean(s.name, 40)} = {s.role}" for s in run.series if s.role and not s.derived]
    return [
        ("Objective", loss + (" (inferred)" if objective.inferred else "")),
        ("Roles", ", ".join(roles[:20]) or "none known"),
        (f"Last {run.axis}", last),
        ("Steps from", run.axis_from),
        ("Points", f"{run.points:,} in {len(run.series)} series"),
        ("Faults", f"{len(run.faults):,}"),
        *([("Note", run.note)] if run.note else []),
    ]


def run_title(run: RunState) -> str:
    """Return the run's path, or its name if it comes from standard input."""
    return run.name if run.path == "-" else run.path


def since_text(run: RunState) -> str:
    """Return since when the badge has held, and its confidence."""
    diagnosis = run.diagnosis
    since = "" if diagnosis.since_step is None else f" since {clean(run.axis, 16)} {diagnosis.since_step:,}"
    confidence = f", confidence {diagnosis.confidence:.2f}" if diagnosis.confidence else ""
    return since + confidence


def fault_text(fault: Fault) -> str:
    """Return a fault as one line: where, how long, why."""
    length = f" ({fault.bytes:,} bytes)" if fault.bytes else ""
    return f"{clean(fault.file, 120)}, byte {fault.offset:,}{length}: {clean(fault.reason, 200)}"


def suggestions_of(run: RunState) -> list[tuple[str, Suggestion]]:
    """Return suggestions for the findings behind the badge, at most `MAX_SUGGESTIONS`, with their rules.

    The first suggestion of each finding comes before the second of any. The list is empty for a run whose
    losses are in balance.
    """
    badge, since_step = run.diagnosis.badge, run.diagnosis.since_step
    by_finding = [
        [(finding.rule, suggestion) for suggestion in suggestions_for(finding, str(run.objective.kind))]
        for finding in run.diagnosis.findings
        if finding.badge is badge
    ]
    by_text: dict[str, tuple[str, Suggestion]] = {}
    for rank in range(MAX_SUGGESTIONS):
        for suggestions in by_finding:
            if rank < len(suggestions):
                by_text.setdefault(suggestions[rank][1].text, suggestions[rank])
    chosen = list(by_text.values())[:MAX_SUGGESTIONS]
    if since_step is None:
        return chosen
    onset = f"the onset ({clean(run.axis, 16)} {since_step:,})"
    return [(rule, replace(s, text=s.text.replace("the onset", onset))) for rule, s in chosen]
