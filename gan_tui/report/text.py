"""The text output of `gan-tui check`: each run's badge with its findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gan_tui.diagnosis.result import BadgeChange
from gan_tui.diagnosis.suggestions import LOOK
from gan_tui.monitoring.snapshot import RunState
from gan_tui.report.wording import SUGGESTIONS_TITLE, fault_text, suggestions_of
from gan_tui.sanitize import clean
from gan_tui.terminal.text_style import TextStyle


def as_text(runs: Sequence[RunState], style: TextStyle, *, suggestions: bool = False) -> str:
    """Return the output of `gan-tui check`: each run's badge and findings, and suggestions on request."""
    return "\n\n".join(
        "\n".join([*_run_lines(run, style), *(_suggestion_lines(run, style) if suggestions else ())])
        for run in runs
    )


def _suggestion_lines(run: RunState, style: TextStyle) -> Iterator[str]:
    yield "  " + style.paint(SUGGESTIONS_TITLE, "1") + ":"
    for suggestion in (LOOK, *(s for _, s in suggestions_of(run))):
        text = f"{suggestion.text} ({suggestion.source})"
        yield from _wrap("  → " if style.unicode else "  > ", style.plain(text), style.width)


def _run_lines(run: RunState, style: TextStyle) -> Iterator[str]:
    diagnosis = run.diagnosis
    separator = " · " if style.unicode else " - "
    since = "" if diagnosis.since_step is None else f" since {run.axis} {diagnosis.since_step:,}"
    confidence = f" (confidence {diagnosis.confidence:.2f})" if diagnosis.confidence else ""
    path = style.paint(style.plain(clean(run.path, 200)), "1")
    yield f"{path}  {style.badge(diagnosis.badge)}{since}{confidence}"
    if diagnosis.also:
        yield "  also: " + ", ".join(badge.label for badge in diagnosis.also)
    facts = [_objective_text(run), f"{run.points:,} points", f"{len(run.series)} series"]
    if run.axis_from != run.axis:
        facts.append(f"steps from {run.axis_from}")
    if run.last_step is not None:
        facts.append(f"last {run.axis} {run.last_step:,}")
    yield "  " + style.paint(separator.join(facts), "2")
    for finding in diagnosis.findings:
        bullet = "•" if style.unicode else "-"
        prefix = "" if diagnosis.supports(finding) else f"but ({finding.badge.label}?) "
        yield from _wrap(f"  {bullet} ", style.plain(prefix + clean(finding.sentence, 500)), style.width)
    if diagnosis.timeline:
        yield from _wrap("  timeline: ", _timeline_text(diagnosis.timeline, style), style.width)
    if run.note:
        yield from _wrap("  note: ", run.note, style.width)
    if run.faults:
        yield "  " + style.paint(f"{len(run.faults):,} faults, the first:", "33")
        for fault in run.faults[:3]:
            yield "    " + style.plain(fault_text(fault))


def _objective_text(run: RunState) -> str:
    kind, scale = run.objective.kind, run.objective.scale
    if kind == "unknown":
        return "objective unknown"
    terms = {"sum": ", terms summed", "mean": ", terms averaged"}.get(str(scale), "")
    return f"{kind} loss{terms}" + (" (inferred)" if run.objective.inferred else "")


def _timeline_text(timeline: Sequence[BadgeChange], style: TextStyle) -> str:
    arrow = " → " if style.unicode else " -> "
    changes = timeline if len(timeline) <= 12 else [*timeline[:3], *timeline[-9:]]
    parts = [f"{change.badge.label} {change.step:,}" for change in changes]
    if len(changes) < len(timeline):
        parts.insert(3, f"({len(timeline) - len(changes)} more)")
    return arrow.join(parts)


def _wrap(prefix: str, text: str, width: int) -> Iterator[str]:
    """Yield `text` after `prefix`, wrapped at `width`, with later lines indented by the prefix."""
    line, limit = prefix, max(20, width)
    empty = True
    for word in text.split():
        if not empty and len(line) + 1 + len(word) > limit:
            yield line
            line, empty = " " * len(prefix), True
        line, empty = line + ("" if empty else " ") + word, False
    yield line
