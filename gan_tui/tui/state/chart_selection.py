"""Which charts a run gets: losses first, with their equilibrium, then everything else in the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from gan_tui.charts.number_format import label
from gan_tui.charts.spec import ChartCurve, ChartSpec, ReferenceLine
from gan_tui.monitoring.snapshot import RunState, SeriesState
from gan_tui.sanitize import clean

ROLE_LABELS = {
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
"""The label of a role in a legend, to be read after the title of its chart."""


class ChartGroup(Struct, frozen=True):
    """A chart of several roles."""

    title: str
    roles: tuple[str, ...]
    default: bool = True
    """Whether the chart is shown by default, if it fits on the screen."""


CHART_GROUPS: tuple[ChartGroup, ...] = (
    ChartGroup("losses", ("d_loss", "g_loss")),
    ChartGroup("D's scores", ("d_real", "d_fake", "d_fake_after")),
    ChartGroup("gradient penalty", ("gradient_penalty", "critic_slope")),
    ChartGroup("gradient norms", ("d_grad_norm", "g_grad_norm")),
    ChartGroup("accuracy", ("d_accuracy", "d_real_accuracy", "d_fake_accuracy", "g_accuracy")),
    ChartGroup("signs of D's scores", ("d_real_sign", "d_fake_sign")),
    ChartGroup("D's loss terms", ("d_loss_real", "d_loss_fake")),
    ChartGroup("total losses", ("d_loss_total", "g_loss_total"), default=False),
    ChartGroup("learning rates", ("d_lr", "g_lr"), default=False),
)
"""Charts with several curves, the most informative first."""
LOSSES = CHART_GROUPS[0]

MAX_NAME_LENGTH = 40
"""Longer names of series are cut in titles and legends."""
DEFAULT_CHARTS_WITHOUT_ROLES = 4
"""Charts shown by default if no series has a role."""
SINGLE_CURVE_STYLES = "abc"


class ChartSelection(Struct, frozen=True):
    """The charts of one run, the most informative first."""

    charts: tuple[ChartSpec, ...]
    default_count: int
    """How many of the first charts are shown if they fit; the others are shown when they are selected."""


def select_charts(
    run: RunState,
    pinned: frozenset[str] = frozenset(),
    derived: Sequence[tuple[str, SeriesState]] = (),
) -> ChartSelection:
    """Sort the series of a run into charts.

    Args:
        run: The run.
        pinned: Names of series that the user selected: each gets its own chart after the losses.
        derived: Series computed from two others, with the titles of their charts. They precede the pinned
            ones.
    """
    pairs = sorted({s.pair for s in run.series if s.pair is not None})
    pairs_or_none: list[str | None] = [*pairs] or [None]
    several = len(pairs) > 1
    grouped = [item for pair in pairs_or_none for item in _grouped_charts(run, pair, several=several)]
    grouped_names = {curve.view.name for _, chart in grouped for curve in chart.curves}
    losses = [chart for group, chart in grouped if group is LOSSES]
    chosen = [
        ChartSpec(title, (ChartCurve(s.view, "", _single_style(i), 0),))
        for i, (title, s) in enumerate(derived)
    ]
    chosen += [_single_chart(s, i) for i, s in enumerate(s for s in run.series if s.name in pinned)]
    default = [chart for group, chart in grouped if group is not LOSSES and group.default]
    hidden = [chart for group, chart in grouped if not group.default]
    ungrouped = [s for s in run.series if s.name not in grouped_names and s.name not in pinned]
    known = [_single_chart(s, i) for i, s in enumerate(ungrouped) if _is_known(s)]
    unknown = [_single_chart(s, i) for i, s in enumerate(ungrouped) if not _is_known(s)]
    first = [*losses, *chosen, *default, *known]
    charts = (*first, *hidden, *unknown)
    return ChartSelection(charts, len(first) or min(DEFAULT_CHARTS_WITHOUT_ROLES, len(charts)))


def _is_known(series: SeriesState) -> bool:
    return bool(series.role) or series.name.startswith("samples/")


def _grouped_charts(
    run: RunState, pair: str | None, *, several: bool
) -> Iterable[tuple[ChartGroup, ChartSpec]]:
    """Yield the charts of several roles that one player pair has values for."""
    by_role: dict[str, SeriesState] = {}
    for series in run.series:
        if series.role is not None and (series.pair == pair or not several):
            by_role.setdefault(series.role, series)
    for group in CHART_GROUPS:
        members = [by_role[role] for role in group.roles if role in by_role]
        if members:
            title = f"{group.title} {clean(pair, 12)}" if several and pair is not None else group.title
            curves = tuple(_curve(s, i) for i, s in enumerate(members))
            yield group, ChartSpec(title, curves, _equilibrium_lines(run) if group is LOSSES else ())


def _equilibrium_lines(run: RunState) -> tuple[ReferenceLine, ...]:
    objective = run.objective
    d, g = objective.d_equilibrium, objective.g_equilibrium
    if d is not None and d == g:
        return (ReferenceLine(d, f"equilibrium {label(d)}"),)
    players = (("D", d, "level-d"), ("G", g, "level-g"))
    return tuple(
        ReferenceLine(value, f"{name} equilibrium {label(value)}", style)
        for name, value, style in players
        if value is not None
    )


def _curve(series: SeriesState, number: int) -> ChartCurve:
    """Return a curve in its player's colour: values for real data in D's, values for fakes in G's."""
    role = series.role or ""
    style = "g" if role.startswith("g_") or "fake" in role else "d"
    if role in {"gradient_penalty", "critic_slope"}:
        style = "ab"[number % 2]
    if role == "d_fake_after":
        style = "a"
    return ChartCurve(series.view, ROLE_LABELS.get(role, clean(series.name, MAX_NAME_LENGTH)), style, number)


def _single_chart(series: SeriesState, number: int) -> ChartSpec:
    """Return a chart of one series, titled by its name."""
    title = clean(series.name, MAX_NAME_LENGTH)
    return ChartSpec(title, (ChartCurve(series.view, "", _single_style(number), 0),))


def _single_style(number: int) -> str:
    return SINGLE_CURVE_STYLES[number % len(SINGLE_CURVE_STYLES)]
