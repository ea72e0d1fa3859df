"""What sample grids say, and that it goes before what curves say."""

from __future__ import annotations

import numpy as np
import pytest

from gan_tui.diagnosis.result import Badge
from gan_tui.diagnosis.sample_rules import sample_findings
from gan_tui.run.pair import Curve, PlayerPair
from tests.helpers.diagnosis import diagnose_pair

GRIDS = 16


def pair(
    diversity: float = 0.55, duplicates: float = 0.05, roughness: float = 0.5, centroid_shift: float = 1.2,
    *, change_at: int = GRIDS // 2,
) -> PlayerPair:  # fmt: skip
    """A run at rest whose grids, every 100 steps, are healthy up to `change_at` and then as given."""
    random = np.random.default_rng(0)
    steps = np.arange(0, GRIDS * 100, 4)
    curves = {
        "d_loss": Curve("d", steps, 1.386 + 0.1 * random.standard_normal(len(steps))),
        "g_loss": Curve("g", steps, 0.693 + 0.1 * random.standard_normal(len(steps))),
    }
    at = np.arange(1, GRIDS + 1) * 100
    healthy = {"diversity": 0.55, "duplicates": 0.05, "roughness": 0.5, "centroid_shift": 1.2}
    later = {
        "diversity": diversity,
        "duplicates": duplicates,
        "roughness": roughness,
        "centroid_shift": centroid_shift,
    }
    for name, level in healthy.items():
        values = np.where(np.arange(GRIDS) < change_at, level, later[name]).astype(np.float64)
        curves[f"sample_{name}"] = Curve(name, at, values)
    return PlayerPair(curves)


@pytest.mark.parametrize(
    ("grids", "badge", "said"),
    [
        (pair(), Badge.CONVERGING, "their average rests"),
        (pair(diversity=0.1, duplicates=1.0, centroid_shift=2), Badge.COLLAPSE, "100% of the samples"),
        (pair(diversity=0.5, duplicates=0.95), Badge.COLLAPSE, "near duplicate"),
        (pair(centroid_shift=5), Badge.OSCILLATING, "5.0 times as far"),
        (pair(roughness=0.95), Badge.DIVERGED, "turned to noise"),
        (
            pair(diversity=0.0, duplicates=1.0, roughness=0.0, centroid_shift=0.0),
            Badge.DIVERGED,
            "one and the same",
        ),
    ],
)
def test_the_newest_grids_decide(grids: PlayerPair, badge: Badge, said: str) -> None:
    found = diagnose_pair(grids)
    assert found.badge is badge
    assert said in found.findings[0].sentence
    assert found.since_step is not None


def test_a_sentence_says_the_numbers_that_the_charts_show() -> None:
    (finding,) = sample_findings(pair(diversity=0.1, duplicates=0.9), 1600)
    assert finding.first_step == 1300
    assert "since step 1,300" in finding.sentence
    assert "90%" in finding.sentence
    assert "0.10 (this run's best: 0.55)" in finding.sentence


def test_later_grids_are_not_known_earlier() -> None:
    grids = pair(diversity=0.1, duplicates=1.0)
    assert [f.badge for f in sample_findings(grids, 800)] == [Badge.CONVERGING]
    assert [f.badge for f in sample_findings(grids.until(1600), 1600)] == [Badge.COLLAPSE]
    assert diagnose_pair(grids.until(700)).badge is Badge.CONVERGING


def test_a_few_grids_say_nothing() -> None:
    assert sample_findings(pair(), 300) == ()
    assert sample_findings(PlayerPair({}), 300) == ()


def test_a_loss_out_of_bounds_is_graver_than_grids_that_still_look_well() -> None:
    grids = pair()
    broken = np.array(grids.curves["d_loss"].values)
    broken[-40:] = np.nan
    curves = {**grids.curves, "d_loss": Curve("d", grids.curves["d_loss"].steps, broken)}
    assert diagnose_pair(PlayerPair(curves)).badge is Badge.DIVERGED
