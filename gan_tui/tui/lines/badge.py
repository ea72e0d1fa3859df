"""The badge with its findings, as lines."""

from __future__ import annotations

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import RunState
from gan_tui.terminal.text_style import SYMBOLS
from gan_tui.tui.lines import formatting
from gan_tui.tui.lines.findings import (
    REMINDERS,
    SHORT_MEANINGS,
    FindingLine,
    finding_sentences,
    objective_text,
)

MIN_WIDTH_WITH_FACTS = 60
"""On narrower screens the badge's line has only the badge and the step."""


def badge_lines(run: RunState, width: int, height: int, selected: int | None = None) -> list[FindingLine]:
    """Return the badge and its findings in exactly `height` lines of `width` cells.

    Args:
        run: The run.
        width: Cells across.
        height: Cells down.
        selected: The finding to be shown first.
    """
    if width < MIN_WIDTH_WITH_FACTS:
        lines: list[FindingLine] = [(badge_line(run, width, with_step=height <= 1), None)]
    else:
        lines = [(_badge_with_facts(run, width), None)]
    edge = ("▌ ", f"state-{run.diagnosis.badge}")
    for line, number in _finding_lines(run, width - 2, height - 1, selected):
        lines.append((formatting.fit_line([edge, *line], width), number))
    while len(lines) < height:
        lines.append((formatting.fit_line([edge], width), None))
    return lines[:height]


def _badge_with_facts(run: RunState, width: int) -> StyledLine:
    """Return the badge in its colour, its meaning, step and confidence, as far as they fit."""
    diagnosis = run.diagnosis
    badge = diagnosis.badge
    badge_text = f" {SYMBOLS[badge]} {badge.label.upper()} "
    # Text, style and rank: the highest rank is left out first.
    facts: list[tuple[str, str, int]] = [(SHORT_MEANINGS[badge], "strong", 2)]
    if diagnosis.since_step is not None:
        facts.append((f"since {formatting.step_unit(run)} {diagnosis.since_step:,}", "plot", 0))
    if diagnosis.confidence:
        facts.append((f"confidence {diagnosis.confidence:.0%}", "soft", 1))
    if diagnosis.also:
        also = "also " + ", ".join(b.label for b in diagnosis.also)
        facts.append((also, f"state-{diagnosis.also[0]}", 3))
    facts.append((objective_text(run), "soft", 4))
    available = width - len(badge_text) - 2
    while facts and sum(len(text) + 3 for text, _, _ in facts) - 3 > available:
        facts.remove(max(facts, key=lambda fact: fact[2]))
    spans = [(text, style) for text, style, _ in facts]
    line = [(badge_text, f"badge-{badge}"), ("  ", "plot"), *formatting.separated(spans, "faint")]
    return formatting.fit_line(line, width)


def badge_line(run: RunState, width: int, *, with_step: bool = True) -> StyledLine:
    """Return the badge and the last step on one line: all that the smallest screens show.

    Without the step (which is in the header if there is one) it ends with the confidence.
    """
    badge = run.diagnosis.badge
    style = f"badge-{badge}"
    long, short = f" {SYMBOLS[badge]} {badge.label.upper()} ", f" {SYMBOLS[badge]} {str(badge).upper()} "
    right = f"{formatting.last_step(run)} "
    if not with_step:
        right = f"confidence {run.diagnosis.confidence:.0%} " if run.diagnosis.confidence else ""
    elif len(short) + len(right) > width:
        right = "" if run.last_step is None else f"{run.last_step:,} "
    left = long if len(long) + len(right) <= width else short
    if len(left) + len(right) > width:
        right = ""
    since = run.diagnosis.since_step
    middle = f" since {since:,}" if since is not None and len(left) + len(right) + 16 <= width else ""
    return formatting.justify([(left, style), (middle, style)], [(right, style)], width, style)


def _finding_lines(run: RunState, width: int, height: int, selected: int | None) -> list[FindingLine]:
    """Return the findings, wrapped, each after the symbol of the badge it supports."""
    sentences = [(*sentence, number) for number, sentence in enumerate(finding_sentences(run))]
    count = len(run.diagnosis.findings)
    if selected is not None and count:
        sentences.insert(0, sentences.pop(min(selected, count - 1)))
    lines: list[FindingLine] = []
    for position, (sentence, badge, number) in enumerate(sentences):
        available = height - len(lines)
        if available <= 0:
            break
        reserved = 1 if position + 1 < len(sentences) and available > 2 else 0
        style = "plot" if badge is run.diagnosis.badge else "soft"
        symbol = ("• ", "soft") if badge is None else (f"{SYMBOLS[badge]} ", f"state-{badge}")
        if selected is not None and position == 0 and count:
            style, symbol = "strong", ("▶ ", f"state-{badge}")
        finding = number if number < count else None
        for i, text in enumerate(formatting.wrap(sentence, width - 2, max(1, available - reserved))):
            lines.append(([symbol if i == 0 else ("  ", style), (text, style)], finding))
    reminder = REMINDERS.get(run.diagnosis.badge)
    if count and reminder and len(lines) < height:
        lines.append(([("  ", "soft"), (formatting.fit(reminder, width - 2), "soft")], None))
    return lines[: max(0, height)]
