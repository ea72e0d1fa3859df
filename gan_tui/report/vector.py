"""Charts as SVG text, for reports that are taken along. No script, nothing fetched."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from gan_tui.diagnosis.result import Moment
from gan_tui.logs.points import Floats
from gan_tui.snapshot import RunState, SeriesState
from gan_tui.text import clean

WIDTH, HEIGHT = 920.0, 240.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 12.0, 26.0, 26.0
COLUMNS = 460
"""Min and max are drawn for so many columns: two points of the picture each."""
STRIP = 14.0
"""Height of the strip of badges."""

STYLE = """
.gt{font:12px system-ui,sans-serif;--ink:#1c2430;--dim:#667085;--line:#d8dee8;--paper:#fff;
--c0:#0b62a4;--c1:#c65f00;--c2:#1f7a4d;--c3:#8a3fa0;--converging:#1f7a4d;--oscillating:#b58105;
--collapse:#8a3fa0;--diverged:#b3261e;--warming-up:#8a94a6}
@media (prefers-color-scheme:dark){.gt{--ink:#e6ebf2;--dim:#98a4b8;--line:#323c4d;--paper:#12171f;
--c0:#5aa9e6;--c1:#ffa24c;--c2:#5fc48f;--c3:#c58ae0;--converging:#5fc48f;--oscillating:#e3b341;
--collapse:#c58ae0;--diverged:#ff7b72;--warming-up:#7d899c}}
.gt text{fill:var(--dim)}.gt .t{fill:var(--ink);font-weight:600}.gt .g{stroke:var(--line);stroke-width:1}
.gt .e{stroke:var(--dim);stroke-width:1;stroke-dasharray:5 4}.gt path{fill:none;stroke-width:1.3}
.gt .b{stroke:none;opacity:.25}.gt .c0{stroke:var(--c0)}.gt .c1{stroke:var(--c1)}.gt .c2{stroke:var(--c2)}
.gt .c3{stroke:var(--c3)}.gt .b.c0{fill:var(--c0)}.gt .b.c1{fill:var(--c1)}.gt .b.c2{fill:var(--c2)}
.gt .b.c3{fill:var(--c3)}.gt .n{stroke:var(--diverged);stroke-width:1.5}
""".strip()


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where data lies on the picture."""

    first: float
    last: float
    low: float
    high: float

    def x(self, step: float) -> float:
        share = (step - self.first) / (self.last - self.first or 1.0)
        return LEFT + min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low or 1.0)
        return HEIGHT - BOTTOM - min(1.0, max(0.0, share)) * (HEIGHT - TOP - BOTTOM)


def chart_groups(run: RunState) -> list[tuple[str, list[SeriesState]]]:
    """The charts worth drawing of a run: title and series, most telling first."""
    roles = {
        "Losses": ("d_loss", "g_loss"),
        "D's two halves": ("d_loss_real", "d_loss_fake"),
        "D's scores": ("d_real", "d_fake"),
        "Gradient penalty and norms": ("gradient_penalty", "d_grad_norm", "g_grad_norm"),
    }
    groups = [(t, [s for s in run.series if s.role in r and len(s.view)]) for t, r in roles.items()]
    groups.append(("Samples", [s for s in run.series if s.name.startswith("samples/") and len(s.view)][:2]))
    found = [(title, series) for title, series in groups if series]
    return found or [("Series", [s for s in run.series if len(s.view)][:4])]


def chart(title: str, series: Sequence[SeriesState], run: RunState) -> str:
    """One chart as an `<svg>` element; its style is in STYLE.

    Args:
        title: What it shows.
        series: What is drawn, at most four keep their own colour.
        run: Whose they are: for the equilibrium lines and the axis' name.

    Returns:
        SVG text. Min and max a column are drawn, so no spike within the range is lost; a few values far
        beyond the rest are cut at the edge, and the picture says so.
    """
    drawn = [(s, *_columns(s)) for s in series]
    drawn = [d for d in drawn if len(d[1])]
    if not drawn:
        return ""
    frame, cut = _frame_for(drawn)
    parts = [f'<svg class="gt" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img">']
    parts.append(f"<title>{escape(title)}</title>")
    parts.extend(_grid(frame, run.axis))
    parts.append(f'<text class="t" x="{LEFT:g}" y="16">{escape(title)}</text>')
    parts.extend(_legend(drawn, cut))
    if any(s.role in ("d_loss", "g_loss") for s in series):
        parts.extend(_equilibria(run, frame))
    for number, (each, steps, low, high) in enumerate(drawn):
        parts.extend(_curve(each, steps, low, high, frame, f"c{number % 4}"))
    parts.append("</svg>")
    return "".join(parts)


def strip(run: RunState) -> str:
    """The timeline of badges as an `<svg>` strip aligned with the charts."""
    timeline = run.diagnosis.timeline
    if not timeline or run.last_step is None:
        return ""
    first = min(int(s.view.steps[0]) for s in run.series if len(s.view))
    frame = _Frame(first, max(run.last_step, first + 1), 0, 1)
    parts = [f'<svg class="gt" viewBox="0 0 {WIDTH:g} {STRIP + 4:g}" role="img">']
    parts.append(f"<title>{escape(timeline_words(timeline))}</title>")
    for moment, end in zip(timeline, [*(m.step for m in timeline[1:]), run.last_step], strict=True):
        x = frame.x(moment.step)
        words = f"{moment.badge.label} from {moment.step:,}"
        parts.append(
            f'<rect x="{x:.1f}" y="2" height="{STRIP:g}" width="{max(1.0, frame.x(end) - x):.1f}"'
            f' style="fill:var(--{moment.badge})"><title>{words}</title></rect>'
        )
    parts.append("</svg>")
    return "".join(parts)


def timeline_words(timeline: Sequence[Moment]) -> str:
    """The timeline in one sentence."""
    return ", then ".join(f"{m.badge.label} from {m.step:,}" for m in timeline)


def _columns(series: SeriesState) -> tuple[Floats, Floats, Floats]:
    """Steps, minima and maxima of the newest segment's columns."""
    view = series.view
    begin = view.segments[-1] if view.segments else 0
    edges = np.unique(np.linspace(begin, len(view), min(COLUMNS, len(view) - begin) + 1).astype(np.int64))
    if len(edges) < 2:
        return np.empty(0), np.empty(0), np.empty(0)
    low, high = view.envelope(edges)
    return view.steps[edges[:-1]].astype(np.float64), low, high


def _frame_for(drawn: Sequence[tuple[SeriesState, Floats, Floats, Floats]]) -> tuple[_Frame, bool]:
    """The bounds, and whether values beyond them are cut."""
    values = np.concatenate([np.concatenate([low, high]) for _, _, low, high in drawn])
    values = values[np.isfinite(values)]
    if not len(values):
        values = np.zeros(1)
    low, high = float(values.min()), float(values.max())
    bottom, top = (float(q) for q in np.quantile(values, [0.01, 0.99]))
    margin = 3 * (top - bottom) or abs(top) * 0.1 or 1.0
    cut = low < bottom - margin or high > top + margin
    low, high = max(low, bottom - margin), min(high, top + margin)
    pad = 0.04 * (high - low) or abs(high) * 0.1 or 1.0
    first = min(float(steps[0]) for _, steps, _, _ in drawn)
    last = max(float(steps[-1]) for _, steps, _, _ in drawn)
    return _Frame(first, max(last, first + 1), low - pad, high + pad), cut


def _grid(frame: _Frame, axis: str) -> Iterator[str]:
    for value in _ticks(frame.low, frame.high, 4):
        y = frame.y(value)
        yield f'<line class="g" x1="{LEFT:g}" x2="{WIDTH - RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 6:g}" y="{y + 4:.1f}" text-anchor="end">{value:.4g}</text>'
    for step in _ticks(frame.first, frame.last, 6):
        yield f'<text x="{frame.x(step):.1f}" y="{HEIGHT - 8:g}" text-anchor="middle">{step:,.0f}</text>'
    yield f'<text x="{LEFT - 6:g}" y="{HEIGHT - 8:g}" text-anchor="end">{escape(axis)}</text>'


def _ticks(low: float, high: float, count: int) -> list[float]:
    """About `count` round numbers between low and high."""
    rough = (high - low) / count
    if not math.isfinite(rough) or rough <= 0:
        return []
    size = 10.0 ** math.floor(math.log10(rough))
    size *= next(m for m in (1, 2, 5, 10) if m * size >= rough)
    first = math.ceil(low / size)
    return [n * size for n in range(first, math.floor(high / size) + 1)]


def _legend(drawn: Sequence[tuple[SeriesState, Floats, Floats, Floats]], cut: bool) -> Iterator[str]:
    x = WIDTH - RIGHT
    notes = [f"{clean(s.name, 32)}" for s, *_ in drawn]
    for number in reversed(range(len(notes))):
        yield f'<text x="{x:.0f}" y="16" text-anchor="end">{escape(notes[number])}</text>'
        x -= 7.0 * len(notes[number]) + 6
        yield f'<path class="c{number % 4}" d="M{x - 16:.0f} 12h14" style="stroke-width:3"/>'
        x -= 30
    if cut:
        yield f'<text x="{x:.0f}" y="16" text-anchor="end">outliers cut at the edge</text>'


def _equilibria(run: RunState, frame: _Frame) -> Iterator[str]:
    levels = (("D balances", run.objective.d_equilibrium), ("G balances", run.objective.g_equilibrium))
    for words, level in levels:
        if level is not None and frame.low < level < frame.high:
            y = frame.y(level)
            yield f'<line class="e" x1="{LEFT:g}" x2="{WIDTH - RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}"/>'
            end = f'x="{WIDTH - RIGHT - 4:g}" y="{y - 3:.1f}" text-anchor="end"'
            yield f"<text {end}>{words} at {level:.4g}</text>"


def _curve(
    series: SeriesState, steps: Floats, low: Floats, high: Floats, frame: _Frame, colour: str
) -> Iterator[str]:
    """The band from min to max, its middle, and marks where values are not finite."""
    finite = np.isfinite(low)
    splits = np.flatnonzero(~finite)
    for part in np.split(np.arange(len(steps)), splits):
        rows = part[finite[part]]
        if not len(rows):
            continue
        upper = [f"{frame.x(steps[i]):.1f} {frame.y(high[i]):.1f}" for i in rows]
        lower = [f"{frame.x(steps[i]):.1f} {frame.y(low[i]):.1f}" for i in rows]
        middle = [f"{frame.x(steps[i]):.1f} {frame.y((low[i] + high[i]) / 2):.1f}" for i in rows]
        if any(low[i] != high[i] for i in rows):
            yield f'<path class="b {colour}" d="M{"L".join([*upper, *reversed(lower)])}Z"/>'
        yield f'<path class="{colour}" d="M{"L".join(middle)}"/>'
    view = series.view
    if len(view.nonfinite):
        picks = np.unique(np.linspace(0, len(view.nonfinite) - 1, 200).astype(np.int64))
        for index in view.nonfinite[picks]:
            yield f'<path class="n" d="M{frame.x(float(view.steps[index])):.1f} {TOP:g}v6"/>'
