from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gan_tui.run.objective.objective import Objective
from gan_tui.tui.lines.tiling import MIN_CHART_HEIGHT, tile_charts
from gan_tui.tui.state.chart_selection import select_charts
from tests.helpers.fakes import run, series


def titles(*more: tuple[str, str | None, str | None], pinned: frozenset[str] = frozenset()) -> list[str]:
    held = tuple(series(name, [1.0, 2.0], role, pair=pair) for name, role, pair in more)
    return [c.title for c in select_charts(replace(run(), series=held), pinned).charts]


def test_losses_come_first_then_scores_and_penalty() -> None:
    assert titles(
        ("gp", "gradient_penalty", None),
        ("D(x)", "d_real", None),
        ("Loss_G", "g_loss", None),
        ("time", None, None),
        ("Loss_D", "d_loss", None),
        ("lr", "d_lr", None),
    ) == ["losses", "D's scores", "gradient penalty", "learning rates", "time"]


def test_d_and_g_share_a_chart_and_keep_their_colours() -> None:
    losses = select_charts(run()).charts[0]
    assert [(c.label, c.style) for c in losses.curves] == [("D", "d"), ("G", "g")]
    scores = select_charts(run()).charts[1]
    assert [c.style for c in scores.curves] == ["d", "g"]


def test_each_pair_has_its_losses() -> None:
    assert titles(
        ("D_A", "d_loss", "A"), ("G_A", "g_loss", "A"), ("D_B", "d_loss", "B"), ("G_B", "g_loss", "B")
    ) == ["losses A", "losses B"]


def test_levels_are_those_of_the_objective() -> None:
    levels = select_charts(run()).charts[0].reference_lines
    assert [(lv.value, lv.label) for lv in levels] == [
        (1.3863, "D equilibrium 1.386"),
        (0.6931, "G equilibrium 0.6931"),
    ]
    same = replace(run(), objective=Objective(d_equilibrium=0.693, g_equilibrium=0.693))
    assert [lv.label for lv in select_charts(same).charts[0].reference_lines] == ["equilibrium 0.693"]
    assert select_charts(replace(run(), objective=Objective())).charts[0].reference_lines == ()


def test_what_has_no_role_stands_behind_but_is_there() -> None:
    held = select_charts(replace(run(), series=(*run().series, series("time/batch", [1.0]))))
    assert held.charts[-1].title == "time/batch"
    assert held.default_count == len(held.charts) - 1


def test_a_log_without_roles_shows_its_first_series() -> None:
    nameless = tuple(series(f"x{i}", [1.0]) for i in range(9))
    held = select_charts(replace(run(), series=nameless))
    assert held.default_count == 4
    assert len(held.charts) == 9


def test_pinned_series_follow_the_losses() -> None:
    named = (("Loss_D", "d_loss", None), ("D(x)", "d_real", None), ("time", None, None))
    assert titles(*named, pinned=frozenset({"time"})) == ["losses", "time", "D's scores"]


def test_names_from_logs_are_cleaned() -> None:
    assert titles(("[red]x[/red]\x1b]0;t\x07\n", None, None)) == ["[red]x[/red]␛]0;t␇␊"]


@given(
    st.integers(20, 240),
    st.integers(3, 80),
    st.integers(1, 8),
    st.integers(0, 12),
    st.integers(0, 20),
    st.booleans(),
)
def test_charts_tile_the_board(width: int, height: int, unasked: int, more: int, at: int, full: bool) -> None:
    total = unasked + more
    selected = min(at, total - 1)
    laid = tile_charts(width, height, unasked, total, selected, full_size=full)
    assert selected in [t.chart for t in laid]
    assert len({t.chart for t in laid}) == len(laid)
    assert laid[0].chart == (selected if full else laid[0].chart)
    cells = set()
    for tile in laid:
        assert tile.left + tile.width <= width
        assert tile.top + tile.height <= height
        own = {(x, y) for x in (tile.left, tile.left + tile.width - 1) for y in range(tile.top, tile.top + 2)}
        assert not own & cells
        cells |= own
        assert len(laid) == 1 or tile.height >= MIN_CHART_HEIGHT


def test_wide_boards_stand_charts_side_by_side() -> None:
    laid = tile_charts(190, 50, 5, 5, 0, full_size=False)
    assert [(t.left, t.width) for t in laid[:3]] == [(0, 190), (0, 94), (96, 94)]


def test_no_chart_no_tile() -> None:
    assert tile_charts(100, 30, 0, 0, 0, full_size=False) == []
