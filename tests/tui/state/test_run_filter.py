"""The filter's grammar."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gan_tui.diagnosis.result import Badge
from gan_tui.monitoring.snapshot import Status
from gan_tui.tui.state.run_filter import matching_runs, parse_filter
from gan_tui.tui.state.run_order import RunOrder, natural_sort_key, sort_runs
from tests.helpers.fakes import run

RUNS = (
    run(Badge.CONVERGING, name="dcgan-2", points=30),
    run(Badge.DIVERGED, name="dcgan-10", points=30),
    run(Badge.COLLAPSE, name="wgan gp", points=30),
    replace(run(Badge.OSCILLATING, name="StyleGAN", points=30), status=Status.MISSING),
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "dcgan-2 dcgan-10 wgan_gp StyleGAN"),
        ("   ", "dcgan-2 dcgan-10 wgan_gp StyleGAN"),
        ("dcgan", "dcgan-2 dcgan-10"),
        ("stylegan", "StyleGAN"),
        ("runs/dcgan", "dcgan-2 dcgan-10"),
        ("dcgan 10", "dcgan-10"),
        ("dcgan AND 10", "dcgan-10"),
        ("dcgan & 10", "dcgan-10"),
        ("style | wgan", "wgan_gp StyleGAN"),
        ("style OR wgan", "wgan_gp StyleGAN"),
        ("dcgan 2 | wgan", "dcgan-2 wgan_gp"),
        ("!dcgan", "wgan_gp StyleGAN"),
        ("NOT dcgan !wgan", "StyleGAN"),
        ("! dcgan", "wgan_gp StyleGAN"),
        ("!!dcgan", "dcgan-2 dcgan-10"),
        ("dcgan-*", "dcgan-2 dcgan-10"),
        ("*GAN", "StyleGAN"),
        ("dcgan-?", "dcgan-2"),
        ("/^w|^s/", "wgan_gp StyleGAN"),
        ("/gan-[0-9]{2}$/", "dcgan-10"),
        ("/gan gp/", "wgan_gp"),
        ("/gan g", "wgan_gp"),
        ('"n g"', "wgan_gp"),
        ('"n g', "wgan_gp"),
        ("badge:diverged", "dcgan-10"),
        ("badge:div", "dcgan-10"),
        ("badge:suspected", "wgan_gp"),
        ("badge:collapse | badge:osc", "wgan_gp StyleGAN"),
        ("!badge:diverged dcgan", "dcgan-2"),
        ("status:missing", "StyleGAN"),
        ("name:wgan", "wgan_gp"),
        ("nothing like it", ""),
        ("| dcgan |", "dcgan-2 dcgan-10"),
    ],
)
def test_matching_runs(text: str, names: str) -> None:
    run_filter = parse_filter(text)
    assert run_filter.error == ""
    assert " ".join(r.name.replace(" ", "_") for r in matching_runs(RUNS, run_filter)) == names


def test_another_state_besides_the_badge_matches_too() -> None:
    both = replace(RUNS[0], diagnosis=replace(RUNS[0].diagnosis, also=(Badge.COLLAPSE,)))
    assert matching_runs([both], parse_filter("badge:collapse")) == (both,)


def test_a_wrong_regex_is_reported_and_matches_every_run() -> None:
    run_filter = parse_filter("/(/")
    assert run_filter.error.startswith("not a regular expression")
    assert matching_runs(RUNS, run_filter) == RUNS


@given(st.text(max_size=40))
def test_no_text_raises(text: str) -> None:
    run_filter = parse_filter(text)
    assert run_filter.text == text
    assert all(any(run is known for known in RUNS) for run in matching_runs(RUNS, run_filter))


@given(st.text("ab|! ", max_size=12))
def test_a_negated_word_matches_the_other_runs(text: str) -> None:
    """Tested for single words: a longer filter would need brackets."""
    words = text.replace("|", "").replace("!", "").split()
    if len(words) == 1:
        both = (
            *matching_runs(RUNS, parse_filter(words[0])),
            *matching_runs(RUNS, parse_filter("!" + words[0])),
        )
        assert sorted(r.name for r in both) == sorted(r.name for r in RUNS)


def test_orders() -> None:
    at = {name: when for when, name in enumerate(("StyleGAN", "dcgan-10", "wgan gp", "dcgan-2"))}
    aged = [replace(r, last_point_at=float(at[r.name])) for r in RUNS]
    names = {order: [r.name for r in sort_runs(aged, order)] for order in RunOrder}
    assert names[RunOrder.NAME] == ["dcgan-2", "dcgan-10", "StyleGAN", "wgan gp"]
    assert names[RunOrder.SEVERITY] == ["dcgan-10", "wgan gp", "StyleGAN", "dcgan-2"]
    assert names[RunOrder.AGE] == ["dcgan-2", "wgan gp", "dcgan-10", "StyleGAN"]
    assert [o.next for o in RunOrder] == [RunOrder.SEVERITY, RunOrder.AGE, RunOrder.NAME]


@given(st.lists(st.text(max_size=12), max_size=6))
def test_every_name_can_be_sorted(names: list[str]) -> None:
    keys = [natural_sort_key(name) for name in sorted(names, key=natural_sort_key)]
    assert all(a <= b for a, b in itertools.pairwise(keys))
