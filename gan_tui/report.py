"""What is said without a screen: the JSON contract of `check`, its text, and printed charts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gan_tui.diagnosis.result import Badge, Moment
from gan_tui.logs.points import Fault
from gan_tui.snapshot import RunState, SeriesState
from gan_tui.text import clean

SYMBOLS = {
    Badge.WARMING_UP: "…",
    Badge.CONVERGING: "✓",
    Badge.OSCILLATING: "≈",
    Badge.COLLAPSE: "◉",
    Badge.DIVERGED: "✗",
}
ASCII_SYMBOLS = {
    Badge.WARMING_UP: ".",
    Badge.CONVERGING: "+",
    Badge.OSCILLATING: "~",
    Badge.COLLAPSE: "o",
    Badge.DIVERGED: "x",
}
COLOURS = {
    Badge.WARMING_UP: "36",
    Badge.CONVERGING: "32",
    Badge.OSCILLATING: "33",
    Badge.COLLAPSE: "35",
    Badge.DIVERGED: "31",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """What the text is written on."""

    colour: bool = False
    """ANSI colours; never when piped, under NO_COLOR or TERM=dumb."""
    unicode: bool = True
    """Whether the encoding holds more than ASCII."""
    width: int = 80

    def paint(self, text: str, code: str) -> str:
        """`text` in an ANSI colour, where there is colour."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def badge(self, badge: Badge) -> str:
        """Symbol and word of a badge."""
        symbol = (SYMBOLS if self.unicode else ASCII_SYMBOLS)[badge]
        return self.paint(f"{symbol} {badge.label}", f"1;{COLOURS[badge]}")

    def plain(self, text: str) -> str:
        """`text` as far as the encoding holds it."""
        return text if self.unicode else text.encode("ascii", "replace").decode()


# -- the JSON contract ---------------------------------------------------------------------------------


def as_json(runs: Sequence[RunState]) -> dict[str, Any]:
    """The contract of `gan-tui check --json`, ready for `json.dumps(..., allow_nan=False)`."""
    return {"runs": [run_as_json(run) for run in runs]}


def run_as_json(run: RunState) -> dict[str, Any]:
    """One run of the contract."""
    diagnosis, objective = run.diagnosis, run.objective
    return {
        "path": run.path,
        "name": run.name,
        "badge": str(diagnosis.badge),
        "also": [str(b) for b in diagnosis.also],
        "since_step": diagnosis.since_step,
        "confidence": round(diagnosis.confidence, 3),
        "evidence": [f.sentence for f in diagnosis.findings],
        "timeline": [{"step": m.step, "badge": str(m.badge)} for m in diagnosis.timeline],
        "objective": {
            "kind": str(objective.kind),
            "scale": str(objective.scale),
            "inferred": objective.inferred,
        },
        "series": [_series_as_json(s) for s in run.series],
        "faults": [
            {"file": f.file, "offset": f.offset, "bytes": f.bytes, "reason": f.reason} for f in run.faults
        ],
    }


def _series_as_json(series: SeriesState) -> dict[str, Any]:
    view = series.view
    last = float(view.values[-1]) if len(view) else math.nan
    return {
        "name": series.name,
        "role": series.role,
        "pair": series.pair,
        "points": len(view),
        "segments": len(view.segments),
        "nonfinite": len(view.nonfinite),
        "first_step": int(view.steps[0]) if len(view) else None,
        "last_step": int(view.steps[-1]) if len(view) else None,
        "last": last if math.isfinite(last) else None,
    }


# -- text ----------------------------------------------------------------------------------------------


def as_text(runs: Sequence[RunState], paper: Paper) -> str:
    """What `gan-tui check` prints: a badge a run, with its reasons."""
    return "\n\n".join("\n".join(_run_lines(run, paper)) for run in runs)


def _run_lines(run: RunState, paper: Paper) -> Iterator[str]:
    diagnosis = run.diagnosis
    dot = " · " if paper.unicode else " - "
    since = "" if diagnosis.since_step is None else f" since {run.axis} {diagnosis.since_step:,}"
    sure = f" (confidence {diagnosis.confidence:.2f})" if diagnosis.confidence else ""
    path = paper.paint(paper.plain(clean(run.path, 200)), "1")
    yield f"{path}  {paper.badge(diagnosis.badge)}{since}{sure}"
    if diagnosis.also:
        yield "  also: " + ", ".join(b.label for b in diagnosis.also)
    facts = [_objective_words(run), f"{run.points:,} points", f"{len(run.series)} series"]
    if run.last_step is not None:
        facts.append(f"last {run.axis} {run.last_step:,}")
    yield "  " + paper.paint(dot.join(facts), "2")
    for finding in diagnosis.findings:
        bullet = "•" if paper.unicode else "-"
        yield from _wrapped(f"  {bullet} ", paper.plain(clean(finding.sentence, 500)), paper.width)
    if diagnosis.timeline:
        yield from _wrapped("  timeline: ", _timeline_words(diagnosis.timeline, paper), paper.width)
    if run.faults:
        yield "  " + paper.paint(f"{len(run.faults):,} faults, the first:", "33")
        for fault in run.faults[:3]:
            yield "    " + paper.plain(_fault_words(fault))


def _objective_words(run: RunState) -> str:
    kind, scale = run.objective.kind, run.objective.scale
    if kind == "unknown":
        return "objective unknown"
    words = {"sum": ", halves summed", "mean": ", halves averaged"}.get(str(scale), "")
    return f"{kind} loss{words}" + (" (inferred)" if run.objective.inferred else "")


def _timeline_words(timeline: Sequence[Moment], paper: Paper) -> str:
    arrow = " → " if paper.unicode else " -> "
    shown = timeline if len(timeline) <= 12 else [*timeline[:3], *timeline[-9:]]
    words = [f"{m.badge.label} {m.step:,}" for m in shown]
    if len(shown) < len(timeline):
        words.insert(3, f"({len(timeline) - len(shown)} more)")
    return arrow.join(words)


def _fault_words(fault: Fault) -> str:
    where = f"{clean(fault.file, 120)}, byte {fault.offset:,}"
    length = f" ({fault.bytes:,} bytes)" if fault.bytes else ""
    return f"{where}{length}: {clean(fault.reason, 200)}"


def _wrapped(lead: str, text: str, width: int) -> Iterator[str]:
    """`text` behind `lead`, wrapped at `width`, later lines indented under the first."""
    line, room = lead, max(20, width)
    empty = True
    for word in text.split():
        if not empty and len(line) + 1 + len(word) > room:
            yield line
            line, empty = " " * len(lead), True
        line, empty = line + ("" if empty else " ") + word, False
    yield line


# -- printed charts ------------------------------------------------------------------------------------


def as_plot(run: RunState, paper: Paper, width: int, height: int) -> str:
    """The run's losses, and its scores where logged, as printed charts.

    Args:
        run: What to draw.
        paper: What it is drawn on.
        width: Columns, at most.
        height: Lines a chart.
    """
    losses = [s for s in run.series if s.role in ("d_loss", "g_loss")]
    scores = [s for s in run.series if s.role in ("d_real", "d_fake")]
    rest = [s for s in run.series if s.role is None] if not losses else []
    groups = [("losses", losses or rest[:4]), ("D's scores", scores)]
    charts = [_chart(title, shown, run, paper, width, height) for title, shown in groups if shown]
    return "\n".join(charts)


def _chart(
    title: str, shown: Sequence[SeriesState], run: RunState, paper: Paper, width: int, height: int
) -> str:
    import plotext  # noqa: PLC0415 - a third of a command's start; `check` never needs it

    # plotext's module is one global figure: clear it, and draw it whole each time.
    plotext.clear_figure()
    plotext.plotsize(width, height)
    plotext.theme("clear")
    marker = "braille" if paper.unicode else "*"
    glyphs = iter(["braille", "dot", "x", "o", "+"] if paper.unicode else ["*", "o", "x", "+", "#"])
    for series in shown:
        steps, values = drawable(series, width * 2)
        if len(steps):
            label = paper.plain(clean(series.name, 40))
            plotext.plot(steps, values, label=label, marker=next(glyphs, marker))
    plotext.title(paper.plain(f"{title}: {clean(run.name, 60)}"))
    plotext.xlabel(run.axis)
    drawn: str = plotext.build()
    return drawn if paper.colour else str(plotext.uncolorize(drawn))


def drawable(series: SeriesState, columns: int) -> tuple[list[float], list[float]]:
    """A series thinned to the min and max of `columns` columns, finite values only.

    plotext raises on infinities and has no use for more points than cells; a spike far above the
    body is cut to the edge, so that it cannot flatten the rest.
    """
    view = series.view
    begin = view.segments[-1] if view.segments else 0
    count = len(view) - begin
    if not count:
        return [], []
    edges = np.unique(np.linspace(begin, len(view), min(count, columns) + 1).astype(np.int64))
    low, high = view.envelope(edges)
    steps = np.repeat(view.steps[edges[:-1]].astype(np.float64), 2)
    values = np.ravel(np.column_stack([low, high]))
    keep = np.isfinite(values)
    steps, values = steps[keep], values[keep]
    if len(values):
        bottom, top = np.quantile(values, [0.02, 0.98])
        margin = 4 * (top - bottom) + 1e-12
        values = np.clip(values, bottom - margin, top + margin)
    return steps.tolist(), values.tolist()
