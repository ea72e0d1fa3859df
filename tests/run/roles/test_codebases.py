"""Roles, pairs, derived series, x axis and objective of each of 45 codebases."""

from __future__ import annotations

import numpy as np
import pytest

from gan_tui.logs.formats.registry import by_name
from gan_tui.logs.model import Batch, Column, join
from gan_tui.run.derived import derivations
from gan_tui.run.objective.objective import Objective, ObjectiveKind, infer
from gan_tui.run.roles.inference import assign
from gan_tui.run.run import Run
from tests.helpers.codebase import Codebase
from tests.helpers.codebases_1_to_22 import FIRST
from tests.helpers.codebases_23_to_45 import LAST
from tests.helpers.games import LN2

CODEBASES = FIRST + LAST
every = pytest.mark.parametrize("codebase", CODEBASES, ids=lambda c: f"{c.number} {c.name}")


def test_there_is_a_row_for_each() -> None:
    assert [c.number for c in CODEBASES] == list(range(1, 46))


@every
def test_series_have_their_roles_and_pairs(codebase: Codebase) -> None:
    found = assign(list(codebase.roles))
    assert {
        n: a.role and f"{a.role}@{a.pair}".removesuffix("@None") for n, a in found.items()
    } == codebase.roles
    assert tuple(d.role for d in derivations(found)) == codebase.derived


@every
def test_the_log_gives_these_names_and_this_axis(codebase: Codebase) -> None:
    parser = by_name(codebase.format if codebase.text else "tensorboard").make_parser()
    text = (codebase.text or "").encode()
    batch = join([parser.feed(text), parser.finish()])
    assert parser.axis == codebase.axis
    if codebase.text:
        written = {c.name for c in batch.columns}
        assert written <= codebase.roles.keys() | {"lr"}
        assert any("loss" in (codebase.roles.get(name) or "") for name in written)


@every
def test_a_run_has_these_pairs(codebase: Codebase) -> None:
    run = Run("run", "run")
    for name in codebase.roles:
        run.add(_batch(name, np.linspace(1, 2, 20)))
    assert tuple(p.name for p in run.pairs()) == codebase.pairs


played = pytest.mark.parametrize(
    "codebase", [c for c in CODEBASES if c.play], ids=lambda c: f"{c.number} {c.name}"
)


@played
def test_its_curves_determine_the_objective(codebase: Codebase) -> None:
    found = [_inferred(codebase, seed) for seed in range(3)]
    if codebase.objective == ("relativistic", "mean"):
        # Two curves alone do not tell it from averaged BCE, and need not: both balance at the same levels.
        assert {f.kind for f in found} <= {
            ObjectiveKind.RELATIVISTIC,
            ObjectiveKind.BCE,
            ObjectiveKind.UNKNOWN,
        }
        assert {f.d_equilibrium for f in found if f.kind is not ObjectiveKind.UNKNOWN} <= {LN2}
        return
    if codebase.objective == ("bce", "mean"):
        # The same from the other side.
        assert ObjectiveKind.BCE in {f.kind for f in found}
        assert {f.d_equilibrium for f in found if f.kind is not ObjectiveKind.UNKNOWN} == {LN2}
        return
    assert {(str(f.kind), str(f.scale)) for f in found} == {codebase.objective}


def _inferred(codebase: Codebase, seed: int) -> Objective:
    assert codebase.play
    curves = codebase.play(seed)
    assert curves.keys() <= codebase.roles.keys()
    run = Run("run", "run")
    for name, values in curves.items():
        run.add(_batch(name, values))
    return infer(run.pairs()[0])


def _batch(name: str, values: np.ndarray) -> Batch:
    return Batch((Column(name, np.arange(1, len(values) + 1), values),))
