"""Reports to take along: one file that opens anywhere, HTML, Markdown, SVG or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from gan_tui._version import __version__
from gan_tui.errors import UsageError
from gan_tui.monitoring.snapshot import RunState
from gan_tui.report.json_report import as_json
from gan_tui.report.svg import HEIGHT, STRIP, STYLE, WIDTH, chart, chart_groups, strip
from gan_tui.report.wording import since
from gan_tui.sanitize import clean
from gan_tui.terminal.text_style import SYMBOLS

KINDS = ("html", "md", "svg", "json")
PICTURES_OF = 12
"""A picture of many runs shows the first so many."""
HEAD, GAP = 34.0, 10.0


def write_report(runs: Sequence[RunState], kind: str, settings: Mapping[str, str] | None = None) -> str:
    """A whole report as text.

    Args:
        runs: What it speaks of.
        kind: html, md, svg or json.
        settings: What was chosen by hand, name to value, said at the end.

    Raises:
        UsageError: There is no such kind of report.
    """
    chosen = settings or {}
    if kind == "html":
        from gan_tui.report.html import as_html  # noqa: PLC0415 - one kind at a time

        return "".join(as_html(runs, chosen))
    if kind == "md":
        from gan_tui.report.markdown import as_markdown  # noqa: PLC0415

        return "\n".join(as_markdown(runs, chosen)) + "\n"
    if kind == "svg":
        return _svg(runs)
    if kind == "json":
        return json.dumps(_whole(runs, chosen), allow_nan=False, indent=1) + "\n"
    raise UsageError(f"unknown report format {kind!r}", "Use a file name that ends in ." + ", .".join(KINDS))


def _whole(runs: Sequence[RunState], settings: Mapping[str, str]) -> dict[str, Any]:
    """The contract of `gan-tui check --json`, with suggestions, the settings and the time."""
    held = as_json(runs, suggestions=True)
    made = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return {**held, "settings": dict(settings), "made_at": made, "made_by": f"gan-tui {__version__}"}


def _svg(runs: Sequence[RunState]) -> str:
    """The charts of the runs in one standalone picture, one run under the other."""
    parts, y = [], GAP
    for run in runs[:PICTURES_OF]:
        badge = run.diagnosis.badge
        title = f"{SYMBOLS[badge]} {badge.label}{since(run)}: {clean(run.name, 80)}"
        parts.append(f'<text class="t h" x="16" y="{y + 20:g}">{escape(title)}</text>')
        y += HEAD
        for name, series in chart_groups(run):
            drawn = chart(name, series, run, _place(y, HEIGHT))
            parts.append(drawn)
            y += HEIGHT + GAP if drawn else 0
        drawn = strip(run, _place(y, STRIP))
        parts.append(drawn)
        y += STRIP + 2 * GAP if drawn else GAP
    if len(runs) > PICTURES_OF:
        parts.append(f'<text x="16" y="{y + 14:g}">and {len(runs) - PICTURES_OF} more runs</text>')
        y += HEAD
    box = f'width="{WIDTH:g}" height="{y:g}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gt" viewBox="0 0 {WIDTH:g} {y:g}" {box}>'
        f'<style>{STYLE}</style><rect class="p" {box}/>{"".join(parts)}</svg>\n'
    )


def _place(y: float, height: float) -> str:
    return f'x="0" y="{y:g}" width="{WIDTH:g}" height="{height:g}" '
