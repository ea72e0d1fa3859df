"""A run: several logs, derived curves, pairs, and faults that are counted."""

from __future__ import annotations

import numpy as np
import pytest

from gan_tui.logs.model import Batch, Column, Fault, join
from gan_tui.run.run import MAX_FAULTS, Run


def batch(**series: list[float]) -> Batch:
    return Batch(
        tuple(Column(n, np.arange(len(v)), np.array(v, dtype=np.float64)) for n, v in series.items())
    )


def run_of(*batches: Batch) -> Run:
    run = Run("r", "runs/r")
    for each in batches:
        run.add(each)
    return run


def test_a_series_that_two_logs_carry_is_shown_once() -> None:
    run = Run("r", "runs/r")
    run.add(batch(d_loss=[1, 2, 3]), "events")
    run.add(batch(d_loss=[1, 2, 3], kimg=[0, 1, 2]), "stats.jsonl")
    assert {name: len(series) for name, series in run.series.items()} == {"d_loss": 3, "kimg": 3}


def test_halves_are_summed_into_a_derived_loss_as_they_come() -> None:
    run = run_of(batch(D_loss_real=[0.5, 0.4], D_loss_fake=[0.25, 0.125], G_loss=[1, 1]))
    ((derivation, view),) = run.derived()
    assert (derivation.role, view.values.tolist()) == ("d_loss", [0.75, 0.525])
    run.add(Batch((Column("D_loss_real", np.array([2]), np.array([1.0])),)))
    assert len(run.derived()[0][1]) == 2
    run.add(Batch((Column("D_loss_fake", np.array([2]), np.array([2.0])),)))
    assert run.derived()[0][1].values.tolist() == [0.75, 0.525, 3.0]


def test_halves_logged_at_different_steps_are_summed_where_both_are() -> None:
    run = Run("r", "runs/r")
    run.add(Batch((Column("D_loss_real", np.array([0, 1, 2, 4]), np.array([1.0, 2, 3, 4])),)))
    run.add(Batch((Column("D_loss_fake", np.array([1, 3, 4]), np.array([10.0, 20, 30])),)))
    view = run.derived()[0][1]
    assert (view.steps.tolist(), view.values.tolist()) == ([1, 4], [12.0, 34.0])


def test_pairs_have_the_curves_of_each_discriminator_and_its_generator() -> None:
    run = run_of(batch(D_A=[1, 2], G_A=[3, 4], D_B=[5, 6], G_B=[7, 8], cycle_A=[9, 9]))
    pairs = {pair.name: pair.curves for pair in run.pairs()}
    assert set(pairs) == {"A", "B"}
    assert pairs["B"]["g_loss"].values.tolist() == [7.0, 8.0]
    assert "cycle_A" in next(iter(run.pairs())).names


def test_a_restart_is_resolved_in_the_curves_of_a_pair_and_kept_in_the_series() -> None:
    run = run_of(batch(d_loss=[1, 2, 3], g_loss=[1, 1, 1]), batch(d_loss=[9], g_loss=[9]))
    assert list(run.pairs()[0].curves["d_loss"].values) == [9.0]
    assert len(run.series["d_loss"]) == 4


def test_a_correction_holds_against_the_name() -> None:
    run = Run("r", "runs/r", {"x": "d_loss", "d_loss": "none"})
    run.add(batch(x=[1, 2], d_loss=[3, 4], g_loss=[5, 6]))
    assert list(run.pairs()[0].curves["d_loss"].values) == [1.0, 2.0]


def test_sample_measures_belong_to_every_pair_and_are_replaced_as_a_whole() -> None:
    run = run_of(batch(d_loss=[1, 2], g_loss=[1, 1]))
    for values in ([0.5], [0.9, 0.5]):
        steps = np.arange(len(values))
        run.measure([Column("samples/diversity", steps, np.array(values))])
    assert run.pairs()[0].curves["sample_diversity"].values.tolist() == [0.9, 0.5]


def test_faults_beyond_the_limit_are_counted() -> None:
    run = run_of(Batch((), tuple(Fault(i, 1, "x") for i in range(MAX_FAULTS + 5))))
    assert (len(run.faults), run.more_faults) == (MAX_FAULTS, 5)


def test_forgetting_a_log_removes_its_series_and_keeps_others() -> None:
    run = Run("r", "runs/r")
    run.add(batch(d_loss=[1.0]), "a.csv")
    run.add(batch(g_loss=[5.0]), "b.csv")
    run.forget("a.csv")
    assert list(run.series) == ["g_loss"]
    run.add(batch(d_loss=[2.0]), "a.csv")
    assert list(run.pairs()[0].curves["d_loss"].values) == [2.0]
    assert list(run.pairs()[0].curves["g_loss"].values) == [5.0]


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_halves_that_are_not_finite_give_a_sum_that_is_not(value: float) -> None:
    run = run_of(batch(D_loss_real=[value], D_loss_fake=[-value]))
    assert not np.isfinite(run.derived()[0][1].values[0])


def test_joined_batches_of_series_with_the_same_steps_share_them() -> None:
    parts = [np.arange(5), np.arange(5, 9)]
    batches = [Batch(tuple(Column(name, steps, steps * 0.5) for name in ("a", "b"))) for steps in parts]
    first, second = join(batches).columns
    assert first.steps is second.steps
    assert first.steps.tolist() == list(range(9))
