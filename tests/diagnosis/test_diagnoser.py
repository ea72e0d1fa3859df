"""The badge: causal, the same however the points arrive, never flickering, and honest in its words."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_tui.diagnosis import diagnoser
from gan_tui.diagnosis.diagnoser import Diagnoser, update_all
from gan_tui.diagnosis.result import Badge, Diagnosis
from gan_tui.diagnosis.signals import SignalRequest, Signals, measure_all
from gan_tui.logs.model import Batch, Column
from gan_tui.run.pair import Curve, PlayerPair
from gan_tui.run.restarts import CurrentSegments
from gan_tui.run.run import Run
from gan_tui.run.series import Series
from tests.helpers.diagnosis import diagnose_pair
from tests.helpers.games import softplus

Floats = np.ndarray


def pair(d: Floats, g: Floats, *, every: int = 1) -> PlayerPair:
    steps = np.arange(1, len(d) + 1) * 5
    return PlayerPair(
        {"d_loss": Curve("Loss_D", steps, d), "g_loss": Curve("Loss_G", steps[::every], g[::every])}
    )


def balanced(n: int = 1_500, seed: int = 0) -> tuple[Floats, Floats]:
    """D finds a lead over G, G makes it up; from then on each batch's scores are a draw of their own."""
    random = np.random.default_rng(seed)
    ahead = 1.5 * np.exp(-np.arange(n) / 60)[:, None]
    real, fake, after = (
        random.normal(0, 0.8, (n, 64)) + lead for lead in (ahead, -ahead, -0.6 * ahead)
    )  # fmt: skip
    d = softplus(-real).mean(axis=1) + softplus(fake).mean(axis=1)
    return d, softplus(-after).mean(axis=1)


def broken(n: int = 1_500, at: int = 900) -> tuple[Floats, Floats]:
    d, g = balanced(n)
    d[at:] = np.nan
    return d, g


def badge_at(diagnosis: Diagnosis, step: int) -> Badge:
    return next((m.badge for m in reversed(diagnosis.timeline) if m.step <= step), Badge.WARMING_UP)


WHOLE = {
    (name, every): pair(*curves, every=every)
    for name, curves in (("balanced", balanced(700)), ("broken", broken(700, 400)))
    for every in (1, 5)
}
JUDGED_WHOLE = {key: diagnose_pair(whole) for key, whole in WHOLE.items()}


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.integers(5, 3_500))
def test_a_log_cut_at_any_step_has_the_badge_that_the_timeline_has_there(
    key: tuple[str, int], step: int
) -> None:
    cut, whole = diagnose_pair(WHOLE[key].until(step)), JUDGED_WHOLE[key]
    assert cut.badge is badge_at(whole, step)
    assert cut.timeline == tuple(m for m in whole.timeline if m.step <= step)


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.lists(st.integers(1, 700), max_size=8).map(sorted))
def test_points_that_arrive_piece_by_piece_are_judged_as_all_at_once(
    key: tuple[str, int], cuts: list[int]
) -> None:
    judge = Diagnoser()
    for cut in cuts:
        judge.update(WHOLE[key].until(5 * cut))
    assert judge.update(WHOLE[key]) == JUDGED_WHOLE[key]


@pytest.mark.parametrize("key", sorted(WHOLE))
@pytest.mark.parametrize("most", [1, 7, 50])
def test_a_run_judged_in_slices_has_the_badge_that_it_has_judged_at_once(
    key: tuple[str, int], most: int
) -> None:
    judge, updates = Diagnoser(), 1
    found = judge.update(WHOLE[key], most)
    while judge.has_pending:
        assert len(found.timeline) <= len(JUDGED_WHOLE[key].timeline)
        found = judge.update(WHOLE[key], most)
        updates += 1
    assert updates > 50 / most
    assert (found.badge, found.timeline) == (JUDGED_WHOLE[key].badge, JUDGED_WHOLE[key].timeline)
    assert found.confidence == pytest.approx(JUDGED_WHOLE[key].confidence, abs=2e-3)


def test_points_that_all_stand_at_one_step_leave_nothing_to_judge() -> None:
    judge = Diagnoser()
    curve = Curve("Loss_D", np.zeros(500, np.int64), np.ones(500))
    judge.update(PlayerPair({"d_loss": curve}), max_checkpoints=1)
    assert not judge.has_pending


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["balanced", "broken"]), st.integers(0, 600), st.integers(1, 300)),
        min_size=1,
        max_size=5,
    ),
    st.lists(st.integers(30, 250), min_size=1, max_size=6),
)
def test_a_resumed_run_is_judged_as_if_it_were_looked_at_only_now(
    parts: list[tuple[str, int, int]], cuts: list[int]
) -> None:
    columns = []
    for name, begin, count in parts:
        d, g = (WHOLE[name, 1].curves[role].values[begin : begin + count] for role in ("d_loss", "g_loss"))
        columns.append((np.arange(begin, begin + len(d)), d, g))
    steps, d, g = (np.concatenate(of) for of in zip(*columns, strict=True))
    run, judge = Run("r", "r"), Diagnoser()
    at = 0
    while at < len(steps):
        end = at + cuts[at % len(cuts)]
        run.add(
            Batch((Column("d_loss", steps[at:end], d[at:end]), Column("g_loss", steps[at:end], g[at:end])))
        )
        at = end
        (now,) = run.pairs()
        copied = {r: Curve(c.name, np.array(c.steps), np.array(c.values)) for r, c in now.curves.items()}
        found, anew = judge.update(now), diagnose_pair(PlayerPair(copied, now.name, now.names))
        assert (found.badge, found.timeline, found.also) == (anew.badge, anew.timeline, anew.also)
        assert [f.rule for f in found.findings] == [f.rule for f in anew.findings]
        # Sums over other numbers of checkpoints at once round otherwise.
        assert found.confidence == pytest.approx(anew.confidence, abs=2e-3)


def test_what_was_judged_before_a_resume_is_not_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []

    def measure(asked: Sequence[SignalRequest]) -> list[Signals]:
        looked_at.extend(step for one in asked for step in one.steps.tolist())
        return measure_all(asked)

    monkeypatch.setattr(diagnoser, "measure_all", measure)
    series, standing, judge = Series("Loss_D"), CurrentSegments(), Diagnoser()
    for begin, end in ((0, 60_000), (50_000, 51_000)):
        looked_at.clear()
        series.extend(Column("Loss_D", np.arange(begin, end), np.ones(end - begin)))
        judge.update(PlayerPair({"d_loss": standing.curve(series.view())}))
    assert looked_at
    assert min(looked_at) > 45_000


def test_a_player_that_logs_after_the_other_at_the_same_step_changes_nothing() -> None:
    whole = pair(*balanced(300))
    judge = Diagnoser()
    for step in range(5, 1_000, 5):
        early = whole.until(step)
        late = PlayerPair({**early.curves, "g_loss": early.curves["g_loss"].until(step - 5)})
        judge.update(PlayerPair({r: c for r, c in late.curves.items() if len(c)}))
        judge.update(early)
    assert judge.update(whole) == diagnose_pair(whole)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(WHOLE)), *[st.integers(1, 700)] * 2), max_size=5))
def test_runs_judged_together_are_judged_as_one_by_one(
    some: list[tuple[tuple[str, int], int, int]],
) -> None:
    judges = [Diagnoser() for _ in some]
    for turn in (1, 2):
        pairs = [WHOLE[key].until(5 * sum(cuts[:turn])) for key, *cuts in some]
        found = update_all(list(zip(judges, pairs, strict=True)))
    assert found == [diagnose_pair(p) for p in pairs] if some else True


def test_a_game_in_balance_converges_and_claims_no_more() -> None:
    found = diagnose_pair(pair(*balanced()))
    assert found.badge is Badge.CONVERGING
    assert 0.5 < found.confidence <= 1
    assert found.findings[0].badge is Badge.CONVERGING
    assert not any("good" in f.sentence or "quality" in f.sentence for f in found.findings)


def test_a_loss_that_is_not_finite_has_diverged_since_then() -> None:
    found = diagnose_pair(pair(*broken(at=900)))
    assert found.badge is Badge.DIVERGED
    assert found.since_step is not None
    assert 4_500 <= found.since_step <= 5_000
    assert "not finite" in found.findings[0].sentence


def test_a_single_value_that_is_not_finite_is_no_verdict() -> None:
    d, g = balanced()
    d[1_200] = np.inf
    assert diagnose_pair(pair(d, g)).badge is diagnose_pair(pair(*balanced())).badge


def test_a_loss_that_has_left_all_bounds_has_diverged() -> None:
    d, g = balanced()
    found = diagnose_pair(pair(d, g * np.where(np.arange(len(g)) > 900, 1e6, 1.0)))
    assert found.badge is Badge.DIVERGED
    assert any(f.rule == "blown_up" for f in found.findings)


def test_a_young_log_warms_up() -> None:
    d, g = balanced()
    found = diagnose_pair(pair(d[:10], g[:10]))
    assert found.badge is Badge.WARMING_UP
    assert found.findings == ()
    assert diagnose_pair(PlayerPair({})) == Diagnosis(Badge.WARMING_UP)


def test_the_badge_of_a_game_at_rest_does_not_flicker() -> None:
    points = 20_000
    found = diagnose_pair(pair(*balanced(points)))
    assert [m for m in found.timeline if m.step > 5 * points // 10] == []
    assert len(found.timeline) < 16


@pytest.mark.parametrize("curves", [balanced(), broken(), balanced(100)])
def test_every_figure_of_a_sentence_is_among_its_numbers_or_on_the_chart(
    curves: tuple[Floats, Floats],
) -> None:
    found = diagnose_pair(pair(*curves))
    for finding in found.findings:
        assert finding.numbers
        assert finding.first_step <= finding.last_step
        for step in re.findall(r"since step ([\d,]+)", finding.sentence):
            assert 5 <= int(step.replace(",", "")) <= 7_500


@pytest.mark.parametrize(
    ("d", "g"),
    [
        (np.zeros(300), np.zeros(300)),
        (np.full(300, 1e308), np.full(300, -1e308)),
        (np.full(300, np.nan), np.full(300, np.inf)),
        (np.tile([1e300, -1e300], 150), np.arange(300.0)),
        (np.full(300, 5e-324), np.ones(300)),
    ],
)
def test_extreme_curves_are_judged_without_a_warning(d: Floats, g: Floats) -> None:
    found = diagnose_pair(pair(d, g))
    assert found.badge in Badge
    assert 0 <= found.confidence <= 1


def test_one_loss_alone_is_judged() -> None:
    d, _ = balanced()
    steps = np.arange(len(d))
    assert diagnose_pair(PlayerPair({"d_loss": Curve("d", steps, d)})).badge is not Badge.WARMING_UP
