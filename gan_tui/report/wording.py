"""What every kind of report says of a run, in words."""

from __future__ import annotations

from msgspec.structs import replace

from gan_tui.diagnosis.suggestions import MAX_SUGGESTIONS, Suggestion, suggestions_for
from gan_tui.logs.model import Fault
from gan_tui.monitoring.snapshot import RunState
from gan_tui.sanitize import clean

CHARTS_OF = 40
"""A report of very many runs draws the charts of the first so many; all are in its table."""
FAULTS_OF = 200
"""Of very many faults so many are listed."""
CLAIM = (
    "Badges are read from the curves, and from sample grids where they are logged. “Converging” says that "
    "the game is in balance, not that the samples are good; a collapse stays suspected. Look at the samples."
)

SUGGESTIONS_TITLE = "Suggestions (no promise that they help)"


def facts(run: RunState) -> list[tuple[str, str]]:
    """What the badge rests on: objective, steps, points, faults, and which role was taken for which curve."""
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


def place(run: RunState) -> str:
    """Where the run lies, as a heading."""
    return run.name if run.path == "-" else run.path


def since(run: RunState) -> str:
    """Since when the badge holds, and how sure it is."""
    diagnosis = run.diagnosis
    words = "" if diagnosis.since_step is None else f" since {clean(run.axis, 16)} {diagnosis.since_step:,}"
    sure = f", confidence {diagnosis.confidence:.2f}" if diagnosis.confidence else ""
    return words + sure


def fault_words(fault: Fault) -> str:
    """One fault in one line: where, how much, why."""
    length = f" ({fault.bytes:,} bytes)" if fault.bytes else ""
    return f"{fault.file}, byte {fault.offset:,}{length}: {fault.reason}"


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
