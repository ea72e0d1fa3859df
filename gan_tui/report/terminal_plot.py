"""Charts as text, drawn by plotext, for `gan-tui plot` and Markdown reports."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gan_tui.monitoring.snapshot import RunState, SeriesState
from gan_tui.report.downsampling import downsample
from gan_tui.sanitize import clean
from gan_tui.terminal.text_style import TextStyle

ASCII_FRAME = str.maketrans("┌┐└┘├┤┬┴┼─│", "+++++++++-|")
"""plotext draws its frame with box-drawing characters only."""


def as_plot(run: RunState, style: TextStyle, width: int, height: int) -> str:
    """Return charts of the run's losses, and of its scores if logged.

    Args:
        run: What to draw.
        style: What the output supports.
        width: Maximum columns.
        height: Lines per chart.
    """
    losses = [s for s in run.series if s.role in ("d_loss", "g_loss")]
    scores = [s for s in run.series if s.role in ("d_real", "d_fake")]
    unknown = [s for s in run.series if s.role is None] if not losses else []
    groups = [("losses", losses or unknown[:4]), ("D's scores", scores)]
    charts = [_chart(title, series, run, style, width, height) for title, series in groups if series]
    return "\n".join(charts)


def _chart(
    title: str, group: Sequence[SeriesState], run: RunState, style: TextStyle, width: int, height: int
) -> str:
    import plotext  # noqa: PLC0415 - a third of a command's start time; `check` never needs it

    # plotext's module is one global figure: clear it before each chart.
    plotext.clear_figure()
    plotext.plotsize(width, height)
    plotext.theme("clear")
    default_marker = "braille" if style.unicode else "*"
    markers = iter(["braille", "dot", "x", "o", "+"] if style.unicode else ["*", "o", "x", "+", "#"])
    for series in group:
        steps, values = drawable(series, width * 2)
        if len(steps):
            label = style.plain(clean(series.name, 40))
            plotext.plot(steps, values, label=label, marker=next(markers, default_marker))
    plotext.title(style.plain(f"{title}: {clean(run.name, 60)}"))
    plotext.xlabel(run.axis)
    chart: str = plotext.build()
    if not style.colour:
        chart = str(plotext.uncolorize(chart))
    return chart if style.unicode else style.plain(chart.translate(ASCII_FRAME))


def drawable(series: SeriesState, columns: int) -> tuple[list[float], list[float]]:
    """Return a series without overwritten values, downsampled to the min and max of `columns` columns.

    Values are finite, since plotext raises on infinities. A spike far above the other values is clipped, so
    that it does not flatten the rest.
    """
    parts = [part for part in downsample(series.view, columns) if part.is_current]
    if not parts:
        return [], []
    steps = np.repeat(np.concatenate([p.steps for p in parts]), 2)
    low, high = (np.concatenate(ends) for ends in ([p.low for p in parts], [p.high for p in parts]))
    values = np.ravel(np.column_stack([low, high]))
    finite = np.isfinite(values)
    steps, values = steps[finite], values[finite]
    if len(values):
        bottom, top = np.quantile(values, [0.02, 0.98])
        margin = 4 * (top - bottom) + 1e-12
        values = np.clip(values, bottom - margin, top + margin)
    return steps.tolist(), values.tolist()
