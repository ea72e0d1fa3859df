"""The badge with its findings, as lines."""

from __future__ import annotations

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import RunState
from gan_tui.terminal.text_style import SYMBOLS
from gan_tui.tui.lines import formatting
from gan_tui.tui.lines.findings import GLOSSES, REMINDERS, Told, objective_words, sentences

WITH_FACTS = 60
"""From so many cells on, the badge's line says more than the badge."""


def badge_lines(run: RunState, width: int, height: int, chosen: int | None = None) -> list[Told]:
    """The badge and its reasons in at most `height` lines of `width` cells.

    Args:
        run: The run.
        width: Cells across.
        height: Cells down.
        chosen: The finding that is spoken of first.
    """
    if width < WITH_FACTS:
        told: list[Told] = [(one_line(run, width, step=height <= 1), None)]
    else:
        told = [(_head(run, width), None)]
    edge = ("▌ ", f"state-{run.diagnosis.badge}")
    for line, number in _reasons(run, width - 2, height - 1, chosen):
        told.append((formatting.cut_runs([edge, *line], width), number))
    while len(told) < height:
        told.append((formatting.cut_runs([edge], width), None))
    return told[:height]


def _head(run: RunState, width: int) -> StyledLine:
    """The badge in its colour, what it means, since when and how sure, as far as it fits."""
    diagnosis = run.diagnosis
    badge = diagnosis.badge
    word = f" {SYMBOLS[badge]} {badge.label.upper()} "
    parts: list[tuple[str, str, int]] = [(GLOSSES[badge], "strong", 2)]
    if diagnosis.since_step is not None:
        parts.append((f"since {formatting.axis(run)} {diagnosis.since_step:,}", "plot", 0))
    if diagnosis.confidence:
        parts.append((f"confidence {diagnosis.confidence:.0%}", "soft", 1))
    if diagnosis.also:
        also = "also " + ", ".join(b.label for b in diagnosis.also)
        parts.append((also, f"state-{diagnosis.also[0]}", 3))
    parts.append((objective_words(run), "soft", 4))
    room = width - len(word) - 2
    while parts and sum(len(p[0]) + 3 for p in parts) - 3 > room:
        parts.remove(max(parts, key=lambda p: p[2]))
    runs: StyledLine = [(word, f"badge-{badge}"), ("  ", "plot")]
    for number, (text, style, _) in enumerate(parts):
        runs += [(" · ", "faint"), (text, style)] if number else [(text, style)]
    return formatting.cut_runs(runs, width)


def one_line(run: RunState, width: int, *, step: bool = True) -> StyledLine:
    """The badge on one line, with the step: the whole screen where there is no room for more.

    Without the step, which stands in the header, it says how sure the badge is.
    """
    badge = run.diagnosis.badge
    style = f"badge-{badge}"
    long, short = f" {SYMBOLS[badge]} {badge.label.upper()} ", f" {SYMBOLS[badge]} {str(badge).upper()} "
    right = f"{formatting.step(run)} "
    if not step:
        right = f"confidence {run.diagnosis.confidence:.0%} " if run.diagnosis.confidence else ""
    elif len(short) + len(right) > width:
        right = "" if run.last_step is None else f"{run.last_step:,} "
    word = long if len(long) + len(right) <= width else short
    if len(word) + len(right) > width:
        right = ""
    since = run.diagnosis.since_step
    middle = f" since {since:,}" if since is not None and len(word) + len(right) + 16 <= width else ""
    return formatting.spread([(word, style), (middle, style)], [(right, style)], width, style)


def _reasons(run: RunState, width: int, height: int, chosen: int | None) -> list[Told]:
    """The findings' sentences, wrapped, each after the sign of the badge it speaks for."""
    said = [(*pair, number) for number, pair in enumerate(sentences(run))]
    count = len(run.diagnosis.findings)
    if chosen is not None and count:
        said.insert(0, said.pop(min(chosen, count - 1)))
    lines: list[Told] = []
    for place, (sentence, badge, number) in enumerate(said):
        left = height - len(lines)
        if left <= 0:
            break
        hold_back = 1 if place + 1 < len(said) and left > 2 else 0
        style = "plot" if badge is run.diagnosis.badge else "soft"
        sign = ("• ", "soft") if badge is None else (f"{SYMBOLS[badge]} ", f"state-{badge}")
        if chosen is not None and place == 0 and count:
            style, sign = "strong", ("▶ ", f"state-{badge}")
        own = number if number < count else None
        for i, text in enumerate(formatting.wrapped(sentence, width - 2, max(1, left - hold_back))):
            lines.append(([sign if i == 0 else ("  ", style), (text, style)], own))
    reminder = REMINDERS.get(run.diagnosis.badge)
    if count and reminder and len(lines) < height:
        lines.append(([("  ", "soft"), (formatting.fit(reminder, width - 2), "soft")], None))
    return lines[: max(0, height)]
