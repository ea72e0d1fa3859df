"""A report in Markdown, for a pull request: charts are text, nothing is linked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from gan_tui._version import __version__
from gan_tui.diagnosis.suggestions import LOOK
from gan_tui.monitoring.snapshot import RunState
from gan_tui.report.terminal_plot import as_plot
from gan_tui.report.wording import (
    DISCLAIMER,
    MAX_RUNS,
    SUGGESTIONS_TITLE,
    fault_text,
    run_facts,
    run_title,
    since_text,
    suggestions_of,
)
from gan_tui.sanitize import clean
from gan_tui.terminal.text_style import SYMBOLS, TextStyle

COLUMNS, LINES = 92, 13
"""Size of the charts: what a pull request shows without horizontal scrolling."""
MAX_FAULTS = 20
MAX_CHANGES = 24
"""Maximum badge changes listed; the newest are kept."""
MAX_UNFOLDED = 6
"""With more runs than this, charts are folded."""


def as_markdown(runs: Sequence[RunState], settings: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of the report.

    Args:
        runs: The runs to report.
        settings: Settings that the user chose, name to value.
    """
    yield "# GAN training report\n"
    yield "| run | badge | since | last | faults |"
    yield "|---|---|--:|--:|--:|"
    for run in runs:
        badge, since = run.diagnosis.badge, run.diagnosis.since_step
        cells = [escape_markdown(run.name), f"{SYMBOLS[badge]} {badge.label}"]
        cells += ["" if number is None else f"{number:,}" for number in (since, run.last_step)]
        yield f"| {' | '.join(cells)} | {len(run.faults) or ''} |"
    for run in runs[:MAX_RUNS]:
        yield from _run(run, folded=len(runs) > MAX_UNFOLDED)
    if len(runs) > MAX_RUNS:
        yield f"\n{len(runs) - MAX_RUNS} more runs are in the table only.\n"
    if settings:
        yield "\nSettings chosen by the user:\n"
        for name, value in settings.items():
            yield f"- {escape_markdown(name)} = {escape_markdown(value, 400)}"
    yield f"\n---\n{DISCLAIMER}\n"
    yield f"gan-tui {__version__}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"


def _run(run: RunState, *, folded: bool) -> Iterator[str]:
    diagnosis = run.diagnosis
    badge = diagnosis.badge
    yield f"\n## {escape_markdown(run_title(run), 300)}\n"
    yield f"**{SYMBOLS[badge]} {badge.label}**{escape_markdown(since_text(run))}\n"
    if diagnosis.also:
        yield f"Also: {', '.join(b.label for b in diagnosis.also)}.\n"
    for finding in diagnosis.findings:
        yield f"- {escape_markdown(finding.sentence, 600)}"
    plot = as_plot(run, TextStyle(), COLUMNS, LINES).rstrip()
    if plot:
        yield from _folded("Charts", _fenced(plot)) if folded else _fenced(plot)
    if diagnosis.timeline:
        yield "\n| from | badge |"
        yield "|--:|---|"
        changes = diagnosis.timeline[-MAX_CHANGES:]
        if len(changes) < len(diagnosis.timeline):
            yield f"| | ({len(diagnosis.timeline) - len(changes)} earlier changes) |"
        yield from (f"| {c.step:,} | {SYMBOLS[c.badge]} {c.badge.label} |" for c in changes)
    suggestions = [s for _, s in suggestions_of(run)]
    if suggestions:
        yield from _folded(
            SUGGESTIONS_TITLE,
            [
                f"- {escape_markdown(s.text, 400)} ({escape_markdown(s.source, 300)})"
                for s in (LOOK, *suggestions)
            ],
        )
    yield "\n| | |"
    yield "|---|---|"
    yield from (
        f"| {escape_markdown(name)} | {escape_markdown(value, 400)} |" for name, value in run_facts(run)
    )
    if run.faults:
        lines = [f"- {escape_markdown(fault_text(f), 400)}" for f in run.faults[:MAX_FAULTS]]
        beyond = len(run.faults) - MAX_FAULTS
        yield from _folded("What could not be read", lines + [f"- and {beyond:,} more"] * (beyond > 0))


def _folded(title: str, lines: Sequence[str]) -> Iterator[str]:
    """Yield lines under a title that opens; Markdown inside it needs the blank lines."""
    yield f"\n<details><summary>{title}</summary>\n"
    yield from lines
    yield "\n</details>"


def _fenced(text: str) -> list[str]:
    """Return text in a code block whose fence is longer than any in the text."""
    longest = max((len(ticks) for ticks in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return ["", f"{fence}text", *(line.rstrip() for line in text.splitlines()), fence]


def escape_markdown(text: str, limit: int = 120) -> str:
    """Return text from a log for Markdown, without any markup."""
    return "".join("\\" + c if c in r"\`*_{}[]<>#|~$!@" else c for c in clean(text, limit))
