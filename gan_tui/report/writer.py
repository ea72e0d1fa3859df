"""Writes a report as one self-contained file: HTML, Markdown, SVG or JSON."""

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
from gan_tui.report.svg import HEIGHT, STRIP_HEIGHT, STYLE, WIDTH, chart, chart_groups, timeline_strip
from gan_tui.report.wording import since_text
from gan_tui.sanitize import clean
from gan_tui.terminal.text_style import SYMBOLS

KINDS = ("html", "md", "svg", "json")
MAX_SVG_RUNS = 12
"""Maximum runs in an SVG; the first are drawn."""
TITLE_HEIGHT, GAP = 34.0, 10.0


def write_report(runs: Sequence[RunState], kind: str, settings: Mapping[str, str] | None = None) -> str:
    """Return a report as text.

    Args:
        runs: The runs to report.
        kind: html, md, svg or json.
        settings: Settings that the user chose, name to value.

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
        return json.dumps(_json(runs, chosen), allow_nan=False, indent=1) + "\n"
    raise UsageError(f"unknown report format {kind!r}", "Use a file name that ends in ." + ", .".join(KINDS))


def _json(runs: Sequence[RunState], settings: Mapping[str, str]) -> dict[str, Any]:
    """Return the output of `gan-tui check --json` with suggestions, settings and the time."""
    return {
        **as_json(runs, suggestions=True),
        "settings": dict(settings),
        "made_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "made_by": f"gan-tui {__version__}",
    }


def _svg(runs: Sequence[RunState]) -> str:
    """Return the charts of the runs as one standalone image, one run below the other."""
    parts, y = [], GAP
    for run in runs[:MAX_SVG_RUNS]:
        badge = run.diagnosis.badge
        title = f"{SYMBOLS[badge]} {badge.label}{since_text(run)}: {clean(run.name, 80)}"
        parts.append(f'<text class="t h" x="16" y="{y + 20:g}">{escape(title)}</text>')
        y += TITLE_HEIGHT
        for name, series in chart_groups(run):
            drawn = chart(name, series, run, _position(y, HEIGHT))
            parts.append(drawn)
            y += HEIGHT + GAP if drawn else 0
        drawn = timeline_strip(run, _position(y, STRIP_HEIGHT))
        parts.append(drawn)
        y += STRIP_HEIGHT + 2 * GAP if drawn else GAP
    if len(runs) > MAX_SVG_RUNS:
        parts.append(f'<text x="16" y="{y + 14:g}">and {len(runs) - MAX_SVG_RUNS} more runs</text>')
        y += TITLE_HEIGHT
    box = f'width="{WIDTH:g}" height="{y:g}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gt" viewBox="0 0 {WIDTH:g} {y:g}" {box}>'
        f'<style>{STYLE}</style><rect class="p" {box}/>{"".join(parts)}</svg>\n'
    )


def _position(y: float, height: float) -> str:
    return f'x="0" y="{y:g}" width="{WIDTH:g}" height="{height:g}" '
