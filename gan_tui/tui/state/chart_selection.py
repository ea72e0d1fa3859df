"""Which charts a run gets: losses first, with their equilibrium, then what else is logged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from gan_tui.charts.number_format import label
from gan_tui.charts.spec import ChartCurve, ChartSpec, ReferenceLine
from gan_tui.monitoring.snapshot import RunState, SeriesState
from gan_tui.sanitize import clean

SHORT = {
    "d_loss": "D",
    "g_loss": "G",
    "d_loss_real": "on real",
    "d_loss_fake": "on fakes",
    "d_loss_total": "D",
    "g_loss_total": "G",
    "d_real": "of real",
    "d_fake": "of fakes",
    "d_fake_after": "after G's step",
    "d_real_sign": "of real",
    "d_fake_sign": "of fakes",
    "d_accuracy": "D",
    "d_real_accuracy": "D on real",
    "d_fake_accuracy": "D on fakes",
    "g_accuracy": "G",
    "gradient_penalty": "penalty",
    "critic_slope": "slope",
    "d_grad_norm": "D",
    "g_grad_norm": "G",
    "d_lr": "D",
    "g_lr": "G",
}
"""What a role is called in a legend, under the title of its chart."""


class ChartGroup(Struct, frozen=True):
    """A chart of several roles."""

    title: str
    roles: tuple[str, ...]
    unasked: bool = True
    """Whether it is shown without being asked for, where there is room."""


GROUPS: tuple[ChartGroup, ...] = (
    ChartGroup("losses", ("d_loss", "g_loss")),
    ChartGroup("D's scores", ("d_real", "d_fake", "d_fake_after")),
    ChartGroup("gradient penalty", ("gradient_penalty", "critic_slope")),
    ChartGroup("gradient norms", ("d_grad_norm", "g_grad_norm")),
    ChartGroup("accuracy", ("d_accuracy", "d_real_accuracy", "d_fake_accuracy", "g_accuracy")),
    ChartGroup("signs of D's scores", ("d_real_sign", "d_fake_sign")),
    ChartGroup("D's loss by halves", ("d_loss_real", "d_loss_fake")),
    ChartGroup("whole losses", ("d_loss_total", "g_loss_total"), unasked=False),
    ChartGroup("learning rates", ("d_lr", "g_lr"), unasked=False),
)
"""Charts with several curves, the most telling first."""

NAME_LENGTH = 40
"""Longer names of series are cut in titles and legends."""


class ChartSelection(Struct, frozen=True):
    """The charts of one run, the most telling first."""

    charts: tuple[ChartSpec, ...]
    unasked: int
    """How many of them are shown where there is room; the rest stands behind, a key away."""


def plan(
    run: RunState, pinned: frozenset[str] = frozenset(), made: Sequence[tuple[str, SeriesState]] = ()
) -> ChartSelection:
    """Sort the series of a run into charts.

    Args:
        run: The run.
        pinned: Names of series that a person asked for: each gets a chart after the losses.
        made: Series computed from two others, with the titles of their charts; they come before the pinned.
    """
    pairs = sorted({s.pair for s in run.series if s.pair is not None})
    whose: list[str | None] = [*pairs] or [None]
    grouped = [item for pair in whose for item in _grouped(run, pair, several=len(pairs) > 1)]
    placed = {curve.view.name for _, chart in grouped for curve in chart.curves}
    losses = [c for g, c in grouped if g is GROUPS[0]]
    asked = [
        ChartSpec(title, (ChartCurve(s.view, "", "abc"[i % 3], 0),)) for i, (title, s) in enumerate(made)
    ]
    asked += [_alone(s, i) for i, s in enumerate(s for s in run.series if s.name in pinned)]
    shown = [c for g, c in grouped if g is not GROUPS[0] and g.unasked]
    hidden = [c for g, c in grouped if not g.unasked]
    rest = [s for s in run.series if s.name not in placed and s.name not in pinned]
    measured = [_alone(s, i) for i, s in enumerate(rest) if s.role or s.name.startswith("samples/")]
    nameless = [_alone(s, i) for i, s in enumerate(rest) if not (s.role or s.name.startswith("samples/"))]
    first = [*losses, *asked, *shown, *measured]
    charts = (*first, *hidden, *nameless)
    return ChartSelection(charts, len(first) or min(4, len(charts)))


def _grouped(run: RunState, pair: str | None, *, several: bool) -> Iterable[tuple[ChartGroup, ChartSpec]]:
    mine: dict[str, SeriesState] = {}
    for series in run.series:
        if series.role is not None and (series.pair == pair or not several):
            mine.setdefault(series.role, series)
    for group in GROUPS:
        held = [mine[role] for role in group.roles if role in mine]
        if held:
            words = f"{group.title} {clean(pair, 12)}" if several and pair is not None else group.title
            curves = tuple(_curve(s, i) for i, s in enumerate(held))
            yield group, ChartSpec(words, curves, _levels(run) if group is GROUPS[0] else ())


def _levels(run: RunState) -> tuple[ReferenceLine, ...]:
    objective = run.objective
    d, g = objective.d_equilibrium, objective.g_equilibrium
    if d is not None and d == g:
        return (ReferenceLine(d, f"equilibrium {label(d)}"),)
    named = (("D", d, "level-d"), ("G", g, "level-g"))
    return tuple(
        ReferenceLine(value, f"{name} equilibrium {label(value)}", style)
        for name, value, style in named
        if value is not None
    )


def _curve(series: SeriesState, number: int) -> ChartCurve:
    """A curve in its player's colour: what D sees of the data is D's, what G made is G's."""
    role = series.role or ""
    style = "g" if role.startswith("g_") or "fake" in role else "d"
    if role in {"gradient_penalty", "critic_slope"}:
        style = "ab"[number % 2]
    if role == "d_fake_after":
        style = "a"
    return ChartCurve(series.view, SHORT.get(role, clean(series.name, NAME_LENGTH)), style, number)


def _alone(series: SeriesState, number: int) -> ChartSpec:
    """A chart of one series, titled by its name."""
    title = clean(series.name, NAME_LENGTH)
    return ChartSpec(title, (ChartCurve(series.view, "", "abc"[number % 3], 0),))


def names_of(charts: Sequence[ChartSpec]) -> frozenset[str]:
    """Names of every series in these charts."""
    return frozenset(curve.view.name for chart in charts for curve in chart.curves)
