"""The charts of a run, and their order."""

from __future__ import annotations

from msgspec.structs import replace

from gan_tui.run.objective.objective import Objective
from gan_tui.tui.state.chart_selection import select_charts
from tests.helpers.fakes import run, series


def titles(*logged: tuple[str, str | None, str | None], pinned: frozenset[str] = frozenset()) -> list[str]:
    members = tuple(series(name, [1.0, 2.0], role, pair=pair) for name, role, pair in logged)
    return [c.title for c in select_charts(replace(run(), series=members), pinned).charts]


def test_losses_come_first_then_scores_and_penalty() -> None:
    assert titles(
        ("gp", "gradient_penalty", None),
        ("D(x)", "d_real", None),
        ("Loss_G", "g_loss", None),
        ("time", None, None),
        ("Loss_D", "d_loss", None),
        ("lr", "d_lr", None),
    ) == ["losses", "D's scores", "gradient penalty", "learning rates", "time"]


def test_d_and_g_share_a_chart_in_their_own_colours() -> None:
    losses = select_charts(run()).charts[0]
    assert [(c.label, c.style) for c in losses.curves] == [("D", "d"), ("G", "g")]
    scores = select_charts(run()).charts[1]
    assert [c.style for c in scores.curves] == ["d", "g"]


def test_each_player_pair_has_its_own_losses_chart() -> None:
    assert titles(
        ("D_A", "d_loss", "A"), ("G_A", "g_loss", "A"), ("D_B", "d_loss", "B"), ("G_B", "g_loss", "B")
    ) == ["losses A", "losses B"]


def test_reference_lines_are_the_equilibria_of_the_objective() -> None:
    levels = select_charts(run()).charts[0].reference_lines
    assert [(lv.value, lv.label) for lv in levels] == [
        (1.3863, "D equilibrium 1.386"),
        (0.6931, "G equilibrium 0.6931"),
    ]
    same = replace(run(), objective=Objective(d_equilibrium=0.693, g_equilibrium=0.693))
    assert [lv.label for lv in select_charts(same).charts[0].reference_lines] == ["equilibrium 0.693"]
    assert select_charts(replace(run(), objective=Objective())).charts[0].reference_lines == ()


def test_series_without_a_role_come_last_and_are_not_shown_by_default() -> None:
    selection = select_charts(replace(run(), series=(*run().series, series("time/batch", [1.0]))))
    assert selection.charts[-1].title == "time/batch"
    assert selection.default_count == len(selection.charts) - 1


def test_a_log_without_roles_shows_its_first_series_by_default() -> None:
    nameless = tuple(series(f"x{i}", [1.0]) for i in range(9))
    selection = select_charts(replace(run(), series=nameless))
    assert selection.default_count == 4
    assert len(selection.charts) == 9


def test_pinned_series_follow_the_losses() -> None:
    named = (("Loss_D", "d_loss", None), ("D(x)", "d_real", None), ("time", None, None))
    assert titles(*named, pinned=frozenset({"time"})) == ["losses", "time", "D's scores"]


def test_names_from_logs_are_cleaned() -> None:
    assert titles(("[red]x[/red]\x1b]0;t\x07\n", None, None)) == ["[red]x[/red]␛]0;t␇␊"]
