"""The findings of a run in full, as lines for the findings page and the pane next to the charts."""

from __future__ import annotations

from typing import TypeAlias

from gan_tui.charts.canvas import StyledLine
from gan_tui.diagnosis.badge_model import fitted_model
from gan_tui.diagnosis.result import Badge, Finding
from gan_tui.monitoring.snapshot import RunState
from gan_tui.sanitize import clean
from gan_tui.terminal.text_style import SYMBOLS
from gan_tui.tui.lines import formatting

FindingLine: TypeAlias = tuple[StyledLine, int | None]
"""A line, and the index of the finding that it belongs to."""

SHORT_MEANINGS = {
    Badge.WARMING_UP: "too early to tell",
    Badge.CONVERGING: "D and G are in balance",
    Badge.OSCILLATING: "D and G chase each other",
    Badge.COLLAPSE: "G seems to repeat a few samples",
    Badge.DIVERGED: "one player has won, or values are not finite",
}
"""The meaning of each badge in a few words."""
MEANINGS = {
    Badge.WARMING_UP: "too few points for a diagnosis yet",
    Badge.CONVERGING: "the game is in balance or close to it; the samples may still be bad",
    Badge.OSCILLATING: "the losses swing against each other without settling",
    Badge.COLLAPSE: "G seems to repeat a few samples: the curves or the samples look as they do in a mode "
    "collapse; look at the samples to be sure",
    Badge.DIVERGED: "one player has won permanently, or values are no longer finite",
}
"""What each badge claims, and what it does not."""
REMINDERS = {
    Badge.CONVERGING: "The samples may still be bad: look at them.",
    Badge.COLLAPSE: "Only the samples can prove it: look at them.",
    Badge.OSCILLATING: "It may still settle; what matters is whether the swings grow.",
    Badge.DIVERGED: "Go back to a checkpoint from before it began.",
}
"""Advice below the findings, if it fits."""
WITHOUT_FINDINGS = {
    Badge.WARMING_UP: "Not enough points for a diagnosis.",
    Badge.CONVERGING: "The game is in balance, but the samples may still be bad: look at them.",
}
"""Shown if there is no finding."""

MAX_SENTENCE = 600
MAX_LINES = 1_000


def accuracy_sentence(badge: Badge) -> str:
    """Return precision and recall of a badge, measured on trainings that its weights were not fitted on."""
    measured = fitted_model().measured.get(str(badge))
    if measured is None:
        return ""
    precision, recall = measured
    return (
        f"On small trainings with known samples, {precision:.0%} of these badges were correct, and "
        f"{recall:.0%} of such runs were detected."
    )


def objective_text(run: RunState) -> str:
    """Return the loss that the run seems to be trained with: "BCE loss, terms summed (inferred)"."""
    kind, scale = str(run.objective.kind), str(run.objective.scale)
    if kind == "unknown":
        return "objective unknown"
    name = {"bce": "BCE", "wasserstein": "Wasserstein"}.get(kind, kind)
    scale_text = {"sum": ", terms summed", "mean": ", terms averaged"}.get(scale, "")
    return f"{name} loss{scale_text}" + (" (inferred)" if run.objective.inferred else "")


def finding_sentences(run: RunState) -> list[tuple[str, Badge | None]]:
    """Return the sentence of each finding with the badge it supports, most severe first, then the note.

    Without a finding the first sentence is a general one, without a badge.
    """
    findings = run.diagnosis.findings
    sentences: list[tuple[str, Badge | None]] = [(clean(f.sentence, MAX_SENTENCE), f.badge) for f in findings]
    if not sentences:
        sentences = [(WITHOUT_FINDINGS.get(run.diagnosis.badge, "No finding."), None)]
    if run.note:
        sentences.append((clean(run.note, MAX_SENTENCE), None))
    return sentences


def paragraph(
    text: str, style: str, width: int, lead: str = "", indent: int | None = None
) -> list[StyledLine]:
    """Wrap a paragraph: `lead` before the first line, the other lines indented by its width."""
    margin = len(lead) if indent is None else indent
    rows = formatting.wrap(text, max(10, width - margin), MAX_LINES)
    return [[((lead if i == 0 else "").ljust(margin) + row, style)] for i, row in enumerate(rows)]


def findings_lines(run: RunState, width: int, *, selected: int | None = None) -> list[FindingLine]:
    """Return the badge, each finding with the badge it supports, the objective, and the timeline.

    Args:
        run: The run.
        width: Cells across.
        selected: The finding whose steps are highlighted on the charts.
    """
    diagnosis = run.diagnosis
    badge = diagnosis.badge
    before: list[StyledLine] = [[(f"{SYMBOLS[badge]} {badge.label}", f"state-{badge}")]]
    facts = []
    if diagnosis.since_step is not None:
        facts.append(f"since {formatting.step_unit(run)} {diagnosis.since_step:,}")
    if diagnosis.confidence:
        facts.append(f"confidence {diagnosis.confidence:.0%}")
    if facts:
        before += paragraph(" · ".join(facts), "plot", width)
    before += paragraph(MEANINGS[badge], "soft", width)
    before.append([("", "plot")])
    lines: list[FindingLine] = [(line, None) for line in before]
    for number, finding in enumerate(diagnosis.findings):
        is_selected = number == selected
        lines += [(line, number) for line in _finding(finding, run, width, is_selected=is_selected)]
    after: list[StyledLine] = []
    if not diagnosis.findings or run.note:
        for sentence, supported in finding_sentences(run):
            after += [] if supported is not None else paragraph(sentence, "soft", width)
    after += [[("", "plot")], [("Objective", "strong")], *paragraph(objective_text(run), "plot", width)]
    if run.objective.reason:
        after += paragraph(clean(run.objective.reason, 500), "soft", width)
    if diagnosis.timeline:
        after += [[("", "plot")], [("Timeline", "strong")]]
        for change in diagnosis.timeline:
            step = f"{formatting.step_unit(run)} {change.step:>10,}  "
            after.append(
                [(step, "soft"), (f"{SYMBOLS[change.badge]} {change.badge.label}", f"state-{change.badge}")]
            )
    return [*lines, *((line, None) for line in after)]


def _finding(finding: Finding, run: RunState, width: int, *, is_selected: bool) -> list[StyledLine]:
    steps = f"{formatting.step_unit(run)}s {finding.first_step:,} to {finding.last_step:,}"
    symbol = "▶ " if is_selected else f"{SYMBOLS[finding.badge]} "
    head: StyledLine = [(symbol, f"state-{finding.badge}"), (steps, "strong" if is_selected else "soft")]
    style = "strong" if is_selected else "plot"
    return [head, *paragraph(clean(finding.sentence, 2_000), style, width, lead="  ")]
