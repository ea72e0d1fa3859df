"""Printed charts, by plotext: what `gan-tui plot` gives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gan_tui.monitoring.snapshot import RunState, SeriesState
from gan_tui.report.downsampling import thinned
from gan_tui.sanitize import clean
from gan_tui.terminal.text_style import TextStyle

ASCII_FRAME = str.maketrans("┌┐└┘├┤┬┴┼─│", "+++++++++-|")
"""plotext draws its frame in box characters whatever the terminal holds."""


def as_plot(run: RunState, style: TextStyle, width: int, height: int) -> str:
    """The run's losses, and its scores where logged, as printed charts.

    Args:
        run: What to draw.
        style: What it is drawn on.
        width: Columns, at most.
        height: Lines a chart.
    """
    losses = [s for s in run.series if s.role in ("d_loss", "g_loss")]
    scores = [s for s in run.series if s.role in ("d_real", "d_fake")]
    rest = [s for s in run.series if s.role is None] if not losses else []
    groups = [("losses", losses or rest[:4]), ("D's scores", scores)]
    charts = [_chart(title, shown, run, style, width, height) for title, shown in groups if shown]
    return "\n".join(charts)


def _chart(
    title: str, shown: Sequence[SeriesState], run: RunState, style: TextStyle, width: int, height: int
) -> str:
    import plotext  # noqa: PLC0415 - a third of a command's start; `check` never needs it

    # plotext's module is one global figure: clear it, and draw it whole each time.
    plotext.clear_figure()
    plotext.plotsize(width, height)
    plotext.theme("clear")
    marker = "braille" if style.unicode else "*"
    glyphs = iter(["braille", "dot", "x", "o", "+"] if style.unicode else ["*", "o", "x", "+", "#"])
    for series in shown:
        steps, values = drawable(series, width * 2)
        if len(steps):
            label = style.plain(clean(series.name, 40))
            plotext.plot(steps, values, label=label, marker=next(glyphs, marker))
    plotext.title(style.plain(f"{title}: {clean(run.name, 60)}"))
    plotext.xlabel(run.axis)
    drawn: str = plotext.build()
    if not style.colour:
        drawn = str(plotext.uncolorize(drawn))
    return drawn if style.unicode else style.plain(drawn.translate(ASCII_FRAME))


def drawable(series: SeriesState, columns: int) -> tuple[list[float], list[float]]:
    """A series, as it stands after restarts, thinned to the min and max of `columns` columns; finite only.

    plotext raises on infinities and has no use for more points than cells; a spike far above the
    body is cut to the edge, so that it cannot flatten the rest.
    """
    pieces = [piece for piece in thinned(series.view, columns) if piece.stands]
    if not pieces:
        return [], []
    steps = np.repeat(np.concatenate([p.steps for p in pieces]), 2)
    low, high = (np.concatenate(ends) for ends in ([p.low for p in pieces], [p.high for p in pieces]))
    values = np.ravel(np.column_stack([low, high]))
    keep = np.isfinite(values)
    steps, values = steps[keep], values[keep]
    if len(values):
        bottom, top = np.quantile(values, [0.02, 0.98])
        margin = 4 * (top - bottom) + 1e-12
        values = np.clip(values, bottom - margin, top + margin)
    return steps.tolist(), values.tolist()
