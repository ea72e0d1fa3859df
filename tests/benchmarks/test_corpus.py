"""Labels and logs of the corpus, on runs made of plain numbers: no training and no torch."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from benchmarks.corpus.conventions import SHOWN, Convention, draw_convention, running_mean, view
from benchmarks.corpus.export import FORMS, placed_truth, written
from benchmarks.corpus.label import label, truth_line
from benchmarks.corpus.recipes import DECKS, deal, draw
from benchmarks.corpus.runs import COLUMNS, MEASURES, Run, load, save
from benchmarks.corpus.settings import IMAGE_SEEDS, SMALL_SEEDS, Settings
from gan_tui import load as read_log

CHECKPOINTS, STEPS, KINDS = 40, 400, 10


def made(data: str = "digits", *, n_critic: int = 1, **measures: float) -> Run:
    """A run at rest on all classes, but for the measures that are named."""
    random = np.random.default_rng(1)
    healthy = dict.fromkeys(MEASURES, 0.0) | {
        "finite": 1,
        "near": 0.9,
        "modes": KINDS,
        "spread": 1.0,
        "frechet": 0.2,
    }
    values = {name: np.full(CHECKPOINTS, float(value)) for name, value in (healthy | measures).items()}
    values["classes"] = np.full((CHECKPOINTS, KINDS), 1 / KINDS)
    values["middle"] = np.zeros((CHECKPOINTS, 4))
    rows = (0.7 + 0.1 * random.standard_normal((STEPS, len(COLUMNS)))).astype(np.float32)
    return Run(
        settings=Settings(seed=100_000, data=data, recipe="sound", steps=STEPS, n_critic=n_critic),
        rows=rows,
        critic=np.repeat(rows[:, :1], n_critic, axis=1),
        checkpoints=np.linspace(STEPS / CHECKPOINTS, STEPS, CHECKPOINTS).astype(np.int32),
        measures=values,
        grids=random.integers(256, size=(CHECKPOINTS, 64, 1, 8, 8)).astype(np.uint8),
        reals=random.integers(256, size=(64, 1, 8, 8)).astype(np.uint8),
        seconds=1.0,
    )


@pytest.mark.parametrize("data", ["digits", "fashion"])
def test_each_state_is_read_from_samples(data: str) -> None:
    assert label(made(data)).final == "converging"
    assert label(made(data, modes=3, spread=0.3)).final == "collapse"
    assert label(made(data, finite=0)).final == "diverged"
    travelling = made(data)
    travelling.measures["middle"][:, 0] = np.sin(np.arange(CHECKPOINTS))
    assert label(travelling).final == "oscillating"


def test_a_late_failure_holds_from_its_onset() -> None:
    run = made("fashion")
    run.measures["spread"][30:] = 0.2
    truth = label(run)
    assert truth.final == "collapse"
    assert 310 <= truth.onset <= 350
    assert dict(truth.states)[300] == "converging"
    assert truth.ruled_out == ["converging"]


def test_losses_that_are_not_finite_have_diverged() -> None:
    run = made()
    run.rows[-30:, 0] = np.nan
    assert label(run).final == "diverged"


def test_a_run_is_stored_as_it_is(tmp_path: Path) -> None:
    run = made()
    save(run, tmp_path / "1.npz")
    same = load(tmp_path / "1.npz")
    assert same.settings == run.settings
    np.testing.assert_array_equal(same.rows, run.rows)
    assert label(same) == label(run)


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize("repeats", [1, 2])
def test_each_kind_of_log_is_read_back(form: str, repeats: int, tmp_path: Path) -> None:
    run = made()
    convention = Convention(form=form, every=4, repeats=repeats, decimals=3, grids=10, tiles=16, reals=True)
    shown = written(run, convention, tmp_path / "log")
    (pair,) = read_log(tmp_path / "log").pairs()
    g_loss = np.asarray(pair.curves["g_loss"].values)
    rows = g_loss[:: len(g_loss) // len(shown.ends)]
    np.testing.assert_allclose(rows, shown.series["g_loss"].values, atol=6e-4)
    assert "sample_diversity" in pair.curves


def test_rows_are_means_last_values_or_running_means() -> None:
    run = made()
    g = run.column("g_loss")
    shown = view(run, Convention(form="csv-simple", pace="epoch-mean", every=8, by_epoch=True))
    np.testing.assert_allclose(shown.series["g_loss"].values, g.reshape(-1, 8).mean(axis=1))
    assert shown.axis.tolist() == list(range(1, 51))
    assert [shown.place(step) for step in (1, 8, 9, 400)] == [1, 1, 2, 50]
    last = view(run, Convention(form="csv-simple", pace="last-of-epoch", every=8))
    np.testing.assert_array_equal(last.series["g_loss"].values, g[7::8])
    smooth = view(run, Convention(form="csv-simple", pace="running-mean", momentum=0.9))
    assert smooth.series["g_loss"].values[1] == pytest.approx(0.9 * g[0] + 0.1 * g[1])
    np.testing.assert_allclose(running_mean(np.ones((5, 1)), 0.99), 1)


def test_a_critic_is_logged_more_often_than_its_generator() -> None:
    run = made(n_critic=3)
    shown = view(run, Convention(form="jsonl", pace="once-in-n-critic"))
    assert len(shown.series["d_loss"].steps) == 3 * len(shown.series["g_loss"].steps)
    assert shown.place(STEPS) == shown.series["d_loss"].steps[-1] == 3 * STEPS


def test_one_player_alone() -> None:
    assert set(view(made(), Convention(form="tb", players="g")).series) == {"g_loss"}
    assert "g_loss" not in view(made(), Convention(form="tb", players="d")).series


def test_the_truth_has_the_steps_of_its_log(tmp_path: Path) -> None:
    run = made("fashion", spread=0.2)
    convention = Convention(form="console-epochs", pace="epoch-mean", every=8, by_epoch=True)
    shown = written(run, convention, tmp_path / "log")
    line = json.loads(json.dumps(placed_truth(truth_line(run), shown, convention, "log")))
    assert line["final"] == "collapse"
    assert line["steps"] == line["states"][-1][0] == 50


def test_seeds_below_the_ranges_are_kept_back() -> None:
    with pytest.raises(ValueError, match="99999"):
        draw(99_999)
    assert draw(SMALL_SEEDS.start) == draw(SMALL_SEEDS.start)
    conventions = [draw_convention(draw(IMAGE_SEEDS.start + k)) for k in range(50)]
    assert {convention.form for convention in conventions} <= set(SHOWN)
    assert all(replace(convention).every >= 1 for convention in conventions)


def test_a_deck_of_seeds_holds_each_card() -> None:
    cards = DECKS["image recipes"]
    count = sum(cards.values())
    first = -(-IMAGE_SEEDS.start // count) * count
    dealt = [deal("image recipes", seed) for seed in range(first, first + count)]
    assert {name: dealt.count(name) for name in cards} == cards
