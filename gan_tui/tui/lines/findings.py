"""Why a run has its badge, in full: for the page and for the pane beside the charts."""

from __future__ import annotations

from typing import TypeAlias

from gan_tui.charts.canvas import StyledLine
from gan_tui.diagnosis.badge_model import fitted
from gan_tui.diagnosis.result import Badge, Finding
from gan_tui.monitoring.snapshot import RunState
from gan_tui.sanitize import clean
from gan_tui.terminal.text_style import SYMBOLS
from gan_tui.tui.lines import formatting

Told: TypeAlias = tuple[StyledLine, int | None]
"""A line, and the place of the finding that it belongs to."""

GLOSSES = {
    Badge.WARMING_UP: "too little logged to tell",
    Badge.CONVERGING: "D and G are in balance",
    Badge.OSCILLATING: "D and G chase each other",
    Badge.COLLAPSE: "G seems to repeat a few samples",
    Badge.DIVERGED: "one player has won, or the numbers broke",
}
"""What a badge means, in a few words."""
MEANINGS = {
    Badge.WARMING_UP: "too few points to say anything yet",
    Badge.CONVERGING: "the game is in balance or nearing it; it says nothing of how good the samples are",
    Badge.OSCILLATING: "the players swing against each other without settling",
    Badge.COLLAPSE: "G seems to make the same few samples again and again: curves and samples look as they "
    "do then; look at the samples to be sure",
    Badge.DIVERGED: "one player has won for good, or the numbers have left the finite",
}
"""What a badge claims, and what it does not."""


def measured_words(badge: Badge) -> str:
    """How right the badge is, as measured on trainings that its weights were not fitted on."""
    held = fitted().measured.get(str(badge))
    if held is None:
        return ""
    precision, recall = held
    return (
        f"Measured on small trainings with known samples: {precision:.0%} of such badges were right, "
        f"{recall:.0%} of such runs were found."
    )


REMINDERS = {
    Badge.CONVERGING: "Balance says nothing of how good the samples are: look at them.",
    Badge.COLLAPSE: "Only the samples can prove it: look at them.",
    Badge.OSCILLATING: "It may still settle; what matters is whether the swings grow.",
    Badge.DIVERGED: "Go back to a checkpoint from before it began.",
}
"""Said in soft words where there is room below the findings."""
CALM = {
    Badge.WARMING_UP: "Not enough points to say how the game stands.",
    Badge.CONVERGING: "The game is in balance. That says nothing of the samples: look at them.",
}
"""What is said where no finding speaks."""


def objective_words(run: RunState) -> str:
    """The loss that is taken to be trained with: "BCE loss, summed (inferred)"."""
    kind, scale = str(run.objective.kind), str(run.objective.scale)
    if kind == "unknown":
        return "objective unknown"
    name = {"bce": "BCE", "wasserstein": "Wasserstein"}.get(kind, kind)
    words_of_scale = {"sum": ", halves summed", "mean": ", halves averaged"}.get(scale, "")
    return f"{name} loss{words_of_scale}" + (" (inferred)" if run.objective.inferred else "")


def sentences(run: RunState) -> list[tuple[str, Badge | None]]:
    """What the findings say, gravest first, each with the badge it speaks for; something calm without."""
    said: list[tuple[str, Badge | None]] = [(clean(f.sentence, 600), f.badge) for f in run.diagnosis.findings]
    if not said:
        said = [(CALM.get(run.diagnosis.badge, "No finding."), None)]
    if run.note:
        said.append((clean(run.note, 600), None))
    return said


def wrapped(text: str, style: str, width: int, lead: str = "", indent: int | None = None) -> list[StyledLine]:
    """A paragraph as lines, `lead` before the first, the others indented under it."""
    inner = len(lead) if indent is None else indent
    rows = formatting.wrapped(text, max(10, width - inner), 1_000)
    return [[((lead if i == 0 else "").ljust(inner) + row, style)] for i, row in enumerate(rows)]


def reasons_lines(run: RunState, width: int, *, chosen: int | None = None) -> list[Told]:
    """Findings with the badge they speak for, the objective, and each change of badge.

    Args:
        run: The run.
        width: Cells across.
        chosen: The finding whose steps stand out on the charts.
    """
    diagnosis = run.diagnosis
    badge = diagnosis.badge
    head: StyledLine = [(f"{SYMBOLS[badge]} {badge.label}", f"state-{badge}")]
    lines: list[StyledLine] = [head]
    facts = []
    if diagnosis.since_step is not None:
        facts.append(f"since {formatting.axis(run)} {diagnosis.since_step:,}")
    if diagnosis.confidence:
        facts.append(f"confidence {diagnosis.confidence:.0%}")
    if facts:
        lines += wrapped(" · ".join(facts), "plot", width)
    lines += wrapped(MEANINGS[badge], "soft", width)
    lines.append([("", "plot")])
    told: list[Told] = [(line, None) for line in lines]
    for number, finding in enumerate(diagnosis.findings):
        told += [(line, number) for line in _finding(finding, run, width, chosen=number == chosen)]
    rest: list[StyledLine] = []
    if not diagnosis.findings or run.note:
        for sentence, of in sentences(run):
            rest += [] if of is not None else wrapped(sentence, "soft", width)
    rest += [[("", "plot")], [("Objective", "strong")], *wrapped(objective_words(run), "plot", width)]
    if run.objective.reason:
        rest += wrapped(clean(run.objective.reason, 500), "soft", width)
    if diagnosis.timeline:
        rest += [[("", "plot")], [("Timeline", "strong")]]
        for moment in diagnosis.timeline:
            word = f"{SYMBOLS[moment.badge]} {moment.badge.label}"
            at = f"{formatting.axis(run)} {moment.step:>10,}  "
            rest.append([(at, "soft"), (word, f"state-{moment.badge}")])
    return [*told, *((line, None) for line in rest)]


def _finding(finding: Finding, run: RunState, width: int, *, chosen: bool) -> list[StyledLine]:
    place = f"{formatting.axis(run)}s {finding.first_step:,} to {finding.last_step:,}"
    mark = "▶ " if chosen else f"{SYMBOLS[finding.badge]} "
    lines: list[StyledLine] = [[(mark, f"state-{finding.badge}"), (place, "strong" if chosen else "soft")]]
    style = "strong" if chosen else "plot"
    return lines + wrapped(clean(finding.sentence, 2_000), style, width, lead="  ")
