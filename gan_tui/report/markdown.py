"""A report in Markdown, to be read in a pull request: charts as text, everything else in place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from gan_tui._version import __version__
from gan_tui.diagnosis.suggestions import LOOK
from gan_tui.monitoring.snapshot import RunState
from gan_tui.report.terminal_plot import as_plot
from gan_tui.report.wording import (
    CHARTS_OF,
    CLAIM,
    SUGGESTIONS_TITLE,
    facts,
    fault_words,
    place,
    since,
    suggestions_of,
)
from gan_tui.sanitize import clean
from gan_tui.terminal.text_style import SYMBOLS, TextStyle

COLUMNS, LINES = 92, 13
"""Of the printed charts: what a pull request shows without scrolling sideways."""
FAULTS_OF = 20
WHOLE_CHARTS = 6
"""Of more runs the charts are folded away."""


def as_markdown(runs: Sequence[RunState], settings: Mapping[str, str]) -> Iterator[str]:
    """The report, in lines.

    Args:
        runs: What it speaks of.
        settings: What was chosen by hand, name to value.
    """
    yield "# GAN training report\n"
    yield "| run | badge | since | last | faults |"
    yield "|---|---|--:|--:|--:|"
    for run in runs:
        badge, began = run.diagnosis.badge, run.diagnosis.since_step
        cells = [marked(run.name), f"{SYMBOLS[badge]} {badge.label}"]
        cells += ["" if number is None else f"{number:,}" for number in (began, run.last_step)]
        yield f"| {' | '.join(cells)} | {len(run.faults) or ''} |"
    for run in runs[:CHARTS_OF]:
        yield from _run(run, folded=len(runs) > WHOLE_CHARTS)
    if len(runs) > CHARTS_OF:
        yield f"\n{len(runs) - CHARTS_OF} more runs are in the table only.\n"
    if settings:
        yield "\nChosen by hand:\n"
        yield from (f"- {marked(name)} = {marked(value, 400)}" for name, value in settings.items())
    yield f"\n---\n{CLAIM}\n"
    yield f"gan-tui {__version__}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"


def _run(run: RunState, *, folded: bool) -> Iterator[str]:
    diagnosis = run.diagnosis
    badge = diagnosis.badge
    yield f"\n## {marked(place(run), 300)}\n"
    yield f"**{SYMBOLS[badge]} {badge.label}**{marked(since(run))}\n"
    if diagnosis.also:
        yield f"Also: {', '.join(b.label for b in diagnosis.also)}.\n"
    for finding in diagnosis.findings:
        yield f"- {marked(finding.sentence, 600)}"
    drawn = as_plot(run, TextStyle(), COLUMNS, LINES).rstrip()
    if drawn:
        yield from _folded("Charts", _fenced(drawn)) if folded else _fenced(drawn)
    if diagnosis.timeline:
        yield "\n| from | badge |"
        yield "|--:|---|"
        shown = diagnosis.timeline if len(diagnosis.timeline) <= 24 else diagnosis.timeline[-24:]
        if len(shown) < len(diagnosis.timeline):
            yield f"| | ({len(diagnosis.timeline) - len(shown)} earlier changes) |"
        yield from (f"| {m.step:,} | {SYMBOLS[m.badge]} {m.badge.label} |" for m in shown)
    suggestions = [s for _, s in suggestions_of(run)]
    if suggestions:
        lines = [f"- {marked(s.text, 400)} ({marked(s.source, 300)})" for s in (LOOK, *suggestions)]
        yield from _folded(SUGGESTIONS_TITLE, lines)
    yield "\n| | |"
    yield "|---|---|"
    yield from (f"| {marked(name)} | {marked(value, 400)} |" for name, value in facts(run))
    if run.faults:
        lines = [f"- {marked(fault_words(f), 400)}" for f in run.faults[:FAULTS_OF]]
        beyond = len(run.faults) - FAULTS_OF
        yield from _folded("What could not be read", lines + [f"- and {beyond:,} more"] * (beyond > 0))


def _folded(title: str, lines: Sequence[str]) -> Iterator[str]:
    """Lines behind a title that opens; the blank lines are what makes Markdown of what is inside."""
    yield f"\n<details><summary>{title}</summary>\n"
    yield from lines
    yield "\n</details>"


def _fenced(text: str) -> list[str]:
    """Text as it is, behind a fence longer than any in it."""
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return ["", f"{fence}text", *(line.rstrip() for line in text.splitlines()), fence]


def marked(text: str, limit: int = 120) -> str:
    """Text of a log in Markdown: nothing in it marks up."""
    return "".join("\\" + c if c in r"\`*_{}[]<>#|~$!@" else c for c in clean(text, limit))
