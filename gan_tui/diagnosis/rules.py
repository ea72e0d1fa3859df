"""The rules: each says in plain words what the signals of its kind show at one step, or nothing.

A rule names the signals it speaks for. What they add to the odds of each badge (`weights.py`) decides
which badge its finding speaks for and how gravely; the sentence gives the figures, so that a person can
check them on the chart. "The runs" in the docstrings are the trainings that the weights are fitted on,
whose samples were measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct

from gan_tui.diagnosis.badge_model import JUDGED, BadgeModel
from gan_tui.diagnosis.result import Badge, Finding
from gan_tui.diagnosis.signals import WIDEST_GAP, SignalRow, Signals
from gan_tui.logs.model import Floats

HEALTHY_HALVES = -0.45
"""Two batches of fakes score independently below this correlation."""
AUDIBLE = 0.35
"""Log-odds that a rule's signals must add to a badge before it is said."""
LEFT_BOUNDS = 100
"""Times its beginning at which a loss has left all bounds, whatever else is seen."""
MOST_FOR, MOST_AGAINST = 6, 2
"""Findings that are shown: who reads more than these reads the chart."""
WORTH_SAYING = 0.3
"""Gravity from which what speaks against the badge is shown."""
FOOLED = 4.0
"""Times its balance at which D's loss is worse than any misjudgement of single batches."""
MISSING = 3
"""Newest values in a row that are not finite, from which nothing is learnt any more."""
PLAYERS = "dg"

Words = Callable[[SignalRow, Badge], str | None]
"""What a rule says at a step of signals that speak for a badge."""


class Rule(Struct, frozen=True):
    """One kind of evidence."""

    name: str
    signals: tuple[str, ...]
    words: Words


def not_finite(sight: SignalRow) -> Finding | None:
    """The newest losses are NaN or infinite: nothing is learnt any more."""
    missing = sight["missing"]
    if not missing >= MISSING:
        return None
    return _finding(
        sight, "not_finite", Badge.DIVERGED, 1.0,
        f"the last {int(missing):,} values of a loss are not finite", {"missing": missing},
    )  # fmt: skip


def blown_up(sight: SignalRow) -> Finding | None:
    """A loss has left all bounds (soumith/ganhacks, section 10: huge losses are a failure).

    A critic's loss has no bounds to leave: Wasserstein losses are judged by their growth only.
    """
    for player in PLAYERS:
        size, start = sight[f"size_{player}"], sight[f"start_{player}"]
        bounded = np.isfinite(sight[f"balance_{player}"]) and sight[f"balance_{player}"] != 0
        if size > LEFT_BOUNDS * max(start, 1.0) * (1 if bounded else 100):
            return _finding(
                sight, "blown_up", Badge.DIVERGED, 0.95,
                f"since step {sight.first_step:,} {player.upper()}'s loss is around {size:.3g}; it began "
                f"around {start:.3g}",
                {"size": size, "start": start},
            )  # fmt: skip
    return None


def fooled(sight: SignalRow) -> Finding | None:
    """D does far worse than guessing, for good: the game is off its hinges.

    A D that guesses has the loss of balance (2 ln 2 for BCE). On the runs, 95 % of the moments at which D's
    loss is four times that have samples off the data.
    """
    share = sight["share_d"]
    if not share > FOOLED:
        return None
    level, balance = sight["level_d"], sight["balance_d"]
    return _finding(
        sight, "fooled", Badge.DIVERGED, 1.0,
        f"since step {sight.first_step:,} D's loss is around {level:.3g}, {level / balance:.1f} times what "
        f"guessing would cost it ({balance:.3g})",
        {"level": level, "balance": balance},
    )  # fmt: skip


CERTAIN = (not_finite, blown_up, fooled)
"""Rules that need no weights: they say what no balance of evidence can take back."""


def _batches(sight: SignalRow, badge: Badge) -> str | None:
    """Two batches of fakes score alike: the samples of a step sit in one place.

    D's and G's loss of one step see two batches of fakes; in a healthy run their sampling noise is
    independent, so the two halves of D's loss, the fake one as G's loss implies it, change in
    opposition. Above -0.45 are 87 % of the collapsed runs, 2 % of the converging
    (reading-gan-losses, lead A).
    """
    halves = np.fmax(sight["halves"], sight["critic_halves"])
    if not np.isfinite(halves):
        return None
    alike = halves > HEALTHY_HALVES
    if alike == (badge is Badge.CONVERGING):
        return None
    return f"since step {sight.fine_first_step:,} two batches of fakes score " + (
        f"alike (correlation of the changes {halves:.2f}, healthy runs are below {HEALTHY_HALVES}): the "
        "samples of a step sit in one place"
        if alike
        else f"independently (correlation of the changes {halves:.2f})"
    )


def _scores(sight: SignalRow, _: Badge) -> str | None:
    """D's scores of reals and fakes, which rise and fall together in a healthy run, move apart.

    (reading-gan-losses, lead F: opposition of the fast changes of the scores; and the gap between them,
    which MathWorks' "Monitor GAN Training Progress" wants near zero.)
    """
    together, gap = sight["scores"], sight["score_gap"]
    if not np.isfinite(together) or not np.isfinite(gap):
        return None
    far = f"{WIDEST_GAP:.0f} or more" if abs(gap) >= WIDEST_GAP else f"{abs(gap):.1f}"
    side = "above" if gap >= 0 else "below"
    return (
        f"since step {sight.fine_first_step:,} D scores reals {far} of its own spreads {side} fakes, and the "
        f"two change with a correlation of {together:.2f}"
    )


def _wandering(sight: SignalRow, badge: Badge) -> str | None:
    """The losses wander where sampling noise is white: a blob of samples travels, or the nets do.

    (reading-gan-losses, leads B to D: slowness against white noise.)
    """
    slow = {p: 10 ** sight[f"slow8_{p}"] for p in PLAYERS if np.isfinite(sight[f"slow8_{p}"])}
    if not slow:
        return None
    player = max(slow, key=slow.__getitem__)
    if badge is Badge.CONVERGING:
        levels = " and ".join(f"{p.upper()}'s around {sight[f'level_{p}']:.3g}" for p in PLAYERS if p in slow)
        return (
            f"since step {sight.first_step:,} the losses bounce much as noise does ({levels}): means of "
            f"{8} points change at most {slow[player]:.1f} times as much as those of noise"
        )
    return (
        f"since step {sight.fine_first_step:,} {player.upper()}'s loss "
        + ("wanders" if slow[player] > 1.5 else "moves")
        + f": means of 8 points change {slow[player]:.1f} times as much as those of noise would"
    )


def _swinging(sight: SignalRow, badge: Badge) -> str | None:
    """A loss swings wider than its own noise, or does not (Brownlee: oscillation of G's loss)."""
    wide = {p: sight[f"swing_{p}"] for p in PLAYERS if np.isfinite(sight[f"swing_{p}"])}
    if not wide:
        return None
    player = max(wide, key=wide.__getitem__)
    if (badge is Badge.CONVERGING) == (wide[player] > 1):
        return None
    how = "no wider than" if badge is Badge.CONVERGING else f"{wide[player]:.1f} times as wide as"
    return f"since step {sight.first_step:,} {player.upper()}'s loss swings {how} its own noise"


def _levels(sight: SignalRow, badge: Badge) -> str | None:
    """Where the losses stand against balance: D at zero and staying is a failure.

    (soumith/ganhacks, section 10; Brownlee, "How to identify and diagnose GAN failure modes"; BCE at D's
    best says `D's loss = 2 ln 2 - 2 JSD`, so the level bounds what the samples can cover.)
    """
    said = []
    for player in PLAYERS:
        balance = sight[f"balance_{player}"]
        if np.isfinite(balance):
            said.append(
                f"{player.upper()}'s loss is around {sight[f'level_{player}']:.3g} ({balance:.3g} at balance)"
            )
    if not said:
        return None
    words = f"since step {sight.first_step:,} " + " and ".join(said)
    if badge is not Badge.CONVERGING and sight["low_d"] > 0.7:
        words += ": D tells real from fake without effort"
    return words


def _growth(sight: SignalRow, _: Badge) -> str | None:
    """How a loss has grown or shrunk since the beginning (soumith/ganhacks, section 10)."""
    grown = {p: sight[f"grown_{p}"] for p in PLAYERS if np.isfinite(sight[f"grown_{p}"])}
    if not grown:
        return None
    player = max(grown, key=lambda p: abs(grown[p]))
    times = 10 ** grown[player]
    change = f"{times:.2g} times" if times >= 1 else f"{100 * times:.2g} % of"
    return (
        f"since step {sight.first_step:,} {player.upper()}'s loss is around {sight[f'level_{player}']:.3g}, "
        f"{change} what it was at the beginning"
    )


def _opposition(sight: SignalRow, _: Badge) -> str | None:
    """Whether what one player loses the other wins (reading-gan-losses, lead E)."""
    fast, slow = sight["opposition"], sight["slow_opposition"]
    value, what = (
        (fast, "from point to point")
        if not np.isfinite(slow) or abs(fast) > abs(slow)
        else (slow, "over 8 points")
    )
    if not np.isfinite(value):
        return None
    way = "against each other" if value > 0.25 else "together" if value < -0.25 else "independently"
    return (
        f"since step {sight.fine_first_step:,} D's and G's loss change {way} {what} "
        f"(correlation {-value:.2f})"
    )


def _spread(sight: SignalRow, _: Badge) -> str | None:
    """How widely the losses scatter, and how heavy their spikes are (ganhacks: variance and spikes)."""
    spread = {p: 10 ** sight[f"spread_{p}"] for p in PLAYERS if np.isfinite(sight[f"spread_{p}"])}
    if not spread:
        return None
    said = " and ".join(f"{p.upper()}'s by {100 * v:.3g} %" for p, v in spread.items())
    return f"since step {sight.fine_first_step:,} the losses scatter: {said} of their size"


def _widening(sight: SignalRow, badge: Badge) -> str | None:
    """The losses scatter more, or less, than just before; their middle moves (trend; change point)."""
    player = max(PLAYERS, key=lambda p: abs(np.nan_to_num(sight[f"widened_{p}"])))
    wider = 10 ** sight[f"widened_{player}"]
    if not np.isfinite(wider) or (badge is Badge.CONVERGING and wider > 1):
        return None
    return (
        f"since step {sight.fine_first_step:,} {player.upper()}'s loss scatters {wider:.2g} times as widely "
        "as in the stretch before"
    )


def _standstill(sight: SignalRow, badge: Badge) -> str | None:
    """A loss constant to the last digit: a dead network or a clamped one (HyperGAN#177, BCELoss)."""
    player = max(PLAYERS, key=lambda p: np.nan_to_num(sight[f"same_{p}"]))
    same = sight[f"same_{player}"]
    if badge is Badge.CONVERGING or not same > 0.3:
        return None
    return (
        f"since step {sight.fine_first_step:,} {player.upper()}'s loss stands still at "
        f"{sight[f'level_{player}']:.4g} ({same:.0%} of its values repeat the one before)"
    )


def _both(*stems: str) -> tuple[str, ...]:
    return tuple(f"{stem}_{player}" for stem in stems for player in PLAYERS)


SLOW = _both("slow3", "slow8", "slow64", "short_slow3")
RULES: tuple[Rule, ...] = (
    Rule("fakes_alike", ("halves", "critic_halves", "real_noise"), _batches),
    Rule("standstill", _both("same"), _standstill),
    Rule("wandering", (*SLOW, "slow8_real", "slow8_fake"), _wandering),
    Rule("swinging", _both("swing", "short_swing"), _swinging),
    Rule("levels", _both("share", "low"), _levels),
    Rule("scores", ("scores", "score_gap", "same_fakes"), _scores),
    Rule("opposition", ("opposition", "slow_opposition"), _opposition),
    Rule("growth", _both("grown"), _growth),
    Rule("spread", _both("spread", "tail", "short_spread", "short_tail"), _spread),
    Rule("widening", _both("widened", "drift"), _widening),
)  # fmt: skip


def _finding(
    sight: SignalRow, rule: str, badge: Badge, gravity: float, sentence: str, numbers: dict[str, float]
) -> Finding:
    return Finding(rule, badge, sentence, sight.first_step, sight.step, gravity, numbers)


def certain(sight: SignalRow) -> tuple[Finding, ...]:
    """What the rules say that need no weights."""
    return tuple(finding for rule in CERTAIN if (finding := rule(sight)) is not None)


def suspicious(signals: Signals) -> np.ndarray:
    """Whether any of the CERTAIN rules may speak at each checkpoint, shape (k,)."""
    nothing = np.full(len(signals.steps), np.nan)

    def of(name: str) -> Floats:
        return signals.values.get(name, nothing)

    with np.errstate(over="ignore"):
        huge = [of(f"size_{p}") > LEFT_BOUNDS * np.maximum(of(f"start_{p}"), 1.0) for p in PLAYERS]
    found: np.ndarray = np.logical_or.reduce([of("missing") >= MISSING, of("share_d") > FOOLED, *huge])
    return found


def apply(sight: SignalRow, weights: BadgeModel, said: Sequence[Badge]) -> tuple[Finding, ...]:
    """The findings of all rules, those for the badges in `said` first, then by gravity.

    A rule speaks for the badge in `said` that its signals add to, where they do; else for the badge that
    they add to most: what speaks against the verdict is not kept back.

    Args:
        sight: What is seen at one step.
        weights: What each signal adds to each badge.
        said: The badge in force, then those that hold beside it.
    """
    found = list(certain(sight))
    silent: list[Finding] = []
    parts = weights.added(sight.signals)
    for rule in RULES:
        names = [n for n in rule.signals if n in parts and np.isfinite(sight[n])]
        if not names:
            continue
        added = dict(zip(JUDGED, np.sum([parts[n] for n in names], axis=0).tolist(), strict=True))
        order = sorted(JUDGED, key=lambda b: (-(b in said and added[b] >= AUDIBLE), -added[b]))
        for badge in dict.fromkeys((order[0], *said[:1])):
            sentence = rule.words(sight, badge) if badge in added else None
            if sentence is not None:
                finding = _finding(
                    sight, rule.name, badge, round(float(np.tanh(max(added[badge], 0.0) / 2)), 3), sentence,
                    {n: sight[n] for n in names},
                )  # fmt: skip
                if added[badge] > 0:
                    (found if added[badge] >= AUDIBLE else silent).append(finding)
                if added[badge] >= AUDIBLE:
                    break
    if said and not any(f.badge is said[0] for f in found):
        # Many small parts may carry a badge: the largest of them is said all the same.
        found += sorted((f for f in silent if f.badge is said[0]), key=lambda f: -f.gravity)[:1]
    found.sort(key=lambda f: -f.gravity)
    for_it = [f for f in found if f.badge in said][:MOST_FOR]
    against = [f for f in found if f.badge not in said and f.gravity >= WORTH_SAYING][:MOST_AGAINST]
    return tuple(sorted((*for_it, *against), key=lambda f: (f.badge not in said[:1], f.badge not in said)))
