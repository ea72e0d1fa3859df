"""Reports to take along: one file that opens anywhere, HTML, Markdown, SVG or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape

from gan_tui import __version__
from gan_tui.errors import UsageError
from gan_tui.report.contract import as_json
from gan_tui.report.text import SYMBOLS
from gan_tui.report.vector import STYLE, chart, chart_groups, strip, timeline_words
from gan_tui.snapshot import RunState
from gan_tui.text import clean

KINDS = ("html", "md", "svg", "json")
CHARTS_OF = 40
"""A report of very many runs draws the charts of the first so many; all are in its table."""

CLAIM = (
    "Badges are read from the curves, and from sample grids where they are logged. “Converging” says that "
    "the game is in balance, not that the samples are good; a collapse stays suspected. Look at the samples."
)
PAGE_STYLE = """
:root{color-scheme:light dark}body{margin:2rem auto;max-width:60rem;padding:0 1rem;
font:15px/1.5 system-ui,sans-serif;background:Canvas;color:CanvasText}
h1{font-size:1.3rem}h2{font-size:1.1rem;margin:2.2rem 0 .3rem;overflow-wrap:anywhere}
svg{width:100%;height:auto;display:block}table{border-collapse:collapse;width:100%;font-size:.9rem}
td,th{text-align:left;padding:.2rem .8rem .2rem 0;border-bottom:1px solid #8884;overflow-wrap:anywhere}
.badge{font-weight:700;font-size:1.25rem;color:var(--of)}.dim{opacity:.75;font-size:.9rem}
ul{padding-left:1.2rem}footer{margin-top:3rem;font-size:.85rem;opacity:.75}
@media print{body{margin:0;max-width:none}section{break-inside:avoid}}
""".strip()


def write_report(runs: Sequence[RunState], kind: str, settings: Mapping[str, str] | None = None) -> str:
    """A whole report as text.

    Args:
        runs: What it speaks of.
        kind: html, md, svg or json.
        settings: What was chosen by hand, name to value, said at the end.

    Raises:
        UsageError: There is no such kind of report.
    """
    if kind == "html":
        return "".join(_html(runs, settings or {}))
    if kind == "md":
        return "\n".join(_markdown(runs, settings or {})) + "\n"
    if kind == "svg":
        return _svg(runs)
    if kind == "json":
        return json.dumps(as_json(runs), allow_nan=False, indent=1) + "\n"
    raise UsageError(f"no report is written as {kind!r}", "End the file's name in ." + ", .".join(KINDS))


def _facts(run: RunState) -> list[tuple[str, str]]:
    objective = run.objective
    loss = "unknown" if str(objective.kind) == "unknown" else f"{objective.kind}, scale {objective.scale}"
    last = "none" if run.last_step is None else f"{run.last_step:,}"
    return [
        ("Objective", loss + (" (inferred)" if objective.inferred else "")),
        (f"Last {run.axis}", last),
        ("Steps from", run.axis_from),
        ("Points", f"{run.points:,} in {len(run.series)} series"),
        ("Faults", f"{len(run.faults):,}"),
    ]


def _since(run: RunState) -> str:
    diagnosis = run.diagnosis
    since = "" if diagnosis.since_step is None else f" since {run.axis} {diagnosis.since_step:,}"
    sure = f", confidence {diagnosis.confidence:.2f}" if diagnosis.confidence else ""
    return since + sure


# -- HTML ----------------------------------------------------------------------------------------------


def _html(runs: Sequence[RunState], settings: Mapping[str, str]) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    yield '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    yield "style-src 'unsafe-inline'\">"
    yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
    yield f"<title>GAN training report</title><style>{PAGE_STYLE}{STYLE}</style></head><body>"
    yield f"<h1>How {'this training stands' if len(runs) == 1 else f'{len(runs)} trainings stand'}</h1>"
    if len(runs) > 1:
        yield "<table><tr><th>Run</th><th>Badge</th><th>Since</th><th>Last</th></tr>"
        for run in runs:
            badge, since = run.diagnosis.badge, run.diagnosis.since_step
            yield f"<tr><td>{_said(run.name)}</td><td>{SYMBOLS[badge]} {badge.label}</td>"
            yield f"<td>{'' if since is None else f'{since:,}'}</td>"
            yield f"<td>{'' if run.last_step is None else f'{run.last_step:,}'}</td></tr>"
        yield "</table>"
    for run in runs[:CHARTS_OF]:
        yield from _html_run(run)
    yield f"<footer><p>{CLAIM}</p>"
    if settings:
        chosen = ", ".join(f"{_said(k)} = {_said(v)}" for k, v in settings.items())
        yield f"<p>Chosen by hand: {chosen}.</p>"
    yield f"<p>gan-tui {__version__}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC</p></footer></body></html>\n"


def _html_run(run: RunState) -> Iterator[str]:
    diagnosis = run.diagnosis
    badge = diagnosis.badge
    yield f'<section class="gt-run"><h2>{_said(run.path, 300)}</h2>'
    word = f"{SYMBOLS[badge]} {badge.label}"
    yield f'<p class="gt"><span class="badge" style="--of:var(--{badge})">{word}</span>'
    yield f"{_since(run)}</p>"
    if diagnosis.also:
        yield f"<p>Also: {', '.join(b.label for b in diagnosis.also)}.</p>"
    yield "<ul>" + "".join(f"<li>{_said(f.sentence, 600)}</li>" for f in diagnosis.findings) + "</ul>"
    for title, series in chart_groups(run):
        yield chart(title, series, run)
    yield strip(run)
    if diagnosis.timeline:
        yield f'<p class="dim">{_said(timeline_words(diagnosis.timeline), 2000)}</p>'
    yield '<table class="dim">'
    yield "".join(f"<tr><th>{_said(name)}</th><td>{_said(value)}</td></tr>" for name, value in _facts(run))
    yield "</table>"
    if run.faults:
        yield "<details><summary>What could not be read</summary><ul>"
        for fault in run.faults[:200]:
            yield f"<li>{_said(fault.file)}, byte {fault.offset:,}: {_said(fault.reason)}</li>"
        yield "</ul></details>"
    yield "</section>"


def _said(text: str, limit: int = 120) -> str:
    return escape(clean(text, limit))


# -- Markdown ------------------------------------------------------------------------------------------


def _markdown(runs: Sequence[RunState], settings: Mapping[str, str]) -> Iterator[str]:
    yield "# GAN training report\n"
    yield "| run | badge | since | last |"
    yield "|---|---|---|---|"
    for run in runs:
        badge, since = run.diagnosis.badge, run.diagnosis.since_step
        cells = [_marked(run.name), f"{SYMBOLS[badge]} {badge.label}"]
        cells += ["" if number is None else f"{number:,}" for number in (since, run.last_step)]
        yield f"| {' | '.join(cells)} |"
    for run in runs[:CHARTS_OF]:
        badge = run.diagnosis.badge
        yield f"\n## {_marked(run.path, 300)}\n"
        yield f"**{SYMBOLS[badge]} {badge.label}**{_since(run)}\n"
        for finding in run.diagnosis.findings:
            yield f"- {_marked(finding.sentence, 600)}"
        if run.diagnosis.timeline:
            yield f"\nTimeline: {_marked(timeline_words(run.diagnosis.timeline), 2000)}.\n"
        for _, series in chart_groups(run)[:1]:
            for each in series:
                yield f"`{sparkline(each)}` {_marked(each.name)}  "
        yield "\n" + " · ".join(f"{name}: {_marked(value)}" for name, value in _facts(run))
    if settings:
        yield "\nChosen by hand: " + ", ".join(f"{_marked(k)} = {_marked(v)}" for k, v in settings.items())
    yield f"\n---\n{CLAIM}\n\ngan-tui {__version__}"


def sparkline(series: object, width: int = 60) -> str:
    """A series in one line of block characters, min to max of its body."""
    import numpy as np  # noqa: PLC0415 - only here

    from gan_tui.report.printed import drawable  # noqa: PLC0415

    _, values = drawable(series, width)  # type: ignore[arg-type]
    if not values:
        return ""
    means = [float(np.mean(part)) for part in np.array_split(np.array(values), min(width, len(values)))]
    low, high = min(means), max(means)
    return "".join("▁▂▃▄▅▆▇█"[int(7.999 * (m - low) / (high - low or 1))] for m in means)


def _marked(text: str, limit: int = 120) -> str:
    """Text of the log in Markdown: nothing in it marks up."""
    return "".join("\\" + c if c in r"\`*_{}[]<>#|~$!@" else c for c in clean(text, limit))


# -- SVG -----------------------------------------------------------------------------------------------


def _svg(runs: Sequence[RunState]) -> str:
    """The charts of the first run in one standalone picture."""
    run = runs[0]
    charts = [c for title, series in chart_groups(run) if (c := chart(title, series, run))]
    charts.append(strip(run))
    badge = run.diagnosis.badge
    height = 250 * len(charts) + 30
    placed = [
        c.replace("<svg ", f'<svg x="0" y="{40 + 250 * i}" width="920" height="240" ', 1)
        for i, c in enumerate(charts)
        if c
    ]
    title = f"{SYMBOLS[badge]} {badge.label}{_since(run)}: {_said(run.name)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gt" viewBox="0 0 920 {height}"'
        f' width="920" height="{height}"><style>{STYLE}</style>'
        f'<rect width="920" height="{height}" style="fill:var(--paper)"/>'
        f'<text class="t" x="16" y="24" style="font-size:16px">{title}</text>{"".join(placed)}</svg>\n'
    )
