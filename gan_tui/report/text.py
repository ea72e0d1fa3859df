"""What `gan-tui check` prints: a badge a run, with its reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gan_tui.diagnosis.result import BadgeChange
from gan_tui.diagnosis.suggestions import LOOK
from gan_tui.logs.model import Fault
from gan_tui.monitoring.snapshot import RunState
from gan_tui.report.wording import SUGGESTIONS_TITLE, suggestions_of
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
        yield from _wrapped("  → " if style.unicode else "  > ", style.plain(text), style.width)


def _run_lines(run: RunState, style: TextStyle) -> Iterator[str]:
    diagnosis = run.diagnosis
    dot = " · " if style.unicode else " - "
    since = "" if diagnosis.since_step is None else f" since {run.axis} {diagnosis.since_step:,}"
    sure = f" (confidence {diagnosis.confidence:.2f})" if diagnosis.confidence else ""
    path = style.paint(style.plain(clean(run.path, 200)), "1")
    yield f"{path}  {style.badge(diagnosis.badge)}{since}{sure}"
    if diagnosis.also:
        yield "  also: " + ", ".join(b.label for b in diagnosis.also)
    facts = [_objective_words(run), f"{run.points:,} points", f"{len(run.series)} series"]
    if run.axis_from != run.axis:
        facts.append(f"steps from {run.axis_from}")
    if run.last_step is not None:
        facts.append(f"last {run.axis} {run.last_step:,}")
    yield "  " + style.paint(dot.join(facts), "2")
    for finding in diagnosis.findings:
        bullet = "•" if style.unicode else "-"
        but = "" if diagnosis.supports(finding) else f"but ({finding.badge.label}?) "
        yield from _wrapped(f"  {bullet} ", style.plain(but + clean(finding.sentence, 500)), style.width)
    if diagnosis.timeline:
        yield from _wrapped("  timeline: ", _timeline_words(diagnosis.timeline, style), style.width)
    if run.note:
        yield from _wrapped("  note: ", run.note, style.width)
    if run.faults:
        yield "  " + style.paint(f"{len(run.faults):,} faults, the first:", "33")
        for fault in run.faults[:3]:
            yield "    " + style.plain(_fault_words(fault))


def _objective_words(run: RunState) -> str:
    kind, scale = run.objective.kind, run.objective.scale
    if kind == "unknown":
        return "objective unknown"
    words = {"sum": ", halves summed", "mean": ", halves averaged"}.get(str(scale), "")
    return f"{kind} loss{words}" + (" (inferred)" if run.objective.inferred else "")


def _timeline_words(timeline: Sequence[BadgeChange], style: TextStyle) -> str:
    arrow = " → " if style.unicode else " -> "
    shown = timeline if len(timeline) <= 12 else [*timeline[:3], *timeline[-9:]]
    words = [f"{m.badge.label} {m.step:,}" for m in shown]
    if len(shown) < len(timeline):
        words.insert(3, f"({len(timeline) - len(shown)} more)")
    return arrow.join(words)


def _fault_words(fault: Fault) -> str:
    where = f"{clean(fault.file, 120)}, byte {fault.offset:,}"
    length = f" ({fault.bytes:,} bytes)" if fault.bytes else ""
    return f"{where}{length}: {clean(fault.reason, 200)}"


def _wrapped(lead: str, text: str, width: int) -> Iterator[str]:
    """`text` behind `lead`, wrapped at `width`, later lines indented under the first."""
    line, room = lead, max(20, width)
    empty = True
    for word in text.split():
        if not empty and len(line) + 1 + len(word) > room:
            yield line
            line, empty = " " * len(lead), True
        line, empty = line + ("" if empty else " ") + word, False
    yield line
