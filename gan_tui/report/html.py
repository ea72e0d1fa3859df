"""A report as one HTML page that loads nothing and runs no script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape

from gan_tui._version import __version__
from gan_tui.diagnosis.suggestions import LOOK
from gan_tui.monitoring.snapshot import RunState
from gan_tui.report.svg import STYLE, chart, chart_groups, timeline_strip, timeline_text
from gan_tui.report.wording import (
    DISCLAIMER,
    MAX_FAULTS,
    MAX_RUNS,
    SUGGESTIONS_TITLE,
    fault_text,
    run_facts,
    run_title,
    since_text,
    suggestions_of,
)
from gan_tui.sanitize import clean
from gan_tui.terminal.text_style import SYMBOLS

PAGE_STYLE = """
body{margin:2rem auto;max-width:60rem;padding:0 1rem;font:15px/1.5 system-ui,sans-serif;
background:#fff;color:#1c2430}h1{font-size:1.3rem}h2{font-size:1.1rem;margin:2.2rem 0 .3rem;
overflow-wrap:anywhere}h3{font-size:.95rem;margin:1.2rem 0 .2rem}svg{width:100%;height:auto;display:block}
table{border-collapse:collapse;width:100%;font-size:.9rem}td,th{text-align:left;vertical-align:top;
padding:.2rem .8rem .2rem 0;border-bottom:1px solid #8884;overflow-wrap:anywhere}
th{font-weight:600;white-space:nowrap}
.badge{font-weight:700;font-size:1.25rem}.dim{color:#5b6579;font-size:.9rem}
ul{padding-left:1.2rem;margin:.4rem 0}li{overflow-wrap:anywhere}
summary{cursor:pointer}footer{margin-top:3rem;font-size:.85rem;color:#5b6579}
@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark}body{background:#12171f;color:#e6ebf2}
.dim,footer{color:#98a4b8}}
@media print{@page{margin:14mm}body{margin:0;max-width:none;padding:0;font-size:11pt}
svg,tr,li{break-inside:avoid}h2,h3,.badge{break-after:avoid}
details:not([open]){display:none}section{break-before:auto}
section+section{break-before:page}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
""".strip()


def as_html(runs: Sequence[RunState], settings: Mapping[str, str]) -> Iterator[str]:
    """Yield the page in chunks.

    Its security policy allows one style, by its checksum, and nothing else: no script, no image, no form,
    no link. All text from a log is escaped.

    Args:
        runs: The runs to report.
        settings: Settings that the user chose, name to value.
    """
    style = PAGE_STYLE + STYLE
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    yield '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">'
    title = (
        f"{runs[0].diagnosis.badge.label}: {clean(runs[0].name, 60)}" if len(runs) == 1 else "GAN trainings"
    )
    yield f"<title>{escape(title)}</title><style>{style}</style></head><body>"
    yield f"<h1>GAN training report{f': {len(runs)} runs' if len(runs) > 1 else ''}</h1>"
    if len(runs) > 1:
        yield from _table(runs)
    for run in runs[:MAX_RUNS]:
        yield from _run(run)
    if len(runs) > MAX_RUNS:
        yield f"<p>Charts of the first {MAX_RUNS} runs; {len(runs) - MAX_RUNS} more are in the table.</p>"
    yield f"<footer><p>{DISCLAIMER}</p>"
    if settings:
        yield "<p>Settings chosen by the user:</p><ul>"
        yield from (f"<li>{escaped(name)} = {escaped(value, 400)}</li>" for name, value in settings.items())
        yield "</ul>"
    else:
        yield "<p>No settings were chosen: formats, roles and loss were detected from the logs.</p>"
    yield f"<p>gan-tui {__version__}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC</p></footer></body></html>\n"


def _table(runs: Sequence[RunState]) -> Iterator[str]:
    yield "<table><tr><th>Run</th><th>Badge</th><th>Since</th><th>Last</th><th>Faults</th></tr>"
    for run in runs:
        badge, since = run.diagnosis.badge, run.diagnosis.since_step
        yield f"<tr><td>{escaped(run.name)}</td><td>{SYMBOLS[badge]} {badge.label}</td>"
        yield f"<td>{'' if since is None else f'{since:,}'}</td>"
        yield f"<td>{'' if run.last_step is None else f'{run.last_step:,}'}</td>"
        yield f"<td>{len(run.faults) or ''}</td></tr>"
    yield "</table>"


def _run(run: RunState) -> Iterator[str]:
    diagnosis = run.diagnosis
    badge = diagnosis.badge
    yield f"<section><h2>{escaped(run_title(run), 300)}</h2>"
    yield f'<p><span class="badge f-{badge}">{SYMBOLS[badge]} {badge.label}</span>{since_text(run)}</p>'
    if diagnosis.also:
        yield f"<p>Also: {', '.join(b.label for b in diagnosis.also)}.</p>"
    if diagnosis.findings:
        yield "<ul>" + "".join(f"<li>{escaped(f.sentence, 600)}</li>" for f in diagnosis.findings) + "</ul>"
    for title, series in chart_groups(run):
        yield chart(title, series, run)
    yield timeline_strip(run)
    if diagnosis.timeline:
        yield f'<p class="dim">{escaped(timeline_text(diagnosis.timeline), 2000)}</p>'
    yield from _suggestions(run)
    yield '<table class="dim">'
    yield "".join(
        f"<tr><th>{escaped(name)}</th><td>{escaped(value, 300)}</td></tr>" for name, value in run_facts(run)
    )
    yield "</table>"
    if run.faults:
        yield "<details open><summary>What could not be read</summary><ul>"
        yield from (f"<li>{escaped(fault_text(fault), 500)}</li>" for fault in run.faults[:MAX_FAULTS])
        if len(run.faults) > MAX_FAULTS:
            yield f"<li>and {len(run.faults) - MAX_FAULTS:,} more</li>"
        yield "</ul></details>"
    yield "</section>"


def _suggestions(run: RunState) -> Iterator[str]:
    suggestions = [s for _, s in suggestions_of(run)]
    if suggestions:
        yield f"<details><summary>{SUGGESTIONS_TITLE}</summary><ul>"
        for each in (LOOK, *suggestions):
            yield f'<li>{escaped(each.text, 400)} <span class="dim">({escaped(each.source, 300)})</span></li>'
        yield "</ul></details>"


def escaped(text: str, limit: int = 120) -> str:
    """Return text from a log for HTML, without any markup."""
    return escape(clean(text, limit))
