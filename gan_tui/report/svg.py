"""Charts as SVG for reports: no script, nothing loaded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

import numpy as np
from msgspec import Struct

from gan_tui.diagnosis.result import BadgeChange
from gan_tui.monitoring.snapshot import RunState, SeriesState
from gan_tui.report.downsampling import Part, downsample
from gan_tui.sanitize import clean

WIDTH, HEIGHT = 920.0, 240.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 12.0, 26.0, 26.0
COLUMNS = 460
"""Columns of a chart, each two units wide, for which minimum and maximum are drawn."""
STRIP_HEIGHT = 36.0
"""Height of the timeline with its labels."""

LIGHT = {
    "text": "#1c2430", "dim": "#5b6579", "line": "#d8dee8", "background": "#ffffff",
    "c0": "#0b62a4", "c1": "#c65f00", "c2": "#1f7a4d", "c3": "#8a3fa0",
    "converging": "#1f7a4d", "oscillating": "#b58105", "collapse": "#8a3fa0", "diverged": "#b3261e",
    "warming-up": "#8a94a6",
}  # fmt: skip
DARK = {
    "text": "#e6ebf2", "dim": "#98a4b8", "line": "#323c4d", "background": "#12171f",
    "c0": "#5aa9e6", "c1": "#ffa24c", "c2": "#5fc48f", "c3": "#c58ae0",
    "converging": "#5fc48f", "oscillating": "#e3b341", "collapse": "#c58ae0", "diverged": "#ff7b72",
    "warming-up": "#7d899c",
}  # fmt: skip
BADGES = ("converging", "oscillating", "collapse", "diverged", "warming-up")


def _colour_rules(of: Mapping[str, str]) -> str:
    """Return the CSS rules of a colour scheme. Many viewers do not support CSS variables."""
    rules = [
        f".gt text{{fill:{of['dim']};stroke:{of['background']}}}.gt .t{{fill:{of['text']}}}",
        f".gt .g{{stroke:{of['line']}}}",
        f".gt .e{{stroke:{of['dim']}}}.gt .n{{stroke:{of['diverged']}}}.gt .p{{fill:{of['background']}}}",
    ]
    rules += [
        f".gt .{name}{{stroke:{of[name]}}}.gt .b.{name}{{fill:{of[name]};stroke:none}}"
        for name in ("c0", "c1", "c2", "c3")
    ]
    for name in BADGES:
        rules.append(f".gt .f-{name}{{fill:{of[name]}}}.gt .s-{name}{{stroke:{of[name]}}}")
        rules.append(f".badge.f-{name}{{color:{of[name]}}}")
    return "".join(rules)


STYLE = (
    ".gt{font:12px system-ui,sans-serif}.gt .t{font-weight:600}.gt .h{font-size:16px}.gt path{fill:none;"
    "stroke-width:1.3}.gt .k{stroke-width:3}.gt .b{opacity:.25}.gt .g,.gt .e{stroke-width:1}"
    ".gt .e{stroke-dasharray:5 4}.gt .n{stroke-width:1.5}.gt .w{opacity:.35}"
    ".gt text{paint-order:stroke;stroke-width:3px}.gt .o{stroke-width:1.2;stroke-dasharray:2 3}"
    + _colour_rules(LIGHT)
    + "@media screen and (prefers-color-scheme:dark){"
    + _colour_rules(DARK)
    + "}"
)


class _Frame(Struct, frozen=True):
    """Maps data to coordinates of the image."""

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


GROUPS = (
    ("Losses", ("d_loss", "g_loss")),
    ("D's real and fake terms", ("d_loss_real", "d_loss_fake")),
    ("D's scores", ("d_real", "d_fake", "d_fake_after")),
    ("Gradient penalty and norms", ("gradient_penalty", "d_grad_norm", "g_grad_norm")),
    ("D's accuracy", ("d_accuracy", "d_real_accuracy", "d_fake_accuracy")),
    ("Wasserstein estimate", ("wasserstein",)),
    ("FID", ("fid",)),
    ("Inception score", ("inception_score",)),
)
"""Titles of charts and the roles in them, the most important first."""
MAX_CHARTS = 12


def chart_groups(run: RunState) -> list[tuple[str, list[SeriesState]]]:
    """Return the charts of a run as title and series, the most important first, one for each pair."""
    logged = [s for s in run.series if len(s.view)]
    pairs = sorted({s.pair for s in logged if s.pair is not None})
    charted_pairs: list[str | None] = [*pairs] if len(pairs) > 1 else [None]
    groups = []
    for title, roles in GROUPS:
        for pair in charted_pairs:
            full_title = title if pair is None else f"{title} {clean(pair, 24)}"
            groups.append((full_title, [s for s in logged if s.role in roles and pair in (None, s.pair)]))
    groups.append(("Samples", [s for s in logged if s.name.startswith("samples/")][:2]))
    charts = [(title, series) for title, series in groups if series]
    return charts[:MAX_CHARTS] or [("Series", logged[:4])]


def chart(title: str, series: Sequence[SeriesState], run: RunState, position: str = "") -> str:
    """Return one chart as an `<svg>` element, to be used with STYLE.

    Args:
        title: What it shows.
        series: What is drawn; four series have a colour of their own.
        run: Their run: it gives the x range, the equilibrium lines, the badge's onset, the axis name.
        position: Attributes that position it in a larger image.

    Returns:
        SVG text. The minimum and maximum of each column are drawn, so that no spike within the range is
        lost; a few values far outside it are clipped, and the chart says so.
    """
    drawn = [(s, downsample(s.view, COLUMNS)) for s in series if len(s.view)]
    if not drawn:
        return ""
    frame, cut = _frame_for(drawn, _span(run))
    parts = [f'<svg {position}class="gt" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img">']
    parts.append(f"<title>{escape(_described(title, series))}</title>")
    parts.extend(_grid(frame, run.axis))
    parts.append(f'<text class="t" x="{LEFT:g}" y="16">{escape(title)}</text>')
    parts.extend(_legend(drawn, cut))
    parts.extend(_onset(run, frame))
    for number, (each, curve_parts) in enumerate(drawn):
        for part in curve_parts:
            parts.extend(_curve(part, frame, f"c{number % 4}"))
        parts.extend(_not_finite(each, frame))
    if any(s.role in ("d_loss", "g_loss") for s in series):
        parts.extend(_equilibria(run, frame))
    parts.append("</svg>")
    return "".join(parts)


def _described(title: str, series: Sequence[SeriesState]) -> str:
    """Return the description of a chart for screen readers: each curve with its last value."""
    ends = [f"{clean(s.name, 32)} ends at {float(s.view.values[-1]):.4g}" for s in series if len(s.view)]
    return f"{title}: {', '.join(ends)}"


def _span(run: RunState) -> tuple[float, float]:
    """Return the first and last step of the whole run: all its charts and the timeline are aligned."""
    views = [s.view for s in run.series if len(s.view)]
    first = min((float(v.steps.min()) for v in views), default=0.0)
    last = max((float(v.steps.max()) for v in views), default=1.0)
    return first, max(last, first + 1)


def timeline_strip(run: RunState, position: str = "") -> str:
    """Return the timeline of badges as an `<svg>` element aligned with the charts."""
    timeline = run.diagnosis.timeline
    if not timeline or run.last_step is None:
        return ""
    first, last = _span(run)
    frame = _Frame(first, last, 0, 1)
    parts = [f'<svg {position}class="gt" viewBox="0 0 {WIDTH:g} {STRIP_HEIGHT:g}" role="img">']
    parts.append(f"<title>{escape(timeline_text(timeline))}</title>")
    ends = [*(m.step for m in timeline[1:]), run.last_step]
    for change, end in zip(timeline, ends, strict=True):
        x, width = frame.x(change.step), max(1.0, frame.x(end) - frame.x(change.step))
        text = f"{change.badge.label} from {change.step:,}"
        parts.append(
            f'<rect class="f-{change.badge}" x="{x:.1f}" y="2" height="14" width="{width:.1f}">'
            f"<title>{text}</title></rect>"
        )
        if width > 7.0 * len(change.badge.label) + 8:
            parts.append(f'<text x="{x:.1f}" y="30">{change.badge.label}</text>')
    parts.append("</svg>")
    return "".join(parts)


def timeline_text(timeline: Sequence[BadgeChange]) -> str:
    """Return the timeline as one sentence."""
    return ", then ".join(f"{m.badge.label} from {m.step:,}" for m in timeline)


Drawn = Sequence[tuple[SeriesState, Sequence[Part]]]


def _frame_for(drawn: Drawn, span: tuple[float, float]) -> tuple[_Frame, bool]:
    """Return the frame, and whether values outside it are clipped."""
    ends = [end for _, curve_parts in drawn for part in curve_parts for end in (part.low, part.high)]
    values = np.concatenate(ends) if ends else np.zeros(1)
    values = values[np.isfinite(values)]
    if not len(values):
        values = np.zeros(1)
    low, high = float(values.min()), float(values.max())
    bottom, top = (float(q) for q in np.quantile(values, [0.01, 0.99]))
    margin = (top - bottom) or abs(top) * 0.1 or 1.0
    cut = low < bottom - margin or high > top + margin
    low, high = max(low, bottom - margin), min(high, top + margin)
    pad = 0.04 * (high - low) or abs(high) * 0.1 or 1.0
    return _Frame(*span, low - pad, high + pad), cut


def _onset(run: RunState, frame: _Frame) -> Iterator[str]:
    """Yield a line at the step since which the badge has held."""
    badge, since = run.diagnosis.badge, run.diagnosis.since_step
    if since is not None and frame.first < since < frame.last:
        x = frame.x(since)
        yield f'<path class="o s-{badge}" d="M{x:.1f} {TOP:g}V{HEIGHT - BOTTOM:g}"/>'


def _grid(frame: _Frame, axis: str) -> Iterator[str]:
    for value in _ticks(frame.low, frame.high, 4):
        y = frame.y(value)
        yield f'<line class="g" x1="{LEFT:g}" x2="{WIDTH - RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 6:g}" y="{y + 4:.1f}" text-anchor="end">{value:.4g}</text>'
    for step in _ticks(frame.first, frame.last, 6):
        x = frame.x(step)
        side = "end" if x > WIDTH - 40 else "middle"
        yield f'<text x="{x:.1f}" y="{HEIGHT - 8:g}" text-anchor="{side}">{step:,.0f}</text>'
    yield f'<text x="{LEFT - 6:g}" y="{HEIGHT - 8:g}" text-anchor="end">{escape(axis)}</text>'


def _ticks(low: float, high: float, count: int) -> list[float]:
    """Return about `count` round numbers between low and high."""
    rough = (high - low) / count
    if not math.isfinite(rough) or rough <= 0:
        return []
    size = 10.0 ** math.floor(math.log10(rough))
    size *= next(m for m in (1, 2, 5, 10) if m * size >= rough)
    first = math.ceil(low / size)
    return [n * size for n in range(first, math.floor(high / size) + 1)]


def _legend(drawn: Drawn, cut: bool) -> Iterator[str]:
    x = WIDTH - RIGHT
    notes = [f"{clean(s.name, 32)}" for s, *_ in drawn]
    for number in reversed(range(len(notes))):
        yield f'<text x="{x:.0f}" y="16" text-anchor="end">{escape(notes[number])}</text>'
        x -= 7.0 * len(notes[number]) + 6
        yield f'<path class="k c{number % 4}" d="M{x - 16:.0f} 12h14"/>'
        x -= 30
    remarks = ["outliers clipped"] if cut else []
    if any(len(s.view.nonfinite) for s, _ in drawn):
        remarks.append("red at the top: not finite")
    if any(not part.is_current for _, curve_parts in drawn for part in curve_parts):
        remarks.append("pale: overwritten after a restart")
    if remarks:
        yield f'<text x="{x:.0f}" y="16" text-anchor="end">{" · ".join(remarks)}</text>'


def _equilibria(run: RunState, frame: _Frame) -> Iterator[str]:
    levels = (("D balances", run.objective.d_equilibrium), ("G balances", run.objective.g_equilibrium))
    for label, level in levels:
        if level is not None and frame.low < level < frame.high:
            y = frame.y(level)
            yield f'<line class="e" x1="{LEFT:g}" x2="{WIDTH - RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}"/>'
            end = f'x="{WIDTH - RIGHT - 4:g}" y="{y - 3:.1f}" text-anchor="end"'
            yield f"<text {end}>{label} at {level:.4g}</text>"


def _curve(part: Part, frame: _Frame, colour: str) -> Iterator[str]:
    """Yield the band from minimum to maximum and its middle, with gaps at non-finite values."""
    steps, low, high = part.steps, part.low, part.high
    css_class = colour if part.is_current else f"{colour} w"
    finite = np.isfinite(low)
    for stretch in np.split(np.arange(len(steps)), np.flatnonzero(~finite)):
        rows = stretch[finite[stretch]]
        if not len(rows):
            continue
        upper = [f"{frame.x(steps[i]):.1f} {frame.y(high[i]):.1f}" for i in rows]
        lower = [f"{frame.x(steps[i]):.1f} {frame.y(low[i]):.1f}" for i in rows]
        middle = [f"{frame.x(steps[i]):.1f} {frame.y((low[i] + high[i]) / 2):.1f}" for i in rows]
        if part.is_current and any(low[i] != high[i] for i in rows):
            yield f'<path class="b {colour}" d="M{"L".join([*upper, *reversed(lower)])}Z"/>'
        yield f'<path class="{css_class}" d="M{"L".join(middle)}"/>'


def _not_finite(series: SeriesState, frame: _Frame) -> Iterator[str]:
    """Yield marks at the top for non-finite values."""
    view = series.view
    if len(view.nonfinite):
        picks = np.unique(np.linspace(0, len(view.nonfinite) - 1, 200).astype(np.int64))
        for index in view.nonfinite[picks]:
            yield f'<path class="n" d="M{frame.x(float(view.steps[index])):.1f} {TOP:g}v6"/>'
