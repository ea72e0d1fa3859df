"""The objective from the losses alone, from the scores, and from neither."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gan_tui.run.objective.hypotheses import HYPOTHESES, log_likelihoods, name_hints
from gan_tui.run.objective.objective import UNKNOWN, LossScale, ObjectiveKind, infer
from gan_tui.run.objective.sampling import positions, subsample
from gan_tui.run.pair import Curve, PlayerPair
from tests.helpers.games import (
    LN2,
    SETTINGS,
    Floats,
    Loss,
    bce,
    game,
    hinge,
    least_squares,
    losses,
    pair_of,
    relativistic,
    saturating,
    wasserstein,
)

SEEDS = range(4)

KNOWN = [
    (bce, 1, 1, ObjectiveKind.BCE, LossScale.SUM, 2 * LN2, LN2),
    (saturating, 1, 1, ObjectiveKind.BCE, LossScale.SUM, 2 * LN2, -LN2),
    (saturating, 0.5, 1, ObjectiveKind.BCE, LossScale.MEAN, LN2, -LN2),
    (bce, -1, -1, ObjectiveKind.BCE, LossScale.SUM, -2 * LN2, -LN2),
    (hinge, 1, 1, ObjectiveKind.HINGE, LossScale.SUM, 2, 0),
    (hinge, 0.5, 1, ObjectiveKind.HINGE, LossScale.MEAN, 1, 0),
    (hinge, 3, 3, ObjectiveKind.HINGE, LossScale.SUM, 6, 0),
    (least_squares, 1, 1, ObjectiveKind.LEAST_SQUARES, LossScale.SUM, 0.5, 0.25),
    (least_squares, 0.5, 1, ObjectiveKind.LEAST_SQUARES, LossScale.MEAN, 0.25, 0.25),
    (wasserstein, 1, 1, ObjectiveKind.WASSERSTEIN, LossScale.UNKNOWN, None, None),
    (relativistic, 1, 1, ObjectiveKind.RELATIVISTIC, LossScale.SUM, 2 * LN2, 2 * LN2),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("loss", "d_scale", "g_scale", "kind", "scale", "d_balance", "g_balance"), KNOWN)
def test_tells_the_loss_from_two_curves(
    seed: int,
    loss: Loss,
    d_scale: float,
    g_scale: float,
    kind: ObjectiveKind,
    scale: LossScale,
    d_balance: float | None,
    g_balance: float | None,
) -> None:
    d, g = losses(loss, seed)
    found = infer(pair_of({"d_loss": d_scale * d, "g_loss": g_scale * g}))
    assert found.kind is kind, found
    assert found.scale is scale
    assert found.confidence > 0.6
    assert found.reason.endswith(".")
    if kind is not ObjectiveKind.WASSERSTEIN:
        assert found.d_equilibrium == pytest.approx(d_balance)
        assert found.g_equilibrium == pytest.approx(g_balance)


@pytest.mark.parametrize(
    ("loss", "g_scale", "kind", "names"),
    [
        (bce, 1, ObjectiveKind.BCE, ()),
        (relativistic, 0.5, ObjectiveKind.RELATIVISTIC, ("ragan/d_loss", "ragan/g_loss")),
    ],
)
def test_averaged_bce_and_averaged_relativistic_loss_look_and_balance_alike(
    loss: Loss, g_scale: float, kind: ObjectiveKind, names: tuple[str, ...]
) -> None:
    found = []
    for seed in range(12):
        d, g = losses(loss, seed)
        found.append(infer(pair_of({"d_loss": d / 2, "g_loss": g_scale * g}, names)))
    kinds = [f.kind for f in found]
    assert kinds.count(kind) >= 6
    assert set(kinds) <= {ObjectiveKind.BCE, ObjectiveKind.RELATIVISTIC, ObjectiveKind.UNKNOWN}
    known = [f for f in found if f.kind is not ObjectiveKind.UNKNOWN]
    assert {(f.scale, f.d_equilibrium, f.g_equilibrium) for f in known} == {(LossScale.MEAN, LN2, LN2)}


@pytest.mark.parametrize(
    ("loss", "kind", "balance"),
    [
        (bce, ObjectiveKind.BCE, (2 * LN2, LN2)),
        (hinge, ObjectiveKind.HINGE, (2, 0)),
        (least_squares, ObjectiveKind.LEAST_SQUARES, (0.5, 0.25)),
    ],
)
@pytest.mark.parametrize("count", [2, 3])
def test_losses_summed_over_several_discriminators(
    loss: Loss, kind: ObjectiveKind, balance: tuple[float, float], count: int
) -> None:
    found = []
    for seed in range(5):
        d, g = losses(loss, seed)
        found.append(infer(pair_of({"d_loss": count * d, "g_loss": count * g})))
    right = [f for f in found if (f.kind, f.scale) == (kind, LossScale.SUM)]
    assert len(right) >= 4
    if loss is not least_squares:  # a fresh D says 0 of all samples: 1 at the start for any of them
        assert all(f.d_equilibrium == pytest.approx(count * balance[0]) for f in right)


def test_a_weighted_loss_of_g_does_not_determine_the_scale() -> None:
    d, g = losses(bce, 1)
    pair = pair_of({"d_loss": d, "g_loss": 0.1 * g})
    named = {"d_loss": pair.curves["d_loss"], "g_loss": replace(pair.curves["g_loss"], name="losses/l_g_gan")}
    found = infer(PlayerPair(named))
    assert (found.kind, found.scale, found.g_equilibrium) == (ObjectiveKind.BCE, LossScale.SUM, None)


@pytest.mark.parametrize("loss", [bce, saturating, hinge, least_squares, wasserstein, relativistic])
@pytest.mark.parametrize("halved", [False, True])
def test_tells_the_loss_from_logged_scores_wherever_they_go(loss: Loss, *, halved: bool) -> None:
    usual = SETTINGS[loss]
    for seed in SEEDS:
        played = game(seed, **(usual | {"start": 0.4, "lead": 3 * usual.get("lead", 1.5)}))
        d, g = loss(played)
        divide_g = 2 if halved and loss is relativistic else 1
        found = infer(
            pair_of(
                {
                    "d_loss": d / 2 if halved and loss is not wasserstein else d,
                    "g_loss": g / divide_g,
                    "d_real": played.d_real,
                    "d_fake": played.d_fake,
                    "d_fake_after": played.d_fake_after,
                }
            )
        )
        kinds = {
            bce: ObjectiveKind.BCE, saturating: ObjectiveKind.BCE,
            hinge: ObjectiveKind.HINGE, least_squares: ObjectiveKind.LEAST_SQUARES,
            wasserstein: ObjectiveKind.WASSERSTEIN, relativistic: ObjectiveKind.RELATIVISTIC,
        }  # fmt: skip
        assert found.kind is kinds[loss], found
        if loss is not wasserstein:
            assert found.scale is (LossScale.MEAN if halved else LossScale.SUM)
        assert "logged scores" in found.reason


def test_takes_scores_between_0_and_1_for_probabilities() -> None:
    played = game(3, lead=3)
    d, g = bce(played)

    def probability(scores: Floats) -> Floats:
        return (1 / (1 + np.exp(-scores))).mean(1)

    found = infer(
        pair_of(
            {"d_loss": d, "g_loss": g, "d_real": probability(played.real), "d_fake": probability(played.fake)}
        )
    )
    assert (found.kind, found.scale) == (ObjectiveKind.BCE, LossScale.SUM)
    assert "logged scores" in found.reason


@pytest.mark.parametrize("flipped", [1.0, -1.0])
def test_a_critic_may_be_logged_with_its_penalty_and_with_either_sign(flipped: float) -> None:
    d, g = losses(wasserstein, 5)
    penalty = 8 * np.exp(-np.arange(len(d)) / 6)
    found = infer(pair_of({"d_loss": flipped * (d + penalty * (flipped > 0)), "g_loss": g}))
    assert found.kind is ObjectiveKind.WASSERSTEIN
    assert found.d_equilibrium == 0
    assert found.g_equilibrium is None


@pytest.mark.parametrize("factor", [469.0, 1 / 60_000])
def test_a_loss_at_no_known_scale_stays_unknown(factor: float) -> None:
    d, g = losses(bce, 1)
    found = infer(pair_of({"d_loss": factor * d, "g_loss": factor * g}))
    assert (found.kind, found.scale) == (ObjectiveKind.UNKNOWN, LossScale.UNKNOWN)
    assert found.confidence == 0
    assert found.d_equilibrium is None
    assert "no known objective" in found.reason


def test_a_generator_that_is_paid_for_more_than_the_game_does_not_mislead() -> None:
    d, g = losses(bce, 2)
    total = g + 100 * 0.3 * np.exp(-np.arange(len(g)) / 200)
    found = infer(pair_of({"d_loss": d / 2, "g_loss": total}))
    assert (found.kind, found.scale) == (ObjectiveKind.BCE, LossScale.MEAN)


def test_the_discriminator_alone_tells_much() -> None:
    d, _ = losses(bce, 2)
    found = infer(pair_of({"d_loss": d}))
    assert (found.kind, found.scale) == (ObjectiveKind.BCE, LossScale.SUM)


def test_a_discriminator_that_starts_late_is_waited_for() -> None:
    d, g = losses(hinge, 4)
    waiting = np.zeros(300)
    found = infer(
        pair_of({"d_loss": np.concatenate([waiting, d / 2]), "g_loss": np.concatenate([waiting + 0.1, g])})
    )
    assert (found.kind, found.scale) == (ObjectiveKind.HINGE, LossScale.MEAN)


def test_players_may_be_logged_at_steps_of_their_own() -> None:
    d, g = losses(bce, 6)
    curves = {
        "d_loss": Curve("d", np.arange(len(d)) * 2, d),
        "g_loss": Curve("g", np.arange(len(g)) * 2 + 1, g),
    }
    found = infer(PlayerPair(curves))
    assert (found.kind, found.scale) == (ObjectiveKind.BCE, LossScale.SUM)
    readings = subsample(PlayerPair(curves))
    assert readings is not None
    assert np.isfinite(readings.g_loss).all()


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("Loss/critic", "gp"), ObjectiveKind.WASSERSTEIN),
        (("lsgan/loss_D",), ObjectiveKind.LEAST_SQUARES),
        (("loss_hinge_D",), ObjectiveKind.HINGE),
        (("d_loss", "r1_penalty"), ObjectiveKind.BCE),
        (("d_loss", "kt", "measure"), ObjectiveKind.UNKNOWN),
    ],
)
def test_names_tip_the_balance(names: tuple[str, ...], kind: ObjectiveKind) -> None:
    assert max(name_hints(pair_of({}, names)).items(), key=lambda item: item[1])[0] is kind


def test_a_name_does_not_outweigh_the_values() -> None:
    d, g = losses(bce, 7)
    found = infer(pair_of({"d_loss": d, "g_loss": g}, ("critic_loss", "wgan", "hinge", "lsgan")))
    assert (found.kind, found.scale) == (ObjectiveKind.BCE, LossScale.SUM)


@pytest.mark.parametrize(
    "curves",
    [
        {},
        {"g_loss": np.ones(50)},
        {"d_loss": np.array([])},
        {"d_loss": np.full(50, np.nan), "g_loss": np.ones(50)},
        {"d_loss": np.full(50, np.inf)},
    ],
)
def test_nothing_to_go_by_is_unknown(curves: dict[str, Floats]) -> None:
    assert infer(pair_of(curves)) == UNKNOWN


@pytest.mark.parametrize("loss", [bce, hinge, least_squares, wasserstein])
def test_more_points_do_not_overturn_it(loss: Loss) -> None:
    d, g = losses(loss, 8, n=3000)
    pair = pair_of({"d_loss": d, "g_loss": g})
    found = {infer(pair.until(step)).kind for step in (100, 200, 400, 800, 1600, 3000)}
    assert len(found) == 1


def test_only_the_points_given_count() -> None:
    d, g = losses(bce, 9)
    changed = np.concatenate([d[:200], -1e6 * np.ones(200)])
    whole, other = pair_of({"d_loss": d, "g_loss": g}), pair_of({"d_loss": changed, "g_loss": g})
    assert infer(whole.until(200)) == infer(other.until(200))
    assert infer(whole) == infer(whole)


@given(st.integers(0, 5_000_000), st.integers(0, 5_000_000))
def test_reads_few_points_and_a_longer_curve_at_the_same_ones(a: int, b: int) -> None:
    short, long = sorted((a, b))
    few, more = positions(short), positions(long)
    assert few.tolist() == more[: len(few)].tolist()
    assert len(more) < 150
    assert np.all(np.diff(more) > 0)
    assert len(more) == 0 or more[-1] < long


@given(st.lists(st.tuples(*[st.floats(-5, 5) | st.sampled_from([np.nan, 0.0])] * 5), min_size=1, max_size=20))
def test_hypotheses_have_the_same_likelihood_together_and_alone(rows: list[tuple[float, ...]]) -> None:
    roles = ("d_loss", "g_loss", "d_real", "d_fake", "d_fake_after")
    readings = subsample(pair_of(dict(zip(roles, np.array(rows).T, strict=True))))
    if readings is None:
        return
    together = log_likelihoods(HYPOTHESES, readings)
    assert together == pytest.approx([log_likelihoods([h], readings)[0] for h in HYPOTHESES])


@given(
    st.lists(
        st.tuples(*[st.floats(allow_nan=True, allow_infinity=True)] * 5),
        min_size=1,
        max_size=40,
    )
)
def test_any_numbers_give_an_answer(rows: list[tuple[float, ...]]) -> None:
    roles = ("d_loss", "g_loss", "d_real", "d_fake", "d_fake_after")
    found = infer(pair_of(dict(zip(roles, np.array(rows).T, strict=True))))
    assert 0 <= found.confidence <= 1
    assert (found.kind is ObjectiveKind.UNKNOWN) == (found.confidence == 0)
    if found.scale is LossScale.UNKNOWN and found.kind is not ObjectiveKind.WASSERSTEIN:
        assert found.d_equilibrium is None
