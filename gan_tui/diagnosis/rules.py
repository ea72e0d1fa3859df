"""The rules: each looks at the signals of one step and says what it sees, or nothing.

A rule is a pure function from a sight to a finding. The sources are in the docstrings; "the runs" are
some two thousand small trainings whose samples were measured.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gan_tui.diagnosis.result import Badge, Finding
from gan_tui.diagnosis.signals import Sight
from gan_tui.run.objective import Kind

Rule = Callable[[Sight], Finding | None]

PER_STEP = 150
"""Logs shorter than this mostly hold a row an epoch: between two of them the nets have changed, and what
changes together says nothing of one step's batches."""
HEALTHY_HALVES = -0.45
"""Two batches of fakes score independently below this correlation."""


def not_finite(sight: Sight) -> Finding | None:
    """The newest losses are NaN or infinite: nothing is learnt any more."""
    run = sight["nonfinite_run"]
    if not run >= 3:
        return None
    return _finding(
        sight,
        not_finite,
        Badge.DIVERGED,
        1.0,
        f"the last {int(run):,} values of a loss are not finite",
        nonfinite_run=run,
    )


def blown_up(sight: Sight) -> Finding | None:
    """A loss has left all bounds (soumith/ganhacks, section 10: huge losses are a failure)."""
    for player in "dg":
        size, start = sight[f"size_{player}"], sight[f"start_{player}"]
        if sight.kind is not Kind.WASSERSTEIN and size > 30 * max(start, 1.0):
            return _finding(
                sight,
                blown_up,
                Badge.DIVERGED,
                0.9,
                f"since step {sight.first_step:,} {player.upper()}'s loss is around {size:.3g}; "
                f"it began around {start:.3g}",
                size=size,
                start=start,
            )
    return None


def d_wins(sight: Sight) -> Finding | None:
    """D's loss at zero and staying is a failure (soumith/ganhacks, section 10; Brownlee)."""
    low, share = sight["low_d"], sight["share_d"]
    if not (low > 0.7 and share < 0.05):
        return None
    return _finding(
        sight,
        d_wins,
        Badge.DIVERGED,
        0.5 + 0.4 * low,
        f"since step {sight.first_step:,} D's loss stays around {sight['level_d']:.2g}, against "
        f"{sight['balance_d']:.3g} at balance: it tells real from fake without effort",
        level=sight["level_d"],
        balance=sight["balance_d"],
        low=low,
    )


def frozen(sight: Sight) -> Finding | None:
    """A loss constant to the last digit: a dead network or a clamped one (HyperGAN#177, BCELoss)."""
    for player in "dg":
        same = sight[f"same_{player}"]
        if same > 0.9:
            return _finding(
                sight,
                frozen,
                Badge.COLLAPSE,
                0.6 + 0.3 * same,
                f"since step {sight.first_step:,} {player.upper()}'s loss stands still at "
                f"{sight[f'level_{player}']:.4g}",
                same=same,
                level=sight[f"level_{player}"],
            )
    return None


def fakes_alike(sight: Sight) -> Finding | None:
    """Two batches of fakes score alike: the samples of a step sit in one place.

    D's and G's loss of one step see two batches of fakes; in a healthy run their sampling noise is
    independent, so the two halves of D's loss, the fake one as G's loss implies it, change in
    opposition. Measured on the runs: above -0.45 are 87 % of the collapsed, 2 % of the converging.
    """
    halves = sight["halves"]
    if not halves > HEALTHY_HALVES or sight.points < PER_STEP:
        return None
    return _finding(
        sight,
        fakes_alike,
        Badge.COLLAPSE,
        min(0.95, 0.6 + 0.35 * (halves - HEALTHY_HALVES)),
        f"since step {sight.fine_first_step:,} two batches of fakes score alike (correlation of the "
        f"changes {halves:.2f}, healthy runs are below {HEALTHY_HALVES}): the samples of a step sit "
        "in one place",
        halves=halves,
    )


def wandering(sight: Sight) -> Finding | None:
    """The losses wander where sampling noise is white: a blob of samples travels."""
    slow = np.fmax(sight["slow8_d"], sight["slow8_g"])
    if not slow > 0.45:
        return None
    return _finding(
        sight,
        wandering,
        Badge.OSCILLATING,
        min(0.9, 0.45 + 0.5 * (float(slow) - 0.45)),
        f"since step {sight.fine_first_step:,} the losses wander: means of 8 points change "
        f"{10 ** float(slow):.1f} times as much as those of noise",
        slow=float(slow),
    )


def swinging(sight: Sight) -> Finding | None:
    """A loss swings wider than its own noise (Brownlee: oscillation of G's loss)."""
    for player in "gd":
        width = sight[f"swing_{player}"]
        if width > 1.5:
            return _finding(
                sight,
                swinging,
                Badge.OSCILLATING,
                min(0.9, 0.5 + 0.1 * width),
                f"since step {sight.first_step:,} {player.upper()}'s loss swings {width:.1f} times as "
                "wide as its own noise",
                swing=width,
            )
    return None


def settled(sight: Sight) -> Finding | None:
    """Losses that bounce a little and stay; says that the game is in balance, not that samples are good."""
    slow = np.fmax(sight["slow8_d"], sight["slow8_g"])
    if not slow < 0.45:
        return None
    return _finding(
        sight,
        settled,
        Badge.CONVERGING,
        min(0.9, 0.5 + 0.4 * (0.45 - float(slow))),
        f"since step {sight.first_step:,} the losses bounce as noise does and stay: D's around "
        f"{sight['level_d']:.3g}, G's around {sight['level_g']:.3g}",
        slow=float(slow),
    )


def _finding(
    sight: Sight, rule: Rule, badge: Badge, gravity: float, sentence: str, **numbers: float
) -> Finding:
    return Finding(rule.__name__, badge, sentence, sight.first_step, sight.step, gravity, numbers)


RULES: tuple[Rule, ...] = (
    not_finite, blown_up, d_wins, frozen, fakes_alike, wandering, swinging, settled,
)  # fmt: skip


def apply(sight: Sight) -> tuple[Finding, ...]:
    """The findings of all rules, gravest first."""
    found = [finding for rule in RULES if (finding := rule(sight)) is not None]
    return tuple(sorted(found, key=lambda f: -f.gravity))
